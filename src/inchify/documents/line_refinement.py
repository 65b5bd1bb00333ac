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
from inchify.documents.connected_components import Components
from inchify.types import Box, TextLine

# In heights of a line: paper between letters of one word, how high and how wide a letter may be,
# how far it may reach over the line, and how high the foreground in a line's box is at least.
GAP, HIGHER, WIDER, MAX_OVERSHOOT, TIGHT = 0.35, 1.35, 1.5, 0.3, 0.5
# Foreground that is likelier a molecule's than this is in no line that was not found there.
MOLECULE = 0.8
# Texts of one stroke, and the chance from which such a stroke is a molecule's.
STROKES, STROKE = frozenset("1Il|/\\-–—_.,'′"), 0.4
# A letter of at least this chance, with a bond's end beside it, is an atom's.
ATOM = 0.5
# Lowered letters are lower than this share of the page's.
LOWERED = 0.62
# A short line: its most letters and, in heights of the page's letters, its least and largest height
# and its distance from all others.
MAX_LETTERS, SMALLEST, LARGEST, APART = 8, 0.75, 1.7, 0.6
TURNED = 10.0


def refined(
    lines: Sequence[TextLine], components: Components, votes_N: np.ndarray | None = None
) -> list[TextLine]:
    """Widen lines to all letters that they cut or that are next to theirs and in no other line.

    Args:
        lines: The detected lines.
        components: The page's connected components.
        votes_N: The chance that each component is a molecule's.

    Returns:
        The lines in order, with new boxes.
    """
    free_N = _free(components, votes_N, components.boxes_N4[:, 2] > 0)
    inside_KN = np.array([components.share_inside(line.box) for line in lines])
    taken_N = (inside_KN >= 0.5).sum(axis=0) if len(lines) else np.zeros(components.count)
    refined_lines = []
    for line, inside_N in zip(lines, inside_KN, strict=True):
        if abs((line.angle + 90) % 180 - 90) > TURNED:
            refined_lines.append(line)
            continue
        own_N = inside_N >= 0.5
        others_N = (taken_N > 0) & ~own_N
        box = _complete_box(line.box, components, free_N & ~others_N)
        own_N |= (components.share_inside(box) >= 0.5) & ~others_N
        refined_lines.append(replace(line, box=_tight(box, components, own_N)))
    return refined_lines


def _tight(box: Box, components: Components, own_N: np.ndarray) -> Box:
    """The bounds of a line's foreground; the box itself where that is too low or too high for a
    line."""
    height = box[3] - box[1]
    own_N = own_N & ~components.ruled_N
    own_N[0] = False
    if not own_N.any():
        return box
    low, high = (
        components.boxes_N4[own_N, :2].min(axis=0),
        components.boxes_N4[own_N, 2:].max(axis=0),
    )
    tall = high[1] - low[1]
    if not TIGHT * height <= tall <= HIGHER * height:
        return box
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _complete_box(box: Box, components: Components, free_N: np.ndarray) -> Box:
    """The box made wider, letter by letter, and as high as those letters."""
    left, top, right, bottom = box
    height = bottom - top
    b_N4 = components.boxes_N4
    shared_N = np.minimum(b_N4[:, 3], bottom) - np.maximum(b_N4[:, 1], top)
    high_N = b_N4[:, 3] - b_N4[:, 1]
    level_N = (shared_N >= 0.6 * high_N) & (high_N <= HIGHER * height)
    level_N &= b_N4[:, 2] - b_N4[:, 0] <= WIDER * height
    level_N &= (b_N4[:, 1] >= top - MAX_OVERSHOOT * height) & (
        b_N4[:, 3] <= bottom + MAX_OVERSHOOT * height
    )
    places = np.flatnonzero(free_N & level_N)
    while True:
        adjacent = (b_N4[places, 0] <= right + GAP * height) & (
            b_N4[places, 2] >= left - GAP * height
        )
        if not adjacent.any():
            return left, top, right, bottom
        wider = min(left, float(b_N4[places[adjacent], 0].min()))
        longer = max(right, float(b_N4[places[adjacent], 2].max()))
        top = min(top, float(b_N4[places[adjacent], 1].min()))
        bottom = max(bottom, float(b_N4[places[adjacent], 3].max()))
        if (wider, longer) == (left, right):
            return left, top, right, bottom
        left, right = wider, longer


def missed(
    lines: Sequence[TextLine], components: Components, votes_N: np.ndarray
) -> list[TextLine]:
    """Letters in short rows that are in no line and likely no molecule's, as lines of score 0."""
    free_N = _free(components, votes_N, components.letter_N)
    for line in lines:
        free_N &= components.share_inside(line.box) < 0.2
    usual, short_lines = components.letter_height, []
    for run in components.runs(APART * usual):
        if len(run) > MAX_LETTERS or not free_N[run].all() or components.in_text_N[run].any():
            continue
        if _at_a_bond(run, components, votes_N):
            continue
        low, high = (
            components.boxes_N4[run, :2].min(axis=0),
            components.boxes_N4[run, 2:].max(axis=0),
        )
        if SMALLEST * usual <= high[1] - low[1] <= LARGEST * usual:
            box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
            short_lines.append(TextLine(box, score=0.0))
    return refined(short_lines, components, votes_N)


def _at_a_bond(run: np.ndarray, components: Components, votes_N: np.ndarray) -> bool:
    """Whether a row is one component at a bond's end that is probably an atom's; more letters are
    classified by their text."""
    if len(run) > 1 or votes_N[run[0]] < ATOM:
        return False
    bonds_N = ~components.letter_N & ~components.ruled_N & (votes_N >= ATOM)
    bonds_N[0] = False
    return len(touching(run, bonds_N, components, BONDED * components.letter_height)) > 0


def without_bonds(
    lines: Sequence[TextLine], components: Components, votes_N: np.ndarray
) -> list[TextLine]:
    """The lines without those that are strokes and likely a molecule's (bold bonds look like a 1,
    the inner lines of double bonds are read as any letter), and without single letters that are
    lowered or raised."""
    kept = []
    for line in lines:
        text = line.text.strip()
        low = line.box[3] - line.box[1] < LOWERED * components.letter_height
        stroke = text in STROKES or _is_strokes(line, components)
        stroke = stroke and _chance(line.box, components, votes_N) >= STROKE
        if not stroke and not (low and len(text) == 1):
            kept.append(line)
    return kept


def _is_strokes(line: TextLine, components: Components) -> bool:
    """Whether a line is nothing but straight strokes although no strokes were read, or although
    they slant."""
    own_N = (components.share_inside(line.box) >= 0.5) & ~components.ruled_N
    if not own_N.any() or not components.straight_N[own_N].all():
        return False
    return not set(line.text) <= STROKES | {" "} or bool(components.slanted_N[own_N].all())


def _chance(box: Box, components: Components, votes_N: np.ndarray) -> float:
    """How likely the foreground in a box is a molecule's."""
    own_N = (components.share_inside(box) >= 0.5) & ~components.ruled_N
    areas_N = components.areas_N * own_N
    return float((votes_N * areas_N).sum() / max(areas_N.sum(), 1))


def claimable(components: Components, votes_N: np.ndarray) -> np.ndarray:
    """Bool (N): components that a line of text may claim, by their chance in ``votes_N``. Strokes
    that slant are no letters."""
    return votes_N < np.where(components.slanted_N, STROKE, MOLECULE)


def _free(components: Components, votes_N: np.ndarray | None, like_N: np.ndarray) -> np.ndarray:
    """Bool (N): those of ``like_N`` that are probably no molecule's."""
    free_N = like_N & ~components.ruled_N
    free_N[0] = False
    return free_N if votes_N is None else free_N & claimable(components, votes_N)
