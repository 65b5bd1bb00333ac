"""Wedges that may be drawn hashed, hashed ones that may be solid, and hashed ones whose narrow end
is not visible. Shape letters: B bonds, A places along a bond, T places across it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inchify.data.strokes.bond_patches import sample_along
from inchify.verification.graph_match.likelihood import bond_chances
from inchify.verification.graph_match.match import Inspection, dashed_bonds
from inchify.verification.objections.possible_centers import degrees_of, has_twins, possible_centers

# The samples along the visible part of a bond, away from its tip, and across its axis (in bonds);
# where it ends at a label only the first half counts, for there may be a wide gap.
SHARES = np.linspace(0.4, 0.9, 48)
ACROSS = np.arange(-0.08, 0.081, 0.02)
# The samples on the axis; a wedge whose broad end is cut for another bond lies beside it there.
AXIS = slice(3, 6)
# Full foreground is what few of a picture's dark pixels exceed.
DARK, FULL = 60, 0.95
# A dashed bond that is a hashed wedge with less than this chance does not widen.
WIDENING = 0.5
# Longer stereo bonds (in usual bonds) may be two, the second one bold; symbols that are no centers
# where they have a double bond; the bonds that a center has at least (no wedge or hash of 3,915
# annotated real pictures begins where there are fewer).
LONGEST, FLAT, LEAST_BONDS = 1.75, ("C", "N", "B"), 3


@dataclass(frozen=True, kw_only=True)
class WedgeSettings:
    """Mean darkness of a bond's axis beside that of full foreground (1.0): the bars of a small
    hashed wedge melt into a gray one, and so do Indigo's widening waves. ``palest``: of a solid
    wedge; ``darkest``: of a hashed one."""

    palest: float = 0.8
    darkest: float = 0.8


def doubtful_wedges(
    intensity_HW: np.ndarray, inspection: Inspection, settings: WedgeSettings
) -> Iterator[tuple[int, str]]:
    """The numbers of wedged and hashed bonds that may be of another kind or reversed, and why.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        inspection: the graph as it was measured on that foreground.
        settings: how dark each kind is.
    """
    marked = [n for n, bond in enumerate(inspection.graph.bonds) if bond.kind in ("wedge", "hash")]
    if not marked:
        return
    ends_B4 = inspection.observed.ends_B4[marked] / inspection.paper.scale
    unit = inspection.unit / inspection.paper.scale
    samples_BAT = sample_along(intensity_HW, ends_B4, SHARES, ACROSS * unit)
    dark = intensity_HW[intensity_HW > DARK]
    full = float(np.quantile(dark, FULL)) if len(dark) else 255.0
    for number, samples_AT in zip(marked, samples_BAT / full, strict=True):
        bond = inspection.graph.bonds[number]
        dark_A = samples_AT[:, AXIS].mean(axis=1)
        if bond.kind == "wedge":
            three_A3 = [samples_AT[:, first : first + 3].mean(axis=1) for first in range(7)]
            dark_A = np.max(three_A3, axis=0)
        labelled = bool(inspection.graph.atoms[bond.end].text)
        mean = float(dark_A[: len(SHARES) // 2 if labelled else None].mean())
        if bond.kind == "wedge" and mean < settings.palest:
            yield number, f"a pale wedge ({mean:.2f})"
        if bond.kind == "hash" and mean > settings.darkest:
            yield number, f"a dark hash ({mean:.2f})"
    yield from _misplaced(inspection, marked)
    for number in _hashes_without_direction(inspection):
        yield number, "dashes between two possible centres"


def _misplaced(inspection: Inspection, marked: list[int]) -> Iterator[tuple[int, str]]:
    """Stereo bonds on which a corner may be, and those whose narrow end is no center."""
    graph, degree = inspection.graph, degrees_of(inspection.graph)
    flat = {
        place
        for bond in graph.bonds
        if bond.kind in ("double", "aromatic", "crossed")
        for place in (bond.begin, bond.end)
        if graph.atoms[place].symbol in FLAT
    }
    for number in marked:
        bond = graph.bonds[number]
        begin, end = graph.atoms[bond.begin], graph.atoms[bond.end]
        if np.hypot(begin.x - end.x, begin.y - end.y) > LONGEST * inspection.unit:
            yield number, "longer than a bond"
        if bond.begin in flat or degree[bond.begin] < LEAST_BONDS:
            yield number, "its narrow end is no centre"


def _hashes_without_direction(inspection: Inspection) -> list[int]:
    """The numbers of hashed bonds drawn as dashed lines of one width whose end may be the center
    just as well as their start."""
    graph = inspection.graph
    dashed_B = dashed_bonds(inspection)
    dashed_B &= np.array([bond.kind == "hash" for bond in graph.bonds], bool)
    if not dashed_B.any():
        return []
    widening_B = bond_chances(inspection.observed.features_BX, graph.bonds) > WIDENING
    center_A = possible_centers(graph)
    return [
        number
        for number in np.flatnonzero(dashed_B & ~widening_B).tolist()
        if center_A[graph.bonds[number].end] and not has_twins(graph, graph.bonds[number].end)
    ]
