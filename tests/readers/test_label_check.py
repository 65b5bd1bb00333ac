"""What is written decides with the network's classes, and rows of letters are one atom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    LOWEST,
    NONE,
    AtomCandidates,
    BondCandidates,
)
from inchify.chemistry.symbols import ATOM_CLASSES, BOND_KINDS, CHARGES, HYDROGENS, ISOTOPES
from inchify.readers.bonds.halogens import with_single_halogens
from inchify.readers.labels.label_check import checked, row_at
from inchify.readers.labels.picture_text import PictureText
from inchify.readers.labels.single_atom_label import PlainLabel, plain_label
from inchify.readers.letters.connected_components import Component, ComponentMap
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.stroke_graph.missed_bonds import with_stroke_bonds
from inchify.readers.views.coordinates import Frame

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


def text_of(*rows: LetterRow, intensity: np.ndarray | None = None) -> PictureText:
    intensity = np.zeros((100, 200), np.uint8) if intensity is None else intensity
    return PictureText(ComponentMap(intensity, np.zeros(intensity.shape, np.int32)), rows, 14.0)


def best(atoms: AtomCandidates) -> list[str]:
    return [ATOM_CLASSES[k] for k in atoms.class_AK.argmax(axis=1)]


@pytest.mark.parametrize(
    ("sign", "charge"),
    [(None, 0), ((62, 45, 68, 47), -1), ((62, 45, 80, 47), 0), ((80, 45, 86, 47), 0)],
)
def test_an_anion_has_a_sign(sign: tuple[int, int, int, int] | None, charge: int) -> None:
    """A small stroke beside the symbol may be its sign; a long or far one is a bond."""
    atoms, bonds = candidates(("corner", 20, 50), ("O", 55, 50))
    atoms = replace(
        atoms,
        charge_AQ=np.concatenate([heads(CHARGES, 0, 1, 0.01), heads(CHARGES, -1, 1, 0.02)]),
    )
    one = row("O", 50)
    pieces = one.letters if sign is None else (*one.letters, Component(9, *sign, 12))
    text = text_of(one)
    text = replace(text, components=replace(text.components, components=pieces))
    found, _ = checked(atoms, bonds, text, FRAME, Nobody())
    assert CHARGES[int(found.charge_AQ[1].argmax())] == charge
    beside = np.concatenate([heads(CHARGES, 1, 1, 0.01), atoms.charge_AQ[1:]])
    found, _ = checked(replace(atoms, charge_AQ=beside), bonds, text, FRAME, Nobody())
    assert CHARGES[int(found.charge_AQ[1].argmax())] == -1


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


def test_a_dot_that_is_surely_read_is_an_electron_that_the_network_does_not_know() -> None:
    atoms, bonds = candidates(("corner", 20, 50), ("O", 50, 50))
    found, _ = checked(atoms, bonds, text_of(row(".O", 35)), FRAME, Nobody())
    assert best(found)[1] == "text"
    unsure = replace(row(".O", 35), readings=((".O", 0.8), ("O", 0.15)))
    found, _ = checked(atoms, bonds, text_of(unsure), FRAME, Nobody())
    assert best(found)[1] == "O"


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


def test_a_corner_of_two_other_bonds_near_a_label_is_no_end_of_its_bond() -> None:
    atoms, bonds = candidates(("N", 10, 30), ("corner", 32, 50), ("N", 10, 75), ("N", 40, 50))
    kinds = np.repeat(bonds.log_kind_BK[:1], 3, axis=0)
    ring = BondCandidates(np.array([(0, 1), (1, 2), (1, 3)]), kinds, np.full(3, 0.5))
    found, joined = checked(atoms, ring, text_of(row("NH2", 35)), FRAME, Nobody())
    assert best(found) == ["N", "corner", "N", "N"] and len(joined.pairs_B2) == 3


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
    intensity = np.zeros((100, 200), np.uint8)
    intensity[49:51, 92:125] = 255
    text = text_of(row("CO2Et", 30), intensity=intensity)
    atoms, bonds = candidates(("corner", 10, 20), ("text", 35, 50), ("corner", 125, 50))
    alone = BondCandidates(bonds.pairs_B2[:1], bonds.log_kind_BK[:1], bonds.forward_B[:1])
    found = with_stroke_bonds(atoms, alone, text, FRAME)
    assert found.pairs_B2.tolist() == [[0, 1], [1, 2]]
    without = text_of(row("CO2Et", 30))
    assert len(with_stroke_bonds(atoms, alone, without, FRAME)) == 1


@pytest.mark.parametrize("chance", [None, 0.1])
def test_a_piece_between_two_letters_is_their_bond(chance: float | None) -> None:
    intensity = np.zeros((100, 200), np.uint8)
    intensity[49:51, 50:56] = 255
    text = text_of(row("N", 38), row("O", 59), intensity=intensity)
    atoms, bonds = candidates(("corner", 10, 20), ("N", 43, 50), ("O", 64, 50))
    logs = bonds.log_kind_BK[1:].copy()
    logs[:, NONE] = np.log(1 - (chance or 0.0))
    logs[:, COLUMNS["single"]] = np.log(chance or 1e-9)
    weak = BondCandidates(bonds.pairs_B2[1:], logs, bonds.forward_B[1:])
    if chance is None:
        weak = BondCandidates(weak.pairs_B2[:0], weak.log_kind_BK[:0], weak.forward_B[:0])
    found = with_stroke_bonds(atoms, weak, text, FRAME)
    assert found.pairs_B2.tolist() == [[1, 2]]
    assert found.log_kind_BK[0, COLUMNS["single"]] > np.log(0.9)
    blank = text_of(row("N", 38), row("O", 59))
    assert len(with_stroke_bonds(atoms, weak, blank, FRAME)) == len(weak)


def test_a_stroke_between_two_labels_is_their_bond() -> None:
    intensity = np.zeros((100, 300), np.uint8)
    intensity[49:51, 92:145] = 255
    rows = (row("CH2CH2", 30), row("C2H5", 150))
    atoms, bonds = candidates(("corner", 10, 20), ("text", 35, 50), ("text", 175, 50))
    alone = BondCandidates(bonds.pairs_B2[:1], bonds.log_kind_BK[:1], bonds.forward_B[:1])
    found = with_stroke_bonds(atoms, alone, text_of(*rows, intensity=intensity), FRAME)
    assert found.pairs_B2.tolist() == [[0, 1], [1, 2]]
    between = row("O", 110, letters=1)
    assert len(with_stroke_bonds(atoms, alone, text_of(*rows, between), FRAME)) == 1


def test_a_read_row_is_found_by_its_box() -> None:
    one = row("OMe", 35)
    assert row_at(one.box, [one]) is one
    assert row_at((0.0, 0.0, 10.0, 10.0), [one]) is None


def bar(left: int, top: int, right: int, bottom: int, *, upright: bool = True) -> Component:
    return Component(9, left, top, right, bottom, 28, elongation=7.0, upright=upright)


@pytest.mark.parametrize(
    ("stroke", "wanted"),
    [
        (bar(59, 43, 61, 57), "I"),
        (bar(59, 46, 61, 52), "corner"),  # too low
        (bar(59, 43, 61, 57, upright=False), "corner"),
        (bar(80, 43, 82, 57), "corner"),  # not at the atom
    ],
)
def test_an_upright_stroke_alone_between_bonds_is_iodine(stroke: Component, wanted: str) -> None:
    atoms, bonds = candidates(("O", 20, 50), ("corner", 60, 50), ("O", 100, 50))
    text = text_of(row("O", 15), row("O", 95))
    text = replace(text, components=replace(text.components, components=(stroke,)))
    found, _ = checked(atoms, bonds, text, FRAME, Nobody())
    assert best(found)[1] == wanted


def test_a_stroke_at_the_end_of_one_bond_is_no_iodine_here() -> None:
    atoms, bonds = candidates(("O", 20, 50), ("corner", 60, 50))
    text = text_of(row("O", 15))
    text = replace(text, components=replace(text.components, components=(bar(59, 43, 61, 57),)))
    found, _ = checked(atoms, bonds, text, FRAME, Nobody())
    assert best(found) == ["O", "corner"]


@pytest.mark.parametrize(
    ("said", "bond", "wanted"),
    [
        ("S", 40, "S"),
        ("O", 40, "O"),
        ("I", 40, "corner"),
        ("N", 40, "corner"),
        # letters that are small for their bonds are no pieces of them
        ("I", 80, "corner"),
        ("N", 80, "N"),
    ],
)
def test_a_capital_as_high_as_others_is_no_piece_of_a_bond(
    said: str, bond: int, wanted: str
) -> None:
    atoms, bonds = candidates(("corner", 20, 50), ("O", 20 + bond, 50))
    found, _ = checked(atoms, bonds, text_of(row(said, 15), row("O", 15 + bond)), FRAME, Nobody())
    assert best(found)[0] == wanted


def test_a_ring_that_is_read_as_the_only_letter_is_no_label() -> None:
    atoms, bonds = candidates(("corner", 20, 50), ("corner", 100, 50))
    found, _ = checked(atoms, bonds, text_of(row("O", 15)), FRAME, Nobody())
    assert best(found) == ["corner", "corner"]


class Windows:
    """A reader that reads the same in every window."""

    def __init__(self, text: str) -> None:
        self.text = text

    def readings(self, crops: list[np.ndarray], most: int) -> list[list[tuple[str, float]]]:
        return [[(self.text, 0.95)] for _ in crops]


@pytest.mark.parametrize(("said", "wanted"), [("S", "S"), ("Si", "Si"), ("I", "corner")])
def test_a_doubtful_corner_is_read_in_windows(said: str, wanted: str) -> None:
    atoms, bonds = candidates(("corner", 20, 50), ("corner", 60, 50), doubt=0.3)
    found, _ = checked(atoms, bonds, text_of(row("O", 150)), FRAME, Windows(said))
    assert best(found)[0] == wanted


def test_halogens_have_single_bonds_but_to_oxygen() -> None:
    atoms, bonds = candidates(("Cl", 20, 50), ("P", 60, 50), ("O", 90, 50), ("Cl", 120, 50))
    logs = bonds.log_kind_BK.copy()
    logs[:, COLUMNS["single"]], logs[:, COLUMNS["double"]] = np.log(0.1), np.log(0.8)
    found = with_single_halogens(atoms, replace(bonds, log_kind_BK=logs))
    likeliest = found.log_kind_BK.argmax(axis=1).tolist()
    assert likeliest == [COLUMNS["single"], COLUMNS["double"], COLUMNS["double"]]
    assert np.exp(found.log_kind_BK[0, COLUMNS["single"]]) == pytest.approx(0.9)


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
