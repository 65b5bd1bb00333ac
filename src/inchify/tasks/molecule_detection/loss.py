"""Loss of the molecule detector, as a sum over molecules."""

from __future__ import annotations

import torch
from torch.nn import functional

from inchify.models.dense.layout import RegionLayout
from inchify.models.dense.maps import at_cells
from inchify.models.dense.network import DenseMaps
from inchify.tasks.molecule_detection.batch import RegionBatch
from inchify.tasks.molecule_detection.settings import RegionLossSettings
from inchify.training.dense_losses import focal_heat_loss, picked_distance
from inchify.types import LossSum


def region_loss(
    maps: DenseMaps, batch: RegionBatch, layout: RegionLayout, settings: RegionLossSettings
) -> LossSum:
    """The sum of all maps' losses; ``logs`` holds the parts. The count is the number of drawings.

    The original GG-CNN loss took squares over the whole map, background included; here orientation
    and size count in the middle of drawings only.
    """
    maps_BCHW = maps.maps_BCHW
    parts = _position_and_shape(maps_BCHW, batch, layout, settings)
    height = at_cells(maps_BCHW, layout.slices["height"], batch.cells_N3)
    offset = at_cells(maps_BCHW, layout.slices["offset"], batch.cells_N3)
    weights_N = batch.weights_N
    parts["height"] = settings.shape * picked_distance(height, batch.values_N6[:, 3:4], weights_N)
    parts["offset"] = settings.offset * picked_distance(offset, batch.values_N6[:, 4:], weights_N)
    intensity = functional.binary_cross_entropy_with_logits(
        maps_BCHW[:, layout.slices["ink"]][:, 0].float(),
        batch.foreground_BHW.float(),
        reduction="none",
    )
    has_foreground = batch.has_foreground_BHW
    mean = (intensity * has_foreground).sum() / has_foreground.sum().clamp(min=1)
    parts["ink"] = settings.foreground * batch.drawings * mean
    if maps.auxiliary_BCHW is not None:
        early = _position_and_shape(maps.auxiliary_BCHW, batch, layout, settings)
        parts["auxiliary"] = settings.auxiliary * torch.stack(list(early.values())).sum()
    total = torch.stack(list(parts.values())).sum()
    logs = {name: value.detach() for name, value in parts.items()}
    return LossSum(total=total, count=batch.drawings, logs=logs)


def _position_and_shape(
    maps_BCHW: torch.Tensor,
    batch: RegionBatch,
    layout: RegionLayout,
    settings: RegionLossSettings,
) -> dict[str, torch.Tensor]:
    """The four original maps: position of drawings, cos and sin of their orientation, width."""
    position = focal_heat_loss(maps_BCHW[:, layout.slices["pos"]][:, 0], batch.heat_BHW)
    shape = slice(layout.slices["cos"].start, layout.slices["width"].stop)
    values_N3 = at_cells(maps_BCHW, shape, batch.cells_N3)
    distance = picked_distance(values_N3, batch.values_N6[:, :3], batch.weights_N)
    return {"pos": settings.position * position, "shape": settings.shape * 3 * distance}
