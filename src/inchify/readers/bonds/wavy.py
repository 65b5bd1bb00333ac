"""Wavy bonds (unknown stereo) found by their lines.

Networks take fine waves for wedges and hashes. Waves are searched for where they carry information:
at a possible stereocentre or beside a double bond. Shape letters: H and W pixels, A atom
candidates, B bond candidates, K kinds of bonds, N candidates that are checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    AtomCandidates,
    BondCandidates,
    bond_length,
    with_raised_kind,
)
from inchify.chemistry.symbols import ATOM_CLASSES, CORNER
from inchify.data.strokes.wavy import visible_ends, wavy_scores
from inchify.readers.views.coordinates import Frame

NONE, WAVY = 0, COLUMNS["wavy"]
UNSATURATED = [COLUMNS[kind] for kind in ("double", "crossed")]
SINGLE = [COLUMNS[kind] for kind in ("single", "wedge", "hash", "wavy", "bold")]


@dataclass(frozen=True, kw_only=True)
class WavyBondSettings:
    """How the stroke's score and the network's chance together become a chance.

    ``stroke``, ``network`` and ``offset``: coefficients of the log-odds, for the score and for
    the network's log-odds, each clipped to its ``limits`` (nats); ``more`` is subtracted, for few
    bonds are wavy. Scores below ``least_score`` change nothing, nor do candidates with a smaller
    probability of a bond than ``least``. ``max_chance``: the largest chance. Where bonds are
    shorter than ``shortest`` pixels nothing is checked: waves cannot be recognized.
    """

    stroke: float = 0.58
    network: float = 0.9
    offset: float = 5.0
    limits: tuple[float, float] = (8.0, 9.2)
    more: float = 1.0
    least_score: float = -3.0
    least: float = 0.5
    max_chance: float = 0.97
    shortest: float = 13.0


def with_wavy_bonds(
    intensity_HW: np.ndarray,
    atoms: AtomCandidates,
    bonds: BondCandidates,
    frame: Frame,
    settings: WavyBondSettings | None = None,
) -> BondCandidates:
    """Raise the chance of wavy bonds where a wavy line is drawn.

    Args:
        intensity_HW: uint8, 255 where there is full foreground.
        atoms: In pixels of the network's picture.
        bonds: Between those atoms.
        frame: Maps the picture to the network's picture.
        settings: How scores become chances.

    Returns:
        The same candidates, perhaps with other probabilities of their kinds.
    """
    settings = settings or WavyBondSettings()
    selected_N = np.flatnonzero(_may_be_wavy(atoms, bonds, settings.least))
    unit = bond_length(atoms, bonds) / float(np.mean(frame.factors))
    if not len(selected_N) or unit < settings.shortest:
        return bonds
    ends_N4 = np.array(
        [visible_part(atoms, bonds.pairs_B2[number], frame, unit) for number in selected_N.tolist()]
    )
    score_N = wavy_scores(intensity_HW, ends_N4, unit)
    log_kind_NK = bonds.log_kind_BK[selected_N]
    before_N = np.clip(np.exp(log_kind_NK[:, WAVY]), 1e-6, 1.0 - 1e-6)
    low, high = settings.limits
    odds_N = (
        settings.stroke * np.clip(score_N, -low, low)
        + settings.network * np.clip(np.log(before_N / (1.0 - before_N)), -high, high)
        + settings.offset
        - settings.more
    )
    chance_N = np.minimum(1.0 / (1.0 + np.exp(-odds_N)), settings.max_chance)
    more_N = (chance_N > before_N) & (score_N > settings.least_score)
    return with_raised_kind(bonds, selected_N[more_N], WAVY, before_N[more_N], chance_N[more_N])


def _may_be_wavy(atoms: AtomCandidates, bonds: BondCandidates, least: float) -> np.ndarray:
    """bool (B,): likely single bonds of which one end has two further bonds and no triple one: at a
    saturated atom a possible center, or beside a double bond."""
    likely_B = bonds.log_kind_BK[:, NONE] < np.log1p(-least)
    single_B = likely_B & is_one_of(bonds, SINGLE)
    degree_A = np.bincount(bonds.pairs_B2[likely_B].reshape(-1), minlength=len(atoms))
    double_B = likely_B & is_one_of(bonds, UNSATURATED)
    double_A = np.bincount(bonds.pairs_B2[double_B].reshape(-1), minlength=len(atoms)) > 0
    open_A = (degree_A >= 3) | (double_A & (degree_A >= 2))
    return np.asarray(single_B & open_A[bonds.pairs_B2].any(axis=1))


def is_one_of(bonds: BondCandidates, columns: Sequence[int]) -> np.ndarray:
    """bool (B,): bonds that are more likely of one of the kinds in these columns than of none."""
    likely_B = np.logaddexp.reduce(bonds.log_kind_BK[:, list(columns)], axis=1) > np.log(0.5)
    return np.asarray(likely_B)


def visible_part(
    atoms: AtomCandidates, pair_2: np.ndarray, frame: Frame, unit: float
) -> np.ndarray:
    """The ends (4,) of the visible part of a bond, in pixels of the picture."""
    begin_2, end_2 = frame.to_picture(atoms.xy_A2[pair_2])
    bare_2 = atoms.class_AK[pair_2].argmax(axis=1) == ATOM_CLASSES.index(CORNER)
    boxes = [
        None if bare else frame.foreground_box(atoms.box_A4[place])
        for place, bare in zip(pair_2.tolist(), bare_2.tolist(), strict=True)
    ]
    return visible_ends(begin_2, end_2, boxes, unit)
