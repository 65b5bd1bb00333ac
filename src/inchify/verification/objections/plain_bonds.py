"""Plain bonds whose strokes may be more than plain. Shape letters: B bonds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inchify.verification.graph_match.match import Inspection, dashed_bonds, marking_dashes
from inchify.verification.objections.possible_centers import degrees_of, possible_centers
from inchify.verification.objections.stroke_profiles import StrokeProfiles, stroke_profiles


@dataclass(frozen=True, kw_only=True)
class StrokeSettings:
    """Darkness and widths beside the picture's usual stroke, lengths in bonds.

    ``palest``, ``roughest`` and ``widening``: the limits of a plain single bond's stroke, the
    second values at a possible stereocentre. Of a mean width in ``even`` it may widen up to
    ``max_widening`` beside other strokes, and may be pale where it widens less than ``level``.
    ``widest``: a bolder one is no plain bond unless it is at most ``wider`` pixels broader than
    usual, for a horizontal line takes complete rows of pixels; ``shortest``: less of a bond says
    nothing. Where bonds have at least ``fine`` pixels, a line of one pixel may be pale, but is
    nowhere as pale as the gap (``joined``) of a hashed wedge, nor as broad. Between bare corners of
    which one is an end nothing is paler than ``parted``, or a letter like a stroke (I) stands
    there.
    """

    palest: tuple[float, float] = (0.6, 0.78)
    roughest: tuple[float, float] = (0.25, 0.21)
    widening: tuple[float, float] = (0.9, 0.6)
    even: tuple[float, float] = (0.9, 1.1)
    max_widening: float = 1.2
    level: float = 0.25
    widest: float = 1.6
    wider: float = 0.95
    shortest: float = 0.35
    parted: float = 0.4
    fine: float = 30.0
    joined: float = 0.33


def _joined(profiles: StrokeProfiles, settings: StrokeSettings) -> np.ndarray:
    """Which strokes are thin lines without a gap that do not widen."""
    return np.asarray(
        (profiles.lowest > settings.joined)
        & (profiles.mean > settings.palest[0])
        & (profiles.width < settings.even[1])
        & (np.abs(profiles.widening) < 2 * settings.level)
    )


def doubtful_strokes(
    intensity_HW: np.ndarray, inspection: Inspection, settings: StrokeSettings
) -> Iterator[tuple[int, str]]:
    """The numbers of plain single bonds whose strokes may be hashed, wedged or bold, and why.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        inspection: the graph as it was measured on that foreground.
        settings: what a plain stroke may be.
    """
    paper, graph, unit, observed = inspection
    single_B = np.array([bond.kind == "single" for bond in graph.bonds], bool)
    ends_B4 = observed.ends_B4 / paper.scale
    profiles = stroke_profiles(intensity_HW, ends_B4, unit / paper.scale, single_B)
    # coarse pictures have rough strokes everywhere
    rough_B = profiles.rough - (np.median(profiles.rough[single_B]) if single_B.any() else 0.0)
    # a thin line between two rows of pixels is pale, but as much foreground as elsewhere
    even_B = (profiles.width > settings.even[0]) & (profiles.width < settings.even[1])
    line_pixels = observed.line_width * unit / paper.scale
    level_B = even_B & (np.abs(profiles.widening) < settings.level)
    if unit / paper.scale >= settings.fine:
        level_B |= _joined(profiles, settings)
    center = possible_centers(graph)
    bare = [not atom.text for atom in graph.atoms]
    degree = degrees_of(graph)
    # dashes where no center can be mean nothing
    single_B &= ~(dashed_bonds(inspection) & ~marking_dashes(inspection))
    length_B = np.hypot(*(observed.ends_B4[:, 2:] - observed.ends_B4[:, :2]).T) / unit
    for number in np.flatnonzero(single_B & (length_B > settings.shortest)).tolist():
        bond = graph.bonds[number]
        strict = int(center[bond.begin] or center[bond.end])
        doubts = {
            "pale": profiles.mean[number] < settings.palest[strict] and not level_B[number],
            "broken": rough_B[number] > settings.roughest[strict],
            "widening": abs(profiles.widening[number])
            > (settings.max_widening if even_B[number] else settings.widening[strict]),
            "bold": profiles.width[number] > settings.widest
            and (profiles.width[number] - 1.0) * line_pixels > settings.wider,
            "parted": bare[bond.begin]
            and bare[bond.end]
            and min(degree[bond.begin], degree[bond.end]) == 1
            and profiles.lowest[number] < settings.parted,
        }
        if any(doubts.values()):
            detail = ", ".join(name for name, doubtful in doubts.items() if doubtful)
            yield number, detail
