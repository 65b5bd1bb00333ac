"""Kinds of bonds at labels that may be stereocentres (S, P, Si, N+), reweighted by the profiles of
their strokes.

What the networks learn from hardly ever has a wedge at a label, where its narrow part is hidden: of
such a bond they say "single" as surely as of all others. Shape letters: H and W pixels, A atom
candidates, B bond candidates.
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
# Bonds between labels and bare corners are looked at up to so far from the corner, in bonds, where
# other bonds meet them.
CORNER_GAP = 0.15


@dataclass(frozen=True, kw_only=True)
class CenterStrokeSettings:
    """What is seen is weighed in nats: ``floor`` is what the kinds wedge and hash have at least
    beside the likeliest, ``drawn`` what a stroke that is plainly one of them adds, ``plain`` what
    one that is neither takes. Widths are in those of the picture's lines. A stroke is a wedge where
    it is ``broad`` and ``widens`` so many times, or ``ends`` so wide and widens ``much``; it is
    hashed where it has ``gaps``; one gap (of a pale tip) may be where it is ``solid``. Of less than
    ``shortest`` pixels nothing is said. ``turned``: nats that the wider end counts for the
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
    """The bonds, those at possible stereocentres with labels weighed anew.

    Args:
        intensity_HW: uint8, 255 where there is full foreground.
        atoms: In pixels of the network's picture.
        bonds: Between those atoms.
        frame: Where the picture lies in the network's.
        settings: What counts as which kind.
    """
    settings = settings or CenterStrokeSettings()
    likely_B = bonds.log_kind_BK[:, NONE] < np.log(0.5)
    center_A = _possible_centers(atoms, bonds, likely_B)
    asked_N = np.flatnonzero(likely_B & center_A[bonds.pairs_B2].any(axis=1))
    if not len(asked_N):
        return bonds
    unit = bond_length(atoms, bonds) / float(np.mean(frame.factors))
    width = line_width(intensity_HW)
    log_kind_BK, forward_B = bonds.log_kind_BK.copy(), bonds.forward_B.copy()
    for number in asked_N.tolist():
        first, second = bonds.pairs_B2[number].tolist()
        ahead = bool(center_A[first])
        center, other = (first, second) if ahead else (second, first)
        ends = _free_ends(atoms, center, other, frame, unit)
        seen = visible_stroke(intensity_HW, *ends, unit, width)
        log_kind_BK[number] = _weighed(log_kind_BK[number], seen, settings)
        forward_B[number] = _forward(float(forward_B[number]), seen, ahead, settings)
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


def _weighed(log_K: np.ndarray, seen: VisibleStroke, settings: CenterStrokeSettings) -> np.ndarray:
    """The logarithms of a bond's kinds with what is seen of its stroke."""
    log_K = log_K.copy()
    columns = [COLUMNS[kind] for kind in STEREO]
    log_K[columns] = np.maximum(log_K[columns], log_K.max() + settings.floor)
    if seen.pixels >= settings.shortest:
        kind = drawn_kind(seen, settings)
        if kind:
            log_K[COLUMNS[kind]] += settings.drawn
        else:
            log_K[columns] -= settings.plain
    return np.asarray(log_K - np.logaddexp.reduce(log_K))


def drawn_kind(seen: VisibleStroke, settings: CenterStrokeSettings) -> Literal["wedge", "hash", ""]:
    """ "wedge" or "hash" where a stroke is plainly one, else "". It may widen either way."""
    if seen is UNSEEN:
        return ""
    if seen.gaps >= settings.gaps:
        return "hash"
    widening = max(seen.widening, 1.0 / max(seen.widening, 1e-3))
    broad = seen.broadest > settings.broad and widening > settings.widens
    much = max(seen.first, seen.last) > settings.ends and widening > settings.much
    solid = not seen.gaps or (seen.gaps == 1 and seen.darkness > settings.solid)
    return "wedge" if solid and (broad or much) else ""


def _forward(
    chance: float, seen: VisibleStroke, ahead: bool, settings: CenterStrokeSettings
) -> float:
    """The chance that the pair's first atom has the narrow end; ``ahead``: it is the center."""
    if seen.pixels < settings.shortest or not drawn_kind(seen, settings):
        return chance
    chance = min(max(chance, 0.05), 0.95)
    favour = settings.turned * float(np.clip(np.log2(max(seen.widening, 0.1)), -1.0, 1.0))
    odds = np.log(chance / (1.0 - chance)) + (favour if ahead else -favour)
    return float(1.0 / (1.0 + np.exp(-odds)))
