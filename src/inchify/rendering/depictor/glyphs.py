"""Glyph outlines of the package's fonts, as edges.

Shape letters: P points of an outline, E edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from inchify.rendering.rasterizer import same_way_round

FONT_FOLDER = Path(__file__).parent / "font"
FACES = ("sans", "narrow", "serif", "mono", "dejavu-sans", "dejavu-serif")
# What patents, journals and drawing programs print: Times (two of its cuts), Helvetica, Courier.
# They are in a separate folder, because some code takes every font of the first one.
PRINT_FOLDER = Path(__file__).parent / "print_font"
PRINT_FACES = ("termes", "scientific", "heros", "cursor")
# Faces that are another's letters made narrower: the other's file and the share of its width.
NARROWED = {"narrow": ("sans", 0.82)}
# Straight pieces for one curved piece of a font: at 30 px a letter nobody sees the corners.
SEGMENTS = 3

# Round signs that fonts lack: radius, height of the center over the base line, radius of the hole.
ROUND = {
    **{"·": (0.11, 0.4, 0.0), "•": (0.2, 0.45, 0.0)},
    **{"●": (0.5, 0.5, 0.0), "○": (0.5, 0.5, 0.4)},
}
_ROUND_CORNERS = 20

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Glyph:
    """A character with capitals one unit high; x to the right, y down, the base line at 0.

    ``edges_E4`` float64, all one way round; ``box`` is the foreground's (left, top, right, bottom).
    """

    edges_E4: np.ndarray
    advance: float
    box: Box


@lru_cache(maxsize=len(FACES) + len(PRINT_FACES))
def font(face: str) -> tuple[Any, dict[int, str], Any, float]:
    """The outlines, the character map, the metrics and the height of a capital of a face."""
    from fontTools.ttLib import TTFont

    file = TTFont(face_file(face), lazy=False)
    outlines, names = file.getGlyphSet(), file.getBestCmap()
    return outlines, names, file["hmtx"].metrics, float(file["glyf"][names[ord("H")]].yMax)


def face_file(face: str) -> Path:
    """A face's font file; of a narrowed face that of the letters which are made narrower.

    Raises ValueError for a face that the package does not have.
    """
    if face not in (*FACES, *PRINT_FACES):
        raise ValueError(
            f"'face' is {face!r}; it must be one of {', '.join((*FACES, *PRINT_FACES))}"
        )
    folder = PRINT_FOLDER if face in PRINT_FACES else FONT_FOLDER
    return folder / f"{NARROWED.get(face, (face, 1.0))[0]}.ttf"


def flattened(outline: Any) -> list[np.ndarray]:
    """The closed contours of a font's outline as corners, each float64 (P, 2), y up."""
    from fontTools.pens.basePen import BasePen

    contours: list[list[tuple[float, float]]] = []

    class Corners(BasePen):
        def _moveTo(self, point: tuple[float, float]) -> None:
            contours.append([point])

        def _lineTo(self, point: tuple[float, float]) -> None:
            contours[-1].append(point)

        def _qCurveToOne(self, middle: tuple[float, float], end: tuple[float, float]) -> None:
            (x0, y0), (x1, y1), (x2, y2) = contours[-1][-1], middle, end
            for step in range(1, SEGMENTS + 1):
                t = step / SEGMENTS
                a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
                contours[-1].append((a * x0 + b * x1 + c * x2, a * y0 + b * y1 + c * y2))

    outline.draw(Corners(None))
    arrays = [np.array(contour, dtype=np.float64) for contour in contours]
    return [array[np.any(array != np.roll(array, 1, axis=0), axis=1)] for array in arrays]


def fattened(points_P2: np.ndarray, weight: float) -> np.ndarray:
    """The contour with every side moved outwards by ``weight`` (to the right of its direction)."""
    along = np.roll(points_P2, -1, axis=0) - points_P2
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-12)[:, None]
    before = np.roll(along, 1, axis=0)
    normal = np.stack([along[:, 1] + before[:, 1], -along[:, 0] - before[:, 0]], axis=1)
    square = (normal**2).sum(axis=1, keepdims=True)
    return points_P2 + normal * (2 * weight / np.maximum(square, 1.0))


@lru_cache(maxsize=8192)
def glyph(face: str, character: str, weight: float = 0.0, shear: float = 0.0) -> Glyph:
    """A character; ``weight`` moves its outline out, ``shear`` leans it, in capitals' heights.

    Raises ValueError for a face or a character that the package does not have.
    """
    if character in ROUND:
        return round_glyph(*ROUND[character])
    file, width = NARROWED.get(face, (face, 1.0))
    outlines, names, metrics, capital = font(file)
    if ord(character) not in names:
        raise ValueError(f"character {character!r} is not in the fonts of the package")
    name = names[ord(character)]
    contours = [c * (width / capital, 1 / capital) for c in flattened(outlines[name])]
    advance = metrics[name][0] * width / capital
    if not contours:
        return Glyph(np.zeros((0, 4)), advance, (0.0, 0.0, advance, 0.0))
    edges = np.concatenate([np.hstack([c, np.roll(c, -1, axis=0)]) for c in contours])
    # A rim runs so that its outside is on one side and its holes' outsides too; which side that is
    # the sign of the whole area says.
    x0, y0, x1, y1 = edges.T
    way = 1.0 if float((x0 * y1 - x1 * y0).sum()) >= 0 else -1.0
    contours = [fattened(contour, weight * way) for contour in contours]
    edges = np.concatenate([np.hstack([c, np.roll(c, -1, axis=0)]) for c in contours])
    edges[:, [0, 2]] += shear * edges[:, [1, 3]]
    edges[:, [1, 3]] *= -1.0
    left, top = edges[:, :2].min(axis=0)
    right, bottom = edges[:, :2].max(axis=0)
    box = (float(left), float(top), float(right), float(bottom))
    return Glyph(same_way_round(edges), advance + weight, box)


def round_glyph(radius: float, height: float, hole: float) -> Glyph:
    """A disc or a ring with its center at ``height``."""
    angle = np.linspace(0, 2 * np.pi, _ROUND_CORNERS + 1)
    unit = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    edges = []
    for size, way in ((radius, 1), (hole, -1)):
        rim = (unit * size + (radius + 0.08, -height))[::way]
        edges += [np.hstack([rim[:-1], rim[1:]])] if size else []
    box = (0.08, -height - radius, 2 * radius + 0.08, radius - height)
    return Glyph(np.concatenate(edges), 2 * radius + 0.16, box)
