"""Conversion of Fischer projections, Haworth projections and chairs into wedged bonds.

All say by their shape what other drawings say by wedges. In a Fischer projection the sides of a
cross point to the viewer. A Haworth projection is a ring of sugars seen from its front: what points
up is above the ring. Of a chair the corners tell that too (``chemistry.stereo.chairs``). Pictures
have y down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import atan2, cos, degrees, hypot, pi, sin

from inchify.chemistry.molecule_expansion import attached_at
from inchify.chemistry.stereo.chairs import chair_rings, chair_signs
from inchify.types import BondKind, GraphAtom, GraphBond, MoleculeGraph

FISCHER, HAWORTH, CHAIR = "Fischer projection", "Haworth projection", "chair"


@dataclass(frozen=True)
class ProjectionSettings:
    """``max_tilt``: degrees by which a bond may differ from upright or level.
    ``min_vertical_bonds`` bonds outside a ring make it a Haworth projection,
    ``min_vertical_bonds_bold`` where its front is drawn bold; one of them at least differs from the
    way out of the ring by ``min_outward_angle`` degrees. ``substituent_angle``:
    degrees between the two bonds outside a ring atom when they are laid out flat.
    """

    max_tilt: float = 12.0
    min_vertical_bonds: int = 3
    min_vertical_bonds_bold: int = 2
    min_outward_angle: float = 35.0
    substituent_angle: float = 25.0


@dataclass(frozen=True)
class Projection:
    """``graph`` with wedges in place of the projection; ``name`` is ``FISCHER``, ``HAWORTH``,
    ``CHAIR`` or "" where the graph is drawn as none, then it is as it was, as it is where the
    projection is not ``understood``."""

    graph: MoleculeGraph
    name: str = ""
    understood: bool = True


def unprojected(graph: MoleculeGraph, settings: ProjectionSettings | None = None) -> Projection:
    """Convert the stereo of Haworth rings, chairs and Fischer crosses into wedges.

    Atoms outside a Haworth ring or chair are moved to where a flat drawing has them; the atoms of a
    chair's ring are moved onto a circle. Indices of atoms and the order of bonds stay.

    Args:
        graph: The drawn graph, y down.
        settings: Angles and numbers of bonds that define a projection; defaults where None.

    Returns:
        The converted graph with the projection's name; the unchanged graph where there is none.
    """
    settings = settings or ProjectionSettings()
    drawn = _Drawing(graph, settings)
    chairs = [(ring, chair_signs(graph, ring)) for ring in chair_rings(graph)]
    if chairs:
        for chair, above in chairs:
            if above is None:
                return Projection(graph, CHAIR, understood=False)
            drawn.round_off(chair)
            drawn.flatten(chair, above)
        return Projection(drawn.result(), CHAIR)
    rings = [
        (ring, clear) for ring in drawn.rings() if (clear := drawn.is_haworth(ring)) is not None
    ]
    if rings:
        if not all(clear for _, clear in rings):
            return Projection(graph, HAWORTH, understood=False)
        for ring, _ in rings:
            drawn.flatten(ring)
        return Projection(drawn.result(), HAWORTH)
    crosses = [place for place in range(len(graph.atoms)) if drawn.is_cross(place)]
    if not any(drawn.has_hydrogen_beside(place) for place in crosses):
        return Projection(graph)
    for place in crosses:
        for number, _ in drawn.neighbors[place]:
            if drawn.way(place, number)[1] == 0:
                drawn.mark(place, number, "wedge")
    return Projection(drawn.result(), FISCHER)


class _Drawing:
    """A graph whose bonds and places can be changed."""

    def __init__(self, graph: MoleculeGraph, settings: ProjectionSettings) -> None:
        self.settings = settings
        self.atoms: list[GraphAtom] = list(graph.atoms)
        self.bonds: list[GraphBond] = list(graph.bonds)
        # for each atom its (bond, neighbor)
        self.neighbors: list[list[tuple[int, int]]] = [[] for _ in graph.atoms]
        for number, bond in enumerate(graph.bonds):
            self.neighbors[bond.begin].append((number, bond.end))
            self.neighbors[bond.end].append((number, bond.begin))

    def result(self) -> MoleculeGraph:
        return MoleculeGraph(tuple(self.atoms), tuple(self.bonds))

    def mark(self, center: int, number: int, kind: BondKind) -> None:
        bond = self.bonds[number]
        other = bond.begin + bond.end - center
        self.bonds[number] = replace(bond, begin=center, end=other, kind=kind)

    def angle(self, begin: int, end: int) -> float:
        """Degrees from the x axis, counter-clockwise; of a label the nearest letter counts."""
        first, second = self.atoms[begin], self.atoms[end]
        (x0, y0), (x1, y1) = attached_at(first, second), attached_at(second, first)
        return degrees(atan2(y0 - y1, x1 - x0))

    def way(self, place: int, number: int) -> tuple[int, int]:
        """(x, y) of a level or upright bond from an atom, each -1, 0 or 1, y up; else (0, 0)."""
        bond = self.bonds[number]
        angle = self.angle(place, bond.begin + bond.end - place)
        quarter = round(angle / 90.0)
        if abs(angle - 90.0 * quarter) > self.settings.max_tilt:
            return 0, 0
        return ((1, 0), (0, 1), (-1, 0), (0, -1))[quarter % 4]

    def is_cross(self, place: int) -> bool:
        """Whether an atom may be a center of a Fischer projection: a carbon with four plain bonds
        at right angles, in no ring and with at most one bare corner at its sides."""
        atom, bonded = self.atoms[place], self.neighbors[place]
        if atom.symbol != "C" or atom.hydrogens or len(bonded) != 4:
            return False
        if any(self.bonds[number].kind != "single" for number, _ in bonded):
            return False
        ways = {self.way(place, number): other for number, other in bonded}
        if set(ways) != {(1, 0), (0, 1), (-1, 0), (0, -1)}:
            return False
        labels = [self.atoms[ways[way]].text for way in ((1, 0), (-1, 0))]
        return any(labels) and not self._in_ring(place)

    def has_hydrogen_beside(self, place: int) -> bool:
        """Whether a hydrogen stands at one side of a cross, as in hardly any other drawing."""
        sides = [other for number, other in self.neighbors[place] if self.way(place, number)[0]]
        return sum(self.atoms[side].symbol == "H" for side in sides) == 1

    def _in_ring(self, place: int) -> bool:
        """Whether a neighbor is reached from another one without the atom itself."""
        visited: set[int] = {place}
        for _, start in self.neighbors[place]:
            if start in visited:
                return True
            stack = [start]
            while stack:
                here = stack.pop()
                if here not in visited:
                    visited.add(here)
                    stack.extend(other for _, other in self.neighbors[here])
        return False

    def rings(self) -> Iterator[list[int]]:
        """Rings of five or six with one oxygen and carbon else, the oxygen first."""
        for place, atom in enumerate(self.atoms):
            bonded = self.neighbors[place]
            if atom.symbol == "O" and len(bonded) == 2:
                for chain in self._chains([bonded[0][1]], bonded[1][1], {place}):
                    yield [place, *chain]

    def _chains(self, chain: list[int], last: int, excluded: set[int]) -> Iterator[list[int]]:
        """Chains of four or five carbons from the given beginning to ``last``."""
        if chain[-1] == last:
            if len(chain) >= 4:
                yield chain
            return
        if len(chain) == 5:
            return
        for _, other in self.neighbors[chain[-1]]:
            if other not in excluded and other not in chain and self.atoms[other].symbol == "C":
                yield from self._chains([*chain, other], last, excluded)

    def is_haworth(self, ring: Sequence[int]) -> bool | None:
        """Whether a ring's atoms bear upright bonds as no flat drawing has them; False where others
        of its bonds say neither up nor down, None where it is no Haworth projection."""
        outside = list(self._outside(ring))
        inner = [self.bonds[number].kind for number in self._ring_bonds(ring)]
        plain = ("single", "bold")
        if any(kind not in (*plain, "wedge") for kind in inner):
            return None
        if any(self.bonds[number].kind not in plain for _, number, _ in outside):
            return None
        upright = [(p, other) for p, n, other in outside if self.way(p, n)[1]]
        bold = sum(kind != "single" for kind in inner) >= 2
        if len(upright) < (
            self.settings.min_vertical_bonds_bold if bold else self.settings.min_vertical_bonds
        ):
            return None
        middle = self._middle(ring)
        off = [self._off_the_way_out(p, other, middle) for p, other in upright]
        if not bold and max(off) <= self.settings.min_outward_angle:
            return None
        # a bond that is neither, as to the next ring, must still rise or fall
        rising = all(self._rises(p, other) for p, _, other in outside)
        return rising and len(upright) >= len(outside) - 1

    def _outside(self, ring: Sequence[int]) -> Iterator[tuple[int, int, int]]:
        """(ring atom, bond, neighbor) of every bond that leaves the ring."""
        for place in ring:
            for number, other in self.neighbors[place]:
                if other not in ring:
                    yield place, number, other

    def _ring_bonds(self, ring: Sequence[int]) -> list[int]:
        inside = set(ring)
        return [n for n, b in enumerate(self.bonds) if b.begin in inside and b.end in inside]

    def _rises(self, place: int, other: int) -> int:
        """1 where a bond goes up, -1 down, 0 where it is nearly level."""
        slope = sin(self.angle(place, other) * pi / 180)
        return (slope > 0.4) - (slope < -0.4)

    def _middle(self, ring: Sequence[int]) -> tuple[float, float]:
        x = sum(self.atoms[place].x for place in ring) / len(ring)
        return x, sum(self.atoms[place].y for place in ring) / len(ring)

    def _off_the_way_out(self, place: int, other: int, middle: tuple[float, float]) -> float:
        """Degrees between a bond and the way out of its ring."""
        atom = self.atoms[place]
        out = degrees(atan2(middle[1] - atom.y, atom.x - middle[0]))
        return abs((self.angle(place, other) - out + 180.0) % 360.0 - 180.0)

    def round_off(self, ring: Sequence[int]) -> None:
        """The ring's atoms on a circle, in the order and direction in which they are drawn."""
        x, y = self._middle(ring)
        spots = [(self.atoms[place].x - x, self.atoms[place].y - y) for place in ring]
        pairs = list(zip(spots, (*spots[1:], spots[0]), strict=True))
        orientation = sum(first[0] * second[1] - first[1] * second[0] for first, second in pairs)
        step = (1 if orientation > 0 else -1) * 2 * pi / len(ring)
        radius, start = max(hypot(*spot) for spot in spots), atan2(spots[0][1], spots[0][0])
        for number, place in enumerate(ring):
            angle = start + number * step
            self.atoms[place] = replace(
                self.atoms[place], x=x + radius * cos(angle), y=y + radius * sin(angle)
            )

    def flatten(
        self, ring: Sequence[int], above: Mapping[tuple[int, int], int] | None = None
    ) -> None:
        """Wedges for what is above a ring, hashes for what is below, laid out flat; ``above``:
        (ring atom, neighbor) -> 1 or -1; what rises is above a Haworth ring."""
        for number in self._ring_bonds(ring):
            self.bonds[number] = replace(self.bonds[number], kind="single")
        middle = self._middle(ring)
        for place in ring:
            atom = self.atoms[place]
            outside = [(n, other) for p, n, other in self._outside(ring) if p == place]
            out = atan2(atom.y - middle[1], atom.x - middle[0])
            for side, (number, other) in zip((1, -1), outside, strict=False):
                rises = above[place, other] if above else self._rises(place, other)
                self.mark(place, number, "wedge" if rises > 0 else "hash")
                away = out + side * (len(outside) > 1) * self.settings.substituent_angle * pi / 180
                end = self.atoms[other]
                length = hypot(end.x - atom.x, end.y - atom.y)
                x, y = atom.x + length * cos(away), atom.y + length * sin(away)
                self.atoms[other] = replace(end, x=x, y=y)
