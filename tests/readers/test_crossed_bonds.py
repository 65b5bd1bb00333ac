"""Bond candidates along which two strokes cross become double bonds of unknown geometry."""

from __future__ import annotations

import numpy as np
import pytest

from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.graph_assembly.candidates import COLUMNS, AtomCandidates, BondCandidates
from inchify.chemistry.symbols import ATOM_CLASSES, BOND_KINDS, CHARGES, HYDROGENS, ISOTOPES
from inchify.readers.bonds.crossed import with_crossed_bonds
from inchify.readers.views.coordinates import Frame
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.drawn_picture import DrawnPicture, draw_picture
from inchify.types import BondKind

STYLE = DrawingStyle(line=0.05)


def drawn(smiles: str, *, crossed: bool) -> DrawnPicture:
    """A drawing with its open double bond crossed, or plain."""
    kinds = frozenset(("open_geometry",)) if crossed else frozenset[str]()
    for seed in range(40):
        generator = np.random.default_rng(seed)
        molecule = quiet_chem().MolFromSmiles(smiles)
        picture = draw_picture(
            molecule, generator, style=STYLE, bond_pixels=30.0, bilevel=False, kinds=kinds
        )
        if crossed == any(bond.kind == "crossed" for bond in picture.graph.bonds):
            return picture
    raise AssertionError("never drawn so")


def candidates(
    picture: DrawnPicture, frame: Frame, said: BondKind
) -> tuple[AtomCandidates, BondCandidates]:
    """The drawing's atoms and bonds in a network's picture, crossed ones taken for another kind."""
    graph = picture.graph
    xy_A2 = np.array([(atom.x, atom.y) for atom in graph.atoms]) * frame.factors + frame.margin
    count = len(graph.atoms)

    def even(classes: int) -> np.ndarray:
        return np.full((count, classes), -np.log(classes))

    atoms = AtomCandidates(
        *(xy_A2, np.ones(count), even(len(ATOM_CLASSES)), even(len(CHARGES))),
        *(even(len(HYDROGENS)), even(len(ISOTOPES)), np.zeros((count, 4))),
    )
    log_kind_BK = np.full((len(graph.bonds), 1 + len(BOND_KINDS)), np.log(0.001))
    for row, bond in zip(log_kind_BK, graph.bonds, strict=True):
        row[COLUMNS[said if bond.kind == "crossed" else bond.kind]] = np.log(0.99)
    pairs_B2 = np.array([(bond.begin, bond.end) for bond in graph.bonds])
    return atoms, BondCandidates(pairs_B2, log_kind_BK, np.full(len(pairs_B2), 0.5))


FRAME = Frame((0.6, 0.6), 12.0)


@pytest.mark.parametrize("said", ["single", "double", "bold"])
@pytest.mark.parametrize("smiles", ["CC=CCl", "CCC(C)=CC", "CC(=NO)c1ccccc1"])
def test_crossing_strokes(smiles: str, said: BondKind) -> None:
    picture = drawn(smiles, crossed=True)
    atoms, bonds = candidates(picture, FRAME, said)
    found = with_crossed_bonds(picture.intensity, atoms, bonds, FRAME)
    likeliest_B = found.log_kind_BK.argmax(axis=1)
    crossed_B = np.array([bond.kind == "crossed" for bond in picture.graph.bonds])
    assert (likeliest_B[crossed_B] == COLUMNS["crossed"]).all()
    assert (likeliest_B[~crossed_B] != COLUMNS["crossed"]).all()
    total_B = np.exp(found.log_kind_BK).sum(axis=1)
    assert total_B == pytest.approx(np.exp(bonds.log_kind_BK).sum(axis=1), abs=0.02)


def test_plain_bonds_stay() -> None:
    picture = drawn("CC=Cc1ccc(Cl)cc1", crossed=False)
    atoms, bonds = candidates(picture, FRAME, "double")
    found = with_crossed_bonds(picture.intensity, atoms, bonds, FRAME)
    assert found.log_kind_BK.argmax(axis=1).tolist() == bonds.log_kind_BK.argmax(axis=1).tolist()
