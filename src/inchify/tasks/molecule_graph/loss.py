"""Loss of the graph reader, as a sum over atoms."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from inchify.models.dense.layout import GraphLayout
from inchify.models.dense.maps import at_cells, fine_map
from inchify.models.dense.network import DenseMaps
from inchify.tasks.molecule_graph.batch import GraphBatch
from inchify.training.dense_losses import (
    focal_heat_loss,
    picked_cross_entropy,
    picked_distance,
)
from inchify.types import LossSum


@dataclass(frozen=True, kw_only=True)
class GraphLossSettings:
    """Weights of the maps' losses. ``auxiliary`` is the weight of the third stage's four maps
    (0.4 is the best of PSPNet's ablation)."""

    position: float = 1.0
    kind: float = 1.0
    shape: float = 1.0
    way: float = 0.5
    offset: float = 0.3
    atom: float = 1.0
    written: float = 0.7
    box: float = 0.3
    auxiliary: float = 0.4


def graph_loss(
    maps: DenseMaps, batch: GraphBatch, layout: GraphLayout, settings: GraphLossSettings
) -> LossSum:
    """The sum of all maps' losses; ``logs`` holds the parts. The count is the number of atoms."""
    parts = four_map_losses(maps.maps_BCHW, batch, layout, settings)
    parts |= bond_losses(maps.maps_BCHW, batch, layout, settings)
    parts |= atom_losses(maps.maps_BCHW, batch, layout, settings)
    if maps.auxiliary_BCHW is not None:
        early = four_map_losses(maps.auxiliary_BCHW, batch, layout, settings)
        parts["auxiliary"] = settings.auxiliary * torch.stack(list(early.values())).sum()
    total = torch.stack(list(parts.values())).sum()
    logs = {name: value.detach() for name, value in parts.items()}
    return LossSum(total=total, count=batch.atoms, logs=logs)


def four_map_losses(
    maps_BCHW: torch.Tensor, batch: GraphBatch, layout: GraphLayout, settings: GraphLossSettings
) -> dict[str, torch.Tensor]:
    """The four original maps: position of bonds, cos and sin of the doubled angle, length.

    The original GG-CNN loss took squares over the whole map, background included; here angles and
    lengths count at bonds only.
    """
    position = focal_heat_loss(
        fine_map(maps_BCHW, layout, "bond_pos"), batch.bond_heat_BHW, batch.known_BHW
    )
    shape = slice(layout.slices["bond_cos"].start, layout.slices["bond_width"].stop)
    values_M3 = at_cells(maps_BCHW, shape, batch.bond_cells_M3)
    distance = picked_distance(values_M3, batch.bond_values_M5[:, 2:], batch.bond_weights_M)
    return {"bond_pos": settings.position * position, "shape": settings.shape * 3 * distance}


def bond_losses(
    maps_BCHW: torch.Tensor, batch: GraphBatch, layout: GraphLayout, settings: GraphLossSettings
) -> dict[str, torch.Tensor]:
    """What kind of bond, where its middle is within the cell, and which way a directed one runs."""

    def at(name: str) -> torch.Tensor:
        return at_cells(maps_BCHW, layout.slices[name], batch.bond_cells_M3)

    weights_M = batch.bond_weights_M
    kind = picked_cross_entropy(at("bond_kind"), batch.bond_kinds_M, weights_M)
    offset = picked_distance(at("bond_offset"), batch.bond_values_M5[:, :2], weights_M)
    way = picked_distance(at("bond_way"), batch.bond_ways_M2, weights_M * batch.directed_M)
    return {
        "bond_kind": settings.kind * kind,
        "bond_offset": settings.offset * offset,
        "bond_way": settings.way * 4 * way,
    }


def atom_losses(
    maps_BCHW: torch.Tensor, batch: GraphBatch, layout: GraphLayout, settings: GraphLossSettings
) -> dict[str, torch.Tensor]:
    """Where atoms are and what stands there."""

    def at(name: str) -> torch.Tensor:
        return at_cells(maps_BCHW, layout.slices[name], batch.atom_cells_N3)

    weights_N, labels_N4 = batch.atom_weights_N, batch.atom_labels_N4
    position = focal_heat_loss(
        fine_map(maps_BCHW, layout, "atom_pos"), batch.atom_heat_BHW, batch.known_BHW
    )
    kind = picked_cross_entropy(at("atom_class"), labels_N4[:, 0], weights_N)
    written = torch.stack(
        [
            picked_cross_entropy(at(name), labels_N4[:, place], weights_N * batch.written_N)
            for place, name in enumerate(("atom_charge", "atom_hydrogens", "atom_isotope"), 1)
        ]
    ).sum()
    offset = picked_distance(at("atom_offset"), batch.atom_values_N6[:, :2], weights_N)
    box = picked_distance(at("atom_box"), batch.atom_values_N6[:, 2:], weights_N * batch.boxed_N)
    return {
        "atom_pos": settings.position * position,
        "atom_class": settings.atom * kind,
        "written": settings.written * written,
        "atom_offset": settings.offset * offset,
        "box": settings.box * 4 * box,
    }
