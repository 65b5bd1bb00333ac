"""Crossed double bonds (unknown E/Z geometry) found by their two crossing strokes.

Few drawings show them, so that networks learn little of them and take them for single or double
bonds. Shape letters: H and W pixels, A atom candidates, B bond candidates, K kinds of bonds, N
candidates that are checked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    AtomCandidates,
    BondCandidates,
    bond_length,
    with_raised_kind,
)
from inchify.data.strokes.crossed import crossed_scores
from inchify.readers.views.coordinates import Frame

CROSSED, DOUBLE = COLUMNS["crossed"], COLUMNS["double"]


@dataclass(frozen=True, kw_only=True)
class CrossedBondSettings:
    """How scores of crossing strokes become chances.

    ``even``: the score at which the chance is 0.5 where the network predicts a double bond, and
    where it predicts any other kind: the two lines of a double bond are a little like a cross.
    Where bonds are shorter than ``fine`` pixels it must be higher by ``coarse``. ``step``: a score
    higher by this has e times the odds; ``max_chance``: the largest chance. Candidates with a
    smaller probability of a bond than ``least`` are left as they are, and so are pictures whose
    bonds are shorter than ``shortest`` pixels, where two strokes merge.
    """

    even: tuple[float, float] = (0.08, 0.065)
    fine: float = 20.0
    coarse: float = 0.08
    step: float = 0.01
    max_chance: float = 0.97
    least: float = 0.02
    shortest: float = 14.0


def with_crossed_bonds(
    intensity_HW: np.ndarray,
    atoms: AtomCandidates,
    bonds: BondCandidates,
    frame: Frame,
    settings: CrossedBondSettings | None = None,
) -> BondCandidates:
    """Raise the chance of crossed double bonds where two strokes cross.

    Args:
        intensity_HW: uint8, 255 where there is full foreground.
        atoms: In pixels of the network's picture.
        bonds: Between those atoms.
        frame: Maps the picture to the network's picture.
        settings: How scores become chances.

    Returns:
        The same candidates, perhaps with other probabilities of their kinds.
    """
    settings = settings or CrossedBondSettings()
    selected_N = np.flatnonzero(bonds.log_kind_BK[:, 0] < np.log1p(-settings.least))
    unit = bond_length(atoms, bonds) / float(np.mean(frame.factors))
    if not len(selected_N) or unit < settings.shortest:
        return bonds
    ends_N4 = np.hstack(
        [frame.to_picture(atoms.xy_A2[bonds.pairs_B2[selected_N, side]]) for side in (0, 1)]
    )
    score_N = crossed_scores(intensity_HW, ends_N4, unit)
    log_kind_NK = bonds.log_kind_BK[selected_N]
    double_N = np.exp(log_kind_NK[:, DOUBLE])
    least = settings.coarse if unit < settings.fine else 0.0
    chance_N: np.ndarray = sum(
        share_N / (1.0 + np.exp((even + least - score_N) / settings.step))
        for share_N, even in zip((double_N, 1.0 - double_N), settings.even, strict=True)
    )
    chance_N = np.minimum(chance_N, settings.max_chance)
    before_N = np.exp(log_kind_NK[:, CROSSED])
    more_N = chance_N > before_N
    return with_raised_kind(bonds, selected_N[more_N], CROSSED, before_N[more_N], chance_N[more_N])
