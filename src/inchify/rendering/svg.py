"""Parser of Indigo's SVG output into numeric shapes.

Indigo writes three things only: strokes (``path`` with ``stroke``), filled outlines (``path`` with
``fill``) and labels (``g`` with a ``use`` for every letter, which stand in ``defs``). Anything else
is an error, so that nothing is silently left out of a drawing. Shape letters: S strokes, E edges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np

from inchify.rendering.indigo import DrawingError
from inchify.rendering.rasterizer import same_way_round

SPACE = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
# Straight pieces that stand for one cubic curve; a letter's curves are about 1/10 of a bond long.
CURVE_PIECES = 6
_STEPS = np.arange(1, CURVE_PIECES + 1) / CURVE_PIECES
_WEIGHTS = np.stack(
    [(1 - _STEPS) ** 3, 3 * _STEPS * (1 - _STEPS) ** 2, 3 * _STEPS**2 * (1 - _STEPS), _STEPS**3], 1
)


@dataclass(frozen=True)
class Letter:
    """A letter's edges (E, 4) around its own origin (left end of its base line) and that origin, in
    the SVG's pixels."""

    edges_E4: np.ndarray
    x: float
    y: float

    @property
    def placed_E4(self) -> np.ndarray:
        """The edges where they stand in the drawing."""
        return self.edges_E4 + np.array([self.x, self.y, self.x, self.y])


@dataclass(frozen=True)
class SvgShapes:
    """The shapes of an SVG, in its pixels: straight strokes (S, 5) as x0, y0, x1, y1, width; filled
    outlines (E, 4); labels, each a row of letters."""

    strokes_S5: np.ndarray
    outlines_E4: np.ndarray
    labels: tuple[tuple[Letter, ...], ...]


def parse_path(text: str) -> Iterator[list[tuple[float, float]]]:
    """The corners of every part of an SVG path (absolute M, L, C, Z), curves cut into pieces.

    Raises DrawingError for any other command.
    """
    words = text.split()
    points: list[tuple[float, float]] = []
    position = 0
    while position < len(words):
        command = words[position]
        position += 1
        if command == "Z":
            continue
        count = {"M": 2, "L": 2, "C": 6}.get(command, 0)
        if not count or position + count > len(words):
            raise DrawingError(f"SVG path command {command!r}; known are M, L, C and Z")
        numbers = [float(word) for word in words[position : position + count]]
        position += count
        if command == "M":
            if len(points) > 1:
                yield points
            points = []
        if command == "C":
            corners = np.array([*points[-1], *numbers]).reshape(4, 2)
            points.extend(map(tuple, (_WEIGHTS @ corners).tolist()))
        else:
            points.append((numbers[0], numbers[1]))
    if len(points) > 1:
        yield points


def outline_edges(text: str) -> np.ndarray:
    """Edges (E, 4) of a filled path, its parts closed, all the same way round."""
    parts = []
    for points in parse_path(text):
        corners = np.array(points)
        parts.append(np.concatenate([corners, np.roll(corners, -1, axis=0)], axis=1))
    return same_way_round(np.concatenate(parts)) if parts else np.zeros((0, 4))


# Letters of one size repeat from drawing to drawing.
letter_edges = lru_cache(maxsize=1024)(outline_edges)


@lru_cache(maxsize=64)
def matrix_of(transform: str) -> tuple[float, float, float, float, float, float]:
    """The numbers of an SVG ``transform``: x' = a x + c y + e, y' = b x + d y + f."""
    match = re.fullmatch(r"matrix\(([^)]*)\)", transform)
    if not match:
        raise DrawingError(f"SVG transform {transform!r}; known is a matrix")
    a, b, c, d, e, f = (float(word) for word in match[1].split(","))
    return a, b, c, d, e, f


def stroke_rows(element: ElementTree.Element) -> list[list[float]]:
    """A stroked path as straight strokes (x0, y0, x1, y1, width) in the SVG's pixels."""
    if element.get("stroke-dasharray"):
        raise DrawingError("an SVG stroke with dashes")
    a, b, c, d, e, f = matrix_of(element.get("transform", "matrix(1, 0, 0, 1, 0, 0)"))
    width = float(element.get("stroke-width", "1")) * abs(a * d - b * c) ** 0.5
    rows: list[list[float]] = []
    for points in parse_path(element.get("d", "")):
        placed = [(a * x + c * y + e, b * x + d * y + f) for x, y in points]
        rows += [[*start, *stop, width] for start, stop in pairwise(placed)]
    return rows


def label_letters(group: ElementTree.Element, outlines: dict[str, str]) -> tuple[Letter, ...]:
    """The letters of one label."""
    return tuple(
        Letter(
            letter_edges(outlines[use.get(HREF, "")]),
            float(use.get("x", "0")),
            float(use.get("y", "0")),
        )
        for use in group
    )


def shapes_of_svg(svg: bytes) -> SvgShapes:
    """Parse an SVG that Indigo made.

    Args:
        svg: The file's bytes.

    Returns:
        All its shapes, in pixels of the SVG.

    Raises:
        DrawingError: The SVG has an unknown element, path command, transform or dash pattern.
    """
    letters: dict[str, str] = {}
    strokes: list[list[float]] = []
    outlines: list[np.ndarray] = []
    labels: list[tuple[Letter, ...]] = []
    for element in ElementTree.fromstring(svg):
        tag = element.tag.removeprefix(SPACE)
        if tag == "defs":
            for symbol in element.iter(SPACE + "g"):
                path = symbol.find(SPACE + "path")
                if path is not None:
                    letters["#" + symbol.get("id", "")] = path.get("d", "")
        elif tag == "g" and all(child.tag == SPACE + "use" for child in element):
            labels.append(label_letters(element, letters))
        elif tag == "path" and element.get("fill", "none") == "none":
            strokes += stroke_rows(element)
        elif tag == "path":
            outlines.append(outline_edges(element.get("d", "")))
        elif tag != "rect":  # the paper
            raise DrawingError(f"SVG element {tag!r}; known are defs, g, path, rect and use in g")
    return SvgShapes(
        np.array(strokes, dtype=np.float64).reshape(-1, 5),
        np.concatenate([np.zeros((0, 4)), *outlines]),
        tuple(labels),
    )
