"""Refinement of detected text lines to whole letters, and short lines that the detector missed.

A detector's columns are as wide as a digit, so a compound id may lose its end or be missed
entirely; its letters are connected components nevertheless.

Shape letters: N connected components (0 is background).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inchify.documents.component_assignment import BONDED, touching
from inchify.documents.connected_components import Pieces
from inchify.types import Box, TextLine

# In heights of a line: paper between letters of one word, how high and how wide a letter may be,
# how far it may reach over the line, and how high the foreground in a line's box is at least.
GAP, HIGHER, WIDER, OVER, TIGHT = 0.35, 1.35, 1.5, 0.3, 0.5
# Foreground that is likelier a molecule's than this is in no line that was not found there.
MOLECULE = 0.8
# Texts of one stroke, and the chance from which such a stroke is a molecule's.
STROKES, STROKE = frozenset("1Il|/\\-–—_.,'′"), 0.4
# A letter of at least this chance, with a bond's end beside it, is an atom's.
ATOM = 0.5
# Lowered letters are lower than this share of the page's.
LOWERED = 0.62
# A short line: so many letters, in heights of the page's letters so high, so far from all others.
MOST, SMALLEST, LARGEST, APART = 8, 0.75, 1.7, 0.6
TURNED = 10.0


def refined(
    lines: Sequence[TextLine], pieces: Pieces, votes_N: np.ndarray | None = None
) -> list[TextLine]:
    """The lines with boxes around all letters that they cut or that stand next to their own, unless
    another line has those. ``votes_N``: how likely each piece is a molecule's."""
    free_N = _free(pieces, votes_N, pieces.boxes_N4[:, 2] > 0)
    inside_KN = np.array([pieces.share_inside(line.box) for line in lines])
    taken_N = (inside_KN >= 0.5).sum(axis=0) if len(lines) else np.zeros(pieces.count)
    found = []
    for line, inside_N in zip(lines, inside_KN, strict=True):
        if abs((line.angle + 90) % 180 - 90) > TURNED:
            found.append(line)
            continue
        own_N = inside_N >= 0.5
        others_N = (taken_N > 0) & ~own_N
        box = _whole(line.box, pieces, free_N & ~others_N)
        own_N |= (pieces.share_inside(box) >= 0.5) & ~others_N
        found.append(replace(line, box=_tight(box, pieces, own_N)))
    return found


def _tight(box: Box, pieces: Pieces, own_N: np.ndarray) -> Box:
    """The bounds of a line's own foreground; the box itself where that is not all of a line's
    height."""
    height = box[3] - box[1]
    own_N = own_N & ~pieces.ruled_N
    own_N[0] = False
    if not own_N.any():
        return box
    low, high = pieces.boxes_N4[own_N, :2].min(axis=0), pieces.boxes_N4[own_N, 2:].max(axis=0)
    tall = high[1] - low[1]
    if not TIGHT * height <= tall <= HIGHER * height:
        return box
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _whole(box: Box, pieces: Pieces, free_N: np.ndarray) -> Box:
    """The box made wider, letter by letter, and as high as those letters."""
    left, top, right, bottom = box
    height = bottom - top
    b_N4 = pieces.boxes_N4
    shared_N = np.minimum(b_N4[:, 3], bottom) - np.maximum(b_N4[:, 1], top)
    high_N = b_N4[:, 3] - b_N4[:, 1]
    level_N = (shared_N >= 0.6 * high_N) & (high_N <= HIGHER * height)
    level_N &= b_N4[:, 2] - b_N4[:, 0] <= WIDER * height
    level_N &= (b_N4[:, 1] >= top - OVER * height) & (b_N4[:, 3] <= bottom + OVER * height)
    places = np.flatnonzero(free_N & level_N)
    while True:
        near = (b_N4[places, 0] <= right + GAP * height) & (b_N4[places, 2] >= left - GAP * height)
        if not near.any():
            return left, top, right, bottom
        wider = min(left, float(b_N4[places[near], 0].min()))
        longer = max(right, float(b_N4[places[near], 2].max()))
        top = min(top, float(b_N4[places[near], 1].min()))
        bottom = max(bottom, float(b_N4[places[near], 3].max()))
        if (wider, longer) == (left, right):
            return left, top, right, bottom
        left, right = wider, longer


def missed(lines: Sequence[TextLine], pieces: Pieces, votes_N: np.ndarray) -> list[TextLine]:
    """Letters in short rows that are in no line and likely no molecule's, as lines of score 0."""
    free_N = _free(pieces, votes_N, pieces.letter_N)
    for line in lines:
        free_N &= pieces.share_inside(line.box) < 0.2
    usual, found = pieces.letter_height, []
    for run in pieces.runs(APART * usual):
        if len(run) > MOST or not free_N[run].all() or pieces.in_text_N[run].any():
            continue
        if _at_a_bond(run, pieces, votes_N):
            continue
        low, high = pieces.boxes_N4[run, :2].min(axis=0), pieces.boxes_N4[run, 2:].max(axis=0)
        if SMALLEST * usual <= high[1] - low[1] <= LARGEST * usual:
            box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
            found.append(TextLine(box, score=0.0))
    return refined(found, pieces, votes_N)


def _at_a_bond(run: np.ndarray, pieces: Pieces, votes_N: np.ndarray) -> bool:
    """Whether a row is one piece that stands at a bond's end and is likely enough an atom's; of
    more letters their text tells."""
    if len(run) > 1 or votes_N[run[0]] < ATOM:
        return False
    bonds_N = ~pieces.letter_N & ~pieces.ruled_N & (votes_N >= ATOM)
    bonds_N[0] = False
    return len(touching(run, bonds_N, pieces, BONDED * pieces.letter_height)) > 0


def without_bonds(lines: Sequence[TextLine], pieces: Pieces, votes_N: np.ndarray) -> list[TextLine]:
    """The lines without those that are strokes and likely a molecule's (bold bonds look like a 1,
    the inner lines of double bonds are read as any letter), and without single letters that are
    lowered or raised."""
    found = []
    for line in lines:
        text = line.text.strip()
        low = line.box[3] - line.box[1] < LOWERED * pieces.letter_height
        stroke = text in STROKES or _is_strokes(line, pieces)
        stroke = stroke and _chance(line.box, pieces, votes_N) >= STROKE
        if not stroke and not (low and len(text) == 1):
            found.append(line)
    return found


def _is_strokes(line: TextLine, pieces: Pieces) -> bool:
    """Whether a line is nothing but straight strokes although no strokes were read, or although
    they slant."""
    own_N = (pieces.share_inside(line.box) >= 0.5) & ~pieces.ruled_N
    if not own_N.any() or not pieces.straight_N[own_N].all():
        return False
    return not set(line.text) <= STROKES | {" "} or bool(pieces.slanted_N[own_N].all())


def _chance(box: Box, pieces: Pieces, votes_N: np.ndarray) -> float:
    """How likely the foreground in a box is a molecule's."""
    own_N = (pieces.share_inside(box) >= 0.5) & ~pieces.ruled_N
    areas_N = pieces.areas_N * own_N
    return float((votes_N * areas_N).sum() / max(areas_N.sum(), 1))


def claimable(pieces: Pieces, votes_N: np.ndarray) -> np.ndarray:
    """Bool (N): pieces that a line of text may claim, by their chance to be a molecule's. Strokes
    that slant are no letters."""
    return votes_N < np.where(pieces.slanted_N, STROKE, MOLECULE)


def _free(pieces: Pieces, votes_N: np.ndarray | None, like_N: np.ndarray) -> np.ndarray:
    """Bool (N): pieces like that which are likely no molecule's."""
    free_N = like_N & ~pieces.ruled_N
    free_N[0] = False
    return free_N if votes_N is None else free_N & claimable(pieces, votes_N)
