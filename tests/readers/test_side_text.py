"""Text beside a drawing: species stay, numbers and captions go, polymers are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inchify.readers.label_expansion import CutGraph, finish
from inchify.readers.labels.picture_text import PictureText
from inchify.readers.letters.connected_components import Component, ComponentMap
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.surroundings.brackets import polymer_error
from inchify.readers.surroundings.side_text import side_text
from inchify.types import GraphAtom, GraphBond, MoleculeGraph


def row(text: str, left: int, top: int = 43, height: int = 14, sure: float = 0.95) -> LetterRow:
    first = 1000 * top + left
    letters = [
        Component(first + n, left + 10 * n, top, left + 10 * n + 9, top + height, 50)
        for n in range(len(text))
    ]
    return LetterRow(tuple(letters), ((text, sure),))


def text_of(*rows: LetterRow) -> PictureText:
    """Rows beside a drawing whose lines stand at x from 10 to 100."""
    intensity = np.zeros((200, 400), np.uint8)
    intensity[50:52, 10:100] = 255
    letters = tuple(c for one in rows for c in one.letters)
    return PictureText(
        ComponentMap(intensity, np.zeros(intensity.shape, np.int32), letters), rows, 14.0
    )


def test_words_in_a_line_name_species_with_their_count() -> None:
    found = side_text(text_of(row("2", 150), row("HCl", 172), row("N", 60)))
    assert [line.text for line in found.species] == ["2 HCl"]
    assert [atom.text for atom in found.atoms()] == ["2 HCl"]
    assert found.atoms()[0].box == (150.0, 43.0, 201.0, 57.0)


def test_words_of_a_line_larger_than_the_drawings_letters_may_stand_further_apart() -> None:
    found = side_text(text_of(row("2", 150, height=24), row("HCl", 179, height=24)))
    assert [line.text for line in found.species] == ["2 HCl"]


def test_a_disc_before_a_species_is_no_letter() -> None:
    disc = LetterRow((Component(9, 134, 46, 142, 54, 52),), (("B", 0.78),))
    found = side_text(text_of(disc, row("2", 150), row("HCl", 172)))
    assert [line.text for line in found.species] == ["2 HCl"]
    assert found.bullets == disc.letters
    letter = LetterRow((Component(9, 134, 43, 143, 57, 70),), (("B", 0.95),))
    found = side_text(text_of(letter, row("Br", 150)))
    assert [line.text for line in found.species] != ["Br"] and found.bullets == ()


def test_a_label_at_the_end_of_dashes_is_no_species() -> None:
    text = text_of(row("Cl", 150))
    assert [line.text for line in side_text(text).species] == ["Cl"]
    dashes = tuple(Component(n, 102 + 9 * n, 50, 106 + 9 * n, 53, 12) for n in range(1, 5))
    intensity = text.components.intensity.copy()
    numbers = text.components.numbers_HW.copy()
    for dash in dashes:
        window = slice(dash.top, dash.bottom), slice(dash.left, dash.right)
        intensity[window], numbers[window] = 255, dash.number
    letters = text.components.components
    dashed = replace(text, components=ComponentMap(intensity, numbers, (*letters, *dashes)))
    assert side_text(dashed).species == ()


def test_labels_of_the_drawing_are_no_species() -> None:
    assert side_text(text_of(row("Cl", 102), row("HCl", 60))).species == ()


def test_captions_are_left_out_and_named() -> None:
    found = side_text(text_of(row("12a", 40, top=150), row("Chiral", 200)))
    assert {line.text for line in found.captions} == {"12a", "Chiral"}
    assert len(found.letters) == 9


def test_a_series_of_numbers_is_no_part_of_the_drawing() -> None:
    rows = [row(str(n), 20 * n, top=20 + n, height=9) for n in range(1, 8)]
    named = row("O8", 170, height=9)
    found = side_text(text_of(*rows, named, row("NH2", 220)))
    assert len(found.numbers) == 8
    assert named.letters[1] in found.numbers and named.letters[0] not in found.numbers


def test_few_numbers_are_what_they_are() -> None:
    assert side_text(text_of(row("2", 30), row("7", 60), row("19", 80))).numbers == ()


def test_counter_ions_balance_the_charge_of_the_drawing() -> None:
    atoms = (
        GraphAtom(0, 0),
        GraphAtom(20, 0, "N", "N+", charge=1, hydrogens=0),
        *(GraphAtom(x, y) for x, y in ((40, 0), (20, 20), (20, -20))),
    )
    bonds = tuple(GraphBond(place, 1) for place in (0, 2, 3, 4))
    beside = GraphAtom(90, 0, "", "Br", box=(80, -5, 100, 5))
    _, reading = finish(CutGraph(MoleculeGraph((*atoms, beside), bonds)))
    assert reading.smiles == "C[N+](C)(C)C.[Br-]"
    water = MoleculeGraph((replace(beside, text="2 H2O"),), ())
    assert finish(CutGraph(water))[1].smiles == "O.O"


def bracketed(sign: bool, ticks: bool = True) -> PictureText:
    """Two brackets round a line, with a small sign at the right one's foot."""
    intensity = np.zeros((120, 200), np.uint8)
    intensity[60:62, 10:190] = 255
    for x, way in ((40, 1), (150, -1)):
        intensity[20:100, x : x + 2] = 255
        if ticks:
            for y in (20, 98):
                intensity[y : y + 2, min(x, x + 10 * way) : max(x, x + 10 * way)] = 255
    if sign:
        intensity[96:106, 156:164] = 255
    return PictureText(ComponentMap.of(intensity))


def test_brackets_with_a_sign_are_a_polymer() -> None:
    assert polymer_error(bracketed(sign=True)).startswith("polymer brackets with n at (151, 101)")
    assert polymer_error(bracketed(sign=False)) == ""
    assert polymer_error(bracketed(sign=True, ticks=False)) == ""


def test_a_bond_near_a_brackets_foot_is_no_part_of_it_but_one_that_goes_on_is() -> None:
    polymer = bracketed(sign=True)
    # the right foot is drawn from x = 140 to 150
    polymer.components.intensity[70:100, 134:136] = 255
    assert polymer_error(polymer)
    for step in range(20):
        polymer.components.intensity[97 - step : 100 - step, 138 - step : 141 - step] = 255
    assert polymer_error(polymer) == ""


def test_what_was_understood_is_told() -> None:
    bullet = Component(7, 148, 48, 152, 52, 16)
    text = text_of(
        row("HCl", 160),
        row("Aspirin", 40, top=150),
        row("racemic", 250, top=150),
        row("Unclear", 250, top=100, sure=0.75),
    )
    parts = (*text.components.components, bullet)
    text = replace(text, components=replace(text.components, components=parts))
    found = side_text(text)
    assert found.bullets == (bullet,) and bullet in found.letters
    assert {line.text for line in found.captions} == {"Aspirin", "racemic", "Unclear"}
    known = {c.top for c in found.explained}
    assert bullet in found.explained and len(found.explained) == 11 and known == {43, 48, 150}


def test_a_short_stroke_towards_a_label_is_its_bond() -> None:
    def found(stroke: bool) -> tuple[str, ...]:
        intensity = np.zeros((100, 300), np.uint8)
        intensity[50:52, 10:60] = 255
        intensity[44:58, 110:124] = 255
        if stroke:
            intensity[50:52, 98:106] = 255
        picture = ComponentMap.of(intensity)
        letter = next(c for c in picture.components if c.left == 110)
        line = LetterRow((letter,), (("HCl", 0.95),))
        return tuple(s.text for s in side_text(PictureText(picture, (line,), 14.0)).species)

    assert found(stroke=False) == ("HCl",)
    assert found(stroke=True) == ()


def test_a_series_makes_up_for_small_digits_that_are_read_as_letters() -> None:
    rows = [row(str(n), 20 * n, top=20 + n, height=9) for n in (1, 2, 3, 4)]
    doubtful = [row(text, 20 * n, top=60, height=9) for n, text in enumerate(("S", "b", "IO"))]
    found = side_text(text_of(*rows, *doubtful, row("NH2", 220)))
    assert len(found.numbers) == 8
    tall = [replace(one, letters=row(one.text, 20, top=60).letters) for one in doubtful]
    assert len(side_text(text_of(*rows, *tall, row("NH2", 220))).numbers) == 4
