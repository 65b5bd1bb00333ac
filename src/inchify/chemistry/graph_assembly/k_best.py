"""K-best search over molecular graphs, the likeliest first.

The first is what ``choose_graph`` gives; the others take some decisions otherwise. Sets of flips
are tried in order of their cost. One that breaks a valence counts only with further flips at the
broken atom, so that changes which belong together come whole, as the cheapest repair gives them.
Shape letters: A atom candidates, B bond candidates.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import fields, replace
from heapq import heappop, heappush
from itertools import count
from math import log
from typing import TypeVar

import numpy as np

from inchify.chemistry.graph_assembly.assembly import (
    Chosen,
    first_choice,
    graph_confidence,
    graph_of,
)
from inchify.chemistry.graph_assembly.candidates import (
    NONE,
    AssemblySettings,
    AtomCandidates,
    BondCandidates,
    merged,
    without_bonds_where,
)
from inchify.chemistry.graph_assembly.local_changes import Alternatives, Flips
from inchify.chemistry.graph_assembly.selection import Choice, independent_choice, violated_atoms
from inchify.chemistry.symbols import DIRECTED
from inchify.chemistry.valence import order_sums
from inchify.types import MoleculeGraph

Candidates = TypeVar("Candidates", AtomCandidates, BondCandidates)
# The logarithm of the probability of an empty graph.
EMPTY_LOG_PROBABILITY = log(1e-300)


def k_best_graphs(
    atoms: AtomCandidates,
    bonds: BondCandidates,
    settings: AssemblySettings | None = None,
    max_graphs: int = 16,
    *,
    more: tuple[AtomCandidates, BondCandidates] | None = None,
    expansions: int = 2000,
) -> list[tuple[MoleculeGraph, float]]:
    """Find the k likeliest graphs that an InChI may distinguish, by best-first search over changes.

    Args:
        atoms: Atom candidates, coordinates in pixels.
        bonds: Bond candidates; ``pairs_B2`` are indices of ``atoms``.
        settings: Distances in bond lengths, penalties in nats; defaults where None.
        max_graphs: Maximum number of graphs.
        expansions: Maximum number of sets of flips that the search expands.
        more: Further, less likely candidates that only the alternatives may use.

    Returns:
        (graph, natural logarithm of its probability), the likeliest first. The first is that of
        ``choose_graph`` with its ``graph_confidence``; the others are less likely by the cost of
        their changes. Never empty; fewer than ``max_graphs`` where too little is uncertain.
    """
    settings = settings or AssemblySettings()
    if not len(atoms):
        return [(MoleculeGraph(), EMPTY_LOG_PROBABILITY)]
    chosen = first_choice(atoms, bonds, settings)
    first = graph_of(chosen.atoms, chosen.bonds, chosen.choice, settings)
    best = log(graph_confidence(first) or 1e-300)
    graphs = [(first, best)]
    if max_graphs > 1:
        if more is not None:
            chosen = _among(chosen, *more, settings)
        for graph, price in _Search(chosen, first, settings).graphs(expansions):
            graphs.append((graph, min(graphs[-1][1], best - price)))
            if len(graphs) >= max_graphs:
                break
    return graphs


def inchi_equivalence_key(graph: MoleculeGraph) -> Hashable:
    """Equal only for graphs over the same places that have the same InChI; equal for a ring whose
    double bonds are shifted."""
    totals, aromatic = order_sums(len(graph.atoms), graph.bonds)
    spots = [(atom.x, atom.y) for atom in graph.atoms]
    atoms = [
        (spot, atom.symbol, atom.charge, atom.isotope, atom.hydrogens, total + (ring > 0))
        for spot, atom, total, ring in zip(spots, graph.atoms, totals, aromatic, strict=True)
    ]
    bonds = []
    for bond in graph.bonds:
        ends = [spots[bond.begin], spots[bond.end]]
        marked = bond.kind in DIRECTED or bond.kind in ("wavy", "crossed")
        bonds.append((*ends, bond.kind) if marked else (*sorted(ends), ""))
    return frozenset(atoms), frozenset(bonds)


class _Search:
    """The best-first search over sets of flips; ``first`` is the graph without any."""

    def __init__(self, chosen: Chosen, first: MoleculeGraph, settings: AssemblySettings) -> None:
        self.settings, self.alternatives = settings, Alternatives(chosen, settings)
        self.broken = set(violated_atoms(chosen.choice, chosen.bonds, settings))
        self.known = {inchi_equivalence_key(first)}
        # cost, a tie breaker, the flips and whether two sets were joined
        self._heap: list[tuple[float, int, Flips, bool]] = []
        self._ties = count()
        self._visited: set[Flips] = {frozenset()}

    def graphs(self, expansions: int) -> Iterator[tuple[MoleculeGraph, float]]:
        """Further graphs with their costs, the cheapest first as far as the cost of a part predicts
        that of the whole; at most ``expansions`` sets of flips are expanded."""
        for price, flips in self.alternatives.singles():
            self._push(flips, price)
        alone: list[tuple[Flips, float]] = []
        all_sets: list[tuple[Flips, float]] = []
        for _ in range(expansions):
            if not self._heap:
                return
            price, _, flips, joint = heappop(self._heap)
            graph = self._graph(flips, price, joint)
            if graph is None or (key := inchi_equivalence_key(graph)) in self.known:
                continue
            self.known.add(key)
            yield graph, price
            for other, cost in alone if joint else all_sets:
                self._join(flips, price, other, cost)
            all_sets.append((flips, price))
            if not joint:
                alone.append((flips, price))

    def _graph(self, flips: Flips, price: float, joint: bool) -> MoleculeGraph | None:
        """The graph with these flips; None where a valence breaks, in which case sets with one more
        flip are queued."""
        bonds, choice = self.alternatives.taken(flips)
        bad = [a for a in violated_atoms(choice, bonds, self.settings) if a not in self.broken]
        if not bad:
            return graph_of(self.alternatives.atoms, bonds, choice, self.settings)
        done = {flip[:2] for flip in flips}
        if len(flips) < self.settings.max_flips:
            for cost, flip in self.alternatives.at(bad[0], choice):
                if flip[:2] not in done:
                    self._push(flips | {flip}, price + cost, joint)
        return None

    def _join(self, flips: Flips, price: float, other: Flips, cost: float) -> None:
        """Queue the union of two sets that flip different decisions."""
        both = flips | other
        if len({flip[:2] for flip in both}) == len(flips) + len(other):
            self._push(both, price + cost, joint=True)

    def _push(self, flips: Flips, price: float, joint: bool = False) -> None:
        if flips not in self._visited and price <= self.settings.max_cost:
            self._visited.add(flips)
            heappush(self._heap, (price, next(self._ties), flips, joint))


def _among(
    chosen: Chosen, atoms: AtomCandidates, bonds: BondCandidates, settings: AssemblySettings
) -> Chosen:
    """The same choice among more candidates; the new ones are absent."""
    known, choice = len(chosen.atoms), chosen.choice
    bonds = replace(bonds, pairs_B2=bonds.pairs_B2 + known)
    both = _joined(chosen.atoms, atoms)
    # where duplicates are merged, the original candidates stay unchanged
    first = replace(both, score_A=np.where(np.arange(len(both)) < known, 2.0, both.score_A))
    both, open_bonds = merged(
        first, _joined(chosen.open_bonds, bonds), settings.merge_distance * chosen.length
    )
    score_A = np.concatenate([chosen.atoms.score_A, both.score_A[known:]])
    both = replace(both, score_A=score_A)
    old = {frozenset(pair): number for number, pair in enumerate(chosen.bonds.pairs_B2.tolist())}
    number_B = np.array([old.get(frozenset(p), -1) for p in open_bonds.pairs_B2.tolist()], int)
    closed_B = (chosen.bonds.log_kind_BK != chosen.open_bonds.log_kind_BK).any(axis=1)
    kind_B = np.where(number_B < 0, NONE, np.append(choice.kind_B, NONE)[number_B])
    gone_B = (number_B >= 0) & np.append(closed_B, False)[number_B]
    states = independent_choice(both, open_bonds, settings).states
    present_A = np.arange(len(both)) < known
    present_A[:known] = choice.present_A
    both_states = [*choice.states, *states[known:]]
    choice = Choice(both_states, kind_B, present_A, choice.turned, choice.implied)
    return Chosen(both, without_bonds_where(open_bonds, gone_B), open_bonds, choice, chosen.length)


def _joined(first: Candidates, second: Candidates) -> Candidates:
    """The candidates of both, the first ones first."""
    names = [field.name for field in fields(first)]
    parts = [np.concatenate([getattr(first, name), getattr(second, name)]) for name in names]
    return type(first)(*parts)
