"""The parts of drawn pages: the sheet, its turning and cutting, the press, labels' places."""

from __future__ import annotations

import math
from itertools import islice

import cv2
import numpy as np
import pytest

from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.pages.canvas import PageCanvas
from inchify.synthetic.pages.compound_id_placement import place_compound_id
from inchify.synthetic.pages.compound_ids import SERIES, labels
from inchify.synthetic.pages.context import PageTools
from inchify.synthetic.pages.geometry import cropped, finished, quarter_turned, skewed
from inchify.synthetic.pages.settings import PageSettings
from inchify.synthetic.pages.structures import Structures, trimmed, turned
from inchify.synthetic.pages.typesetter import Typesetter
from inchify.synthetic.pages.words import paragraph

SMILES = ("CC(=O)Nc1ccc(O)cc1", "Clc1ccc(Cn2ccnc2)cc1", "CCOC(C)=O", "c1ccc2ccccc2c1", "CCCCCCCO")


def tools_of(sheet: PageCanvas, seed: int = 0) -> PageTools:
    generator, settings = np.random.default_rng(seed), PageSettings(turned=0.0)
    structures = Structures(MoleculeLibrary(SMILES), generator, settings)
    return PageTools(sheet, Typesetter(generator, 200), structures, generator, settings)


def corner_picture() -> np.ndarray:
    """A right angle: its arms tell every turn from the others."""
    intensity = np.zeros((60, 100), np.uint8)
    intensity[:4], intensity[:, :4] = 255, 255
    return intensity


def test_the_sheet_refuses_what_would_stand_on_other_ink() -> None:
    sheet = PageCanvas(200, 300)
    tools = tools_of(sheet)
    assert sheet.molecule(corner_picture(), 50, 50) == 0
    assert sheet.molecule(corner_picture(), 52, 52) is None
    assert sheet.molecule(corner_picture(), 70, 70) == 1
    assert sheet.molecule(corner_picture(), 250, 50) is None
    printed = tools.press.line("Compound 12", tools.press.label)
    assert printed is not None
    assert sheet.line(printed, 50, 55, "label") is None
    assert sheet.line(printed, 50, 40, "label") == 0
    before = sheet.intensity[10:45].copy()
    sheet.rule(0, 30, 300, 34)
    assert np.array_equal(sheet.intensity[10:45][before > 0], before[before > 0])


def test_quarters_turn_boxes_and_angles_with_the_ink() -> None:
    for quarters in range(4):
        sheet = PageCanvas(200, 300)
        sheet.molecule(corner_picture(), 50, 30, 10.0)
        page = finished(quarter_turned(sheet, quarters), 200, "figure")
        assert page.regions[0].angle == (10.0 + 90 * quarters) % 360
        left, top, right, bottom = (int(value) for value in page.regions[0].box)
        assert np.array_equal(
            page.intensity[top:bottom, left:right], np.rot90(corner_picture(), -quarters)
        )


@pytest.mark.parametrize("degrees", [-3.0, 1.5])
def test_a_skewed_page_keeps_its_truth(degrees: float) -> None:
    sheet = PageCanvas(400, 600)
    tools = tools_of(sheet)
    sheet.molecule(corner_picture(), 400, 200)
    line = sheet.line(tools.press.line("12a", tools.press.label), 430, 300, "label")
    sheet.pair(0, line)
    page = finished(skewed(sheet, degrees), 200, "figure")
    assert page.pairs == ((0, 0),)
    assert page.regions[0].angle == pytest.approx(degrees % 360)
    ys, xs = np.nonzero(page.region_ids == 1)
    assert page.regions[0].box == (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    # The long arm's direction, y down: clockwise is positive.
    arm = cv2.fitLine(
        np.array([(x, y) for x, y in zip(xs, ys, strict=True) if x > xs.min() + 20], np.float32),
        cv2.DIST_L2, 0, 0.01, 0.01,
    ).ravel()  # fmt: skip
    assert math.degrees(math.atan2(arm[1], arm[0])) == pytest.approx(degrees, abs=0.3)
    assert page.lines[0].text == "12a"
    assert page.lines[0].angle == pytest.approx(degrees % 360)


def test_a_cut_takes_off_what_is_mostly_gone() -> None:
    sheet = PageCanvas(300, 500)
    tools = tools_of(sheet)
    sheet.molecule(corner_picture(), 10, 10)
    sheet.molecule(corner_picture(), 180, 10)
    line = tools.press.line("long words of text", tools.press.body)
    assert line is not None
    sheet.line(line, 90, 200, "body")
    sheet.line(line, 90, 250, "body")
    page = finished(cropped(sheet, 92 + line.width // 20, 0, 400, 300), 200, "figure")
    assert len(page.regions) == 1
    assert page.region_ids.max() == 1
    assert not page.intensity[:70, :10].any()
    assert [one.text for one in page.lines] == ["", ""]
    assert all(0 <= one.box[0] < 12 for one in page.lines)


def test_a_turned_structure_is_turned_clockwise() -> None:
    one = trimmed(turned(corner_picture(), 90.0))
    assert abs(one.shape[0] - 100) <= 2
    assert abs(one.shape[1] - 60) <= 2
    # The corner goes from the left top to the right top.
    assert one[:4, -4:].mean() > 150
    assert one[-20:, :40].mean() < 10


def test_labels_stand_below_at_the_gaps_of_real_figures() -> None:
    gaps, offsets = [], []
    for seed in range(60):
        sheet = PageCanvas(400, 500)
        tools = tools_of(sheet, seed)
        intensity = np.full((100, 200), 255, np.uint8)
        region = sheet.molecule(intensity, 150, 100)
        assert region == 0
        place_compound_id(tools, region, (150.0, 100.0, 350.0, 200.0), side="below", text="12a")
        page = finished(sheet, 200, "figure")
        ((_, line),) = page.pairs
        box = page.lines[line].box
        gaps.append(box[1] - 200)
        offsets.append(((box[0] + box[2]) / 2 - 250) / 200)
    low, middle, high = np.percentile(gaps, (25, 50, 75))
    # The drawing fills its box here, so that labels cannot stand inside.
    assert 2 <= low <= 8
    assert 6 <= middle <= 16
    assert 16 <= high <= 30
    assert 0.02 < np.percentile(np.abs(offsets), 50) < 0.1


def test_wrapped_lines_fit_and_say_the_whole_text() -> None:
    press = Typesetter(np.random.default_rng(1), 200)
    text = paragraph(np.random.default_rng(2), 80) + " " + "x" * 90
    lines = press.wrap(text, press.body, 400)
    assert max(press.line(one, press.body).width for one in lines) <= 404  # type: ignore[union-attr]
    letters = "".join(lines).replace(" ", "").replace("-", "")
    assert len(letters) >= len(text.replace(" ", "").replace("-", "")) - 3
    stretched = press.line("five small words stand here", press.body, width=420)
    assert stretched is not None
    assert stretched.width == pytest.approx(420, abs=4)


@pytest.mark.parametrize("kind", SERIES)
def test_series_of_labels_go_on(kind: str) -> None:
    found = list(islice(labels(np.random.default_rng(3), kind), 40))
    assert all(found)
    assert len(set(found)) > 10


def test_structures_fit_the_place_they_are_drawn_for() -> None:
    tools = tools_of(PageCanvas(10, 10), 2)
    drawn = [tools.structures.draw(260, 160) for _ in range(12)]
    found = [one for one in drawn if one is not None]
    assert len(found) > 8
    for one in found:
        assert one.width <= 260
        assert one.height <= 160
        assert one.intensity[0].any()
        assert one.intensity[-1].any()
        assert one.intensity[:, 0].any()
        assert one.intensity[:, -1].any()
