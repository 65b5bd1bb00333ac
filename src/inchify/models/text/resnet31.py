"""ResNet-31 trunk of the attention-based text recognizer.

The trunk of Li et al. 2019 (arXiv 1811.00751), a residual network of 31 layers that keeps width:
the map is an eighth as high and a quarter as wide as the picture. The light trunk has the same
stages with few channels. What is padding stays zero behind every layer, so a picture gives the
same map alone and beside wider ones.

Shape letters: B pictures, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import torch
from torch import nn

DOWN, ACROSS = 8, 4  # pixels of height and of width for one place of the map
_POOLS = ((2, 2), (2, 2), (2, 1), (1, 1))  # down and across, before each stage behind the stem


@dataclass(frozen=True)
class TrunkShape:
    """``stem``: channels of the first convolutions, at full size. ``channels`` and ``blocks`` of
    the four stages behind it; each ends with one more convolution."""

    stem: tuple[int, ...]
    channels: tuple[int, ...]
    blocks: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.stem or min(self.stem) < 1:
            raise ValueError(f"'stem' is {self.stem}; it must be one or more, at least 1 each")
        if len(self.channels) != len(_POOLS) or min(self.channels) < 1:
            raise ValueError(f"'channels' is {self.channels}; it must be 4, at least 1 each")
        if len(self.blocks) != len(_POOLS) or min(self.blocks) < 0:
            raise ValueError(f"'blocks' is {self.blocks}; it must be 4, at least 0 each")


PAPER = TrunkShape(stem=(64, 128), channels=(256, 256, 512, 512), blocks=(1, 2, 5, 3))
LIGHT = TrunkShape(stem=(16,), channels=(32, 64, 96, 96), blocks=(0, 1, 0, 0))


def columns_of(widths_B: torch.Tensor) -> torch.Tensor:
    """How many columns of the map pictures of these widths have; one at least."""
    return (widths_B + ACROSS - 1).div(ACROSS, rounding_mode="floor").clamp_min(1)


class Trunk(nn.Module):
    """Float pictures (B, 1, H, W), H a multiple of 8, and their true widths to (B, C, H/8, W/4),
    W rounded up to a multiple of 4; columns past ``columns_of(widths_B)`` are zero."""

    def __init__(self, shape: TrunkShape) -> None:
        super().__init__()
        sizes = (1, *shape.stem)
        self.stem = nn.ModuleList(_Convolution(before, after) for before, after in pairwise(sizes))
        self.stages = nn.ModuleList()
        before = sizes[-1]
        for after, blocks in zip(shape.channels, shape.blocks, strict=True):
            layers: list[nn.Module] = []
            for _ in range(blocks):
                layers.append(_Residual(before, after))
                before = after
            layers.append(_Convolution(before, after))
            before = after
            self.stages.append(nn.ModuleList(layers))

    def forward(self, x_BCHW: torch.Tensor, widths_B: torch.Tensor) -> torch.Tensor:
        right = -x_BCHW.shape[-1] % ACROSS
        x_BCHW = nn.functional.pad(x_BCHW, (0, right))
        left_B = widths_B.to(x_BCHW.device).clamp_min(1)
        real_B11W = _real(left_B, x_BCHW)
        for layer in self.stem:
            x_BCHW = layer(x_BCHW, real_B11W)
        stages = cast(Iterable[nn.ModuleList], self.stages)
        for (down, across), stage in zip(_POOLS, stages, strict=True):
            if down * across > 1:
                # after a ReLU padding is as small as can be: it never wins the maximum
                x_BCHW = nn.functional.max_pool2d(x_BCHW, (down, across))
            if across > 1:
                left_B = (left_B + across - 1).div(across, rounding_mode="floor")
                real_B11W = _real(left_B, x_BCHW)
            for layer in stage:
                x_BCHW = layer(x_BCHW, real_B11W)
        return x_BCHW


class _Convolution(nn.Module):
    """3 x 3, batch norm, ReLU."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.convolve = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(after)

    def forward(self, x_BCHW: torch.Tensor, real_B11W: torch.Tensor) -> torch.Tensor:
        return self.norm(self.convolve(x_BCHW)).relu() * real_B11W


class _Residual(nn.Module):
    """Two convolutions beside a way around them (He et al. 2016)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = _Convolution(before, after)
        self.second = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(after)
        self.round: nn.Module = nn.Identity()
        if before != after:
            self.round = nn.Sequential(
                nn.Conv2d(before, after, 1, bias=False), nn.BatchNorm2d(after)
            )

    def forward(self, x_BCHW: torch.Tensor, real_B11W: torch.Tensor) -> torch.Tensor:
        new_BCHW = self.norm(self.second(self.first(x_BCHW, real_B11W)))
        return (new_BCHW + self.round(x_BCHW)).relu() * real_B11W


def _real(widths_B: torch.Tensor, x_BCHW: torch.Tensor) -> torch.Tensor:
    """Mask of unpadded columns, 1 inside the picture and 0 in its padding, (B, 1, 1, W)."""
    columns_W = torch.arange(x_BCHW.shape[-1], device=x_BCHW.device)
    return (columns_W < widths_B[:, None])[:, None, None]
