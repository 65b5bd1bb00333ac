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
    """The content of a page: boxes of molecules, boxes and texts of labels, and their pairs (place
    of the molecule, place of the label)."""

    molecules: tuple[Box, ...]
    labels: tuple[tuple[Box, str], ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()


def overlap(first: Box, second: Box) -> float:
    """Intersection over union of two boxes."""
    wide = min(first[2], second[2]) - max(first[0], second[0])
    high = min(first[3], second[3]) - max(first[1], second[1])
    if wide <= 0 or high <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return wide * high / (sum(areas) - wide * high)


def matched(truth: Sequence[Box], boxes: Sequence[Box], least: float) -> list[int]:
    """Match predicted boxes with true ones, each true box at most once.

    Args:
        truth: The true boxes.
        boxes: The predicted boxes, the most confident first.
        least: The least intersection over union.

    Returns:
        For each predicted box the place of its true box, or -1.
    """
    free = set(range(len(truth)))
    answers = []
    for box in boxes:
        best = max(((overlap(truth[place], box), place) for place in free), default=(0.0, -1))
        if best[0] >= least:
            free.remove(best[1])
            answers.append(best[1])
        else:
            answers.append(-1)
    return answers


def average_precision(scored: Sequence[tuple[float, bool]], truths: int) -> float:
    """The area under precision by recall, with precision made monotonic (PASCAL VOC 2010, COCO).

    Args:
        scored: For each prediction its score, and whether it is right.
        truths: Number of true boxes.

    Returns:
        The average precision, 0 to 1.
    """
    if not truths or not scored:
        return 0.0
    right = np.array([hit for _, hit in sorted(scored, key=lambda item: -item[0])], dtype=float)
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(right) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float((precision * right).sum() / truths)


def f1(right: int, truths: int, predictions: int) -> float:
    """The F1 of ``right`` correct predictions; 1 where there are neither truths nor predictions."""
    return 2 * right / (truths + predictions) if truths + predictions else 1.0


@dataclass
class PageScores:
    """Sums over pages."""

    molecules: int = 0
    detected: int = 0
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
        """Count a page.

        Args:
            truth: The page's content.
            page: What was read of the page.
            intensity: Foreground intensity, uint8 (H, W), to check whether boxes hold all
                foreground of the true boxes; without it the boxes themselves are compared.
        """
        order = sorted(range(len(page.regions)), key=lambda place: -page.regions[place].score)
        boxes = [page.regions[place].box for place in order]
        self.molecules += len(truth.molecules)
        self.detected += len(boxes)
        for least, scored in self.scored.items():
            for place, answer in zip(order, matched(truth.molecules, boxes, least), strict=True):
                scored.append((page.regions[place].score, answer >= 0))
        half = dict(zip(order, matched(truth.molecules, boxes, 0.5), strict=True))
        for place, answer in half.items():
            if answer >= 0:
                true_box = truth.molecules[answer]
                self.complete += _holds_all(page.regions[place].box, true_box, intensity)
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
        """The scores by name: shares in 0 to 1, and the number of molecules."""
        hits = sum(hit for _, hit in self.scored[0.5])
        return {
            "pages_molecules": self.molecules,
            "AP50": average_precision(self.scored[0.5], self.molecules),
            "AP75": average_precision(self.scored[0.75], self.molecules),
            "precision50": hits / max(self.detected, 1),
            "recall50": hits / max(self.molecules, 1),
            "complete": self.complete / max(hits, 1),
            "label_f1": f1(self.labels_read, self.labels, self.labels_found),
            "pair_f1": f1(self.pairs_right, self.pairs, self.pairs_found),
        }


def spread(pages: Sequence[PageScores], right: str, truths: str, predictions: str) -> float:
    """The standard error of an F1 over all pages, by leaving out each page (jackknife).

    Args:
        pages: The counts of each page.
        right: The field with the number of right predictions.
        truths: The field with the number of true ones.
        predictions: The field with the number of predictions.

    Returns:
        The standard error; NaN for fewer than two pages.
    """
    table_P3 = np.array(
        [[getattr(page, name) for name in (right, truths, predictions)] for page in pages]
    )
    if len(table_P3) < 2:
        return float("nan")
    scores_P = np.array([f1(*(table_P3.sum(axis=0) - row)) for row in table_P3])
    return float(np.sqrt((len(scores_P) - 1) * np.mean((scores_P - scores_P.mean()) ** 2)))


def same_text(text: str, other: str) -> bool:
    """Whether two texts are equal except for spaces and the kind of hyphen and prime."""
    table = str.maketrans("–—−′’″", "---''\"")
    return text.translate(table).split() == other.translate(table).split()


def _holds_all(box: Box, true_box: Box, intensity: np.ndarray | None) -> bool:
    """Whether a predicted box holds the foreground in the true one (without ``intensity``, the true
    box itself); one pixel is tolerated, because true boxes were drawn by hand."""
    if intensity is None:
        sides = zip(box, true_box, (-1, -1, 1, 1), strict=True)
        return all((a - b) * sign >= -1 for a, b, sign in sides)
    left, top, right, bottom = (round(side) for side in true_box)
    inside = intensity[max(top, 0) : bottom, max(left, 0) : right] > 127
    rows, columns = np.nonzero(inside)
    x, y = columns + max(left, 0), rows + max(top, 0)
    out = (x < box[0] - 1) | (x > box[2] + 1) | (y < box[1] - 1) | (y > box[3] + 1)
    return not bool(out.any())
