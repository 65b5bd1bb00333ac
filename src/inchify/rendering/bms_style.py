"""Competition-style (BMS) rendering of an InChI as a bilevel picture.

The recipe that reproduces the competition's pictures: Indigo reads the InChI, lays it out and draws
it at its standard 100 px a bond on a canvas with a margin of 102 px; the canvas is averaged down to
25 or 40 px a bond, its sides rounded to whole pixels; black is what is covered by more than half.
``tests/synthetic/test_real_pictures.py`` holds it against real pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from inchify.rendering.indigo import DrawingError, render
from inchify.rendering.rasterizer import Drawing, cover
from inchify.rendering.svg import Letter, SvgShapes, shapes_of_svg

BOND_PIXELS = (25, 40)
# Indigo's standard bond length in pixels, at which the competition's pictures were first drawn.
FINE_BOND_PIXELS = 100
FINE_MARGIN = 102
# Labels nearer than this, in fine pixels, belong to one atom.
LABEL_GAP = 15.0
# Capitals are 29.2 px high in the SVG and 30 px when a letter is fitted to the fine canvas' rows.
LETTER_HEIGHT = 1.03


def draw(inchi: str) -> Drawing:
    """Draw an InChI in the competition's style.

    Args:
        inchi: The InChI to draw.

    Returns:
        The drawing in bond lengths.

    Raises:
        DrawingError: Indigo cannot draw the InChI.
    """
    return fitted_drawing(shapes_of_svg(render(inchi, "svg", FINE_BOND_PIXELS)))


def fitted_drawing(shapes: SvgShapes) -> Drawing:
    """Fit shapes to the whole pixels of the fine canvas.

    Args:
        shapes: The shapes of Indigo's SVG, in fine pixels.

    Returns:
        The drawing in bond lengths; its frame is the box of the shapes before fitting.

    Raises:
        DrawingError: There are no shapes.
    """
    plain = drawing_of(shapes, tuple(label_edges(label) for label in shapes.labels))
    if not len(plain.all_edges_E4):
        raise DrawingError("the drawing is empty")
    return replace(drawing_of(shapes, fit_labels(shapes.labels)), frame=plain.box)


def drawing_of(shapes: SvgShapes, labels: Sequence[np.ndarray]) -> Drawing:
    """Convert shapes from fine pixels to bond lengths.

    Args:
        shapes: Strokes and outlines in fine pixels; their labels are ignored.
        labels: Edges of each label, (E, 4), in fine pixels.

    Returns:
        The drawing in bond lengths.
    """
    return Drawing(
        shapes.strokes_S5 / FINE_BOND_PIXELS,
        shapes.outlines_E4 / FINE_BOND_PIXELS,
        tuple(edges / FINE_BOND_PIXELS for edges in labels),
    )


def label_edges(label: Sequence[Letter]) -> np.ndarray:
    """Edges of a label's letters.

    Args:
        label: At least one letter, in pixels of the SVG.

    Returns:
        float64 (E, 4): x0, y0, x1, y1.
    """
    return np.concatenate([letter.placed_E4 for letter in label])


def fit_labels(labels: Sequence[Sequence[Letter]]) -> list[np.ndarray]:
    """Fit labels to whole pixels as Indigo does on the fine canvas, but not in an SVG.

    Indigo sets a label by its box. On a canvas the box is measured in whole pixels, so a label
    moves a little against its box, and the hydrogens beside it move outwards by what both boxes
    gained. Then every letter is set at a whole pixel, and made as high as whole rows.

    Args:
        labels: The letters of each label, in fine pixels.

    Returns:
        Edges of each label, float64 (E, 4), in fine pixels.
    """
    boxes = [box_of(label_edges(label)) for label in labels]
    spans = [whole_box(label, box) for label, box in zip(labels, boxes, strict=True)]
    fitted: list[np.ndarray] = []
    for place, label in enumerate(labels):
        left, _, right, _ = boxes[place]
        move = (left + right) / 2 - sum(spans[place]) / 2
        if place and (side := side_of(boxes[place], boxes[place - 1])):
            gained = [box[1] - box[0] for box in spans[place - 1 : place + 1]]
            had = [box[2] - box[0] for box in boxes[place - 1 : place + 1]]
            move += side * (sum(gained) - sum(had)) / 2
        edges = []
        for letter in label:
            origin = [round(letter.x + move), round(letter.y)]
            edges.append(letter.edges_E4 * np.tile([1.0, LETTER_HEIGHT], 2) + np.tile(origin, 2))
        fitted.append(np.concatenate(edges))
    return fitted


def box_of(edges_E4: np.ndarray) -> tuple[float, float, float, float]:
    """Bounding box of edges.

    Args:
        edges_E4: x0, y0, x1, y1; at least one edge.

    Returns:
        Left, top, right, bottom.
    """
    left, top = edges_E4[:, :2].min(axis=0).tolist()
    right, bottom = edges_E4[:, :2].max(axis=0).tolist()
    return left, top, right, bottom


def whole_box(
    label: Sequence[Letter], box: tuple[float, float, float, float]
) -> tuple[float, float]:
    """A label's left and right end in whole pixels from its first letter's origin."""
    origin, almost = label[0].x, 0.01
    left, right = box[0] - origin, box[2] - origin
    return float(np.floor(left + almost)) + origin, float(np.ceil(right - almost)) + origin


def side_of(box: tuple[float, ...], other: tuple[float, ...]) -> int:
    """1 or -1 when a label stands right or left of another on one line and near it, else 0."""
    beside = max(box[0] - other[2], other[0] - box[2])
    above = max(box[1] - other[3], other[1] - box[3])
    if above >= 0 or not 0 <= beside < LABEL_GAP:
        return 0
    return 1 if box[0] > other[0] else -1


def picture_size(drawing: Drawing, bond_pixels: float) -> tuple[int, int]:
    """Size of the competition's picture of a drawing.

    Args:
        drawing: The drawing in bond lengths.
        bond_pixels: Pixels per bond length.

    Returns:
        Height and width in pixels.
    """
    width, height = (round(side * bond_pixels / FINE_BOND_PIXELS) for side in fine_canvas(drawing))
    return height, width


def fine_canvas(drawing: Drawing) -> tuple[int, int]:
    """Width and height of the fine canvas."""
    left, top, right, bottom = drawing.box
    extents = (right - left, bottom - top)
    # a bond of exactly one length must not fill another pixel for a rounding error's sake
    width, height = (
        int(np.ceil(side * FINE_BOND_PIXELS - 0.01)) + 2 * FINE_MARGIN for side in extents
    )
    return width, height


def placement(
    drawing: Drawing, bond_pixels: float, offset: tuple[float, float] = (0.0, 0.0)
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Transform from a drawing to the competition's picture of it.

    Args:
        drawing: The drawing in bond lengths.
        bond_pixels: Pixels per bond length.
        offset: Shift (x, y) from the canvas' middle, in pixels of the picture.

    Returns:
        Scale (x, y) in pixels per bond length and shift (x, y) in pixels.
    """
    height, width = picture_size(drawing, bond_pixels)
    canvas_width, canvas_height = fine_canvas(drawing)
    scale = (FINE_BOND_PIXELS * width / canvas_width, FINE_BOND_PIXELS * height / canvas_height)
    left, top, right, bottom = drawing.box
    shift = (
        width / 2 - (left + right) / 2 * scale[0] + offset[0],
        height / 2 - (top + bottom) / 2 * scale[1] + offset[1],
    )
    return scale, shift


def competition_coverage(
    drawing: Drawing, bond_pixels: float, offset: tuple[float, float] = (0.0, 0.0)
) -> np.ndarray:
    """Pixel coverage in the competition's style.

    Args:
        drawing: The drawing in bond lengths.
        bond_pixels: Pixels per bond length.
        offset: Shift (x, y) from the canvas' middle, in pixels of the picture.

    Returns:
        float32 (H, W) in 0..1.
    """
    scale, shift = placement(drawing, bond_pixels, offset)
    return cover(drawing, scale, shift, picture_size(drawing, bond_pixels))


def competition_mask(
    drawing: Drawing, bond_pixels: float, offset: tuple[float, float] = (0.0, 0.0)
) -> np.ndarray:
    """Rasterize in the competition's style, without noise.

    Args:
        drawing: The drawing in bond lengths.
        bond_pixels: Pixels per bond length.
        offset: Shift (x, y) from the canvas' middle, in pixels of the picture.

    Returns:
        Foreground mask, bool (H, W).

    Raises:
        DrawingError: The mask is empty.
    """
    foreground_mask = competition_coverage(drawing, bond_pixels, offset) > 0.5
    if not foreground_mask.any():
        raise DrawingError("no ink is left at this scale")
    return foreground_mask


def draw_competition(
    inchi: str, generator: np.random.Generator, bond_pixels: Literal[25, 40] | None = None
) -> np.ndarray:
    """Draw a clean picture in the competition's style.

    Args:
        inchi: The InChI to draw.
        generator: Source of the scale and of a shift within one pixel of the fine canvas.
        bond_pixels: Pixels per bond length, random if None.

    Returns:
        Foreground mask, bool (H, W).

    Raises:
        DrawingError: The InChI cannot be drawn.
    """
    drawing = draw(inchi)
    bond, offset = chosen_scale(generator, bond_pixels)
    return competition_mask(drawing, bond, offset)


def chosen_scale(
    generator: np.random.Generator, bond_pixels: float | None
) -> tuple[float, tuple[float, float]]:
    """Pixels for a bond length (drawn unless given) and a shift (x, y) in pixels."""
    drawn = int(generator.choice(BOND_PIXELS))
    chance = generator.uniform(-0.5, 0.5, 2)
    bond = bond_pixels or drawn
    shift = (chance * bond / FINE_BOND_PIXELS).tolist()
    return bond, (shift[0], shift[1])
