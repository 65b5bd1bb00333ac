"""Smoothly curved lines alone are no molecule; straight strokes, letters and rings' circles are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from inchify.chemistry.convert import quiet_chem
from inchify.readers.refusal.curved_lines import is_curved_line
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.drawn_picture import draw_picture

FINE = 4


def scribble(seed: int, size: int = 260, width: float = 2.5) -> np.ndarray:
    """A curve through places that go up and down from left to right, as in handwriting."""
    generator = np.random.default_rng(seed)
    across = np.arange(12) + generator.uniform(-0.3, 0.3, 12)
    up = np.where(np.arange(12) % 2, -1.0, 1.0) * generator.uniform(0.6, 2.0, 12)
    share, fine = np.linspace(0, 1, 12), np.linspace(0, 1, 2000)
    points = np.stack([CubicSpline(share, across)(fine), CubicSpline(share, up)(fine)], axis=1)
    points = (points - points.min(axis=0)) * (size - 20) / 12 + 10
    intensity = np.zeros((FINE * size, FINE * size), np.uint8)
    places = np.rint(FINE * points).astype(np.int32)
    cv2.polylines(intensity, [places], False, 255, round(width * FINE))
    return cv2.resize(intensity, (size, size), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [180, 260, 500])
def test_scribbles(seed: int, size: int) -> None:
    intensity = scribble(seed, size)
    assert is_curved_line(intensity)
    # letters beside it may be labels
    lettered = np.pad(intensity, ((0, 60), (0, 60)))
    for number in range(8):
        cv2.putText(lettered, "OH", (10 + 25 * number, lettered.shape[0] - 20), 0, 0.5, 255, 2)
    assert not is_curved_line(lettered)


@pytest.mark.parametrize("bond", [18.0, 30.0, 60.0])
@pytest.mark.parametrize(
    "smiles",
    [
        *("CCCCCCCC", "C1CCCCC1C1CCCC1", "c1ccc2ccccc2c1", "C1C2CC3CC1CC(C2)C3", "CC(C)(C)C"),
        *("C1CCCCCCCCCCCCCC1", "C#CC=C", "C[C@H](CC)c1ccccc1"),
    ],
)
def test_molecules(smiles: str, bond: float) -> None:
    for line in (0.04, 0.09):
        style = DrawingStyle(line=line, wavy_turns=4.0, wavy_width=0.15)
        generator = np.random.default_rng(5)
        molecule = quiet_chem().MolFromSmiles(smiles)
        picture = draw_picture(molecule, generator, style=style, bond_pixels=bond)
        assert not is_curved_line(picture.intensity)


def test_without_ink() -> None:
    assert not is_curved_line(np.zeros((20, 30), np.uint8))
