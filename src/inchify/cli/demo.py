"""The verb that runs the whole main job in small, from committed molecules to a score."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inchify.cli.common import SAMPLE_MOLECULES
from inchify.cli.jobs import train_job
from inchify.isolation.threads import core_count
from inchify.readers import pretrained

if TYPE_CHECKING:
    from inchify.chemistry.metrics import Score

CONFIG = Path(__file__).parents[3] / "configs" / "tiny" / "demo.yaml"


def demo(
    folder: Annotated[Path, typer.Option(help="Folder for the demo's files.")] = Path("work/demo"),
    submission: Annotated[Path, typer.Option(help="Folder for its submission.")] = Path(
        "submissions/demo"
    ),
    train: Annotated[int, typer.Option(min=100, help="Number of training pictures.")] = 3000,
    test: Annotated[int, typer.Option(min=10, help="Number of test pictures.")] = 100,
    seconds: Annotated[float, typer.Option(min=1, help="Training time in seconds.")] = 100,
) -> None:
    """Run the whole pipeline on a small scale: draw pictures, preprocess, train, submit, score."""
    run(folder, submission, train=train, test=test, seconds=seconds)


def run(folder: Path, submission: Path, *, train: int, test: int, seconds: float) -> None:
    """Draw, preprocess, train, submit and score, telling where everything is and how long it took.

    What an earlier demo left is removed first, so that the times are those of a whole run.
    """
    from inchify.data.preprocessing.preprocess import PreprocessSettings, preprocess
    from inchify.synthetic.competition_folder import SynthSettings, make_competition

    for old in (folder, submission):
        shutil.rmtree(old, ignore_errors=True)
    pictures, work, checkpoints = folder / "competition", folder / "work", folder / "run"
    took: list[tuple[str, float, Path]] = []
    with _part("draw a small competition", pictures, took):
        settings = SynthSettings(train=train, test=test)
        make_competition(pictures, SAMPLE_MOLECULES, settings, jobs=core_count(), progress=True)
    with _part("preprocess", work, took):
        preprocess(pictures, work, PreprocessSettings(jobs=-1, progress=True))
    with _part(f"train one fold for {seconds:.0f} seconds", checkpoints, took):
        limit = f"training.seconds={seconds}"
        train_job(CONFIG, checkpoints, work, None, assignments=[limit], progress=True)
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
    from inchify.competition.reader import competition_reader
    from inchify.competition.run import submit

    with _part(f"answer the test pictures{words}", output / "submission.csv", took):
        reader = competition_reader([checkpoint])
        submit(reader, pictures, output, about=reader.about, progress=True)
    return _score(words, output / "submission.csv", pictures=pictures, took=took)


def _predict(
    name: str, output: Path, *, pictures: Path, took: list[tuple[str, float, Path]]
) -> Score:
    """Read the test pictures as loose ones and score them."""
    from inchify.readers.files.picture_files import find_pictures, questions_of
    from inchify.readers.files.tables import write_predictions
    from inchify.readers.molecule_reader import MoleculeReader

    table = output / "submission.csv"
    with _part(f"read the test pictures with {name}", table, took):
        inputs = find_pictures([pictures / "test"]).pictures
        with MoleculeReader.from_pretrained() as reader:
            rows = reader.predict_many(questions_of(inputs, output / "overlays"))
            write_predictions(rows, [picture.file for picture in inputs], table)
    return _score(f" with {name}", table, pictures=pictures, took=took)


def _score(
    words: str, table: Path, *, pictures: Path, took: list[tuple[str, float, Path]]
) -> Score:
    from inchify.io.text_files import write_json
    from inchify.reports.evaluate import evaluate

    page = table.with_name("worst.html")
    with _part(f"score{words}", page, took):
        score = evaluate(table, pictures / "test_labels.csv", page, pictures / "test")
        write_json(table.with_name("score.json"), score.to_json())
        return score


@contextmanager
def _part(name: str, made: Path, took: list[tuple[str, float, Path]]) -> Iterator[None]:
    """Announce a part, and note how long it took and what it made."""
    print(f"\n== {name}", flush=True)
    started = time.perf_counter()
    yield
    took.append((name, time.perf_counter() - started, made))


VERBS = (demo,)
