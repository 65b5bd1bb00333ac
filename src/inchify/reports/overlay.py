"""Overlay of a recognized graph on its picture.

Bonds are drawn by kind and colored by confidence: blue where it is high, orange where it is medium,
red where it is low. Shape letters: H and W pixels.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import pairwise
from math import hypot
from pathlib import Path

import cv2
import numpy as np

from inchify.io.atomic import write_atomically
from inchify.types import GraphAtom, GraphBond, MoleculeGraph, Prediction

Point = tuple[float, float]
Color = tuple[int, int, int]

# The length of a usual bond as shown (at least this, less than twice it), the largest side of the
# picture and the smallest width of one with a caption, in pixels.
SHOWN_BOND, LARGEST, SMALLEST = 44.0, 2400, 420
# Confidence -> blue, green, red; between two of them colors are mixed.
COLORS = ((0.3, (40, 40, 215)), (0.7, (0, 140, 245)), (0.97, (190, 90, 20)))
CONFIDENT, SOFT, PAPER = (190, 90, 20), (110, 110, 110), (255, 255, 255)
# OpenCV draws at a sixteenth of a pixel.
FINE = 4
FONT = cv2.FONT_HERSHEY_SIMPLEX
LETTER, LETTER_HEIGHT = 9, 20


def color_of(confidence: float) -> Color:
    """Color of a confidence, interpolated between those of ``COLORS``.

    Args:
        confidence: A probability in 0..1.

    Returns:
        Blue, green and red in 0..255.
    """
    limits = [limit for limit, _ in COLORS]
    parts = np.array([color for _, color in COLORS], dtype=np.float64)
    blue, green, red = (int(np.interp(confidence, limits, parts[:, part])) for part in range(3))
    return blue, green, red


def shown_scale(shape: tuple[int, ...], graph: MoleculeGraph | None) -> float:
    """Display scale of a picture at which its bonds can be told apart."""
    longest = max(shape[:2])
    limit = LARGEST / longest
    lengths = [] if graph is None else [_length(graph, bond) for bond in graph.bonds]
    usual = float(np.median(lengths)) if lengths else 0.0
    if usual <= 0:
        return min(limit, max(1.0, SMALLEST / longest))
    return min(limit, max(SHOWN_BOND / usual, min(1.0, 2 * SHOWN_BOND / usual)))


def overlay(
    gray: np.ndarray, graph: MoleculeGraph | None, scale: float | None = None
) -> np.ndarray:
    """Draw a graph over its picture.

    Args:
        gray: The picture, uint8 (H, W).
        graph: Atoms and bonds in pixels of ``gray``; with None only the picture is shown.
        scale: Display pixels per pixel of ``gray``, by default ``shown_scale``.

    Returns:
        The picture in pale gray with the graph over it, uint8 (H, W, 3) as blue, green, red.
    """
    scale = shown_scale(gray.shape, graph) if scale is None else scale
    size = tuple(max(1, round(side * scale)) for side in gray.shape[::-1])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    shown = cv2.resize(gray, size, interpolation=method)
    if np.median(shown) < 128:
        shown = 255 - shown  # dark background
    canvas = cv2.cvtColor(255 - (255 - shown) // 2, cv2.COLOR_GRAY2BGR)
    if graph is None:
        return canvas
    graph = graph.moved(scale)
    lengths = [_length(graph, bond) for bond in graph.bonds]
    unit = float(np.clip(np.median(lengths) if lengths else SHOWN_BOND, 12, 2 * SHOWN_BOND))
    for bond in graph.bonds:
        _draw_bond(canvas, graph, bond, unit)
    for atom in graph.atoms:
        _draw_atom(canvas, atom, unit)
    return canvas


def write_overlay(path: Path, gray: np.ndarray, prediction: Prediction) -> None:
    """Write a PNG of the picture with the graph over it and the answer below.

    Args:
        path: The PNG file; its folder is created.
        gray: The picture, uint8 (H, W).
        prediction: What was read; its graph is in pixels of ``gray``.
    """
    canvas = overlay(gray, prediction.graph)
    lines = [prediction.inchi] if prediction.inchi else []
    lines += [prediction.smiles] if prediction.smiles else []
    if prediction.confidence is not None:
        lines.append(f"confidence {prediction.confidence:.2f}")
    lines += [prediction.error] if prediction.error else []
    write_png(path, with_caption(canvas, lines, red=bool(prediction.error)))


def write_png(path: Path, picture: np.ndarray) -> None:
    """Write a picture, uint8 (H, W) or (H, W, 3) as blue, green, red, atomically as PNG."""
    done, png = cv2.imencode(".png", picture)
    assert done
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, png.tobytes())


def with_caption(canvas: np.ndarray, lines: Sequence[str], *, red: bool = False) -> np.ndarray:
    """The picture, uint8 (H, W, 3), with lines of text below it, wrapped to its width; with ``red``
    the last one is red."""
    width = max(canvas.shape[1], SMALLEST)
    letters = (width - 16) // LETTER
    caption_lines = [
        (piece, red and number == len(lines) - 1)
        for number, line in enumerate(lines)
        for piece in textwrap.wrap(_letters(line), letters)
    ]
    height = canvas.shape[0] + LETTER_HEIGHT * len(caption_lines) + (14 if caption_lines else 0)
    captioned = np.full((height, width, 3), 255, np.uint8)
    left = (width - canvas.shape[1]) // 2
    captioned[: canvas.shape[0], left : left + canvas.shape[1]] = canvas
    if caption_lines:
        cv2.line(captioned, (0, canvas.shape[0]), (width, canvas.shape[0]), (225, 225, 225), 1)
    for row, (text, wrong) in enumerate(caption_lines):
        place = (8, canvas.shape[0] + LETTER_HEIGHT * (row + 1))
        cv2.putText(
            captioned, text, place, FONT, 0.45, COLORS[0][1] if wrong else 40, 1, cv2.LINE_AA
        )
    return captioned


def _letters(text: str) -> str:
    """The text in letters that OpenCV has."""
    return text.encode("ascii", "replace").decode("ascii")


def _length(graph: MoleculeGraph, bond: GraphBond) -> float:
    begin, end = graph.atoms[bond.begin], graph.atoms[bond.end]
    return hypot(begin.x - end.x, begin.y - end.y)


def _line(canvas: np.ndarray, begin: Point, end: Point, color: Color, thickness: int = 2) -> None:
    """A smooth line between points given in pixels and their parts."""
    ends = [tuple(round(part * 2**FINE) for part in point) for point in (begin, end)]
    cv2.line(canvas, ends[0], ends[1], color, thickness, cv2.LINE_AA, FINE)


def _polygon(canvas: np.ndarray, corners: Sequence[Point], color: Color) -> None:
    points = np.rint(np.array(corners) * 2**FINE).astype(np.int32)
    cv2.fillPoly(canvas, [points], color, cv2.LINE_AA, FINE)


def _draw_bond(canvas: np.ndarray, graph: MoleculeGraph, bond: GraphBond, unit: float) -> None:
    begin = np.array((graph.atoms[bond.begin].x, graph.atoms[bond.begin].y))
    end = np.array((graph.atoms[bond.end].x, graph.atoms[bond.end].y))
    along = end - begin
    length = float(np.hypot(*along))
    if length < 1:
        return
    along = along / length
    side = np.array((-along[1], along[0])) * unit
    color = color_of(bond.confidence)

    def point(share: float, away: float) -> Point:
        """A place on the bond, ``away`` usual bonds beside it."""
        spot = begin + along * (length * share) + side * away
        return float(spot[0]), float(spot[1])

    parallel = {"single": (0.0,), "double": (-0.06, 0.06), "triple": (-0.1, 0.0, 0.1)}
    for away in parallel.get(bond.kind, ()):
        _line(canvas, point(0, away), point(1, away), color)
    if bond.kind == "crossed":
        for away in (-0.06, 0.06):
            _line(canvas, point(0, away), point(1, -away), color)
    elif bond.kind == "wedge":
        _polygon(canvas, (point(0, 0), point(1, -0.13), point(1, 0.13)), color)
    elif bond.kind == "hash":
        for share in np.linspace(0.1, 1, 7).tolist():
            _line(canvas, point(share, -0.13 * share), point(share, 0.13 * share), color)
    elif bond.kind == "wavy":
        shares = np.linspace(0, 1, 33)
        wave = [point(share, 0.08 * np.sin(8 * np.pi * share)) for share in shares.tolist()]
        for start, stop in pairwise(wave):
            _line(canvas, start, stop, color)
    elif bond.kind == "bold":
        _line(canvas, point(0, 0), point(1, 0), color, max(4, round(0.16 * unit)))
    elif bond.kind == "dative":
        _line(canvas, point(0, 0), point(0.85, 0), color)
        _polygon(canvas, (point(1, 0), point(0.72, -0.1), point(0.72, 0.1)), color)
    elif bond.kind == "aromatic":
        _line(canvas, point(0, 0.05), point(1, 0.05), color)
        for share in np.arange(0.1, 0.9, 0.2).tolist():
            _line(canvas, point(share, -0.08), point(share + 0.1, -0.08), color)


def _draw_atom(canvas: np.ndarray, atom: GraphAtom, unit: float) -> None:
    """A dot at a bare corner; elsewhere the label's box and what was read, beside the label."""
    color = color_of(atom.confidence)
    center = round(atom.x * 2**FINE), round(atom.y * 2**FINE)
    radius = max(2.0, 0.07 * unit)
    cv2.circle(canvas, center, round(radius * 2**FINE), color, -1, cv2.LINE_AA, FINE)
    if not atom.text:
        return
    left, top, right, bottom = atom.box or (atom.x, atom.y, atom.x, atom.y)
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    for corner, next_corner in zip(corners, (*corners[1:], corners[0]), strict=True):
        _line(canvas, corner, next_corner, color, 1)
    text = _letters(atom.text if atom.symbol else f"[{atom.text}]")
    size = float(np.clip(unit / 90, 0.32, 0.6))
    (width, height), _ = cv2.getTextSize(text, FONT, size, 1)
    place = [round(right + 2), round(top - 2)]
    # beside the label, and not outside the picture
    place[0] = max(0, min(place[0], canvas.shape[1] - width - 2))
    place[1] = max(height + 2, min(place[1], canvas.shape[0] - 2))
    spot = (place[0], place[1])
    cv2.putText(canvas, text, spot, FONT, size, PAPER, 4, cv2.LINE_AA)
    cv2.putText(canvas, text, spot, FONT, size, color, 1, cv2.LINE_AA)
