"""Patch selection for vision transformers: the patches to keep and their positions.

Shape letters: B pictures, C channels, H height, W width, N patches of the whole grid (row by row),
M patches that are kept, D width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import nn

from inchify.models.checks import at_least, divides, fraction
from inchify.models.layers import cells_of, grid_mask, sine_grid

Positions = Literal["sine", "learned"]


@dataclass(frozen=True, kw_only=True)
class PatchEncoderSettings:
    """Settings shared by encoders over patches; ``patch`` in pixels of the picture.

    ``positions``: sine codes, or a learned table of ``grid`` (rows, columns) patches, between whose
    cells larger pictures read. ``skip_empty`` leaves patches without foreground out. ``weights``: a
    local safetensors file of a timm network of these sizes (its positions are resampled to
    ``grid``).
    """

    patch: int = 16
    width: int = 384
    layers: int = 12
    heads: int = 6
    mlp_ratio: float = 4.0
    dropout: float = 0.1
    drop_path: float = 0.0
    positions: Positions = "sine"
    grid: tuple[int, int] = (24, 40)
    skip_empty: bool = False
    weights: str | None = None

    def __post_init__(self) -> None:
        at_least(1, patch=self.patch, layers=self.layers, heads=self.heads)
        at_least(1, **{"grid[0]": self.grid[0], "grid[1]": self.grid[1]})
        at_least(0.1, mlp_ratio=self.mlp_ratio)
        fraction(dropout=self.dropout, drop_path=self.drop_path)
        divides("heads", self.heads, "width", self.width)
        if self.positions not in ("sine", "learned"):
            raise ValueError(f"'positions' is {self.positions!r}; it must be one of sine, learned")
        if self.weights is not None and self.positions == "sine":
            raise ValueError("'positions' is 'sine'; pretrained 'weights' need 'learned'")


class Chosen(NamedTuple):
    """``order_BM``: the kept patches of each picture, filled up with others; ``mask_BM``: True
    where a patch is really kept. ``order_BM`` is None when all patches of the grid stay."""

    order_BM: torch.Tensor | None
    mask_BM: torch.Tensor

    def take(self, values_BND: torch.Tensor) -> torch.Tensor:
        """The chosen patches' rows of (B, N, D)."""
        if self.order_BM is None:
            return values_BND
        return values_BND.gather(1, self.order_BM[:, :, None].expand(-1, -1, values_BND.shape[2]))


def choose_patches(
    images_BCHW: torch.Tensor, sizes_B2: torch.Tensor, patch: int, *, skip_empty: bool
) -> Chosen:
    """The patches inside each picture, without those that hold no foreground when ``skip_empty``.

    Drawings are mostly background: the Variable-TNT of the third place reads larger pictures that
    way.
    """
    rows, columns = images_BCHW.shape[2] // patch, images_BCHW.shape[3] // patch
    inside_BN = grid_mask(cells_of(sizes_B2, patch), rows, columns).flatten(1)
    if not skip_empty:
        return Chosen(None, inside_BN)
    foreground_BN = nn.functional.max_pool2d(images_BCHW, patch).flatten(1) > 0
    kept_BN = foreground_BN & inside_BN
    # a blank picture keeps its first patch: attention over nothing is undefined
    kept_BN[:, 0] |= ~kept_BN.any(1)
    maximum = int(kept_BN.sum(1).max())
    order_BM = kept_BN.to(torch.int8).argsort(dim=1, descending=True, stable=True)[:, :maximum]
    return Chosen(order_BM, kept_BN.gather(1, order_BM))


def patch_positions(
    table_1RCD: torch.Tensor | None,
    sizes_B2: torch.Tensor,
    patch: int,
    grid: tuple[int, int],
    width: int,
) -> torch.Tensor:
    """Codes (B or 1, N, width) of every patch: from the learned table, or sine without one."""
    if table_1RCD is None:
        return sine_grid(*grid, width, sizes_B2.device).flatten(0, 1)[None]
    return read_table(table_1RCD, cells_of(sizes_B2, patch), grid)


def read_table(
    table_1RCD: torch.Tensor, cells_B2: torch.Tensor, grid: tuple[int, int]
) -> torch.Tensor:
    """A table of positions read at every patch of ``grid``, (B, N, D).

    A picture with more patches than the table has cells reads between the cells, so that its last
    patch meets the last cell; this depends on the picture alone, not on its batch.
    """
    rows, columns = table_1RCD.shape[1:3]
    device = cells_B2.device
    last_2 = torch.tensor([rows - 1, columns - 1], device=device)
    steps_B2 = (last_2 / (cells_B2 - 1).clamp(min=1)).clamp(max=1.0)
    scale_2 = 2.0 / last_2.clamp(min=1)
    row_BH = torch.arange(grid[0], device=device) * steps_B2[:, :1] * scale_2[0] - 1
    column_BW = torch.arange(grid[1], device=device) * steps_B2[:, 1:] * scale_2[1] - 1
    places_BHW2 = torch.stack(
        (
            column_BW[:, None, :].expand(-1, grid[0], -1),
            row_BH[:, :, None].expand(-1, -1, grid[1]),
        ),
        dim=-1,
    )
    table_BDRC = table_1RCD.permute(0, 3, 1, 2).expand(len(cells_B2), -1, -1, -1)
    read_BDHW = nn.functional.grid_sample(
        table_BDRC, places_BHW2.to(table_BDRC.dtype), padding_mode="border", align_corners=True
    )
    return read_BDHW.flatten(2).transpose(1, 2)


def position_table(positions: Positions, grid: tuple[int, int], width: int) -> nn.Parameter | None:
    """A fresh table (1, rows, columns, width), or None for sine positions."""
    if positions == "sine":
        return None
    return nn.Parameter(nn.init.trunc_normal_(torch.empty(1, *grid, width), std=0.02))
