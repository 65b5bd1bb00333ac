"""What exporting costs and saves: size, time and accuracy of networks as PyTorch, ONNX and int8.

    python -m tests.benchmarks.exported WEIGHTS... [--output FOLDER] [--molecules LIST] [--lines N]

For each folder of weights: MB of the numbers, milliseconds of one core for a picture (the median
of some, each seen a second time, the three networks by turns), and accuracy on drawn pictures that
training does not see: f1 and overlap of drawings on pages, lines exactly right and letters to
change by letter, hmean of lines on pages. ``--output`` keeps the exported networks, and takes
those that it has.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from inchify.chemistry.metrics import levenshtein
from inchify.data.line_pictures import padded, prepared
from inchify.export.export import Calibration, export_network
from inchify.readers.line_recognizer import LineRecognizer
from inchify.readers.networks import NETWORK_FILE
from inchify.readers.onnx.dense import load_onnx_regions
from inchify.readers.onnx.text import load_onnx_text, load_onnx_text_lines
from inchify.readers.pretrained import task_of
from inchify.tasks.molecule_detection.task import RegionTask, load_region_network, maps_of_page
from inchify.tasks.text_detection.task import TextLineTask, load_text_line_network
from inchify.tasks.text_recognition.data import LineDrawer, fits
from inchify.tasks.text_recognition.task import VALIDATION_SEED, load_text_network
from inchify.training.checkpoint import load_weights

TIMED = 12  # pictures
Scores = dict[str, float]


@dataclass(frozen=True)
class Trial:
    """How to judge a network: ``load`` an exported one; ``run`` one of ``pictures`` through a
    loaded one; ``score`` it."""

    network: Any
    load: Callable[[Path], Any]
    pictures: Sequence[np.ndarray]
    run: Callable[[Any, np.ndarray], object]
    score: Callable[[Any], Scores]


def regions(folder: Path, molecules: Path, _: int) -> Trial:
    loaded = load_region_network(folder)
    data = replace(loaded.settings.data, molecules=str(molecules))
    task = RegionTask(replace(loaded.settings, data=data), loaded.network)
    return Trial(
        loaded,
        load_onnx_regions,
        [intensity for intensity, _ in task._validation_pages()],
        lambda one, intensity: maps_of_page(one.network, intensity, one.network.multiple),
        lambda one: _validated(task, one.network),
    )


def text(folder: Path, _: Path, lines: int) -> Trial:
    loaded = load_text_network(folder)
    drawer = LineDrawer(loaded.settings)
    generator = np.random.default_rng([VALIDATION_SEED])
    pairs: list[tuple[np.ndarray, str]] = []
    while len(pairs) < lines:
        truth, intensity, _capital = drawer.crop(generator)
        picture = prepared(intensity, loaded.settings.shape)
        if picture.any() and fits(truth, picture.shape[1], loaded.settings):
            pairs.append((intensity, truth))

    def score(one: Any) -> Scores:
        read = LineRecognizer(one).read([intensity for intensity, _ in pairs])
        wrong = [
            levenshtein(found, truth) for (found, _), (_, truth) in zip(read, pairs, strict=True)
        ]
        letters = sum(len(truth) for _, truth in pairs)
        return {"exact": wrong.count(0) / len(wrong), "character_error": sum(wrong) / letters}

    return Trial(
        loaded,
        load_onnx_text,
        [prepared(intensity, loaded.settings.shape) for intensity, _ in pairs],
        lambda one, picture: one.network(*padded([picture])),
        score,
    )


def text_lines(folder: Path, molecules: Path, _: int) -> Trial:
    loaded = load_text_line_network(folder)
    data = replace(loaded.settings.data, molecules=str(molecules))
    task = TextLineTask(replace(loaded.settings, data=data), loaded.network)
    return Trial(
        loaded,
        load_onnx_text_lines,
        [_whole(page.intensity) for page in task._validation_pages()],
        lambda one, intensity: one.network(torch.from_numpy(intensity)[None, None]),
        lambda one: _validated(task, one.network),
    )


TRIALS = {"regions": regions, "text": text, "text_lines": text_lines}


def _validated(task: RegionTask | TextLineTask, network: nn.Module) -> Scores:
    sums = task.validate(network, batches=None, rank=0, world=1)
    return {name: total / count for name, (total, count) in sums.items()}


def _whole(intensity: np.ndarray, multiple: int = 16) -> np.ndarray:
    return np.pad(intensity, [(0, -side % multiple) for side in intensity.shape])


@torch.inference_mode()
def milliseconds(trial: Trial, networks: Sequence[Any]) -> list[float]:
    """The median time of a picture for each network, which has seen its size before."""
    times: list[list[float]] = [[] for _ in networks]
    for picture in trial.pictures[:TIMED]:
        for place, network in enumerate(networks):
            trial.run(network, picture)
            started = time.thread_time()
            trial.run(network, picture)
            times[place].append(1000 * (time.thread_time() - started))
    return [float(np.median(of_one)) for of_one in times]


def megabytes(folder: Path) -> float:
    """Of a checkpoint's numbers as float32."""
    return sum(4 * tensor.numel() for tensor in load_weights(folder)[1].values()) / 1e6


@torch.inference_mode()
def measure(folder: Path, output: Path, molecules: Path, lines: int) -> list[str]:
    """Rows of the table for one folder of weights. Raises ValueError for a task without a trial."""
    task = task_of(folder)
    if task not in TRIALS:
        raise ValueError(f"{folder}: task is {task!r}; it must be one of {', '.join(TRIALS)}")
    networks, sizes = [], [megabytes(folder)]
    trial = TRIALS[task](folder, molecules, lines)
    networks.append(trial.network)
    for numbers in ("onnx", "int8"):
        target = output / f"{folder.name}-{numbers}"
        if not (target / NETWORK_FILE).is_file():
            export_network(folder, target, numbers, Calibration(molecules=molecules))
        networks.append(trial.load(target))
        sizes.append((target / NETWORK_FILE).stat().st_size / 1e6)
    rows = []
    times = milliseconds(trial, networks)
    kinds = ("torch", "onnx", "int8")
    for kind, network, size, took in zip(kinds, networks, sizes, times, strict=True):
        scores = ", ".join(f"{name} {value:.4f}" for name, value in trial.score(network).items())
        rows.append(f"| {folder.name} | {kind} | {size:.2f} | {took:.1f} | {scores} |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", nargs="+", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--molecules", type=Path, default=Path("input/sample/molecules.smi.gz"))
    parser.add_argument("--lines", type=int, default=500)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print("| weights | network | MB | ms | accuracy |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        for folder in asked.weights:
            output = asked.output or Path(temporary)
            print(*measure(folder, output, asked.molecules, asked.lines), sep="\n", flush=True)


if __name__ == "__main__":
    main()
