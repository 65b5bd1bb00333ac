"""Bond candidates along which a wave is drawn become wavy where that would say something."""

from __future__ import annotations

import numpy as np
import pytest
from tests.readers.test_crossed_bonds import FRAME, candidates

from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.graph_assembly.candidates import COLUMNS
from inchify.readers.bonds.wavy import with_wavy_bonds
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.drawn_picture import DrawnPicture, draw_picture
from inchify.types import BondKind

STYLE = DrawingStyle(line=0.05, wavy_width=0.16, wavy_turns=4.5)


def drawn(smiles: str, *, wavy: bool, bond: float = 32.0) -> DrawnPicture:
    """A drawing with a wavy bond, or without."""
    kinds = frozenset(("open_geometry",)) if wavy else frozenset[str]()
    for seed in range(60):
        generator = np.random.default_rng(seed)
        molecule = quiet_chem().MolFromSmiles(smiles)
        picture = draw_picture(
            molecule, generator, style=STYLE, bond_pixels=bond, bilevel=False, kinds=kinds
        )
        if wavy == any(bond.kind == "wavy" for bond in picture.graph.bonds):
            return picture
    raise AssertionError("never drawn so")


@pytest.mark.parametrize("said", ["hash", "wedge"])
@pytest.mark.parametrize("smiles", ["CCC(C)c1ccccc1", "CC(Cl)CC", "CCC=C(C)c1ccc(F)cc1"])
def test_waves_at_centers_and_double_bonds(smiles: str, said: BondKind) -> None:
    picture = drawn(smiles, wavy=True)
    atoms, bonds = candidates(picture, FRAME, "single")
    atoms.box_A4[:] = [-1e3, -1e3, -1e3, -1e3]
    labels = [place for place, atom in enumerate(picture.graph.atoms) if atom.text]
    atoms.class_AK[:, 0] = 0.0
    for place in labels:
        box = picture.graph.atoms[place].box
        assert box is not None
        atoms.class_AK[place, 0] = -9.0
        atoms.box_A4[place] = FRAME.box(box)
    wavy_B = np.array([bond.kind == "wavy" for bond in picture.graph.bonds])
    bonds.log_kind_BK[wavy_B] = np.log(0.003)
    bonds.log_kind_BK[wavy_B, COLUMNS[said]] = np.log(0.96)
    bonds.log_kind_BK[wavy_B, COLUMNS["wavy"]] = np.log(0.02)
    found = with_wavy_bonds(picture.intensity, atoms, bonds, FRAME)
    likeliest_B = found.log_kind_BK.argmax(axis=1)
    assert (likeliest_B[wavy_B] == COLUMNS["wavy"]).all()
    assert (likeliest_B[~wavy_B] != COLUMNS["wavy"]).all()
    total_B = np.exp(found.log_kind_BK).sum(axis=1)
    assert total_B == pytest.approx(np.exp(bonds.log_kind_BK).sum(axis=1), abs=0.02)


@pytest.mark.parametrize("bond", [18.0, 32.0, 60.0])
def test_plain_bonds_and_wedges_stay(bond: float) -> None:
    for smiles in ("CCC(C)c1ccc(Cl)cc1", "C[C@H](Cl)c1ccccc1", "CC=CC(C)(C)C"):
        picture = drawn(smiles, wavy=False, bond=bond)
        atoms, bonds = candidates(picture, FRAME, "single")
        atoms.class_AK[:, 0] = 0.0
        found = with_wavy_bonds(picture.intensity, atoms, bonds, FRAME)
        assert (
            found.log_kind_BK.argmax(axis=1).tolist() == bonds.log_kind_BK.argmax(axis=1).tolist()
        )
