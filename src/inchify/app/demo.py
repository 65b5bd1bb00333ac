"""The main job in small: committed molecules come in, a scored submission goes out."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from inchify.app import competition, reading

CONFIG = Path(__file__).parents[3] / "configs" / "tiny" / "demo.yaml"


def run(folder: Path, submission: Path, *, train: int, test: int, seconds: float) -> None:
    """Draw, preprocess, train, submit and score, telling where everything is and how long it took.

    What an earlier demo left is removed first, so that the times are those of a whole run.
    """
    for old in (folder, submission):
        shutil.rmtree(old, ignore_errors=True)
    pictures, work, checkpoints = folder / "competition", folder / "work", folder / "run"
    took: list[tuple[str, float, Path]] = []

    def part(name: str, made: Path, job: Callable[[], None]) -> None:
        print(f"\n== {name}", flush=True)
        started = time.perf_counter()
        job()
        took.append((name, time.perf_counter() - started, made))

    part(
        "draw a small competition",
        pictures,
        lambda: competition.synth(pictures, train=train, test=test),
    )
    part("preprocess", work, lambda: competition.preprocess(pictures, work))
    part(
        f"train one fold for {seconds:.0f} seconds",
        checkpoints,
        lambda: competition.train(
            CONFIG, work, checkpoints, assignments=[f"training.seconds={seconds}"]
        ),
    )
    answers = submission / "submission.csv"
    part(
        "answer the test pictures by beam search",
        answers,
        lambda: competition.submit([checkpoints / "best"], pictures, submission),
    )
    page = submission / "worst.html"
    part(
        "score",
        page,
        lambda: reading.evaluate(
            answers, pictures / "test_labels.csv", html=page, images=pictures / "test"
        ),
    )
    shipped = reading.WEIGHTS
    if (shipped / "description.json").is_file():
        better = submission / "shipped"
        part(
            "the same pictures with the shipped weights",
            better / "submission.csv",
            lambda: competition.submit([shipped], pictures, better),
        )
        part(
            "score of the shipped weights",
            better / "worst.html",
            lambda: reading.evaluate(
                better / "submission.csv",
                pictures / "test_labels.csv",
                html=better / "worst.html",
                images=pictures / "test",
            ),
        )
    print("\nA minute or two of training teaches the shape of an InChI, not how to read one.")
    width = max(len(name) for name, _, _ in took)
    for name, duration, made in took:
        print(f"{name:<{width}}  {duration:6.1f} s  {made}")
    print(f"{'all':<{width}}  {sum(item[1] for item in took):6.1f} s")
