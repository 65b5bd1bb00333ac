"""Channels of a dense network's maps by name, as tensors.

Shape letters: B pictures, C channels, H and W cells of the map, N picked cells.
"""

from __future__ import annotations

import torch

from inchify.models.dense.layout import GraphLayout, Layout


def with_unseen_kind(values: torch.Tensor, layout: Layout, axis: int, fill: float) -> torch.Tensor:
    """Insert a channel for the last bond kind where a network has one kind less than the layout.

    Args:
        values: Maps or weights with the channels along ``axis``.
        layout: Anything but a ``GraphLayout`` leaves ``values`` unchanged.
        axis: The axis of the channels.
        fill: Value of the new channel.

    Returns:
        ``values`` with one channel more, or unchanged.
    """
    if not isinstance(layout, GraphLayout) or values.shape[axis] != layout.channels - 1:
        return values
    stop = layout.slices["bond_kind"].stop - 1
    before, after = values.split((stop, layout.channels - 1 - stop), axis)
    new = torch.full_like(before.narrow(axis, 0, 1), fill)
    return torch.cat([before, new, after], axis)


def fine_map(maps_BCHW: torch.Tensor, layout: Layout, name: str) -> torch.Tensor:
    """Take a position map at its full resolution.

    Args:
        maps_BCHW: A network's maps.
        layout: Their channels.
        name: Name of the position map.

    Returns:
        Logits (B, subcells H, subcells W).
    """
    part_BCHW = maps_BCHW[:, layout.slices[name]]
    return torch.nn.functional.pixel_shuffle(part_BCHW, layout.subcells)[:, 0]


def at_cells(maps_BCHW: torch.Tensor, part: slice, cells_N3: torch.Tensor) -> torch.Tensor:
    """Pick the values of some channels at cells.

    Args:
        maps_BCHW: A network's maps.
        part: The channels.
        cells_N3: Picture, row and column of each cell.

    Returns:
        Float32 (N, channels).
    """
    picture, row, column = cells_N3.unbind(1)
    return maps_BCHW[:, part].permute(0, 2, 3, 1)[picture, row, column].float()
