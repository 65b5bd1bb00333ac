"""Whole pages with finders that know where things stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from tests.documents.composed import KnowingFinder, KnowingLines, NoText, knowing_reader, page

from inchify.documents.crops import turned
from inchify.documents.page_reader import PageReader, PageSettings, reading_order
from inchify.types import Prediction, Region, TextLine


def test_a_page_gives_molecules_lines_and_pairs() -> None:
    drawn = page(2)
    found = knowing_reader().read(drawn.gray, 7, 200.0)
    assert found.page.number == 7 and not found.page.error
    assert (found.page.height, found.page.width) == drawn.intensity.shape
    for one, true in zip(found.page.regions, drawn.regions, strict=True):
        assert np.abs(np.subtract(one.box, true.box)).max() <= 2
    assert [line.kind for line in found.page.lines] == [line.kind for line in drawn.lines]
    assert found.page.pairs == drawn.pairs
    assert found.labels == tuple(line for _, line in drawn.pairs)
    for crop, region in zip(found.crops, found.page.regions, strict=True):
        inside = np.subtract(region.box[2:], region.box[:2])[::-1]
        assert (np.array(crop.shape) > inside).all() and crop[0].min() == 255


def test_dark_paper_and_a_crooked_scan_read_the_same() -> None:
    drawn = page(3)
    dark = knowing_reader().read(drawn.intensity.copy())
    assert dark.page.pairs == drawn.pairs and len(dark.crops) == 4
    pages = [drawn]
    crooked = turned(drawn.intensity, 1.5)

    class Straight:
        """Finders that get the page as it was before the scan, give or take its margin."""

        def __init__(self, plain: KnowingFinder) -> None:
            self.plain = plain

        def find(self, intensity: np.ndarray, dots: float = 200.0) -> list:
            down, across = (
                (a - b) / 2 for a, b in zip(intensity.shape, drawn.intensity.shape, strict=True)
            )
            return [
                replace(
                    one,
                    box=tuple(np.add(one.box, (across, down, across, down)).tolist()),
                )
                for one in self.plain.find(drawn.intensity)
            ]

    finders = Straight(KnowingFinder(pages)), Straight(KnowingLines(pages, 0.0))
    found = PageReader(*finders, NoText()).read(255 - crooked)
    assert found.skew == pytest.approx(1.5, abs=0.12) and found.page.pairs == drawn.pairs
    way = np.array(crooked.shape[::-1]) / 2 - np.array(drawn.intensity.shape[::-1]) / 2
    for one, true in zip(found.page.regions, drawn.regions, strict=True):
        middle = np.add(one.box[:2], one.box[2:]) / 2 - np.array(crooked.shape[::-1]) / 2
        wanted = np.add(true.box[:2], true.box[2:]) / 2 - np.array(drawn.intensity.shape[::-1]) / 2
        angle = np.deg2rad(1.5)
        spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        assert np.abs(spin @ wanted - middle).max() < 6, way


def test_texts_are_read_and_read_again_without_a_drawings_ink() -> None:
    drawn = page(1)
    seen: list[np.ndarray] = []

    class Reader:
        def read(self, crops: Sequence[np.ndarray]) -> list[tuple[str, float]]:
            seen.extend(crops)
            return [("12a", 0.75)] * len(crops)

    left, top, right, bottom = drawn.lines[2].box
    lines = [TextLine((left, top - 120, right, bottom))]

    class Lines:
        def find(self, intensity: np.ndarray, dots: float = 200.0) -> list[TextLine]:
            return lines

    as_it_stands = PageSettings(turn=0)
    reader = PageReader(KnowingFinder([drawn]), Lines(), Reader(), settings=as_it_stands)
    found = reader.read(drawn.gray)
    assert [(line.text, line.confidence, line.kind) for line in found.page.lines] == [
        ("12a", 0.75, "label")
    ]
    assert len(seen) == 2 and seen[0].shape == seen[1].shape
    assert int(seen[1].sum()) < 0.8 * int(seen[0].sum())


def test_molecules_are_read_where_there_is_a_reader_for_them() -> None:
    def molecules(crops: Sequence[np.ndarray]) -> list[Prediction]:
        return [Prediction(str(place), "InChI=1S/CH4/h1H4") for place in range(len(crops))]

    pages = [page(1)]
    reader = PageReader(KnowingFinder(pages), KnowingLines(pages), NoText(), molecules)
    assert [one.image_id for one in reader.read(page(1).gray).molecules] == ["0", "1", "2", "3"]


def test_troubles_are_the_pages_own_and_nothing_found_is_no_trouble() -> None:
    class Broken:
        def find(self, intensity: np.ndarray, dots: float = 200.0) -> list[Region]:
            raise RuntimeError("no more memory")

    class Nothing:
        def find(self, intensity: np.ndarray, dots: float = 200.0) -> list:
            return []

    found = PageReader(Broken(), Nothing(), NoText()).read(page(1).gray, 4)
    assert found.page.error == "page 4: RuntimeError: no more memory" and not found.crops
    empty = PageReader(Nothing(), Nothing(), NoText()).read(np.full((90, 80), 255, np.uint8))
    assert not empty.page.error and not empty.page.regions and empty.labels == ()
    beside = Region((5000.0, 10.0, 5050.0, 60.0))

    class Beside:
        def find(self, intensity: np.ndarray, dots: float = 200.0) -> list[Region]:
            return [beside]

    assert not PageReader(Beside(), Nothing(), NoText()).read(page(1).gray).page.regions
    with pytest.raises(ValueError, match="uint8"):
        PageReader(Nothing(), Nothing(), NoText()).read(np.zeros((3, 4)))
    with pytest.raises(ValueError, match="it must be one of auto, 0, 90"):
        PageSettings(turn=45)  # type: ignore[arg-type]


def test_reading_order() -> None:
    boxes = [(300, 12, 350, 60), (10, 20, 60, 70), (10, 100, 60, 150), (300, 95, 380, 120)]
    assert reading_order([tuple(map(float, box)) for box in boxes]) == [1, 0, 2, 3]  # type: ignore[misc]
