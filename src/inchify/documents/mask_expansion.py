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
from inchify.documents.connected_components import MOST_LETTERS, Components, components_of
from inchify.documents.line_refinement import claimable
from inchify.types import Box, Region, TextLine

# A letter is a drawing's where this share of it is inside the box, strokes where this share is.
INSIDE, STROKE_INSIDE = 0.5, 0.25
# In heights of letters: the largest distance of a stroke, of a letter at a bond, of a letter beside
# that one, and of foreground with a high chance.
STROKE_REACH, LETTER_REACH, NEXT_REACH, SUPPORTED_REACH = 0.6, 0.6, 0.35, 1.5
# Least chance that foreground is a molecule's. A component's place is strong evidence, so one in
# the box or at the drawing's foreground needs a small chance; one without such evidence needs a
# high chance, and a higher one where a line of text claims it (``line_refinement.claimable``).
VOTE_PLACED, VOTE_ALONE = 0.02, 0.5
# A connected component larger than this many sides of the box is a frame or a table, not a drawing.
LARGEST = 1.6
ROUNDS = 24
OTHER_TEXT_KINDS = ("label", "caption", "body")


@dataclass(frozen=True)
class ExpandedRegions:
    """``regions`` in their order, their boxes now the bounds of their foreground; ``region_HW``
    uint16: 0 unassigned, k + 1 foreground of region k; ``letter_height`` in pixels."""

    regions: tuple[Region, ...]
    region_HW: np.ndarray
    letter_height: float

    def has_foreground(self, region: int) -> bool:
        """Tell whether any foreground is assigned to a region.

        Args:
            region: The region's number, from 0.
        """
        return bool((self.region_HW == region + 1).any())


def expand_masks(
    regions: Sequence[Region],
    intensity: np.ndarray,
    chances: np.ndarray | None = None,
    lines: Sequence[TextLine] = (),
    components: Components | None = None,
) -> ExpandedRegions:
    """Assign the connected components of a page to its drawings.

    Args:
        regions: The detected drawings.
        intensity: The page, uint8 (H, W), 255 full foreground.
        chances: The chance that foreground is a molecule's, float (h, w) of any scale.
        lines: Lines of text; those of a kind that is no drawing's keep their letters.
        components: The page's connected components, computed where they are missing.

    Returns:
        The drawings with boxes around all their foreground, and the region of every pixel.

    Raises:
        ValueError: If ``chances`` is no map.
    """
    components = components or components_of(intensity, [region.box for region in regions])
    assigned_regions = _Assignment(
        regions, components, votes_of(components, chances), _other_text(components, lines)
    )
    assigned_regions.take_inside()
    assigned_regions.take_near()
    assigned_regions.assign_letters()
    of_N = with_parts_joined(with_groups_assigned(assigned_regions.of_N, components), components)
    region_HW = of_N.astype(np.uint16)[components.labels_HW]
    _give_back_crossings(region_HW, components)
    boxes = _bounds(region_HW, len(regions))
    expanded = tuple(
        region if box is None else replace(region, box=box)
        for region, box in zip(regions, boxes, strict=True)
    )
    return ExpandedRegions(expanded, region_HW, components.letter_height)


class _Assignment:
    """Assignment of components to regions: ``of_N`` is 0 for none, k + 1 for region k."""

    def __init__(
        self,
        regions: Sequence[Region],
        components: Components,
        votes_N: np.ndarray | None,
        other_text_N: np.ndarray,
    ) -> None:
        self.regions, self.components, self.votes_N = regions, components, votes_N
        self.of_N = np.zeros(components.count, np.int64)
        ruled_N = components.ruled_N
        if votes_N is not None:
            other_text_N = other_text_N & claimable(components, votes_N)
            ruled_N = ruled_N & (votes_N < VOTE_ALONE)  # a bond that ends on a table's rule
        # where lines of text are known no chance is wanted of letters that are in none
        self.free_letters_N = components.letter_N & ~components.in_text_N & bool(other_text_N.any())
        self.excluded_N = ruled_N | components.bracket_N | other_text_N
        self.excluded_N[0] = True

    def allowed(self, region: int, inside: bool) -> np.ndarray:
        """Bool (N): components that may be assigned to a region."""
        left, top, right, bottom = self.regions[region].box
        width, height = max(right - left, 1.0), max(bottom - top, 1.0)
        longest = max(width, height)
        boxes_N4 = self.components.boxes_N4
        wide = boxes_N4[:, 2] - boxes_N4[:, 0]
        high = boxes_N4[:, 3] - boxes_N4[:, 1]
        limits = np.maximum((width, height), 0.5 * longest) * LARGEST
        fits = (wide <= limits[0]) & (high <= limits[1])
        if not inside:
            # beyond the box nothing larger than the drawing belongs to it
            fits &= np.maximum(wide, high) <= longest
        free = fits & ~self.excluded_N
        if self.votes_N is not None:
            free &= (self.votes_N >= VOTE_PLACED) | self.free_letters_N
        elif not inside:
            free &= ~self.components.in_text_N
        return free

    def take_inside(self) -> None:
        """Assign components of which half is in a box. Of several boxes the one that holds most
        wins, then the one whose certain foreground is nearest."""
        shares_KN = np.zeros((len(self.regions), self.components.count))
        for region, detected in enumerate(self.regions):
            share_N = self.components.share_inside(detected.box)
            # a label or running text of which a loose box has an end
            stands_N = self.components.stands_inside(share_N)
            if self.votes_N is not None:
                stands_N |= self.votes_N >= VOTE_ALONE
            share_N = np.where(stands_N, share_N, 0.0)
            shares_KN[region] = np.where(self.allowed(region, True), share_N, 0.0)
        if not len(self.regions):
            return
        best_N = shares_KN.max(axis=0)
        winners_N = (shares_KN >= best_N - 1e-6).sum(axis=0)
        held_N = best_N >= np.where(self.components.letter_N, INSIDE, STROKE_INSIDE)
        sure_N = held_N & (winners_N == 1)
        self.of_N[sure_N] = shares_KN.argmax(axis=0)[sure_N] + 1
        for component in np.flatnonzero(held_N & (winners_N > 1)):
            rivals = np.flatnonzero(shares_KN[:, component] >= best_N[component] - 1e-6)
            self.of_N[component] = min(rivals, key=lambda k: self._away(int(component), int(k))) + 1

    def _away(self, component: int, region: int) -> tuple[float, float]:
        """Distance of a component from a region's certain foreground, and from its box's middle."""
        box = self.components.boxes_N4[component]
        own_N = self.of_N == region + 1
        left, top, right, bottom = self.regions[region].box
        middle = np.hypot(
            (box[0] + box[2] - left - right) / 2, (box[1] + box[3] - top - bottom) / 2
        )
        if not own_N.any():
            return np.inf, float(middle)
        others = self.components.boxes_N4[own_N]
        across = np.maximum(0, np.maximum(others[:, 0] - box[2], box[0] - others[:, 2]))
        down = np.maximum(0, np.maximum(others[:, 1] - box[3], box[1] - others[:, 3]))
        return float(np.hypot(across, down).min()), float(middle)

    def take_near(self) -> None:
        """Assign components near a region's foreground, round by round for all regions at once, so
        that a component between two drawings goes to the nearer."""
        allowed = [self.allowed(region, False) for region in range(len(self.regions))]
        open_regions = set(range(len(self.regions)))
        for _ in range(ROUNDS):
            wanted: dict[int, tuple[float, int]] = {}
            for region in sorted(open_regions):
                neighbors = self._distances(region, allowed[region] & (self.of_N == 0))
                if not neighbors:
                    open_regions.discard(region)
                for component, away in neighbors.items():
                    wanted[component] = min(wanted.get(component, (np.inf, 0)), (away, region))
            if not wanted:
                return
            for component, (_, region) in wanted.items():
                self.of_N[component] = region + 1

    def assign_letters(self) -> None:
        """Reassign letters, run by run, to the drawing whose stroke one of them touches: a loose
        box may hold the letters of its neighbor."""
        components = self.components
        strokes_N = (self.of_N > 0) & ~components.letter_N
        if not strokes_N.any():
            return
        nearest = nearest_regions(np.where(strokes_N, self.of_N, 0), components)
        for run in components.runs(NEXT_REACH * components.letter_height):
            assigned = [component for component in run.tolist() if self.of_N[component]]
            best = (LETTER_REACH * components.letter_height, 0)
            for component in assigned if len(run) <= MOST_LETTERS else ():
                best = min(best, reach_of(component, components, *nearest))
            if best[1]:
                self.of_N[assigned] = best[1]

    def _distances(self, region: int, free_N: np.ndarray) -> dict[int, float]:
        """Free components within reach of a region's foreground, and their distances."""
        components, own_N = self.components, self.of_N == region + 1
        if not own_N.any() or not free_N.any():
            return {}
        supported = self.votes_N is not None
        reach = (SUPPORTED_REACH if supported else STROKE_REACH) * components.letter_height
        boxes = components.boxes_N4[own_N]
        low = np.floor(boxes[:, :2].min(axis=0) - reach - 1).clip(0).astype(int)
        high = np.ceil(boxes[:, 2:].max(axis=0) + reach + 1).astype(int)
        window = components.labels_HW[low[1] : high[1], low[0] : high[0]]
        present = np.unique(window)
        present = present[free_N[present]]
        if not len(present):
            return {}
        letter_N = components.letter_N
        distances = _reached(window, own_N, present, reach)
        # letters: those at the end of a stroke, and those beside a letter that is assigned already
        height = components.letter_height
        at_stroke = _reached(window, own_N & ~letter_N, present, LETTER_REACH * height)
        at_letter = _reached(window, own_N & letter_N, present, NEXT_REACH * height)
        for component in list(distances):
            placed = distances[component] <= STROKE_REACH * height
            if letter_N[component]:
                placed = component in at_stroke or component in at_letter
            if not placed and (self.votes_N is None or self.votes_N[component] < VOTE_ALONE):
                del distances[component]
        return distances


def _reached(
    window: np.ndarray, own_N: np.ndarray, present: np.ndarray, reach: float
) -> dict[int, float]:
    """Of the components ``present`` in a window of labels those within ``reach`` of ``own_N``."""
    mask = own_N[window]
    if not mask.any():
        return {}
    away = cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 3)
    reached = (away <= reach) & ~mask & (window > 0)
    components, distances = window[reached], away[reached]
    least = np.full(int(window.max()) + 1, np.inf)
    np.minimum.at(least, components, distances)
    return {
        int(component): float(least[component])
        for component in present
        if least[component] <= reach
    }


def votes_of(components: Components, chances: np.ndarray | None) -> np.ndarray | None:
    """Average a map of chances over each component.

    Args:
        components: The page's connected components.
        chances: The chance that foreground is a molecule's, float (h, w) of any scale.

    Returns:
        The mean chance of each component, float64 (N,), or None without a map.

    Raises:
        ValueError: If ``chances`` is no map.
    """
    if chances is None:
        return None
    height, width = components.labels_HW.shape
    if chances.ndim != 2:
        raise ValueError(f"'chances' has shape {chances.shape}; a map (h, w) is needed")
    foreground = components.labels_HW > 0
    chance = cv2.resize(chances.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    labels = components.labels_HW[foreground]
    sums = np.bincount(labels, weights=chance[foreground], minlength=components.count)
    return sums / np.maximum(components.areas_N, 1)


def _other_text(components: Components, lines: Sequence[TextLine]) -> np.ndarray:
    """Bool (N): letters of lines that are part of no drawing."""
    other_text_N = np.zeros(components.count, dtype=bool)
    for line in lines:
        if line.kind in OTHER_TEXT_KINDS:
            # a molecule that reaches into the line's box is larger than letters
            height = line.box[3] - line.box[1]
            small = components.boxes_N4[:, 3] - components.boxes_N4[:, 1] <= 1.2 * height
            other_text_N |= small & (components.share_inside(line.box) >= 0.8)
    return other_text_N


def _give_back_crossings(region_HW: np.ndarray, components: Components) -> None:
    """Restore the pixels of bonds that a removed line crossed: they lie between pixels of one
    region."""
    if components.rules_HW is None or not region_HW.any():
        return
    side = 2 * components.rule_thickness + 3
    rows, columns = np.nonzero(components.rules_HW)
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
                values = np.where(components.rules_HW[y, x] > 0, 0, region_HW[y, x])
                store[:] = np.where(store == 0, values, store)
        same = (first > 0) & (first == second)
        region_HW[rows[same], columns[same]] = first[same]


def _bounds(region_HW: np.ndarray, count: int) -> list[Box | None]:
    """Bounds of each region's foreground, None for a region without any."""
    boxes: list[Box | None] = [None] * count
    rows, columns = np.nonzero(region_HW)
    assigned_regions = region_HW[rows, columns].astype(np.int64) - 1
    if not len(assigned_regions):
        return boxes
    low = np.full((count, 2), np.iinfo(np.int64).max)
    high = np.full((count, 2), -1)
    for axis, places in enumerate((columns, rows)):
        np.minimum.at(low[:, axis], assigned_regions, places)
        np.maximum.at(high[:, axis], assigned_regions, places)
    for region in range(count):
        if high[region, 0] >= 0:
            (left, top), (right, bottom) = low[region].tolist(), (high[region] + 1).tolist()
            boxes[region] = (float(left), float(top), float(right), float(bottom))
    return boxes
