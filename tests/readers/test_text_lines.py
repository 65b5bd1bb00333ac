"""The finder of lines gives boxes in the page's own pixels, whatever the page's size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inchify.models.text.ctpn import CtpnMaps
from inchify.readers.line_detector import TextLineFinder, TextLineReading
from inchify.tasks.text_detection.settings import load_text_line_settings
from inchify.tasks.text_detection.task import LoadedTextLineNetwork, build_text_line_network

TINY = Path(__file__).parents[2] / "configs" / "tiny" / "ctpn_light.yaml"


class InkIsText(torch.nn.Module):
    """Says that text stands where a cell is full of ink, as high as the anchor of 15 pixels."""

    def __init__(self, anchors: int) -> None:
        super().__init__()
        self.anchors = anchors
        self.seen: list[tuple[int, int]] = []

    def forward(self, images_BCHW: torch.Tensor) -> CtpnMaps:
        self.seen.append(tuple(images_BCHW.shape[-2:]))  # type: ignore[arg-type]
        share = torch.nn.functional.avg_pool2d(images_BCHW.float() / 255, 16)
        scores = torch.full((1, self.anchors, *share.shape[-2:]), -9.0)
        scores[:, 2] = torch.where(share[:, 0] > 0.5, 5.0, -9.0)
        vertical = torch.zeros(1, self.anchors, 2, *share.shape[-2:])
        sides = torch.zeros_like(scores)
        column = torch.arange(share.shape[-1])
        inked = scores[:, 2] > 0
        first = torch.where(inked, column, 10**6).amin(-1, keepdim=True)
        last = torch.where(inked, column, -1).amax(-1, keepdim=True)
        sides[:, 2] = torch.where(column == first, -0.5, torch.where(column == last, 0.5, 0.0))
        return CtpnMaps(scores, vertical, sides)


def finder(**reading: Any) -> TextLineFinder:
    settings = load_text_line_settings(TINY, ["network.column=16", "lines.margin=0.0"])
    network = build_text_line_network(settings)
    found = TextLineFinder(
        LoadedTextLineNetwork(network, settings, {}, "none"), TextLineReading(**reading)
    )
    found.network = InkIsText(len(settings.network.heights))  # type: ignore[assignment]
    return found


def bar(scale: int) -> tuple[np.ndarray, tuple[float, ...]]:
    """A page with one line at rows 64 to 80 and columns 32 to 192, times ``scale``."""
    ink = np.zeros((200 * scale, 300 * scale), np.uint8)
    ink[64 * scale : 80 * scale, 32 * scale : 192 * scale] = 255
    return ink, tuple(scale * side for side in (32.0, 64.5, 192.0, 79.5))


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_boxes_are_in_the_pages_own_pixels(scale: int) -> None:
    ink, truth = bar(scale)
    own = finder()
    (line,) = own.find(ink, dots_per_inch=150.0 * scale)
    assert line.box == pytest.approx(truth, abs=scale) and line.score > 0.9
    assert own.network.seen == [(208, 304)]


def test_a_page_of_any_size_is_looked_at_within_a_limit() -> None:
    ink, truth = bar(8)
    own = finder(longest=300)
    (line,) = own.find(ink)
    assert line.box == pytest.approx(truth, abs=8)
    assert max(own.network.seen[0]) <= 304
    assert finder(longest=300).scale_of((100, 200)) == 1.0, "a small page is not made larger"
    assert finder(scale=0.5).scale_of((100, 200), 300.0) == 0.25


def test_boxes_end_where_the_page_ends() -> None:
    ink = np.full((30, 50), 255, np.uint8)
    for line in finder().find(ink):
        left, top, right, bottom = line.box
        assert 0 <= left < right <= 50 and 0 <= top < bottom <= 30


def test_empty_and_tiny_pages_have_no_lines() -> None:
    assert finder().find(np.zeros((100, 80), np.uint8)) == []
    assert finder().find(np.full((3, 80), 255, np.uint8)) == []


def test_wrong_words_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'longest' is 10"):
        TextLineReading(longest=10)
    with pytest.raises(ValueError, match="'scale' is 0"):
        TextLineReading(scale=0.0)
    with pytest.raises(ValueError, match="'dots_per_inch' is 0"):
        finder().find(np.zeros((50, 50), np.uint8), 0.0)
    with pytest.raises(ValueError, match="neither a checkpoint nor a run folder"):
        TextLineFinder.load(tmp_path)
