"""The small parts: positions, masks, dropout, attention, settings of decoders."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention

from inchify.models.attention import attention, mask_bias, memory_bias
from inchify.models.decoders.rows import regroup
from inchify.models.dropout import FastDropout, use_fast_dropout
from inchify.models.layers import cells_of, grid_mask, pad_to_multiple, sine_grid, sine_positions


def test_sine_positions_follow_the_paper() -> None:
    codes = sine_positions(torch.tensor([0, 3]), 4)
    assert codes[0].tolist() == [0, 1, 0, 1]
    expected = torch.tensor([3.0, 3.0, 0.03, 0.03])
    torch.testing.assert_close(
        codes[1], torch.where(torch.tensor([1, 0, 1, 0]).bool(), expected.sin(), expected.cos())
    )


@pytest.mark.parametrize("width", [6, 7, 9])
def test_every_cell_of_a_grid_has_its_own_code(width: int) -> None:
    codes = sine_grid(5, 7, width)
    assert codes.shape == (5, 7, width)
    assert torch.equal(codes[:3, :4], sine_grid(3, 4, width))
    apart = torch.cdist(codes.flatten(0, 1), codes.flatten(0, 1)) + torch.eye(35)
    assert apart.min() > 0.01


def test_cells_and_masks() -> None:
    cells = cells_of(torch.tensor([[1, 8], [9, 16]]), 8)
    assert cells.tolist() == [[1, 1], [2, 2]]
    mask = grid_mask(cells, 2, 3)
    assert mask.int().tolist() == [[[1, 0, 0], [0, 0, 0]], [[1, 1, 0], [1, 1, 0]]]
    assert pad_to_multiple(torch.ones(1, 1, 5, 8), 4).shape == (1, 1, 8, 8)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("masked", [True, False])
def test_attention_in_bfloat16_is_torchs(causal: bool, masked: bool) -> None:
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 2, 4, 6, 8)
    allowed = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
    bias = memory_bias(allowed, torch.float32) if masked and not causal else None
    wanted = scaled_dot_product_attention(query, key, value, attn_mask=bias, is_causal=causal)
    torch.testing.assert_close(attention(query, key, value, bias=bias, causal=causal), wanted)
    small = (part.bfloat16() for part in (query, key, value))
    rough = attention(*small, bias=None if bias is None else bias.bfloat16(), causal=causal)
    assert rough.dtype == torch.bfloat16
    torch.testing.assert_close(rough.float(), wanted, atol=0.05, rtol=0.05)


def test_biases_of_masks() -> None:
    assert mask_bias(torch.tensor([True, False]), torch.float32).tolist() == [0.0, -torch.inf]
    assert memory_bias(torch.ones(2, 3, dtype=torch.bool), torch.float32) is None


@pytest.mark.parametrize("rate", [0.1, 0.5])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_quick_dropout_drops_its_share(rate: float, dtype: torch.dtype) -> None:
    dropout = FastDropout(rate)
    x = torch.ones(333, 301, dtype=dtype, requires_grad=True)
    torch.manual_seed(1)
    y = dropout(x)
    dropped = (y == 0).float().mean().item()
    assert dropped == pytest.approx(rate, abs=0.005)
    torch.testing.assert_close(y.max().float().item(), 1 / (1 - rate), atol=0.01, rtol=0)
    y.sum().backward()
    assert torch.equal(x.grad == 0, y == 0)
    torch.manual_seed(1)
    assert torch.equal(dropout(x), y), "the seed decides"
    assert not torch.equal(dropout(x), y)
    assert dropout.eval()(x) is x


def test_quick_dropout_takes_every_place(network) -> None:
    kinds = {type(module) for module in network.modules()}
    assert torch.nn.Dropout not in kinds
    assert FastDropout in kinds
    plain = torch.nn.Sequential(torch.nn.Dropout(0.3))
    use_fast_dropout(plain)
    assert plain[0].p == 0.3


@settings(max_examples=60)
@given(st.data())
def test_rows_are_regrouped(data: Any) -> None:
    pictures, beams = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    kept = data.draw(st.lists(st.integers(0, pictures - 1), min_size=1, unique=True))
    new_beams = data.draw(st.integers(1, 4))
    rows = [
        picture * beams + data.draw(st.integers(0, beams - 1))
        for picture in kept
        for _ in range(new_beams)
    ]
    change = regroup(torch.tensor(rows), pictures, beams)
    assert (change.pictures, change.beams) == (len(kept), new_beams)
    assert (change.index_R is None) == (rows == list(range(pictures * beams)))
    assert (change.pictures_B is None) == (kept == list(range(pictures)))
    if change.pictures_B is not None:
        assert change.pictures_B.tolist() == kept


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        ("transformer", {"heads": 3}, "'heads' is 3; it must divide 'width' = 32"),
        ("transformer", {"positions": "rotary"}, "it must be one of sine, learned"),
        ("transformer", {"layers": 0}, "'layers' is 0; it must be at least 1"),
        ("lstm", {"attention": 0}, "'attention' is 0; it must be at least 1"),
        ("bert", {"dropout": -0.1}, "'dropout' is -0.1"),
    ],
)
def test_wrong_decoder_settings(kind: str, changes: dict[str, Any], message: str, tiny) -> None:
    with pytest.raises(ValueError, match=message):
        tiny.decoder(kind, **changes)


@pytest.mark.parametrize("tied", [True, False])
def test_learned_positions_end_and_tables_are_tied(tied: bool, tiny: Any) -> None:
    from inchify.models.decoders.transformer import TransformerDecoder
    from inchify.types import Memory

    decoder = TransformerDecoder(
        tiny.decoder("transformer", positions="learned", max_length=5, tie_embeddings=tied), 9
    )
    assert (decoder.output.weight is decoder.embedding.weight) == tied
    memory = Memory(torch.zeros(1, 2, 32), torch.ones(1, 2, dtype=torch.bool))
    assert decoder(memory, torch.ones(1, 5, dtype=torch.long)).shape == (1, 5, 9)
    with pytest.raises(ValueError, match="'max_length' is 5; asked for 6 tokens"):
        decoder(memory, torch.ones(1, 6, dtype=torch.long))
