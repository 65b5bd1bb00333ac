"""Attachment points of bonds along labels of several letters, for labels with bonds at more places
than their two ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from inchify.chemistry.molecule_expansion import usual_bond, written_order
from inchify.readers.views.crops import FOREGROUND_LEVEL, Box
from inchify.types import GraphAtom, MoleculeGraph


@dataclass(frozen=True, kw_only=True)
class InnerEndSettings:
    """All lengths are in heights of the label. A bond ends inside a label if it comes from above or
    below and ends at least ``inside`` from either end. Its stroke is searched between
    ``min_distance`` and ``max_distance`` from the letters, and at least the share ``covered`` of
    its line must be foreground there."""

    inside: float = 1.0
    min_distance: float = 0.35
    max_distance: float = 0.9
    covered: float = 0.8


def inner_ends(
    graph: MoleculeGraph, intensity: np.ndarray, settings: InnerEndSettings | None = None
) -> Mapping[int, tuple[float, ...]]:
    """Locate the bond ends along labels whose bonds do not all end at the two ends.

    A label counts if it has at least two bonds and one of them ends above or below its inside, or
    two end at its left.

    Args:
        graph: Recognized graph, in pixels of the picture.
        intensity: Foreground of the picture, uint8 (H, W).
        settings: What counts as an end inside a label.

    Returns:
        Index of an atom to where its bonds end, as shares of the label's width (0 left, 1 right),
        in the order of ``written_order``.
    """
    settings = settings or InnerEndSettings()
    unit = usual_bond(graph) or 1.0
    ends_by_label = {}
    for place, atom in enumerate(graph.atoms):
        if atom.symbol or atom.box is None or atom.box[2] <= atom.box[0]:
            continue
        numbers = written_order(graph.atoms, graph.bonds, place, unit)
        if len(numbers) < 2:
            continue
        bonds = (graph.bonds[number] for number in numbers)
        ends = [graph.atoms[bond.begin + bond.end - place] for bond in bonds]
        shares = tuple(_end_share(atom.box, end, intensity, settings) for end in ends)
        if any(0.0 < share < 1.0 for share in shares) or shares.count(0.0) > 1:
            ends_by_label[place] = shares
    return ends_by_label


def _end_share(
    box: Box, end: GraphAtom, intensity: np.ndarray, settings: InnerEndSettings
) -> float:
    """Where along a label the bond from another atom ends, as a share of the label's width."""
    left, top, right, bottom = box
    height = bottom - top
    above = end.y < top
    if (above or end.y > bottom) and left < end.x < right:
        x = _stroke_end(box, end, intensity, settings)
        inside = settings.inside * height
        if left + inside < x < right - inside:
            return (x - left) / (right - left)
        return 0.0 if x < (left + right) / 2 else 1.0
    return 0.0 if end.x < (left + right) / 2 else 1.0


def _stroke_end(
    box: Box, end: GraphAtom, intensity: np.ndarray, settings: InnerEndSettings
) -> float:
    """x where the stroke from an atom above or below meets the edge of a label; the atom's own x if
    no stroke is visible."""
    left, top, right, bottom = box
    edge = top if end.y < top else bottom
    across = np.arange(left, right + 1.0)
    away = np.linspace(settings.min_distance, settings.max_distance, 12) * (bottom - top)
    shares = np.minimum(away / max(abs(end.y - edge), 1.0), 1.0)
    x_NS = across[:, None] + shares * (end.x - across[:, None])
    y_S = edge + shares * (end.y - edge)
    rows = np.clip(np.round(y_S).astype(int), 0, intensity.shape[0] - 1)
    columns = np.clip(np.round(x_NS).astype(int), 0, intensity.shape[1] - 1)
    foreground_N = (intensity[rows, columns] > FOREGROUND_LEVEL).mean(axis=1)
    if foreground_N.max() < settings.covered:
        return end.x
    return float(across[foreground_N >= foreground_N.max() - 1e-9].mean())
