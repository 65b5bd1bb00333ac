"""Features of a picture's foreground: the share that the chosen bonds and labels explain, and the
shape of its strokes.

Part of what ``refusal_features`` measures. Shape letters: H and W pixels, A atoms, B bonds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, log1p

import cv2
import numpy as np

from inchify.decoding.molecule_graph import MARGIN

# In bonds: how far from a bond's line its foreground reaches, and what a straight rule is longer
# than.
BOND_REACH, RULE = 0.2, 3.2
# Foreground begins at this value of foreground.
FOREGROUND = 96


@dataclass(frozen=True)
class FirstChoice:
    """The first choice of atoms and bonds, in pixels of the network's picture: places of atoms
    (A, 2), pairs of bonds (B, 2), boxes of labels and the usual length of a bond."""

    xy_A2: np.ndarray
    pairs_B2: np.ndarray
    box_N4: np.ndarray
    bond: float

    @property
    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        return self.xy_A2[self.pairs_B2[:, 0]], self.xy_A2[self.pairs_B2[:, 1]]

    @property
    def lengths(self) -> np.ndarray:
        begin, end = self.ends
        return np.maximum(np.hypot(*(end - begin).T), 1e-6)


def ink_features(small: np.ndarray, drawn: FirstChoice) -> dict[str, float]:
    """Measure the share of the foreground that bonds and labels explain.

    Args:
        small: Foreground at the network's scale, uint8 (H, W).
        drawn: The chosen atoms and bonds.

    Returns:
        Features by name.
    """
    bonds, labels = (np.zeros(small.shape, np.uint8) for _ in range(2))
    thick = max(1, round(2 * BOND_REACH * drawn.bond))
    if len(drawn.pairs_B2):
        lines = np.rint(np.stack(drawn.ends, axis=1) - MARGIN).astype(np.int32)
        cv2.polylines(bonds, list(lines[:, :, None]), False, 1, thick)
    edge = 0.1 * drawn.bond
    for left, top, right, bottom in (drawn.box_N4 - MARGIN).tolist():
        corners = (int(left - edge), int(top - edge)), (int(right + edge), int(bottom + edge))
        cv2.rectangle(labels, *corners, 1, -1)
    weight = small.astype(np.float64)
    total = max(float(weight.sum()), 1.0)
    known = (bonds | labels).astype(bool)
    side = max(3, round(RULE * drawn.bond))
    mask = (small > FOREGROUND).astype(np.uint8)
    long_x = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, side), np.uint8))
    long_y = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((side, 1), np.uint8))
    heights = drawn.box_N4[:, 3] - drawn.box_N4[:, 1]
    return {
        "explained": float(weight[known].sum()) / total,
        "by_labels": float(weight[labels.astype(bool)].sum()) / total,
        **_bond_support(small, drawn),
        **_components(mask, known, drawn.bond),
        "enclosed": float(weight[_enclosed(bonds)].sum()) / total,
        "border_runs": _border_runs(mask),
        "ink": total / (255.0 * small.size),
        "rules": float(np.maximum(long_x, long_y).sum()) / max(int(mask.sum()), 1),
        "letter_height": float(np.median(heights)) / drawn.bond if len(heights) else 0.0,
    }


def _enclosed(bonds: np.ndarray) -> np.ndarray:
    """bool (H, W): what the chosen bonds enclose, without the bonds themselves."""
    outside = np.pad(bonds, 1)
    cv2.floodFill(outside, None, (0, 0), 1)
    return outside[1:-1, 1:-1] == 0


def _border_runs(mask: np.ndarray) -> float:
    """log(1 + n) of the runs of foreground along the picture's border."""
    border = np.concatenate([mask[0], mask[1:, -1], mask[-1, ::-1], mask[::-1, 0]])
    return log1p(int((np.diff(border.astype(np.int8)) > 0).sum()))


def _bond_support(small: np.ndarray, drawn: FirstChoice) -> dict[str, float]:
    """Foreground along the middle of each chosen bond (the darkest of three pixels across)."""
    if not len(drawn.pairs_B2):
        return {}
    begin, end = drawn.ends
    thickened = cv2.dilate(small, np.ones((3, 3), np.uint8))
    shares = np.linspace(0.25, 0.75, 7)[:, None, None]
    points = np.rint(begin * (1 - shares) + end * shares - MARGIN).astype(np.int64)
    rows = points[..., 1].clip(0, small.shape[0] - 1)
    columns = points[..., 0].clip(0, small.shape[1] - 1)
    along = (thickened[rows, columns] > FOREGROUND / 2).mean(axis=0)
    return {"bond_support": float(along.mean()), "unsupported_bonds": float((along < 0.5).mean())}


def _components(mask: np.ndarray, known: np.ndarray, bond: float) -> dict[str, float]:
    """Connected components of foreground: how many, how small, how many unexplained."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return {}
    area = stats[1:, cv2.CC_STAT_AREA].astype(np.float64)
    explained = np.bincount(labels[known], minlength=count)[1:] / area
    unknown = (explained < 0.4) & (area >= 3)
    high = np.maximum(stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_WIDTH])
    lost = (area * (1 - explained)).max()
    return {
        "components": log1p(count - 1),
        "small_components": float(area[high < bond].sum() / area.sum()),
        "unexplained_pieces": log1p(int(unknown.sum())),
        "largest_unexplained": float(lost / area.sum()),
    }


def stroke_features(ink: np.ndarray, bond: float) -> dict[str, float]:
    """Measure the width of strokes and solid areas, from the distance to paper.

    Args:
        ink: Foreground of the picture at its original size, uint8 (H, W).
        bond: Usual length of a bond in pixels.

    Returns:
        Features by name, none without foreground.
    """
    mask = (ink > 127).astype(np.uint8)
    inked = int(mask.sum())
    if not inked:
        return {}
    away = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    ridge = (away >= cv2.dilate(away, np.ones((3, 3), np.uint8))) & (mask > 0)
    width = max(2 * float(np.median(away[ridge])) - 1, 0.5)
    some = ink[ink > 24]
    return {
        "stroke": log(width / max(bond, 1.0)),
        "solid": float((away > 1.5 * width + 1).sum()) / inked,
        "grey": float((some < 200).mean()) if some.size else 0.0,
    }
