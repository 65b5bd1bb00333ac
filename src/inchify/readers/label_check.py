"""Candidates for atoms and what is written in the picture come in; the candidates go out with what
their letters say: a label is what its text says, not what a class of the network resembles most.

Shape letters: A atom candidates, B bond candidates, K classes. The rows of letters stand in pixels
of the ink, candidates in pixels of the network's picture.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np

from inchify.chem.abbreviations import expand_label
from inchify.chem.assembly_candidates import (
    AtomCandidates,
    BondCandidates,
    bond_length,
    gathered,
)
from inchify.chem.symbols import (
    ATOM_CLASSES,
    CHARGES,
    CORNER,
    HYDROGENS,
    ISOTOPES,
    TEXT,
)
from inchify.readers.connected_components import Component
from inchify.readers.crops import Box, crop_of, grown_box, window_of
from inchify.readers.frames import Frame
from inchify.readers.label_ends import ends_of_bonds, members
from inchify.readers.letter_rows import LetterRow
from inchify.readers.picture_text import Labels, PictureText, is_understood

# Isotopes that have a letter of their own.
HYDROGEN_ISOTOPES = {"D": 2, "T": 3}
_SYMBOLS = "|".join(
    sorted((s for s in ATOM_CLASSES if s not in (CORNER, TEXT)), key=len, reverse=True)
)
_PLAIN = re.compile(
    rf"(?P<before>H[2-4]?)?(?P<isotope>[1-9][0-9]{{0,2}})?(?P<symbol>{_SYMBOLS}|D|T)"
    rf"(?P<after>H[2-4]?)?(?P<charge>[2]?[+-])?"
)
# From this confidence on letters are a label whatever they mean.
CERTAIN = 0.9
# Letters that pieces of bonds look like.
STROKE_LETTERS = frozenset("IlLJTVXAYZNKMWH1i/-|.,'*=")
# Letters that rings and double bonds look like.
ROUND_LETTERS = frozenset("OCDQ0")
# Windows in which letters are sought that strokes touch: widths and heights in those of a capital.
WINDOWS = ((0.7, 1.0), (0.85, 1.1), (1.05, 1.1), (1.3, 1.15))
# Letters that neither strokes nor rings look like.
SHAPELY_LETTERS = frozenset("SPBF")
# Most bonds that a label is tried with.
MOST_BONDS = 6


@dataclass(frozen=True, kw_only=True)
class LabelCheckSettings:
    """``read``: least confidence of a reading that counts. ``least_class`` and ``least_text``: what
    a class has at least by the network and by the text, so that neither alone decides against
    overwhelming evidence of the other. A row of which a reading is ``sure`` and understood is one
    label. The boxes of labels with a score of at least ``seen`` are read where no row stands.
    ``unknown``: share of a reading's confidence that counts for a longer label where no structure
    is known for it. ``lettered``: where the network gives less than this to all labels together,
    single letters and letters like strokes are pieces of the drawing, but for a capital whose
    height differs by less than the share ``alike`` from the others'. ``capital``: its height in
    bonds where no text tells it. In heights of a capital: an atom at most ``edge`` outside a
    row's box belongs to it; a bare corner at most ``end`` beside it can only be the end of the
    label's bond. A label of several bonds has those ends too, at most ``gap`` from any side of its
    row, at which one stroke arrives and does not bend."""

    read: float = 0.5
    sure: float = 0.8
    seen: float = 0.3
    least_class: float = 0.01
    least_text: float = 0.002
    unknown: float = 0.3
    lettered: float = 0.1
    alike: float = 0.2
    capital: float = 0.45
    edge: float = 0.15
    end: float = 0.4


@dataclass(frozen=True)
class PlainLabel:
    """A label of a single atom as the network's classes know it."""

    symbol: str
    hydrogens: int = 0
    charge: int = 0
    isotope: int = 0


def plain_label(text: str) -> PlainLabel | None:
    """What a text says if it is one atom of a class with its hydrogens, charge and isotope."""
    found = _PLAIN.fullmatch(text)
    if found is None or (found["before"] and found["after"]):
        return None
    if found["symbol"] == "H" and (found["before"] or found["after"]):
        return None
    written = found["before"] or found["after"] or ""
    hydrogens = int(written[1:] or 1) if written else 0
    charge = found["charge"] or ""
    amount = int(charge[:-1] or 1) * (-1 if charge.endswith("-") else 1) if charge else 0
    isotope = int(found["isotope"] or 0)
    symbol = found["symbol"]
    if symbol in HYDROGEN_ISOTOPES:
        if isotope or hydrogens:
            return None
        symbol, isotope = "H", HYDROGEN_ISOTOPES[symbol]
    known = hydrogens in HYDROGENS and amount in CHARGES and isotope in ISOTOPES
    if not known or (isotope and expand_label(text, 1) is None):
        return None
    return PlainLabel(symbol, hydrogens, amount, isotope)


def checked(
    atoms: AtomCandidates,
    bonds: BondCandidates,
    text: PictureText,
    frame: Frame,
    labels: Labels,
    settings: LabelCheckSettings | None = None,
) -> tuple[AtomCandidates, BondCandidates]:
    """The candidates with what the picture's text says of them, and what ``labels`` reads where the
    network sees a label whose letters hang on the drawing.

    Atoms in one row of letters become one. Its classes have the chances that the network and the
    reader give them together; a label that a bond of the drawing points at gets that bond.
    """
    settings = settings or LabelCheckSettings()
    if not len(atoms):
        return atoms, bonds
    text = replace(text, capital=text.capital or max((r.capital for r in text.rows), default=0))
    unseen = _rows_at_labels(atoms, text, frame, labels, settings)
    touching = _rows_at_corners(atoms, bonds, text, frame, labels, settings)
    for row in (*text.rows, *unseen, *touching):
        if row.confidence < settings.read:
            continue
        inside_A = members(atoms, row, frame, text.capital * settings.edge)
        if not inside_A.any() or _is_part_of_a_stack(row, atoms, inside_A):
            continue
        if _may_be_strokes(row, text.capital, atoms, inside_A, settings):
            continue
        if row.confidence >= settings.sure and _is_one_label(row):
            ends_A = ends_of_bonds(atoms, row, frame, text.capital * settings.end)
            atoms, bonds, place = _one_atom(atoms, bonds, inside_A | ends_A)
        elif inside_A.sum() == 1:
            place = int(np.flatnonzero(inside_A)[0])
        else:
            continue
        atoms = _told(atoms, place, row, frame, settings)
    return atoms, bonds


def _may_be_strokes(
    row: LetterRow,
    capital: float,
    atoms: AtomCandidates,
    inside_A: np.ndarray,
    settings: LabelCheckSettings,
) -> bool:
    """Whether a row may be pieces of bonds or a ring: the network sees nothing but bare corners
    there, and what was read is one letter, or letters that a few strokes make. A capital as high as
    the others that no strokes look like is none of these."""
    if row.alone:
        return False
    corner_A = atoms.class_AK[inside_A, ATOM_CLASSES.index(CORNER)]
    if not (corner_A > log(1.0 - settings.lettered)).all():
        return False
    alike = abs(row.capital - capital) <= settings.alike * capital
    if row.text in SHAPELY_LETTERS and row.confidence >= CERTAIN and alike:
        return False
    return len(row.letters) == 1 or set(row.text) <= STROKE_LETTERS


def _rows_at_labels(
    atoms: AtomCandidates,
    text: PictureText,
    frame: Frame,
    labels: Labels,
    settings: LabelCheckSettings,
) -> list[LetterRow]:
    """Readings of the boxes that the network gives its labels, where no row of letters stands:
    those that are the same in the box and along its letters."""
    alone_A = atoms.score_A >= settings.seen
    alone_A &= atoms.class_AK.argmax(axis=1) != ATOM_CLASSES.index(CORNER)
    for row in text.rows:
        if row.confidence >= settings.read:
            alone_A &= ~members(atoms, row, frame, text.capital * settings.edge)
    ink, rows = text.components.ink, []
    boxes = [frame.ink_box(box) for box in atoms.box_A4[alone_A]]
    crops = [crop_of(ink, box) for box in boxes]
    crops += [crop_of(ink, grown_box(ink, box, True, True)) for box in boxes]
    found = labels.readings(crops, 3) if crops else []
    for box, near, far in zip(boxes, found, found[len(boxes) :], strict=False):
        if near[0][0] != far[0][0] or min(near[0][1], far[0][1]) < settings.sure:
            continue
        left, top, right, bottom = (round(side) for side in box)
        if right > left and bottom > top:
            piece = Component(-1, left, top, right, bottom, (right - left) * (bottom - top))
            rows.append(LetterRow((piece,), tuple(near)))
    return rows


def _rows_at_corners(
    atoms: AtomCandidates,
    bonds: BondCandidates,
    text: PictureText,
    frame: Frame,
    labels: Labels,
    settings: LabelCheckSettings,
) -> list[LetterRow]:
    """Symbols that strokes touch, so that no row was found: where the network is not sure that a
    corner is bare, what is read the same in two windows of a letter's size."""
    corner_A = atoms.class_AK[:, ATOM_CLASSES.index(CORNER)]
    bare_A = atoms.class_AK.argmax(axis=1) == ATOM_CLASSES.index(CORNER)
    doubtful_A = bare_A & (corner_A < log(1.0 - settings.lettered))
    doubtful_A &= atoms.score_A >= settings.seen
    for row in text.rows:
        if row.confidence >= settings.read:
            doubtful_A &= ~members(atoms, row, frame, text.capital * settings.edge)
    unit = bond_length(atoms, bonds) / float(np.mean(frame.factors))
    capital = text.capital or settings.capital * unit
    if not doubtful_A.any() or not capital:
        return []
    rows = []
    for place in frame.ink(atoms.xy_A2[doubtful_A]):
        boxes = [_window(place, capital, size) for size in WINDOWS]
        crops = [np.pad(window_of(text.components.ink, box), 2) for box in boxes]
        found = [readings[0] for readings in labels.readings(crops, 1)]
        for (said, sure), (again, also), box in zip(found, found[1:], boxes, strict=False):
            if said == again and min(sure, also) >= settings.sure and _is_touched_symbol(said):
                left, top, right, bottom = (round(side) for side in box)
                area = (right - left) * (bottom - top)
                piece = Component(-1, left, top, right, bottom, area)
                rows.append(LetterRow((piece,), ((said, min(sure, also)),)))
                break
    return rows


def _window(place_2: np.ndarray, capital: float, size: tuple[float, float]) -> Box:
    """The box round a place that is so many capitals wide and high."""
    half = 0.5 * capital * np.array(size)
    left, top = (place_2 - half).tolist()
    right, bottom = (place_2 + half).tolist()
    return left, top, right, bottom


def _is_touched_symbol(text: str) -> bool:
    """Whether a text is the symbol of an element that no strokes alone look like."""
    said = plain_label(text)
    return said is not None and not (set(text) <= STROKE_LETTERS or set(text) <= ROUND_LETTERS)


def _is_part_of_a_stack(row: LetterRow, atoms: AtomCandidates, inside_A: np.ndarray) -> bool:
    """Whether a row is the hydrogen above or below a symbol, which has its atom elsewhere."""
    symbols = {ATOM_CLASSES[k] for k in atoms.class_AK[inside_A].argmax(axis=1).tolist()}
    return re.fullmatch("H[0-9]?", row.text) is not None and "H" not in symbols


def _is_one_label(row: LetterRow) -> bool:
    """Whether what is written is surely a label: it is understood or surely read as letters, and
    not one thin stroke."""
    if len(row.letters) == 1 and row.text in ("I", "l", "1", "-", "/", "'"):
        return False
    word = len(row.text) > 1 and row.text[0].isupper() and row.text.isalpha()
    return is_understood(row.text) or (word and row.confidence >= CERTAIN)


def _one_atom(
    atoms: AtomCandidates, bonds: BondCandidates, inside_A: np.ndarray
) -> tuple[AtomCandidates, BondCandidates, int]:
    """The candidates with all atoms of a row made the surest label among them, and its index."""
    places = np.flatnonzero(inside_A)
    bare_N = atoms.class_AK[places].argmax(axis=1) == ATOM_CLASSES.index(CORNER)
    keeper = int(places[np.lexsort((-atoms.score_A[places], bare_N))[0]])
    if len(places) == 1:
        return atoms, bonds, keeper
    target_A = np.arange(len(atoms))
    target_A[places] = keeper
    gone = int((places < keeper).sum())
    atoms, bonds = gathered(atoms, bonds, target_A)
    return atoms, bonds, keeper - gone


def _told(
    atoms: AtomCandidates, place: int, row: LetterRow, frame: Frame, settings: LabelCheckSettings
) -> AtomCandidates:
    """The atoms, one of them with the chances that its classes, hydrogens, charge and isotope have
    by the network and by its text together."""
    weights_K = _class_weights(row, settings)
    class_AK = atoms.class_AK.copy()
    class_AK[place] = _together(class_AK[place], weights_K, settings)
    box_A4, label_bonds_A = atoms.box_A4.copy(), atoms.label_bonds_A.copy()
    box_A4[place] = frame.box(row.box)
    best = int(class_AK[place].argmax())
    before = int(atoms.class_AK[place].argmax())
    score_A = atoms.score_A.copy()
    if row.confidence >= settings.sure and is_understood(row.text):
        score_A[place] = max(score_A[place], row.confidence)
    atoms = replace(atoms, class_AK=class_AK, box_A4=box_A4, score_A=score_A)
    if ATOM_CLASSES[best] == TEXT:
        label_bonds_A[place] = max(2, most_bonds(row.text))
        return replace(atoms, label_bonds_A=label_bonds_A)
    for text, confidence in row.readings:
        said = plain_label(text)
        if said is not None and said.symbol == ATOM_CLASSES[best]:
            return _with_details(atoms, place, said, confidence, settings, anew=before != best)
    return atoms


def _with_details(
    atoms: AtomCandidates,
    place: int,
    said: PlainLabel,
    confidence: float,
    settings: LabelCheckSettings,
    *,
    anew: bool,
) -> AtomCandidates:
    """The atoms with the hydrogens, charge and isotope that are written. What is not written in the
    row may stand above or below it, but what the network says of another class (``anew``) says
    nothing."""
    heads = {
        "hydrogens_AH": (HYDROGENS, said.hydrogens),
        "charge_AQ": (CHARGES, said.charge),
        "isotope_AI": (ISOTOPES, said.isotope),
    }
    changed = {}
    for name, (values, value) in heads.items():
        if value or anew:
            head = getattr(atoms, name).copy()
            weights = np.full(len(values), (1 - confidence) / len(values))
            weights[values.index(value)] += confidence
            head[place] = _together(head[place], weights, settings)
            changed[name] = head
    return replace(atoms, **changed)


def _class_weights(row: LetterRow, settings: LabelCheckSettings) -> np.ndarray:
    """(K,) how much a row's readings say for each class."""
    weights_K = np.zeros(len(ATOM_CLASSES))
    for text, confidence in row.readings:
        said = plain_label(text)
        if said is not None:
            weights_K[ATOM_CLASSES.index(said.symbol)] += confidence
        elif any(letter.isalpha() for letter in text):
            share = 1.0 if is_understood(text) else settings.unknown
            weights_K[ATOM_CLASSES.index(TEXT)] += share * confidence
    return weights_K


def _together(head: np.ndarray, weights: np.ndarray, settings: LabelCheckSettings) -> np.ndarray:
    """Log-probabilities of the network's log-probabilities and the text's weights together."""
    both = np.maximum(head, log(settings.least_class))
    both = both + np.log(np.maximum(weights, settings.least_text))
    return np.asarray(both - np.logaddexp.reduce(both))


def most_bonds(text: str) -> int:
    """How many bonds a label has at most for which a structure is known, 0 where none is."""
    for count in range(MOST_BONDS, 0, -1):
        if expand_label(text, count) is not None:
            return count
    return 0


def row_at(box: Box, rows: Sequence[LetterRow], alike: float = 0.9) -> LetterRow | None:
    """The read row whose box this is (intersection over union at least ``alike``), or None."""
    for row in rows:
        left, top, right, bottom = (
            max(box[0], row.box[0]),
            max(box[1], row.box[1]),
            min(box[2], row.box[2]),
            min(box[3], row.box[3]),
        )
        shared = max(0.0, right - left) * max(0.0, bottom - top)
        areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, row.box)]
        if shared > alike * (sum(areas) - shared) and row.readings:
            return row
    return None
