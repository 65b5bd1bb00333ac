"""Evidence for an InChI with its wedges placed on other bonds.

A stereocentre carries one wedge or hash, but which of its bonds carries it is Indigo's whim: the
competition's Indigo often took another than ours. Every drawing that is tried means the same InChI.
Shape letters: N atoms, K places on bonds, H and W pixels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from inchify.chemistry.inchi import heavy_atoms
from inchify.rendering.bms_fonts import replace_typeface
from inchify.rendering.bms_graph import laid_atoms, svg_frame
from inchify.rendering.bms_style import FINE_BOND_PIXELS, fitted_drawing, placement
from inchify.rendering.indigo import DrawingError, inchi_of, render_molecule, render_molfile
from inchify.rendering.rasterizer import Drawing
from inchify.rendering.svg import shapes_of_svg
from inchify.verification.render_match.match import (
    Rendering,
    RenderSettings,
    compared,
    drawing_of,
    size_misfit,
)

# A molfile's numbers for the two marks, and the line on which its atoms begin.
KINDS: tuple[Literal[1], Literal[6]] = (1, 6)
FIRST_ATOM = 4
# Indigo's number for a bond in a ring.
RING = 10
CHOICES_KEPT = 256


@dataclass(frozen=True, kw_only=True)
class WedgeSettings:
    """``drawings``: the maximum number tried for one candidate. ``reach``: a place further than
    this from a center's bonds (in bond lengths) is none that its mark can explain. ``clear``: a
    mark that gains at least this many nats and after which the worst place is out of its reach is
    taken at once. Molecules of more than ``largest`` heavy atoms are left as they are: what Indigo
    must read to know where marks may stand is quadratic in their size."""

    drawings: int = 24
    reach: float = 1.2
    clear: float = 30.0
    largest: int = 120

    def __post_init__(self) -> None:
        if self.drawings < 0:
            raise ValueError(f"'drawings' is {self.drawings}; it must be at least 0")


@dataclass(frozen=True)
class Mark:
    """A wedge (1) or hash (6) from the atom ``center`` to the atom ``tip``, counted from 0, on the
    molfile's bond number ``bond``."""

    bond: int
    center: int
    tip: int
    kind: Literal[1, 6]


@dataclass(frozen=True, eq=False)
class WedgeChoices:
    """A laid out molecule and the bonds that may carry its marks.

    ``molfile`` as Indigo marked it; ``places``: its atoms in Indigo's plane; ``corners_N2``: the
    same in the competition's drawing, in bond lengths; ``meaning``: the InChI that Indigo reads in
    the molfile; ``marks``: for each center the marks that mean the same, Indigo's choice first, the
    others in Indigo's order of preference.
    """

    molfile: str
    places: tuple[tuple[float, float, float], ...]
    corners_N2: np.ndarray
    meaning: str
    marks: tuple[tuple[Mark, ...], ...]

    @property
    def default_picks(self) -> tuple[int, ...]:
        """Indigo's picks: a number for each center."""
        return (0,) * len(self.marks)

    def picked(self, picks: Sequence[int]) -> list[Mark]:
        return [marks[pick] for marks, pick in zip(self.marks, picks, strict=True)]

    def allowed(self, picks: Sequence[int]) -> bool:
        """Whether no bond is to carry two marks."""
        return len({mark.bond for mark in self.picked(picks)}) == len(picks)

    def beside(self, picks: tuple[int, ...], center: int) -> Iterator[tuple[int, ...]]:
        """The picks with another mark for this center. Where its bond carries the mark of another
        center, that center takes each of its other marks."""
        for pick in range(len(self.marks[center])):
            other = (*picks[:center], pick, *picks[center + 1 :])
            if other == picks:
                continue
            if self.allowed(other):
                yield other
                continue
            bonds = [mark.bond for mark in self.picked(other)]
            other_center = next(
                number
                for number, bond in enumerate(bonds)
                if bonds.count(bond) > 1 and number != center
            )
            for way in range(len(self.marks[other_center])):
                moved = (*other[:other_center], way, *other[other_center + 1 :])
                if self.allowed(moved):
                    yield moved


@lru_cache(maxsize=CHOICES_KEPT)
def wedge_choices(inchi: str) -> WedgeChoices:
    """Which bonds may carry the marks of an InChI's drawing. Raises DrawingError."""
    svg, molecule = render_molecule(inchi, "svg", FINE_BOND_PIXELS)
    laid = laid_atoms(molecule)
    left, top = svg_frame(laid, svg, shapes_of_svg(svg))
    molfile = str(molecule.molfile())
    return WedgeChoices(
        molfile,
        tuple(tuple(atom.xyz()) for atom in molecule.iterateAtoms()),
        np.array([(atom.x + left, top - atom.y) for atom in laid]),
        inchi_of(molfile),
        tuple(map(tuple, possible_marks(molfile, molecule).values())),
    )


def possible_marks(molfile: str, molecule: Any) -> dict[int, list[Mark]]:
    """Find the marks of each center that leave the meaning of a molfile unchanged.

    On each bond both kinds are tried and Indigo's reading decides, so no rule of geometry is
    needed and none can be wrong.

    Args:
        molfile: A V2000 molfile with its marks.
        molecule: The same molecule in Indigo.

    Returns:
        Center -> its marks, the present one first.
    """
    meaning, present = inchi_of(molfile), {mark.center: mark for mark in marks_of(molfile)}
    alternatives = {center: [mark] for center, mark in present.items()}
    center_of_bond = {mark.bond: center for center, mark in present.items()}
    trials = [
        mark for center in present for mark in unmarked_bonds(molfile, molecule, center, present)
    ]
    # where another center's mark must make way it needs another bond first
    for trial in sorted(trials, key=lambda mark: mark.bond in center_of_bond):
        marks = dict(present)
        if trial.bond in center_of_bond:
            other_center = center_of_bond[trial.bond]
            free = [
                mark for mark in alternatives[other_center][1:] if mark.bond not in center_of_bond
            ]
            if not free:
                continue
            marks[other_center] = free[0]
        for kind in KINDS:
            marks[trial.center] = mark = Mark(trial.bond, trial.center, trial.tip, kind)
            if reads_as(remarked(molfile, marks.values()), meaning):
                alternatives[trial.center].append(mark)
                break
    return alternatives


def reads_as(molfile: str, meaning: str) -> bool:
    """Whether Indigo reads that InChI; marks that contradict one another read as nothing."""
    try:
        return inchi_of(molfile) == meaning
    except DrawingError:
        return False


def marks_of(molfile: str) -> Iterator[Mark]:
    """The marks that stand in a molfile (V2000)."""
    for bond, (begin, end, _, kind) in enumerate(bond_rows(molfile)):
        if kind in KINDS:
            yield Mark(bond, begin, end, kind)


def bond_rows(molfile: str) -> Iterator[tuple[int, int, int, int]]:
    """First and second atom (from 0), order and mark of each bond. Raises DrawingError."""
    lines = molfile.split("\n")
    if "V2000" not in lines[FIRST_ATOM - 1]:
        raise DrawingError("a molecule of more than 999 atoms")
    atoms, bonds = int(lines[FIRST_ATOM - 1][:3]), int(lines[FIRST_ATOM - 1][3:6])
    for line in lines[FIRST_ATOM + atoms :][:bonds]:
        begin, end, order, kind = (int(line[place : place + 3]) for place in (0, 3, 6, 9))
        yield begin - 1, end - 1, order, kind


def unmarked_bonds(molfile: str, molecule: Any, center: int, centers: Iterable[int]) -> list[Mark]:
    """The center's single bonds but its marked one, as wedges, in Indigo's order of preference:
    to an end, then out of rings and to no other center, to no other center, out of rings."""
    rows, degree = list(bond_rows(molfile)), Counter[int]()
    for begin, end, _, _ in rows:
        degree.update((begin, end))
    rings = {
        frozenset((bond.source().index(), bond.destination().index())): bond.topology() == RING
        for bond in molecule.iterateBonds()
    }
    candidates = []
    for bond, (begin, end, order, kind) in enumerate(rows):
        if center not in (begin, end) or order != 1 or (kind and begin == center):
            continue
        tip = begin + end - center
        ring, other = rings[frozenset((begin, end))], tip in centers
        candidates.append(
            ((degree[tip] > 1, ring + other > 0, other, ring), Mark(bond, center, tip, 1))
        )
    return [mark for _, mark in sorted(candidates, key=lambda pair: pair[0])]


def remarked(molfile: str, marks: Iterable[Mark]) -> str:
    """The molfile with these marks and no others."""
    lines = molfile.split("\n")
    first = FIRST_ATOM + int(lines[FIRST_ATOM - 1][:3])
    for mark in marks_of(molfile):
        line = lines[first + mark.bond]
        lines[first + mark.bond] = f"{line[:9]}{0:3d}{line[12:]}"
    for mark in marks:
        line = lines[first + mark.bond]
        ends = f"{mark.center + 1:3d}{mark.tip + 1:3d}"
        lines[first + mark.bond] = f"{ends}{line[6:9]}{mark.kind:3d}{line[12:]}"
    return "\n".join(lines)


def drawing_with(choices: WedgeChoices, picks: Sequence[int], face: str = "") -> Drawing:
    """Draw the molecule in the competition's style with chosen marks.

    Args:
        choices: The molecule and its possible marks.
        picks: For each center the number of its mark.
        face: The typeface of the letters, "" for the competition's.

    Returns:
        The drawing.

    Raises:
        ValueError: If two marks share a bond.
        DrawingError: If Indigo reads another molecule with these marks.
    """
    if not choices.allowed(picks):
        raise ValueError(f"the picks {tuple(picks)} put two marks on one bond")
    text = remarked(choices.molfile, choices.picked(picks))
    svg, molecule = render_molfile(text, choices.places, "svg", FINE_BOND_PIXELS)
    if inchi_of(molecule) != choices.meaning:
        raise DrawingError("with these marks it is another molecule")
    shapes = shapes_of_svg(svg)
    return fitted_drawing(replace_typeface(shapes, face) if face else shapes)


def best_wedges(
    intensity_HW: np.ndarray,
    inchi: str,
    settings: RenderSettings,
    plain: Rendering,
    wedges: WedgeSettings | None = None,
    face: str = "",
) -> Rendering:
    """Search for the placement of wedges whose drawing explains the picture best.

    No InChI makes it raise, but Indigo may crash: call this in an isolated process.

    Args:
        intensity_HW: Bool foreground.
        inchi: The candidate.
        settings: When a drawing explains the picture.
        plain: The evidence for Indigo's placement.
        wedges: Limits of the search.
        face: The typeface of the letters, "" for the competition's.

    Returns:
        The evidence for the best placement; ``plain`` where it explains the picture already or
        nothing is better.
    """
    # with play for its parts a thin wedge can hide on the wrong bond
    if not plain.fits or (plain.explains(settings) and not plain.played):
        return plain
    drawing, wedges = drawing_of(inchi, face), wedges or WedgeSettings()
    try:
        if heavy_atoms(inchi) > wedges.largest:
            return plain
        choices = wedge_choices(inchi)
    except (DrawingError, ValueError):
        return plain
    if isinstance(drawing, DrawingError) or not choices.marks:
        return plain
    search = _Search(intensity_HW, choices, drawing, settings, wedges, face)
    start = compared(intensity_HW, drawing, settings) if plain.played else plain
    picks, best = search.run(start)
    if picks == choices.default_picks:
        return plain
    if best.explains(settings):
        return best
    played = compared(intensity_HW, drawing_with(choices, picks, face), settings, play=True)
    return max(plain, played, key=lambda rendering: rendering.log_likelihood)


class _Search:
    """Greedy: the center at the worst window first, there the mark with the highest likelihood,
    until the drawing explains the picture or no center is left to try."""

    def __init__(
        self,
        intensity_HW: np.ndarray,
        choices: WedgeChoices,
        plain: Drawing,
        settings: RenderSettings,
        wedges: WedgeSettings,
        face: str,
    ) -> None:
        self.intensity_HW, self.choices, self.plain, self.face = intensity_HW, choices, plain, face
        self.settings, self.wedges, self.left = settings, wedges, wedges.drawings
        steps_K1 = np.linspace(0, 1, 6)[:, None]
        self.bonds_K2: list[np.ndarray] = []
        for marks in choices.marks:
            ends = [choices.corners_N2[[mark.center, mark.tip]] for mark in marks]
            along = [(1 - steps_K1) * center + steps_K1 * tip for center, tip in ends]
            self.bonds_K2.append(np.concatenate(along))

    def run(self, best: Rendering) -> tuple[tuple[int, ...], Rendering]:
        """The best picks and their evidence; ``best`` is the evidence for Indigo's picks."""
        picks, tried = self.choices.default_picks, set[int]()
        while not best.explains(self.settings) and self.left:
            away = self.bonds_away(best)
            centers = [center for center in np.argsort(away).tolist() if center not in tried]
            if not centers or away[centers[0]] > self.wedges.reach:
                break
            tried.add(centers[0])
            other, best = self.improved(centers[0], picks, best)
            if other != picks:
                # marks that shared a bond before may be possible now
                picks, tried = other, {centers[0]}
        return picks, best

    def improved(
        self, center: int, picks: tuple[int, ...], best: Rendering
    ) -> tuple[tuple[int, ...], Rendering]:
        """The best picks of those that change this center's mark, and their evidence."""
        for other in self.choices.beside(picks, center):
            if not self.left:
                break
            self.left -= 1
            try:
                drawing = drawing_with(self.choices, other, self.face)
                rendering = compared(self.intensity_HW, drawing, self.settings)
            except DrawingError:
                continue
            gain = rendering.log_likelihood - best.log_likelihood
            if gain > 0:
                picks, best = other, rendering
            if gain > self.wedges.clear and self.bonds_away(rendering)[center] > self.wedges.reach:
                break
        return picks, best

    def bonds_away(self, rendering: Rendering) -> np.ndarray:
        """How far the worst window lies from the bonds of each center, in bond lengths."""
        assert rendering.box is not None
        left, top, right, bottom = rendering.box
        x, y = (left + right) / 2, (top + bottom) / 2
        for quarter in range(rendering.turns):
            x, y = y, self.intensity_HW.shape[(quarter + 1) % 2] - x
        upright = np.ascontiguousarray(np.rot90(self.intensity_HW, rendering.turns))
        scale, _ = placement(self.plain, rendering.bond)
        _, shift = size_misfit(upright, self.plain, rendering.bond)
        point = (np.array([x, y]) - shift) / scale
        return np.array([np.hypot(*(bonds - point).T).min() for bonds in self.bonds_K2])
