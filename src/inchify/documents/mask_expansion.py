"""Connected-component mask expansion of detected molecules: each with all its foreground, and a map
of assigned regions.

A box that cuts atoms is worse than a loose one, and neighboring boxes overlap: so whole connected
components are assigned, each to at most one drawing. Long straight lines (rules, frames, arrows)
are removed first. A drawing gets the components that are at least half inside its box and those
close to its mask; letters only where they touch the end of a bond, as atom labels do.

Shape letters: H and W pixels, N connected components (0 is background).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from inchify.documents.component_assignment import (
    nearest_regions,
    reach_of,
    with_groups_assigned,
    with_parts_joined,
)
from inchify.documents.connected_components import MOST_LETTERS, Pieces, pieces_of
from inchify.documents.line_refinement import claimable
from inchify.types import Box, Region, TextLine

# A letter is a drawing's where this share of it is inside the box, strokes where this share is.
INSIDE, STROKE_INSIDE = 0.5, 0.25
# In heights of letters: how far away an own stroke, a letter that stands at a bond, a letter beside
# that one, and foreground that is voted for may be.
STROKE_REACH, LETTER_REACH, NEXT_REACH, SUPPORTED_REACH = 0.6, 0.6, 0.35, 1.5
# Chance that foreground is a molecule's. Where a piece lies says much by itself, so that little is
# wanted of one in the box or at own foreground; a piece that only its chance speaks for needs a
# high one, and more still where a line of text claims it (``mending.claimable``).
VOTE_PLACED, VOTE_ALONE = 0.02, 0.5
# A connected component larger than this many sides of the box is a frame or a table, not a drawing.
LARGEST = 1.6
ROUNDS = 24
OTHER_TEXT_KINDS = ("label", "caption", "body")


@dataclass(frozen=True)
class ExpandedRegions:
    """``regions`` as they came, their boxes now the bounds of their own foreground; ``region_HW``
    uint16: 0 no one's, k + 1 foreground of region k; ``letter_height`` in pixels."""

    regions: tuple[Region, ...]
    region_HW: np.ndarray
    letter_height: float

    def has_foreground(self, region: int) -> bool:
        """Whether that region owns any foreground."""
        return bool((self.region_HW == region + 1).any())


def expand_masks(
    regions: Sequence[Region],
    intensity: np.ndarray,
    own: np.ndarray | None = None,
    lines: Sequence[TextLine] = (),
    pieces: Pieces | None = None,
) -> ExpandedRegions:
    """The drawings with boxes around all their foreground, and the owner of every pixel.

    ``intensity`` uint8 (H, W), 255 full; ``own`` float (h, w) of any scale: the chance that
    foreground is a molecule's; ``lines`` whose kind says that they are no drawing's keep their
    letters. ``pieces`` of the foreground, where they are known.
    """
    pieces = pieces or pieces_of(intensity, [region.box for region in regions])
    assigned_regions = _Assignment(regions, pieces, votes_of(pieces, own), _foreign(pieces, lines))
    assigned_regions.take_inside()
    assigned_regions.take_near()
    assigned_regions.assign_letters()
    of_N = with_parts_joined(with_groups_assigned(assigned_regions.of_N, pieces), pieces)
    region_HW = of_N.astype(np.uint16)[pieces.labels_HW]
    _give_back_crossings(region_HW, pieces)
    boxes = _bounds(region_HW, len(regions))
    expanded = tuple(
        region if box is None else replace(region, box=box)
        for region, box in zip(regions, boxes, strict=True)
    )
    return ExpandedRegions(expanded, region_HW, pieces.letter_height)


class _Assignment:
    """Who owns each component: ``of_N`` is 0 for no one, k + 1 for region k."""

    def __init__(
        self,
        regions: Sequence[Region],
        pieces: Pieces,
        votes_N: np.ndarray | None,
        other_text_N: np.ndarray,
    ) -> None:
        self.regions, self.pieces, self.votes_N = regions, pieces, votes_N
        self.of_N = np.zeros(pieces.count, np.int64)
        ruled_N = pieces.ruled_N
        if votes_N is not None:
            other_text_N = other_text_N & claimable(pieces, votes_N)
            ruled_N = ruled_N & (votes_N < VOTE_ALONE)  # a bond that ends on a table's rule
        # where lines of text are known no chance is wanted of letters that are in none
        self.free_letters_N = pieces.letter_N & ~pieces.in_text_N & bool(other_text_N.any())
        self.excluded_N = ruled_N | pieces.bracket_N | other_text_N
        self.excluded_N[0] = True

    def allowed(self, region: int, inside: bool) -> np.ndarray:
        """Bool (N): pieces that a region may own."""
        left, top, right, bottom = self.regions[region].box
        width, height = max(right - left, 1.0), max(bottom - top, 1.0)
        longest = max(width, height)
        boxes_N4 = self.pieces.boxes_N4
        wide = boxes_N4[:, 2] - boxes_N4[:, 0]
        high = boxes_N4[:, 3] - boxes_N4[:, 1]
        most = np.maximum((width, height), 0.5 * longest) * LARGEST
        fits = (wide <= most[0]) & (high <= most[1])
        if not inside:
            # beyond the box nothing larger than the drawing belongs to it
            fits &= np.maximum(wide, high) <= longest
        free = fits & ~self.excluded_N
        if self.votes_N is not None:
            free &= (self.votes_N >= VOTE_PLACED) | self.free_letters_N
        elif not inside:
            free &= ~self.pieces.in_text_N
        return free

    def take_inside(self) -> None:
        """Pieces of which half is in a box; where several boxes hold one, the one that holds most,
        then the one whose sure foreground is nearest."""
        shares_KN = np.zeros((len(self.regions), self.pieces.count))
        for region, one in enumerate(self.regions):
            share_N = self.pieces.share_inside(one.box)
            # a label or running text of which a loose box has an end
            stands_N = self.pieces.stands_inside(share_N)
            if self.votes_N is not None:
                stands_N |= self.votes_N >= VOTE_ALONE
            share_N = np.where(stands_N, share_N, 0.0)
            shares_KN[region] = np.where(self.allowed(region, True), share_N, 0.0)
        if not len(self.regions):
            return
        best_N = shares_KN.max(axis=0)
        winners_N = (shares_KN >= best_N - 1e-6).sum(axis=0)
        held_N = best_N >= np.where(self.pieces.letter_N, INSIDE, STROKE_INSIDE)
        sure_N = held_N & (winners_N == 1)
        self.of_N[sure_N] = shares_KN.argmax(axis=0)[sure_N] + 1
        for piece in np.flatnonzero(held_N & (winners_N > 1)):
            rivals = np.flatnonzero(shares_KN[:, piece] >= best_N[piece] - 1e-6)
            self.of_N[piece] = min(rivals, key=lambda k: self._away(int(piece), int(k))) + 1

    def _away(self, piece: int, region: int) -> tuple[float, float]:
        """How far a piece is from a region's sure foreground, then from the middle of its box."""
        box = self.pieces.boxes_N4[piece]
        own_N = self.of_N == region + 1
        left, top, right, bottom = self.regions[region].box
        middle = np.hypot(
            (box[0] + box[2] - left - right) / 2, (box[1] + box[3] - top - bottom) / 2
        )
        if not own_N.any():
            return np.inf, float(middle)
        others = self.pieces.boxes_N4[own_N]
        across = np.maximum(0, np.maximum(others[:, 0] - box[2], box[0] - others[:, 2]))
        down = np.maximum(0, np.maximum(others[:, 1] - box[3], box[1] - others[:, 3]))
        return float(np.hypot(across, down).min()), float(middle)

    def take_near(self) -> None:
        """Pieces near own foreground, round by round for all regions at once, so that a piece
        between two drawings goes to the nearer."""
        allowed = [self.allowed(region, False) for region in range(len(self.regions))]
        open_regions = set(range(len(self.regions)))
        for _ in range(ROUNDS):
            wanted: dict[int, tuple[float, int]] = {}
            for region in sorted(open_regions):
                near = self._near(region, allowed[region] & (self.of_N == 0))
                if not near:
                    open_regions.discard(region)
                for piece, away in near.items():
                    wanted[piece] = min(wanted.get(piece, (np.inf, 0)), (away, region))
            if not wanted:
                return
            for piece, (_, region) in wanted.items():
                self.of_N[piece] = region + 1

    def assign_letters(self) -> None:
        """Owned letters go, run by run, to the drawing whose stroke one of them touches: a loose
        box may hold the letters of its neighbor."""
        pieces = self.pieces
        strokes_N = (self.of_N > 0) & ~pieces.letter_N
        if not strokes_N.any():
            return
        nearest = nearest_regions(np.where(strokes_N, self.of_N, 0), pieces)
        for run in pieces.runs(NEXT_REACH * pieces.letter_height):
            assigned = [piece for piece in run.tolist() if self.of_N[piece]]
            best = (LETTER_REACH * pieces.letter_height, 0)
            for piece in assigned if len(run) <= MOST_LETTERS else ():
                best = min(best, reach_of(piece, pieces, *nearest))
            if best[1]:
                self.of_N[assigned] = best[1]

    def _near(self, region: int, free_N: np.ndarray) -> dict[int, float]:
        """Free pieces within reach of a region's foreground, and how far away they are."""
        pieces, own_N = self.pieces, self.of_N == region + 1
        if not own_N.any() or not free_N.any():
            return {}
        supported = self.votes_N is not None
        reach = (SUPPORTED_REACH if supported else STROKE_REACH) * pieces.letter_height
        boxes = pieces.boxes_N4[own_N]
        low = np.floor(boxes[:, :2].min(axis=0) - reach - 1).clip(0).astype(int)
        high = np.ceil(boxes[:, 2:].max(axis=0) + reach + 1).astype(int)
        window = pieces.labels_HW[low[1] : high[1], low[0] : high[0]]
        present = np.unique(window)
        present = present[free_N[present]]
        if not len(present):
            return {}
        letter_N = pieces.letter_N
        found = _reached(window, own_N, present, reach)
        # letters: those at the end of a stroke, and those beside a letter that is owned already
        height = pieces.letter_height
        at_stroke = _reached(window, own_N & ~letter_N, present, LETTER_REACH * height)
        at_letter = _reached(window, own_N & letter_N, present, NEXT_REACH * height)
        for piece in list(found):
            placed = found[piece] <= STROKE_REACH * height
            if letter_N[piece]:
                placed = piece in at_stroke or piece in at_letter
            if not placed and (self.votes_N is None or self.votes_N[piece] < VOTE_ALONE):
                del found[piece]
        return found


def _reached(
    window: np.ndarray, own_N: np.ndarray, present: np.ndarray, reach: float
) -> dict[int, float]:
    """Of the pieces ``present`` in a window of labels those within ``reach`` of own foreground."""
    own = own_N[window]
    if not own.any():
        return {}
    away = cv2.distanceTransform((~own).view(np.uint8), cv2.DIST_L2, 3)
    near = (away <= reach) & ~own & (window > 0)
    pieces, distances = window[near], away[near]
    least = np.full(int(window.max()) + 1, np.inf)
    np.minimum.at(least, pieces, distances)
    return {int(one): float(least[one]) for one in present if least[one] <= reach}


def votes_of(pieces: Pieces, own: np.ndarray | None) -> np.ndarray | None:
    """Mean chance (N) of each piece's pixels."""
    if own is None:
        return None
    height, width = pieces.labels_HW.shape
    if own.ndim != 2:
        raise ValueError(f"'mine' has shape {own.shape}; a map (h, w) is needed")
    foreground = pieces.labels_HW > 0
    chance = cv2.resize(own.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    labels = pieces.labels_HW[foreground]
    sums = np.bincount(labels, weights=chance[foreground], minlength=pieces.count)
    return sums / np.maximum(pieces.areas_N, 1)


def _foreign(pieces: Pieces, lines: Sequence[TextLine]) -> np.ndarray:
    """Bool (N): letters of lines that are known to be no drawing's."""
    other_text_N = np.zeros(pieces.count, dtype=bool)
    for line in lines:
        if line.kind in OTHER_TEXT_KINDS:
            # a molecule that reaches into the line's box is larger than letters
            height = line.box[3] - line.box[1]
            small = pieces.boxes_N4[:, 3] - pieces.boxes_N4[:, 1] <= 1.2 * height
            other_text_N |= small & (pieces.share_inside(line.box) >= 0.8)
    return other_text_N


def _give_back_crossings(region_HW: np.ndarray, pieces: Pieces) -> None:
    """A bond that a cut line crossed gets its pixels back: they lie between pixels of one owner."""
    if pieces.rules_HW is None or not region_HW.any():
        return
    side = 2 * pieces.rule_thickness + 3
    rows, columns = np.nonzero(pieces.rules_HW)
    if not len(rows):
        return
    height, width = region_HW.shape
    for step in ((1, 0), (0, 1)):
        first = np.zeros(len(rows), np.uint16)
        second = np.zeros(len(rows), np.uint16)
        for away in range(1, side // 2 + 1):
            for store, sign in ((first, -1), (second, 1)):
                y = np.clip(rows + sign * away * step[0], 0, height - 1)
                x = np.clip(columns + sign * away * step[1], 0, width - 1)
                seen = np.where(pieces.rules_HW[y, x] > 0, 0, region_HW[y, x])
                store[:] = np.where(store == 0, seen, store)
        same = (first > 0) & (first == second)
        region_HW[rows[same], columns[same]] = first[same]


def _bounds(region_HW: np.ndarray, count: int) -> list[Box | None]:
    """Bounds of each region's foreground, None for a region without any."""
    found: list[Box | None] = [None] * count
    rows, columns = np.nonzero(region_HW)
    assigned_regions = region_HW[rows, columns].astype(np.int64) - 1
    if not len(assigned_regions):
        return found
    low = np.full((count, 2), np.iinfo(np.int64).max)
    high = np.full((count, 2), -1)
    for axis, places in enumerate((columns, rows)):
        np.minimum.at(low[:, axis], assigned_regions, places)
        np.maximum.at(high[:, axis], assigned_regions, places)
    for region in range(count):
        if high[region, 0] >= 0:
            (left, top), (right, bottom) = low[region].tolist(), (high[region] + 1).tolist()
            found[region] = (float(left), float(top), float(right), float(bottom))
    return found
