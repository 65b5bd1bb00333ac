"""Old questions about text readers and dense networks, answered by small trainings side by side.

    python -m tests.benchmarks.old_questions QUESTION... [--output DIR] [--seeds N] [--share S]
        [--receipts FOLDER] [--teacher WEIGHTS]

QUESTIONS: ratio, lengths, alphabet, ctpn, pspnet, distil, auxiliary, or all. Both sides of a
question get the same steps, pictures and seeds, on one core. ``--share`` makes every training so
much longer. A training that ended is not repeated: DIR keeps its figures. Nothing is judged.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

CONFIGS = Path(__file__).parents[2] / "configs"
SEEDED = ("distil", "auxiliary")


@dataclass(frozen=True)
class Variant:
    """One side of a question: a configuration with its changes, trained for ``steps``. ``shown``:
    the scores that count. ``tests``: name -> changes of data under which it is judged besides.
    ``start``: further changes for ``start_steps`` before, whose weights it begins with."""

    question: str
    name: str
    config: str
    changes: tuple[str, ...]
    steps: int
    shown: tuple[str, ...]
    tests: tuple[tuple[str, tuple[str, ...]], ...] = ()
    start: tuple[str, ...] = ()
    start_steps: int = 0


LABELS = "text/label.yaml"
_SAR = "network={kind: sar, trunk: light}"
_CHARACTERS = ("data.source=characters", "data.batch=32", "data.pool=8", "data.epoch=1600")


def ratio() -> list[Variant]:
    """Is the aspect ratio kept and padded, or is every label squeezed to one width?"""
    sides = (("ratio kept", ()), ("squashed to 96", ("data.fixed_width=96",)))
    networks = (("CTC", (), 1500), ("attention", (_SAR,), 1500))
    return [
        Variant("ratio", f"{network}, {name}", LABELS, (*more, *changes), steps, TEXT)
        for network, more, steps in networks
        for name, changes in sides
    ]


def lengths() -> list[Variant]:
    """Trained on lines of one length or of many, judged on both."""
    one, many = "data.limits=[5,5]", "data.limits=[2,8]"
    tests = (("five letters", (one,)), ("two to eight", (many,)))
    return [
        Variant(
            "lengths",
            f"{network}, trained on {name}",
            "text/characters.yaml",
            (*_CHARACTERS, "data.characters=60", *more, change),
            steps,
            (),
            tests,
        )
        for network, more, steps in (("CTC", (), 1500), ("attention", (_SAR,), 6000))
        for name, change in (("five letters", one), ("two to eight", many))
    ]


def alphabet() -> list[Variant]:
    """Attention against CTC on a thousand Chinese characters, first one by one, then in lines.

    The question is about the alphabet, so four lines in five are clean; damaged as the file's own
    are, about one in six (of 40 looked at) could not be read by anybody."""
    usual = "rough: 0.2, breaks: 0.1, specks: 0.15"
    changes = (*_CHARACTERS, "data.characters=1000", "data.limits=[4,8]")
    networks: tuple[tuple[str, tuple[str, ...], int], ...] = (
        ("CTC", (), 5000),
        ("attention", (_SAR,), 5000),
    )
    return [
        Variant(
            "alphabet",
            name,
            "text/characters.yaml",
            (*changes, *more, f"data.degrade={{clean: 0.8, {usual}}}"),
            steps,
            TEXT,
            (("damaged", (f"data.degrade={{clean: 0.2, {usual}}}",)),),
            ("data.limits=[1,1]", "data.batch=64", "training.schedule=constant"),
            1500,
        )
        for name, more, steps in networks
    ]


def ctpn(receipts: Path) -> list[Variant]:
    """Rows read by a recurrent network or not; SGD against AdamW; how weights begin."""
    base = (f"data.real=[{receipts}]", "data.pages=0.0")
    sgd = ("training.optimizer=sgd", "training.learning_rate=0.02")
    sides: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("as it is (LSTM rows, AdamW, Xavier)", ()),
        ("without rows", ("network.recurrent=none",)),
        ("GRU rows", ("network.recurrent=gru",)),
        ("SGD", sgd),
        ("torch's own initialisation", ("network.initialization=default",)),
        (
            "SGD, torch's own initialisation",
            (*sgd, "network.initialization=default"),
        ),
    )
    return [
        Variant("ctpn", name, "text/ctpn_light.yaml", (*base, *more), 400, ("hmean",))
        for name, more in sides
    ]


_PAGES = (
    "backbone_from=null",
    "data.canvas=288",
    "data.crops=4",
    "data.crops_per_page=6",
    "data.pool=8",
    "data.epoch=800",
    "data.loader.workers=0",
    "data.dots_per_inch=75",
    "training.averaging_decay=0.98",
)
_SMALL = (
    "network.options={channels: [24, 48, 64, 96], layers: [1, 1, 2, 1], stem_width: 8}",
    "network.channels=32",
)
BOXES = ("f1", "overlap")


def pspnet() -> list[Variant]:
    """The dense network against the small fully convolutional one, on molecules at any angle."""
    turned = (*_PAGES, "data.page.turned=1.0", "data.page.quarter=0.0", "period=180")
    small = ("baseline={filters: [32, 16, 8]}", "network.auxiliary=false")
    sides = (
        ("PSPNet-like, 0.7 M weights", _SMALL, 600),
        ("fully convolutional, 62 k weights", small, 600),
        ("fully convolutional, three times the steps", small, 1800),
    )
    return [
        Variant("pspnet", name, "page/regions.yaml", (*turned, *more), steps, BOXES)
        for name, more, steps in sides
    ]


_STUDENT = (
    "network.options={channels: [12, 24, 32, 48], layers: [1, 1, 1, 1], stem_width: 8}",
    "network.channels=24",
    "network.auxiliary_channels=16",
    "network.pyramid.width=16",
)


def distil(teacher: Path) -> list[Variant]:
    """A narrow student alone, and taught by a network fifteen times its size."""
    taught = f"distillation={{teacher: {teacher}, maps: 3.0, features: 0.1}}"
    return [
        Variant("distil", name, "page/regions.yaml", (*_PAGES, *_STUDENT, *more), 350, BOXES)
        for name, more in (("student alone", ()), ("student distilled", (taught,)))
    ]


def auxiliary() -> list[Variant]:
    """With and without the auxiliary loss on the third stage."""
    sides = (("auxiliary .4", ()), ("without", ("network.auxiliary=false",)))
    return [
        Variant("auxiliary", name, "page/regions.yaml", (*_PAGES, *_STUDENT, *more), 350, BOXES)
        for name, more in sides
    ]


TEXT = ("exact", "character_error")


def train(variant: Variant, seed: int, folder: Path, share: float) -> dict[str, Any]:
    """The figures of one training; those of an earlier call where it ended."""
    from inchify.cli.jobs import settings_of, train_job

    result = folder / "result.json"
    if result.is_file():
        return dict(json.loads(result.read_text()))
    path = CONFIGS / variant.config
    started, begin = time.process_time(), None
    if variant.start_steps:
        words = _words((*variant.changes, *variant.start), seed, variant.start_steps, share)
        begin = folder.with_name(f"{folder.name}-start")
        train_job(path, begin, None, None, assignments=words, progress=False)
    words = _words(variant.changes, seed, variant.steps, share)
    summary = train_job(
        path, folder, None, None, assignments=words, progress=False, init_from=begin
    )
    figures = {name: summary["scores"][name] for name in variant.shown}
    figures["cpu_minutes"] = (time.process_time() - started) / 60
    for name, changes in variant.tests:
        settings = settings_of(path, [*words, *changes])
        for key, value in judged_as(folder, settings).items():
            figures[f"{name}: {key}"] = value
    result.write_text(json.dumps(figures))
    return figures


def _words(changes: Sequence[str], seed: int, steps: int, share: float) -> list[str]:
    """A training's changes with its length."""
    steps = max(8, round(steps * share))
    return [
        *changes,
        f"seed={seed}",
        f"training.steps={steps}",
        f"training.warmup={max(1, steps // 20)}",
        f"training.validate_every={steps}",
        "training.threads=1",
    ]


def judged_as(folder: Path, settings: Any) -> dict[str, float]:
    """The scores of a trained text reader on lines of other settings."""
    from inchify.tasks.text_recognition.task import TextTask, load_text_network

    network = load_text_network(folder).network
    scores = TextTask(settings, network).validate(network, batches=None, rank=0, world=1)
    return {name: scores[name][0] / scores[name][1] for name in TEXT}


def table(question: str, rows: Sequence[tuple[str, list[dict[str, Any]]]]) -> str:
    """Markdown: means over seeds with their standard errors."""
    columns = list(dict.fromkeys(key for _, runs in rows for run in runs for key in run))
    lines = [f"| {question} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name, runs in rows:
        cells = []
        for column in columns:
            values = np.array([run[column] for run in runs if column in run], dtype=float)
            text = f"{values.mean():.3f}" if len(values) else ""
            if len(values) > 1:
                text += f" ± {values.std(ddof=1) / np.sqrt(len(values)):.3f}"
            cells.append(text)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    import cv2
    import torch

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", nargs="+")
    parser.add_argument("--output", type=Path, default=Path("runs/questions"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--receipts", type=Path)
    parser.add_argument("--teacher", type=Path, default=Path("src/inchify/weights/regions"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    asked: dict[str, Callable[[], list[Variant]]] = {
        "ratio": ratio,
        "lengths": lengths,
        "alphabet": alphabet,
        "ctpn": lambda: ctpn(options.receipts),
        "pspnet": pspnet,
        "distil": lambda: distil(options.teacher),
        "auxiliary": auxiliary,
    }
    chosen = list(asked) if options.questions == ["all"] else options.questions
    for wrong in set(chosen) - set(asked):
        parser.error(f"{wrong!r} is no question; it must be one of {', '.join(asked)}, all")
    if "ctpn" in chosen and options.receipts is None:
        parser.error("the question about CTPN needs --receipts FOLDER")
    for question in chosen:
        rows = []
        for variant in asked[question]():
            seeds = range(options.seeds if question in SEEDED else 1)
            place = options.output / question
            runs = [
                train(variant, seed, place / f"{_plain(variant.name)}-{seed}", options.share)
                for seed in seeds
            ]
            rows.append((variant.name, runs))
            print(table(question, rows[-1:]), flush=True)
        print("\n" + table(question, rows) + "\n", flush=True)


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)


if __name__ == "__main__":
    main()
