"""A label of two capitals is no symbol of one element, whatever a second reading says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from inchify.chemistry.abbreviations.contraction import LABEL
from inchify.chemistry.convert import quiet_chem
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.drawn_picture import draw_picture
from inchify.verification.graph_match.match import inspected
from inchify.verification.objections.label_agreement import contradicted_labels


def doubts(text: str, symbol: str, hydrogens: int, face: str) -> list[str]:
    """What is said of a drawn label that is taken for an atom of that element and read so again."""
    chem = quiet_chem()
    molecule = chem.RWMol(chem.MolFromSmiles("CCc1ccccc1"))
    place = molecule.AddAtom(chem.Atom(0))
    molecule.AddBond(5, place, chem.BondType.SINGLE)
    molecule.GetAtomWithIdx(place).SetProp(LABEL, text)
    chem.SanitizeMol(molecule)
    style = DrawingStyle(face=face, line=0.04)
    generator = np.random.default_rng(2)
    picture = draw_picture(
        molecule.GetMol(), generator, style=style, bond_pixels=45.0, bilevel=False
    )
    atoms = tuple(
        replace(atom, symbol=symbol, text=symbol, hydrogens=hydrogens) if atom.text else atom
        for atom in picture.graph.atoms
    )
    inspection = inspected(picture.intensity, replace(picture.graph, atoms=atoms))
    assert inspection is not None
    again = f"H{hydrogens}{symbol}" if hydrogens else symbol

    def texts(crops: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        return [(again, 0.99)] * len(crops)

    return [detail for _, detail in contradicted_labels(picture.intensity, inspection, texts)]


@pytest.mark.parametrize("face", ["sans", "serif", "termes"])
@pytest.mark.parametrize(("text", "symbol", "hydrogens"), [("H2CO", "Co", 2), ("CO", "Co", 0)])
def test_capitals_that_are_taken_for_an_element(
    text: str, symbol: str, hydrogens: int, face: str
) -> None:
    assert any("capitals" in detail for detail in doubts(text, symbol, hydrogens, face))


@pytest.mark.parametrize("face", ["sans", "serif", "termes"])
@pytest.mark.parametrize("symbol", ["Co", "Se", "Na"])
def test_small_letters_are_seen(symbol: str, face: str) -> None:
    assert not any("capitals" in detail for detail in doubts(symbol, symbol, 0, face))
