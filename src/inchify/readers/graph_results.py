"""What the graph reader hands from one of its steps to the next: what a pass may cost, the graphs
that were seen, and what became of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from inchify.chem.molecule import MoleculeReading
from inchify.readers.scale import Look
from inchify.types import Candidate, MoleculeGraph


@dataclass
class Allowance:
    """How many ``pixels`` of a view the network may still see before it begins its last pass."""

    pixels: int

    def takes(self, pixels: int) -> bool:
        """Whether a pass over so many pixels may begin; it is then counted."""
        begins = self.pixels > 0
        self.pixels -= pixels * begins
        return begins


@dataclass(frozen=True)
class Sight:
    """Graphs in pixels of the cut, the likeliest first, with the logarithms of their chances;
    ``crowd`` is how many atoms seemed to be there where they were too many to look for graphs;
    ``look`` the pass that they were seen in; ``plain``: the first is all that a drawing of so few
    strokes can be, whatever its maps say of there being a molecule."""

    graphs: tuple[MoleculeGraph, ...] = ()
    scores: tuple[float, ...] = ()
    crowd: int = 0
    look: Look | None = None
    plain: bool = False


@dataclass(frozen=True)
class Finished:
    """What became of a graph: ``graph`` with its labels expanded, its molecule, and the graph as it
    is ``drawn``, all in the picture's pixels, or why there is none."""

    score: float
    graph: MoleculeGraph = field(default_factory=MoleculeGraph)
    reading: MoleculeReading = field(default_factory=MoleculeReading)
    drawn: MoleculeGraph = field(default_factory=MoleculeGraph)
    error: str = ""


def distinct_candidates(found: Sequence[Finished], source: str) -> tuple[Candidate, ...]:
    """Candidates of what became a molecule, each once, with its best score. One with open ends has
    no InChI; its CXSMILES stands for it."""
    best: dict[str, Candidate] = {}
    for item in sorted(found, key=lambda item: -item.score):
        text = item.reading.identity
        if text:
            parts = len(item.drawn.atoms) + len(item.drawn.bonds)
            best.setdefault(text, Candidate(text, item.score, parts, source, graph=item.drawn))
    return tuple(best.values())
