"""InChIs that differ in E/Z geometry only and may be meant by the same picture, each with its
probability.

Captions hold no "?", so an InChI states the geometry of all its double bonds or of none. Indigo
draws some geometry all the same, but it writes out the hydrogens of a stated double bond: there the
picture tells. Where no end carries one it often cannot, and double bonds in rings are always drawn
cis. ``inchify.calibration.stereo_prior`` measures it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import exp, log, prod

import numpy as np

from inchify.chemistry.metrics import levenshtein
from inchify.rendering.bms_style import BOND_PIXELS, competition_coverage, draw, picture_size
from inchify.rendering.indigo import DrawingError
from inchify.rendering.rasterizer import Drawing
from inchify.verification.ambiguity.ez_bonds import (
    DoubleBonds,
    Geometry,
    drawn_geometry,
    read_bonds,
)
from inchify.verification.ambiguity.stereo_prior import open_log_odds, trans_log_odds

# Bonds that may take either geometry in one answer; the others keep theirs.
FREE = 3
# Drawings are the same where no shape lies further off than this, in bond lengths: what differs at
# all differs by much more.
SAME = 0.01

DrawingOf = Callable[[str], Drawing]


def variants(inchi: str) -> list[str]:
    """List the InChIs with other geometries of the double bonds.

    At most ``FREE`` bonds take either geometry: open ones and those in rings.

    Args:
        inchi: A standard InChI.

    Returns:
        The InChI itself, then the one that leaves its double bonds open, then those that state
        them: at most 9 in all. The added ones hold no "?", as captions never do.
    """
    double_bonds = read_bonds(inchi)
    if double_bonds is None:
        return [inchi]
    places = [p for p, bond in enumerate(double_bonds.bonds) if double_bonds.is_open or bond.ring]
    base = tuple(bool(state) for state in double_bonds.cis)
    texts = [inchi, double_bonds.written((None,) * len(base))]
    texts += [double_bonds.written(cis) for cis in _flipped(base, places[:FREE])]
    return list(dict.fromkeys(text for text in texts if text == inchi or "?" not in text))


def _flipped(base: tuple[bool, ...], places: Sequence[int]) -> Iterator[tuple[bool, ...]]:
    """``base`` with every choice of its values at these places, itself first."""
    yield from product(
        *((state, not state) if place in places else (state,) for place, state in enumerate(base))
    )


def same_drawing(drawing: Drawing, other: Drawing) -> bool:
    """Tell whether two drawings give the same picture, whatever the order of their shapes.

    Args:
        drawing: A drawing, in bond lengths.
        other: The drawing to compare it with.

    Returns:
        Whether the pictures have the same size and no shape lies more than ``SAME`` bonds off.
    """
    bond = min(BOND_PIXELS)
    if picture_size(drawing, bond) != picture_size(other, bond):
        return False
    if np.array_equal(drawing.all_edges_E4, other.all_edges_E4):
        return True
    apart = np.abs(competition_coverage(drawing, bond) - competition_coverage(other, bond))
    return bool(apart.max() <= SAME * bond)


def likely_variants(inchi: str, drawing_of: DrawingOf = draw) -> list[tuple[str, float]]:
    """Weigh the InChIs that share a drawing and differ in E/Z geometry only.

    Args:
        inchi: The molecule that is drawn.
        drawing_of: Draws an InChI; it may cache drawings.

    Returns:
        Each InChI, the given one among them, and the logarithm of its probability; the most
        probable first. The probabilities add up to 1.

    Raises:
        DrawingError: If the given InChI cannot be drawn.
    """
    double_bonds = read_bonds(inchi)
    if double_bonds is None:
        return [(inchi, 0.0)]
    drawing = drawing_of(inchi)
    open_chance = _chance(open_log_odds(double_bonds))
    chances: dict[str, float] = {}
    for cis, chance in _weighed(
        double_bonds, drawn_geometry(inchi, double_bonds), open_chance
    ).items():
        text = inchi if cis == double_bonds.cis else double_bonds.written(cis)
        chances[text] = chances.get(text, 0.0) + chance
    kept = {
        text: chance
        for text, chance in chances.items()
        if text == inchi or ("?" not in text and _drawn_as(text, drawing, drawing_of))
    }
    total = sum(kept.values())
    ranked = [(text, log(chance / total)) for text, chance in kept.items()]
    return sorted(ranked, key=lambda pair: -pair[1])


def _weighed(
    double_bonds: DoubleBonds, shown: tuple[bool, ...], open_chance: float
) -> dict[Geometry, float]:
    """What a drawing that shows this geometry may mean, with the chance of each: open, or stated
    as it is drawn but in rings, where no drawing tells."""
    trans = [trans_log_odds(bond) for bond in double_bonds.bonds]
    rings = [place for place, bond in enumerate(double_bonds.bonds) if bond.ring]
    base = tuple(trans[p] < 0 if p in rings else state for p, state in enumerate(shown))
    unsure = sorted(rings, key=lambda place: abs(trans[place]))[:FREE]
    weighed: dict[Geometry, float] = {(None,) * len(base): open_chance}
    for cis in (*_flipped(base, unsure), *(() if double_bonds.is_open else (double_bonds.cis,))):
        odds = (-trans[place] if cis[place] else trans[place] for place in rings)
        weighed[cis] = (1 - open_chance) * prod(map(_chance, odds))
    return weighed


def _chance(log_odds: float) -> float:
    return 1 / (1 + exp(-log_odds))


def _drawn_as(text: str, drawing: Drawing, drawing_of: DrawingOf) -> bool:
    try:
        return same_drawing(drawing_of(text), drawing)
    except DrawingError:
        return False


def nearest_to_all(ranked: Sequence[tuple[str, float]]) -> str:
    """Choose the InChI with the least expected Levenshtein distance to the one that is meant.

    Args:
        ranked: InChIs and the logarithms of their probabilities.

    Returns:
        One of the InChIs.
    """
    return min(
        (text for text, _ in ranked),
        key=lambda text: sum(exp(chance) * levenshtein(text, other) for other, chance in ranked),
    )
