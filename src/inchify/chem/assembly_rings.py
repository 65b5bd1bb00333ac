"""A chosen graph in, the same with the one missing double bond of aromatic rings out.

No valence tells a benzene ring from a cyclohexadiene, but one is a hundred times as common, and a
faint second line is what scans lose first. Shape letters: B bond candidates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from inchify.chem.assembly_candidates import COLUMNS, NONE, AssemblySettings, BondCandidates
from inchify.chem.assembly_choice import ORDER_10, Choice
from inchify.chem.valence import allowed_orders

SINGLE, DOUBLE = COLUMNS["single"], COLUMNS["double"]
# Atoms that lend a ring of five their electrons.
_LENDERS = {"N", "O", "S", "Se"}


def completed_rings(bonds: BondCandidates, choice: Choice, settings: AssemblySettings) -> Choice:
    """The choice with a single bond made double where that completes a ring of alternating bonds
    and costs less than ``settings.ring_six`` or ``ring_five`` nats."""
    if not settings.ring_six and not settings.ring_five:
        return choice
    kind_B = choice.kind_B.copy()
    number_of: dict[tuple[int, int], int] = {}
    near: dict[int, list[int]] = {}
    for number, (first, second) in enumerate(bonds.pairs_B2.tolist()):
        if kind_B[number] != NONE:
            number_of[first, second] = number_of[second, first] = number
            near.setdefault(first, []).append(second)
            near.setdefault(second, []).append(first)
    rings = [ring for ring in set(small_rings(near)) if len(ring) in (5, 6)]
    members = {atom for ring in rings for atom in ring}

    def is_double(one: int, other: int) -> bool:
        return ORDER_10[kind_B[number_of[one, other]]] == 2

    def in_system(atom: int) -> bool:
        return any(other in members and is_double(atom, other) for other in near[atom])

    for ring in sorted(rings):
        pairs = list(zip(ring, (*ring[1:], ring[0]), strict=True))
        bare = [atom for atom in ring if not any(is_double(atom, other) for other in near[atom])]
        lenders = [atom for atom in bare if choice.states[atom].symbol in _LENDERS]
        if len(ring) == 5 and len(bare) == 3 and len(lenders) == 1:
            bare = [atom for atom in bare if atom not in lenders]
            price = settings.ring_five
        else:
            price = settings.ring_six if len(ring) == 6 else 0.0
        free = [pair for pair in pairs if set(pair) == set(bare)]
        rest = [atom for atom in ring if atom not in bare and atom not in lenders]
        if len(bare) != 2 or len(free) != 1 or not all(map(in_system, rest)):
            continue
        number = number_of[free[0]]
        logs = bonds.log_kind_B10[number]
        takes = all(_has_room(atom, near, number_of, kind_B, choice) for atom in bare)
        if takes and kind_B[number] == SINGLE and logs[SINGLE] - logs[DOUBLE] < price:
            kind_B[number] = DOUBLE
    return replace(choice, kind_B=kind_B)


def _has_room(
    atom: int,
    near: dict[int, list[int]],
    number_of: dict[tuple[int, int], int],
    kind_B: np.ndarray,
    choice: Choice,
) -> bool:
    """Whether an atom's valence allows one more order."""
    state = choice.states[atom]
    total = sum(int(ORDER_10[kind_B[number_of[atom, other]]]) for other in near[atom])
    if state.is_label:
        return False
    if state.hydrogens is None:
        return total + 1 <= 4
    allowed = allowed_orders(state.symbol, state.charge, state.hydrogens)
    return allowed is not None and total + 1 in allowed


def small_rings(near: dict[int, list[int]]) -> Iterator[tuple[int, ...]]:
    """For every bond the shortest rings of at most six atoms that it is in, each once: starting at
    its lowest atom, towards the lower neighbour."""
    for start in near:
        paths: list[tuple[int, ...]] = [(start, other) for other in near[start] if other > start]
        while paths:
            path = paths.pop()
            for other in near[path[-1]]:
                if other == start and len(path) > 2 and path[1] < path[-1]:
                    yield path
                elif other > start and other not in path and len(path) < 6:
                    paths.append((*path, other))
