"""Restoring of a training run from a snapshot.

What is loaded, in this order: the latest checkpoint of the run (resume), else the weights of
another run (init_from), else nothing (scratch).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from inchify.io.tensor_folders import CheckpointError
from inchify.setting_aliases import comparable
from inchify.training.averaging import Averaging
from inchify.training.checkpoint import Snapshot, check_tensors, load_weights
from inchify.training.optimizer import load_optimizer_tensors, optimizer_tensors
from inchify.training.state import LoopState


def load_into(network: nn.Module, tensors: Mapping[str, torch.Tensor], where: Path | str) -> None:
    """Copy weights into a network; its ``upgraded_weights`` converts those of former versions.

    Args:
        network: Changed in place.
        tensors: Weights by name.
        where: Their folder, for error messages.

    Raises:
        CheckpointError: The weights are of another network.
    """
    upgrade = getattr(network, "upgraded_weights", None)
    if upgrade is not None:
        tensors = upgrade(tensors)
    check_tensors(network, tensors, where)
    network.load_state_dict(dict(tensors))


def start_from(network: nn.Module, folder: Path | str) -> dict[str, Any]:
    """Loads the weights of another run; returns their description."""
    description, tensors = load_weights(folder)
    load_into(network, tensors, folder)
    return description


def take_snapshot(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    averaging: Averaging | None,
    state: LoopState,
    description: Mapping[str, Any],
) -> Snapshot:
    """Take a snapshot of a training.

    Args:
        network: The plain network.
        optimizer: Its optimizer.
        averaging: Averaged weights, if there are any.
        state: The loop.
        description: Describes the weights.

    Returns:
        The snapshot with its tensors on the CPU.
    """
    averaged = None
    if averaging is not None:
        with averaging.swapped():
            averaged = copies(network.state_dict())
    return Snapshot(
        weights=copies(network.state_dict()),
        averaged=averaged,
        optimizer=copies(optimizer_tensors(optimizer, network)),
        state=state.to_json(),
        description=description,
    )


def copies(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same tensors on the CPU; one that lives there already is not copied."""
    return {name: tensor.detach().cpu() for name, tensor in tensors.items()}


def restore(
    snapshot: Snapshot,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    averaging: Averaging | None,
    wanted: LoopState,
    description: Mapping[str, Any],
    where: Path | str,
) -> LoopState:
    """Puts a snapshot back; returns its loop.

    Raises CheckpointError when the snapshot is of another network, task, seed, number of ranks or
    micro-batches, so that its position in the data would mean something else.
    """
    check_tensors(network, snapshot.weights, where)
    _check_task(snapshot.description.get("task", {}), description["task"], where)
    state = LoopState.from_json(snapshot.state)
    for name in ("accumulation", "world", "seed"):
        if getattr(state, name) != getattr(wanted, name):
            raise CheckpointError(
                f"{where}: its '{name}' is {getattr(state, name)}, now it is "
                f"{getattr(wanted, name)}; resume with the same value, or start a new run with "
                "'init_from'"
            )
    if (averaging is None) != (snapshot.averaged is None):
        raise CheckpointError(f"{where}: 'averaging_decay' was switched on or off since")
    load_into(network, snapshot.weights, where)
    if averaging is not None and snapshot.averaged is not None:
        with averaging.swapped():
            load_into(network, snapshot.averaged, where)
    try:
        load_optimizer_tensors(optimizer, network, snapshot.optimizer)
    except ValueError as error:
        raise CheckpointError(f"{where}: {error}") from error
    return state


def _check_task(old: Mapping[str, Any], new: Mapping[str, Any], where: Path | str) -> None:
    old, new = comparable(old), comparable(new)
    odd = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    if odd:
        raise CheckpointError(
            f"{where}: a checkpoint of another task, which differs in: {', '.join(odd)}"
        )


def changed_settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Key -> [old, new] of the training settings that changed since a checkpoint."""
    old, new = comparable(old), comparable(new)
    return {
        key: [old.get(key), new.get(key)]
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    }
