"""Labels that a second, independent reading contradicts.

The reader of labels is passed in as a callable, so that this package needs no network. Boxes are
left, top, right, bottom in the picture's pixels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.abbreviations.table import plain_text, words
from inchify.chemistry.species import species_of_text
from inchify.chemistry.valence import ORDERS, implied_total
from inchify.data.pictures.crops import cut_out
from inchify.types import GraphAtom, MoleculeGraph
from inchify.verification.graph_match.binarized import Box
from inchify.verification.graph_match.glyph_match import letter_fit, written_of
from inchify.verification.graph_match.label_match import LabelObservation
from inchify.verification.graph_match.match import Inspection
from inchify.verification.objections.lost_lines import may_lose_lines

# Crops of labels (uint8 foreground) -> for each its text and the reader's confidence (0..1).
LabelTexts = Callable[[Sequence[np.ndarray]], Sequence[tuple[str, float]]]

# Elements that are frequent in training data; others need a second reading that agrees.
USUAL = ("C", "N", "O", "S", "F", "Cl", "Br")
# Elements that hardly any drawing of a molecule has: such a label is probably misread.
HARDLY_DRAWN = frozenset(
    words(
        "He Ne Ar Kr Xe Rn Po At Fr Ra Tc Pm Ac Pa Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs "
        "Mt Ds Rg Cn Nh Fl Mc Lv Ts Og"
    )
)
# Labels this like their text, and with this margin to other texts, are not read again.
CLEAR_LIKE, CLEAR_MARGIN = 0.9, 0.1
# A usual label is contradicted by a reading of this confidence, or by any where the label is less
# like its text or hardly more like it than like another.
MIN_CONFIDENCE, UNLIKE, LEAST_MARGIN = 0.75, 0.75, 0.03
# The most bonds of a label.
MOST_BONDS = 6
# Small letters of another shape than their capitals, and how much more like its symbol than the
# same letters as capitals a label of a rare element is: in 360 drawn labels of 15 such symbols 90 %
# of the small letters are and 3 % of the capitals.
SMALL_LETTERS, LIKER = frozenset("acegmnoprsu"), 0.03
# Paper around a crop, in its height.
EDGE = 0.12
# An I is the same upside down; an F or Cl of which a part is lost is not. Foreground begins here.
LEVEL_I, BEGUN = 0.73, 77
# A label of an atom and its hydrogens that is higher than wide by this factor stands in two rows.
STACKED = 1.2
# What readers of letters cannot tell apart.
_ALIKE = str.maketrans("01I|i5$", "OllllSS")
_CAPTION = re.compile(r"[(\[]?(?:\d{1,3}[a-z]?'?|[a-h]|rac|[+±]/?[-−]?)[)\].:]?-?")


def read_crops(
    intensity_HW: np.ndarray, boxes: Sequence[Box], texts: LabelTexts | None
) -> list[tuple[str, float]]:
    """Read the text in each box.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        boxes: Left, top, right, bottom in pixels.
        texts: Reads crops; None for no reader.

    Returns:
        The text in each box and the reader's confidence (0..1); ("", 0.0) without a reader.
    """
    if texts is None or not boxes:
        return [("", 0.0)] * len(boxes)
    return list(texts([cut_out(intensity_HW, box, EDGE * (box[3] - box[1])) for box in boxes]))


def is_caption(readings: Sequence[tuple[str, float]]) -> bool:
    """Whether all readings are compound numbers and the like, which are no part of the molecule."""
    return all(
        confidence > 0.5 and _CAPTION.fullmatch(text) is not None for text, confidence in readings
    )


def is_rare(atom: GraphAtom, bonds: int) -> bool:
    """Whether a label is of a kind that is rare in the networks' training data."""
    if not atom.symbol:
        return False
    iodine = atom.symbol == "I" and bonds == 1
    return bool((atom.symbol not in USUAL and not iodine) or atom.isotope or abs(atom.charge) > 1)


def written_forms(atom: GraphAtom) -> frozenset[str]:
    """The texts, folded, that an atom's label may be read as."""
    if not atom.symbol:
        return frozenset({_folded(atom.text)})
    symbols = {atom.symbol}
    if atom.isotope:
        symbols = {f"{atom.isotope}{atom.symbol}"}
    if atom.symbol == "H" and atom.isotope in (2, 3):
        symbols.add("D" if atom.isotope == 2 else "T")
    count = atom.hydrogens or 0
    hydrogens = "" if not count else "H" if count == 1 else f"H{count}"
    size, sign = str(abs(atom.charge)) * (abs(atom.charge) > 1), "+" if atom.charge > 0 else "-"
    charges = {""} if not atom.charge else {size + sign, sign * abs(atom.charge)}
    forms = set()
    for symbol in symbols:
        for charge in charges:
            for order in (
                (symbol, hydrogens, charge),
                (hydrogens, symbol, charge),
                (symbol, charge, hydrogens),
                (charge, symbol, hydrogens),
                (charge, hydrogens, symbol),
                (hydrogens, charge, symbol),
            ):
                forms.add(_folded("".join(order)))
    return frozenset(forms)


def _folded(text: str) -> str:
    return plain_text(text).replace(" ", "").translate(_ALIKE)


def contradicted_labels(
    intensity_HW: np.ndarray, inspection: Inspection, texts: LabelTexts | None
) -> Iterator[tuple[Box, str]]:
    """Find labels that a second reading contradicts.

    Args:
        intensity_HW: uint8, 255 full foreground, at the picture's full resolution.
        inspection: The graph as it was measured on that foreground.
        texts: The second reader; without one no rare label is accepted.

    Yields:
        The box of each such label, in pixels, and what is wrong.
    """
    graph, observed, scale = inspection.graph, inspection.observed, inspection.paper.scale
    orders = _orders(graph)
    bare = _bare_amines(graph, orders)
    if bare and may_lose_lines(intensity_HW, inspection):
        bare = frozenset()
    queries: list[tuple[LabelObservation, bool]] = []
    for observation in observed.observations:
        atom = graph.atoms[observation.atom]
        unusual = is_rare(atom, len(orders[observation.atom])) or observation.atom in bare
        if atom.symbol in HARDLY_DRAWN:
            yield _box_of(observation, inspection), f"{atom.symbol!r} is hardly ever drawn"
        elif _implies(atom, orders[observation.atom]) and observation.atom not in bare:
            # a bond, a charge or hydrogens may have been missed
            yield (
                _box_of(observation, inspection),
                f"{atom.text!r} wants hydrogens that are not written",
            )
        elif not atom.symbol and not _understood(atom.text, orders[observation.atom]):
            # the answer then rests on a reading that is not the likeliest
            yield _box_of(observation, inspection), f"{atom.text!r} is not understood"
        elif observation.region is None or (texts is None and unusual):
            yield (
                _box_of(observation, inspection),
                "not seen" if texts else "never read a second time",
            )
        elif (
            atom.text == "I"
            and _upside_down(intensity_HW, _box_of(observation, inspection)) < LEVEL_I
        ):
            yield _box_of(observation, inspection), "'I' is not the same upside down"
        elif unusual and _may_be_capitals(observation, atom):
            yield _box_of(observation, inspection), f"{atom.text!r} may be capitals"
        elif (
            unusual
            or not _clear(observation, atom)
            or _at_border(_box_of(observation, inspection), intensity_HW)
        ):
            queries.append((observation, unusual))
    boxes = [_box_of(observation, inspection) for observation, _ in queries]
    readings = read_crops(intensity_HW, boxes, texts) if texts is not None else []
    for (observation, unusual), box, (text, confidence) in zip(
        queries, boxes, readings, strict=False
    ):
        atom = graph.atoms[observation.atom]
        agrees = _folded(text) in written_forms(atom)
        if agrees and (
            not unusual or (confidence >= MIN_CONFIDENCE and observation.fit.like > UNLIKE)
        ):
            continue
        clear = observation.fit.like > UNLIKE and observation.fit.margin > LEAST_MARGIN
        if not unusual and confidence < MIN_CONFIDENCE and clear:
            continue
        if (
            not unusual
            and texts is not None
            and _stacked_agrees(intensity_HW, observation, atom, scale, texts)
        ):
            continue
        yield box, f"{atom.text!r} is read {text!r} ({confidence:.2f})"


def _may_be_capitals(observation: LabelObservation, atom: GraphAtom) -> bool:
    """Whether a label is hardly more like its symbol (Co) than its letters as capitals (CO), which
    are two atoms. False where the small letter has its capital's shape or a stem as high."""
    if observation.region is None or len(atom.symbol) < 2 or atom.symbol[1] not in SMALL_LETTERS:
        return False
    written = written_of(atom)
    capitals = replace(written, symbol=atom.symbol.upper())
    likes = [letter_fit([observation.region.crop], text)[1].like for text in (written, capitals)]
    return likes[0] < likes[1] + LIKER


def _upside_down(intensity_HW: np.ndarray, box: Box) -> float:
    """How much foreground in a box stays where it is when it is turned upside down, 0 to 1."""
    left, top, right, bottom = (max(round(side), 0) for side in box)
    part_HW = intensity_HW[top:bottom, left:right].astype(np.float64)
    rows = np.flatnonzero((part_HW > BEGUN).any(axis=1))
    if not len(rows):
        return 0.0
    part_HW = part_HW[rows[0] : rows[-1] + 1]
    turned_HW = part_HW[::-1]
    return float(np.minimum(part_HW, turned_HW).sum() / np.maximum(part_HW, turned_HW).sum())


def _orders(graph: MoleculeGraph) -> list[tuple[int, ...]]:
    """The orders of each atom's bonds."""
    orders: list[list[int]] = [[] for _ in graph.atoms]
    for bond in graph.bonds:
        for end in (bond.begin, bond.end):
            orders[end].append(max(1, ORDERS[bond.kind]))
    return list(map(tuple, orders))


def _understood(text: str, orders: tuple[int, ...]) -> bool:
    """Whether a label of several atoms has a structure, from whichever side its bond comes."""
    if not orders:
        known = species_of_text(text)
        if known is not None and not known.error:
            return True
    return len(orders) <= MOST_BONDS and any(
        expand_label(text, len(orders), side, orders) is not None
        for side in (None, "left", "right")
    )


def _bare_amines(graph: MoleculeGraph, orders: Sequence[tuple[int, ...]]) -> frozenset[int]:
    """The atoms N between two single bonds that are written without their hydrogen, where no such
    one is written with it: some draw all of them so. None where the picture does both, for then
    something may have been missed."""
    between = [
        place
        for place, atom in enumerate(graph.atoms)
        if atom.symbol == "N" and orders[place] == (1, 1) and not (atom.charge or atom.radicals)
    ]
    if any(graph.atoms[place].hydrogens for place in between):
        return frozenset()
    return frozenset(between)


def _implies(atom: GraphAtom, orders: tuple[int, ...]) -> bool:
    """Whether a symbol that is written without hydrogens must have some."""
    total = implied_total(atom.symbol, atom.charge, atom.hydrogens)
    return bool(atom.symbol) and sum(orders) + atom.radicals < total


def _clear(observation: LabelObservation, atom: GraphAtom) -> bool:
    """Whether a label of one letter is so like its text that no second reading is needed."""
    alone = atom.symbol in USUAL and not (atom.hydrogens or atom.charge)
    return alone and observation.fit.like > CLEAR_LIKE and observation.fit.margin > CLEAR_MARGIN


def _at_border(box: Box, intensity_HW: np.ndarray) -> bool:
    """Whether a label stands at the picture's border, where a part of it may be cut off."""
    height, width = intensity_HW.shape
    return min(box[0], box[1], width - box[2], height - box[3]) < 1.5


def _box_of(observation: LabelObservation, inspection: Inspection) -> Box:
    box = (
        observation.region.box
        if observation.region
        else inspection.observed.boxes[observation.atom]
    )
    left, top, right, bottom = (float(side) / inspection.paper.scale for side in box)
    return left, top, right, bottom


def _stacked_agrees(
    intensity_HW: np.ndarray,
    observation: LabelObservation,
    atom: GraphAtom,
    scale: float,
    texts: LabelTexts,
) -> bool:
    """Whether an atom and its hydrogens stand in two rows and both are read as they should."""
    assert observation.region is not None
    left, top, right, bottom = (float(side) / scale for side in observation.region.box)
    if not atom.hydrogens or bottom - top < STACKED * (right - left):
        return False
    rows = (
        intensity_HW[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))] > 96
    ).sum(1)
    top_third = len(rows) // 3
    if top_third < 2:
        return False
    cut = top + top_third + int(np.argmin(rows[top_third : len(rows) - top_third]))
    boxes = [(left, top, right, cut), (left, cut, right, bottom)]
    read = sorted(_folded(text) for text, _ in read_crops(intensity_HW, boxes, texts))
    hydrogens = "H" if atom.hydrogens == 1 else f"H{atom.hydrogens}"
    symbols = {_folded(form) for form in (atom.symbol, *_charged(atom))}
    return any(read == sorted((symbol, _folded(hydrogens))) for symbol in symbols)


def _charged(atom: GraphAtom) -> tuple[str, ...]:
    sign = "+" if atom.charge > 0 else "-"
    return (f"{atom.symbol}{sign}",) if abs(atom.charge) == 1 else ()
