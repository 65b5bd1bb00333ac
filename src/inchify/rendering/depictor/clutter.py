"""Clutter around a drawing: captions, arrows and stray marks."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np

from inchify.rendering.depictor.labels import Line
from inchify.rendering.depictor.pen import Pen, Point
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.rasterizer import Drawing

# The minimum distance between the molecule and anything else.
AWAY = 0.7
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "Ia", "IIb")
WORDS = ("Compound", "Example", "Formula", "Cpd", "No.", "Intermediate", "Structure", "Scheme")
Box = tuple[float, float, float, float]


def add_clutter(drawing: Drawing, style: DrawingStyle, generator: np.random.Generator) -> Drawing:
    """One to three marks outside of the molecule's box; the frame shows some of them cut off."""
    pen = Pen()
    box = drawing.box
    makers = (caption, caption, caption, side_number, arrow, dots, rule, neighbor)
    count = 1 + int(generator.random() < 0.35) + int(generator.random() < 0.15)
    # The last ones' cut must remain the picture's edge.
    for choice in sorted(int(generator.integers(len(makers))) for _ in range(count)):
        box = makers[choice](pen, box, style, generator)
    return replace(
        drawing,
        strokes_S5=np.concatenate([drawing.strokes_S5, pen.strokes_S5()]),
        outlines_E4=np.concatenate([drawing.outlines_E4, pen.outlines_E4()]),
        frame=box,
    )


def random_caption(generator: np.random.Generator) -> str:
    """A compound's number or name as it stands below a drawing."""
    number = str(int(generator.integers(1, 200)))
    letter = "abcdefgh"[int(generator.integers(8))] if generator.random() < 0.4 else ""
    kind = int(generator.integers(7))
    if kind == 0:
        return f"({ROMAN[int(generator.integers(len(ROMAN)))]})"
    if kind == 1:
        return f"{WORDS[int(generator.integers(len(WORDS)))]} {number}{letter}"
    if kind == 2:
        return f"({number}{letter})"
    if kind == 3:
        return f"{number}{letter}-{int(generator.integers(1, 30))}"
    if kind == 4:
        return f"CAS: {number}-{int(generator.integers(10, 99))}-{int(generator.integers(10))}"
    if kind == 5:
        return f"{int(generator.integers(10, 99))}%"
    return number + letter


def put_text(pen: Pen, text: str, at: Point, size: float, style: DrawingStyle) -> Box:
    """Draw text with its top left corner at ``at``; returns its box."""
    line = Line(style)
    line.put((text, "plain"))
    edges = np.concatenate(line.edges)
    left, top = edges[:, :2].min(axis=0)
    right, bottom = edges[:, :2].max(axis=0)
    pen.letters.append((edges - (left, top, left, top)) * size + (*at, *at))
    return (at[0], at[1], at[0] + (right - left) * size, at[1] + (bottom - top) * size)


def joined(box: Box, other: Box) -> Box:
    """The box that holds both."""
    return (
        min(box[0], other[0]),
        min(box[1], other[1]),
        max(box[2], other[2]),
        max(box[3], other[3]),
    )


def caption(pen: Pen, box: Box, style: DrawingStyle, generator: np.random.Generator) -> Box:
    """A number or a name below, sometimes above."""
    size = style.cap * generator.uniform(0.8, 1.4)
    text = random_caption(generator)
    width = 0.7 * size * len(text)
    x = (box[0] + box[2] - width) / 2 + generator.normal(0, 0.3)
    away = AWAY + generator.uniform(0, 1)
    y = box[3] + away if generator.random() < 0.8 else box[1] - away - 1.3 * size
    return joined(box, put_text(pen, text, (x, y), size, style))


def side_number(pen: Pen, box: Box, style: DrawingStyle, generator: np.random.Generator) -> Box:
    """A number at the left or right, as "a)" or "12"."""
    size = style.cap * generator.uniform(0.8, 1.4)
    text = "abcdefgh"[int(generator.integers(8))] + ")"
    if generator.random() < 0.5:
        text = str(int(generator.integers(1, 99))) + ("." if generator.random() < 0.5 else "")
    y = generator.uniform(box[1], box[3])
    x = box[2] + AWAY + generator.uniform(0, 1)
    if generator.random() < 0.6:
        x = box[0] - AWAY - generator.uniform(0, 1) - 0.75 * size * len(text)
    return joined(box, put_text(pen, text, (x, y), size, style))


def arrow(pen: Pen, box: Box, style: DrawingStyle, generator: np.random.Generator) -> Box:
    """A reaction's arrow, to the right of the molecule or leading to it."""
    length, y = generator.uniform(1.2, 3), (box[1] + box[3]) / 2 + generator.normal(0, 0.2)
    away = AWAY + generator.uniform(0, 0.6)
    x = box[2] + away if generator.random() < 0.5 else box[0] - away - length
    head, half = generator.uniform(0.2, 0.4), generator.uniform(0.06, 0.14) + style.line
    pen.line((x, y), (x + length - 0.8 * head, y), style.line)
    end = x + length
    pen.polygon([(end, y), (end - head, y - half), (end - 0.75 * head, y), (end - head, y + half)])
    return joined(box, (x, y - half, end, y + half))


def neighbor(pen: Pen, box: Box, style: DrawingStyle, generator: np.random.Generator) -> Box:
    """Part of another molecule, cut off by the picture's edge."""
    side = 1 if generator.random() < 0.5 else -1
    x = (box[2] if side > 0 else box[0]) + side * (AWAY + generator.uniform(0.1, 0.6))
    y = generator.uniform(box[1], box[3])
    cut = x + side * generator.uniform(0.15, 1.2)
    # Long enough that even the widest margin does not show its end.
    chain = [(x + side * 0.87 * k, y + 0.25 * (-1) ** k) for k in range(9)]
    branch = [chain[1], (chain[1][0], chain[1][1] + 1)]
    if generator.random() < 0.6:
        branch = [
            (x + side * (1 - math.cos(k * math.pi / 3)), y + math.sin(k * math.pi / 3))
            for k in range(7)
        ]
        chain = [(x + side * (2 + 0.87 * k), y + 0.5 * (k % 2)) for k in range(7)]
    for points in (branch, chain):
        for a, b in pairwise(points):
            pen.line(a, b, style.line)
    low, high = min(box[1], y - 1), max(box[3], y + 1)
    return (min(box[0], cut), low, max(box[2], cut), high)


def rule(pen: Pen, box: Box, style: DrawingStyle, generator: np.random.Generator) -> Box:
    """A rule of the page: the edge of a table or frame."""
    away, width = AWAY + generator.uniform(0, 1), style.line * generator.uniform(0.5, 1.5)
    side = int(generator.integers(4))
    if side == 0:
        y = box[3] + away
        pen.line((box[0] - 30, y), (box[2] + 30, y), width)
        return joined(box, (box[0], y, box[2], y + generator.uniform(0.1, 0.6)))
    if side == 1:
        y = box[1] - away
        pen.line((box[0] - 30, y), (box[2] + 30, y), width)
        return joined(box, (box[0], y - generator.uniform(0.1, 0.6), box[2], y))
    x = box[2] + away if side == 2 else box[0] - away
    pen.line((x, box[1] - 30), (x, box[3] + 30), width)
    return joined(box, (x - 0.2, box[1], x + 0.2, box[3]))


def dots(pen: Pen, box: Box, style: DrawingStyle, generator: np.random.Generator) -> Box:
    """Specks of dirt around the molecule."""
    for _ in range(int(generator.integers(1, 6))):
        x = generator.uniform(box[0] - 2, box[2] + 2)
        y = box[3] + generator.uniform(AWAY, 2) if generator.random() < 0.5 else box[1] - AWAY - 0.3
        pen.disc(x, y, style.line * generator.uniform(0.3, 1.2))
    return (box[0], box[1] - 0.5, box[2], box[3] + 0.5)
