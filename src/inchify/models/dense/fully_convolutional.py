"""GG-CNN, the small fully convolutional network that PSPNet replaced.

GG-CNN of Morrison et al. 2018: three strided convolutions down, three transposed ones back up, 2x2
heads; 62,420 parameters with the seed's four maps. It stands here to be compared with.

Shape letters: B pictures, C channels, H height, W width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from inchify.models.dense.layout import Layout
from inchify.models.dense.network import DenseMaps

# Strides of the three convolutions; the transposed ones have them in the opposite order.
_STRIDES = (3, 2, 2)
_KERNELS = (9, 5, 3)
_KERNELS_UP = (3, 5, 9)


@dataclass(frozen=True, kw_only=True)
class FullyConvolutionalSettings:
    """``filters`` of the three convolutions down; the way up has them in the opposite order."""

    filters: tuple[int, ...] = (32, 16, 8)

    def __post_init__(self) -> None:
        if len(self.filters) != 3 or min(self.filters) < 1:
            raise ValueError(f"'filters' are {self.filters}; three are needed, at least 1 each")


class FullyConvolutionalNetwork(nn.Module):
    """Pictures (B, 1, H, W) in 0..1, foreground 1, H and W multiples of ``multiple`` ->
    ``DenseMaps`` at stride 2."""

    multiple = 12
    stride = 2

    def __init__(self, settings: FullyConvolutionalSettings, layout: Layout) -> None:
        super().__init__()
        self.settings, self.layout = settings, layout
        first, second, last = settings.filters
        down, before = [], 1
        for after, kernel, stride in zip(settings.filters, _KERNELS, _STRIDES, strict=True):
            down.append(nn.Conv2d(before, after, kernel, stride, kernel // 2))
            before = after
        up = []
        for after, kernel, stride in zip(
            (last, second, first), _KERNELS_UP, reversed(_STRIDES), strict=True
        ):
            up.append(
                nn.ConvTranspose2d(
                    before, after, kernel, stride, kernel // 2, output_padding=stride - 1
                )
            )
            before = after
        self.body = nn.Sequential(
            *(part for layer in (*down, *up) for part in (layer, nn.ReLU(inplace=True)))
        )
        self.head = nn.Conv2d(before, layout.channels, 2, stride=2)
        self._start(layout)

    def _start(self, layout: Layout) -> None:
        """Xavier as in GG-CNN; position maps begin at 1 % as in ``DenseNetwork``."""
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.xavier_uniform_(module.weight)
        assert self.head.bias is not None
        nn.init.zeros_(self.head.bias)
        for name in layout.positions:
            nn.init.constant_(self.head.bias[layout.slices[name]], -4.6)

    def forward(self, images_BCHW: torch.Tensor) -> DenseMaps:
        """Compute the maps of pictures.

        Args:
            images_BCHW: Float in 0..1, foreground 1; H and W are multiples of ``multiple``.

        Returns:
            The maps alone, at stride 2.
        """
        return DenseMaps(self.head(self.body(images_BCHW)))
