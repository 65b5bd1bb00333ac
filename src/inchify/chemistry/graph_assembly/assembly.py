"""Assembly of the likeliest molecular graph from atom and bond candidates with probabilities.

The likeliest of everything is taken first; where that breaks a valence, an exact search chooses
again. Shape letters: A atom candidates, B bond candidates. Coordinates are pixels, y down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, log, log1p, prod

import numpy as np

from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    NONE,
    AssemblySettings,
    AtomCandidates,
    BondCandidates,
    bond_length,
    merged,
    without_bonds_where,
)
from inchify.chemistry.graph_assembly.selection import (
    ORDER_K,
    Choice,
    independent_choice,
    order_totals,
    violated_atoms,
)
from inchify.chemistry.graph_assembly.valence_program import repaired
from inchify.chemistry.symbols import BOND_KINDS, DIRECTED
from inchify.chemistry.valence import HALOGENS, can_be_stereocenter, fits, label_text, order_sums
from inchify.types import BondKind, GraphAtom, GraphBond, MoleculeGraph

__all__ = [
    "UNREAD",
    "AssemblySettings",
    "AtomCandidates",
    "BondCandidates",
    "choose_graph",
    "graph_confidence",
]

# The text of a longer label; who reads it puts the text in its place.
UNREAD = "?"


def choose_graph(
    atoms: AtomCandidates, bonds: BondCandidates, settings: AssemblySettings | None = None
) -> MoleculeGraph:
    """Assemble the likeliest graph under the valence rules; there always is one, possibly empty.

    The confidence of an atom is the probability that it exists in its state, times the square root
    of the probability of no bond for every unbonded pair with a kept atom; that of a bond is the
    probability of its kind and direction. Labels that must still be read have the symbol "" and the
    text ``UNREAD``; other labels have their usual text.

    Args:
        atoms: Atom candidates, coordinates in pixels.
        bonds: Bond candidates; ``pairs_B2`` are indices of ``atoms``.
        settings: Distances in bond lengths, penalties in nats; defaults where None.

    Returns:
        The graph in pixels, with confidences in 0..1.
    """
    settings = settings or AssemblySettings()
    if not len(atoms):
        return MoleculeGraph()
    chosen = first_choice(atoms, bonds, settings)
    return graph_of(chosen.atoms, chosen.bonds, chosen.choice, settings)


@dataclass(frozen=True)
class Chosen:
    """A choice with its candidates, duplicates merged: in ``bonds`` a bond that would run over a
    third atom has probability 0, in ``open_bonds`` not. ``length`` of a bond in pixels."""

    atoms: AtomCandidates
    bonds: BondCandidates
    open_bonds: BondCandidates
    choice: Choice
    length: float


def first_choice(
    atoms: AtomCandidates, bonds: BondCandidates, settings: AssemblySettings
) -> Chosen:
    """Choose the likeliest states and bond kinds under the valence rules.

    Args:
        atoms: Atom candidates, coordinates in pixels.
        bonds: Bond candidates; ``pairs_B2`` are indices of ``atoms``.
        settings: Distances in bond lengths, penalties in nats.

    Returns:
        The choice with its candidates, duplicates merged.
    """
    length = bond_length(atoms, bonds)
    atoms, open_bonds = merged(atoms, bonds, settings.merge_distance * length)
    choice = independent_choice(atoms, open_bonds, settings)
    bonds, choice = remove_passing_bonds(
        atoms, open_bonds, choice, settings.passing_distance * length
    )
    bad = violated_atoms(choice, bonds, settings)
    if bad:
        choice = repaired(atoms, bonds, choice, bad, settings)
    return Chosen(atoms, bonds, open_bonds, choice, length)


def graph_confidence(graph: MoleculeGraph) -> float:
    """The probability that the complete graph is correct, if its parts are independent.

    Args:
        graph: An assembled graph.

    Returns:
        The product of the confidences of all atoms and bonds; 0 for an empty graph.
    """
    if not graph.atoms:
        return 0.0
    confidences = [atom.confidence for atom in graph.atoms]
    confidences += [bond.confidence for bond in graph.bonds]
    return exp(sum(log(max(confidence, 1e-12)) for confidence in confidences))


def remove_passing_bonds(
    atoms: AtomCandidates, bonds: BondCandidates, choice: Choice, max_distance: float
) -> tuple[BondCandidates, Choice]:
    """The choice without bonds that pass over a third atom (within ``max_distance`` pixels)."""
    passing_B = passing_bonds_B_of(atoms, bonds, choice, max_distance)
    kind_B = np.where(passing_B, NONE, choice.kind_B)
    return without_bonds_where(bonds, passing_B), replace(choice, kind_B=kind_B)


def passing_bonds_B_of(
    atoms: AtomCandidates, bonds: BondCandidates, choice: Choice, max_distance: float
) -> np.ndarray:
    """bool (B,): chosen bonds that pass over a third atom to which both their ends are bonded."""
    passing_B = np.zeros(len(bonds), dtype=bool)
    if max_distance <= 0:
        return passing_B
    chosen = np.flatnonzero(choice.kind_B != NONE).tolist()
    neighbors: dict[int, set[int]] = {}
    for number in chosen:
        first, second = bonds.pairs_B2[number].tolist()
        neighbors.setdefault(first, set()).add(second)
        neighbors.setdefault(second, set()).add(first)
    for number in chosen:
        first, second = bonds.pairs_B2[number].tolist()
        for middle in neighbors[first] & neighbors[second]:
            begin, along = atoms.xy_A2[first], atoms.xy_A2[second] - atoms.xy_A2[first]
            offset = atoms.xy_A2[middle] - begin
            share = float(offset @ along) / max(float(along @ along), 1e-9)
            passing_B[number] |= (
                0 < share < 1 and np.hypot(*(offset - share * along)) < max_distance
            )
    return passing_B


def graph_of(
    atoms: AtomCandidates, bonds: BondCandidates, choice: Choice, settings: AssemblySettings
) -> MoleculeGraph:
    """Make the graph of a choice, without stray components.

    Args:
        atoms: Atom candidates, coordinates in pixels.
        bonds: Bond candidates; ``pairs_B2`` are indices of ``atoms``.
        choice: States of the atoms and kinds of the bonds.
        settings: What a stray component is.

    Returns:
        The graph in pixels, with confidences in 0..1.
    """
    number_A = np.cumsum(choice.present_A) - 1
    open_B = (choice.kind_B == NONE) & choice.present_A[bonds.pairs_B2].all(axis=1)
    doubt_A = np.bincount(
        bonds.pairs_B2[open_B].reshape(-1),
        np.repeat(bonds.log_kind_BK[open_B, NONE] / 2, 2),
        len(atoms),
    )
    places, boxes = atoms.xy_A2.tolist(), atoms.box_A4.tolist()
    logs = (np.log(np.maximum(atoms.score_A, 1e-12)) + doubt_A).tolist()
    drawn = []
    for place in np.flatnonzero(choice.present_A).tolist():
        state, (x, y) = choice.states[place], places[place]
        confidence = min(1.0, exp(min(0.0, logs[place] + state.log_probability)))
        if state.hydrogens is None and not state.is_label:
            drawn.append(GraphAtom(x, y, confidence=confidence))
            continue
        symbol, charge, hydrogens, isotope = state[:4]
        text = label_text(symbol, charge, hydrogens or 0, isotope) if symbol else UNREAD
        box = tuple(boxes[place])
        drawn.append(GraphAtom(x, y, symbol, text, charge, hydrogens, isotope, box, confidence))
    joined = []
    for bond in _directed_bonds(bonds, choice, settings):
        begin, end = int(number_A[bond.begin]), int(number_A[bond.end])
        joined.append(GraphBond(begin, end, bond.kind, bond.confidence))
    return remove_stray_components(MoleculeGraph(tuple(drawn), tuple(joined)), settings)


def _directed_bonds(
    bonds: BondCandidates, choice: Choice, settings: AssemblySettings
) -> list[GraphBond]:
    """The chosen bonds with their direction, between the candidates' indices."""
    degree_A, flat_A = degrees_and_unsaturation(bonds, choice)
    directed = []
    for number in np.flatnonzero(choice.kind_B != NONE).tolist():
        column = int(choice.kind_B[number])
        kind: BondKind = BOND_KINDS[column - 1]
        first, second = bonds.pairs_B2[number].tolist()
        confidence = exp(bonds.log_kind_BK[number, column])
        if kind not in DIRECTED:
            directed.append(GraphBond(first, second, kind, min(1.0, confidence)))
            continue
        ways = bond_directions(bonds, choice, number, degree_A, flat_A, settings)
        if not ways:
            kind, ways = "single", [(0.0, 1.0, first, second)]
            confidence += exp(bonds.log_kind_BK[number, COLUMNS["single"]])
        _, share, begin, end = ways[-1 if number in choice.turned else 0]
        directed.append(GraphBond(begin, end, kind, min(1.0, confidence * share)))
    return directed


def degrees_and_unsaturation(
    bonds: BondCandidates, choice: Choice
) -> tuple[np.ndarray, np.ndarray]:
    """For each atom how many bonds it has, and whether one of them is double or aromatic."""
    _, aromatic_A, degree_A = order_totals(len(choice.states), bonds, choice.kind_B)
    flat_A = aromatic_A > 0
    flat_A[bonds.pairs_B2[ORDER_K[choice.kind_B] > 1].reshape(-1)] = True
    return degree_A, flat_A


def bond_directions(
    bonds: BondCandidates,
    choice: Choice,
    number: int,
    degree_A: np.ndarray,
    flat_A: np.ndarray,
    settings: AssemblySettings,
    column: int | None = None,
) -> list[tuple[float, float, int, int]]:
    """The directions (score, share, begin, end) that a bond may have in its chosen kind, or in that
    of another ``column``, the likelier first."""
    column = int(choice.kind_B[number]) if column is None else column
    first, second = bonds.pairs_B2[number].tolist()
    forward = min(max(float(bonds.forward_B[number]), 1e-6), 1 - 1e-6)
    ways = [
        (log(forward), forward, first, second),
        (log1p(-forward), 1 - forward, second, first),
    ]
    if column != COLUMNS["dative"]:
        ways = [
            (
                score - settings.flat_center_penalty * _is_flat(choice, flat_A, begin),
                share,
                begin,
                end,
            )
            for score, share, begin, end in ways
            if can_be_stereocenter(choice.states[begin].symbol, int(degree_A[begin]))
        ]
    return sorted(ways, reverse=True)


def _is_flat(choice: Choice, flat_A: np.ndarray, place: int) -> bool:
    """Whether an atom has a double bond, so that it cannot be a stereocenter."""
    return bool(flat_A[place]) and choice.states[place].symbol in ("C", "N", "B")


def remove_stray_components(graph: MoleculeGraph, settings: AssemblySettings) -> MoleculeGraph:
    """Remove bare corners without a bond, and small components that are no separate species.

    Args:
        graph: An assembled graph.
        settings: Sizes and confidences of small components.

    Returns:
        The remaining graph; the largest component always stays unless it is a bare corner.
    """
    components = _components(graph)
    totals, aromatic = order_sums(len(graph.atoms), graph.bonds)
    main = max(components, key=len, default=[])
    kept: set[int] = set()
    for component in components:
        atoms = [graph.atoms[place] for place in component]
        if len(component) == 1 and not atoms[0].text:
            continue
        if component is not main and len(component) <= settings.small_component_atoms:
            bare = all(not atom.text for atom in atoms)
            if len(component) <= settings.bare_component_atoms and bare:
                continue
            if prod(atom.confidence for atom in atoms) < settings.min_component_confidence:
                continue
            if not all(
                _is_whole(graph.atoms[p], totals[p], aromatic[p], settings) for p in component
            ):
                continue
        kept.update(component)
    if len(kept) == len(graph.atoms):
        return graph
    number = {place: new for new, place in enumerate(sorted(kept))}
    bonds = tuple(
        replace(bond, begin=number[bond.begin], end=number[bond.end])
        for bond in graph.bonds
        if bond.begin in number
    )
    return MoleculeGraph(tuple(graph.atoms[place] for place in number), bonds)


def _components(graph: MoleculeGraph) -> list[list[int]]:
    """The connected components as lists of atoms, the one with the first atom first."""
    root = list(range(len(graph.atoms)))

    def find(place: int) -> int:
        while root[place] != place:
            root[place] = root[root[place]]
            place = root[place]
        return place

    for bond in graph.bonds:
        root[find(bond.begin)] = find(bond.end)
    components: dict[int, list[int]] = {}
    for place in range(len(root)):
        components.setdefault(find(place), []).append(place)
    return list(components.values())


def _is_whole(atom: GraphAtom, total: int, aromatic: int, settings: AssemblySettings) -> bool:
    """Whether an atom of a small component may be a species or part of one."""
    if not atom.symbol:
        return settings.lone_labels
    lone_halogen = atom.symbol in HALOGENS and total == 0
    return lone_halogen or fits(atom.symbol, atom.charge, atom.hydrogens, total, aromatic)
