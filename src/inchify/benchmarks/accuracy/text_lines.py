"""Accuracy of text-line detection and recognition on a folder of labelled pages.

    python -m inchify.benchmarks.accuracy.text_lines WEIGHTS FOLDER --held-out N [--reader WEIGHTS]
        [--learned N] [--set KEY=VALUE ...] [--scale S] [--each]
    python -m inchify.benchmarks.accuracy.text_lines --sizes CONFIGURATION

Precision, recall and their mean at a shared area of half, one to one, and by DetEval, over the
pages held out (with their standard error by leaving out pages); ``--learned``: over the first N
pages of the others, where settings may be tried (``--set gap_heights=0.8``). With ``--reader`` a
line counts where it is found and its text is the true one, in capitals, spaces made one.
``--sizes`` writes the checkpoint of a network once and tells its size with and without a
momentum. One core.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from inchify import config
from inchify.data.icdar_lines import read_page_lines, split_pages
from inchify.decoding.text_lines import LineSettings
from inchify.documents.crops import line_crop
from inchify.readers.line_detector import LineDetector, LineDetectorSettings
from inchify.readers.line_recognizer import LineRecognizer
from inchify.tasks.detection_score import (
    DetectionCounts,
    deteval_counts,
    iou_counts,
    matched_pairs,
    standard_error,
)
from inchify.tasks.text_detection.settings import load_text_line_settings
from inchify.tasks.text_detection.task import build_text_line_network
from inchify.training import checkpoint
from inchify.training.optimizer import build_optimizer
from inchify.training.restore import take_snapshot
from inchify.training.settings import TrainingSettings
from inchify.training.state import LoopState
from inchify.types import TextLine


@dataclass
class Figures:
    """Counts of each page by each measure, and seconds."""

    pages: dict[str, list[DetectionCounts]] = field(default_factory=dict)
    finding: float = 0.0
    reading: float = 0.0

    def add(self, measure: str, counts: DetectionCounts) -> None:
        self.pages.setdefault(measure, []).append(counts)

    def table(self) -> str:
        rows = ["| measure | precision | recall | Hmean | ± |", "|---|---|---|---|---|"]
        for measure, pages in self.pages.items():
            total = sum(pages, DetectionCounts())
            figures = total.precision, total.recall, total.hmean, standard_error(pages)
            rows.append(f"| {measure} | " + " | ".join(f"{100 * x:.2f}" for x in figures) + " |")
        return "\n".join(rows)


def same_words(text: str) -> str:
    """A text as it is compared: capitals, spaces made one."""
    return " ".join(text.upper().split())


def read_counts(
    truth: Sequence[TextLine], detected: Sequence[TextLine], texts: Sequence[str]
) -> DetectionCounts:
    """Count lines that are detected and read exactly.

    Args:
        truth: The true lines.
        detected: The detected lines.
        texts: The texts of the detected lines.

    Returns:
        The counts.
    """
    pairs = matched_pairs([line.box for line in truth], [line.box for line in detected])
    right = sum(same_words(truth[a].text) == same_words(texts[b]) for a, b in pairs)
    return DetectionCounts(right, len(truth), right, len(detected))


def measure(
    detector: LineDetector, reader: LineRecognizer | None, pages: Sequence[Path], *, each: bool
) -> Figures:
    """Detect and read the lines of pages.

    Args:
        detector: The text-line detector.
        reader: The line reader; None for detection alone.
        pages: The labelled pages.
        each: Whether to print a line for each page.

    Returns:
        Counts of each page and seconds.
    """
    figures = Figures()
    for path in pages:
        intensity, lines = read_page_lines(path)
        truth = [line for line in lines if line.text.strip()]
        began = time.perf_counter()
        detected = detector.find(intensity)
        figures.finding += time.perf_counter() - began
        boxes = [line.box for line in truth], [line.box for line in detected]
        figures.add("shared half", iou_counts(*boxes))
        figures.add("DetEval", deteval_counts(*boxes))
        if reader is not None:
            began = time.perf_counter()
            texts = [
                text for text, _ in reader.read([line_crop(intensity, line) for line in detected])
            ]
            figures.reading += time.perf_counter() - began
            figures.add("found and read", read_counts(truth, detected, texts))
        if each:
            counts = figures.pages["shared half"][-1]
            print(f"{path.stem}: {counts.precision:.3f} {counts.recall:.3f} {counts.hmean:.3f}")
    return figures


def sizes(configuration: Path) -> str:
    """Bytes of the weights alone and of a checkpoint of SGD with its momentum, as written.

    Args:
        configuration: The network's configuration file.

    Returns:
        A sentence with both.
    """
    network = build_text_line_network(load_text_line_settings(configuration))
    count = sum(weight.numel() for weight in network.parameters())
    settings = TrainingSettings(steps=1, optimizer="sgd", learning_rate=1e-3)
    optimizer = build_optimizer(network, settings)
    for weight in network.parameters():
        weight.grad = torch.zeros_like(weight)
    optimizer.step()
    state = LoopState(accumulation=1, world=1, seed=0)
    with tempfile.TemporaryDirectory() as folder:
        best = checkpoint.save_best(Path(folder), network.state_dict(), {})
        snapshot = take_snapshot(network, optimizer, None, state, {})
        complete = checkpoint.save(Path(folder), snapshot, step=1, keep=1)
        small, large = (
            sum(path.stat().st_size for path in place.glob("*.safetensors"))
            for place in (best, complete)
        )
    return (
        f"{count / 1e6:.3f} M weights; alone {small / 2**20:.1f} MiB ({small / 1e6:.1f} MB), with "
        f"one momentum {large / 2**20:.1f} MiB ({large / 1e6:.1f} MB)"
    )


def chosen_lines(base: LineSettings, words: Sequence[str]) -> LineSettings:
    return config.build(LineSettings, config.override(config.to_dict(base), words))


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, nargs="?")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--held-out", type=int, default=40)
    parser.add_argument("--learned", type=int, default=0)
    parser.add_argument("--reader", type=Path)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--sizes", type=Path)
    args = parser.parse_args(words)
    torch.set_num_threads(1)
    if args.sizes is not None:
        print(sizes(args.sizes))
        return
    if args.weights is None or args.folder is None:
        parser.error("WEIGHTS and FOLDER are needed")
    detector = LineDetector.load(args.weights, LineDetectorSettings(scale=args.scale))
    lines = chosen_lines(detector.lines, args.set)
    detector.reading = replace(detector.reading, lines=lines)
    reader = None if args.reader is None else LineRecognizer.load(args.reader)
    learned, held_out = split_pages(args.folder, args.held_out)
    pages = learned[: args.learned] if args.learned else held_out
    figures = measure(detector, reader, pages, each=args.each)
    which = "pages of the learner's side" if args.learned else "pages held out"
    print(f"{len(pages)} {which}, weights {detector.digest}")
    print(figures.table())
    per_page = np.array((figures.finding, figures.reading)) / len(pages)
    print(f"seconds per page: finding {per_page[0]:.2f}, reading {per_page[1]:.2f}")


if __name__ == "__main__":
    main()
