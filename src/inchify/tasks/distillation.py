"""Distillation loss between the dense maps of a student and its teacher.

After Liu et al. 2019 ("Structured knowledge distillation for semantic segmentation"): cell by cell
on the four maps, and pair by pair on how alike the features of places are. The teacher's output on
empty background counts little: the four maps are weighted by where it detects something.

Shape letters: B pictures, C channels, H and W cells, P places.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from inchify.models.dense.layout import Layout
from inchify.models.dense.network import DenseMaps
from inchify.tasks.molecule_graph.settings import DistillationSettings
from inchify.types import LossSum

# Features are compared on a grid of this number of places for each side.
PLACES = 8


def distillation_loss(
    student: DenseMaps, teacher: DenseMaps, layout: Layout, settings: DistillationSettings
) -> dict[str, torch.Tensor]:
    """Distillation loss, means over cells and pairs. Both networks must have the same map layout
    and stride."""
    four_BCHW, taught_BCHW = student.maps_BCHW[:, layout.four], teacher.maps_BCHW[:, layout.four]
    if four_BCHW.shape != taught_BCHW.shape:
        raise ValueError(
            f"the student's maps {tuple(four_BCHW.shape)} and the teacher's "
            f"{tuple(taught_BCHW.shape)} differ; both need the same stride and subcells"
        )
    position = layout.slices[layout.positions[0]]
    chance_BCHW = taught_BCHW[:, position].float().sigmoid()
    weight_BHW = chance_BCHW.amax(dim=1) + 0.05
    squares_BHW = (
        (to_probabilities(four_BCHW, position) - to_probabilities(taught_BCHW, position))
        .square()
        .mean(1)
    )
    maps = (weight_BHW * squares_BHW).sum() / weight_BHW.sum()
    parts = {"taught_maps": settings.maps * maps}
    if settings.features and student.context_BCHW is not None and teacher.context_BCHW is not None:
        alike = similarity(student.context_BCHW) - similarity(teacher.context_BCHW)
        parts["taught_features"] = settings.features * alike.square().mean()
    return parts


def with_teacher(
    loss: LossSum,
    maps: DenseMaps,
    images_BCHW: torch.Tensor,
    teacher: nn.Module | None,
    layout: Layout,
    settings: DistillationSettings | None,
) -> LossSum:
    """The student's loss plus its distance from the teacher; unchanged without a teacher."""
    if teacher is None:
        return loss
    assert settings is not None
    with torch.no_grad():
        taught = teacher.to(images_BCHW.device)(images_BCHW)
    parts = distillation_loss(maps, taught, layout, settings)
    total = loss.total + loss.count * torch.stack(list(parts.values())).sum()
    logs = {name: loss.count * value.detach() for name, value in parts.items()}
    return LossSum(total=total, count=loss.count, logs={**loss.logs, **logs})


def to_probabilities(maps_BCHW: torch.Tensor, position: slice) -> torch.Tensor:
    """Position logits as probabilities, the other three maps unchanged."""
    maps_BCHW = maps_BCHW.float()
    return torch.cat([maps_BCHW[:, position].sigmoid(), maps_BCHW[:, position.stop :]], dim=1)


def similarity(features_BCHW: torch.Tensor) -> torch.Tensor:
    """Cosine similarity between the features of every two places: (B, P, P)."""
    pooled_BCP = functional.adaptive_avg_pool2d(features_BCHW.float(), PLACES).flatten(2)
    unit_BCP = functional.normalize(pooled_BCP, dim=1)
    return unit_BCP.transpose(1, 2) @ unit_BCP
