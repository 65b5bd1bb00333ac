"""Bond candidates of drawings with crossings: bonds with visible strokes are added, kinds that a
crossing imitates are removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log

import numpy as np

from inchify.chemistry.graph_assembly.candidates import COLUMNS, LOWEST, NONE, BondCandidates


def without_lone_aromatic(bonds: BondCandidates) -> BondCandidates:
    """The candidates without the kind of a ring with a circle where no other bond at either end
    may be of that kind."""
    column = COLUMNS["aromatic"]
    likely_B = bonds.log_kind_BK[:, column] > log(0.1)
    count_A = np.bincount(bonds.pairs_B2[likely_B].reshape(-1), minlength=bonds.pairs_B2.max() + 1)
    lone_B = likely_B & (count_A[bonds.pairs_B2] < 2).any(axis=1)
    log_kind_BK = bonds.log_kind_BK.copy()
    log_kind_BK[lone_B, column] = LOWEST
    total_B = np.logaddexp.reduce(log_kind_BK[lone_B], axis=1)
    log_kind_BK[lone_B] -= total_B[:, None]
    return replace(bonds, log_kind_BK=log_kind_BK)


def with_bonds(
    bonds: BondCandidates, pairs: Sequence[tuple[int, int]], chance: float
) -> BondCandidates:
    """The candidates with these pairs as bonds of a given chance; known ones keep the shares of
    their kinds, others are single."""
    log_kind_BK = bonds.log_kind_BK.copy()
    number = {tuple(sorted(pair)): row for row, pair in enumerate(bonds.pairs_B2.tolist())}
    known = [number[pair] for pair in pairs if pair in number]
    for row in known:
        # a ring's circle is not known at such a bond, and classifiers do not speak against it
        log_kind_BK[row, COLUMNS["aromatic"]] = LOWEST
        kinds = log_kind_BK[row, 1:]
        log_kind_BK[row, 1:] = kinds - np.logaddexp.reduce(kinds) + log(chance)
        log_kind_BK[row, NONE] = log(1 - chance)
    new = [pair for pair in pairs if pair not in number]
    if not new:
        return replace(bonds, log_kind_BK=log_kind_BK)
    log_kind = np.full((len(new), log_kind_BK.shape[1]), LOWEST)
    log_kind[:, NONE], log_kind[:, COLUMNS["single"]] = log(1 - chance), log(chance)
    return BondCandidates(
        np.concatenate([bonds.pairs_B2, np.array(new, dtype=bonds.pairs_B2.dtype)]),
        np.concatenate([log_kind_BK, log_kind]),
        np.concatenate([bonds.forward_B, np.full(len(new), 0.5)]),
    )
