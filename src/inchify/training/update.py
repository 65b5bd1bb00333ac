"""One optimizer update from the micro-batches of a step, or its refusal.

The gradient is that of the sum of all losses divided by the count of the whole step, over all
micro-batches and ranks, so how a step is cut into micro-batches does not change it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

import torch
from torch import nn

from inchify.training.averaging import Averaging
from inchify.training.optimizer import set_learning_rates
from inchify.training.processes import Processes
from inchify.types import AnyBatch, LossSum, Task


@dataclass(frozen=True)
class StepResult:
    """Result of one step: ``sums`` over the whole step (``loss`` and the task's logs), what they
    are divided by (``count``), its ``pictures``, the norm of the gradient before clipping, whether
    the weights were ``updated``, and the flags of all ranks, added up."""

    sums: dict[str, float]
    count: int
    pictures: int
    norm: float
    learning_rate: float
    updated: bool
    flags: list[float]


class Updater(Generic[AnyBatch]):
    """Runs steps on a wrapped network.

    ``schedule`` gives the factor on the learning rates for a step; ``updates`` counts the steps
    that changed the weights, for the warmup of the averaging.
    """

    def __init__(
        self,
        task: Task[AnyBatch],
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        processes: Processes,
        *,
        schedule: Callable[[int], float],
        clip_norm: float | None,
        averaging: Averaging | None,
    ) -> None:
        self.task, self.network, self.processes = task, network, processes
        self.optimizer = optimizer
        self.schedule, self.clip_norm, self.averaging = schedule, clip_norm, averaging
        self.updates = 0
        self._stepper = processes.accelerator.prepare_optimizer(optimizer)
        self._weights = [weight for group in optimizer.param_groups for weight in group["params"]]

    def run(
        self,
        step: int,
        batches: Sequence[AnyBatch],
        *,
        meanwhile: Callable[[], None],
        flags: Callable[[], list[float]],
    ) -> StepResult:
        """Compute the gradient of all micro-batches of a step, then update if all is finite.

        Raises ValueError when the task miscounts, RuntimeError when the device runs out of memory.

        Args:
            step: Number of the step.
            batches: This rank's micro-batches.
            meanwhile: Called while the device still works.
            flags: Called before the ranks exchange their sums; its values are summed too.
        """
        counts = [self.task.count(batch) for batch in batches]
        pictures = sum(len(batch) for batch in batches)
        if self.processes.world > 1:
            count, pictures = map(int, self.processes.sum([float(sum(counts)), float(pictures)]))
        else:
            count = sum(counts)
        if count < 1:
            raise ValueError(
                f"the batches of step {step} count {count} in all; at least 1 is needed"
            )
        try:
            names, sums = self._gradient(batches, counts, count)
            norm = self.processes.accelerator.clip_grad_norm_(
                self._weights, math.inf if self.clip_norm is None else self.clip_norm
            )
            meanwhile()
            totals = self._exchange([*sums, norm.double()], flags())
        except torch.OutOfMemoryError as error:
            raise RuntimeError(
                f"the device has too little memory for step {step} (largest micro-batch: "
                f"{max(tuple(batch.images_BCHW.shape) for batch in batches)}); make the "
                "micro-batches smaller and keep 'total_batch': the result stays the same"
            ) from error
        # the norm is the same on every rank, and a sum would not be it
        summed, norm_value, *all_flags = (
            totals[: len(sums)],
            totals[len(sums)],
            *totals[len(sums) + 1 :],
        )
        norm_value /= self.processes.world
        finite = all(map(math.isfinite, (*summed, norm_value)))
        rate = set_learning_rates(self.optimizer, self.schedule(step))
        self._update(finite)
        return StepResult(
            dict(zip(names, summed, strict=True)),
            count,
            pictures,
            norm_value,
            rate,
            finite,
            all_flags,
        )

    def _gradient(
        self, batches: Sequence[AnyBatch], counts: Sequence[int], count: int
    ) -> tuple[list[str], list[torch.Tensor]]:
        accelerator = self.processes.accelerator
        names: list[str] = []
        sums: list[torch.Tensor] = []
        for place, batch in enumerate(batches):
            batch = batch.to(self.processes.device)
            with self.processes.silent(self.network, last=place == len(batches) - 1):
                with accelerator.autocast():
                    loss = self.task.loss(self.network, batch)
                if loss.count != counts[place]:
                    raise ValueError(
                        f"the task's loss counted {loss.count}, count() said {counts[place]}"
                    )
                # DDP takes the mean over ranks; times their number it is the sum again
                accelerator.backward(loss.total * (self.processes.world / count))
            names, new_sums = self._sums(loss)
            sums = (
                [old + new for old, new in zip(sums, new_sums, strict=True)] if sums else new_sums
            )
        return names, sums

    def _sums(self, loss: LossSum) -> tuple[list[str], list[torch.Tensor]]:
        named = {"loss": loss.total, **loss.logs}
        device = self.processes.device
        return list(named), [
            torch.as_tensor(value, dtype=torch.float64, device=device).detach()
            for value in named.values()
        ]

    def _exchange(self, tensors: list[torch.Tensor], flags: list[float]) -> list[float]:
        local_flags = torch.tensor(flags, dtype=torch.float64, device=self.processes.device)
        return self.processes.sum(torch.cat([torch.stack(tensors), local_flags]))

    def _update(self, finite: bool) -> None:
        # in fp16 the scaler must see a step that overflowed, to lower its scale; it skips it itself
        if finite or self.processes.accelerator.scaler is not None:
            self._stepper.step()
        if finite:
            self.updates += 1
            if self.averaging is not None:
                self.averaging.update(self.updates)
        self._stepper.zero_grad(set_to_none=True)
