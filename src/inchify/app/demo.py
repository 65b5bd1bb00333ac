"""The main job in small: committed molecules come in, a scored submission goes out."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
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
    with _part("draw a small competition", pictures, took):
        competition.synth(pictures, train=train, test=test)
    with _part("preprocess", work, took):
        competition.preprocess(pictures, work)
    with _part(f"train one fold for {seconds:.0f} seconds", checkpoints, took):
        limit = f"training.seconds={seconds}"
        competition.train(CONFIG, work, checkpoints, assignments=[limit])
    answer: Callable[..., None] = partial(_answer, pictures=pictures, took=took)
    answer("", checkpoints / "best", submission)
    shipped = (reading.WEIGHTS / "description.json").is_file()
    if shipped:
        answer(" with the shipped weights", reading.WEIGHTS, submission / "shipped")
    print("\nTwo minutes of training teach what an InChI looks like, not yet how to read one.")
    width = max(len(name) for name, _, _ in took)
    for name, duration, made in (*took, ("all", sum(item[1] for item in took), folder)):
        print(f"{name:<{width}}  {duration:6.1f} s  {made}")


def _answer(
    words: str,
    checkpoint: Path,
    output: Path,
    *,
    pictures: Path,
    took: list[tuple[str, float, Path]],
) -> None:
    """Submit the test pictures and score them; ``words`` say what read them."""
    with _part(f"answer the test pictures{words}", output / "submission.csv", took):
        competition.submit([checkpoint], pictures, output)
    with _part(f"score{words}", output / "worst.html", took):
        reading.evaluate(
            output / "submission.csv",
            pictures / "test_labels.csv",
            html=output / "worst.html",
            images=pictures / "test",
            score=output / "score.json",
        )


@contextmanager
def _part(name: str, made: Path, took: list[tuple[str, float, Path]]) -> Iterator[None]:
    """Announce a part, and note how long it took and what it made."""
    print(f"\n== {name}", flush=True)
    started = time.perf_counter()
    yield
    took.append((name, time.perf_counter() - started, made))
