"""A picture is binarized once, and what is derived of it is kept."""

from __future__ import annotations

import numpy as np
import pytest

from inchify.data.pictures import binarized
from inchify.data.pictures.binarized import BinarizedImage
from inchify.data.pictures.scaling import intensity_of_gray


def drawing() -> np.ndarray:
    gray = np.full((60, 80), 255, np.uint8)
    gray[20:23, 10:70] = 0
    return gray


def test_each_part_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(gray: np.ndarray) -> np.ndarray:
        calls.append(gray)
        return intensity_of_gray(gray)

    monkeypatch.setattr(binarized, "intensity_of_gray", counted)
    image = BinarizedImage(drawing())
    for _ in range(2):
        assert image.mask.sum() == 180 and image.intensity.max() == 255
        assert not image.has_grays and image.style == "print"
    assert len(calls) == 1
    assert BinarizedImage.of(image) is image


def test_shades_are_no_black_and_white() -> None:
    gray = drawing()
    gray[40:45] = 128
    assert BinarizedImage(gray).has_grays
