"""Atom and bond candidates with log-probabilities, and their non-maximum suppression.

Shape letters: A atom candidates, B bond candidates, K classes, Q charges, H hydrogen counts,
I isotopes. Coordinates are pixels, y down.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from inchify.chemistry.symbols import ATOM_CLASSES, BOND_KINDS, CHARGES, HYDROGENS, ISOTOPES

# Columns of ``log_kind_BK``.
NONE = 0
COLUMNS = {kind: place for place, kind in enumerate(BOND_KINDS, start=1)}
# Log-probabilities below this count as this.
LOWEST = -30.0


@dataclass(frozen=True)
class AtomCandidates:
    """Places where an atom may be.

    ``xy_A2`` float, pixels; ``score_A`` 0..1, the probability that there is an atom. Natural
    log-probabilities, each row summing to 1: ``class_AK`` over ``symbols.ATOM_CLASSES``,
    ``charge_AQ`` over ``CHARGES``, ``hydrogens_AH`` over ``HYDROGENS``, ``isotope_AI`` over
    ``ISOTOPES``. ``box_A4``: bounding box of a label (left, top, right, bottom), ignored at
    corners. ``label_bonds_A``: bonds that a label may have where its text was read, 0 where it was
    not. ValueError where the shapes disagree.
    """

    xy_A2: np.ndarray
    score_A: np.ndarray
    class_AK: np.ndarray
    charge_AQ: np.ndarray
    hydrogens_AH: np.ndarray
    isotope_AI: np.ndarray
    box_A4: np.ndarray
    label_bonds_A: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        count = len(self.xy_A2)
        if count and not len(self.label_bonds_A):
            object.__setattr__(self, "label_bonds_A", np.zeros(count, np.int64))
        _check("xy_A2", self.xy_A2, (count, 2))
        _check("score_A", self.score_A, (count,))
        _check("class_AK", self.class_AK, (count, len(ATOM_CLASSES)))
        _check("charge_AQ", self.charge_AQ, (count, len(CHARGES)))
        _check("hydrogens_AH", self.hydrogens_AH, (count, len(HYDROGENS)))
        _check("isotope_AI", self.isotope_AI, (count, len(ISOTOPES)))
        _check("box_A4", self.box_A4, (count, 4))
        _check("label_bonds_A", self.label_bonds_A, (count,))

    def __len__(self) -> int:
        return len(self.xy_A2)

    def only(self, index_N: np.ndarray) -> AtomCandidates:
        """Select candidates.

        Args:
            index_N: Indices of the candidates, int (N,).

        Returns:
            Those candidates, in that order.
        """
        return AtomCandidates(
            self.xy_A2[index_N],
            self.score_A[index_N],
            self.class_AK[index_N],
            self.charge_AQ[index_N],
            self.hydrogens_AH[index_N],
            self.isotope_AI[index_N],
            self.box_A4[index_N],
            self.label_bonds_A[index_N],
        )


@dataclass(frozen=True)
class BondCandidates:
    """Pairs of atoms that may be bonded.

    ``pairs_B2`` int, indices of atoms; ``log_kind_BK`` natural log-probabilities of no bond and
    of each of ``BOND_KINDS``; ``forward_B`` 0..1, the probability that ``pairs_B2[:, 0]`` is the
    start atom of a directed kind. ValueError where the shapes disagree.
    """

    pairs_B2: np.ndarray
    log_kind_BK: np.ndarray
    forward_B: np.ndarray

    def __post_init__(self) -> None:
        count = len(self.pairs_B2)
        _check("pairs_B2", self.pairs_B2, (count, 2))
        _check("log_kind_BK", self.log_kind_BK, (count, 1 + len(BOND_KINDS)))
        _check("forward_B", self.forward_B, (count,))

    def __len__(self) -> int:
        return len(self.pairs_B2)


def _check(name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{name} has the shape {array.shape}: expected {shape}")


@dataclass(kw_only=True, frozen=True)
class AssemblySettings:
    """Settings of the graph assembly. Lengths are in bonds, penalties in nats.

    Attributes:
        merge_distance: Atoms closer than this are merged.
        passing_distance: A third atom closer than this to a bond splits it.
        support: Evidence of each visible bond for an uncertain atom.
        max_support: Maximum evidence of all its bonds together.
        sure_score: Atoms with this score are never removed by the search.
        overvalence_penalty: Penalty for each bond order above what a written atom allows.
        undervalence_penalty: Penalty for each bond order below it.
        rare_valence_penalty: Penalty for a valence of few groups.
        extra_label_bond_penalty: Penalty for each bond after ``label_bonds`` of a label whose text
            is not read yet.
        label_bonds: Number of bonds that such a label may have without a penalty.
        flat_center_penalty: Penalty for a stereo bond that begins at a double bond.
        implied_hydrogens_penalty: Penalty, once for a picture, for leaving out the hydrogens beside
            symbols (N for NH).
        mixed_hydrogens_penalty: Additional penalty for each symbol that has some written, for three
            of them at most.
        max_choices: Number of kinds and states tried for each bond and atom.
        max_cost: Only those are tried that cost at most this more than the best; the same limit
            holds for alternative graphs.
        repair_radius: The integer program first sees the atoms within this many bonds of a broken
            valence.
        max_repair_atoms: It then sees the whole molecule if that has at most this many atoms.
        max_nodes: Maximum number of nodes of its search tree.
        small_component_atoms: Components of at most this many atoms beside the main one stay only
            as a species.
        bare_component_atoms: Components of at most this many bare corners are removed.
        min_component_confidence: Minimum product of confidences of a small component.
        lone_labels: Whether a label without bonds stays.
        dropped_bond_penalty: Additional cost of an alternative in which a bond is removed.
        added_bond_penalty: Additional cost of an alternative in which a bond is added.
        max_flips: Maximum number of flips of an alternative until no valence is broken.
    """

    merge_distance: float = 0.25
    passing_distance: float = 0.2
    support: float = 0.7
    max_support: float = 1.5
    sure_score: float = 0.9
    overvalence_penalty: float = 12.0
    undervalence_penalty: float = 6.0
    rare_valence_penalty: float = 3.0
    extra_label_bond_penalty: float = 4.0
    label_bonds: int = 2
    flat_center_penalty: float = 2.0
    implied_hydrogens_penalty: float = 3.0
    mixed_hydrogens_penalty: float = 1.5
    max_choices: int = 4
    max_cost: float = 14.0
    repair_radius: int = 2
    max_repair_atoms: int = 150
    max_nodes: int = 500
    small_component_atoms: int = 3
    bare_component_atoms: int = 2
    min_component_confidence: float = 0.3
    lone_labels: bool = False
    dropped_bond_penalty: float = 2.0
    added_bond_penalty: float = 1.0
    max_flips: int = 4

    def __post_init__(self) -> None:
        names = (
            "merge_distance",
            "passing_distance",
            "support",
            "overvalence_penalty",
            "undervalence_penalty",
            "rare_valence_penalty",
            "extra_label_bond_penalty",
            "max_cost",
        )
        for name in (*names, "implied_hydrogens_penalty", "mixed_hydrogens_penalty"):
            if getattr(self, name) < 0:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be at least 0")
        if self.max_choices < 2:
            raise ValueError(f"'max_choices' is {self.max_choices}; it must be at least 2")
        if self.max_nodes < 1:
            raise ValueError(f"'max_nodes' is {self.max_nodes}; it must be at least 1")


def bond_length(atoms: AtomCandidates, bonds: BondCandidates) -> float:
    """Median length of the pairs that are likelier bonded than not.

    Args:
        atoms: Atom candidates, coordinates in pixels.
        bonds: Bond candidates between them.

    Returns:
        The length in pixels; 0 where there is no such pair.
    """
    likely_N2 = bonds.pairs_B2[bonds.log_kind_BK[:, NONE] < np.log(0.5)]
    if not len(likely_N2):
        return 0.0
    along_N2 = atoms.xy_A2[likely_N2[:, 0]] - atoms.xy_A2[likely_N2[:, 1]]
    return float(np.median(np.hypot(along_N2[:, 0], along_N2[:, 1])))


def merged(
    atoms: AtomCandidates, bonds: BondCandidates, radius: float
) -> tuple[AtomCandidates, BondCandidates]:
    """Non-maximum suppression of atom and bond candidates.

    Atoms that are close to each other are merged into the most probable of them. Each pair is kept
    once, with the probabilities under which a bond is likelier.

    Args:
        atoms: Atom candidates, coordinates in pixels.
        bonds: Bond candidates between them.
        radius: Atoms closer than this are merged, in pixels; 0 merges none.

    Returns:
        The remaining atoms, and the bonds between their new indices.
    """
    count = len(atoms)
    target_A = np.arange(count)
    if radius > 0 and count > 1:
        apart_AA = np.abs(atoms.xy_A2[:, None] - atoms.xy_A2[None]).max(axis=2)
        close_AA = apart_AA < radius
        if close_AA.sum() > count:
            for place in np.argsort(-atoms.score_A, kind="stable"):
                if target_A[place] != place:
                    continue
                away_A = np.hypot(*(atoms.xy_A2 - atoms.xy_A2[place]).T)
                free_A = (target_A == np.arange(count)) & (atoms.score_A <= atoms.score_A[place])
                target_A[(away_A < radius) & free_A] = place
    return gathered(atoms, bonds, target_A)


def gathered(
    atoms: AtomCandidates, bonds: BondCandidates, target_A: np.ndarray
) -> tuple[AtomCandidates, BondCandidates]:
    """Move the bonds of merged atoms to the atoms that stay.

    Each pair is kept once, with the probabilities under which a bond is likelier.

    Args:
        atoms: Atom candidates.
        bonds: Bond candidates between them.
        target_A: int (A,): for an atom that stays its index, for another that of the atom that
            takes its bonds.

    Returns:
        The atoms that stay, and the bonds between their new indices.
    """
    count = len(atoms)
    kept_N = np.flatnonzero(target_A == np.arange(count))
    number_A = np.zeros(count, dtype=np.int64)
    number_A[kept_N] = np.arange(len(kept_N))
    pairs_B2 = number_A[target_A[bonds.pairs_B2.astype(np.int64)]].reshape(-1, 2)
    best: dict[tuple[int, int], int] = {}
    for place in np.argsort(bonds.log_kind_BK[:, NONE], kind="stable").tolist():
        first, second = pairs_B2[place].tolist()
        if first != second:
            best.setdefault((min(first, second), max(first, second)), place)
    order_N = np.array(sorted(best.values()), dtype=np.int64)
    log_kind_BK = np.maximum(bonds.log_kind_BK[order_N].astype(np.float64), LOWEST)
    candidates = BondCandidates(pairs_B2[order_N], log_kind_BK, bonds.forward_B[order_N])
    return atoms if len(kept_N) == count else atoms.only(kept_N), candidates


def without_bonds_where(bonds: BondCandidates, gone_B: np.ndarray) -> BondCandidates:
    """Exclude pairs: they have no bond for certain.

    Args:
        bonds: Bond candidates.
        gone_B: bool (B,), True for pairs to exclude.

    Returns:
        The same pairs; a new object where any is excluded.
    """
    if not gone_B.any():
        return bonds
    log_kind_BK = bonds.log_kind_BK.copy()
    log_kind_BK[gone_B], log_kind_BK[gone_B, NONE] = LOWEST, 0.0
    return replace(bonds, log_kind_BK=log_kind_BK)


def with_raised_kind(
    bonds: BondCandidates,
    raised_N: np.ndarray,
    column: int,
    before_N: np.ndarray,
    chance_N: np.ndarray,
) -> BondCandidates:
    """The candidates, some with a changed probability of one kind; the other kinds are rescaled.

    Args:
        bonds: All candidates.
        raised_N: Indices of those that change.
        column: The kind, a column of ``log_kind_BK``.
        before_N: The present probability of the kind for each, less than 1.
        chance_N: The new probability for each, less than 1.
    """
    log_kind_BK = bonds.log_kind_BK.copy()
    log_kind_BK[raised_N] += (np.log1p(-chance_N) - np.log1p(-before_N))[:, None]
    log_kind_BK[raised_N, column] = np.log(chance_N)
    return replace(bonds, log_kind_BK=log_kind_BK)
