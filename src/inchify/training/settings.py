"""Settings of the trainer, and the step and micro-batch counts that follow from them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """Settings of the trainer.

    The length is exactly one of ``steps`` (calls of the optimizer), ``epochs`` or ``examples``
    (pictures); ``seconds`` may end a run earlier. ``total_batch`` and ``micro_batch`` are counted
    in ``batch_unit``: the first over a whole step, the second for one rank and one forward pass;
    the number of micro-batches follows from them. ``warmup`` is a number of steps, or a share of
    all steps when it is below 1. ``momentum`` is of ``sgd`` alone. ``clip_norm``
    and ``averaging_decay`` are off when null.
    """

    steps: int | None = None
    epochs: float | None = None
    examples: int | None = None
    seconds: float | None = None
    total_batch: int | None = None
    micro_batch: int | None = None
    batch_unit: Literal["tokens", "pictures"] = "tokens"
    optimizer: Literal["adamw", "sgd"] = "adamw"
    momentum: float = 0.9
    learning_rate: float = 4e-4
    encoder_learning_rate: float | None = None
    schedule: Literal["cosine", "attention", "linear", "constant"] = "cosine"
    warmup: float = 0.0
    final_factor: float = 0.0
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    clip_norm: float | None = 1.0
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    averaging_decay: float | None = None
    validate_every: int | None = None
    validation_batches: int | None = None
    checkpoint_every: int | None = None
    checkpoint_seconds: float | None = 600.0
    keep: int = 2
    log_every: int = 50
    skips_in_a_row: int = 10
    seed: int = 0
    threads: int | None = None
    device: Literal["auto", "cpu"] = "auto"
    channels_last: bool = False
    compile: bool = False
    skip_damaged: bool = False

    def __post_init__(self) -> None:
        lengths = {"steps": self.steps, "epochs": self.epochs, "examples": self.examples}
        given = [name for name, value in lengths.items() if value is not None]
        if len(given) != 1:
            raise ValueError(
                f"'steps', 'epochs', 'examples': exactly one must be set, got {given or 'none'}"
            )
        for name in (
            *("steps", "epochs", "examples", "seconds", "total_batch", "micro_batch"),
            *("learning_rate", "encoder_learning_rate", "epsilon", "clip_norm", "validate_every"),
            *("validation_batches", "checkpoint_every", "checkpoint_seconds", "keep", "log_every"),
            *("skips_in_a_row", "threads"),
        ):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise ValueError(f"'{name}' is {value!r}; it must be a finite number more than 0")
        for name in ("warmup", "weight_decay"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"'{name}' is {getattr(self, name)!r}; it must be at least 0")
        if not 0 <= self.final_factor <= 1:
            raise ValueError(f"'final_factor' is {self.final_factor!r}; it must be between 0 and 1")
        if self.averaging_decay is not None and not 0 < self.averaging_decay < 1:
            raise ValueError(
                f"'averaging_decay' is {self.averaging_decay!r}; it must be between 0 and 1"
            )
        if not 0 <= self.momentum < 1:
            raise ValueError(f"'momentum' is {self.momentum!r}; it must be at least 0 and below 1")
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"'betas' is {self.betas!r}; each must be at least 0 and below 1")


def derive_accumulation(total: int, per_micro_batch: int, world: int) -> int:
    """Micro-batches that each of ``world`` ranks runs for a step of ``total`` tokens (or pictures).

    Raises ValueError when the total is not a multiple of what all ranks do in one micro-batch.
    """
    together = per_micro_batch * world
    if together < 1 or total < together or total % together:
        raise ValueError(
            f"'total_batch' is {total}; it must be a multiple of {together} = "
            f"micro-batch {per_micro_batch} x {world} ranks"
        )
    return total // together


def accumulation_of(settings: TrainingSettings, task_micro_batch: int | None, world: int) -> int:
    """Micro-batches of a step; the task may say how large its micro-batches are."""
    if settings.total_batch is None:
        return 1
    micro_batch = settings.micro_batch or task_micro_batch
    if micro_batch is None:
        raise ValueError(
            f"'total_batch' is {settings.total_batch}, so 'micro_batch' must be set as well"
        )
    return derive_accumulation(settings.total_batch, micro_batch, world)


def duration_in_steps(
    settings: TrainingSettings,
    epoch_steps: Callable[[int], int],
    *,
    accumulation: int,
    world: int = 1,
    task_micro_batch: int | None = None,
) -> int:
    """Steps of the whole training, whatever unit its length was given in.

    ``epoch_steps(epoch)`` counts the micro-batches of a rank. A length in ``examples`` needs
    batches counted in pictures.
    """
    if settings.steps is not None:
        return settings.steps
    if settings.epochs is not None:
        full_epochs, part = int(settings.epochs), settings.epochs % 1
        micro_batches: float = sum(epoch_steps(epoch) for epoch in range(full_epochs))
        if part:
            micro_batches += part * epoch_steps(full_epochs)
        return max(1, int(micro_batches) // accumulation)
    micro_batch = settings.micro_batch or task_micro_batch
    if settings.batch_unit != "pictures" or micro_batch is None:
        raise ValueError(
            "'examples' needs 'batch_unit' pictures and a 'micro_batch'; "
            f"got {settings.batch_unit!r} and {micro_batch!r}"
        )
    assert settings.examples is not None
    return max(1, math.ceil(settings.examples / (micro_batch * world * accumulation)))


def warmup_in_steps(settings: TrainingSettings, steps: int) -> int:
    """``warmup`` in steps: a value below 1 is a share of ``steps``."""
    return round(settings.warmup * steps) if settings.warmup < 1 else round(settings.warmup)


class FitOptions(TypedDict, total=False):
    """Keyword arguments of ``fit``, for callers that pass them on."""

    init_from: Path | None
    resume: bool
    stop_after: float | None
    progress: bool
