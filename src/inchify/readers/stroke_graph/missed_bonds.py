"""Bonds that the network missed although their strokes end at a label.

Training pictures have few long labels; where their text is known, the strokes of the drawing show
what they are bonded to. So do the visible parts of bonds between large letters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log

import numpy as np

from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    LOWEST,
    NONE,
    AtomCandidates,
    BondCandidates,
    gathered,
)
from inchify.chemistry.symbols import ATOM_CLASSES, CORNER, TEXT
from inchify.readers.bonds.short import short_bonds
from inchify.readers.labels.label_ends import members
from inchify.readers.labels.picture_text import PictureText, is_understood, lines_of
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.views.coordinates import Frame
from inchify.readers.views.crops import FOREGROUND_LEVEL, Box
from inchify.readers.views.scale_search import line_width
from inchify.types import BondKind

# Kinds of bonds by the number of their lines.
ORDERS: dict[int, BondKind] = {1: "single", 2: "double"}


@dataclass(frozen=True, kw_only=True)
class StrokeBondSettings:
    """Lengths in heights of a capital. A stroke that ends at most ``gap`` from a label's box, has
    foreground on ``covered`` of its line and is ``shortest`` to ``longest`` long is its bond with
    the chance ``bond``; between two labels the first ``letters`` at both ends of the line are
    ignored. ``short``: the probability of a short bond between two labels. ``read``: least
    confidence of the label's text. ``edge``: how far atoms may lie outside of the label's box."""

    gap: float = 0.5
    letters: float = 0.85
    shortest: float = 0.25
    longest: float = 4.0
    covered: float = 0.9
    bond: float = 0.85
    short: float = 0.95
    read: float = 0.6
    edge: float = 0.15


def with_stroke_bonds(
    atoms: AtomCandidates,
    bonds: BondCandidates,
    text: PictureText,
    frame: Frame,
    settings: StrokeBondSettings | None = None,
) -> BondCandidates:
    """Add bonds that strokes show between a longer label and other atoms, and between two labels
    beside each other.

    Args:
        atoms: In pixels of the network's picture.
        bonds: Between those atoms.
        text: The text in the picture, with its connected components.
        frame: Maps the picture to the network's picture.
        settings: Distances and probabilities.

    Returns:
        The bonds with the new ones.
    """
    settings = settings or StrokeBondSettings()
    if not text.capital or not len(atoms):
        return bonds
    places_A2 = frame.to_picture(atoms.xy_A2)
    classes_A = atoms.class_AK.argmax(axis=1)
    labels = _rows_of_labels(atoms, text, frame, settings)
    longer = {a: row for a, row in labels.items() if ATOM_CLASSES[classes_A[a]] == TEXT}
    new: list[tuple[int, int]] = []
    for label, row in longer.items():
        for other in range(len(atoms)):
            if other == label or atoms.score_A[other] < 0.5 or _bonded(bonds, label, other):
                continue
            if other in longer and other < label:
                continue  # the pair is visited from the other label
            if _stroke_between(text, row, places_A2[other], longer.get(other), settings):
                new.append((min(label, other), max(label, other)))
    bonds = _with_pairs(bonds, new, "single", settings.bond)
    written = {
        a: row
        for a, row in labels.items()
        if ATOM_CLASSES[classes_A[a]] != CORNER and atoms.score_A[a] >= 0.5
    }
    for lines, kind in ORDERS.items():
        short = _short_pairs(written, bonds, text, lines)
        if short:
            bonds = _with_pairs(bonds, short, kind, settings.short)
            _, bonds = gathered(atoms, bonds, np.arange(len(atoms)))
    return bonds


def _rows_of_labels(
    atoms: AtomCandidates, text: PictureText, frame: Frame, settings: StrokeBondSettings
) -> dict[int, LetterRow]:
    """The atoms that stand alone in a row of letters that is understood."""
    row_of = {}
    for row in text.rows:
        if row.confidence < settings.read or not is_understood(row.text):
            continue
        inside_A = members(atoms, row, frame, settings.edge * text.capital)
        if inside_A.sum() == 1:
            row_of[int(np.flatnonzero(inside_A)[0])] = row
    return row_of


def _short_pairs(
    labels: dict[int, LetterRow], bonds: BondCandidates, text: PictureText, lines: int
) -> list[tuple[int, int]]:
    """The pairs of labels joined by a short bond of ``lines`` lines that are not among the
    bonds."""
    drawing = lines_of(text)
    if len(labels) < 2 or not (drawing > FOREGROUND_LEVEL).any():
        return []
    numbers = list(labels)
    pairs = [
        (min(pair), max(pair))
        for bond in short_bonds(drawing, [row.box for row in labels.values()], line_width(drawing))
        if len(bond.strokes) == lines
        for pair in [(numbers[bond.labels[0]], numbers[bond.labels[1]])]
    ]
    return [pair for pair in pairs if pair[0] != pair[1] and not _bonded(bonds, *pair)]


def _bonded(bonds: BondCandidates, first: int, second: int) -> bool:
    same_B = (np.sort(bonds.pairs_B2, axis=1) == sorted((first, second))).all(axis=1)
    return bool((bonds.log_kind_BK[same_B, NONE] < log(0.5)).any())


def _stroke_between(
    text: PictureText,
    row: LetterRow,
    place: np.ndarray,
    other: LetterRow | None,
    settings: StrokeBondSettings,
) -> bool:
    """Whether foreground leads from a place, or the letters of another label that stands there, to
    a row of letters."""
    capital = text.capital
    end = _nearest(row.box, place, capital)
    if other is not None:
        place = _nearest(other.box, end, capital)
        end = _nearest(row.box, place, capital)
    length = float(np.hypot(*(end - place)))
    max_length = settings.longest + 2 * settings.gap * (other is not None)
    if not settings.shortest * capital < length < max_length * capital:
        return False
    count = max(4, int(2 * length))
    along = np.linspace(0.0, 1.0, count)[:, None]
    line = place + along * (end - place)
    free = np.hypot(*(line - end).T) > settings.gap * capital
    if other is not None:
        free &= np.hypot(*(line - place).T) > settings.letters * capital
        free &= np.hypot(*(line - end).T) > settings.letters * capital
    intensity = text.components.intensity
    columns = np.clip(np.round(line[:, 0]).astype(int), 0, intensity.shape[1] - 1)
    rows = np.clip(np.round(line[:, 1]).astype(int), 0, intensity.shape[0] - 1)
    foreground = _thickened(intensity)[rows, columns]
    if not free.any() or foreground[free].mean() < settings.covered:
        return False
    # letters of another label in between are no stroke
    used = {c.number for letter_row in text.rows for c in letter_row.letters}
    numbers = text.components.numbers_HW[rows, columns][free]
    return not used & set(numbers.tolist())


def _thickened(intensity: np.ndarray) -> np.ndarray:
    import cv2

    return cv2.dilate((intensity > FOREGROUND_LEVEL).view(np.uint8), np.ones((3, 3), np.uint8)) > 0


def _nearest(box: Box, place: np.ndarray, capital: float) -> np.ndarray:
    """The place in a row of letters that a bond from another place points at: the middle of its
    first or last capital, or one above or below it."""
    left, top, right, bottom = box
    half = min(capital, right - left) / 2
    x = float(np.clip(place[0], left + half, right - half))
    y = float(np.clip(place[1], top + capital / 2, bottom - capital / 2))
    return np.array([x, y]) if bottom - top > capital else np.array([x, (top + bottom) / 2])


def _with_pairs(
    bonds: BondCandidates, pairs: list[tuple[int, int]], kind: BondKind, chance: float
) -> BondCandidates:
    """The bonds and these pairs as bonds of a kind; doubles go where candidates are merged."""
    if not pairs:
        return bonds
    log_kind = np.full((len(pairs), bonds.log_kind_BK.shape[1]), LOWEST)
    log_kind[:, NONE], log_kind[:, COLUMNS[kind]] = log(1 - chance), log(chance)
    return replace(
        bonds,
        pairs_B2=np.concatenate([bonds.pairs_B2, np.array(pairs, dtype=bonds.pairs_B2.dtype)]),
        log_kind_BK=np.concatenate([bonds.log_kind_BK, log_kind]),
        forward_B=np.concatenate([bonds.forward_B, np.full(len(pairs), 0.5)]),
    )
