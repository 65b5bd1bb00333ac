"""Targets of dense networks: every atom is asked for somewhere, and nobody is asked for another."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from inchify.chemistry.symbols import ATOM_CLASSES, BOND_KINDS, CHARGES, HYDROGENS, ISOTOPES
from inchify.decoding.molecule_graph import (
    CandidateSettings,
    candidates_of,
    graph_layout,
    picture_maps,
)
from inchify.models.dense.layout import GRAPH_UNIT_PIXELS, GraphLayout
from inchify.models.dense.network import DenseMaps
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.style_mix import StyleMix
from inchify.tasks.molecule_graph.batch import REACH, GraphBatch, graph_batch, pick_cells
from inchify.tasks.molecule_graph.data import CanvasSource
from inchify.tasks.molecule_graph.loss import GraphLossSettings, graph_loss
from inchify.tasks.molecule_graph.settings import GraphDataSettings
from inchify.types import GraphAtom, GraphBond, MoleculeGraph

SAMPLE = Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz"
# stride and subcells of the reader and of the PSPNets: position maps of 2 pixels in both
GRIDS = [(4, 2), (8, 4)]


@cache
def library() -> MoleculeLibrary:
    return MoleculeLibrary.load(SAMPLE)


@cache
def drawn(stride: int, subcells: int, seed: int) -> GraphBatch:
    data = GraphDataSettings(canvas=256, canvases=2, styles=StyleMix(rdkit=0.0, indigo=0.0))
    source = CanvasSource(
        library(), data, graph_layout(subcells), stride, seed=seed, epoch=0, numbers=range(1)
    )
    return source[0]


def one(graph: MoleculeGraph, stride: int = 4, subcells: int = 2, side: int = 64) -> GraphBatch:
    canvas = np.zeros((1, side, side), np.uint8)
    layout = graph_layout(subcells)
    return graph_batch(canvas, [(0, graph)], ["one"], stride=stride, layout=layout)


def pair(kind: str = "single", angle: float = 0.0, length: float = 20.0) -> MoleculeGraph:
    """A bond from the middle of a canvas of 64 pixels."""
    end = (30.3 + length * np.cos(angle), 30.9 + length * np.sin(angle))
    atoms = (GraphAtom(30.3, 30.9), GraphAtom(*end))
    return MoleculeGraph(atoms, (GraphBond(0, 1, kind),))  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_every_point_has_a_cell_and_the_nearest_wins(seed: int) -> None:
    generator = np.random.default_rng(seed)
    stride, side = 4, 128
    points = np.concatenate(
        [generator.integers(0, 2, (40, 1)), generator.uniform(0, side, (40, 2))], axis=1
    )
    point, cells, offset, weights = pick_cells(points, stride, (side // stride, side // stride))
    centers = (cells[:, [2, 1]] + 0.5) * stride
    assert np.allclose(centers + offset * stride, points[point, 1:])
    assert (np.hypot(*offset.T) <= REACH).all()
    assert len({tuple(cell) for cell in cells.tolist()}) == len(cells)
    for place, (canvas, center) in enumerate(zip(cells[:, 0], centers, strict=True)):
        away = np.hypot(*(points[:, 1:] - center).T)
        away[points[:, 0] != canvas] = np.inf
        assert away[point[place]] == pytest.approx(away.min())
    sums = np.bincount(point, weights, minlength=len(points))
    assert np.allclose(sums[np.unique(point)], 1.0)
    across = np.hypot(*(points[:, None, 1:] - points[None, :, 1:]).T)
    across[points[:, None, 0] != points[None, :, 0]] = np.inf
    np.fill_diagonal(across, np.inf)
    free = np.flatnonzero(across.min(axis=1) > 2 * stride)
    assert len(free) > 5 and set(free) <= set(point)


@pytest.mark.parametrize(("stride", "subcells"), GRIDS)
@pytest.mark.parametrize("seed", range(3))
def test_drawn_molecules_have_all_their_targets(stride: int, subcells: int, seed: int) -> None:
    batch = drawn(stride, subcells, seed)
    grid = 256 // stride
    for heat_BHW, weights, cells_N3 in (
        (batch.atom_heat_BHW, batch.atom_weights_N, batch.atom_cells_N3),
        (batch.bond_heat_BHW, batch.bond_weights_M, batch.bond_cells_M3),
    ):
        assert heat_BHW.shape == (2, grid * subcells, grid * subcells)
        assert heat_BHW.min() >= 0 and heat_BHW.max() == 1
        assert cells_N3[:, 0].max() == 1 and cells_N3[:, 1:].max() < grid
        # each counts as one; what lies beyond the edge or is hidden by a nearer one not at all
        assert weights.sum().item() == pytest.approx(round(weights.sum().item()), abs=1e-3)
    asked = batch.atom_weights_N.sum().item()
    # cells of 8 pixels are as wide as short bonds: some atoms lose all of theirs to a neighbor
    assert asked >= (0.97 if stride == 4 else 0.9) * (batch.atom_heat_BHW == 1).sum().item()
    peaks = (batch.atom_heat_BHW == 1).nonzero()
    centers = {
        (canvas, row // subcells, column // subcells) for canvas, row, column in peaks.tolist()
    }
    own = {tuple(cell) for cell in batch.atom_cells_N3.tolist()}
    assert len(centers & own) >= 0.97 * len(centers)
    assert batch.atoms >= asked > 20


def test_heat_is_one_at_points_and_falls_off() -> None:
    batch = one(MoleculeGraph((GraphAtom(21.0, 33.0),)))
    heat = batch.atom_heat_BHW[0]
    assert (heat == 1).nonzero().tolist() == [[16, 10]]
    around = [heat[16, 10 + step].item() for step in range(4)]
    assert all(near > far for near, far in pairwise(around))
    assert heat[0, 0] == 0 and not batch.bond_heat_BHW.any()
    close = one(MoleculeGraph((GraphAtom(21.0, 33.0), GraphAtom(23.0, 33.0)))).atom_heat_BHW[0]
    assert (close == 1).nonzero().tolist() == [[16, 10], [16, 11]]


@pytest.mark.parametrize("angle", np.linspace(-3.1, 3.1, 9).tolist())
def test_a_bond_is_its_middle_doubled_angle_and_length(angle: float) -> None:
    length = 18.5
    batch = one(pair(angle=angle, length=length))
    x, y, cos, sin, units = batch.bond_values_M5.unbind(1)
    assert cos.tolist() == pytest.approx([np.cos(2 * angle)] * len(cos), abs=1e-5)
    assert sin.tolist() == pytest.approx([np.sin(2 * angle)] * len(sin), abs=1e-5)
    assert (units * GRAPH_UNIT_PIXELS).tolist() == pytest.approx([length] * len(units), abs=1e-4)
    middle = np.array([30.3, 30.9]) + length / 2 * np.array([np.cos(angle), np.sin(angle)])
    places = (batch.bond_cells_M3[:, [2, 1]] + 0.5 + torch.stack([x, y], dim=1)) * 4
    assert np.allclose(places, middle, atol=1e-4)
    # a bond drawn from its other end is the same to the seed's four maps
    graph = pair(angle=angle, length=length)
    other = one(MoleculeGraph(graph.atoms, (GraphBond(1, 0),)))
    assert torch.allclose(other.bond_values_M5, batch.bond_values_M5, atol=1e-5)


@pytest.mark.parametrize("kind", BOND_KINDS)
def test_bonds_with_a_direction_say_which_way(kind: str) -> None:
    batch = one(pair(kind, angle=0.7))
    directed = kind in ("wedge", "hash", "dative")
    assert batch.directed_M.tolist() == [float(directed)] * len(batch.directed_M)
    assert (batch.bond_kinds_M == BOND_KINDS.index(kind)).all()
    way = torch.tensor([np.cos(0.7), np.sin(0.7)], dtype=torch.float32)
    assert torch.allclose(batch.bond_ways_M2, way.expand_as(batch.bond_ways_M2), atol=1e-5)
    back = one(MoleculeGraph(pair(kind, angle=0.7).atoms, (GraphBond(1, 0, kind),)))  # type: ignore[arg-type]
    assert torch.allclose(back.bond_ways_M2, -batch.bond_ways_M2, atol=1e-5)


def test_written_atoms_are_asked_what_stands_beside_them() -> None:
    box = (18.0, 20.0, 34.0, 30.0)
    charged = GraphAtom(24.0, 25.0, "N", "NH3+", charge=1, hydrogens=3, box=box)
    batch = one(MoleculeGraph((charged,)))
    kind, charge, hydrogens, isotope = batch.atom_labels_N4[0].tolist()
    assert ATOM_CLASSES[kind] == "N" and CHARGES[charge] == 1
    assert HYDROGENS[hydrogens] == 3 and ISOTOPES[isotope] == 0
    assert batch.written_N.all() and batch.boxed_N.all()
    assert (batch.atom_values_N6[0, 2:] * GRAPH_UNIT_PIXELS).tolist() == pytest.approx(
        [6, 5, 10, 5]
    )
    corner = one(MoleculeGraph((GraphAtom(24.0, 25.0),)))
    assert not corner.written_N.any() and not corner.boxed_N.any()
    label = one(MoleculeGraph((GraphAtom(24.0, 25.0, "", "CO2Et", box=box),)))
    assert ATOM_CLASSES[int(label.atom_labels_N4[0, 0])] == "text" and label.boxed_N.all()


@pytest.mark.parametrize(("stride", "subcells"), GRIDS)
def test_maps_that_say_the_truth_cost_little_and_are_read_back(stride: int, subcells: int) -> None:
    graph = MoleculeGraph(
        (
            GraphAtom(20.0, 40.0),
            GraphAtom(36.0, 31.0, "N", "NH", hydrogens=1, box=(31.0, 26.0, 46.0, 36.0)),
            GraphAtom(52.0, 41.0),
        ),
        (GraphBond(0, 1), GraphBond(1, 2, "wedge")),
    )
    batch = one(graph, stride, subcells)
    layout = graph_layout(subcells)
    truth = true_maps(batch, layout, 64 // stride)
    settings = GraphLossSettings()
    right = graph_loss(DenseMaps(truth), batch, layout, settings)
    wrong = graph_loss(DenseMaps(truth.flip(2)), batch, layout, settings)
    assert right.count == wrong.count == 3
    assert right.total.item() / 3 < 0.05 < 1.0 < wrong.total.item() / 3
    atoms, bonds = candidates_of(
        picture_maps(truth[0].numpy(), layout, stride), CandidateSettings()
    )
    order = np.argsort(atoms.xy_A2[:, 0])
    assert np.allclose(atoms.xy_A2[order], [(20, 40), (36, 31), (52, 41)], atol=0.01)
    assert [ATOM_CLASSES[k] for k in atoms.class_AK[order].argmax(1)] == ["corner", "N", "corner"]
    found = {
        tuple(np.argsort(order)[ends].tolist()): BOND_KINDS[kind - 1]
        for ends, kind in zip(bonds.pairs_B2, bonds.log_kind_BK.argmax(1), strict=True)
        if kind
    }
    assert {tuple(sorted(ends)): kind for ends, kind in found.items()} == {
        (0, 1): "single",
        (1, 2): "wedge",
    }


def true_maps(batch: GraphBatch, layout: GraphLayout, side: int) -> torch.Tensor:
    """What a perfect network would say: (1, C, side, side)."""
    maps = torch.zeros(1, layout.channels, side, side)
    for name, heat_BHW in (("atom", batch.atom_heat_BHW), ("bond", batch.bond_heat_BHW)):
        peaks = torch.where(heat_BHW == 1, 9.0, -9.0)[:, None]
        part = torch.nn.functional.pixel_unshuffle(peaks, layout.subcells)
        maps[:, layout.slices[f"{name}_pos"]] = part

    def put(name: str, cells_N3: torch.Tensor, values_NK: torch.Tensor) -> None:
        _, rows, columns = cells_N3.unbind(1)
        maps[0, layout.slices[name], rows, columns] = values_NK.T.float()

    def classes(name: str, cells_N3: torch.Tensor, labels_N: torch.Tensor) -> None:
        size = layout.slices[name].stop - layout.slices[name].start
        put(name, cells_N3, 9 * torch.nn.functional.one_hot(labels_N, size))

    names = ("atom_class", "atom_charge", "atom_hydrogens", "atom_isotope")
    for place, name in enumerate(names):
        classes(name, batch.atom_cells_N3, batch.atom_labels_N4[:, place])
    put("atom_offset", batch.atom_cells_N3, batch.atom_values_N6[:, :2])
    put("atom_box", batch.atom_cells_N3, batch.atom_values_N6[:, 2:])
    classes("bond_kind", batch.bond_cells_M3, batch.bond_kinds_M)
    put("bond_offset", batch.bond_cells_M3, batch.bond_values_M5[:, :2])
    put("bond_way", batch.bond_cells_M3, batch.bond_ways_M2)
    for place, name in enumerate(("bond_cos", "bond_sin", "bond_width"), 2):
        put(name, batch.bond_cells_M3, batch.bond_values_M5[:, place : place + 1])
    return maps
