"""Masking of padding inside convolutional networks.

A small picture in a large batch must give the numbers it gives alone. Alone, a convolution sees
zeros beyond the border; in a batch it would see what biases and norms made of the padding. So the
input of every layer that mixes positions is set to zero outside the picture. Layers that average
over the whole picture (squeeze and excite) get their input scaled so that the mean is the mean over
the picture itself.

Shape letters: B pictures, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import nn

from inchify.models.layers import grid_mask

AVERAGING = frozenset({"SqueezeExcite", "SEModule", "EffectiveSEModule", "EcaModule", "CecaModule"})
SIDEWAYS = frozenset({"GlobalResponseNorm", "MaxPool2d", "AvgPool2d", "BlurPool2d"})
# these mix all positions in ways that a mask on their input does not undo
REFUSED = ("GroupNorm", "InstanceNorm", "Attention", "Attn", "GlobalContext", "Gather")


class Canvas:
    """The masks of one batch at every feature size, made when first asked for."""

    def __init__(self, cells_B2: torch.Tensor, grid: tuple[int, int]) -> None:
        self.cells_B2 = cells_B2
        self.grid = grid
        self.masks: dict[tuple[int, int, torch.dtype], torch.Tensor] = {}
        self.area_B111 = (cells_B2.prod(1) / (grid[0] * grid[1]))[:, None, None, None]

    def mask(self, features_BCHW: torch.Tensor) -> torch.Tensor:
        """Ones inside the pictures and zeros outside, (B, 1, H, W), in the features' type."""
        height, width = features_BCHW.shape[-2:]
        key = (height, width, features_BCHW.dtype)
        if key not in self.masks:
            factor = height // self.grid[0]
            inside_BHW = grid_mask(self.cells_B2 * factor, height, width)
            self.masks[key] = inside_BHW[:, None].to(features_BCHW.dtype)
        return self.masks[key]


# A context variable, not an attribute: threads may share one network.
_canvas: ContextVar[Canvas | None] = ContextVar("canvas", default=None)


def watch(network: nn.Module, name: str) -> nn.Module:
    """Hook every layer of ``network`` that mixes positions; ValueError when one cannot be
    masked."""
    for layer in network.modules():
        kind = type(layer).__name__
        if any(part in kind for part in REFUSED) and kind not in AVERAGING:
            raise ValueError(
                f"'model' is {name!r}, whose layer {kind} mixes padding into the picture; choose "
                "a network of convolutions with batch norm or per-position layer norm"
            )
        if kind in AVERAGING:
            layer.register_forward_pre_hook(_scale_input)
            layer.register_forward_hook(_unscale_output)
        elif kind in SIDEWAYS or (
            isinstance(layer, nn.Conv2d)
            and any(k > s for k, s in zip(layer.kernel_size, layer.stride, strict=True))
        ):
            layer.register_forward_pre_hook(_mask_input)
    return network


@contextmanager
def canvas(cells_B2: torch.Tensor, grid: tuple[int, int]) -> Iterator[None]:
    """Within this block the watched networks mask their features; ``cells_B2`` counts each
    picture's cells on the coarsest ``grid``. Pictures that all fill the grid cost nothing."""
    full = bool((cells_B2 == cells_B2.new_tensor(grid)).all())
    token = _canvas.set(None if full else Canvas(cells_B2, grid))
    try:
        yield
    finally:
        _canvas.reset(token)


def _mask_input(layer: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
    current = _canvas.get()
    # one channel is the picture itself, which is background beyond its border already
    if current is None or inputs[0].shape[1] == 1:
        return None
    features_BCHW = inputs[0]
    if type(layer).__name__ == "GlobalResponseNorm" and layer.channel_dim == -1:
        mask_BHW1 = current.mask(features_BCHW.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return (features_BCHW * mask_BHW1, *inputs[1:])
    return (features_BCHW * current.mask(features_BCHW), *inputs[1:])


def _scale_input(layer: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
    current = _canvas.get()
    if current is None:
        return None
    features_BCHW = inputs[0]
    share_B111 = current.area_B111.to(features_BCHW.dtype)
    return (features_BCHW * (current.mask(features_BCHW) / share_B111), *inputs[1:])


def _unscale_output(
    layer: nn.Module, inputs: tuple[Any, ...], output_BCHW: torch.Tensor
) -> torch.Tensor:
    current = _canvas.get()
    return output_BCHW if current is None else output_BCHW * current.area_B111.to(output_BCHW.dtype)
