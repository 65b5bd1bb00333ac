"""Selection of the likeliest state of each atom and kind of each bond, and the atoms whose valence
these break.

Shape letters: A atom candidates, B bond candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    LOWEST,
    NONE,
    AssemblySettings,
    AtomCandidates,
    BondCandidates,
)
from inchify.chemistry.symbols import ATOM_CLASSES, BOND_KINDS, CHARGES, CORNER, HYDROGENS, ISOTOPES
from inchify.chemistry.symbols import TEXT as TEXT_CLASS
from inchify.chemistry.valence import ORDERS, fits, implied_total

ORDER_K = np.array([0, *(ORDERS[kind] for kind in BOND_KINDS)])
# Isotopes that the listed elements are written with.
_ISOTOPES = {"H": (2, 3), "C": (11, 13, 14), "N": (13, 15), "O": (15, 18), "F": (18,)}


class AtomState(NamedTuple):
    """A state of an atom; ``hydrogens`` None at a bare corner, ``symbol`` "" for a label that is
    still to be read, which may have ``label_bonds`` (0 where unknown)."""

    symbol: str
    charge: int = 0
    hydrogens: int | None = None
    isotope: int = 0
    log_probability: float = 0.0
    label_bonds: int = 0

    @property
    def is_label(self) -> bool:
        """Whether it is a longer label."""
        return not self.symbol


@dataclass
class Choice:
    """A state for each atom and a column of ``log_kind_BK`` for each bond; ``present_A`` bool.
    Bonds in ``turned`` have the less likely of the directions that they may have. ``implied``: the
    picture leaves out hydrogens beside its symbols."""

    states: list[AtomState]
    kind_B: np.ndarray
    present_A: np.ndarray
    turned: frozenset[int] = frozenset()
    implied: bool = False


def independent_choice(
    atoms: AtomCandidates, bonds: BondCandidates, settings: AssemblySettings
) -> Choice:
    """Take the maximum of every decision independently, without valence rules.

    Uncertain atoms stay if their bonds support them.

    Args:
        atoms: Atom candidates.
        bonds: Bond candidates; ``pairs_B2`` are indices of ``atoms``.
        settings: Evidence of bonds for atoms (``support``, ``max_support``), in nats.

    Returns:
        The choice; bonds of absent atoms have the kind ``NONE``.
    """
    heads = (atoms.class_AK, atoms.charge_AQ, atoms.hydrogens_AH, atoms.isotope_AI)
    best = [head.argmax(axis=1) for head in heads]
    tops = [np.take_along_axis(h, b[:, None], 1)[:, 0] for h, b in zip(heads, best, strict=True)]
    states = [
        _state(atoms, place, picks, logs)
        for place, (picks, logs) in enumerate(
            zip(
                zip(*(b.tolist() for b in best), strict=True),
                zip(*(t.tolist() for t in tops), strict=True),
                strict=True,
            )
        )
    ]
    kind_B = bonds.log_kind_BK.argmax(axis=1)
    present_A = presence_odds(atoms, bonds, settings) >= 0
    kind_B[~present_A[bonds.pairs_B2].all(axis=1)] = NONE
    return Choice(states, kind_B, present_A)


def presence_odds(
    atoms: AtomCandidates, bonds: BondCandidates, settings: AssemblySettings
) -> np.ndarray:
    """Log odds that each atom exists, including the evidence of its bonds.

    Args:
        atoms: Atom candidates.
        bonds: Bond candidates; ``pairs_B2`` are indices of ``atoms``.
        settings: ``support`` and ``max_support``, in nats.

    Returns:
        float (A,), natural logarithms.
    """
    score_A = np.clip(atoms.score_A, 1e-6, 1 - 1e-6)
    support_B = bonds.log_kind_BK[:, 1:].max(axis=1, initial=LOWEST) - bonds.log_kind_BK[:, NONE]
    support_B = np.clip(support_B, 0, settings.support)
    support_A = np.zeros(len(atoms))
    for side in (0, 1):
        likely_B = atoms.score_A[bonds.pairs_B2[:, 1 - side]] >= 0.5
        np.add.at(support_A, bonds.pairs_B2[:, side], support_B * likely_B)
    return np.log(score_A) - np.log1p(-score_A) + np.minimum(support_A, settings.max_support)


def _state(
    atoms: AtomCandidates, place: int, picks: tuple[int, ...], logs: tuple[float, ...]
) -> AtomState:
    name = ATOM_CLASSES[picks[0]]
    if name == CORNER:
        return AtomState("C", log_probability=logs[0])
    if name == TEXT_CLASS:
        return AtomState("", log_probability=logs[0], label_bonds=int(atoms.label_bonds_A[place]))
    isotope, log_isotope = ISOTOPES[picks[3]], logs[3]
    if isotope and isotope not in _ISOTOPES.get(name, ()):
        isotope, log_isotope = 0, float(atoms.isotope_AI[place, 0])
    total = logs[0] + logs[1] + logs[2] + log_isotope
    return AtomState(name, CHARGES[picks[1]], HYDROGENS[picks[2]], isotope, total)


def likely_states(atoms: AtomCandidates, place: int, settings: AssemblySettings) -> list[AtomState]:
    """The likeliest states of an atom.

    Args:
        atoms: Atom candidates.
        place: Index of the atom.
        settings: ``max_choices`` states at most, within ``max_cost`` of the best.

    Returns:
        The states, the likeliest first.
    """
    heads = (
        atoms.class_AK[place].tolist(),
        atoms.charge_AQ[place].tolist(),
        atoms.hydrogens_AH[place].tolist(),
        atoms.isotope_AI[place].tolist(),
    )
    picks = []
    for head, maximum in zip(heads, (3, 3, 3, 2), strict=True):
        ranked = sorted(range(len(head)), key=head.__getitem__, reverse=True)[:maximum]
        picks.append([column for column in ranked if head[column] >= max(head) - settings.max_cost])
    distinct: dict[tuple[object, ...], AtomState] = {}
    for chosen in product(*picks):
        logs = tuple(head[column] for head, column in zip(heads, chosen, strict=True))
        state = _state(atoms, place, chosen, logs)
        distinct.setdefault(state[:4], state)
    ranked_states = sorted(distinct.values(), key=lambda state: -state.log_probability)
    lowest = ranked_states[0].log_probability - settings.max_cost
    return [s for s in ranked_states[: settings.max_choices] if s.log_probability >= lowest]


def order_totals(
    count: int, bonds: BondCandidates, kind_B: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum the chosen bonds at each atom.

    Args:
        count: Number of atoms.
        bonds: Bond candidates.
        kind_B: int (B,), the column of ``log_kind_BK`` chosen for each.

    Returns:
        For each atom the sum of bond orders, the number of aromatic bonds and that of all bonds,
        int (A,) each.
    """
    ends, kinds = bonds.pairs_B2.T.reshape(-1), np.tile(kind_B, 2)
    total_A = np.bincount(ends, ORDER_K[kinds], count).astype(np.int64)
    aromatic_A = np.bincount(ends, kinds == COLUMNS["aromatic"], count).astype(np.int64)
    return total_A, aromatic_A, np.bincount(ends, kinds != NONE, count).astype(np.int64)


def violated_atoms(choice: Choice, bonds: BondCandidates, settings: AssemblySettings) -> list[int]:
    """Find the atoms whose bonds are too many or, where a symbol is written, too few.

    Args:
        choice: States of the atoms and kinds of the bonds.
        bonds: The candidates that the choice is about.
        settings: ``label_bonds`` limits the bonds of a label whose text is not read.

    Returns:
        Indices of the atoms, ascending.
    """
    sums = order_totals(len(choice.states), bonds, choice.kind_B)
    rows = zip(choice.states, choice.present_A.tolist(), *(s.tolist() for s in sums), strict=True)
    violated = []
    for place, (state, present, total, aromatic, degree) in enumerate(rows):
        if not present:
            continue
        good = fits(state.symbol, state.charge, state.hydrogens, total, aromatic)
        if state.is_label:
            good = degree <= (state.label_bonds or settings.label_bonds)
        elif (
            good and state.symbol == "N" and not state.charge and total + (state.hydrogens or 0) > 4
        ):
            good = _like_nitro(place, choice, bonds)
        elif choice.implied and not good:
            good = total < implied_total(state.symbol, state.charge, state.hydrogens)
        if not good:
            violated.append(place)
    return violated


def _like_nitro(place: int, choice: Choice, bonds: BondCandidates) -> bool:
    """Whether a nitrogen with five bonds has two double ones, a triple one or one to oxygen."""
    multiple = 0
    for number in np.flatnonzero((bonds.pairs_B2 == place).any(axis=1)):
        order = ORDER_K[choice.kind_B[number]]
        other = int(bonds.pairs_B2[number].sum()) - place
        if order > 1:
            multiple += order + (choice.states[other].symbol == "O") - 1
    return multiple >= 2
