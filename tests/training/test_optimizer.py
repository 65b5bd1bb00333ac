"""Parameter groups are a partition; state and averages survive; averaging is what it says."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.training.toy import ToyNetwork
from torch import nn

from inchify.training.averaging import Averaging
from inchify.training.optimizer import (
    build_optimizer,
    load_optimizer_tensors,
    optimizer_tensors,
    set_learning_rates,
    weight_decays,
)
from inchify.training.settings import TrainingSettings


def settings(**changes: Any) -> TrainingSettings:
    return TrainingSettings(steps=1, weight_decay=0.1, learning_rate=1e-3, **changes)


def test_groups_are_disjoint_and_complete() -> None:
    network = ToyNetwork()
    network.head.bias.requires_grad_(False)
    optimizer = build_optimizer(network, settings(encoder_learning_rate=1e-4))
    held = [id(weight) for group in optimizer.param_groups for weight in group["params"]]
    wanted = [id(weight) for weight in network.parameters() if weight.requires_grad]
    assert len(held) == len(set(held)) and set(held) == set(wanted)
    by_id = {id(weight): name for name, weight in network.named_parameters()}
    for group in optimizer.param_groups:
        for weight in group["params"]:
            name = by_id[id(weight)]
            assert group["peak"] == (1e-4 if name.startswith("encoder.") else 1e-3), name
            assert group["weight_decay"] == (0.1 if weight.ndim >= 2 else 0.0), name


def test_a_network_may_choose_its_groups() -> None:
    class Choosing(ToyNetwork):
        odd: tuple[str, ...] = ()

        def weight_decay_groups(self, weight_decay: float) -> list[dict[str, Any]]:
            tables = [self.embedding.weight, self.places]
            rest = [w for w in self.parameters() if not any(w is table for table in tables)]
            rest = rest[1:] if "less" in self.odd else rest
            tables = [*tables, rest[0]] if "twice" in self.odd else tables
            return [
                {"params": tables, "weight_decay": 0.0},
                {"params": rest, "weight_decay": weight_decay},
            ]

    network = Choosing()
    decays = weight_decays(network, 0.1)
    assert decays["embedding.weight"] == decays["places"] == 0.0
    assert decays["head.bias"] == 0.1
    assert set(decays) == {name for name, _ in network.named_parameters()}
    for odd in ("less", "twice"):
        network.odd = (odd,)
        with pytest.raises(ValueError, match=r"exactly once; .* encoder\.0\.weight"):
            build_optimizer(network, settings())


def test_nothing_to_train() -> None:
    with pytest.raises(ValueError, match="no parameter that can be trained"):
        build_optimizer(ToyNetwork().requires_grad_(False), settings())


def test_state_as_tensors_and_back() -> None:
    network = ToyNetwork()
    optimizer = build_optimizer(network, settings())
    for _ in range(2):
        for weight in network.parameters():
            weight.grad = torch.rand_like(weight)
        set_learning_rates(optimizer, 0.5)
        optimizer.step()
    tensors = optimizer_tensors(optimizer, network)
    other = build_optimizer(network, settings())
    load_optimizer_tensors(other, network, tensors)
    again = optimizer_tensors(other, network)
    assert again.keys() == tensors.keys() and len(tensors) == 3 * len(list(network.parameters()))
    assert all(torch.equal(again[name], tensors[name]) for name in tensors)
    assert all(again[name].data_ptr() != tensors[name].data_ptr() for name in tensors)
    with pytest.raises(ValueError, match="no parameter 'nobody'"):
        load_optimizer_tensors(other, network, {"nobody/exp_avg": torch.zeros(2)})
    with pytest.raises(ValueError, match=r"'head.bias/exp_avg' has shape \(3,\)"):
        load_optimizer_tensors(other, network, {"head.bias/exp_avg": torch.zeros(3)})


def test_moving_average_by_hand() -> None:
    network = nn.BatchNorm1d(1)
    averaging = Averaging(network, 0.5)
    wanted = 1.0
    for update, value in enumerate((5.0, 9.0, 2.0), start=1):
        network.weight.data.fill_(value)
        network.num_batches_tracked.fill_(update)
        averaging.update(update)
        decay = min(0.5, (1 + update) / (10 + update))
        wanted = decay * wanted + (1 - decay) * value
    with averaging.swapped():
        assert network.weight.item() == pytest.approx(wanted)
        assert network.num_batches_tracked.item() == 3
    assert network.weight.item() == 2.0


def test_swapping_copies_nothing_and_survives_errors() -> None:
    network = ToyNetwork()
    averaging = Averaging(network, 0.9)
    network.head.bias.data.fill_(7.0)
    before = network.head.bias.data_ptr()
    with pytest.raises(RuntimeError, match="in between"), averaging.swapped():
        assert network.head.bias.data_ptr() != before and network.head.bias.max() < 7
        raise RuntimeError("in between")
    assert network.head.bias.data_ptr() == before and network.head.bias.eq(7.0).all()
