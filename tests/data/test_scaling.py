"""Foreground at the network's scale: paper 0, foreground 255, whatever the scan."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from inchify.data.degrade import DegradeSettings, degrade
from inchify.data.pictures.scaling import (
    foreground_box,
    intensity_of_gray,
    normalize_contrast,
    rescale,
)


def drawing() -> np.ndarray:
    intensity = np.zeros((80, 120), np.uint8)
    intensity[20:23, 10:100] = 255
    intensity[20:60, 50:53] = 255
    return intensity


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("paper", "black"), [(255, 0), (230, 40), (255, 120)])
def test_any_paper_gives_the_same_ink(dark: bool, paper: int, black: int) -> None:
    intensity = drawing()
    gray = np.where(intensity > 0, black, paper).astype(np.uint8)
    assert (intensity_of_gray(255 - gray if dark else gray) == intensity).all()


def test_a_picture_without_contrast_is_empty() -> None:
    assert not normalize_contrast(np.full((9, 9), 200, np.uint8)).any()
    assert foreground_box(np.zeros((9, 9), np.uint8)) == (0, 0, 0, 0)


def test_the_box_leaves_out_specks() -> None:
    intensity = drawing()
    intensity[2, 2] = 255
    assert foreground_box(intensity) == (20, 10, 40, 90)


def test_scaling_keeps_the_amount_of_ink() -> None:
    intensity = drawing()
    small = rescale(intensity, (0.5, 0.5))
    assert small.shape == (40, 60)
    assert small.mean() == pytest.approx(intensity.mean(), rel=0.02)
    assert rescale(intensity, (1.0, 1.0)) is intensity


@pytest.mark.parametrize("change", [name for name in vars(DegradeSettings()) if name != "clean"])
def test_every_change_is_seeded_and_keeps_the_size(change: str) -> None:
    off = dict.fromkeys(vars(DegradeSettings()), 0.0)
    settings = DegradeSettings(**{**off, change: 1.0})
    blurred = cv2.GaussianBlur(drawing(), (0, 0), 1.0)
    first, second = (degrade(blurred, 20.0, settings, np.random.default_rng(3)) for _ in range(2))
    assert first.shape == drawing().shape and first.dtype == np.uint8
    assert (first == second).all()
    others = [degrade(blurred, 20.0, settings, np.random.default_rng(n)) for n in range(8)]
    assert any((other != blurred).any() for other in others)


def test_clean_pictures_stay() -> None:
    intensity = drawing()
    assert (
        degrade(intensity, 20.0, DegradeSettings(clean=1.0), np.random.default_rng(0)) is intensity
    )


def test_a_chance_is_from_0_to_1() -> None:
    with pytest.raises(ValueError, match="'blur' is 2"):
        DegradeSettings(blur=2.0)
