"""Weights folders: which are shipped, and which reader they belong to. No tensor is read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

READERS = ("graph", "sequence")
# Weights that come with the source, one folder for each reader.
SHIPPED = Path(__file__).parents[1] / "weights"


def shipped(reader: str) -> Path | None:
    """The folder of shipped weights.

    Args:
        reader: Name of the folder, such as "graph", "sequence", "label" or "bond_kind".

    Returns:
        The folder, None where this copy has none.
    """
    folder = SHIPPED / reader
    return folder if (folder / "description.json").is_file() else None


def task_of(folder: Path) -> str:
    """The task that weights were trained for.

    Args:
        folder: A run folder, its best/, a checkpoint or exported weights.

    Returns:
        The task's name.

    Raises:
        ValueError: There are no weights in the folder, or they have no valid description.
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
    """Which of ``READERS`` weights belong to; ValueError where they belong to neither."""
    task = task_of(folder)
    if task not in READERS:
        raise ValueError(
            f"{folder}: these are weights for {task!r}; they must be for one of "
            f"{', '.join(READERS)}"
        )
    return task


def choose_reader(reader: str | None, weights: Sequence[Path]) -> tuple[str, list[Path]]:
    """Choose the reader and its weights from the arguments of a command.

    Args:
        reader: One of ``READERS``; None takes the reader of ``weights``, or the graph reader.
        weights: Folders of one reader's weights; without any the shipped ones.

    Returns:
        The reader's name and its folders.

    Raises:
        ValueError: The reader is unknown or has no shipped weights, a folder holds no weights, or
            the weights are of another reader.
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
    reader_by_folder = {folder: reader_of(folder) for folder in weights}
    chosen = reader or reader_by_folder[weights[0]]
    for folder, kind in reader_by_folder.items():
        if kind != chosen:
            raise ValueError(
                f"{folder}: these are weights of a {kind} reader; a {chosen} reader is needed"
            )
    return chosen, list(weights)


def labels_of(folder: Path) -> Path:
    """The same folder; ValueError where it does not hold weights of a text recognizer."""
    if (task := task_of(folder)) != "text":
        raise ValueError(
            f"{folder}: these are weights for {task!r}; those of a label reader (text) are needed"
        )
    return folder


def of_competition(weights: Sequence[Path]) -> list[Path]:
    """The graph reader's weights for pictures in the competition's style.

    Args:
        weights: The weights for other pictures.

    Returns:
        ``weights``; if they are the shipped ones, those shipped for the competition come first.
    """
    special = shipped("graph_competition")
    if special is None or list(weights) != [shipped("graph")]:
        return list(weights)
    return [special, *weights]
