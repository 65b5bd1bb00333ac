"""What a line's words say, which line is whose part, which label names which drawing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.documents.composed import Sheet, page

from inchify.documents.compound_id_patterns import (
    identifier,
    is_caption,
    is_label,
    is_second_line,
    may_be_atoms,
    spelt_alike,
)
from inchify.documents.compound_ids import labels_of
from inchify.documents.label_matching import PairingSettings, pair
from inchify.documents.line_classification import (
    assigned_share,
    classify,
    first_kinds,
    is_near,
    joined,
    line_numbers,
)
from inchify.documents.mask_expansion import expand_masks
from inchify.types import Region, TextLine

LABELS = {
    "12a": "12a",
    "(±)-4": "(±)-4",
    "rac-3": "rac-3",
    "ent-15b": "ent-15b",
    "3a–c": "3a–c",
    "12b–12f": "12b–12f",
    "IV": "IV",
    "(XII)": "(XII)",
    "[0123]": "[0123]",
    "Compound 12": "Compound 12",
    "Ex. 5": "Ex. 5",
    "Formula (I)": "Formula (I)",
    "(1R,2S)-14": "(1R,2S)-14",
    "4b, 92%, 95:5 er": "4b",
    "7 (65%)": "7",
    "3a: 92%": "3a",
    "16a, R = H": "16a",
    "12'": "12'",
    "10 and 11": "10 and 11",
    "S12.": "S12",
    "strychnine (XII)": "strychnine (XII)",
    "Comp. 8": "Comp. 8",
    '7f"': '7f"',
    "31*": "31*",
}


def test_grammar_of_labels() -> None:
    for text, name in LABELS.items():
        assert is_label(text) and identifier(text) == name, text
    for text in (
        *("CO2Et", "OMe", "N", "Et3N, DMF", "rt, 12 h", "80 °C", "NaH", "92%", "95:5 er", ""),
        *(
            "The compound was found",
            "H2O",
            "3 molecules of it",
            "12.5 mg",
            "LiAlH4",
            "Br",
            "NH2",
            "CH3",
            "(32 Hz).",
            "(383",
            "0",
            "(i)",
            "19 h",
            "ir",
        ),
    ):
        assert not is_label(text), text
    for text in (
        "92%",
        "85% yield",
        "94% ee",
        "92%, 95:5 er",
        "dr > 20:1",
        "(97%, 99% ee)",
        "IC₅₀ = 59.0 μM",
    ):
        assert is_second_line(text), text
    assert not is_second_line("12a") and not is_second_line("DMF")
    for text in (
        "Figure 2. This",
        "Scheme 1",
        "Table S3: more",
        "Fig. 4a Words",
        "FIG. 2",
        "Chart II",
    ):
        assert is_caption(text), text
    assert not is_caption("Figures are drawn") and not is_caption("12a")
    assert may_be_atoms("I") and may_be_atoms("V") and not may_be_atoms("12a")


def test_letters_of_a_molecule_are_its_parts_and_a_label_within_its_box_is_not() -> None:
    sheet = Sheet(500, 600)
    sheet.molecule(4, 80, 80)
    left, top, right, bottom = sheet.regions[0].box
    sheet.line("12a", int(left) + 10, int(bottom) - 16, "label")
    drawn = sheet.done()
    label = replace(drawn.lines[0], kind="")
    amine = TextLine((right - 45, top, right, top + 60), "NH2")
    lines = [label, amine]
    expanded = expand_masks(drawn.regions, drawn.intensity, lines=first_kinds(lines, drawn.regions))
    found = classify(lines, expanded.regions, drawn.intensity, expanded.region_HW)
    assert [line.kind for line in found] == ["label", "part"]
    assert assigned_share(amine.box, drawn.intensity, expanded.region_HW) == 1.0
    assert assigned_share(label.box, drawn.intensity, expanded.region_HW) == 0.0


def test_kinds_of_a_page() -> None:
    drawn = page(2)
    expanded = expand_masks(drawn.regions, drawn.intensity)
    lines = [replace(line, kind="") for line in drawn.lines]
    found = classify(lines, expanded.regions, drawn.intensity, expanded.region_HW)
    assert [line.kind for line in found] == [line.kind for line in drawn.lines]
    # far from all drawings a number is a page's
    alone = [TextLine((10, 10, 40, 30), "12")]
    far = [Region((600, 900, 700, 960))]
    assert classify(alone, far, drawn.intensity, expanded.region_HW)[0].kind == "body"


def test_captions_go_on() -> None:
    lines = [
        TextLine((100, 700, 500, 720), "Figure 1. The first line"),
        TextLine((100, 725, 500, 745), "and the second line of it"),
        TextLine((100, 790, 500, 810), "Words after a gap"),
    ]
    drawn = page(1)
    found = classify(lines, [], drawn.intensity, drawn.region_ids * 0)
    assert [line.kind for line in found] == ["caption", "caption", "body"]


def test_a_yield_below_is_joined_to_its_label() -> None:
    regions = [Region((100, 100, 300, 250)), Region((400, 100, 600, 250))]
    lines = [
        TextLine((180, 260, 220, 280), "3a", kind="label"),
        TextLine((150, 284, 250, 304), "92%, 95:5 er", kind="label"),
        TextLine((480, 260, 520, 280), "3b", kind="label"),
    ]
    pairs, first = labels_of(regions, lines)
    assert pairs == [(0, 0), (0, 1), (1, 2)] and first == (0, 2)


def test_labels_below_and_left() -> None:
    grid = [(100 + 300 * x, 100 + 250 * y) for y in range(2) for x in range(3)]
    structures = [(x, y, x + 200.0, y + 150.0) for x, y in grid]
    below = [(x + 80.0, y + 160.0, x + 120.0, y + 180.0) for x, y in grid]
    assert pair(structures, below) == [(place, place) for place in range(6)]
    left = [(x - 60.0, y + 70.0, x - 30.0, y + 90.0) for x, y in grid[::3]]
    column = [structures[0], structures[3]]
    assert pair(column, left) == [(0, 0), (1, 1)]
    # above and right of all drawings, where below and left would mean the neighbours
    above = [(x + 80.0, y - 30.0, x + 120.0, y - 10.0) for x, y in grid]
    assert pair(structures, above) == [(place, place) for place in range(6)]
    row = [(x + 10.0 + 210 * k, 100.0, x + 160.0 + 210 * k, 200.0) for k, x in enumerate([0.0] * 4)]
    right = [(box[2] + 8, 140.0, box[2] + 34, 160.0) for box in row]
    assert pair(row, right) == [(place, place) for place in range(4)]
    # two labels of one drawing, one too far from all
    far = (3000.0, 3000.0, 3040.0, 3020.0)
    two = [below[0], (200.0, 285.0, 240.0, 305.0), far]
    assert pair(structures[:1], two) == [(0, 0), (0, 1)]
    assert pair([], below) == pair(structures, []) == []
    with pytest.raises(ValueError, match="'gate' is 0"):
        PairingSettings(gate=0)


def test_small_letters_that_look_like_capitals_follow_their_page() -> None:
    assert spelt_alike(["12a", "12b", "12C", "8I"]) == ["12a", "12b", "12c", "8l"]
    assert spelt_alike(["3e", "3f", "39", "17|"]) == ["3e", "3f", "3g", "17l"]
    assert spelt_alike(["3f", "39", "40"]) == ["3f", "39", "40"]
    assert spelt_alike(["13b", "13k", "131"]) == ["13b", "13k", "13l"]
    assert spelt_alike(["3A", "3B", "3C"]) == ["3A", "3B", "3C"]
    assert spelt_alike(["C12", "(IV)", "7"]) == ["C12", "(IV)", "7"]


def test_a_yield_behind_a_comma_belongs_to_its_label() -> None:
    def line(text: str, left: float, right: float, top: float = 0.0) -> TextLine:
        return TextLine((left, top, right, top + 20.0), text, 0.9)

    parted = [line("Formula", 0, 90), line("(V)", 104, 140)]
    assert [one.text for one in joined(parted)] == ["Formula (V)"]
    apart = [line("17c,", 0, 50), line("63%", 64, 100), line("17d", 300, 340)]
    assert [one.text for one in joined(apart)] == ["17c, 63%", "17d"]
    assert joined(apart)[0].box == (0.0, 0.0, 100.0, 20.0)
    for other in (line("63%", 90, 130), line("63%", 64, 100, 40.0), line("DMF", 64, 100)):
        assert joined([apart[0], other]) == [apart[0], other]


def test_lines_that_are_counted_at_the_margin() -> None:
    def at(number: int, top: float, left: float = 40.0) -> TextLine:
        return TextLine((left, top, left + 24, top + 18), str(number))

    counted = [at(5 * place, 180.0 * place) for place in range(1, 6)]
    assert line_numbers(counted) == {0, 1, 2, 3, 4}
    uneven = [at(5, 100), at(10, 180), at(15, 600)]
    table = [at(place, 36.0 * place) for place in range(4, 42)]
    assert not line_numbers(table)
    compounds = [at(place, 150.0 * place) for place in range(1, 6)]
    row = [at(5, 100, 40), at(10, 100, 240), at(15, 100, 440)]
    assert not line_numbers(uneven) and not line_numbers(compounds) and not line_numbers(row)


def test_a_legends_line_is_a_label_at_its_drawing_alone() -> None:
    drawn = page(1)
    regions, nobody = [drawn.regions[0]], np.zeros(drawn.intensity.shape, np.uint16)
    left, _, right, bottom = regions[0].box
    middle = (left + right) / 2
    at_it = TextLine((middle - 60, bottom + 6, middle + 60, bottom + 28), "16a, R = H")
    away = TextLine((middle - 60, bottom + 120, middle + 60, bottom + 142), "16b, R = Me")
    kinds = [line.kind for line in classify([at_it, away], regions, drawn.intensity, nobody)]
    assert kinds == ["label", "body"]


def test_a_tables_row_reaches_further() -> None:
    region = Region((600.0, 100.0, 750.0, 200.0))
    assert is_near((200.0, 140.0, 240.0, 160.0), [region])
    assert not is_near((200.0, 340.0, 240.0, 360.0), [region])
    assert not is_near((200.0, 140.0, 240.0, 160.0), [region], 0.4, 0)


def test_a_number_at_the_margin_names_the_only_drawing_of_its_row() -> None:
    structures = [(200.0, 100.0, 360.0, 200.0), (200.0, 300.0, 360.0, 400.0)]
    below, margin = (260.0, 204.0, 300.0, 224.0), (700.0, 340.0, 740.0, 360.0)
    assert pair(structures, [below, margin]) == [(0, 0), (1, 1)]
    two = [*structures, (400.0, 300.0, 520.0, 400.0)]
    assert pair(two, [below, margin]) == [(0, 0), (2, 1)]
