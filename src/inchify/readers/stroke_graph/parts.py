"""Data of a graph of straight strokes: its bonds and corners, and the settings of its search.

Coordinates are pixels of the foreground, y down. Shape letters: A atoms, C corners, N boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inchify.readers.views.crops import Box
from inchify.types import BondKind


@dataclass(frozen=True, kw_only=True)
class StrokeGraphSettings:
    """Lengths in bonds. Ends of strokes ``meet`` at a corner; a stroke ends at most ``gap`` from
    its label, where it is that label's if it is ``touching`` or meets no other. Parts of a stroke
    may be ``interrupted``, or ``lost`` where there is foreground. Lines of one bond are at most
    ``apart``, along ``level`` of the shorter one, which is at least as long as ``part``; a part of
    a line of that length beyond them is another bond. Bonds are ``shortest`` to ``longest``. A
    stereo bond reaches ``broad`` to either side of its axis and its ends are at most ``stray`` from
    their corners. ``explained``: the least share of the foreground that strokes, labels and stereo
    bonds cover; no component outside of them is larger than ``left``; around a bare end there is no
    foreground at the distance ``end``. At most ``max_strokes`` are read.
    ``spread``: of the logarithms of bond lengths. In nats: the price of a crossing of two bonds
    that both end beyond it (``both_free``), and of a corner of a ``multiple`` bond there.
    Crossings with log-odds below ``doubt`` give an alternative reading."""

    meet: float = 0.16
    gap: float = 0.4
    interrupted: float = 0.14
    touching: float = 0.18
    lost: float = 0.4
    part: float = 0.45
    apart: float = 0.3
    level: float = 0.55
    shortest: float = 0.22
    longest: float = 4.0
    broad: float = 0.2
    stray: float = 0.34
    explained: float = 0.975
    left: float = 0.19
    end: float = 0.08
    max_strokes: int = 110
    spread: float = 0.2
    doubt: float = 6.0
    both_free: float = 5.0
    multiple: float = 3.0


@dataclass(frozen=True)
class StereoBond:
    """A wedge or hash from its narrow end: the places of both ends, the labels there (or -1)."""

    ends_22: np.ndarray
    labels: tuple[int, int]
    kind: BondKind


@dataclass(frozen=True)
class StrokeBond:
    """A bond between two corners or labels; stereo ones begin at their narrow end."""

    begin: int
    end: int
    kind: BondKind


@dataclass(frozen=True)
class StrokeGraph:
    """``labels`` labels come first, then corners ``xy_C2``; ``crossings``: pairs of bonds that
    cross; ``price``: nats by which it is less likely than the likeliest reading."""

    labels: int
    xy_C2: np.ndarray
    bonds: tuple[StrokeBond, ...]
    crossings: tuple[tuple[int, int], ...] = ()
    price: float = 0.0

    def places(self, boxes: Sequence[Box]) -> np.ndarray:
        """Where labels and corners are, float (A, 2)."""
        return np.concatenate([middles(boxes), self.xy_C2])


def middles(boxes: Sequence[Box]) -> np.ndarray:
    """The middles of boxes, float (N, 2)."""
    box_N4 = np.array(boxes, float).reshape(-1, 4)
    return np.asarray((box_N4[:, :2] + box_N4[:, 2:]) / 2)
