"""The training tasks of configurations: their settings, or their training."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

# job -> where its settings are read, and where it is trained
_LOADERS = {
    "sequence": ("inchify.tasks.sequence.settings", "load_settings"),
    "graph": ("inchify.tasks.molecule_graph.settings", "load_graph_settings"),
    "text": ("inchify.tasks.text_recognition.settings", "load_text_settings"),
    "regions": ("inchify.tasks.molecule_detection.settings", "load_region_settings"),
    "text_lines": ("inchify.tasks.text_detection.settings", "load_text_line_settings"),
    "bond_kind": ("inchify.tasks.bond_kind.settings", "load_bond_kind_settings"),
}
_TRAINERS = {
    "sequence": ("inchify.tasks.sequence.task", "train_fold"),
    "graph": ("inchify.tasks.molecule_graph.task", "train_graph"),
    "text": ("inchify.tasks.text_recognition.task", "train_text"),
    "regions": ("inchify.tasks.molecule_detection.task", "train_regions"),
    "text_lines": ("inchify.tasks.text_detection.task", "train_text_lines"),
    "bond_kind": ("inchify.tasks.bond_kind.task", "train_bond_kind"),
}
JOBS = tuple(_LOADERS)


def job_of(path: Path, assignments: Sequence[str] = ()) -> str:
    """The ``task`` of a configuration file, one of ``JOBS``. Raises ValueError for another."""
    from inchify.config import override, read_yaml

    job = override(read_yaml(path), assignments).get("task", JOBS[0])
    if job not in JOBS:
        raise ValueError(f"{path}: 'task' is {job!r}; it must be one of {', '.join(JOBS)}")
    return str(job)


def settings_of(path: Path, assignments: Sequence[str] = ()) -> Any:
    """The settings dataclass of a configuration file with its bases and ``key=value`` changes."""
    return _named(*_LOADERS[job_of(path, assignments)])(path, assignments)


def train_job(
    path: Path, output: Path, data: Path | None, fold: int | None, **options: Any
) -> dict[str, Any]:
    """Train the configuration of a file; ``options`` as ``tasks.sequence.task.train_fold`` takes
    them.

    Only the sequence reader learns from a work folder: ValueError where ``data`` is missing there
    or given elsewhere.
    """
    job = job_of(path, options.get("assignments", ()))
    train = _named(*_TRAINERS[job])
    if job == "sequence":
        if data is None:
            raise ValueError(
                f"{path}: --data is missing; it must be a work folder written by preprocess"
            )
        return train(path, data, output, fold=fold or 0, **options)
    for name, value in (("--data", data), ("--fold", fold)):
        if value is not None:
            raise ValueError(
                f"{name} cannot be used with {path}: a {job} reader trains on pictures that are "
                "drawn on the fly"
            )
    return train(path, output, **options)


def run_folder(
    root: Path, path: Path, assignments: Sequence[str] = (), *, now: datetime | None = None
) -> Path:
    """Where one of many runs goes: ``root``/data/network/time. A job that has but one kind of data
    or network stands under its own name and that of its configuration."""
    settings = settings_of(path, assignments)
    data = getattr(getattr(settings, "data", None), "source", settings.task)
    network = getattr(settings, "label", path.stem)
    folder = root / data / network / f"{now or datetime.now():%Y-%m-%d-%H-%M}"
    number, wanted = 2, folder
    while folder.exists():  # another run of this minute
        folder, number = wanted.with_name(f"{wanted.name}-{number}"), number + 1
    return folder


def _named(module: str, name: str) -> Any:
    return getattr(import_module(module), name)
