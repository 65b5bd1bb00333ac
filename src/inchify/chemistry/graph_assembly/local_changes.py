"""Local changes of a chosen graph, each with its cost in nats.

A flip is one such decision: an atom is there or not, is something else, a bond is of another kind
or direction. Shape letters: A atom candidates, B bond candidates.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from inchify.chemistry.graph_assembly.assembly import (
    Chosen,
    bond_directions,
    degrees_and_unsaturation,
    remove_passing_bonds,
)
from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    NONE,
    AssemblySettings,
    BondCandidates,
)
from inchify.chemistry.graph_assembly.selection import (
    AtomState,
    Choice,
    likely_states,
    presence_odds,
)
from inchify.chemistry.symbols import ATOM_CLASSES, CORNER, DIRECTED, TEXT

_WITH_WAYS = frozenset(COLUMNS[kind] for kind in DIRECTED)
_WITHOUT_COUNTS = [ATOM_CLASSES.index(name) for name in (CORNER, TEXT)]
# Kinds that no InChI tells apart.
_PLAIN = (COLUMNS["single"], COLUMNS["bold"])


class Flip(NamedTuple):
    """One changed decision. ``value``: whether the atom ``place`` is there (bool), which of its
    likely states it has (int), or the bond ``place``'s column and whether it is turned."""

    what: Literal["presence", "state", "bond"]
    place: int
    value: Any


Flips = frozenset[Flip]


class Alternatives:
    """The decisions that could be changed; ``base`` is the choice."""

    def __init__(self, chosen: Chosen, settings: AssemblySettings) -> None:
        self.settings, self.atoms, self.base = settings, chosen.atoms, chosen.choice
        self.bonds, self.open_bonds = chosen.bonds, chosen.open_bonds
        self.max_distance = settings.passing_distance * chosen.length
        self.pairs: list[list[int]] = self.bonds.pairs_B2.tolist()
        self.logs: list[list[float]] = self.open_bonds.log_kind_BK.tolist()
        there_B = self.base.present_A[self.bonds.pairs_B2].all(axis=1)
        changed_BK = self.bonds.log_kind_BK != self.open_bonds.log_kind_BK
        self.free_B = there_B & ~changed_BK.any(axis=1)
        # the kind that a bond has unless it is flipped, once both its ends are there
        best_B = self.open_bonds.log_kind_BK.argmax(axis=1)
        self.usual_B = np.where(self.free_B, self.base.kind_B, best_B)
        self.bonds_at: list[list[int]] = [[] for _ in self.base.states]
        for number, pair in enumerate(self.pairs):
            for end in pair:
                self.bonds_at[end].append(number)
        self._around = degrees_and_unsaturation(self.bonds, self.base)
        self._states: dict[int, list[AtomState]] = {}

    def taken(self, flips: Flips) -> tuple[BondCandidates, Choice]:
        """The choice with these flips, and the pairs that may be bonded under it."""
        states, turned = list(self.base.states), set(self.base.turned)
        present_A, kind_B, bonds = self.base.present_A, self.base.kind_B.copy(), self.bonds
        moved = [flip for flip in flips if flip.what == "presence"]
        if moved:
            present_A = present_A.copy()
            present_A[[flip.place for flip in moved]] = [flip.value for flip in moved]
            there_B = present_A[bonds.pairs_B2].all(axis=1)
            kind_B = np.where(there_B, self.usual_B, NONE)
            choice = Choice(states, kind_B, present_A, implied=self.base.implied)
            bonds, choice = remove_passing_bonds(
                self.atoms, self.open_bonds, choice, self.max_distance
            )
            kind_B = choice.kind_B
        for what, place, value in flips:
            if what == "state":
                states[place] = self._states_of(place)[value]
            elif what == "bond":
                kind_B[place] = value[0]
                (turned.add if value[1] else turned.discard)(place)
        changed = Choice(states, kind_B, present_A, frozenset(turned), self.base.implied)
        return bonds, changed

    def singles(self) -> Iterator[tuple[float, Flips]]:
        """Every single change with its cost; an added atom brings its likeliest bond."""
        yield from self._presences()
        unsure_A = self.base.present_A & (self._second_state_A < self.settings.max_cost)
        for place in np.flatnonzero(unsure_A).tolist():
            for price, flip in self.other_states(place):
                yield price, frozenset((flip,))
        logs_BK = self.open_bonds.log_kind_BK
        usual_B = np.take_along_axis(logs_BK, self.usual_B[:, None], 1)[:, 0]
        near_BK = usual_B[:, None] - logs_BK < self.settings.max_cost
        unsure_B = (near_BK.sum(axis=1) > 1) | np.isin(self.usual_B, list(_WITH_WAYS))
        for number in np.flatnonzero(self.free_B & unsure_B).tolist():
            for price, flip in self.other_kinds(number, self.base):
                yield price, frozenset((flip,))

    def at(self, place: int, choice: Choice) -> Iterator[tuple[float, Flip]]:
        """The alternatives of an atom and its bonds."""
        yield from self.other_states(place)
        for number in self.bonds_at[place]:
            if choice.present_A[self.pairs[number]].all():
                yield from self.other_kinds(number, choice)

    def other_states(self, place: int) -> Iterator[tuple[float, Flip]]:
        now = self.base.states[place]
        for number, state in enumerate(self._states_of(place)):
            if state[:4] != now[:4]:
                price = now.log_probability - state.log_probability
                yield price, Flip("state", place, number)

    def other_kinds(self, number: int, choice: Choice) -> Iterator[tuple[float, Flip]]:
        """A bond's other kinds and directions; of those that no InChI tells apart the likelier."""
        logs, now = self.logs[number], int(choice.kind_B[number])
        less = now if now in _PLAIN else max(_PLAIN, key=logs.__getitem__)
        for column, value in enumerate(logs):
            price = logs[now] - value
            if price > self.settings.max_cost or (column in _PLAIN and column != less):
                continue
            if column not in _WITH_WAYS:
                price += self.settings.dropped_bond_penalty * (column == NONE)
                price += self.settings.added_bond_penalty * (now == NONE)
                if column != now:
                    yield price, Flip("bond", number, (column, False))
                continue
            ways = bond_directions(
                self.open_bonds, choice, number, *self._around, self.settings, column
            )
            for way, turned in zip(ways, (False, True), strict=False):
                if (column, turned) != (now, number in choice.turned):
                    yield price + ways[0][0] - way[0], Flip("bond", number, (column, turned))

    def _presences(self) -> Iterator[tuple[float, Flips]]:
        present_A = self.base.present_A
        odds_A = presence_odds(self.atoms, self.open_bonds, self.settings).tolist()
        for place, present in enumerate(present_A.tolist()):
            flip = Flip("presence", place, not present)
            if present:
                bound = sum(self.base.kind_B[number] != NONE for number in self.bonds_at[place])
                yield odds_A[place] + self.settings.dropped_bond_penalty * bound, frozenset((flip,))
                continue
            joinable = [n for n in self.bonds_at[place] if present_A[sum(self.pairs[n]) - place]]
            if not joinable:
                continue
            flips, price = {flip}, -odds_A[place]
            if all(self.usual_B[number] == NONE for number in joinable):
                bond = max(joinable, key=lambda number: max(self.logs[number][1:]))
                logs = self.logs[bond]
                column = max(range(1, len(logs)), key=logs.__getitem__)
                flips.add(Flip("bond", bond, (column, False)))
                price += logs[NONE] - logs[column]
            yield price, frozenset(flips)

    def _states_of(self, place: int) -> list[AtomState]:
        if place not in self._states:
            self._states[place] = likely_states(self.atoms, place, self.settings)
        return self._states[place]

    @cached_property
    def _second_state_A(self) -> np.ndarray:
        """The minimum cost of a state other than the likeliest, (A,)."""

        def gap(rows: np.ndarray) -> np.ndarray:
            top = np.partition(rows, -2, axis=1)[:, -2:]
            return top[:, 1] - top[:, 0]

        atoms = self.atoms
        class_A = gap(atoms.class_AK)
        counts_A = np.minimum(gap(atoms.charge_AQ), gap(atoms.hydrogens_AH))
        counts_A = np.minimum(counts_A, gap(atoms.isotope_AI))
        bare_A = np.isin(atoms.class_AK.argmax(axis=1), _WITHOUT_COUNTS)
        return np.where(bare_A, class_A, np.minimum(class_A, counts_A))
