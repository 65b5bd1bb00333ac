"""SVG of a molecule as it was read: bonds and labels where they stand in the picture, parts in
doubt in color. Nothing is laid out anew, no chemistry is asked: open ends and odd valences show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from math import hypot, pi, sin
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inchify.types import GraphAtom, GraphBond, MoleculeGraph

# Usual bond in the drawing and its largest side, both in pixels; the margin in bonds.
BOND, LARGEST, MARGIN = 40.0, 1600.0, 0.9
# Below each confidence: its color.
COLORS = ((0.5, "#c62828"), (0.9, "#ef6c00"), (1.1, "#1a1a1a"))
# Distances from a bond's axis at which its lines run, and half the width of a wedge, in bonds.
LINES = {"single": (0.0,), "double": (-0.06, 0.06), "triple": (-0.11, 0.0, 0.11)}
WIDE, DASHES, WAVES = 0.13, 7, 4
# Height of letters, and how far a label keeps bonds away, in bonds.
LETTER, GAP = 0.42, 0.26
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

Point = Callable[[float, float], tuple[float, float]]


def graph_svg(graph: MoleculeGraph) -> str:
    """Draw a graph.

    Args:
        graph: Atoms and bonds in pixels of their picture, y down.

    Returns:
        An ``<svg>`` element that needs nothing else.
    """
    if not graph.atoms:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>'
    unit = _usual_bond(graph)
    xs, ys = [atom.x for atom in graph.atoms], [atom.y for atom in graph.atoms]
    edge = MARGIN * unit
    wide, high = max(xs) - min(xs) + 2 * edge, max(ys) - min(ys) + 2 * edge
    scale = min(BOND / unit, LARGEST / max(wide, high))
    moved = graph.moved(scale, (scale * (edge - min(xs)), scale * (edge - min(ys))))
    width, height = scale * wide, scale * high
    parts = [*_bonds(moved, unit * scale), *_labels(moved, unit * scale)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.1f} {height:.1f}">'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>'
    )


def _usual_bond(graph: MoleculeGraph) -> float:
    atoms = graph.atoms
    lengths = [
        hypot(atoms[bond.begin].x - atoms[bond.end].x, atoms[bond.begin].y - atoms[bond.end].y)
        for bond in graph.bonds
    ]
    return max(median(lengths), 1.0) if lengths else BOND


def _color(confidence: float) -> str:
    return next(color for below, color in COLORS if confidence < below)


def _bonds(graph: MoleculeGraph, unit: float) -> Iterator[str]:
    for bond in graph.bonds:
        begin, end = graph.atoms[bond.begin], graph.atoms[bond.end]
        across, down = end.x - begin.x, end.y - begin.y
        length = hypot(across, down)
        gaps = [GAP * unit if atom.text else 0.0 for atom in (begin, end)]
        left = length - sum(gaps)
        if left <= 0.1 * unit:
            gaps, left = [0.0, 0.0], length
        if left <= 0:
            continue
        across, down = across / length, down / length
        start = begin.x + across * gaps[0], begin.y + down * gaps[0]
        yield from _bond(bond, _point(start, (across, down), left, unit), unit)


def _point(
    start: tuple[float, float], along: tuple[float, float], length: float, unit: float
) -> Point:
    """Places on a bond by their share of its length and their distance from its axis in bonds."""

    def place(share: float, away: float) -> tuple[float, float]:
        x = start[0] + along[0] * length * share - along[1] * unit * away
        y = start[1] + along[1] * length * share + along[0] * unit * away
        return x, y

    return place


def _bond(bond: GraphBond, at: Point, unit: float) -> Iterator[str]:
    color, thin = _color(bond.confidence), max(1.2, 0.045 * unit)
    for away in LINES.get(bond.kind, ()):
        yield _line([at(0, away), at(1, away)], color, thin)
    if bond.kind == "aromatic":
        yield _line([at(0, 0.06), at(1, 0.06)], color, thin)
        yield _line([at(0.05, -0.08), at(0.95, -0.08)], color, thin, dash=f"{0.12 * unit:.1f}")
    elif bond.kind == "crossed":
        yield _line([at(0, -0.08), at(1, 0.08)], color, thin)
        yield _line([at(0, 0.08), at(1, -0.08)], color, thin)
    elif bond.kind == "wedge":
        yield _area([at(0, 0), at(1, -WIDE), at(1, WIDE)], color)
    elif bond.kind == "hash":
        for number in range(1, DASHES + 1):
            share = number / DASHES
            yield _line([at(share, -WIDE * share), at(share, WIDE * share)], color, thin)
    elif bond.kind == "wavy":
        shares = [step / 32 for step in range(33)]
        yield _line(
            [at(share, 0.08 * sin(2 * pi * WAVES * share)) for share in shares], color, thin
        )
    elif bond.kind == "bold":
        yield _line([at(0, 0), at(1, 0)], color, 0.16 * unit)
    elif bond.kind == "dative":
        yield _line([at(0, 0), at(0.8, 0)], color, thin)
        yield _area([at(1, 0), at(0.72, -0.1), at(0.72, 0.1)], color)


def _labels(graph: MoleculeGraph, unit: float) -> Iterator[str]:
    """Labels as they are written, and a dot at a bare atom that is in doubt or has no bond."""
    bonded = {end for bond in graph.bonds for end in (bond.begin, bond.end)}
    for number, atom in enumerate(graph.atoms):
        color = _color(atom.confidence)
        if atom.text:
            yield _label(atom, color, unit)
        elif number not in bonded or color != COLORS[-1][1]:
            place = f'cx="{atom.x:.1f}" cy="{atom.y:.1f}" r="{0.09 * unit:.1f}"'
            yield f'<circle {place} fill="{color}"/>'


def _label(atom: GraphAtom, color: str, unit: float) -> str:
    """A label whose symbol, where it stands first or last, is at the atom's place."""
    anchor, shift = "middle", 0.0
    if atom.symbol and atom.text.startswith(atom.symbol):
        anchor, shift = "start", -0.5 * LETTER * unit
    elif atom.symbol and atom.text.endswith(atom.symbol):
        anchor, shift = "end", 0.5 * LETTER * unit
    text = escape(atom.text[:1] + atom.text[1:].translate(SUBSCRIPTS))
    place = f'x="{atom.x + shift:.1f}" y="{atom.y + 0.36 * LETTER * unit:.1f}"'
    font = f'font-family="Arial, Helvetica, sans-serif" font-size="{LETTER * unit:.1f}"'
    return f'<text {place} text-anchor="{anchor}" {font} fill="{color}">{text}</text>'


def _line(points: list[tuple[float, float]], color: str, width: float, dash: str = "") -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<polyline points="{places}" fill="none" stroke="{color}" stroke-width="{width:.1f}" '
        f'stroke-linecap="round"{dashes}/>'
    )


def _area(points: list[tuple[float, float]], color: str) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polygon points="{places}" fill="{color}"/>'
