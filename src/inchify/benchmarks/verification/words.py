"""Pictures of words beside drawings."""

from __future__ import annotations

import math

import numpy as np

from inchify.rendering.depictor.labels import around
from inchify.rendering.depictor.pen import shifted
from inchify.rendering.depictor.style import DrawingStyle, label_choices
from inchify.rendering.rasterizer import Drawing, cover
from inchify.synthetic.text_lines.atom_labels import set_text


def render_text(text: str, capital: float, generator: np.random.Generator) -> np.ndarray:
    """Draw a row of words.

    Args:
        text: The words.
        capital: Height of capitals in pixels.
        generator: Decides the style.

    Returns:
        Foreground intensity, uint8 (H, W).
    """
    style = DrawingStyle(**label_choices(generator))  # type: ignore[arg-type]
    edges, boxes, pen = [], [], 0.0
    for word in text.split():
        line = set_text(word, style, generator)
        left, _, right, _ = around(tuple(line.boxes))
        edges += [shifted(edge, pen - left, 0.0) for edge in line.edges]
        boxes += [(a + pen - left, b, c + pen - left, d) for a, b, c, d in line.boxes]
        pen += right - left + 0.4
    left, top, right, bottom = around(tuple(boxes))
    size = math.ceil((bottom - top) * capital) + 2, math.ceil((right - left) * capital) + 2
    drawing = Drawing(np.zeros((0, 5)), np.concatenate(edges))
    shift = 1 - left * capital, 1 - top * capital
    return np.asarray(cover(drawing, (capital, capital), shift, size) * 255 + 0.5).astype(np.uint8)
