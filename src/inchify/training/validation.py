"""Validation of a network: the means over all ranks."""

from __future__ import annotations

from contextlib import nullcontext

import torch
from torch import nn

from inchify.training.averaging import Averaging
from inchify.training.processes import Processes
from inchify.training.signals import StopSignals
from inchify.types import AnyBatch, Task


def validate(
    task: Task[AnyBatch],
    network: nn.Module,
    processes: Processes,
    *,
    averaging: Averaging | None,
    batches: int | None,
    signals: StopSignals,
) -> dict[str, float]:
    """Name -> mean over this validation, on the averaged weights where there are any.

    ``network`` is the plain module. Raises ValueError when nothing was counted or the ranks report
    different names, and StopRequested when a signal cuts it off.
    """
    # cutting off one rank would leave the others waiting for it
    interruptible = signals.interrupting() if processes.world == 1 else nullcontext()
    network.eval()
    try:
        with (
            averaging.swapped() if averaging is not None else nullcontext(),
            interruptible,
            torch.no_grad(),
            processes.accelerator.autocast(),
        ):
            pairs = task.validate(
                network, batches=batches, rank=processes.rank, world=processes.world
            )
    finally:
        network.train()
    names = sorted(pairs)
    if processes.world > 1 and len({*processes.gather([",".join(names)])}) > 1:
        raise ValueError(f"the ranks report different validation scores; this one: {names}")
    totals = processes.sum([float(part) for name in names for part in pairs[name]])
    means: dict[str, float] = {}
    for place, name in enumerate(names):
        total, count = totals[2 * place : 2 * place + 2]
        if not count:
            raise ValueError(f"validation score '{name}' counted nothing")
        means[name] = total / count
    return means
