"""Foreground at the network's scale: paper 0, foreground 255, whatever the scan."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from inchify.data.degrade import DegradeSettings, degrade
from inchify.data.pictures.scaling import ink_box, ink_of_grey, level_ink, rescale


def drawing() -> np.ndarray:
    ink = np.zeros((80, 120), np.uint8)
    ink[20:23, 10:100] = 255
    ink[20:60, 50:53] = 255
    return ink


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("paper", "black"), [(255, 0), (230, 40), (255, 120)])
def test_any_paper_gives_the_same_ink(dark: bool, paper: int, black: int) -> None:
    ink = drawing()
    grey = np.where(ink > 0, black, paper).astype(np.uint8)
    assert (ink_of_grey(255 - grey if dark else grey) == ink).all()


def test_a_picture_without_contrast_is_empty() -> None:
    assert not level_ink(np.full((9, 9), 200, np.uint8)).any()
    assert ink_box(np.zeros((9, 9), np.uint8)) == (0, 0, 0, 0)


def test_the_box_leaves_out_specks() -> None:
    ink = drawing()
    ink[2, 2] = 255
    assert ink_box(ink) == (20, 10, 40, 90)


def test_scaling_keeps_the_amount_of_ink() -> None:
    ink = drawing()
    small = rescale(ink, (0.5, 0.5))
    assert small.shape == (40, 60)
    assert small.mean() == pytest.approx(ink.mean(), rel=0.02)
    assert rescale(ink, (1.0, 1.0)) is ink


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
    ink = drawing()
    assert degrade(ink, 20.0, DegradeSettings(clean=1.0), np.random.default_rng(0)) is ink


def test_a_chance_is_from_0_to_1() -> None:
    with pytest.raises(ValueError, match="'blur' is 2"):
        DegradeSettings(blur=2.0)
