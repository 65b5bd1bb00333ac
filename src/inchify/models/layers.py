"""Masks, positional encodings and small tensors shared by encoders and decoders.

Shape letters: B pictures, H rows, W columns, L positions in a caption, D width.
"""

from __future__ import annotations

import math

import torch
from torch import nn


def sine_positions(
    positions_L: torch.Tensor, width: int, *, longest: float = 10_000.0
) -> torch.Tensor:
    """Sine and cosine codes (L, width) of float positions (Vaswani et al. 2017, section 3.5)."""
    half = (width + 1) // 2
    steps = torch.arange(half, device=positions_L.device, dtype=torch.float32)
    rates = torch.exp(steps * (-math.log(longest) / half))
    angles = positions_L.to(torch.float32)[:, None] * rates
    codes = torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)
    return codes[:, :width]


def sine_grid(
    height: int, columns: int, width: int, device: torch.device | str | None = None
) -> torch.Tensor:
    """Codes (height, columns, width): the first half of the channels tells the row, the other
    half the column (the 2-D form of DETR, Carion et al. 2020). They suit a grid of any size."""
    row_width = width // 2
    row_HD = sine_positions(torch.arange(height, device=device), row_width)
    column_WD = sine_positions(torch.arange(columns, device=device), width - row_width)
    return torch.cat(
        (
            row_HD[:, None].expand(height, columns, -1),
            column_WD[None].expand(height, columns, -1),
        ),
        dim=-1,
    )


def grid_mask(cells_B2: torch.Tensor, height: int, columns: int) -> torch.Tensor:
    """Bool (B, height, columns), True in the first ``cells_B2`` rows and columns."""
    rows_H = torch.arange(height, device=cells_B2.device)
    columns_W = torch.arange(columns, device=cells_B2.device)
    in_rows_BH = rows_H[None] < cells_B2[:, :1]
    in_columns_BW = columns_W[None] < cells_B2[:, 1:]
    return in_rows_BH[:, :, None] & in_columns_BW[:, None, :]


def cells_of(sizes_B2: torch.Tensor, stride: int) -> torch.Tensor:
    """How many cells of ``stride`` pixels each picture needs, rounded up."""
    return (sizes_B2 + stride - 1).div(stride, rounding_mode="floor")


def pad_to_multiple(images_BCHW: torch.Tensor, multiple: int) -> torch.Tensor:
    """Pad with zeros (background) at the bottom and right until both sides are whole multiples."""
    height, width = images_BCHW.shape[-2:]
    below, right = -height % multiple, -width % multiple
    if below or right:
        return nn.functional.pad(images_BCHW, (0, right, 0, below))
    return images_BCHW


@torch.no_grad()
def init_linear(linear: nn.Linear, scale: float = 1.0) -> None:
    """Weights keep the variance of their input (LeCun), times ``scale`` squared; bias zero.

    Fused projections come out right too, since only the number of inputs counts. A layer that adds
    to a residual stream of n additions takes scale n ** -0.5, so that the sum stays of order one.
    """
    linear.weight.normal_(std=scale * linear.in_features**-0.5)
    if linear.bias is not None:
        linear.bias.zero_()


def init_blocks(blocks: nn.ModuleList | nn.Sequential) -> None:
    """``init_linear`` for timm's transformer blocks; timm's 0.02 suits a width of some thousand.

    What adds to the residual stream (``attn.proj``, ``mlp.fc2``) shares its variance.
    """
    residual = (2 * max(len(blocks), 1)) ** -0.5
    for block in blocks:
        for name, layer in block.named_modules():
            if isinstance(layer, nn.Linear):
                init_linear(layer, residual if name.endswith((".proj", ".fc2")) else 1.0)


@torch.no_grad()
def init_patches(convolution: nn.Conv2d) -> None:
    """Initialize a patch projection so that its output has variance one, about as strong as sine
    positions: background is zero, and a tenth of the pixels of a patch is foreground."""
    count = convolution.weight[0].numel()
    convolution.weight.normal_(std=(0.1 * count) ** -0.5)
    if convolution.bias is not None:
        convolution.bias.zero_()


class Mlp(nn.Module):
    """Two linear layers with a GELU between them, (..., D) -> (..., D)."""

    def __init__(self, width: int, hidden: int, scale: float = 1.0) -> None:
        super().__init__()
        self.widen = nn.Linear(width, hidden)
        self.narrow = nn.Linear(hidden, width)
        init_linear(self.widen)
        init_linear(self.narrow, scale)

    def forward(self, x_D: torch.Tensor) -> torch.Tensor:
        return self.narrow(nn.functional.gelu(self.widen(x_D)))
