"""Assignment of connected components to a graph's labels, and their template correlation.

A reader's box may hold the symbol alone, without hydrogens or a charge beside it, or reach over the
end of a bond. So for every label several choices of components are compared with its text.
Shape letters: H and W pixels, P components.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from inchify.types import GraphAtom
from inchify.verification.graph_match.binarized import Box, Paper
from inchify.verification.graph_match.glyph_match import NOTHING, LetterFit, letter_fit, written_of

Window = tuple[slice, slice]

# In heights of capitals: what is near a box, the widest paper between two letters, a single
# letter's and a merged pair's largest height and width, a line's least width.
RIM, GAP_ACROSS, GAP_DOWN = 0.3, 0.55, 0.5
LOW, LONG_WIDTH, HIGH, NARROW, DASH = 1.5, 5.0, 2.8, 1.6, 0.3
# Least areas of a letter, of a component at the rim and of a minus, in squares of that height.
AREA, RIM_AREA, DASH_AREA = 0.02, 0.03, 0.008
# Components with a larger share on bonds are bonds: in a box, beside it.
BOND_IN_BOX, BOND_BESIDE = 0.6, 0.3
GROWTHS = 4
# A label less like its text than this is looked for again: with signs of charges (sizes and number)
# and in boxes larger by the height of a letter of hydrogen, in capitals.
CLEAR, SIGN, MOST_SIGNS, HYDROGEN = 0.85, (0.2, 0.9), 4, 1.15


class Region(NamedTuple):
    """A label's foreground: its ``box``, its ``crop`` float32, the ``window`` around it with the
    pixels ``kept_HW`` there, and the share of them in components that belong to it completely."""

    box: Box
    crop: np.ndarray
    window: Window
    kept_HW: np.ndarray
    complete_share: float


@dataclass(frozen=True, eq=False)
class LabelObservation:
    """What was seen of an atom's label: the region (None without foreground), the fit of its text,
    and the share of its foreground that no line from the atom to its neighbors explains."""

    atom: int
    fit: LetterFit
    region: Region | None = None
    off_bonds: float = 0.0


@dataclass(frozen=True, eq=False)
class LabelSeeker:
    """Finds the components of each label. ``bonds_HW`` marks bonds as far as they are visible,
    ``lines_HW`` complete lines between atoms; ``on_bond_P`` is each component's share on bonds;
    ``capital`` and ``unit`` are the height of capitals and the length of bonds in pixels; ``boxes``
    are the labels', by atom."""

    paper: Paper
    bonds_HW: np.ndarray
    lines_HW: np.ndarray
    on_bond_P: np.ndarray
    capital: float
    unit: float
    boxes: Mapping[int, Box]

    def observe(self, atoms: tuple[GraphAtom, ...]) -> list[LabelObservation]:
        """Compare every label of the graph with the picture."""
        region_P = self._assigned_labels()
        observations = []
        for number, box in self.boxes.items():
            free_P = (region_P < 0) | (region_P == number)
            atom, frame = atoms[number], np.array(box)
            regions = self._regions(frame, free_P)
            if not regions:
                observations.append(LabelObservation(number, NOTHING))
                continue
            place, fit = letter_fit([r.crop for r in regions], written_of(atom))
            if fit.like < CLEAR and (atom.charge or atom.hydrogens):
                regions += self._further(frame, free_P, atom)
                place, fit = letter_fit([r.crop for r in regions], written_of(atom))
            region = regions[place]
            off_HW = region.kept_HW & (self.lines_HW[region.window] == 0)
            off = float(off_HW.sum() / region.kept_HW.sum())
            observations.append(LabelObservation(number, fit, region, off))
        return observations

    def _assigned_labels(self) -> np.ndarray:
        """The label in whose box each component's middle lies, else -1."""
        region_P = np.full(len(self.paper.area_P), -1)
        x_P, y_P = self.paper.middle_P2.T
        for number, (left, top, right, bottom) in self.boxes.items():
            region_P[(x_P > left) & (x_P < right) & (y_P > top) & (y_P < bottom)] = number
        return region_P

    def _regions(self, box: np.ndarray, free_P: np.ndarray) -> list[Region]:
        """The components in the box, with those at its rim, and with all letters that follow."""
        paper, square = self.paper, self.capital**2
        beside_P = free_P & (self.on_bond_P < BOND_BESIDE)
        letter_P = beside_P & self._letter_like()
        inside_P = self._inside(box, 0.05 * self.unit) & free_P & (self.on_bond_P < BOND_IN_BOX)
        near_P = self._inside(box, RIM * self.capital) & (paper.area_P >= RIM_AREA * square)
        rim_P = inside_P | (near_P & beside_P)
        expanded_P = rim_P | (letter_P & self._touching(box))
        step = np.array((-GAP_ACROSS, -GAP_DOWN, GAP_ACROSS, GAP_DOWN)) * self.capital
        for _ in range(GROWTHS):
            more_P = letter_P & self._touching(self._around(box, expanded_P) + step) & ~expanded_P
            if not more_P.any():
                break
            expanded_P = expanded_P | more_P
        regions: dict[Box, Region] = {}
        for chosen_P in (inside_P, rim_P, expanded_P):
            region = self._region(box, chosen_P)
            if region is not None:
                regions.setdefault(region.box, region)
        return list(regions.values())

    def _further(self, box: np.ndarray, free_P: np.ndarray, atom: GraphAtom) -> list[Region]:
        """Regions with one sign of a charge that stands on a bond's place, and larger boxes, for
        hydrogens whose letters touch the symbol's."""
        step, regions = self.capital, []
        inside_P = self._inside(box, 0.05 * self.unit) & free_P & (self.on_bond_P < BOND_IN_BOX)
        if atom.charge:
            side_P = self.paper.side_P2.max(axis=1) / step
            sign_P = free_P & (side_P > SIGN[0]) & (side_P < SIGN[1]) & ~inside_P
            sign_P &= self.paper.middle_P2[:, 1] < (box[1] + box[3]) / 2
            reach = np.array((-GAP_ACROSS, -GAP_DOWN, GAP_ACROSS, 0.0)) * step
            for sign in np.flatnonzero(sign_P & self._touching(box + reach))[:MOST_SIGNS]:
                chosen_P = inside_P.copy()
                chosen_P[sign] = True
                regions.append(self._region(box, chosen_P))
        if atom.hydrogens and box[3] - box[1] < LOW * step:
            for way in ((0, -1, 0, 0), (0, 0, 0, 1), (-1, 0, 0, 0), (0, 0, 1, 0)):
                regions.append(self._region(box + HYDROGEN * step * np.array(way), inside_P))
        return [region for region in regions if region is not None]

    def _letter_like(self) -> np.ndarray:
        """Components of a letter's size, or of a few that touch."""
        across_P, down_P = self.paper.side_P2.T / self.capital
        area_P = self.paper.area_P / self.capital**2
        short_P = (down_P <= LOW) & (across_P <= LONG_WIDTH)
        slim_P = (down_P <= HIGH) & (across_P <= NARROW)
        dash_P = (across_P >= DASH) & (area_P >= DASH_AREA)
        return np.asarray((short_P | slim_P) & ((area_P >= AREA) | dash_P))

    def _inside(self, box: np.ndarray, edge: float) -> np.ndarray:
        low_P = (self.paper.box_P4[:, :2] >= box[:2] - edge).all(axis=1)
        return np.asarray(low_P & (self.paper.box_P4[:, 2:] <= box[2:] + edge).all(axis=1))

    def _touching(self, box: np.ndarray) -> np.ndarray:
        low_P = (self.paper.box_P4[:, :2] < box[2:]).all(axis=1)
        return np.asarray(low_P & (self.paper.box_P4[:, 2:] > box[:2]).all(axis=1))

    def _around(self, box: np.ndarray, chosen_P: np.ndarray) -> np.ndarray:
        """The box with all chosen components."""
        boxes = self.paper.box_P4[chosen_P]
        low = np.minimum(boxes[:, :2].min(axis=0, initial=np.inf), box[:2])
        return np.concatenate([low, np.maximum(boxes[:, 2:].max(axis=0, initial=0.0), box[2:])])

    def _region(self, box: np.ndarray, chosen_P: np.ndarray) -> Region | None:
        """The chosen components and, of others, what lies in the box and on no bond."""
        paper = self.paper
        high, wide = paper.piece_HW.shape
        frame = self._around(box, chosen_P)
        left, top = (max(0, int(side)) for side in frame[:2])
        right, bottom = min(wide, int(np.ceil(frame[2]))), min(high, int(np.ceil(frame[3])))
        if right - left < 2 or bottom - top < 2:
            return None
        window = slice(top, bottom), slice(left, right)
        piece_HW = paper.piece_HW[window]
        whole_HW = chosen_P[piece_HW]
        core_HW = np.zeros(piece_HW.shape, bool)
        first = max(int(box[1]) - top, 0), max(int(box[0]) - left, 0)
        last = max(int(np.ceil(box[3])) - top, 0), max(int(np.ceil(box[2])) - left, 0)
        core_HW[first[0] : last[0], first[1] : last[1]] = True
        kept_HW = whole_HW | (core_HW & (piece_HW > 0) & (self.bonds_HW[window] == 0))
        x, y, across, down = cv2.boundingRect(kept_HW.view(np.uint8))
        if not across:
            return None
        cut = slice(y, y + down), slice(x, x + across)
        soft_HW = cv2.dilate(kept_HW[cut].view(np.uint8), np.ones((3, 3), np.uint8))
        ink = (left + x, top + y, left + x + across, top + y + down)
        share = float(whole_HW.sum() / kept_HW.sum())
        return Region(ink, paper.intensity_HW[window][cut] * soft_HW, window, kept_HW, share)
