"""Description and tensors of a checkpoint, run folder or weights folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from inchify.training.checkpoint import load_weights


@dataclass(frozen=True)
class TaskWeights:
    """``description`` of the whole checkpoint, ``task`` what the task said of itself, and the
    ``tensors``; ``digest`` identifies the weights on disk."""

    description: dict[str, Any]
    task: dict[str, Any]
    tensors: dict[str, torch.Tensor]

    @property
    def settings(self) -> dict[str, Any]:
        """The task's settings as plain data, without those of the trainer, which inference does not
        need."""
        return {**self.task["settings"], "training": {"steps": 1}}

    @property
    def digest(self) -> str:
        return digest_of(self.tensors)


def load_task_weights(folder: Path, name: str) -> TaskWeights:
    """Load the weights of a task.

    Args:
        folder: A checkpoint, run or weights folder.
        name: The task's name in the description.

    Returns:
        The description and tensors.

    Raises:
        ValueError: The folder is damaged (CheckpointError) or of another task.
    """
    description, tensors = load_weights(folder)
    task = description.get("task", {})
    if task.get("task") != name:
        raise ValueError(f"{folder}: task is {task.get('task')!r}; a {name} reader is needed")
    return TaskWeights(description, task, tensors)


def digest_of(tensors: Mapping[str, torch.Tensor]) -> str:
    """Sixteen hexadecimal digits of names and bytes."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()[:16]
