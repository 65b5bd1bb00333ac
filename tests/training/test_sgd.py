"""SGD with momentum: AdamW's groups, the textbook's step, its state kept and put back."""

from __future__ import annotations

import pytest
import torch
from tests.training.toy import ToyNetwork

from inchify.training.optimizer import (
    build_optimizer,
    load_optimizer_tensors,
    optimizer_tensors,
    set_learning_rates,
)
from inchify.training.settings import TrainingSettings

SETTINGS = TrainingSettings(
    steps=1, optimizer="sgd", momentum=0.5, learning_rate=0.1, weight_decay=0.2,
    encoder_learning_rate=0.01,
)  # fmt: skip


def step(network: torch.nn.Module, optimizer: torch.optim.Optimizer, gradient: float) -> None:
    for weight in network.parameters():
        weight.grad = torch.full_like(weight, gradient)
    optimizer.step()


def test_a_step_is_the_textbooks_and_vectors_do_not_decay() -> None:
    network = ToyNetwork()
    before = {name: weight.detach().clone() for name, weight in network.named_parameters()}
    optimizer = build_optimizer(network, SETTINGS)
    assert isinstance(optimizer, torch.optim.SGD)
    for gradient in (1.0, 3.0):
        step(network, optimizer, gradient)
    for name, weight in network.named_parameters():
        rate = 0.01 if name.startswith("encoder.") else 0.1
        decay = 0.2 if weight.ndim >= 2 else 0.0
        first = 1.0 + decay * before[name]
        between = before[name] - rate * first
        second = 0.5 * first + 3.0 + decay * between
        torch.testing.assert_close(weight.detach(), between - rate * second, msg=name)


def test_momentum_is_kept_and_put_back() -> None:
    network = ToyNetwork()
    optimizer = build_optimizer(network, SETTINGS)
    step(network, optimizer, 1.0)
    tensors = optimizer_tensors(optimizer, network)
    assert len(tensors) == len(list(network.parameters())), "one buffer for each weight"
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    other = ToyNetwork()
    other.load_state_dict(state)
    resumed = build_optimizer(other, SETTINGS)
    load_optimizer_tensors(resumed, other, tensors)
    for own, chosen in ((network, optimizer), (other, resumed)):
        set_learning_rates(chosen, 0.5)
        step(own, chosen, 2.0)
    for one, two in zip(network.parameters(), other.parameters(), strict=True):
        assert torch.equal(one, two)


def test_wrong_momentum_is_named() -> None:
    with pytest.raises(ValueError, match=r"'momentum' is 1\.0; it must be at least 0 and below 1"):
        TrainingSettings(steps=1, optimizer="sgd", momentum=1.0)
