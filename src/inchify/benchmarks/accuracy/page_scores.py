"""Scores of pages: boxes, identifiers and pairs against the truth.

Boxes are left, top, right, bottom in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inchify.types import Box, Page


@dataclass(frozen=True)
class TruePage:
    """What stands on a page: boxes of molecules, boxes and texts of labels, and which belongs to
    which (place of the molecule, place of the label)."""

    molecules: tuple[Box, ...]
    labels: tuple[tuple[Box, str], ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return wide * high / (sum(areas) - wide * high)


def matched(truth: Sequence[Box], found: Sequence[Box], least: float) -> list[int]:
    """For each found box, in the order given (the surest first), the true one it is, or -1; each
    true box once."""
    free = set(range(len(truth)))
    answers = []
    for box in found:
        best = max(((overlap(truth[place], box), place) for place in free), default=(0.0, -1))
        if best[0] >= least:
            free.remove(best[1])
            answers.append(best[1])
        else:
            answers.append(-1)
    return answers


def average_precision(scored: Sequence[tuple[float, bool]], truths: int) -> float:
    """The area under precision by recall, precision made falling (PASCAL VOC 2010, COCO)."""
    if not truths or not scored:
        return 0.0
    right = np.array([hit for _, hit in sorted(scored, key=lambda item: -item[0])], dtype=float)
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(right) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float((precision * right).sum() / truths)


def f1(right: int, truths: int, found: int) -> float:
    return 2 * right / (truths + found) if truths + found else 1.0


@dataclass
class PageScores:
    """Sums over pages."""

    molecules: int = 0
    found: int = 0
    complete: int = 0
    labels: int = 0
    labels_found: int = 0
    labels_read: int = 0
    pairs: int = 0
    pairs_found: int = 0
    pairs_right: int = 0

    def __post_init__(self) -> None:
        self.scored: dict[float, list[tuple[float, bool]]] = {0.5: [], 0.75: []}

    def add(self, truth: TruePage, page: Page, intensity: np.ndarray | None = None) -> None:
        """Count one page. ``intensity`` uint8 (H, W): with it, whether boxes hold all foreground of
        theirs."""
        order = sorted(range(len(page.regions)), key=lambda place: -page.regions[place].score)
        boxes = [page.regions[place].box for place in order]
        self.molecules += len(truth.molecules)
        self.found += len(boxes)
        for least, scored in self.scored.items():
            for place, answer in zip(order, matched(truth.molecules, boxes, least), strict=True):
                scored.append((page.regions[place].score, answer >= 0))
        half = dict(zip(order, matched(truth.molecules, boxes, 0.5), strict=True))
        for place, answer in half.items():
            if answer >= 0:
                own = truth.molecules[answer]
                self.complete += _holds_all(page.regions[place].box, own, intensity)
        self._add_labels(truth, page, half)

    def _add_labels(self, truth: TruePage, page: Page, regions: dict[int, int]) -> None:
        places = [place for place, line in enumerate(page.lines) if line.kind == "label"]
        lines = matched(
            [box for box, _ in truth.labels], [page.lines[place].box for place in places], 0.5
        )
        label = dict(zip(places, lines, strict=True))
        self.labels += len(truth.labels)
        self.labels_found += len(places)
        read = {
            place
            for place, answer in label.items()
            if answer >= 0 and same_text(page.lines[place].text, truth.labels[answer][1])
        }
        self.labels_read += len(read)
        self.pairs += len(truth.pairs)
        self.pairs_found += len(page.pairs)
        self.pairs_right += sum(
            (regions.get(region, -1), label.get(line, -1)) in truth.pairs and line in read
            for region, line in page.pairs
        )

    def report(self) -> dict[str, float]:
        """Shares in 0..1."""
        hits = sum(hit for _, hit in self.scored[0.5])
        return {
            "pages_molecules": self.molecules,
            "AP50": average_precision(self.scored[0.5], self.molecules),
            "AP75": average_precision(self.scored[0.75], self.molecules),
            "precision50": hits / max(self.found, 1),
            "recall50": hits / max(self.molecules, 1),
            "complete": self.complete / max(hits, 1),
            "label_f1": f1(self.labels_read, self.labels, self.labels_found),
            "pair_f1": f1(self.pairs_right, self.pairs, self.pairs_found),
        }


def spread(pages: Sequence[PageScores], right: str, truths: str, found: str) -> float:
    """The standard error of an F1 of all pages together, by leaving out each page (jackknife)."""
    table_P3 = np.array(
        [[getattr(page, name) for name in (right, truths, found)] for page in pages]
    )
    if len(table_P3) < 2:
        return float("nan")
    without = np.array([f1(*(table_P3.sum(axis=0) - row)) for row in table_P3])
    return float(np.sqrt((len(without) - 1) * np.mean((without - without.mean()) ** 2)))


def same_text(one: str, other: str) -> bool:
    """Equal but for spaces and the kind of hyphen and prime."""
    table = str.maketrans("–—−′’″", "---''\"")
    return one.translate(table).split() == other.translate(table).split()


def _holds_all(found: Box, own: Box, intensity: np.ndarray | None) -> bool:
    """Whether a found box holds the foreground in the true one (the true box itself, without
    foreground); one pixel is forgiven, for true boxes were drawn by hand."""
    if intensity is None:
        sides = zip(found, own, (-1, -1, 1, 1), strict=True)
        return all((a - b) * sign >= -1 for a, b, sign in sides)
    left, top, right, bottom = (round(side) for side in own)
    inside = intensity[max(top, 0) : bottom, max(left, 0) : right] > 127
    rows, columns = np.nonzero(inside)
    x, y = columns + max(left, 0), rows + max(top, 0)
    out = (x < found[0] - 1) | (x > found[2] + 1) | (y < found[1] - 1) | (y > found[3] + 1)
    return not bool(out.any())
