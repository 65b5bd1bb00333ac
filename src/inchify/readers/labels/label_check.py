"""Atom candidates corrected by the recognized text of their labels: a label is what its text says,
not the network's most similar class.

Shape letters: A atom candidates, B bond candidates, K classes. The rows of letters stand in pixels
of the foreground, candidates in pixels of the network's picture.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import log

import numpy as np

from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.graph_assembly.candidates import (
    AtomCandidates,
    BondCandidates,
    bond_length,
    gathered,
)
from inchify.chemistry.symbols import ATOM_CLASSES, CHARGES, CORNER, HYDROGENS, ISOTOPES, TEXT
from inchify.readers.labels.label_ends import ends_of_bonds, members
from inchify.readers.labels.picture_text import Labels, PictureText, is_understood
from inchify.readers.labels.single_atom_label import PlainLabel, plain_label
from inchify.readers.labels.windowed_rows import (
    ROUND_LETTERS,
    SHAPELY_LETTERS,
    STROKE_LETTERS,
    LabelRowSettings,
    rows_at_corners,
    rows_at_labels,
)
from inchify.readers.letters.connected_components import Component
from inchify.readers.letters.iodine_strokes import MAX_DISTANCE, iodine_rows
from inchify.readers.letters.letter_rows import FUSED, LetterRow
from inchify.readers.letters.touched_symbols import (
    TouchedSymbolSettings,
    touched_symbols,
    without_parts,
)
from inchify.readers.views.coordinates import Frame
from inchify.readers.views.crops import Box

# Minimum confidence at which letters are a label whatever they mean.
CERTAIN = 0.9
# Largest number of bonds that is tried for a label.
MOST_BONDS = 6
# Symbols at an end of a bond that networks take for anions where their hydrogen is left out.
ANIONS = ("O", "S")


@dataclass(frozen=True, kw_only=True)
class LabelCheckSettings:
    """``rows`` and ``symbols``: how labels that are not connected components are found, and which
    readings count. ``least_class`` and ``least_text``: lower limits of a class's probability by the
    network and by the text, so that neither overrules strong evidence of the other. ``unknown``:
    share of a reading's confidence that counts for a longer label without a known structure. Two
    capitals are equally high if their heights differ by less than the share ``alike``; letters of
    at most ``small`` bond lengths are hardly visible to a network. In heights of a capital: a bare
    corner at most ``end`` beside a row can only be the end of the label's bond; ``sign``: greatest
    distance of a charge's sign from its symbol, and greatest length of it."""

    rows: LabelRowSettings = field(default_factory=LabelRowSettings)
    symbols: TouchedSymbolSettings = field(default_factory=TouchedSymbolSettings)
    least_class: float = 0.01
    least_text: float = 0.002
    unknown: float = 0.3
    alike: float = 0.2
    small: float = 0.27
    end: float = 0.4
    sign: tuple[float, float] = (0.8, 0.9)


def checked(
    atoms: AtomCandidates,
    bonds: BondCandidates,
    text: PictureText,
    frame: Frame,
    labels: Labels,
    settings: LabelCheckSettings | None = None,
) -> tuple[AtomCandidates, BondCandidates]:
    """Correct atom and bond candidates by the text of the picture.

    Atoms in one row of letters are merged. The class probabilities of the merged atom combine the
    network and the recognizer, and a label that a bond of the drawing points at gets that bond.

    Args:
        atoms: Atom candidates, in pixels of the network's picture.
        bonds: Bond candidates between those atoms.
        text: Recognized rows of letters, in pixels of the foreground.
        frame: Transform between the foreground and the network's picture.
        labels: Recognizer for labels whose letters touch the drawing.
        settings: Thresholds.

    Returns:
        The corrected atom and bond candidates.
    """
    settings = settings or LabelCheckSettings()
    if not len(atoms):
        return atoms, bonds
    text = replace(text, capital=text.capital or max((r.capital for r in text.rows), default=0))
    unit = bond_length(atoms, bonds) / float(np.mean(frame.factors))
    unseen = rows_at_labels(atoms, text, frame, labels, settings.rows)
    touching = rows_at_corners(atoms, bonds, text, frame, labels, settings.rows)
    symbols = touched_symbols(atoms, bonds, text, frame, labels, settings.symbols)
    for row in (*without_parts(text.rows, symbols), *unseen, *touching, *symbols):
        if row.confidence < settings.rows.read:
            continue
        inside_A = members(atoms, row, frame, text.capital * settings.rows.edge)
        if not inside_A.any() or _is_part_of_a_stack(row, atoms, inside_A):
            continue
        if _may_be_strokes(row, text, atoms, inside_A, unit, settings):
            continue
        if row.confidence >= settings.rows.certain and _is_one_label(row):
            reach = text.capital * settings.end
            ends_A = ends_of_bonds(atoms, bonds, row, frame, reach, inside_A)
            atoms, bonds, place = _one_atom(atoms, bonds, inside_A | ends_A)
        elif inside_A.sum() == 1:
            place = int(np.flatnonzero(inside_A)[0])
        else:
            continue
        atoms = _with_text(atoms, place, row, frame, settings, text.components.components)
    for row in iodine_rows(atoms, bonds, text, frame):
        inside_A = members(atoms, row, frame, text.capital * MAX_DISTANCE)
        if not inside_A.any():
            continue  # its atom was merged into an earlier row
        atoms, bonds, place = _one_atom(atoms, bonds, inside_A)
        atoms = _with_text(atoms, place, row, frame, settings, text.components.components)
    return atoms, bonds


def _may_be_strokes(
    row: LetterRow,
    text: PictureText,
    atoms: AtomCandidates,
    inside_A: np.ndarray,
    unit: float,
    settings: LabelCheckSettings,
) -> bool:
    """Whether a row may be fragments of bonds or a ring: the network predicts only bare corners
    there, and the text is one letter, or letters that a few strokes make. A capital as high as the
    others that no strokes resemble is neither."""
    if row.alone:
        return False
    is_certain = row in text.rows and row.confidence >= CERTAIN
    if is_certain and _is_small(row, text, unit, settings):
        return False
    corner_A = atoms.class_AK[inside_A, ATOM_CLASSES.index(CORNER)]
    if not (corner_A > log(1.0 - settings.rows.lettered)).all():
        return False
    others = [other.capital for other in text.rows if other is not row]
    alone = row.text in SHAPELY_LETTERS and _alike(row, [text.capital], settings)
    shared = row.text in ROUND_LETTERS and _alike(row, others, settings)
    if row.confidence >= CERTAIN and (alone or shared):
        return False
    letter = row.letters[0]
    several = letter.width > FUSED * letter.height and row.confidence >= CERTAIN
    return (len(row.letters) == 1 and not several) or set(row.text) <= STROKE_LETTERS


def _is_small(row: LetterRow, text: PictureText, unit: float, settings: LabelCheckSettings) -> bool:
    """Whether a row with an N is as high as the picture's other letters where these are small for
    bonds of ``unit`` pixels: strokes are longer, and a network hardly sees such letters."""
    small = text.capital <= settings.small * unit
    return small and "N" in row.text and _alike(row, [text.capital], settings)


def _alike(row: LetterRow, heights: Sequence[float], settings: LabelCheckSettings) -> bool:
    """Whether a row is as high as one of these heights."""
    return any(abs(row.capital - height) <= settings.alike * height for height in heights)


def _is_part_of_a_stack(row: LetterRow, atoms: AtomCandidates, inside_A: np.ndarray) -> bool:
    """Whether a row is the hydrogen above or below a symbol, which has its atom elsewhere."""
    symbols = {ATOM_CLASSES[k] for k in atoms.class_AK[inside_A].argmax(axis=1).tolist()}
    return re.fullmatch("H[0-9]?", row.text) is not None and "H" not in symbols


def _is_one_label(row: LetterRow) -> bool:
    """Whether a text is certainly a label: it is understood, or read as letters with high
    confidence, and not one thin stroke."""
    if len(row.letters) == 1 and row.text in ("I", "l", "1", "-", "/", "'"):
        return False
    word = len(row.text) > 1 and row.text[0].isupper() and row.text.isalpha()
    return is_understood(row.text) or (word and row.confidence >= CERTAIN)


def _one_atom(
    atoms: AtomCandidates, bonds: BondCandidates, inside_A: np.ndarray
) -> tuple[AtomCandidates, BondCandidates, int]:
    """The candidates with all atoms of a row merged into the most confident label among them, and
    its index."""
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


def _with_text(
    atoms: AtomCandidates,
    place: int,
    row: LetterRow,
    frame: Frame,
    settings: LabelCheckSettings,
    components: Sequence[Component],
) -> AtomCandidates:
    """The atoms, with the class, hydrogens, charge and isotope probabilities of one of them
    combined from the network and its text."""
    weights_K = _class_weights(row, settings)
    class_AK = atoms.class_AK.copy()
    symbol = plain_label(row.text.strip("."))
    if row.confidence >= CERTAIN and "." in row.text and symbol is not None:
        # the network's classes have no unpaired electrons: its symbol is a part of such a label
        column, longer = ATOM_CLASSES.index(symbol.symbol), ATOM_CLASSES.index(TEXT)
        class_AK[place, longer] = np.logaddexp(*class_AK[place, [longer, column]])
    class_AK[place] = _together(class_AK[place], weights_K, settings)
    box_A4, label_bonds_A = atoms.box_A4.copy(), atoms.label_bonds_A.copy()
    box_A4[place] = frame.box(row.box)
    best = int(class_AK[place].argmax())
    before = int(atoms.class_AK[place].argmax())
    score_A = atoms.score_A.copy()
    if row.confidence >= settings.rows.certain and is_understood(row.text):
        score_A[place] = max(score_A[place], row.confidence)
    atoms = replace(atoms, class_AK=class_AK, box_A4=box_A4, score_A=score_A)
    if ATOM_CLASSES[best] == TEXT:
        label_bonds_A[place] = max(2, most_bonds(row.text))
        return replace(atoms, label_bonds_A=label_bonds_A)
    for text, confidence in row.readings:
        said = plain_label(text)
        if said is not None and said.symbol == ATOM_CLASSES[best]:
            atoms = _with_details(atoms, place, said, confidence, settings, anew=before != best)
            alone = said.symbol in ANIONS and text == said.symbol and confidence >= CERTAIN
            # beside a cation a sign may have been missed
            cation = bool((atoms.charge_AQ.argmax(axis=1) > CHARGES.index(0)).any())
            if alone and not cation and not has_sign_near(row, components, settings.sign):
                charge_AQ = atoms.charge_AQ.copy()
                charge_AQ[place] = _said(charge_AQ[place], CHARGES, 0, confidence, settings)
                return replace(atoms, charge_AQ=charge_AQ)
            return atoms
    return atoms


def has_sign_near(
    row: LetterRow, components: Sequence[Component], sign: tuple[float, float]
) -> bool:
    """Whether a component as small as the sign of a charge stands beside a row.

    Args:
        row: Row of letters.
        components: Components of the picture.
        sign: Greatest distance of the sign and its greatest side, in heights of the row's capital.
    """
    max_distance, longest = (share * row.capital for share in sign)
    left, top, right, bottom = row.box
    row_letters = {(c.number, c.left) for c in row.letters}
    return any(
        max(c.width, c.height) <= longest
        and left - max_distance < c.right
        and c.left < right + max_distance
        and top - max_distance < c.bottom
        and c.top < bottom + max_distance
        for c in components
        if (c.number, c.left) not in row_letters
    )


def _with_details(
    atoms: AtomCandidates,
    place: int,
    said: PlainLabel,
    confidence: float,
    settings: LabelCheckSettings,
    *,
    anew: bool,
) -> AtomCandidates:
    """The atoms with the written hydrogens, charge and isotope of one of them. What the row does
    not say may stand above or below it, so the network's values stay, except if they belong to
    another class (``anew``)."""
    heads = {
        "hydrogens_AH": (HYDROGENS, said.hydrogens),
        "charge_AQ": (CHARGES, said.charge),
        "isotope_AI": (ISOTOPES, said.isotope),
    }
    changed = {}
    for name, (values, value) in heads.items():
        if value or anew:
            head = getattr(atoms, name).copy()
            head[place] = _said(head[place], values, value, confidence, settings)
            changed[name] = head
    return replace(atoms, **changed)


def _said(
    head: np.ndarray,
    values: Sequence[int],
    value: int,
    confidence: float,
    settings: LabelCheckSettings,
) -> np.ndarray:
    """Log-probabilities of some values combined with a text that states one of them."""
    weights = np.full(len(values), (1 - confidence) / len(values))
    weights[list(values).index(value)] += confidence
    return _together(head, weights, settings)


def _class_weights(row: LetterRow, settings: LabelCheckSettings) -> np.ndarray:
    """(K,) the weight that a row's readings give each class."""
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
    """Normalized log-probabilities of the network combined with the weights of the text."""
    both = np.maximum(head, log(settings.least_class))
    both = both + np.log(np.maximum(weights, settings.least_text))
    return np.asarray(both - np.logaddexp.reduce(both))


def most_bonds(text: str) -> int:
    """Largest number of bonds with which a label has a known structure, 0 if there is none."""
    for count in range(MOST_BONDS, 0, -1):
        if expand_label(text, count) is not None:
            return count
    return 0


def row_at(box: Box, rows: Sequence[LetterRow], alike: float = 0.9) -> LetterRow | None:
    """Find the row of letters whose box coincides with a given one.

    Args:
        box: Left, top, right, bottom in pixels.
        rows: Rows of letters.
        alike: Minimum intersection over union.

    Returns:
        The first such row with readings, or None.
    """
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
