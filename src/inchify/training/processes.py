"""Devices, mixed precision and processes of a training run, through accelerate.

Only its Accelerator is used: the task shares out its batches over ranks, and the trainer counts the
micro-batches.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn

from inchify.training.settings import TrainingSettings


class Processes:
    """This process among the processes of a training: ``rank`` of ``world``, its ``device`` and its
    precision."""

    def __init__(self, settings: TrainingSettings) -> None:
        from accelerate import Accelerator
        from accelerate.state import AcceleratorState

        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
        # Accelerate keeps device and precision for the life of the process; a second training in
        # the same process may want others. Process groups must stay as they are.
        alone = not (torch.distributed.is_available() and torch.distributed.is_initialized())
        AcceleratorState._reset_state(reset_partial_state=alone)
        self.accelerator = Accelerator(
            mixed_precision={"fp32": "no"}.get(settings.precision, settings.precision),
            cpu=settings.device == "cpu",
        )
        self.rank: int = self.accelerator.process_index
        self.world: int = self.accelerator.num_processes
        self.device: torch.device = self.accelerator.device
        if settings.precision == "fp16" and self.accelerator.scaler is None:
            raise ValueError(
                f"'precision' is 'fp16'; on {self.device.type} it must be fp32 or bf16"
            )

    @property
    def is_main(self) -> bool:
        """Whether this process writes files and prints."""
        return self.rank == 0

    def wrap(self, network: nn.Module) -> nn.Module:
        """The network on this device, in this precision, with gradients shared between ranks."""
        return self.accelerator.prepare_model(network)

    def unwrap(self, network: nn.Module) -> None:
        """Undoes ``wrap``, so that the plain network can be used or wrapped again."""
        self.accelerator.unwrap_model(network, keep_fp32_wrapper=False)
        self.accelerator.free_memory()

    def silent(self, network: nn.Module, last: bool) -> AbstractContextManager[Any]:
        """Ranks exchange gradients in the last micro-batch of a step only."""
        from contextlib import nullcontext

        return nullcontext() if last else self.accelerator.no_sync(network)

    def sum(self, values: Sequence[float] | torch.Tensor) -> list[float]:
        """Adds up a list of numbers over all ranks, in float64, in one exchange."""
        vector = torch.as_tensor(values, dtype=torch.float64)
        if self.world > 1:
            vector = self.accelerator.reduce(vector.to(self.device), reduction="sum")
        return vector.tolist()

    def gather(self, items: Sequence[str]) -> list[str]:
        """The items of all ranks, in the order of ranks."""
        from accelerate.utils import gather_object

        return list(gather_object(list(items)))

    def wait(self) -> None:
        """Returns once every rank is here."""
        self.accelerator.wait_for_everyone()

    def seed(self, seed: int, step: int) -> None:
        """Starts every generator anew for one step of this rank.

        Dropout then depends on (seed, step, rank) only, so a resumed run repeats it exactly
        and no generator's state has to be kept.
        """
        import numpy as np

        mixed = np.random.SeedSequence((seed, step, self.rank)).generate_state(2, np.uint32)
        torch.manual_seed(int(mixed[0]) << 32 | int(mixed[1]))
        np.random.seed(int(mixed[0]))
        random.seed(int(mixed[1]))
