"""What is written decides with the network's classes, and rows of letters are one atom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inchify.chem.assembly_candidates import (
    COLUMNS,
    LOWEST,
    NONE,
    AtomCandidates,
    BondCandidates,
)
from inchify.chem.symbols import ATOM_CLASSES, BOND_KINDS, CHARGES, HYDROGENS, ISOTOPES
from inchify.readers.connected_components import Component, ComponentMap
from inchify.readers.frames import Frame
from inchify.readers.label_check import PlainLabel, checked, plain_label, row_at
from inchify.readers.letter_rows import LetterRow
from inchify.readers.picture_text import PictureText
from inchify.readers.stroke_bonds import with_stroke_bonds

FRAME = Frame((1.0, 1.0), 0.0)


class Nobody:
    """A reader of labels that reads nothing."""

    def readings(self, crops: list[np.ndarray], most: int) -> list[list[tuple[str, float]]]:
        return [[("", 0.0)] for _ in crops]


def heads(values: tuple[object, ...], likely: object, count: int, doubt: float) -> np.ndarray:
    logs = np.full((count, len(values)), np.log(doubt / (len(values) - 1)))
    logs[:, values.index(likely)] = np.log(1 - doubt)
    return logs


def candidates(
    *atoms: tuple[str, float, float], doubt: float = 1e-4
) -> tuple[AtomCandidates, BondCandidates]:
    """Atoms (class, x, y), each bonded to the next."""
    count = len(atoms)
    xy = np.array([(x, y) for _, x, y in atoms])
    classes = np.concatenate([heads(ATOM_CLASSES, name, 1, doubt) for name, _, _ in atoms])
    found = AtomCandidates(
        xy,
        np.full(count, 0.9),
        classes,
        heads(CHARGES, 0, count, doubt),
        heads(HYDROGENS, 0, count, doubt),
        heads(ISOTOPES, 0, count, doubt),
        np.concatenate([xy - 5, xy + 5], axis=1),
    )
    kinds = np.full((count - 1, 1 + len(BOND_KINDS)), LOWEST)
    kinds[:, COLUMNS["single"]], kinds[:, NONE] = np.log(0.9), np.log(0.1)
    pairs = np.array([(n, n + 1) for n in range(count - 1)]).reshape(-1, 2)
    return found, BondCandidates(pairs, kinds, np.full(count - 1, 0.5))


def row(text: str, left: int, confidence: float = 0.99, letters: int | None = None) -> LetterRow:
    """A row of letters of 10 x 14 pixels from ``left`` on."""
    count = len(text) if letters is None else letters
    pieces = [Component(n + 1, left + 12 * n, 43, left + 12 * n + 10, 57, 60) for n in range(count)]
    return LetterRow(tuple(pieces), ((text, confidence),))


def text_of(*rows: LetterRow, ink: np.ndarray | None = None) -> PictureText:
    ink = np.zeros((100, 200), np.uint8) if ink is None else ink
    return PictureText(ComponentMap(ink, np.zeros(ink.shape, np.int32)), rows, 14.0)


def best(atoms: AtomCandidates) -> list[str]:
    return [ATOM_CLASSES[k] for k in atoms.class_AK.argmax(axis=1)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("OH", PlainLabel("O", 1)),
        ("H2N", PlainLabel("N", 2)),
        ("N+", PlainLabel("N", 0, 1)),
        ("D", PlainLabel("H", isotope=2)),
        ("T", PlainLabel("H", isotope=3)),
        ("13C", PlainLabel("C", isotope=13)),
        ("H215N", PlainLabel("N", 2, isotope=15)),
        ("TfO", None),
        ("CN", None),
        ("H2", None),
        ("Sn", None),
    ],
)
def test_labels_of_one_atom(text: str, said: PlainLabel | None) -> None:
    assert plain_label(text) == said


def test_a_longer_text_wins_over_the_class_that_it_resembles() -> None:
    atoms, bonds = candidates(("corner", 20, 50), ("O", 64, 50))
    found, _ = checked(atoms, bonds, text_of(row("TfO", 35)), FRAME, Nobody())
    assert best(found) == ["corner", "text"]
    assert found.label_bonds_A.tolist() == [0, 2]
    assert found.box_A4[1].tolist() == [35, 43, 69, 57]


def test_an_element_by_its_letter_and_an_isotope_win_too() -> None:
    atoms, bonds = candidates(("corner", 20, 50), ("I", 40, 50))
    found, _ = checked(atoms, bonds, text_of(row("T", 35)), FRAME, Nobody())
    assert best(found)[1] == "H"
    assert ISOTOPES[found.isotope_AI[1].argmax()] == 3


def test_a_doubtful_reading_does_not_move_a_sure_class() -> None:
    atoms, bonds = candidates(("corner", 20, 50), ("N", 40, 50))
    reading = replace(row("M", 35), readings=(("M", 0.6), ("N", 0.35)))
    found, _ = checked(atoms, bonds, text_of(reading), FRAME, Nobody())
    assert best(found)[1] == "N"


def test_atoms_in_one_row_and_the_end_of_its_bond_are_one_label() -> None:
    atoms, bonds = candidates(("corner", 20, 50), ("corner", 32, 50), ("C", 40, 50), ("O", 76, 50))
    found, joined = checked(atoms, bonds, text_of(row("CO2Et", 35)), FRAME, Nobody())
    assert len(found) == 2 and best(found) == ["corner", "text"]
    assert joined.pairs_B2.tolist() == [[0, 1]]


def test_hydrogens_above_a_symbol_leave_it_alone() -> None:
    atoms, bonds = candidates(("corner", 20, 50), ("N", 40, 50))
    found, _ = checked(atoms, bonds, text_of(row("H", 35)), FRAME, Nobody())
    assert best(found)[1] == "N"


def test_letters_that_hang_on_the_drawing_are_read_in_the_networks_box() -> None:
    class Always:
        def readings(self, crops: list[np.ndarray], most: int) -> list[list[tuple[str, float]]]:
            return [[("D", 0.99)] for _ in crops]

    atoms, bonds = candidates(("corner", 20, 50), ("O", 40, 50))
    found, _ = checked(atoms, bonds, text_of(), FRAME, Always())
    assert best(found)[1] == "H" and ISOTOPES[found.isotope_AI[1].argmax()] == 2


def test_a_stroke_that_ends_at_a_label_is_its_bond() -> None:
    ink = np.zeros((100, 200), np.uint8)
    ink[49:51, 92:125] = 255
    text = text_of(row("CO2Et", 30), ink=ink)
    atoms, bonds = candidates(("corner", 10, 20), ("text", 35, 50), ("corner", 125, 50))
    alone = BondCandidates(bonds.pairs_B2[:1], bonds.log_kind_BK[:1], bonds.forward_B[:1])
    found = with_stroke_bonds(atoms, alone, text, FRAME)
    assert found.pairs_B2.tolist() == [[0, 1], [1, 2]]
    without = text_of(row("CO2Et", 30))
    assert len(with_stroke_bonds(atoms, alone, without, FRAME)) == 1


def test_a_read_row_is_found_by_its_box() -> None:
    one = row("OMe", 35)
    assert row_at(one.box, [one]) is one
    assert row_at((0.0, 0.0, 10.0, 10.0), [one]) is None


@pytest.mark.parametrize(("alone", "said"), [(True, "I"), (False, "corner")])
def test_a_stroke_is_a_letter_where_it_stands_alone(alone: bool, said: str) -> None:
    atoms, bonds = candidates(("corner", 20, 50), ("corner", 40, 50))
    found, _ = checked(atoms, bonds, text_of(replace(row("I", 35), alone=alone)), FRAME, Nobody())
    assert best(found)[1] == said


@pytest.mark.parametrize("text", ["0-5", "=", "17"])
def test_signs_and_digits_without_a_letter_are_no_label(text: str) -> None:
    atoms, bonds = candidates(("corner", 20, 50), ("O", 40, 50))
    found, _ = checked(atoms, bonds, text_of(row(text, 35, letters=2)), FRAME, Nobody())
    assert best(found)[1] == "O"
