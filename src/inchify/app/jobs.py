"""A configuration comes in; its job's settings, or the training of that job, come out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

JOBS = ("sequence", "graph", "label")


def job_of(path: Path, assignments: Sequence[str] = ()) -> str:
    """The ``task`` of a configuration file, one of ``JOBS``. Raises ValueError for another."""
    from inchify.config import override, read_yaml

    job = override(read_yaml(path), assignments).get("task", JOBS[0])
    if job not in JOBS:
        raise ValueError(f"{path}: 'task' is {job!r}; allowed: {', '.join(JOBS)}")
    return str(job)


def settings_of(path: Path, assignments: Sequence[str] = ()) -> Any:
    """The settings dataclass of a configuration file with its bases and ``key=value`` changes."""
    job = job_of(path, assignments)
    if job == "graph":
        from inchify.tasks.graph_settings import load_graph_settings

        return load_graph_settings(path, assignments)
    if job == "label":
        from inchify.tasks.label import load_label_settings

        return load_label_settings(path, assignments)
    from inchify.tasks import load_settings

    return load_settings(path, assignments)


def train_job(
    path: Path, output: Path, data: Path | None, fold: int | None, **options: Any
) -> dict[str, Any]:
    """Train the configuration of a file; ``options`` as ``tasks.sequence.train_fold`` takes them.

    Only the sequence reader learns from a work folder: ValueError where ``data`` is missing there
    or given elsewhere.
    """
    job = job_of(path, options.get("assignments", ()))
    if job == "sequence":
        if data is None:
            raise ValueError(f"{path} needs --data, a work folder made by preprocess")
        from inchify.tasks.sequence import train_fold

        return train_fold(path, data, output, fold=fold or 0, **options)
    for name, value in (("--data", data), ("--fold", fold)):
        if value is not None:
            raise ValueError(
                f"{name} is {value}, but {path} is of a {job} reader, whose pictures are drawn as "
                f"training goes; leave {name} out"
            )
    if job == "graph":
        from inchify.tasks.graph import train_graph

        return train_graph(path, output, **options)
    from inchify.tasks.label import train_label

    return train_label(path, output, **options)
