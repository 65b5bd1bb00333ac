"""Rows of letters of labels whose letters are not connected components.

Shape letters: A atom candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from inchify.chemistry.graph_assembly.candidates import AtomCandidates, BondCandidates, bond_length
from inchify.chemistry.symbols import ATOM_CLASSES, CORNER
from inchify.data.pictures.crops import cut_out
from inchify.readers.labels.label_ends import members
from inchify.readers.labels.picture_text import Labels, PictureText
from inchify.readers.labels.single_atom_label import plain_label
from inchify.readers.letters.connected_components import Component
from inchify.readers.letters.letter_rows import LetterRow
from inchify.readers.views.coordinates import Frame
from inchify.readers.views.crops import Box, crop_of, expanded_box

# Letters that fragments of bonds resemble.
STROKE_LETTERS = frozenset("IlLJTVXAYZNKMWH1i/-|.,'*=")
# Letters that rings and double bonds resemble.
ROUND_LETTERS = frozenset("OCDQ0")
# Windows for letters that strokes touch: widths and heights, in heights of a capital.
WINDOWS = ((0.7, 1.0), (0.85, 1.1), (1.05, 1.1), (1.3, 1.15))
# Letters that neither strokes nor rings resemble.
SHAPELY_LETTERS = frozenset("SPBF")


@dataclass(frozen=True, kw_only=True)
class LabelRowSettings:
    """``read``: minimum confidence of a reading that counts; ``certain``: of one that must be the
    same in two windows. Boxes of labels with a score of at least ``min_score`` are read where there
    is no row. ``lettered``: a corner is doubtful if the network gives at least this probability to
    all labels together. ``capital``: height of a capital in bond lengths if no text defines it. An
    atom at most ``edge`` heights of a capital outside of a row's box belongs to it."""

    read: float = 0.5
    certain: float = 0.8
    min_score: float = 0.3
    lettered: float = 0.1
    capital: float = 0.45
    edge: float = 0.15


def rows_at_labels(
    atoms: AtomCandidates,
    text: PictureText,
    frame: Frame,
    labels: Labels,
    settings: LabelRowSettings,
) -> list[LetterRow]:
    """Read the label boxes of the network where there is no row of letters.

    Only readings that are the same in the box and in one that follows its letters count.

    Args:
        atoms: Atom candidates, in pixels of the network's picture.
        text: Recognized text of the picture.
        frame: Transform between the foreground and the network's picture.
        labels: Recognizer of the boxes.
        settings: Thresholds.

    Returns:
        Rows with readings, in pixels of the foreground.
    """
    alone_A = atoms.score_A >= settings.min_score
    alone_A &= atoms.class_AK.argmax(axis=1) != ATOM_CLASSES.index(CORNER)
    for row in text.rows:
        if row.confidence >= settings.read:
            alone_A &= ~members(atoms, row, frame, text.capital * settings.edge)
    intensity, rows = text.components.intensity, []
    boxes = [frame.foreground_box(box) for box in atoms.box_A4[alone_A]]
    crops = [crop_of(intensity, box) for box in boxes]
    crops += [crop_of(intensity, expanded_box(intensity, box, True, True)) for box in boxes]
    readings = labels.readings(crops, 3) if crops else []
    for box, boxed, expanded in zip(boxes, readings, readings[len(boxes) :], strict=False):
        if boxed[0][0] != expanded[0][0] or min(boxed[0][1], expanded[0][1]) < settings.certain:
            continue
        left, top, right, bottom = (round(side) for side in box)
        if right > left and bottom > top:
            piece = Component(-1, left, top, right, bottom, (right - left) * (bottom - top))
            rows.append(LetterRow((piece,), tuple(boxed)))
    return rows


def rows_at_corners(
    atoms: AtomCandidates,
    bonds: BondCandidates,
    text: PictureText,
    frame: Frame,
    labels: Labels,
    settings: LabelRowSettings,
) -> list[LetterRow]:
    """Read symbols that strokes touch, at corners that are doubtful to the network.

    Only readings that are the same in two windows of a letter's size count.

    Args:
        atoms: Atom candidates, in pixels of the network's picture.
        bonds: Bond candidates between those atoms.
        text: Recognized text of the picture.
        frame: Transform between the foreground and the network's picture.
        labels: Recognizer of the windows.
        settings: Thresholds.

    Returns:
        Rows with readings, in pixels of the foreground.
    """
    corner_A = atoms.class_AK[:, ATOM_CLASSES.index(CORNER)]
    bare_A = atoms.class_AK.argmax(axis=1) == ATOM_CLASSES.index(CORNER)
    doubtful_A = bare_A & (corner_A < log(1.0 - settings.lettered))
    doubtful_A &= atoms.score_A >= settings.min_score
    for row in text.rows:
        if row.confidence >= settings.read:
            doubtful_A &= ~members(atoms, row, frame, text.capital * settings.edge)
    unit = bond_length(atoms, bonds) / float(np.mean(frame.factors))
    capital = text.capital or settings.capital * unit
    if not doubtful_A.any() or not capital:
        return []
    rows = []
    for place in frame.to_picture(atoms.xy_A2[doubtful_A]):
        boxes = [_window(place, capital, size) for size in WINDOWS]
        crops = [np.pad(cut_out(text.components.intensity, box), 2) for box in boxes]
        texts = [readings[0] for readings in labels.readings(crops, 1)]
        for (symbol, confidence), (other_symbol, other_confidence), box in zip(
            texts, texts[1:], boxes, strict=False
        ):
            if (
                symbol == other_symbol
                and min(confidence, other_confidence) >= settings.certain
                and _is_touched_symbol(symbol)
            ):
                left, top, right, bottom = (round(side) for side in box)
                area = (right - left) * (bottom - top)
                piece = Component(-1, left, top, right, bottom, area)
                rows.append(LetterRow((piece,), ((symbol, min(confidence, other_confidence)),)))
                break
    return rows


def _window(place_2: np.ndarray, capital: float, size: tuple[float, float]) -> Box:
    """The box around a place; ``size``: width and height in heights of a capital."""
    half = 0.5 * capital * np.array(size)
    left, top = (place_2 - half).tolist()
    right, bottom = (place_2 + half).tolist()
    return left, top, right, bottom


def _is_touched_symbol(text: str) -> bool:
    """Whether a text is an element's symbol that no strokes alone resemble."""
    label = plain_label(text)
    return label is not None and not (set(text) <= STROKE_LETTERS or set(text) <= ROUND_LETTERS)
