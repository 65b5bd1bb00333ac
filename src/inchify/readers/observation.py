"""What one view of a graph reader's network shows: likely graphs with their chances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

from inchify.chemistry.graph_assembly.assembly import graph_confidence
from inchify.decoding.molecule_graph import MARGIN
from inchify.readers.labels.picture_text import PictureText
from inchify.readers.stroke_graph.small_drawings import graph_of_strokes
from inchify.readers.views.scale_search import NetworkPass
from inchify.types import GraphAtom, MoleculeGraph

# A graph that few strokes show exactly is a molecule without the maps' word where it has a label or
# at most this number of bonds: the network sees little of it (four may be a table's cell).
PLAIN_BONDS = 3


@dataclass(frozen=True)
class Observation:
    """Graphs of one view, the likeliest first.

    Attributes:
        graphs: In pixels of the cut.
        scores: Logarithms of their chances.
        crowd: How many atoms seemed to be there where they were too many to look for graphs.
        network_pass: The pass that they were seen in.
        plain: Whether the first graph is all that a drawing of so few strokes can be, whatever its
            maps say of there being a molecule.
    """

    graphs: tuple[MoleculeGraph, ...] = ()
    scores: tuple[float, ...] = ()
    crowd: int = 0
    network_pass: NetworkPass | None = None
    plain: bool = False

    def why_nothing(self, max_atoms: int) -> str:
        """Why there are no graphs.

        Args:
            max_atoms: Atoms that are taken for one molecule at most.
        """
        if self.crowd:
            return (
                f"too many atoms: about {self.crowd} seem to be in this picture; "
                f"at most {max_atoms} are taken for one molecule"
            )
        return "no molecule was found in this picture"


def observation_of(
    ranked: Sequence[tuple[MoleculeGraph, float]],
    network_pass: NetworkPass,
    text: PictureText | None,
    beside: Sequence[GraphAtom],
    *,
    cage: bool,
) -> Observation:
    """Place the graphs of a network's pass in the cut, and put first what strokes show exactly.

    Args:
        ranked: Graphs in pixels of the pass with the logarithms of their chances.
        network_pass: The pass.
        text: What is written in the cut, with its strokes.
        beside: Labels beside the drawing, which every graph gets.
        cage: Whether the first graph is a cage that its strokes show.
    """
    across, down = network_pass.factors
    shift = (-MARGIN / across, -MARGIN / down)
    graphs = [graph.moved((1 / across, 1 / down), shift) for graph, _ in ranked if graph.atoms]
    scores = [score for graph, score in ranked if graph.atoms]
    exact = graph_of_strokes(text) if text is not None else None
    plain = exact is not None and (
        len(exact.bonds) <= PLAIN_BONDS or any(atom.text for atom in exact.atoms)
    )
    if exact is not None:
        others = 0 if plain else len(graphs)  # it is read exactly, at any scale
        graphs = [exact, *graphs[:others]]
        scores = [log(graph_confidence(exact)), *scores[:others]]
    graphs = [replace(graph, atoms=(*graph.atoms, *beside)) for graph in graphs]
    return Observation(tuple(graphs), tuple(scores), network_pass=network_pass, plain=plain or cage)
