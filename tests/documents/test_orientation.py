"""Pages that lie on their side or are crooked, and crops of drawings that are turned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from tests.documents.composed import Composed, KnowingFinder, KnowingLines, NoText, Sheet, page

from inchify.documents.crops import drawing_crop, line_crop, turned
from inchify.documents.mask_expansion import grow
from inchify.documents.orientation import (
    Straightening,
    legibility,
    skew_of,
    turn_of_text,
    voted_turn,
)
from inchify.documents.page_reader import PageReader, PageSettings
from inchify.types import Region, TextLine


@pytest.mark.parametrize("degrees", [-2.3, -0.7, 0.0, 1.4, 2.8])
def test_skew_is_measured(degrees: float) -> None:
    crooked = turned(page(1).intensity, degrees)
    assert skew_of(crooked) == pytest.approx(degrees, abs=0.12)


def test_paper_and_drawings_without_rows_have_no_skew() -> None:
    assert skew_of(np.zeros((500, 400), np.uint8)) == 0.0
    sheet = Sheet(400, 500)
    sheet.molecule(1, 60, 60)
    assert abs(skew_of(sheet.intensity)) <= 3.0


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("degrees", [0.0, 1.7])
def test_boxes_go_back_to_the_page(quarters: int, degrees: float) -> None:
    intensity = np.zeros((301, 200), np.uint8)
    intensity[40:60, 150:180] = 255
    way = Straightening(301, 200, quarters, degrees)
    upright = way.apply(intensity)
    left, top, wide, high = cv2.boundingRect((upright > 127).view(np.uint8))
    box = way.box_back((left, top, left + wide, top + high))
    slack = 0.01 if not degrees else 3.0
    assert np.abs(np.subtract(box, (150, 40, 180, 60))).max() <= slack
    assert way.angle_back(0.0) == -90 * quarters - degrees


def test_drawings_vote() -> None:
    lying = [Region((0, 0, 9, 9), angle=angle) for angle in (88.0, 93.0, 270.0)]
    assert voted_turn(lying) == 3 and voted_turn(lying[1:]) == 0 and voted_turn([]) == 0


def lying(drawn: Composed, quarters: int) -> Composed:
    """The page after quarter turns clockwise."""
    turned_page = np.rot90(drawn.intensity, -quarters)
    move = Straightening(*turned_page.shape, -quarters % 4).box_back
    return replace(
        drawn,
        intensity=np.ascontiguousarray(np.rot90(drawn.intensity, -quarters)),
        region_ids=np.ascontiguousarray(np.rot90(drawn.region_ids, -quarters)),
        regions=tuple(
            replace(one, box=move(one.box), angle=90.0 * quarters) for one in drawn.regions
        ),
        lines=tuple(replace(one, box=move(one.box), angle=90.0 * quarters) for one in drawn.lines),
    )


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_lying_page_is_read_upright_and_told_as_it_lies(quarters: int) -> None:
    drawn = page(1)
    on_side = lying(drawn, quarters)
    pages = [drawn, on_side]
    reader = PageReader(KnowingFinder(pages), KnowingLines(pages), NoText())
    found = reader.read(255 - on_side.intensity)
    assert not found.page.error and found.turn == 90 * quarters
    texts = [found.page.lines[line].text for _, line in found.page.pairs]
    assert sorted(texts) == sorted(line.text for line in drawn.lines if line.kind == "label")
    for region, line in found.page.pairs:
        number = [one.text for one in drawn.lines].index(found.page.lines[line].text)
        true = next(pair[0] for pair in drawn.pairs if pair[1] == number)
        box = found.page.regions[region].box
        assert np.abs(np.subtract(box, on_side.regions[true].box)).max() <= 2
        angle = found.page.regions[region].angle
        assert angle % 360 == pytest.approx(90 * quarters)
    told = PageReader(
        KnowingFinder(pages), KnowingLines(pages), NoText(), settings=PageSettings(turn=0)
    )
    assert told.read(255 - on_side.intensity).turn == 0


@pytest.mark.parametrize("angle", [-35.0, 90.0, 140.0])
def test_a_turned_drawing_is_cropped_upright_and_alone(angle: float) -> None:
    sheet = Sheet(900, 900)
    upright = Sheet(900, 900)
    upright.molecule(3, 100, 100)
    box = upright.regions[0].box
    plain = upright.intensity[int(box[1]) : int(box[3]), int(box[0]) : int(box[2])]
    place = sheet.put(turned(plain, angle), 200, 200)
    sheet.line("123", int(place[0]) + 5, int(place[1]) + 5)
    drawn = sheet.done()
    label = replace(drawn.lines[0], kind="label")
    grown = grow([Region(place, angle=angle)], drawn.intensity, lines=[label])
    crop = 255 - drawing_crop(drawn.intensity, grown.regions[0], grown.region_HW, 0)
    rows, columns = np.nonzero(crop > 96)
    cut = crop[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert np.abs(np.subtract(cut.shape, plain.shape)).max() <= 4
    same = cv2.resize(cut, plain.shape[::-1])
    soft, true = (cv2.GaussianBlur(one, (9, 9), 2).astype(float) for one in (same, plain))
    assert np.corrcoef(soft.ravel(), true.ravel())[0, 1] > 0.9


def test_a_lines_crop_leaves_out_drawings() -> None:
    drawn = page(1)
    line = drawn.lines[3]
    left, top, right, bottom = line.box
    reaching = replace(line, box=(left, top - 40, right, bottom))
    grown = grow(drawn.regions, drawn.intensity)
    whole, clean = (
        line_crop(drawn.intensity, reaching),
        line_crop(drawn.intensity, reaching, grown.region_HW),
    )
    assert whole[:20].max() > 200 and clean[:20].max() < 64
    assert np.array_equal(whole[-20:], clean[-20:])
    assert line_crop(drawn.intensity, replace(line, box=(5000, 5000, 5010, 5010))).shape == (1, 1)


def test_text_tells_how_a_page_stands() -> None:
    page = [("a line of running text", 0.9)] * 30
    assert legibility(page) == pytest.approx(12 * 0.9 * 17)
    assert legibility([("N", 1.0), ("", 0.0)]) == 0.0
    asked: list[int] = []

    def turned(quarters: int) -> float:
        asked.append(quarters)
        return {1: 2.0, 2: 0.5, 3: 40.0}[quarters]

    assert turn_of_text(150.0, turned) == 0 and not asked
    assert turn_of_text(1.0, turned) == 3
    assert turn_of_text(14.0, turned) == 0  # not clearly better
    assert turn_of_text(0.0, lambda quarters: 4.0) == 0  # nothing to read anywhere


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_whose_drawings_do_not_tell_is_turned_by_its_text(quarters: int) -> None:
    drawn = page(1)
    lying = np.ascontiguousarray(np.rot90(drawn.gray, quarters))

    class Silent:
        """Finds no drawing that knows which way is up."""

        def find(self, intensity: np.ndarray, dots: float = 200.0) -> list[Region]:
            return []

    class Lines:
        """Finds the page's lines on the page as it should stand, and one anywhere else."""

        def find(self, intensity: np.ndarray, dots: float = 200.0) -> list[TextLine]:
            if intensity.shape == drawn.intensity.shape and np.array_equal(
                intensity, drawn.intensity
            ):
                return [replace(line, kind="", text="") for line in drawn.lines]
            return [TextLine((10.0, 10.0, 60.0, 40.0))]

    class Reader:
        def read(self, crops: Sequence[np.ndarray]) -> list[tuple[str, float]]:
            known = len(crops) == len(drawn.lines)
            return [("running text" if known else "Z", 0.9)] * len(crops)

    found = PageReader(Silent(), Lines(), Reader()).read(lying)
    assert not found.page.error and found.turn == (-90 * quarters) % 360
    assert len(found.page.lines) == len(drawn.lines)
    as_told = PageReader(Silent(), Lines(), Reader(), settings=PageSettings(turn=0)).read(lying)
    assert as_told.turn == 0 and len(as_told.page.lines) == 1
