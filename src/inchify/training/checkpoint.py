"""Checkpoints of a training run, written and read with checksums.

A run folder holds ``checkpoints/step-00000100/`` (weights, averaged weights, optimizer, state,
description), of which the newest few are kept, and ``best/`` (weights and description only).
"""

from __future__ import annotations

import re
import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from inchify.io.tensor_folders import (
    DESCRIPTION,
    MANIFEST,
    CheckpointError,
    read_json,
    read_manifest,
    read_tensors,
    sweep,
    write_folder,
)

__all__ = [
    "CheckpointError",
    "Snapshot",
    "check_tensors",
    "latest",
    "load",
    "load_latest",
    "load_weights",
    "prune",
    "save",
    "save_best",
    "tidy",
]

CHECKPOINTS, BEST = "checkpoints", "best"
WEIGHTS, AVERAGED = "weights.safetensors", "averaged.safetensors"
OPTIMIZER = "optimiser.safetensors"
STATE = "state.json"
_STEP = re.compile(r"step-(\d{8,})")


@dataclass(frozen=True)
class Snapshot:
    """Everything that a training needs to continue: tensors on any device, and plain JSON.

    ``description`` describes the weights (``task``: the task's description, ``settings``, ``step``,
    ``scores``); ``state`` is the trainer's loop.
    """

    weights: Mapping[str, torch.Tensor]
    description: Mapping[str, Any]
    averaged: Mapping[str, torch.Tensor] | None = None
    optimizer: Mapping[str, torch.Tensor] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)


def save(folder: Path, snapshot: Snapshot, *, step: int, keep: int) -> Path:
    """Write a checkpoint into a run folder and prune the older ones.

    Args:
        folder: The run folder.
        snapshot: The training as it stands.
        step: Names the checkpoint.
        keep: Number of newest checkpoints to keep.

    Returns:
        The checkpoint's folder.

    Raises:
        CheckpointError: A file could not be written; older checkpoints stay.
    """
    target = folder / CHECKPOINTS / f"step-{step:08d}"
    write_folder(target, snapshot_files(snapshot))
    prune(folder, keep)
    return target


def snapshot_files(snapshot: Snapshot) -> dict[str, Mapping[str, Any]]:
    """File name -> content of a checkpoint."""
    files: dict[str, Mapping[str, Any]] = {WEIGHTS: snapshot.weights}
    if snapshot.averaged is not None:
        files[AVERAGED] = snapshot.averaged
    return files | {
        OPTIMIZER: snapshot.optimizer,
        STATE: snapshot.state,
        DESCRIPTION: snapshot.description,
    }


def save_best(
    folder: Path, weights: Mapping[str, torch.Tensor], description: Mapping[str, Any]
) -> Path:
    """Writes ``best/`` in the run ``folder``: weights and their description, nothing else."""
    return write_folder(folder / BEST, {WEIGHTS: weights, DESCRIPTION: description})


def export_weights(checkpoint: Path, target: Path) -> Path:
    """Export the (averaged) weights of a checkpoint in float16, for inference only.

    Args:
        checkpoint: A checkpoint or run folder.
        target: The folder to write; ``load_weights`` reads it like any other.

    Returns:
        ``target``.

    Raises:
        CheckpointError: The checkpoint is damaged, or ``target`` could not be written.
    """
    description, tensors = load_weights(checkpoint)
    files = {WEIGHTS: half_weights(tensors), DESCRIPTION: description}
    return write_folder(target, files)


def half_weights(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Convert float32 tensors to float16.

    Args:
        tensors: Weights by name.

    Returns:
        The same tensors; those of other types are unchanged.
    """
    return {
        name: tensor.half() if tensor.dtype == torch.float32 else tensor
        for name, tensor in tensors.items()
    }


def load(checkpoint: Path) -> Snapshot:
    """Load a complete checkpoint.

    Args:
        checkpoint: Its folder.

    Returns:
        Tensors on the CPU, and plain JSON.

    Raises:
        CheckpointError: A file is missing or damaged; the message names it.
    """
    entries = read_manifest(checkpoint)
    return Snapshot(
        weights=read_tensors(checkpoint, WEIGHTS, entries),
        averaged=read_tensors(checkpoint, AVERAGED, entries) if AVERAGED in entries else None,
        optimizer=read_tensors(checkpoint, OPTIMIZER, entries),
        state=read_json(checkpoint, STATE, entries),
        description=read_json(checkpoint, DESCRIPTION, entries),
    )


def load_weights(folder: Path | str) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Load weights for inference.

    Args:
        folder: A checkpoint, of which averaged weights are preferred; a ``best/`` or weights
            folder; or a run folder, of which ``best/``, else the latest checkpoint is taken.

    Returns:
        The description, and tensors by name on the CPU.

    Raises:
        CheckpointError: There is no checkpoint, or it is damaged.
    """
    folder = Path(folder)
    if not (folder / MANIFEST).exists():
        source = folder / BEST if (folder / BEST).is_dir() else latest(folder)
        if source is None:
            raise CheckpointError(
                f"{folder}: this is neither a checkpoint nor a run folder that has one"
            )
        folder = source
    entries = read_manifest(folder)
    name = AVERAGED if AVERAGED in entries else WEIGHTS
    return read_json(folder, DESCRIPTION, entries), read_tensors(folder, name, entries)


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints of a run folder, oldest first."""
    numbered = [
        (int(match[1]), path)
        for path in (folder / CHECKPOINTS).glob("step-*")
        if (match := _STEP.fullmatch(path.name)) and path.is_dir()
    ]
    return [path for _, path in sorted(numbered)]


def latest(folder: Path) -> Path | None:
    """The newest checkpoint of a run folder, or None."""
    paths = checkpoints(folder)
    return paths[-1] if paths else None


def load_latest(folder: Path, *, skip_damaged: bool = False) -> Snapshot | None:
    """The newest checkpoint of a run folder, or None where there is none.

    A damaged one raises CheckpointError; with ``skip_damaged`` it costs a warning, and the one
    before it is taken.
    """
    paths = checkpoints(folder)
    for path in reversed(paths):
        try:
            return load(path)
        except CheckpointError as error:
            if not skip_damaged or path == paths[0]:
                raise
            warnings.warn(f"{error}; going back to an older checkpoint", stacklevel=2)
    return None


def prune(folder: Path, keep: int) -> None:
    """Deletes all but the newest ``keep`` checkpoints."""
    for path in checkpoints(folder)[:-keep]:
        # a folder that is half deleted must not pass for a checkpoint
        doomed = path.with_name(f".unfinished-{path.name}")
        path.rename(doomed)
        shutil.rmtree(doomed)


def tidy(folder: Path) -> None:
    """Create the run folder and remove unfinished files of killed runs."""
    (folder / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
    sweep(folder)
    sweep(folder / CHECKPOINTS)


def check_tensors(
    network: nn.Module, tensors: Mapping[str, torch.Tensor], where: Path | str
) -> None:
    """Raises CheckpointError unless ``tensors`` have the network's names and shapes."""
    expected = network.state_dict()
    problems = [f"'{name}' is missing" for name in expected if name not in tensors]
    problems += [f"'{name}' is not in the network" for name in tensors if name not in expected]
    problems += [
        f"'{name}' is {tuple(tensors[name].shape)}, the network has {tuple(expected[name].shape)}"
        for name in expected
        if name in tensors and tensors[name].shape != expected[name].shape
    ]
    if problems:
        more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
        raise CheckpointError(
            f"{where}: weights of another architecture or vocabulary: "
            + "; ".join(problems[:3])
            + more
        )
