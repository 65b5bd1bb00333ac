"""Drawn molecules as graphs: atoms and bonds with their places in the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels, x to the right and y down."""


BondKind = Literal[
    "single", "double", "triple", "aromatic", "wedge", "hash", "wavy", "bold", "dative", "crossed"
]
"""How a bond is drawn. ``wedge`` and ``hash`` have their narrow end at ``begin``; ``dative`` points
to ``end``; ``aromatic`` is a ring bond drawn with a circle or a dashed line; ``crossed`` is a
double bond whose two lines cross: its geometry is unknown. New kinds go to the end, since networks
know kinds by their place."""


def mapped_box(box: Box, place: Callable[[float, float], tuple[float, float]]) -> Box:
    """Map a box; it stays axis-aligned.

    Args:
        box: Left, top, right, bottom.
        place: Maps a point (x, y).

    Returns:
        The box of the two mapped corners.
    """
    (x0, y0), (x1, y1) = place(*box[:2]), place(*box[2:])
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


@dataclass(frozen=True)
class GraphAtom:
    """An atom, label or bare corner of a drawing; x to the right and y down.

    ``symbol`` is an element's, or "" for a longer label that is not resolved yet. ``text`` is the
    label as it is written, "" at a bare corner of the skeleton. ``hydrogens`` are those written
    beside the symbol, None at a bare corner, where the valence decides; 0 says that none are
    written, not that there are none: where the valence asks for more and there is no dot, they are
    implied. ``box`` is the bounding box of the label (left, top, right, bottom). ``radicals`` are
    unpaired electrons, drawn as dots.
    """

    x: float
    y: float
    symbol: str = "C"
    text: str = ""
    charge: int = 0
    hydrogens: int | None = None
    isotope: int = 0
    box: tuple[float, float, float, float] | None = None
    confidence: float = 1.0
    radicals: int = 0


@dataclass(frozen=True)
class GraphBond:
    """A bond between two places in ``MoleculeGraph.atoms``."""

    begin: int
    end: int
    kind: BondKind = "single"
    confidence: float = 1.0


@dataclass(frozen=True)
class MoleculeGraph:
    """A drawn molecule as a graph: what the drawing shows, before chemistry. Coordinates are pixels
    of the picture (of a ``Drawing``: bond lengths)."""

    atoms: tuple[GraphAtom, ...] = ()
    bonds: tuple[GraphBond, ...] = ()

    def mapped(self, place: Callable[[float, float], tuple[float, float]]) -> MoleculeGraph:
        """Map every coordinate of the graph; boxes stay axis-aligned.

        Args:
            place: Maps a point (x, y).
        """

        def put(atom: GraphAtom) -> GraphAtom:
            box = None if atom.box is None else mapped_box(atom.box, place)
            x, y = place(atom.x, atom.y)
            return replace(atom, x=x, y=y, box=box)

        return MoleculeGraph(tuple(map(put, self.atoms)), self.bonds)

    def moved(
        self, scale: float | tuple[float, float], shift: tuple[float, float] = (0.0, 0.0)
    ) -> MoleculeGraph:
        """Scale and shift the graph.

        Args:
            scale: Factor of all coordinates, or one across and one down.
            shift: What is added afterwards (x, y).
        """
        across, down = scale if isinstance(scale, tuple) else (scale, scale)
        return self.mapped(lambda x, y: (x * across + shift[0], y * down + shift[1]))

    def turned(self, height: float) -> MoleculeGraph:
        """Turn the graph with its picture by a quarter turn clockwise.

        Args:
            height: The picture's height before the turn, in the graph's units.
        """
        return self.mapped(lambda x, y: (height - y, x))
