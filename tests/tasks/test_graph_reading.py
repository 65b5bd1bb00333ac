"""Maps as a perfect network would draw them are read back to the very molecule."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch

from inchify.chemistry.graph_assembly.assembly import AssemblySettings, choose_graph
from inchify.chemistry.molecule import read_molecule
from inchify.decoding.molecule_graph import (
    CandidateSettings,
    candidates_of,
    graph_layout,
    picture_maps,
    usual_bond,
)
from inchify.models.dense.layout import GraphLayout
from inchify.rendering.indigo import DrawingError
from inchify.synthetic.style_mix import draw_molecule
from inchify.tasks.molecule_graph.batch import GraphBatch, graph_batch
from inchify.types import MoleculeGraph

SAMPLE = Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz"
SURE = 12.0


def perfect_maps(batch: GraphBatch, layout: GraphLayout) -> torch.Tensor:
    """What a network that knows the truth would answer: (channels, H, W)."""
    _, high, wide = batch.atom_heat_BHW.shape
    grid = (high // layout.subcells, wide // layout.subcells)
    maps = torch.zeros(layout.channels, *grid)

    def logits(heat_BHW: torch.Tensor) -> torch.Tensor:
        chance = heat_BHW[0].float().clamp(1e-4, 1 - 1e-4)
        return torch.nn.functional.pixel_unshuffle(chance.logit()[None], layout.subcells)

    def put(name: str, cells_N3: torch.Tensor, values_NK: torch.Tensor) -> None:
        part = layout.slices[name]
        maps[part, cells_N3[:, 1], cells_N3[:, 2]] = values_NK.T

    maps[layout.slices["atom_pos"]] = logits(batch.atom_heat_BHW)
    maps[layout.slices["bond_pos"]] = logits(batch.bond_heat_BHW)
    atoms, bonds = batch.atom_cells_N3, batch.bond_cells_M3
    names = ("atom_class", "atom_charge", "atom_hydrogens", "atom_isotope")
    for place, name in enumerate(names):
        size = layout.slices[name].stop - layout.slices[name].start
        hot = torch.nn.functional.one_hot(batch.atom_labels_N4[:, place], size)
        put(name, atoms, SURE * hot.float())
    put("atom_offset", atoms, batch.atom_values_N6[:, :2])
    put("atom_box", atoms, batch.atom_values_N6[:, 2:])
    kinds_MK = torch.nn.functional.one_hot(batch.bond_kinds_M, layout.bond_kinds)
    put("bond_kind", bonds, SURE * kinds_MK.float())
    put("bond_offset", bonds, batch.bond_values_M5[:, :2])
    put("bond_cos", bonds, batch.bond_values_M5[:, 2:3])
    put("bond_sin", bonds, batch.bond_values_M5[:, 3:4])
    put("bond_width", bonds, batch.bond_values_M5[:, 4:5])
    put("bond_way", bonds, batch.bond_ways_M2)
    return maps


def maps_of(graph: MoleculeGraph, stride: int = 4, subcells: int = 2) -> torch.Tensor:
    layout = graph_layout(subcells)
    side = 64 * (2 + int(max(max(a.x, a.y) for a in graph.atoms)) // 64)
    canvas = np.zeros((1, side, side), np.uint8)
    batch = graph_batch(canvas, [(0, graph)], ["x"], stride=stride, layout=layout)
    return perfect_maps(batch, layout)


def molecules(count: int) -> list[str]:
    with gzip.open(SAMPLE, "rt") as lines:
        found = [line.split()[0] for line in lines]
    return found[:: len(found) // count][:count]


@pytest.mark.parametrize("style", ["own", "rdkit", "competition"])
def test_perfect_maps_are_read_exactly(style: str) -> None:
    layout, right, wrong = graph_layout(), 0, []
    generator = np.random.default_rng(4)
    for smiles in molecules(60):
        try:
            drawn = draw_molecule(smiles, style, generator, with_inchi=True)  # type: ignore[arg-type]
        except DrawingError:
            continue
        graph = drawn.graph.moved(16 / drawn.bond_pixels)
        maps = picture_maps(maps_of(graph).numpy(), layout, 4)
        found = choose_graph(*candidates_of(maps, CandidateSettings()), AssemblySettings())
        # what the drawing itself says, for a geometry that nobody stated is drawn all the same
        if read_molecule(found).inchi == read_molecule(graph).inchi:
            right += 1
        else:
            wrong.append(smiles)
    assert right >= 0.95 * (right + len(wrong)), wrong


def test_the_usual_bond_is_told_by_the_length_map() -> None:
    generator = np.random.default_rng(0)
    drawn = draw_molecule("CCCCc1ccccc1CCN", "own", generator)
    graph = drawn.graph.moved(20 / drawn.bond_pixels)
    bond, count = usual_bond(picture_maps(maps_of(graph).numpy(), graph_layout(), 4))
    assert bond == pytest.approx(20, rel=0.1) and count >= len(graph.bonds) - 1


def test_empty_maps_give_nothing() -> None:
    layout = graph_layout()
    maps = torch.full((layout.channels, 8, 8), -9.0)
    atoms, bonds = candidates_of(picture_maps(maps.numpy(), layout, 4), CandidateSettings())
    assert len(atoms.xy_A2) == 0 and len(bonds.pairs_B2) == 0
    assert choose_graph(atoms, bonds, AssemblySettings()).atoms == ()
