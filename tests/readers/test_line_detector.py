"""The finder of lines gives boxes in the page's own pixels, whatever the page's size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inchify.decoding.text_lines import LineMaps
from inchify.readers.line_detector import LineDetector, LineDetectorSettings
from inchify.readers.networks import LoadedLineDetector
from inchify.tasks.text_detection.settings import load_text_line_settings

TINY = Path(__file__).parents[2] / "configs" / "tiny" / "ctpn_light.yaml"
HEIGHTS = load_text_line_settings(TINY).network.heights


class InkIsText:
    """Says that text stands where a cell is full of ink, as high as the anchor of 15 pixels."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []

    def maps(self, page_HW: np.ndarray) -> LineMaps:
        page_HW = np.pad(page_HW, [(0, -side % 16) for side in page_HW.shape])
        self.seen.append(page_HW.shape)
        rows, columns = (side // 16 for side in page_HW.shape)
        inked = page_HW.reshape(rows, 16, columns, 16).mean(axis=(1, 3)) > 127
        scores = np.full((len(HEIGHTS), rows, columns), -9.0, np.float32)
        scores[2] = np.where(inked, 5.0, -9.0)
        column = np.arange(columns)
        first = np.where(inked, column, 10**6).min(axis=1, keepdims=True)
        last = np.where(inked, column, -1).max(axis=1, keepdims=True)
        sides = np.zeros_like(scores)
        sides[2] = np.where(column == first, -0.5, np.where(column == last, 0.5, 0.0))
        vertical = np.zeros((len(HEIGHTS), 2, rows, columns), np.float32)
        return LineMaps(scores, vertical, sides, 16, 16, HEIGHTS)


def finder(**reading: Any) -> LineDetector:
    settings = load_text_line_settings(TINY, ["lines.margin=0.0"])
    loaded = LoadedLineDetector(
        {}, "none", InkIsText(), settings.data.dots_per_inch, settings.lines
    )
    return LineDetector(loaded, LineDetectorSettings(**reading))


def seen_by(reader: LineDetector) -> list[tuple[int, ...]]:
    assert isinstance(reader.network, InkIsText)
    return reader.network.seen


def bar(scale: int) -> tuple[np.ndarray, tuple[float, ...]]:
    """A page with one line at rows 64 to 80 and columns 32 to 192, times ``scale``."""
    intensity = np.zeros((200 * scale, 300 * scale), np.uint8)
    intensity[64 * scale : 80 * scale, 32 * scale : 192 * scale] = 255
    return intensity, tuple(scale * side for side in (32.0, 64.5, 192.0, 79.5))


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_boxes_are_in_the_pages_own_pixels(scale: int) -> None:
    intensity, truth = bar(scale)
    own = finder()
    (line,) = own.find(intensity, dots_per_inch=150.0 * scale)
    assert line.box == pytest.approx(truth, abs=scale) and line.score > 0.9
    assert seen_by(own) == [(208, 304)]


def test_a_page_of_any_size_is_looked_at_within_a_limit() -> None:
    intensity, truth = bar(8)
    own = finder(longest=300)
    (line,) = own.find(intensity)
    assert line.box == pytest.approx(truth, abs=8)
    assert max(seen_by(own)[0]) <= 304
    assert finder(longest=300).scale_of((100, 200)) == 1.0, "a small page is not made larger"
    assert finder(scale=0.5).scale_of((100, 200), 300.0) == 0.25


def test_boxes_end_where_the_page_ends() -> None:
    intensity = np.full((30, 50), 255, np.uint8)
    for line in finder().find(intensity):
        left, top, right, bottom = line.box
        assert 0 <= left < right <= 50 and 0 <= top < bottom <= 30


def test_empty_and_tiny_pages_have_no_lines() -> None:
    assert finder().find(np.zeros((100, 80), np.uint8)) == []
    assert finder().find(np.full((3, 80), 255, np.uint8)) == []


def test_wrong_words_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'longest' is 10"):
        LineDetectorSettings(longest=10)
    with pytest.raises(ValueError, match="'scale' is 0"):
        LineDetectorSettings(scale=0.0)
    with pytest.raises(ValueError, match="'dots_per_inch' is 0"):
        finder().find(np.zeros((50, 50), np.uint8), 0.0)
    with pytest.raises(ValueError, match="neither a checkpoint nor a run folder"):
        LineDetector.load(tmp_path)
