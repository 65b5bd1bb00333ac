"""Our drawings against real pictures of the competition, where these lie beside the repository.

They are not ours to pass on: without ``../shared/data/bms_real`` (or the folder that the variable
INCHIFY_SHARED names) the test is skipped. ``python tests/synthetic/test_real_pictures.py`` prints
the table.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pytest

from inchify.rendering.bms_style import (
    BOND_PIXELS,
    FINE_BOND_PIXELS,
    draw,
    fine_canvas,
    picture_size,
)
from inchify.rendering.rasterizer import Drawing, cover

SHARED = Path(os.environ.get("INCHIFY_SHARED", Path(__file__).parents[3] / "shared"))
REAL = SHARED / "data" / "bms_real"
# Where a line lies between two rows of pixels a hair decides which of them turns black: a pixel
# counts as explained when the drawing covers a third of it. The strict half is printed beside it.
EXPLAINED, STRICT = 0.35, 0.5


@dataclass(frozen=True)
class Fit:
    """The best fit of a drawing: bond length in pixels, the share of the real foreground that the
    drawing explains (strictly: covers by half), the share of the drawing's foreground that is in
    the picture."""

    bond: int
    explained: float
    strict: float
    kept: float


def real_pictures() -> list[tuple[str, str, np.ndarray]]:
    with (REAL / "labels.csv").open(encoding="utf-8") as file:
        rows = [(row["image_id"], row["InChI"]) for row in csv.DictReader(file)]
    return [
        (name, inchi, cv2.imread(str(REAL / f"{name}.png"), cv2.IMREAD_GRAYSCALE) < 128)
        for name, inchi in rows
    ]


def cover_at(
    drawing: Drawing, bond: int, size: tuple[int, int], more: np.ndarray, offset: np.ndarray
) -> np.ndarray:
    """Cover when the fine canvas is ``more`` pixels wider and higher and the drawing lies
    ``offset`` fine pixels off its middle."""
    canvas = np.array(fine_canvas(drawing)) + more
    picture = np.array(size[::-1])
    scale = FINE_BOND_PIXELS * picture / canvas
    left, top, right, bottom = drawing.box
    middle = np.array([left + right, top + bottom]) / 2
    shift = picture / 2 - middle * scale + offset * bond / FINE_BOND_PIXELS
    return cover(drawing, tuple(scale), tuple(shift), size, 8)


def best_fit(drawing: Drawing, intensity: np.ndarray) -> Fit | None:
    """The best of both bond lengths and of shifts within a pixel of the fine canvas, or None when
    the drawing has another size."""
    fits = []
    for bond in BOND_PIXELS:
        if np.abs(np.subtract(picture_size(drawing, bond), intensity.shape)).max() > 1:
            continue

        def agreement(more: np.ndarray, offset: np.ndarray, bond: int = bond) -> float:
            drawn = cover_at(drawing, bond, intensity.shape, more, offset) > STRICT
            return float(
                (drawn & intensity).sum() * (1 / intensity.sum() + 1 / max(1, drawn.sum()))
            )

        more, offset = search(agreement)
        covered = cover_at(drawing, bond, intensity.shape, more, offset)
        drawn = covered > STRICT
        total = intensity.sum()
        fits.append(
            Fit(
                bond,
                float((intensity & (covered > EXPLAINED)).sum() / total),
                float((intensity & drawn).sum() / total),
                float((intensity & drawn).sum() / drawn.sum()),
            )
        )
    return max(fits, key=lambda fit: fit.strict + fit.kept, default=None)


def search(
    agreement: Callable[[np.ndarray, np.ndarray], float],
) -> tuple[np.ndarray, np.ndarray]:
    """Canvas and offset of the best agreement: y and x in turn, each on a grid."""
    more, offset = np.zeros(2), np.zeros(2)
    for axis in (1, 0, 1):
        options = []
        for longer, aside in product(np.arange(-1, 1.1, 0.5), np.arange(-0.75, 0.8, 0.125)):
            more[axis], offset[axis] = longer, aside
            options.append((agreement(more, offset), -abs(longer), longer, aside))
        _, _, more[axis], offset[axis] = max(options)
    return more, offset


@pytest.mark.skipif(not REAL.is_dir(), reason="the real pictures are not here")
def test_drawings_explain_the_real_pictures() -> None:
    seen = 0
    for name, inchi, intensity in real_pictures():
        drawing = draw(inchi)
        sizes = [picture_size(drawing, bond) for bond in BOND_PIXELS]
        assert intensity.shape in sizes, f"{name} is {intensity.shape}, drawn as {sizes}"
        if (
            "/t" in inchi or intensity.size > 300_000
        ):  # wedges may stand elsewhere; big ones are slow
            continue
        fit = best_fit(drawing, intensity)
        assert fit is not None and fit.explained >= 0.97, f"{name}: {fit}"
        assert fit.kept >= 0.8, f"{name}: {fit}"  # salt takes 0.137
        seen += 1
    assert seen >= 3


if __name__ == "__main__":
    for name, inchi, intensity in real_pictures():
        print(
            name, "/t" if "/t" in inchi else "  ", intensity.shape, best_fit(draw(inchi), intensity)
        )
