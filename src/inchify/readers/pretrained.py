"""Weights folders: which are shipped, and which reader they belong to. No tensor is read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

READERS = ("graph", "sequence")
# What comes with the source, one folder for each reader.
SHIPPED = Path(__file__).parents[1] / "weights"


def shipped(reader: str) -> Path | None:
    """The folder of the weights that came with this copy, None where it has none."""
    folder = SHIPPED / reader
    return folder if (folder / "description.json").is_file() else None


def task_of(folder: Path) -> str:
    """The job that a run folder, its best/, a checkpoint or exported weights were trained for.

    Raises ValueError where there are no weights.
    """
    newest = sorted((folder / "checkpoints").glob("step-*"))[-1:]
    for place in (folder, folder / "best", *newest):
        path = place / "description.json"
        if not path.is_file():
            continue
        try:
            return str(json.loads(path.read_text(encoding="utf-8"))["task"]["task"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}: this file does not describe weights ({error!r})") from error
    raise ValueError(
        f"{folder}: there are no weights in this folder; name a run folder, a checkpoint or "
        "exported weights"
    )


def reader_of(folder: Path) -> str:
    """Which of ``READERS`` weights belong to. Raises ValueError where it is none."""
    task = task_of(folder)
    if task not in READERS:
        raise ValueError(
            f"{folder}: these are weights for {task!r}; they must be for one of "
            f"{', '.join(READERS)}"
        )
    return task


def choose_reader(reader: str | None, weights: Sequence[Path]) -> tuple[str, list[Path]]:
    """The reader and the weights that the words of a command line mean: folders decide, else the
    name picks what is shipped, else it is the graph reader.

    Raises ValueError where the words contradict each other or folders hold no weights.
    """
    if reader is not None and reader not in READERS:
        raise ValueError(f"--reader is {reader!r}; it must be one of {', '.join(READERS)}")
    if not weights:
        chosen = reader or READERS[0]
        folder = shipped(chosen)
        if folder is None:
            raise ValueError(
                f"{SHIPPED / chosen}: no weights of the {chosen} reader come with this copy; "
                "name some with --weights"
            )
        return chosen, [folder]
    found = {folder: reader_of(folder) for folder in weights}
    chosen = reader or found[weights[0]]
    for folder, own in found.items():
        if own != chosen:
            raise ValueError(
                f"{folder}: these are weights of a {own} reader; a {chosen} reader is needed"
            )
    return chosen, list(weights)


def labels_of(folder: Path) -> Path:
    """The same folder, if it holds weights of a reader of text. Raises ValueError where it does
    not."""
    if (task := task_of(folder)) != "text":
        raise ValueError(
            f"{folder}: these are weights for {task!r}; those of a label reader (text) are needed"
        )
    return folder


def of_competition(weights: Sequence[Path]) -> list[Path]:
    """The graph readers' weights for pictures in the competition's style: what is shipped for it
    comes before what is shipped for all styles; named weights read all styles themselves."""
    special = shipped("graph_competition")
    if special is None or list(weights) != [shipped("graph")]:
        return list(weights)
    return [special, *weights]
