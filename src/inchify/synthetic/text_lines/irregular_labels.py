"""Synthetic labels off the base line: slanted, rotated, or in two rows.

Readers of one row (CTC) and readers that look about (attention) differ on these: labels on the
slant, on their side, and in two rows. Two rows make one text with a space between them.
"""

from __future__ import annotations

import math

import numpy as np

from inchify.rendering.depictor.glyphs import Box
from inchify.rendering.depictor.labels import Line, around
from inchify.rendering.depictor.pen import shifted
from inchify.rendering.depictor.style import DrawingStyle, label_choices
from inchify.rendering.rasterizer import Drawing
from inchify.synthetic.text_lines.atom_labels import (
    LARGEST,
    LabelPicture,
    frame_around,
    picture_of,
    set_text,
)

QUARTERS = (0.0, 90.0, 270.0)  # degrees clockwise
SLANT = 20.0  # degrees, either way
SMALLEST = 10.0  # pixels of a capital; on the slant smaller ones cannot be told apart
SPACE = " "


def draw_irregular_label(
    text: str, generator: np.random.Generator, *, below: str = "", degrees: float | None = None
) -> LabelPicture:
    """Draw a clean picture of a label off the base line.

    Args:
        text: What is written.
        generator: Source of all random choices.
        below: Text of a second row, if any.
        degrees: Clockwise rotation, random if None.

    Returns:
        The gray picture; its text has a space between the rows.

    Raises:
        ValueError: The fonts lack a letter.
    """
    style = DrawingStyle(**label_choices(generator))  # type: ignore[arg-type]
    rows = [set_text(row, style, generator) for row in (text, below) if row]
    edges_E4 = np.concatenate(_stacked(rows, generator))
    if degrees is None:
        degrees = _random_turn(generator, level_too=bool(below))
    edges_E4 = turned(edges_E4, degrees)
    frame = frame_around(_box(edges_E4), generator)
    capital = math.exp(generator.uniform(math.log(SMALLEST), math.log(LARGEST)))
    drawing = Drawing(np.zeros((0, 5)), edges_E4)
    return LabelPicture(
        picture_of(drawing, frame, capital, generator),
        SPACE.join(row for row in (text, below) if row),
        capital,
    )


def turned(edges_E4: np.ndarray, degrees: float) -> np.ndarray:
    """Edges rotated clockwise around the origin (y is down)."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return (edges_E4.reshape(-1, 2) @ np.array(((cosine, sine), (-sine, cosine)))).reshape(-1, 4)


def _random_turn(generator: np.random.Generator, *, level_too: bool) -> float:
    """Level (where that is awkward enough), on its side or on the slant, in degrees."""
    quarter = float(generator.choice(QUARTERS, p=(0.6, 0.2, 0.2)))
    straight = generator.random() < 0.4 and (quarter > 0 or level_too)
    return quarter if straight else quarter + generator.uniform(-SLANT, SLANT)


def _stacked(rows: list[Line], generator: np.random.Generator) -> list[np.ndarray]:
    """The rows' letters below one another, set flush left, in the middle or flush right."""
    side = float(generator.choice((0.0, 0.5, 1.0)))
    gap = generator.uniform(0.15, 0.7)
    edges, bottom = [], 0.0
    for row in rows:
        box = around(tuple(row.boxes))
        x = -side * (box[2] - box[0]) - box[0]
        y = bottom + gap - box[1]
        edges += [shifted(letter, x, y) for letter in row.edges]
        bottom = y + box[3]
    return edges


def _box(edges_E4: np.ndarray) -> Box:
    points = edges_E4.reshape(-1, 2)
    (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
    return left, top, right, bottom
