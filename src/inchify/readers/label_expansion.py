"""Expansion of a graph's atom labels into its molecule; runs in a process that may crash."""

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
    """A graph in pixels of a cut of ``size`` (height, width), and the cut's position in its
    picture: at ``shift`` (x, y), then rotated by quarter ``turns`` clockwise.

    ``texts``: possible texts of the labels at some atoms, the likeliest first; the first that is
    understood counts. ``ends``: where along some labels their bonds end, as ``inner_ends`` gives
    it."""

    graph: MoleculeGraph
    texts: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    ends: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    turns: int = 0
    size: tuple[int, ...] = (0, 0)
    shift: tuple[float, float] = (0.0, 0.0)

    def placed(self, graph: MoleculeGraph) -> MoleculeGraph:
        """Map a graph from pixels of the cut to pixels of the picture."""
        # the quarter turns that complete a full rotation, each by the height that the cut then has
        for quarter in range(-self.turns % 4):
            graph = graph.turned(self.size[quarter % 2])
        return graph.moved(1.0, self.shift)


@dataclass(frozen=True)
class FinishedGraph:
    """A ``graph`` with its labels expanded, its molecule (``reading``), and the graph as it is
    ``drawn``, all in the picture's pixels, or an ``error``; ``score`` is its log-probability."""

    score: float
    graph: MoleculeGraph = field(default_factory=MoleculeGraph)
    reading: MoleculeReading = field(default_factory=MoleculeReading)
    drawn: MoleculeGraph = field(default_factory=MoleculeGraph)
    error: str = ""


def distinct_candidates(finished: Sequence[FinishedGraph], source: str) -> tuple[Candidate, ...]:
    """Collect the distinct molecules of finished graphs.

    Args:
        finished: The graphs of one view.
        source: The source of the candidates.

    Returns:
        Each molecule once, with its best score, the likeliest first. One with open ends has no
        InChI; its text is its CXSMILES.
    """
    best: dict[str, Candidate] = {}
    for item in sorted(finished, key=lambda item: -item.score):
        text = item.reading.identity
        if text:
            parts = len(item.drawn.atoms) + len(item.drawn.bonds)
            best.setdefault(text, Candidate(text, item.score, parts, source, graph=item.drawn))
    return tuple(best.values())


def finish(cut: CutGraph) -> tuple[MoleculeGraph, MoleculeReading]:
    """Expand a graph's long labels where they are understood, and read its molecule.

    Args:
        cut: The graph. Labels are expanded in its orientation, before it is turned back.

    Returns:
        The expanded graph and its molecule, both in the picture's pixels.
    """
    graph = cut.graph
    unit = usual_bond(graph) or 1.0
    fragments, beside = {}, []
    atoms = list(graph.atoms)
    for place, atom in enumerate(graph.atoms):
        if atom.symbol or not atom.text:
            continue
        neighbor_bonds = [
            graph.bonds[b] for b in written_order(graph.atoms, graph.bonds, place, unit)
        ]
        if len(neighbor_bonds) > MOST_BONDS:
            continue
        if not neighbor_bonds and species_of_text(atom.text) is not None:
            beside.append(place)
            continue
        side = side_of(graph, place, [bond.begin + bond.end - place for bond in neighbor_bonds])
        orders = tuple(max(1, ORDERS[bond.kind]) for bond in neighbor_bonds)
        for text in cut.texts.get(place, (atom.text,)):
            expansion = expand_label(text, len(neighbor_bonds), side, orders, cut.ends.get(place))
            if expansion is not None:
                atoms[place] = replace(atom, text=text)
                # a label that is nothing but an R group stays a label
                if any(letter.isalpha() for letter in expansion.smiles):
                    fragments[place] = expansion.smiles
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
    """Add the species that labels beside the drawing name; counter-ions balance its charge.

    Args:
        graph: The molecule, with the labels as atoms.
        labels: Numbers of those atoms.

    Returns:
        The graph; a species that is not known stays a label.
    """
    charge = sum(atom.charge for atom in graph.atoms)
    for place in labels:
        known = species_of_text(graph.atoms[place].text)
        smiles = known.balanced(charge) if known is not None else ""
        if smiles:
            before = sum(atom.charge for atom in graph.atoms)
            graph = expand(graph, {place: smiles})
            charge += sum(atom.charge for atom in graph.atoms) - before
    return graph


def side_of(graph: MoleculeGraph, place: int, neighbors: list[int]) -> str | None:
    """The side of a label at which its only bond arrives.

    Args:
        graph: The graph in pixels.
        place: The label's atom.
        neighbors: The atoms that it is bonded to.

    Returns:
        "left" or "right", None with several bonds or none.
    """
    if len(neighbors) != 1:
        return None
    atom, other = graph.atoms[place], graph.atoms[neighbors[0]]
    if atom.box is not None and atom.box[2] - atom.box[0] > 0:
        # the attachment letter stands at one end of the text
        middle = (atom.box[0] + atom.box[2]) / 2
        if abs(atom.x - middle) > 0.1 * (atom.box[2] - atom.box[0]):
            return "left" if atom.x < middle else "right"
    return "left" if other.x < atom.x else "right"


def warm_up() -> None:
    """Import the modules that ``finish`` needs."""
    from inchify.types import GraphAtom

    finish(CutGraph(MoleculeGraph((GraphAtom(0.0, 0.0, "C", "CH4", hydrogens=4),))))
