"""Which label names which structure, on the boxes of real figures: F1 of the rule, also where boxes
are missing or inexact.

    python -m inchify.benchmarks.accuracy.compound_id_pairing FOLDER

FOLDER holds coref_*.json.gz (or .json): figures in COCO's manner with ``bboxes`` (x, y, width,
height; category 1 structure, 3 identifier) and ``corefs`` (structure, identifier). Three ways to
give labels away: each to the cheapest structure (nearest), cheapest pairs first and one label a
structure (greedy), and all at once with a price for a structure's further labels (page.pairing).
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inchify.documents.label_matching import PairingSettings, cost_table, pair
from inchify.types import Box

STRUCTURE, LABEL = 1, 3
# Recall of structures, of labels, jitter of boxes in shares of their sides.
NOISE = ((1.0, 1.0, 0.0), (1.0, 1.0, 0.1), (0.95, 0.95, 0.05), (0.9, 0.9, 0.05), (0.9, 0.75, 0.05))
Pairing = Callable[[Sequence[Box], Sequence[Box]], list[tuple[int, int]]]


@dataclass(frozen=True)
class Figure:
    """Boxes of a figure and its true pairs (structure, label)."""

    structures: tuple[Box, ...]
    labels: tuple[Box, ...]
    pairs: frozenset[tuple[int, int]]


def read_figures(folder: Path) -> list[Figure]:
    """Read all figures that have pairs.

    Args:
        folder: A folder with coref_*.json.gz or coref_*.json.

    Returns:
        The figures, boxes in pixels.

    Raises:
        ValueError: If the folder has no such file.
    """
    files = sorted((*folder.glob("coref_*.json.gz"), *folder.glob("coref_*.json")))
    if not files:
        raise ValueError(f"{folder}: no coref_*.json.gz is here")
    figures = []
    for path in files:
        raw = path.read_bytes()
        content = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
        for image in content["images"]:
            places: dict[int, int] = {}
            boxes: dict[int, list[Box]] = {STRUCTURE: [], LABEL: []}
            for item in image["bboxes"]:
                if item["category_id"] in boxes:
                    x, y, width, height = item["bbox"]
                    places[item["id"]] = len(boxes[item["category_id"]])
                    boxes[item["category_id"]].append((x, y, x + width, y + height))
            pairs = frozenset((places[first], places[second]) for first, second in image["corefs"])
            if pairs:
                figures.append(Figure(tuple(boxes[STRUCTURE]), tuple(boxes[LABEL]), pairs))
    return figures


def score(
    figures: Sequence[Figure],
    pairing: Pairing,
    noise: tuple[float, float, float] = NOISE[0],
    seed: int = 0,
) -> tuple[float, float, float, float]:
    """Score a pairing rule on figures with missing and inexact boxes.

    Args:
        figures: The figures with their true pairs.
        pairing: The rule: from boxes of structures and labels to pairs of their places.
        noise: Recall of structures, recall of labels, jitter of boxes in shares of their sides.
        seed: Decides the noise.

    Returns:
        Precision, recall and F1 of pairs, and the share of figures with all pairs right.
    """
    generator = np.random.default_rng(seed)
    right = predicted = true = exact = 0
    for figure in figures:
        kept_s = _kept(len(figure.structures), noise[0], generator)
        kept_l = _kept(len(figure.labels), noise[1], generator)
        structures = [_moved(figure.structures[place], noise[2], generator) for place in kept_s]
        labels = [_moved(figure.labels[place], noise[2], generator) for place in kept_l]
        pairs = {(kept_s[first], kept_l[second]) for first, second in pairing(structures, labels)}
        right += len(pairs & figure.pairs)
        predicted += len(pairs)
        true += len(figure.pairs)
        exact += pairs == figure.pairs
    precision, recall = right / max(predicted, 1), right / max(true, 1)
    both = 2 * precision * recall / max(precision + recall, 1e-9)
    return precision, recall, both, exact / len(figures)


def _kept(count: int, share: float, generator: np.random.Generator) -> list[int]:
    return np.flatnonzero(generator.random(count) < share).tolist()


def _moved(box: Box, jitter: float, generator: np.random.Generator) -> Box:
    wide, high = box[2] - box[0], box[3] - box[1]
    moves = generator.normal(0, jitter, 4) * (wide, high, wide, high) if jitter else np.zeros(4)
    left, top, right, bottom = (np.array(box) + moves).tolist()
    return min(left, right), min(top, bottom), max(left, right), max(top, bottom)


def nearest(structures: Sequence[Box], labels: Sequence[Box]) -> list[tuple[int, int]]:
    """Pair each label with the structure of least cost within the gate.

    Args:
        structures: Boxes of structures.
        labels: Boxes of labels.

    Returns:
        Pairs (structure, label).
    """
    if not structures or not labels:
        return []
    settings = PairingSettings()
    costs_LS = cost_table(structures, labels, settings)
    best_L = costs_LS.argmin(axis=1)
    return [
        (int(structure), label)
        for label, structure in enumerate(best_L)
        if costs_LS[label, structure] <= settings.gate * _diagonal(structures[structure])
    ]


def greedy(structures: Sequence[Box], labels: Sequence[Box]) -> list[tuple[int, int]]:
    """Pair the cheapest pairs first, one label for each structure.

    Args:
        structures: Boxes of structures.
        labels: Boxes of labels.

    Returns:
        Pairs (structure, label).
    """
    if not structures or not labels:
        return []
    settings = PairingSettings()
    costs_LS = cost_table(structures, labels, settings)
    pairs: list[tuple[int, int]] = []
    for place in np.argsort(costs_LS, axis=None, kind="stable").tolist():
        label, structure = divmod(place, len(structures))
        free = all(structure != s and label != m for s, m in pairs)
        if free and costs_LS[label, structure] <= settings.gate * _diagonal(structures[structure]):
            pairs.append((structure, label))
    return pairs


def _diagonal(box: Box) -> float:
    return float(np.hypot(box[2] - box[0], box[3] - box[1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    figures = read_figures(args.folder)
    count = sum(len(figure.pairs) for figure in figures)
    print(f"{len(figures)} figures, {count} pairs")
    print("recall of structures, labels; jitter | way      precision recall F1     whole figures")
    for noise in NOISE:
        for pairing in (nearest, greedy, pair):
            precision, recall, both, exact = score(figures, pairing, noise)
            name = "at once" if pairing is pair else pairing.__name__
            print(
                f"{noise[0]:.2f} {noise[1]:.2f} {noise[2]:.2f} | {name:8} "
                f"{precision:.4f} {recall:.4f} {both:.4f} {exact:.3f}"
            )


if __name__ == "__main__":
    main()
