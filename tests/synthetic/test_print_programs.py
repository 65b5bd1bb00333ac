"""Drawings in the style of print have the lengths that were measured in print."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("rdkit")

from inchify.calibration.print_styles.layout import ends_of, fit
from inchify.calibration.print_styles.statistics import measure
from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.molecule import read_molecule
from inchify.rendering.depictor import DrawingStyle, depict
from inchify.rendering.depictor.print_programs import PROGRAMS, program_changes, program_of
from inchify.rendering.drawn_picture import draw_picture
from inchify.synthetic.style_mix import draw_molecule
from inchify.types import MoleculeGraph

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)NCc1ccncc1"
LACTIC = "C[C@H](O)C(=O)O"


def plain(graph: MoleculeGraph) -> MoleculeGraph:
    """The graph with symbols at labels of one atom only, as a reader's or a molfile's."""
    return replace(graph, atoms=tuple(replace(a, symbol=a.symbol or "") for a in graph.atoms))


def test_the_shares_of_programs_are_shares() -> None:
    for program in PROGRAMS.values():
        assert sum(program.faces.values()) == pytest.approx(1)
        assert all(low <= high for low, high in program.lengths.values())
        assert all(hasattr(DrawingStyle(), name) for name in program.lengths)
        shares = (program.circles, program.dashed, program.hydrogens, program.methyl)
        assert all(0 <= share <= 1 for share in (*shares, program.bilevel))
    assert program_of(frozenset(("cages",))) is None


@pytest.mark.parametrize("kind", sorted(PROGRAMS))
def test_what_is_drawn_measures_as_print_does(kind: str) -> None:
    program = PROGRAMS[kind]
    molecule = quiet_chem().MolFromSmiles(ASPIRIN)
    found: dict[str, list[float]] = {"line": [], "double spacing": [], "capital": []}
    for seed in range(12):
        generator = np.random.default_rng(seed)
        changes = program_changes(program, generator) | {"aromatic": "kekule"}
        style = DrawingStyle(**changes)
        picture = draw_picture(molecule, generator, style=style, bond_pixels=100.0, bilevel=False)
        for name, values in measure(picture.intensity > 127, plain(picture.graph)).items():
            if name in found:
                found[name] += values
    for name, field in (("line", "line"), ("double spacing", "double_spacing")):
        low, high = program.lengths[field]
        assert low - 0.012 < np.median(found[name]) < high + 0.012
    assert program.lengths["cap"][0] * 0.95 < np.median(found["capital"])


@pytest.mark.parametrize("kind", sorted(PROGRAMS))
@pytest.mark.parametrize("style", ["own", "rdkit", "indigo"])
def test_the_truth_of_print_is_the_molecule(kind: str, style: str) -> None:
    kinds = frozenset((kind,))
    for seed in range(4):
        picture = draw_molecule(LACTIC, style, np.random.default_rng(seed), kinds=kinds)  # type: ignore[arg-type]
        assert read_molecule(picture.graph).inchi == quiet_chem().MolToInchi(
            quiet_chem().MolFromSmiles(LACTIC)
        )
        low, high = PROGRAMS[kind].bond_pixels
        assert low <= picture.bond_pixels <= high


def test_dashes_run_along_the_bond_and_hashes_across() -> None:
    style = DrawingStyle(hash_pitch=0.16, line=0.04, hash_line=0.04)
    for smiles in ("C[C@H](F)Cl", "C[C@@H](F)Cl"):
        molecule = quiet_chem().MolFromSmiles(smiles)
        dashed, hashed = (
            depict(molecule, replace(style, hash_dashed=way), np.random.default_rng(0))
            for way in (True, False)
        )
        assert dashed.graph == hashed.graph
        marked = [bond for bond in dashed.graph.bonds if bond.kind == "hash"]
        if not marked:
            continue
        atoms = dashed.graph.atoms
        first, last = atoms[marked[0].begin], atoms[marked[0].end]
        along = np.array((last.x - first.x, last.y - first.y))
        along /= np.hypot(*along)
        for drawing, way in ((dashed.drawing, 1), (hashed.drawing, 0)):
            strokes_S5 = drawing.strokes_S5
            steps = strokes_S5[:, 2:4] - strokes_S5[:, :2]
            short = np.hypot(*steps.T) < 0.2
            middles = (strokes_S5[:, :2] + strokes_S5[:, 2:4]) / 2 - (first.x, first.y)
            across = np.abs(middles @ np.array((-along[1], along[0])))
            own = short & (across < 0.05)
            assert own.sum() >= 3
            cosines = np.abs(steps[own] @ along) / np.hypot(*steps[own].T)
            assert np.allclose(cosines, way, atol=1e-6)
        return
    pytest.fail("no hashed bond was drawn")


def test_a_layout_is_found_on_its_ink() -> None:
    molecule = quiet_chem().MolFromSmiles(ASPIRIN)
    picture = draw_picture(
        molecule, np.random.default_rng(2), style=DrawingStyle(), bond_pixels=50.0, bilevel=True
    )
    places_N2 = np.array([(atom.x, atom.y) for atom in picture.graph.atoms])
    scattered = (places_N2 - 40) / 31
    placed = fit(picture.intensity > 127, scattered, ends_of(molecule))
    assert placed is not None and np.abs(placed - places_N2).max() < 3
