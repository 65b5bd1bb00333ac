"""Pyramid pooling module of the dense network.

Pyramid pooling of PSPNet (Zhao et al. 2017, 3.2). ``bins`` divide the whole picture, as in the
paper: what a cell sees then depends on the picture's size. ``windows`` pool around each cell
instead, so that a molecule is read alike in a small picture and on a large canvas.

Shape letters: B pictures, C channels, H height, W width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional


@dataclass(frozen=True, kw_only=True)
class PyramidSettings:
    """``bins``: parts of the whole picture for each side; ``windows``: odd widths in cells round
    each cell. ``width``: channels that each level adds."""

    bins: tuple[int, ...] = ()
    windows: tuple[int, ...] = (3, 7)
    width: int = 48

    def __post_init__(self) -> None:
        if any(size < 1 for size in (*self.bins, *self.windows, self.width)):
            raise ValueError("'bins', 'windows' and 'width' of a pyramid must be at least 1")
        if any(size % 2 == 0 for size in self.windows):
            raise ValueError(f"'windows' are {self.windows}; only odd widths have a middle")


class ConvolutionBlock(nn.Sequential):
    """Convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class Pyramid(nn.Module):
    """Features (B, C, H, W) -> (B, channels, H, W)."""

    def __init__(
        self, inputs: int, settings: PyramidSettings, channels: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.settings = settings
        levels = len(settings.bins) + len(settings.windows)
        # no batch norm: a picture pooled to one value has no spread when it stands alone
        self.reduce = nn.ModuleList(
            nn.Sequential(nn.Conv2d(inputs, settings.width, 1), nn.ReLU(inplace=True))
            for _ in range(levels)
        )
        self.join = ConvolutionBlock(inputs + levels * settings.width, channels)
        self.dropout = nn.Dropout2d(dropout)

    def forward(self, features_BCHW: torch.Tensor) -> torch.Tensor:
        size = features_BCHW.shape[-2:]
        pooled = [
            functional.adaptive_avg_pool2d(features_BCHW, part) for part in self.settings.bins
        ]
        pooled += [
            functional.avg_pool2d(
                features_BCHW, window, stride=1, padding=window // 2, count_include_pad=True
            )
            for window in self.settings.windows
        ]
        levels = [
            functional.interpolate(reduce(part), size=size, mode="bilinear")
            for reduce, part in zip(self.reduce, pooled, strict=True)
        ]
        return self.dropout(self.join(torch.cat((features_BCHW, *levels), dim=1)))
