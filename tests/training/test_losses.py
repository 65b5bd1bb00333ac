"""The loss against torch's own, and its sums against any way of cutting a batch."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from inchify.training.losses import label_smoothed_cross_entropy


def example(seed: int, rows: int = 5, length: int = 9) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits_BLV = torch.randn(rows, length - 1, 7, generator=generator)
    ids_BL = torch.randint(1, 7, (rows, length), generator=generator)
    for row in range(rows):
        end = int(torch.randint(2, length + 1, (1,), generator=generator))
        ids_BL[row, end:] = 0
    return logits_BLV, ids_BL


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), smoothing=st.sampled_from([0.0, 0.1, 0.5]))
def test_equals_torch(seed: int, smoothing: float) -> None:
    logits_BLV, ids_BL = example(seed)
    logits_BLV.requires_grad_()
    loss = label_smoothed_cross_entropy(logits_BLV, ids_BL, 0, smoothing=smoothing)
    flat = (logits_BLV.flatten(0, 1), ids_BL[:, 1:].flatten())
    place = {"ignore_index": 0, "reduction": "sum"}
    wanted = functional.cross_entropy(*flat, label_smoothing=smoothing, **place)
    torch.testing.assert_close(loss.total, wanted)
    torch.testing.assert_close(loss.logs["nll"], functional.cross_entropy(*flat, **place))
    assert loss.count == int((ids_BL[:, 1:] != 0).sum())
    one, other = (torch.autograd.grad(total, logits_BLV)[0] for total in (loss.total, wanted))
    torch.testing.assert_close(one, other)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), cut=st.integers(1, 4))
def test_sums_add_up_over_parts(seed: int, cut: int) -> None:
    logits_BLV, ids_BL = example(seed)
    whole = label_smoothed_cross_entropy(logits_BLV, ids_BL, 0, smoothing=0.1)
    parts = [
        label_smoothed_cross_entropy(logits_BLV[rows], ids_BL[rows], 0, smoothing=0.1)
        for rows in (slice(0, cut), slice(cut, None))
    ]
    assert sum(part.count for part in parts) == whole.count
    torch.testing.assert_close(parts[0].total + parts[1].total, whole.total)
    for name, value in whole.logs.items():
        torch.testing.assert_close(parts[0].logs[name] + parts[1].logs[name], value)


def test_values_by_hand() -> None:
    logits_BLV = torch.tensor([[[0.0, 0.0, 3.0], [0.0, 0.0, 0.0]]])
    loss = label_smoothed_cross_entropy(logits_BLV, torch.tensor([[1, 2, 1]]), 0)
    wanted = torch.log(torch.tensor(2 + torch.e**3)) - 3 + torch.log(torch.tensor(3.0))
    torch.testing.assert_close(loss.total, wanted)
    assert loss.count == 2 and loss.logs["accuracy"] == 1


def test_padding_cannot_spoil_it() -> None:
    logits_BLV = torch.zeros(1, 3, 4)
    logits_BLV[0, 2] = torch.inf
    loss = label_smoothed_cross_entropy(logits_BLV, torch.tensor([[1, 3, 2, 0]]), 0, smoothing=0.1)
    assert loss.total.isfinite() and loss.count == 2


def test_half_precision_is_summed_in_full() -> None:
    logits_BLV, ids_BL = example(1, rows=64, length=60)
    full = label_smoothed_cross_entropy(logits_BLV.bfloat16().float(), ids_BL, 0)
    half = label_smoothed_cross_entropy(logits_BLV.bfloat16(), ids_BL, 0)
    assert half.total.dtype == torch.float32 and torch.equal(full.total, half.total)


def test_wrong_arguments() -> None:
    logits_BLV, ids_BL = example(0)
    with pytest.raises(ValueError, match="one position less than the caption"):
        label_smoothed_cross_entropy(logits_BLV, ids_BL[:, 1:], 0)
    with pytest.raises(ValueError, match=r"'smoothing' is 1\.0"):
        label_smoothed_cross_entropy(logits_BLV, ids_BL, 0, smoothing=1.0)
