"""Labels in two lines: SO2 with O2 above or below its S is one; what stands elsewhere is not."""

from __future__ import annotations

import pytest

from inchify.readers.letters.connected_components import Component
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.letters.stacked_letters import stacked_together

CAPITAL = 20.0


def row(text: str, left: int, top: int, confidence: float = 0.98) -> LetterRow:
    """A row of letters 14 pixels wide and 20 high with a gap of 2."""
    letters = [
        Component(100 * left + place, left + 16 * place, top, left + 16 * place + 14, top + 20, 90)
        for place in range(len(text))
    ]
    return LetterRow(tuple(letters), ((text, confidence),))


@pytest.mark.parametrize("top", [23, 77])
@pytest.mark.parametrize(("symbol", "part"), [("S", "O2"), ("C", "F3"), ("N", "O2")])
def test_letters_above_or_below_a_symbol_are_of_its_label(top: int, symbol: str, part: str) -> None:
    first, other = row(symbol, 40, 50), row("OH", 200, 50)
    joined, kept = stacked_together([first, row(part, 40, top), other], CAPITAL)
    assert joined.text == symbol + part and len(joined.letters) == 3
    assert joined.confidence == pytest.approx(0.98**2)
    assert kept is other


@pytest.mark.parametrize(
    "other",
    [
        row("O2", 40, 95),
        row("O2", 60, 75),
        row("O2", 40, 75, 0.5),
        row("H", 40, 75),
        row("H2", 40, 75),
        row("OH", 40, 75),
    ],
    ids=["far", "aside", "unsure", "hydrogen", "hydrogens", "hydroxyl"],
)
def test_other_rows_stay_apart(other: LetterRow) -> None:
    rows = [row("S", 40, 50), other]
    assert stacked_together(rows, CAPITAL) == rows


def test_a_part_between_two_symbols_belongs_to_one_of_them_only() -> None:
    rows = [row("S", 40, 20), row("O2", 40, 46), row("S", 40, 72)]
    assert [one.text for one in stacked_together(rows, CAPITAL)] == ["SO2", "S"]
