"""Kinds of bonds at labels that may be stereocentres (S, P, Si, N+), reweighted by the profiles of
their strokes.

Training pictures hardly ever have a wedge at a label, where its narrow part is hidden, so the
networks predict "single" for such a bond with the same confidence as for others. Shape letters: H
and W pixels, A atom candidates, B bond candidates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    NONE,
    AtomCandidates,
    BondCandidates,
    bond_length,
)
from inchify.chemistry.symbols import ATOM_CLASSES, CORNER
from inchify.data.strokes.visible_strokes import UNSEEN, VisibleStroke, free_part, visible_stroke
from inchify.readers.views.coordinates import Frame
from inchify.readers.views.scale_search import line_width
from inchify.types import BondKind

# Elements that may be stereocentres beside carbon, and how many drawn neighbors they then have.
CENTERS = {"S": 3, "Se": 3, "P": 3, "Si": 3, "N": 4}
STEREO: tuple[BondKind, ...] = ("wedge", "hash")
# Distance in bonds from a bare corner, where other bonds meet, within which a stroke is ignored.
CORNER_GAP = 0.15


@dataclass(frozen=True, kw_only=True)
class CenterStrokeSettings:
    """Weights of strokes in nats: ``floor`` is the least log-probability of wedge and hash relative
    to the likeliest kind, ``drawn`` is added for a stroke that is plainly one of them, ``plain`` is
    subtracted for a stroke that is neither. Widths are multiples of the picture's line width. A
    stroke is a wedge where its greatest width exceeds ``broad`` and the ratio of its ends'
    ``widens``, or an end exceeds ``ends`` and the ratio ``much``. It is hashed where it has
    ``gaps``; a wedge may have one gap (of a pale tip) where its darkness exceeds ``solid``. Strokes
    of fewer than ``shortest`` pixels are ignored. ``turned``: weight of the wider end for the
    direction."""

    floor: float = -2.5
    drawn: float = 5.5
    plain: float = 0.5
    broad: float = 1.6
    widens: float = 1.7
    ends: float = 1.15
    much: float = 2.3
    gaps: int = 2
    solid: float = 0.75
    shortest: float = 3.0
    turned: float = 3.0


def with_center_strokes(
    intensity_HW: np.ndarray,
    atoms: AtomCandidates,
    bonds: BondCandidates,
    frame: Frame,
    settings: CenterStrokeSettings | None = None,
) -> BondCandidates:
    """Reweight the kinds of bonds at labels that may be stereocentres.

    Args:
        intensity_HW: uint8, 255 where there is full foreground.
        atoms: In pixels of the network's picture.
        bonds: Between those atoms.
        frame: Maps the picture to the network's picture.
        settings: What counts as which kind.

    Returns:
        The same bonds, perhaps with other probabilities of kinds and directions.
    """
    settings = settings or CenterStrokeSettings()
    likely_B = bonds.log_kind_BK[:, NONE] < np.log(0.5)
    center_A = _possible_centers(atoms, bonds, likely_B)
    selected_N = np.flatnonzero(likely_B & center_A[bonds.pairs_B2].any(axis=1))
    if not len(selected_N):
        return bonds
    unit = bond_length(atoms, bonds) / float(np.mean(frame.factors))
    width = line_width(intensity_HW)
    log_kind_BK, forward_B = bonds.log_kind_BK.copy(), bonds.forward_B.copy()
    for number in selected_N.tolist():
        first, second = bonds.pairs_B2[number].tolist()
        ahead = bool(center_A[first])
        center, other = (first, second) if ahead else (second, first)
        ends = _free_ends(atoms, center, other, frame, unit)
        stroke = visible_stroke(intensity_HW, *ends, unit, width)
        log_kind_BK[number] = _weighed(log_kind_BK[number], stroke, settings)
        forward_B[number] = _forward(float(forward_B[number]), stroke, ahead, settings)
    return replace(bonds, log_kind_BK=log_kind_BK, forward_B=forward_B)


def _possible_centers(
    atoms: AtomCandidates, bonds: BondCandidates, likely_B: np.ndarray
) -> np.ndarray:
    """bool (A,): atoms with the label of an element that may be a center and enough bonds."""
    degree_A = np.bincount(bonds.pairs_B2[likely_B].reshape(-1), minlength=len(atoms))
    least_K = np.array([CENTERS.get(symbol, 99) for symbol in ATOM_CLASSES])
    return np.asarray(degree_A >= least_K[atoms.class_AK.argmax(axis=1)])


def _free_ends(
    atoms: AtomCandidates, center: int, other: int, frame: Frame, unit: float
) -> tuple[np.ndarray, np.ndarray]:
    """Where a bond's stroke begins and ends in pixels of the picture."""
    begin_2, end_2 = frame.to_picture(atoms.xy_A2[[center, other]])
    bare_A = atoms.class_AK[[center, other]].argmax(axis=1) == ATOM_CLASSES.index(CORNER)
    boxes = [
        frame.foreground_box(atoms.box_A4[place])
        for place, bare in zip((center, other), bare_A.tolist(), strict=True)
        if not bare
    ]
    if bare_A[1]:
        length = max(float(np.hypot(*(end_2 - begin_2))), 1e-6)
        end_2 = end_2 - (end_2 - begin_2) * min(CORNER_GAP * unit / length, 0.5)
    return free_part(begin_2, end_2, boxes, 1.0)


def _weighed(
    log_K: np.ndarray, stroke: VisibleStroke, settings: CenterStrokeSettings
) -> np.ndarray:
    """The log-probabilities of a bond's kinds, reweighted by its visible stroke."""
    log_K = log_K.copy()
    columns = [COLUMNS[kind] for kind in STEREO]
    log_K[columns] = np.maximum(log_K[columns], log_K.max() + settings.floor)
    if stroke.pixels >= settings.shortest:
        kind = drawn_kind(stroke, settings)
        if kind:
            log_K[COLUMNS[kind]] += settings.drawn
        else:
            log_K[columns] -= settings.plain
    return np.asarray(log_K - np.logaddexp.reduce(log_K))


def drawn_kind(
    stroke: VisibleStroke, settings: CenterStrokeSettings
) -> Literal["wedge", "hash", ""]:
    """ "wedge" or "hash" where a stroke is plainly one, else "". It may widen either way."""
    if stroke is UNSEEN:
        return ""
    if stroke.gaps >= settings.gaps:
        return "hash"
    widening = max(stroke.widening, 1.0 / max(stroke.widening, 1e-3))
    broad = stroke.broadest > settings.broad and widening > settings.widens
    much = max(stroke.first, stroke.last) > settings.ends and widening > settings.much
    solid = not stroke.gaps or (stroke.gaps == 1 and stroke.darkness > settings.solid)
    return "wedge" if solid and (broad or much) else ""


def _forward(
    chance: float, stroke: VisibleStroke, ahead: bool, settings: CenterStrokeSettings
) -> float:
    """The chance that the pair's first atom has the narrow end; ``ahead``: it is the center."""
    if stroke.pixels < settings.shortest or not drawn_kind(stroke, settings):
        return chance
    chance = min(max(chance, 0.05), 0.95)
    favour = settings.turned * float(np.clip(np.log2(max(stroke.widening, 0.1)), -1.0, 1.0))
    odds = np.log(chance / (1.0 - chance)) + (favour if ahead else -favour)
    return float(1.0 / (1.0 + np.exp(-odds)))
