"""Features of each part of a graph drawn on a picture, and the foreground that it leaves
unexplained.

Labels are looked for first: the bonds end where their letters are found. Shape letters: B bonds,
X measures, H and W pixels, P connected components.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inchify.rendering.depictor.bonds import way_out
from inchify.types import BondKind, MoleculeGraph
from inchify.verification.graph_match.binarized import Box, Paper, mark_band
from inchify.verification.graph_match.bond_profiles import (
    MEASURES,
    STEP,
    line_width,
    measures,
    profiles_of,
)
from inchify.verification.graph_match.label_match import LabelObservation, LabelSeeker

# Half the width in which a bond's foreground lies, beside half a line; in bonds.
HALF_WIDTHS: dict[BondKind, float] = {
    "single": 0.06,
    "double": 0.26,
    "triple": 0.26,
    "aromatic": 0.38,
    "wedge": 0.2,
    "hash": 0.2,
    "wavy": 0.15,
    "bold": 0.15,
    "dative": 0.15,
    "crossed": 0.26,
}
# The height of capitals where no symbol stands alone; in bonds.
CAPITAL = 0.5
# Half widths of lines and of broad bonds for telling letters from bonds, and the paper around a
# label; in bonds.
LINE, THIN, BROAD, GAP = 0.06, 0.05, 0.2, 0.03
# Foreground farther from the graph is something else; less than this (in bonds' worth) is nothing.
MAX_DISTANCE, SPECK = 0.45, 0.06
# A bond of which labels leave less visible is measured at its middle.
LEAST_VISIBLE = 0.15
# How near a letter stands to a corner that should be bare (in bonds), and its least shorter side,
# height and largest longer side in capitals; components with a larger share on bonds are none.
LETTER_NEAR, SLIM, LOW, LONG, ON_BONDS, MAX_EXPLAINED = 0.3, 0.3, 0.6, 1.7, 0.75, 0.3
# Foreground on the way to a corner that is enough.
REACHED = 0.6
# A label this like its text tells the height of letters.
CLEAR_LABEL = 0.6


@dataclass(frozen=True)
class Blob:
    """Foreground that nothing explains: bonds' worth of it, its longer side in bonds, its box."""

    amount: float
    extent: float
    box: Box


@dataclass(frozen=True, eq=False)
class Measured:
    """Measurements of a graph on a paper; boxes and lengths in pixels, widths in bonds.

    ``boxes``: of labels, by atom; ``observations``: of labels; ``features_BX``: of bonds;
    ``reached`` and ``lettered``: the least foreground on a bond's way to a bare corner (0..0.6) and
    how near a letter stands to one (0..1), each with its atom (-1 for none); ``blobs``: near
    foreground that nothing explains, the largest first; ``far``: components farther off;
    ``explained``: the share of foreground that the graph explains; ``cover``: the share of the
    bonds' length that has foreground; ``explained_HW`` uint8: 1 where bonds and labels explain
    foreground; ``ends_B4``: begin and end (x, y) of each bond as far as labels leave it free.
    """

    boxes: dict[int, Box]
    observations: tuple[LabelObservation, ...]
    capital: float
    letter_height: float
    features_BX: np.ndarray
    line_width: float
    reached: tuple[float, int]
    lettered: tuple[float, int]
    blobs: tuple[Blob, ...]
    far: int
    explained: float
    cover: float
    explained_HW: np.ndarray
    ends_B4: np.ndarray


def measured(paper: Paper, graph: MoleculeGraph, unit: float) -> Measured:
    """Measure every part of a graph on a paper.

    Args:
        paper: A picture's foreground; it must have some.
        graph: The graph in the paper's pixels; it must have atoms.
        unit: The length of bonds in the paper's pixels.

    Returns:
        The measurements.
    """
    return _Search(paper, graph, unit).result()


class _Search:
    """One graph on one paper."""

    def __init__(self, paper: Paper, graph: MoleculeGraph, unit: float) -> None:
        self.paper, self.graph, self.unit = paper, graph, unit
        self.capital = self._capital()
        self.boxes = self._boxes()
        self.explained_HW = np.zeros(paper.piece_HW.shape, np.uint8)

    def result(self) -> Measured:
        """Labels, then bonds, then what is left over."""
        observations, on_bond_P = self._labels()
        heights = [
            observation.fit.capital
            for observation in observations
            if observation.fit.like > CLEAR_LABEL
        ]
        lettered = self._lettered(on_bond_P)
        features_BX, width = self._bonds()
        blobs, far = self._left_over(width)
        black_HW = self.paper.piece_HW > 0
        inside = float((black_HW & (self.explained_HW > 0)).sum())
        plain = [bond.kind not in ("hash", "wavy") for bond in self.graph.bonds]
        cover_B = features_BX[np.array(plain, bool), MEASURES.index("cover")]
        return Measured(
            boxes=self.boxes,
            observations=tuple(observations),
            capital=self.capital,
            letter_height=float(np.median(heights)) if heights else self.capital,
            features_BX=features_BX,
            line_width=width,
            reached=self._reached(features_BX),
            lettered=lettered,
            blobs=tuple(blobs),
            far=far,
            explained=inside / max(float(black_HW.sum()), 1.0),
            cover=float(cover_B.mean()) if len(cover_B) else 1.0,
            explained_HW=self.explained_HW,
            ends_B4=self._ends(),
        )

    def _capital(self) -> float:
        """The height of capitals, by the boxes of single symbols."""
        heights = [
            atom.box[3] - atom.box[1]
            for atom in self.graph.atoms
            if atom.box and atom.text and atom.symbol
            if not (atom.hydrogens or atom.charge or atom.isotope)
        ]
        return max(float(np.median(heights)), 1.0) if heights else CAPITAL * self.unit

    def _boxes(self) -> dict[int, Box]:
        """The box of every label; where a reader gave none, around the place of its symbol."""
        half = 0.4 * self.capital, 0.5 * self.capital
        return {
            number: atom.box
            or (atom.x - half[0], atom.y - half[1], atom.x + half[0], atom.y + half[1])
            for number, atom in enumerate(self.graph.atoms)
            if atom.text
        }

    def _ends(self) -> np.ndarray:
        """Begin and end of every bond as far as labels leave it free, float64 (B, 4)."""
        ends_B4 = np.zeros((len(self.graph.bonds), 4))
        gap = GAP * self.unit
        for number, bond in enumerate(self.graph.bonds):
            begin, end = self.graph.atoms[bond.begin], self.graph.atoms[bond.end]
            length = max(float(np.hypot(end.x - begin.x, end.y - begin.y)), 1e-6)
            u = ((end.x - begin.x) / length, (end.y - begin.y) / length)
            first, last = (
                [self.boxes[n]] if n in self.boxes else [] for n in (bond.begin, bond.end)
            )
            start = way_out(tuple(first), (begin.x, begin.y), u, length, gap, False)
            back = (-u[0], -u[1])
            stop = length - way_out(tuple(last), (end.x, end.y), back, length, gap, False)
            if stop - start < LEAST_VISIBLE * length:
                start, stop = 0.35 * length, 0.65 * length
            ends_B4[number] = [
                *(begin.x + u[0] * start, begin.y + u[1] * start),
                *(begin.x + u[0] * stop, begin.y + u[1] * stop),
            ]
        return ends_B4

    def _labels(self) -> tuple[list[LabelObservation], np.ndarray]:
        """What is seen of every label, whose foreground is then explained and tells its box, and
        the share of each connected component that lies on bonds (P,)."""
        bonds_HW, lines_HW = np.zeros_like(self.explained_HW), np.zeros_like(self.explained_HW)
        for bond, ends in zip(self.graph.bonds, self._ends(), strict=True):
            broad = (THIN if bond.kind == "single" else BROAD) * self.unit + 0.5
            mark_band(bonds_HW, ends, broad)
            begin, end = self.graph.atoms[bond.begin], self.graph.atoms[bond.end]
            axis = np.array((begin.x, begin.y, end.x, end.y))
            mark_band(lines_HW, axis, LINE * self.unit + 0.5)
        on_bond_P = self.paper.share_P(bonds_HW)
        masks = bonds_HW, lines_HW, on_bond_P
        seeker = LabelSeeker(self.paper, *masks, self.capital, self.unit, dict(self.boxes))
        observations = seeker.observe(self.graph.atoms)
        for observation in observations:
            if observation.region is not None:
                self.explained_HW[observation.region.window] |= observation.region.kept_HW.view(
                    np.uint8
                )
                self.boxes[observation.atom] = observation.region.box
        return observations, on_bond_P

    def _lettered(self, on_bond_P: np.ndarray) -> tuple[float, int]:
        """How near a component like a letter, of no label, is to a bare corner, and to which."""
        paper = self.paper
        side_P2 = paper.side_P2 / self.capital
        like_P = (side_P2.min(axis=1) > SLIM) & (side_P2[:, 1] > LOW) & (side_P2.max(axis=1) < LONG)
        free_P = (on_bond_P < ON_BONDS) & (paper.share_P(self.explained_HW) < MAX_EXPLAINED)
        letters = paper.middle_P2[like_P & free_P]
        nearest = 0.0, -1
        for number, atom in enumerate(self.graph.atoms):
            if number not in self.boxes and len(letters):
                away = float(np.hypot(*(letters - (atom.x, atom.y)).T).min()) / self.unit
                nearest = max(nearest, (1.0 - away / LETTER_NEAR, number))
        return nearest

    def _bonds(self) -> tuple[np.ndarray, float]:
        """What is measured along every bond (B, X) and the width of lines in bonds; the foreground
        of the bonds is explained."""
        graph, unit = self.graph, self.unit
        if not graph.bonds:
            return np.zeros((0, len(MEASURES))), 0.06
        ends_B4 = self._ends()
        samples_BAT = profiles_of(self.paper.intensity_HW, ends_B4, unit)
        width = line_width(samples_BAT, np.array([bond.kind == "single" for bond in graph.bonds]))
        along_B2 = ends_B4[:, 2:] - ends_B4[:, :2]
        length_B = np.maximum(np.hypot(along_B2[:, 0], along_B2[:, 1]), 1e-6)
        features_BX, axis_BS = measures(samples_BAT, length_B / unit, width, unit)
        u_B2 = along_B2 / length_B[:, None]
        side_B2 = np.stack([-u_B2[:, 1], u_B2[:, 0]], axis=1) * (STEP * unit)
        beyond_B2 = 0.04 * unit * u_B2
        moved_B4 = ends_B4 + np.hstack(
            [side_B2 * axis_BS[:, :1] - beyond_B2, side_B2 * axis_BS[:, -1:] + beyond_B2]
        )
        for bond, moved in zip(graph.bonds, moved_B4, strict=True):
            half = (HALF_WIDTHS[bond.kind] + width / 2) * unit + 0.5
            mark_band(self.explained_HW, moved, half)
        return features_BX, width

    def _reached(self, features_BX: np.ndarray) -> tuple[float, int]:
        """The bare corner that bonds reach least: the best of its bonds' least foreground near
        it."""
        best: dict[int, float] = {}
        first, last = MEASURES.index("begin least"), MEASURES.index("end least")
        for bond, row in zip(self.graph.bonds, features_BX, strict=True):
            for number, value in ((bond.begin, row[first]), (bond.end, row[last])):
                if number not in self.boxes:
                    best[number] = max(best.get(number, 0.0), float(value))
        return min(((min(value, REACHED), n) for n, value in best.items()), default=(REACHED, -1))

    def _left_over(self, width: float) -> tuple[list[Blob], int]:
        """The foreground near the graph that nothing explains, and how many components lie
        farther off."""
        left_HW = ((self.paper.piece_HW > 0) & (self.explained_HW == 0)).view(np.uint8)
        away_HW = cv2.distanceTransform(1 - self.explained_HW, cv2.DIST_L2, 3)
        count, piece_HW, stats, _ = cv2.connectedComponentsWithStats(left_HW, connectivity=8)
        worth = width * self.unit**2
        blobs: list[Blob] = []
        far = 0
        for number in range(1, count):
            left, top, wide, high, area = stats[number].tolist()
            if area < SPECK * worth:
                continue
            window = slice(top, top + high), slice(left, left + wide)
            if away_HW[window][piece_HW[window] == number].min() < MAX_DISTANCE * self.unit:
                box = (left, top, left + wide, top + high)
                blobs.append(Blob(area / worth, max(wide, high) / self.unit, box))
            else:
                far += 1
        return sorted(blobs, key=lambda blob: -blob.amount), far
