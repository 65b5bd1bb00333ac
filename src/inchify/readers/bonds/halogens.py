"""Single bonds at halogens.

Shape letters: A atom candidates, B bond candidates, K kinds.
"""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np

from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    LOWEST,
    AtomCandidates,
    BondCandidates,
)
from inchify.chemistry.symbols import ATOM_CLASSES

# Halogens that have one neighbor (but for oxygen), and the least probability of their class.
TERMINAL, SURE_HALOGEN = ("F", "Cl", "Br"), 0.9


def with_single_halogens(atoms: AtomCandidates, bonds: BondCandidates) -> BondCandidates:
    """Make bonds of halogens single, except those to oxygen.

    Where two labels are close to each other, their letters resemble further lines of a bond.

    Args:
        atoms: Atom candidates; only halogens with a confident class count.
        bonds: Between those atoms.

    Returns:
        The bonds; the probabilities of double, triple and crossed are added to single.
    """
    likely_A = atoms.class_AK.argmax(axis=1)
    confident_A = np.take_along_axis(atoms.class_AK, likely_A[:, None], 1)[:, 0] > log(SURE_HALOGEN)
    halogen_A = confident_A & np.isin(likely_A, [ATOM_CLASSES.index(name) for name in TERMINAL])
    oxygen_A = likely_A == ATOM_CLASSES.index("O")
    selected_B = halogen_A[bonds.pairs_B2].any(axis=1) & ~oxygen_A[bonds.pairs_B2].any(axis=1)
    if not selected_B.any():
        return bonds
    logs_BK = bonds.log_kind_BK.copy()
    single, more = COLUMNS["single"], [COLUMNS[kind] for kind in ("double", "triple", "crossed")]
    together_N = np.logaddexp.reduce(logs_BK[selected_B][:, [single, *more]], axis=1)
    logs_BK[np.ix_(selected_B, more)] = LOWEST
    logs_BK[selected_B, single] = together_N
    return replace(bonds, log_kind_BK=logs_BK)
