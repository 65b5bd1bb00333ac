"""The scale search: what a network says of a wrong scale is held against letters and lines."""

from __future__ import annotations

import numpy as np
import pytest

from inchify.readers.views import scale_search as scale
from inchify.readers.views.scale_search import (
    NetworkPass,
    ScaleSettings,
    line_length,
    line_width,
    search_scale,
)


def lines(*ends: tuple[int, int, int, int], size: tuple[int, int] = (120, 240)) -> np.ndarray:
    intensity = np.zeros(size, np.uint8)
    for left, top, right, bottom in ends:
        intensity[top:bottom, left:right] = 255
    return intensity


def told(monkeypatch: pytest.MonkeyPatch, answer: dict[float, tuple[float, int]]) -> list[float]:
    """Makes passes give bonds (pixels of ink, how many) by the size nearest to theirs; the factors
    that were asked for come back."""
    asked: list[float] = []

    def maps_at(maps_of: object, intensity: np.ndarray, factor: float) -> NetworkPass:
        asked.append(factor)
        known = min(answer, key=lambda one: abs(np.log(one / factor)))
        native, bonds = answer[known]
        return NetworkPass((factor, factor), None, native * factor, bonds)  # type: ignore[arg-type]

    monkeypatch.setattr(scale, "maps_at", maps_at)
    return asked


def test_width_and_length_of_lines() -> None:
    intensity = lines((10, 10, 110, 14), (10, 50, 110, 54))
    assert line_width(intensity) == pytest.approx(4.0, rel=0.2)
    assert line_length(intensity) == pytest.approx(200, rel=0.2)


def test_letters_tell_where_to_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    intensity = lines((10, 10, 230, 12), (10, 50, 230, 52))
    asked = told(monkeypatch, {1.0: (30.0, 8)})
    found = search_scale(lambda intensity: None, intensity, ScaleSettings(), capital=15.0)  # type: ignore[arg-type,return-value]
    assert asked[0] == pytest.approx(16 / (15.0 / 0.48))
    assert found is not None and found.bonds == 8


def test_bonds_longer_than_all_lines_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    intensity = lines((10, 10, 230, 12))  # one line of 220 pixels
    told(monkeypatch, {0.8: (20.0, 20), 0.07: (220.0, 1)})
    found = search_scale(lambda intensity: None, intensity, ScaleSettings())  # type: ignore[arg-type,return-value]
    assert found is not None and found.bonds == 1


def test_a_letters_strokes_are_no_bonds(monkeypatch: pytest.MonkeyPatch) -> None:
    intensity = lines((10, 10, 230, 12), (10, 50, 230, 52))
    told(monkeypatch, {2.0: (9.0, 12), 0.4: (40.0, 6)})
    found = search_scale(
        lambda intensity: None, intensity, ScaleSettings(), guess=8.0, capital=15.0
    )  # type: ignore[arg-type,return-value]
    assert found is not None and found.bonds == 6


@pytest.mark.parametrize("width", [1, 2, 3, 6])
@pytest.mark.parametrize("shade", [110, 255])
def test_lines_are_as_wide_and_long_as_they_are(width: int, shade: int) -> None:
    intensity = np.zeros((120, 200), np.uint8)
    intensity[20 : 20 + width, 10:190] = shade
    intensity[40:110, 60 : 60 + width] = shade
    assert line_width(intensity) == pytest.approx(width, rel=0.15)
    assert line_length(intensity) == pytest.approx(180 + 70, rel=0.15)


def test_a_scale_that_a_margin_tells_asks_nothing_of_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Noise leaves little of thin lines, and the margin knows better."""
    told(monkeypatch, {0.64: (25.0, 30), 0.08: (200.0, 4)})
    found = search_scale(
        lambda intensity: None,  # type: ignore[arg-type, return-value]
        lines((10, 10, 14, 11)),
        ScaleSettings(),
        25.0,
    )
    assert found is not None and found.factors == (0.64, 0.64)
