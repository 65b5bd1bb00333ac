"""Hashed bonds found as dashed lines at possible stereocentres.

Many drawings have an evenly dashed line of one width for a hashed wedge, which networks take for a
plain bond. Which end is the center follows from the other bonds only. Shape letters: H and W
pixels, A atom candidates, B bond candidates, N candidates that are checked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    AtomCandidates,
    BondCandidates,
    bond_length,
    with_raised_kind,
)
from inchify.data.strokes.dashed import dashed_strokes
from inchify.readers.bonds.wavy import NONE, SINGLE, is_one_of, visible_part
from inchify.readers.views.coordinates import Frame

HASH = COLUMNS["hash"]
# Kinds that no other bond of a stereocentre of carbon has.
MULTIPLE = [COLUMNS[kind] for kind in ("double", "triple", "aromatic", "crossed")]


@dataclass(frozen=True, kw_only=True)
class DashedBondSettings:
    """``chance``: of a hashed bond where dashes are even at a possible center (of 5,200 plain bonds
    in drugs and patents 3 have such dashes by chance), and of the direction where one end only may
    be a center. Candidates with a smaller probability of a bond than ``least`` stay. Where bonds
    are shorter than ``shortest`` pixels nothing is checked: dashes cannot be recognized."""

    chance: float = 0.9
    least: float = 0.5
    shortest: float = 22.0


def with_dashed_bonds(
    intensity_HW: np.ndarray,
    atoms: AtomCandidates,
    bonds: BondCandidates,
    frame: Frame,
    settings: DashedBondSettings | None = None,
) -> BondCandidates:
    """Raise the chance of hashed bonds where an evenly dashed line is drawn.

    Args:
        intensity_HW: uint8, 255 where there is full foreground.
        atoms: In pixels of the network's picture.
        bonds: Between those atoms.
        frame: Maps the picture to the network's picture.
        settings: How likely dashes mean a hashed bond.

    Returns:
        The same candidates, perhaps with other probabilities of kinds and directions.
    """
    settings = settings or DashedBondSettings()
    single_B, center_A = _singles_and_centers(bonds, len(atoms), settings.least)
    selected_N = np.flatnonzero(single_B & center_A[bonds.pairs_B2].any(axis=1))
    unit = bond_length(atoms, bonds) / float(np.mean(frame.factors))
    if not len(selected_N) or unit < settings.shortest:
        return bonds
    pairs_N2 = bonds.pairs_B2[selected_N]
    ends_N4 = np.array([visible_part(atoms, pair_2, frame, unit) for pair_2 in pairs_N2])
    before_N = np.clip(np.exp(bonds.log_kind_BK[selected_N, HASH]), 1e-6, 1.0 - 1e-6)
    dashed_N = dashed_strokes(intensity_HW, ends_N4, unit) & (before_N < settings.chance)
    if not dashed_N.any():
        return bonds
    forward_B = bonds.forward_B.copy()
    low, high = 1.0 - settings.chance, settings.chance
    for number in selected_N[dashed_N].tolist():
        begin, end = center_A[bonds.pairs_B2[number]].tolist()
        if begin != end:
            limits = (high, 1.0) if begin else (0.0, low)
            forward_B[number] = np.clip(forward_B[number], *limits)
    chance_N = np.full(int(dashed_N.sum()), settings.chance)
    raised = with_raised_kind(bonds, selected_N[dashed_N], HASH, before_N[dashed_N], chance_N)
    return replace(raised, forward_B=forward_B)


def _singles_and_centers(
    bonds: BondCandidates, count: int, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """Which candidates are likely single bonds, bool (B,), and which atoms have at least three
    bonds and no multiple one, bool (A,)."""
    likely_B = bonds.log_kind_BK[:, NONE] < np.log1p(-least)
    single_B = likely_B & is_one_of(bonds, SINGLE)
    multiple_B = likely_B & is_one_of(bonds, MULTIPLE)
    degree_A = np.bincount(bonds.pairs_B2[likely_B].reshape(-1), minlength=count)
    flat_A = np.bincount(bonds.pairs_B2[multiple_B].reshape(-1), minlength=count) > 0
    return single_B, np.asarray((degree_A >= 3) & ~flat_A)
