"""The letter I between bonds is told from a corner."""

import cv2
import numpy as np
import pytest

from inchify.chem.assembly_candidates import AtomCandidates
from inchify.chem.symbols import ATOM_CLASSES, CHARGES, CORNER, HYDROGENS, ISOTOPES
from inchify.readers.connected_components import ComponentMap
from inchify.readers.frames import Frame
from inchify.readers.picture_text import PictureText
from inchify.readers.upright_letters import upright_iodines

CAPITAL = 20


def corner(x: float, y: float) -> AtomCandidates:
    classes = np.full((1, len(ATOM_CLASSES)), -9.0)
    classes[0, ATOM_CLASSES.index(CORNER)] = 0.0
    return AtomCandidates(
        np.array([[x, y]]),
        np.array([0.95]),
        classes,
        np.zeros((1, len(CHARGES))),
        np.zeros((1, len(HYDROGENS))),
        np.zeros((1, len(ISOTOPES))),
        np.zeros((1, 4)),
    )


def drawing(height: int) -> np.ndarray:
    """Two bonds that meet at (60, 60) and an upright stroke of a height through that place."""
    ink = np.zeros((120, 120), np.uint8)
    cv2.line(ink, (10, 85), (57, 62), 255, 2)
    cv2.line(ink, (110, 85), (63, 62), 255, 2)
    ink[60 - height // 2 : 60 + height // 2, 59:62] = 255
    return ink


@pytest.mark.parametrize(("height", "found"), [(20, True), (2, False), (60, False)])
def test_only_a_stroke_as_high_as_a_capital_is_iodine(height: int, found: bool) -> None:
    text = PictureText(ComponentMap.of(drawing(height)), (), CAPITAL)
    rows = upright_iodines(corner(60, 60), text, Frame((1.0, 1.0), 0.0))
    assert [row.text for row in rows] == ["I"] * found


def test_a_bond_that_goes_down_from_a_corner_is_no_letter() -> None:
    ink = np.zeros((120, 120), np.uint8)
    cv2.line(ink, (60, 60), (60, 80), 255, 2)
    text = PictureText(ComponentMap.of(ink), (), CAPITAL)
    assert not upright_iodines(corner(60, 60), text, Frame((1.0, 1.0), 0.0))


def test_without_a_capital_nothing_is_said() -> None:
    text = PictureText(ComponentMap.of(drawing(20)))
    assert not upright_iodines(corner(60, 60), text, Frame((1.0, 1.0), 0.0))


def test_a_corner_of_steep_bonds_is_no_letter() -> None:
    ink = np.zeros((120, 120), np.uint8)
    cv2.line(ink, (60, 60), (66, 10), 255, 3)
    cv2.line(ink, (60, 60), (66, 110), 255, 3)
    text = PictureText(ComponentMap.of(ink), (), CAPITAL)
    assert not upright_iodines(corner(60, 60), text, Frame((1.0, 1.0), 0.0))
