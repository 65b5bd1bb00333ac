"""Pictures of labels: what is lowered and raised, dots and counts, small capitals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inchify.chemistry.abbreviations.text_variants import (
    ALPHABET,
    count_of_species,
    random_atom_label,
)
from inchify.rendering.depictor.style import DrawingStyle
from inchify.synthetic.text_lines.atom_labels import (
    PRINTED_CAPITAL,
    SMALL_CAPITAL,
    draw_label,
    draw_printed_label,
    label_runs,
    set_text,
)

STYLE = DrawingStyle()


def runs(text: str) -> list[tuple[str, str]]:
    """Pieces on their levels, in the way that most labels are set."""
    found = [tuple(label_runs(text, STYLE, np.random.default_rng(seed))) for seed in range(9)]
    return list(max(set(found), key=found.count))


@pytest.mark.parametrize(
    ("text", "raised", "lowered"),
    [
        ("13CH3", ["13"], ["3"]),
        ("H313C", ["13"], ["3"]),
        ("H18O", ["18"], []),
        ("HO213C", ["13"], ["2"]),
        ("13C15N", ["13", "15"], []),
        ("[18F]", ["18"], []),
        ("H13C6", [], ["13", "6"]),
        ("C6H13", [], ["6", "13"]),
        ("(CH2)15NH2", [], ["2", "15", "2"]),
        ("(CH2)nOH", [], ["2", "n"]),
        ("(CH2)n-1CH3", [], ["2", "n-1", "3"]),
        ("CO2CH2CH3", [], ["2", "2", "3"]),
        ("NH3+", ["+"], ["3"]),
        ("SO42-", ["2", "-"], ["4"]),
    ],
)
def test_masses_are_raised_and_counts_lowered(
    text: str, raised: list[str], lowered: list[str]
) -> None:
    pieces = runs(text)
    assert "".join(piece for piece, _ in pieces) == text
    assert [piece for piece, level in pieces if level in ("super", "circled")] == raised
    assert [piece for piece, level in pieces if level == "sub"] == lowered


def test_counts_of_species_stand_on_the_line() -> None:
    assert count_of_species("2HCl") == "2"
    assert count_of_species(".3H2O") == "3"
    assert count_of_species("1/2H2SO4") == "1/2"
    assert not any(map(count_of_species, ("18F", "2H", "13CH3", "HCl", "4-ClC6H4", "2-Ad")))
    line = set_text("2HCl", STYLE, np.random.default_rng(0))
    two, capital = line.boxes[0], line.boxes[1]
    assert two[3] == pytest.approx(capital[3], abs=0.05)


def test_a_radicals_dot_is_round_and_not_on_the_line() -> None:
    heights = set()
    for seed in range(12):
        dot = set_text("O.", STYLE, np.random.default_rng(seed)).boxes[-1]
        assert dot[2] - dot[0] == pytest.approx(dot[3] - dot[1])
        heights.add(round((dot[1] + dot[3]) / 2, 1))
    assert min(heights) < -0.4


def test_small_capitals_are_not_rare() -> None:
    capitals = [
        draw_label("NH2", generator).capital for generator in map(np.random.default_rng, range(150))
    ]
    assert 0.25 < np.mean([capital <= SMALL_CAPITAL for capital in capitals]) < 0.6


def test_labels_in_print_have_one_bit_a_pixel_or_are_left_to_be_degraded() -> None:
    pictures = [draw_printed_label("SO2NH2", np.random.default_rng(seed)) for seed in range(60)]
    for picture in pictures:
        assert picture.intensity.max() > 0
        assert picture.scanned == (len(np.unique(picture.intensity)) <= 2)
        assert PRINTED_CAPITAL[0] <= picture.capital <= PRINTED_CAPITAL[1]
    assert 0.4 < np.mean([picture.scanned for picture in pictures]) < 0.8


def test_a_label_in_print_has_the_face_that_is_asked_for() -> None:
    one, other = (
        draw_printed_label("N", np.random.default_rng(4), scanned=1.0, face=face).intensity
        for face in ("termes", "heros")
    )
    assert one.shape != other.shape or (one != other).any()


def test_numbers_of_compounds_stand_on_the_line_in_print() -> None:
    generator = np.random.default_rng(2)
    line = set_text("D-8-23", STYLE, generator, flat=True)
    heights = {round(bottom - top, 1) for _, top, _, bottom in (line.boxes[0], line.boxes[-1])}
    assert heights == {1.0}


def test_every_random_label_can_be_set() -> None:
    generator = np.random.default_rng(8)
    style = replace(STYLE, raised_numbers=True)
    texts = [random_atom_label(generator) for _ in range(6000)]
    for text in texts:
        assert set(text) <= set(ALPHABET)
        assert set_text(text, style, generator).boxes
    for wanted in ("T", "CD3", "(CH2)n", "LG", "HCl", "O.", "13C"):
        assert any(wanted in text for text in texts), wanted
