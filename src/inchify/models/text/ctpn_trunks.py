"""Convolutional trunks of the CTPN, at stride 16 (or 8 along a line).

What is padding is zero behind every layer, so that a picture is seen the same alone and beside
larger ones.

Shape letters: B pictures, C channels, H and W pixels or cells.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import cast

import torch
from torch import nn
from torch.nn import functional

# Convolutions in the five stages of VGG16.
_VGG_COUNTS = (2, 2, 3, 3, 3)


class Real:
    """Masks of the unpadded cells at any stride; ``sizes_B2`` height, width."""

    def __init__(self, sizes_B2: torch.Tensor | None, device: torch.device) -> None:
        self.sizes_B2 = None if sizes_B2 is None else sizes_B2.to(device)

    def mask(self, x_BCHW: torch.Tensor, stride: tuple[int, int]) -> torch.Tensor:
        """The features with zeros where there is padding; ``stride`` down and across."""
        if self.sizes_B2 is None:
            return x_BCHW
        rows_B, columns_B = (
            (self.sizes_B2[:, side] + stride[side] - 1).div(stride[side], rounding_mode="floor")
            for side in (0, 1)
        )
        height, width = x_BCHW.shape[-2:]
        row_BH = torch.arange(height, device=x_BCHW.device) < rows_B[:, None]
        column_BW = torch.arange(width, device=x_BCHW.device) < columns_B[:, None]
        return x_BCHW * (row_BH[:, None, :, None] & column_BW[:, None, None, :])


class LightTrunk(nn.Module):
    """Residual stages at strides 2, 4, 8 and 16 with batch norm, one channel in.

    Where ``row`` or ``column`` is 8, what the last stage saw is laid onto the third stage's finer
    cells. ``channels`` of the four stages, ``blocks`` of the last three.
    """

    def __init__(
        self, channels: tuple[int, ...], blocks: tuple[int, ...], *, row: int, column: int
    ) -> None:
        super().__init__()
        self.row, self.column = row, column
        self.fine = row == 8 or column == 8
        sizes = (1, *channels)
        self.steps = nn.ModuleList(
            _normed(before, after, stride=2) for before, after in pairwise(sizes)
        )
        self.blocks = nn.ModuleList(
            nn.ModuleList(_Block(width) for _ in range(count))
            for width, count in zip(channels, (0, *blocks), strict=True)
        )
        self.channels = channels[-2] if self.fine else channels[-1]
        if self.fine:
            self.lateral = nn.Conv2d(channels[-1], self.channels, 1)

    def forward(self, images_BCHW: torch.Tensor, real: Real) -> torch.Tensor:
        x_BCHW, stages = images_BCHW, []
        groups = cast(Iterable[nn.ModuleList], self.blocks)
        for number, (step, blocks) in enumerate(zip(self.steps, groups, strict=True)):
            stride = (2 << number, 2 << number)
            x_BCHW = real.mask(functional.relu(step(x_BCHW)), stride)
            for block in blocks:
                x_BCHW = block(x_BCHW, real, stride)
            stages.append(x_BCHW)
        if not self.fine:
            return x_BCHW
        finer_BCHW = stages[-2]
        wide_BCHW = functional.interpolate(
            self.lateral(x_BCHW), size=finer_BCHW.shape[-2:], mode="nearest"
        )
        both_BCHW = finer_BCHW + wide_BCHW
        kernel = (self.row // 8, self.column // 8)
        if kernel != (1, 1):
            both_BCHW = functional.avg_pool2d(both_BCHW, kernel, ceil_mode=True)
        return real.mask(both_BCHW, (self.row, self.column))


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.one, self.other = _normed(width, width), _normed(width, width)

    def forward(self, x_BCHW: torch.Tensor, real: Real, stride: tuple[int, int]) -> torch.Tensor:
        inner_BCHW = real.mask(functional.relu(self.one(x_BCHW)), stride)
        return real.mask(functional.relu(x_BCHW + self.other(inner_BCHW)), stride)


def _normed(before: int, after: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after))


class VggTrunk(nn.Module):
    """The convolutions of VGG16 to conv5_3 (stride 16), named as torchvision and timm name them.

    ``batch_norm``: with batch norm, without which it learns badly from nothing. ``widths`` of the
    five stages; those of VGG16 are 64 to 512.
    """

    def __init__(self, channels: int, widths: tuple[int, ...], *, batch_norm: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = channels
        for stage, (width, count) in enumerate(zip(widths, _VGG_COUNTS, strict=True)):
            layers += [nn.MaxPool2d(2)] if stage else []
            for _ in range(count):
                layers.append(nn.Conv2d(before, width, 3, padding=1))
                layers += [nn.BatchNorm2d(width)] if batch_norm else []
                layers.append(nn.ReLU(inplace=True))
                before = width
        self.features = nn.Sequential(*layers)
        self.channels = before

    def forward(self, images_BCHW: torch.Tensor, real: Real) -> torch.Tensor:
        x_BCHW, stride = images_BCHW, 1
        for layer in self.features:
            x_BCHW = layer(x_BCHW)
            stride *= 2 if isinstance(layer, nn.MaxPool2d) else 1
            if isinstance(layer, nn.ReLU | nn.MaxPool2d):
                x_BCHW = real.mask(x_BCHW, (stride, stride))
        return x_BCHW
