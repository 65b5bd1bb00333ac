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

# Halogens that have one neighbor (but for oxygen), and how sure their class is.
TERMINAL, SURE_HALOGEN = ("F", "Cl", "Br"), 0.9


def with_single_halogens(atoms: AtomCandidates, bonds: BondCandidates) -> BondCandidates:
    """The bonds, those of sure halogens to all but oxygen single: where two labels are near each
    other, their letters look like further lines."""
    likely_A = atoms.class_AK.argmax(axis=1)
    sure_A = np.take_along_axis(atoms.class_AK, likely_A[:, None], 1)[:, 0] > log(SURE_HALOGEN)
    halogen_A = sure_A & np.isin(likely_A, [ATOM_CLASSES.index(name) for name in TERMINAL])
    oxygen_A = likely_A == ATOM_CLASSES.index("O")
    asked_B = halogen_A[bonds.pairs_B2].any(axis=1) & ~oxygen_A[bonds.pairs_B2].any(axis=1)
    if not asked_B.any():
        return bonds
    logs_BK = bonds.log_kind_BK.copy()
    single, more = COLUMNS["single"], [COLUMNS[kind] for kind in ("double", "triple", "crossed")]
    together_N = np.logaddexp.reduce(logs_BK[asked_B][:, [single, *more]], axis=1)
    logs_BK[np.ix_(asked_B, more)] = LOWEST
    logs_BK[asked_B, single] = together_N
    return replace(bonds, log_kind_BK=logs_BK)
