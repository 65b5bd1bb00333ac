"""Bond axes from straight strokes: parts of one stroke are joined, parallel strokes are one bond,
lost ends are restored.

Coordinates are pixels of the foreground, y down. Shape letters: N ends, S samples along a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from inchify.readers.stroke_graph.coverage import foreground
from inchify.readers.stroke_graph.line_segments import Stroke
from inchify.readers.stroke_graph.parts import StrokeGraphSettings


@dataclass
class BondAxis:
    """The axis of a bond of ``order`` parallel strokes; ``at``: the label or corner at each end."""

    stroke: Stroke
    order: int
    at: list[int] = field(default_factory=lambda: [-1, -1])


@dataclass(frozen=True)
class BondAxes:
    """The strokes of a drawing with lines of ``width`` and bonds of ``unit`` pixels."""

    lines_HW: np.ndarray
    width: float
    unit: float
    settings: StrokeGraphSettings

    def of(self, strokes: Sequence[Stroke]) -> list[BondAxis]:
        """Group parallel strokes into bonds.

        Args:
            strokes: Straight strokes, without those of labels and stereo bonds.

        Returns:
            The axis of each bond.
        """
        groups: list[list[Stroke]] = []
        for stroke in sorted(strokes, key=lambda s: -s.length):
            for group in groups:
                if self._beside(stroke, group[0]) and not self._is_separate_bond(
                    stroke, group, strokes
                ):
                    group.append(stroke)
                    break
            else:
                groups.append([stroke])
        parts = [part for group in groups for part in self._parts(group)]
        return [BondAxis(self._axis(group), len(group)) for group in parts]

    def _parts(self, group: Sequence[Stroke]) -> list[list[Stroke]]:
        """The bonds of strokes beside each other: where others lie along a part of the longest
        only, the rest of it is another bond in the same line (C-C≡N)."""
        longest, *others = group
        if not others:
            return [list(group)]
        shares = [sorted(longest.share(end) for end in other.ends_22) for other in others]
        low, high = min(low for low, _ in shares), max(high for _, high in shares)
        least = self.settings.part * self.unit / longest.length
        low, high = (low if low > least else 0.0), (high if high < 1 - least else 1.0)
        rest = [[longest.part(*ends)] for ends in ((0.0, low), (high, 1.0)) if ends[0] < ends[1]]
        return [[longest.part(low, high), *others], *rest]

    def _is_separate_bond(
        self, stroke: Stroke, group: Sequence[Stroke], strokes: Sequence[Stroke]
    ) -> bool:
        """Whether a stroke beside others leads from bond to bond: at both ends another stroke ends
        that does not end where they do."""
        reach = max(0.1 * self.unit, self.width)
        group_N2 = np.concatenate([other.ends_22 for other in group])
        others = [
            o for o in strokes if o is not stroke and all(o is not member for member in group)
        ]
        for end in stroke.ends_22:
            connected = [
                other
                for other in others
                if np.hypot(*(other.ends_22 - end).T).min() < reach
                and min(np.hypot(*(group_N2 - tip).T).min() for tip in other.ends_22) > reach
            ]
            if not connected:
                return False
        return True

    def _beside(self, short: Stroke, long: Stroke) -> bool:
        if abs(float(short.direction_2 @ long.direction_2)) < 0.985:
            return False
        low, high = sorted(long.share(end) for end in short.ends_22)
        shared = (min(high, 1.0) - max(low, 0.0)) * long.length
        away = long.distance(short.ends_22.mean(axis=0))
        least = min(0.45 * long.length, self.settings.part * self.unit)
        if shared < self.settings.level * short.length or short.length < least:
            return False
        return max(0.75 * self.width, 0.05 * self.unit) < away <= self.settings.apart * self.unit

    def _axis(self, group: Sequence[Stroke]) -> Stroke:
        longest = group[0]
        if len(group) == 2 and group[1].length > 0.9 * longest.length:
            other = group[1].ends_22
            if longest.share(other[0]) > longest.share(other[1]):
                other = other[::-1]
            return Stroke((longest.ends_22 + other) / 2)
        if len(group) == 3:
            middle = np.mean([stroke.ends_22.mean(axis=0) for stroke in group], axis=0)
            return min(group, key=lambda s: float(np.hypot(*(s.ends_22.mean(axis=0) - middle))))
        return longest

    def lengthened(self, lines: Sequence[BondAxis], free: Sequence[tuple[int, int]]) -> None:
        """Extend ends that meet nothing to the corner before them where there is foreground: edges
        are lost where two strokes meet at a small angle.

        Args:
            lines: Axes of bonds; they are changed in place.
            free: Ends that may be extended, as numbers of lines and sides (0 or 1).
        """
        for number, side in free:
            line = lines[number]
            others = [other.stroke.ends_22 for other in lines if other is not line]
            if others:
                line.stroke = self._longer(line.stroke, side, np.concatenate(others))

    def _longer(self, stroke: Stroke, side: int, place_N2: np.ndarray) -> Stroke:
        """The stroke with one end at the next of other ends before it, where it meets none."""
        end, ahead = stroke.ends_22[side], stroke.direction_2 * (2 * side - 1)
        reach = max(self.settings.meet * self.unit, 1.2 * self.width)
        away_N2 = place_N2 - end
        if np.hypot(*away_N2.T).min() <= 0.7 * reach:
            return stroke
        along_N = away_N2 @ ahead
        aside_N = np.abs(away_N2 @ np.array([-ahead[1], ahead[0]]))
        candidate_N = (along_N > 0) & (along_N < self.settings.lost * self.unit)
        candidate_N &= aside_N < np.maximum(0.6 * reach, 0.5 * along_N)
        if not candidate_N.any():
            return stroke
        ends_22 = stroke.ends_22.copy()
        ends_22[side] = place_N2[candidate_N][np.hypot(*away_N2[candidate_N].T).argmin()]
        return Stroke(ends_22) if _has_foreground_at(self.lines_HW, end, ends_22[side]) else stroke


def joined(
    strokes: Sequence[Stroke],
    lines_HW: np.ndarray,
    width: float,
    *,
    gap: float,
    gap_has_foreground: float,
) -> list[Stroke]:
    """Join strokes in one line that overlap or are a small gap apart: a bond, or its edges, may be
    interrupted where another bond crosses it.

    Args:
        strokes: Straight strokes.
        lines_HW: uint8 foreground without letters.
        width: Of the drawing's lines in pixels.
        gap: Largest gap in pixels.
        gap_has_foreground: Largest gap in pixels where there is foreground in it.

    Returns:
        The strokes, the longest first.
    """
    rest, done = sorted(strokes, key=lambda s: -s.length), []
    while rest:
        stroke = rest.pop(0)
        for place, other in enumerate(rest):
            union = _union(stroke, other, width, gap_has_foreground)
            if union is None:
                continue
            nearest_ends = min(
                ((a, b) for a in stroke.ends_22 for b in other.ends_22),
                key=lambda pair: float(np.hypot(*(pair[0] - pair[1]))),
            )
            if _union(stroke, other, width, gap) is not None or _has_foreground_at(
                lines_HW, *nearest_ends
            ):
                rest[place] = union
                rest.sort(key=lambda s: -s.length)
                break
        else:
            done.append(stroke)
    return done


def _union(long: Stroke, short: Stroke, width: float, gap: float) -> Stroke | None:
    """The stroke of which two are parts, None where they are in different lines."""
    aside = max(0.6 * width, 0.6)
    shares = [long.share(end) for end in short.ends_22]
    low, high = min(shares) * long.length, max(shares) * long.length
    if high < -gap or low > long.length + gap:
        return None
    # the direction of a short stroke is hardly known
    least = 0.97 if short.length > 6 * width else 0.85
    if abs(float(long.direction_2 @ short.direction_2)) < least:
        return None
    if min(high, long.length) - max(low, 0.0) > 0.5 * short.length:
        return long if max(long.distance(end) for end in short.ends_22) < aside else None
    ends_4 = np.concatenate([long.ends_22, short.ends_22])
    along = np.array([long.share(end) for end in ends_4])
    union = Stroke(np.stack([ends_4[along.argmin()], ends_4[along.argmax()]]))
    away = max(union.distance(end) for end in ends_4)
    return union if away < aside + 0.01 * union.length else None


def _has_foreground_at(lines_HW: np.ndarray, begin: np.ndarray, end: np.ndarray) -> bool:
    """Whether there is foreground between two places, or a pixel beside."""
    share_S1 = np.linspace(0.0, 1.0, max(4, int(2 * np.hypot(*(end - begin)))))[:, None]
    return bool(foreground(lines_HW, begin + share_S1 * (end - begin)).mean() > 0.8)
