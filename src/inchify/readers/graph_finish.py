"""A graph whose labels were read goes in, its molecule comes out; for a process that may die."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inchify.chem.abbreviations import expand_label
from inchify.chem.molecule import MoleculeReading, expand, read_molecule
from inchify.types import MoleculeGraph

ORDERS = {"double": 2, "triple": 3}


@dataclass(frozen=True)
class CutGraph:
    """A graph in pixels of a cut, and where that lies in its picture: first a quarter turn back
    for a cut that was laid down (``turned``, the height it has lying), then ``shift`` (x, y)."""

    graph: MoleculeGraph
    turned: int | None = None
    shift: tuple[float, float] = (0.0, 0.0)

    def placed(self, graph: MoleculeGraph) -> MoleculeGraph:
        """A graph in pixels of the cut, in pixels of the picture."""
        if self.turned is not None:
            graph = turned_back(graph, self.turned)
        return graph.moved(1.0, self.shift)


def finish(cut: CutGraph) -> tuple[MoleculeGraph, MoleculeReading]:
    """The graph with its long labels expanded where they are understood, and its molecule, both in
    the picture's pixels. Labels are expanded as they are read, before anything is turned back."""
    graph = cut.graph
    bonds: dict[int, list[tuple[int, int]]] = {}
    for bond in graph.bonds:
        order = ORDERS.get(bond.kind, 1)
        bonds.setdefault(bond.begin, []).append((bond.end, order))
        bonds.setdefault(bond.end, []).append((bond.begin, order))
    fragments = {}
    for place, atom in enumerate(graph.atoms):
        if atom.symbol or not atom.text:
            continue
        near = bonds.get(place, [])
        side = side_of(graph, place, [other for other, _ in near])
        orders = tuple(order for _, order in near)
        found = expand_label(atom.text, len(near), side, orders) if len(near) <= 6 else None
        if found is not None:
            fragments[place] = found.smiles
    if fragments:
        try:
            graph = expand(graph, fragments)
        except ValueError as error:
            graph = cut.placed(graph)
            return graph, replace(read_molecule(graph), error=str(error))
    graph = cut.placed(graph)
    return graph, read_molecule(graph)


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


def turned_back(graph: MoleculeGraph, width: int) -> MoleculeGraph:
    """From a picture of that width, laid down by a quarter turn, to the one that stood."""
    atoms = []
    for atom in graph.atoms:
        box = atom.box and (
            width - atom.box[3],
            atom.box[0],
            width - atom.box[1],
            atom.box[2],
        )
        atoms.append(replace(atom, x=width - atom.y, y=atom.x, box=box))
    return MoleculeGraph(tuple(atoms), graph.bonds)


def warm_up() -> None:
    """Imports what ``finish`` needs."""
    from inchify.types import GraphAtom

    finish(CutGraph(MoleculeGraph((GraphAtom(0.0, 0.0, "C", "CH4", hydrogens=4),))))
