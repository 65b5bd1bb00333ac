"""Exponential moving average of weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


class Averaging:
    """An exponential moving average of a network's weights and buffers.

    After update number t the average moves by ``1 - d`` towards the weights, with
    d = min(decay, (1 + t) / (10 + t)), so that early steps are forgotten quickly (the warmup of
    TensorFlow's ExponentialMovingAverage). Whole-number buffers are copied.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        kept = set(network.state_dict())
        self._live: list[torch.Tensor] = [
            tensor
            for named in (network.named_parameters(), network.named_buffers())
            for name, tensor in named
            if name in kept
        ]
        self._average = [tensor.detach().clone() for tensor in self._live]

    @torch.no_grad()
    def update(self, updates: int) -> None:
        """Moves the average after the optimizer's update number ``updates`` (from 1 on)."""
        decay = min(self.decay, (1 + updates) / (10 + updates))
        pairs = list(zip(self._average, self._live, strict=True))
        floats = [(old, new.detach()) for old, new in pairs if old.is_floating_point()]
        if floats:
            olds, news = zip(*floats, strict=True)
            torch._foreach_lerp_(list(olds), list(news), 1.0 - decay)
        for old, new in pairs:
            if not old.is_floating_point():
                old.copy_(new)

    @contextmanager
    def swapped(self) -> Iterator[None]:
        """Inside, the network holds the averaged weights; only pointers move, no copy is made."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for place, live in enumerate(self._live):
            live.data, self._average[place] = self._average[place], live.data
