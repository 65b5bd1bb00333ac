"""Expansion of a graph's atom labels into its molecule; runs in a process that may die."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.molecule import MoleculeReading, expand, read_molecule
from inchify.chemistry.molecule_expansion import usual_bond, written_order
from inchify.chemistry.species import species_of_text
from inchify.chemistry.valence import ORDERS
from inchify.types import Candidate, MoleculeGraph

# Bonds that a label may have.
MOST_BONDS = 6


@dataclass(frozen=True)
class CutGraph:
    """A graph in pixels of a cut of ``size`` (height, width), and where that lies in its picture:
    it was given so many quarter ``turns`` clockwise, before that it lay at ``shift`` (x, y).

    ``texts``: what the labels at some atoms may say, the likeliest first; the first that is
    understood counts. ``ends``: where along some labels their bonds end, as ``inner_ends`` gives
    it."""

    graph: MoleculeGraph
    texts: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    ends: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    turns: int = 0
    size: tuple[int, ...] = (0, 0)
    shift: tuple[float, float] = (0.0, 0.0)

    def placed(self, graph: MoleculeGraph) -> MoleculeGraph:
        """A graph in pixels of the cut, in pixels of the picture."""
        # as many more turns as make a whole one, each by the height that the cut then has
        for turn in range(-self.turns % 4):
            graph = graph.turned(self.size[turn % 2])
        return graph.moved(1.0, self.shift)


@dataclass(frozen=True)
class FinishedGraph:
    """What became of a graph: ``graph`` with its labels expanded, its molecule, and the graph as it
    is ``drawn``, all in the picture's pixels, or why there is none; ``score`` is the logarithm of
    its chance."""

    score: float
    graph: MoleculeGraph = field(default_factory=MoleculeGraph)
    reading: MoleculeReading = field(default_factory=MoleculeReading)
    drawn: MoleculeGraph = field(default_factory=MoleculeGraph)
    error: str = ""


def distinct_candidates(found: Sequence[FinishedGraph], source: str) -> tuple[Candidate, ...]:
    """Candidates of what became a molecule, each once, with its best score, the likeliest first.

    One with open ends has no InChI; its CXSMILES stands for it.

    Args:
        found: What became of the graphs of one view.
        source: What the candidates give as their source.
    """
    best: dict[str, Candidate] = {}
    for item in sorted(found, key=lambda item: -item.score):
        text = item.reading.identity
        if text:
            parts = len(item.drawn.atoms) + len(item.drawn.bonds)
            best.setdefault(text, Candidate(text, item.score, parts, source, graph=item.drawn))
    return tuple(best.values())


def finish(cut: CutGraph) -> tuple[MoleculeGraph, MoleculeReading]:
    """The graph with its long labels expanded where they are understood, and its molecule, both in
    the picture's pixels. Labels are expanded as they are read, before anything is turned back."""
    graph = cut.graph
    unit = usual_bond(graph) or 1.0
    fragments, beside = {}, []
    atoms = list(graph.atoms)
    for place, atom in enumerate(graph.atoms):
        if atom.symbol or not atom.text:
            continue
        near = [graph.bonds[b] for b in written_order(graph.atoms, graph.bonds, place, unit)]
        if len(near) > MOST_BONDS:
            continue
        if not near and species_of_text(atom.text) is not None:
            beside.append(place)
            continue
        side = side_of(graph, place, [bond.begin + bond.end - place for bond in near])
        orders = tuple(max(1, ORDERS[bond.kind]) for bond in near)
        for text in cut.texts.get(place, (atom.text,)):
            found = expand_label(text, len(near), side, orders, cut.ends.get(place))
            if found is not None:
                atoms[place] = replace(atom, text=text)
                # a label that is nothing but an R group stays a label
                if any(letter.isalpha() for letter in found.smiles):
                    fragments[place] = found.smiles
                break
    graph = MoleculeGraph(tuple(atoms), graph.bonds)
    if fragments or beside:
        try:
            graph = with_species(expand(graph, fragments), beside)
        except ValueError as error:
            graph = cut.placed(graph)
            return graph, replace(read_molecule(graph), error=str(error))
    graph = cut.placed(graph)
    return graph, read_molecule(graph)


def with_species(graph: MoleculeGraph, labels: Sequence[int]) -> MoleculeGraph:
    """The graph with what the labels beside it name: counter-ions balance its charge."""
    charge = sum(atom.charge for atom in graph.atoms)
    for place in labels:
        known = species_of_text(graph.atoms[place].text)
        smiles = known.balanced(charge) if known is not None else ""
        if smiles:
            before = sum(atom.charge for atom in graph.atoms)
            graph = expand(graph, {place: smiles})
            charge += sum(atom.charge for atom in graph.atoms) - before
    return graph


def side_of(graph: MoleculeGraph, place: int, near: list[int]) -> str | None:
    """On which side of its label the only bond arrives, None with several or none."""
    if len(near) != 1:
        return None
    atom, other = graph.atoms[place], graph.atoms[near[0]]
    if atom.box is not None and atom.box[2] - atom.box[0] > 0:
        # the attachment letter stands at one end of the text
        middle = (atom.box[0] + atom.box[2]) / 2
        if abs(atom.x - middle) > 0.1 * (atom.box[2] - atom.box[0]):
            return "left" if atom.x < middle else "right"
    return "left" if other.x < atom.x else "right"


def warm_up() -> None:
    """Imports what ``finish`` needs."""
    from inchify.types import GraphAtom

    finish(CutGraph(MoleculeGraph((GraphAtom(0.0, 0.0, "C", "CH4", hydrogens=4),))))
