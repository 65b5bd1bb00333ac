"""The main job in small: committed molecules come in, a scored submission goes out."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from inchify.chemistry.metrics import Score
from inchify.cli import competition
from inchify.cli import predict as reading
from inchify.io.text_files import write_json
from inchify.readers import pretrained
from inchify.reports.evaluate import evaluate

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
        competition.train(CONFIG, checkpoints, work, assignments=[limit])
    answer: Callable[..., Score] = partial(_answer, pictures=pictures, took=took)
    scores = {"what was just trained": answer("", checkpoints / "best", submission)}
    sequence, graph = pretrained.shipped("sequence"), pretrained.shipped("graph")
    if sequence is not None:
        name = "the shipped sequence reader"
        scores[name] = answer(f" with {name}", sequence, submission / "shipped")
    if graph is not None:
        name = "the shipped graph readers"
        scores[name] = _predict(name, submission / "graph", pictures=pictures, took=took)
    else:
        print(f"\nno graph reader: {pretrained.SHIPPED / 'graph'} is not there")
    print("\nTwo minutes of training teach what an InChI looks like, not yet how to read one.\n")
    width = max(len(name) for name in (*scores, *(name for name, _, _ in took)))
    print(f"{'the same pictures, read by':<{width}}  Levenshtein  exact")
    for name, score in scores.items():
        print(f"{name:<{width}}  {score.levenshtein.mean:11.2f}  {score.exact.mean:5.1%}")
    print()
    for name, duration, made in (*took, ("all", sum(item[1] for item in took), folder)):
        print(f"{name:<{width}}  {duration:6.1f} s  {made}")


def _answer(
    words: str,
    checkpoint: Path,
    output: Path,
    *,
    pictures: Path,
    took: list[tuple[str, float, Path]],
) -> Score:
    """Submit the test pictures and score them; ``words`` say what read them."""
    with _part(f"answer the test pictures{words}", output / "submission.csv", took):
        competition.submit(pictures, output, [checkpoint])
    return _score(words, output / "submission.csv", pictures=pictures, took=took)


def _predict(
    name: str, output: Path, *, pictures: Path, took: list[tuple[str, float, Path]]
) -> Score:
    """Read the test pictures as loose ones and score them."""
    table = output / "submission.csv"
    with _part(f"read the test pictures with {name}", table, took):
        reading.predict([pictures / "test"], table, overlays=output / "overlays")
    return _score(f" with {name}", table, pictures=pictures, took=took)


def _score(
    words: str, table: Path, *, pictures: Path, took: list[tuple[str, float, Path]]
) -> Score:
    page = table.with_name("worst.html")
    with _part(f"score{words}", page, took):
        found = evaluate(table, pictures / "test_labels.csv", page, pictures / "test")
        write_json(table.with_name("score.json"), found.to_json())
        return found


@contextmanager
def _part(name: str, made: Path, took: list[tuple[str, float, Path]]) -> Iterator[None]:
    """Announce a part, and note how long it took and what it made."""
    print(f"\n== {name}", flush=True)
    started = time.perf_counter()
    yield
    took.append((name, time.perf_counter() - started, made))
