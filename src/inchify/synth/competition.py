"""An InChI goes in, the competition's drawing of it comes out as ink.

The recipe that reproduces the competition's pictures: Indigo reads the InChI and lays it out, 25 or
40 px for one bond, averaged down from a finer grid at a random sub-pixel shift, black where more than
half of a pixel is covered, cut to the ink, and a margin of one bond and one pixel all round.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from inchify.synth.drawing import Drawing, rasterise
from inchify.synth.indigo import DrawingError, render
from inchify.synth.svg import drawing_of_svg

BOND_PIXELS = (25, 40)
# Indigo's bond length while it writes SVG: 4 x 25, fine enough for its letters.
SVG_BOND_PIXELS = 100


def draw(inchi: str) -> Drawing:
    """Indigo's drawing of an InChI in bond lengths. Raises DrawingError with the reason."""
    drawing = drawing_of_svg(render(inchi, "svg", SVG_BOND_PIXELS), SVG_BOND_PIXELS)
    if not len(drawing.all_edges_E4):
        raise DrawingError("the drawing is empty")
    return drawing


def competition_ink(
    drawing: Drawing, bond_pixels: float, offset: tuple[float, float] = (0.0, 0.0)
) -> np.ndarray:
    """Clean ink, bool (H, W), in the competition's style with its margin of bond + 1 px."""
    return np.pad(rasterise(drawing, bond_pixels, offset), round(bond_pixels) + 1)


def draw_competition(
    inchi: str, generator: np.random.Generator, bond_pixels: Literal[25, 40] | None = None
) -> np.ndarray:
    """One clean picture, bool (H, W): bond length (unless given) and shift are drawn from
    ``generator``. Raises DrawingError."""
    drawing = draw(inchi)
    drawn = int(generator.choice(BOND_PIXELS))
    offset = tuple(generator.uniform(0.0, 1.0, 2).tolist())
    return competition_ink(drawing, bond_pixels or drawn, (offset[0], offset[1]))
