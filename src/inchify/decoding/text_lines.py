"""Text lines from CTPN's fine-scale proposals.

As in CTPN (Tian et al. 2016, 3.2), proposals are linked where the gap is small and their heights
overlap and are similar, each being the other's best match; a chain is a line. The defaults keep
what the published settings lose: labels of one proposal, and neighbors that are not one line.

Shape letters: R rows and T columns of the map, K anchors, N proposals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from inchify.decoding.activations import sigmoid
from inchify.types import TextLine


@dataclass(frozen=True, kw_only=True)
class LineSettings:
    """``score``: least probability of a piece; of two in a column that share more than ``overlap``
    of their heights the surer stays. Pieces follow each other within ``gap`` pixels and
    ``gap_heights`` of their height, if ``along`` of their heights overlap and the smaller is
    ``alike`` of the larger. A line has ``pieces`` at least and a mean chance of
    ``line_score``. ``sides``: whether the side head sets its ends. ``least_width`` in pixels.
    ``margin``: of its height, by which a line is larger at every side."""

    score: float = 0.6
    overlap: float = 0.2
    gap: float = 48.0
    gap_heights: float = 1.2
    along: float = 0.6
    alike: float = 0.55
    pieces: int = 1
    line_score: float = 0.7
    sides: bool = True
    least_width: float = 4.0
    margin: float = 0.0

    def __post_init__(self) -> None:
        for name in ("score", "overlap", "along", "alike", "line_score"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be between 0 and 1")
        if self.gap < 0 or self.gap_heights < 0 or self.pieces < 1:
            raise ValueError("'gap' and 'gap_heights' must be 0 or more, 'pieces' at least 1")
        if not 0 <= self.margin <= 1:
            raise ValueError(f"'margin' is {self.margin}; it must be between 0 and 1")


# What the well-known implementations use.
STOCK = LineSettings(
    score=0.7,
    gap=60.0,
    gap_heights=1e9,
    along=0.7,
    alike=0.7,
    pieces=2,
    line_score=0.9,
    margin=0.0,
)

# For pages with drawings: numbers of compounds are short and hardly surer than atoms' letters,
# which are removed again where a molecule claims their foreground. Chosen on drawn pages.
LABELS = LineSettings(score=0.2, line_score=0.25, gap_heights=0.6, margin=0.05)


class LineMaps(NamedTuple):
    """CTPN's maps of a page, float32: ``score_KRT`` logits of text, ``vertical_K2RT``, and
    ``side_KRT`` or None without a head of line ends; ``row`` and ``column`` are pixels of a cell,
    ``heights`` those of the anchors."""

    score_KRT: np.ndarray
    vertical_K2RT: np.ndarray
    side_KRT: np.ndarray | None
    row: int
    column: int
    heights: tuple[float, ...]


def lines_of_maps(maps: LineMaps, size: tuple[int, int], settings: LineSettings) -> list[TextLine]:
    """Find the text lines of a page.

    Args:
        maps: CTPN's maps of the page.
        size: Height and width in pixels at the network's scale, without padding.
        settings: Thresholds and rules of linking.

    Returns:
        Lines in pixels at the network's scale, by their upper edges.
    """
    height, width = size
    settings = replace(settings, sides=settings.sides and maps.side_KRT is not None)
    proposals = proposals_of(
        sigmoid(maps.score_KRT),
        maps.vertical_K2RT,
        maps.score_KRT if maps.side_KRT is None else maps.side_KRT,
        maps.heights,
        maps.row,
        maps.column,
        settings,
    )
    lines = lines_of(proposals, maps.column, settings)
    return [line for line in lines if line.box[0] < width and line.box[1] < height]


class Proposals(NamedTuple):
    """``column`` int64, ``top`` and ``bottom`` in pixels, ``score`` in 0..1, ``end``: where the
    line ends if it does here, in pixels."""

    column: np.ndarray
    top: np.ndarray
    bottom: np.ndarray
    score: np.ndarray
    end: np.ndarray


def proposals_of(
    scores_KRT: np.ndarray,
    vertical_K2RT: np.ndarray,
    sides_KRT: np.ndarray,
    heights: tuple[float, ...],
    row: int,
    column: int,
    settings: LineSettings,
) -> Proposals:
    """Pieces sure enough, of those in a column that overlap only the surest. ``scores_KRT`` are
    chances; ``row`` and ``column`` are pixels of a cell."""
    k_N, row_N, column_N = np.nonzero(scores_KRT >= settings.score)
    score_N = scores_KRT[k_N, row_N, column_N]
    order = np.lexsort((-score_N, column_N))
    k_N, row_N, column_N, score_N = (part[order] for part in (k_N, row_N, column_N, score_N))
    height_N = np.array(heights, dtype=np.float64)[k_N]
    way_N = vertical_K2RT[k_N, 0, row_N, column_N]
    size_N = height_N * np.exp(np.clip(vertical_K2RT[k_N, 1, row_N, column_N], -2, 2))
    middle_N = (row_N + 0.5) * row + way_N * height_N
    end_N = (column_N + 0.5 + sides_KRT[k_N, row_N, column_N]) * column
    proposals = Proposals(column_N, middle_N - size_N / 2, middle_N + size_N / 2, score_N, end_N)
    kept = _surest(proposals, settings.overlap)
    return Proposals(*(part[kept] for part in proposals))


def _surest(proposals: Proposals, max_overlap: float) -> np.ndarray:
    """Places of the pieces that stay; they come by column, the surest of each first."""
    kept: list[int] = []
    borders = np.flatnonzero(np.diff(proposals.column, prepend=-1, append=-1))
    for begin, end in zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True):
        places = np.arange(begin, end)
        while len(places):
            first, places = int(places[0]), places[1:]
            kept.append(first)
            shared = np.minimum(proposals.bottom[first], proposals.bottom[places]) - np.maximum(
                proposals.top[first], proposals.top[places]
            )
            union = np.maximum(proposals.bottom[first], proposals.bottom[places]) - np.minimum(
                proposals.top[first], proposals.top[places]
            )
            places = places[shared <= max_overlap * union]
    return np.array(kept, dtype=np.int64)


def chains_of(proposals: Proposals, column: int, settings: LineSettings) -> list[list[int]]:
    """Proposals in order along each line, as places in ``proposals``."""
    by_column = _by_column(proposals.column)
    after = _best_neighbors(proposals, by_column, column, settings, 1)
    before = _best_neighbors(proposals, by_column, column, settings, -1)
    mutual = (after >= 0) & (before[after] == np.arange(len(after)))
    followed = set(after[mutual].tolist())
    chains = []
    for place in range(len(after)):
        if place in followed:
            continue
        chain = [place]
        while mutual[chain[-1]]:
            chain.append(int(after[chain[-1]]))
        chains.append(chain)
    return chains


def _by_column(column_N: np.ndarray) -> dict[int, np.ndarray]:
    if not len(column_N):
        return {}
    order = np.argsort(column_N, kind="stable")
    values, starts = np.unique(column_N[order], return_index=True)
    return dict(zip(values.tolist(), np.split(order, starts[1:]), strict=True))


def _best_neighbors(
    proposals: Proposals,
    by_column: dict[int, np.ndarray],
    column: int,
    settings: LineSettings,
    way: int,
) -> np.ndarray:
    """For each piece the surest that fits in the nearest column that has one; -1 for none."""
    best = np.full(len(proposals.column), -1, dtype=np.int64)
    # a gap of 0 pixels is the next column
    for step in range(1, int(settings.gap // column) + 2):
        for number, column_N in by_column.items():
            others = by_column.get(number + way * step)
            waiting = column_N[best[column_N] < 0]
            if others is None or not len(waiting):
                continue
            fits = _fit(proposals, waiting, others, (step - 1) * column, settings)
            scores = np.where(fits, proposals.score[others][None], -1.0)
            chosen = scores.argmax(axis=1)
            some = scores.max(axis=1) > 0
            best[waiting[some]] = others[chosen[some]]
    return best


def _fit(
    proposals: Proposals, places: np.ndarray, others: np.ndarray, gap: float, settings: LineSettings
) -> np.ndarray:
    """Bool (places, others): heights overlap and are alike, and the gap is small for them."""
    top, bottom = proposals.top[places][:, None], proposals.bottom[places][:, None]
    high = bottom - top
    others_high = (proposals.bottom[others] - proposals.top[others])[None]
    least = np.minimum(high, others_high)
    shared = np.minimum(bottom, proposals.bottom[others][None]) - np.maximum(
        top, proposals.top[others][None]
    )
    alike = least / np.maximum(np.maximum(high, others_high), 1e-6)
    return (
        (shared >= settings.along * least)
        & (alike >= settings.alike)
        & (gap <= settings.gap_heights * least)
    )


def lines_of(proposals: Proposals, column: int, settings: LineSettings) -> list[TextLine]:
    """Link proposals into lines.

    Args:
        proposals: By column, as ``proposals_of`` gives them.
        column: Pixels of a column.
        settings: Thresholds and rules of linking.

    Returns:
        Lines with boxes in pixels, by their upper edges.
    """
    lines = []
    for chain in chains_of(proposals, column, settings):
        score = float(proposals.score[chain].mean())
        if len(chain) < settings.pieces or score < settings.line_score:
            continue
        line = _line(proposals, np.array(chain), column, score, settings)
        if line.box[2] - line.box[0] >= settings.least_width:
            lines.append(line)
    return sorted(lines, key=lambda line: (line.box[1], line.box[0]))


def _line(
    proposals: Proposals, chain: np.ndarray, column: int, score: float, settings: LineSettings
) -> TextLine:
    """The upright box of a chain: straight fits of the pieces' tops and bottoms, and its ends."""
    middles = (proposals.column[chain] + 0.5) * column
    left, right = float(middles[0] - column / 2), float(middles[-1] + column / 2)
    if settings.sides:
        ends = proposals.end[chain]
        # one piece tells one end, the nearer; letters may reach to the column's other border, and
        # from an end near the middle no one knows to which side
        way, alone = ends[0] - middles[0], len(chain) == 1
        if not alone or way <= -column / 4:
            left = float(np.clip(ends[0], left - column, left + column))
        if not alone or way >= column / 4:
            right = float(np.clip(ends[-1], right - column, right + column))
    slope = 0.0
    tops, bottoms = proposals.top[chain], proposals.bottom[chain]
    if len(chain) >= 4:
        slope = float(np.polyfit(middles, (tops + bottoms) / 2, 1)[0])
    center = (left + right) / 2
    top, bottom = (float(np.median(y - slope * (middles - center))) for y in (tops, bottoms))
    lean = abs(slope) * (right - left) / 2
    more = settings.margin * (bottom - top)
    box = (left - more, top - lean - more, right + more, bottom + lean + more)
    return TextLine(box, score=score, angle=float(np.degrees(np.arctan(slope))))
