"""State of a training run as plain JSON."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inchify.io.tensor_folders import CheckpointError
from inchify.training.stream import Position
from inchify.training.update import StepResult


@dataclass
class LoopState:
    """State of the training loop, stored in every checkpoint.

    ``step`` counts finished steps (skipped ones too), ``updates`` those that changed the weights,
    ``tokens`` what the task counted. ``window`` adds up since the last line of the log.
    ``accumulation``, ``world`` and ``seed`` give a position in the data its meaning.
    """

    accumulation: int = 1
    world: int = 1
    seed: int = 0
    step: int = 0
    epoch: int = 0
    micro_batch: int = 0
    updates: int = 0
    skipped: int = 0
    skipped_in_a_row: int = 0
    tokens: int = 0
    pictures: int = 0
    seconds: float = 0.0
    validated_step: int = 0
    validation_seconds: float = 0.0
    scores: dict[str, float] = field(default_factory=dict)
    best: dict[str, float] | None = None
    best_step: int = 0
    window: dict[str, float] = field(default_factory=dict)
    scaler: dict[str, float] = field(default_factory=dict)

    @property
    def position(self) -> Position:
        """The next micro-batch of every rank."""
        return Position(self.epoch, self.micro_batch)

    def to_json(self) -> dict[str, Any]:
        """Plain data; floats survive JSON to the last bit."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LoopState:
        """Build the state from the JSON of a checkpoint.

        Args:
            data: As ``to_json`` gives it.

        Returns:
            The state.

        Raises:
            CheckpointError: The state was written by another version.
        """
        names = {item.name for item in dataclasses.fields(cls)}
        if set(data) != names:
            odd = ", ".join(sorted(set(data) ^ names))
            raise CheckpointError(f"the state of this checkpoint differs in: {odd}")
        return cls(**data)

    def account(self, result: StepResult, after: Position) -> None:
        """Count a finished step.

        Args:
            result: The step's counts and sums.
            after: The micro-batch after the step.
        """
        self.step += 1
        self.epoch, self.micro_batch = after
        self.tokens += result.count
        self.pictures += result.pictures
        if not result.updated:
            self.skipped += 1
            self.skipped_in_a_row += 1
            return
        self.skipped_in_a_row = 0
        self.updates += 1
        window = self.window
        increments = {"count": result.count, "steps": 1, "norm": result.norm, **result.sums}
        for name, value in increments.items():
            window[name] = window.get(name, 0) + value
        window["norm_max"] = max(window.get("norm_max", 0.0), result.norm)

    def take_window(self) -> dict[str, float]:
        """Means since the last call: the loss and the task's logs by count, the norm by step."""
        window, self.window = self.window, {}
        if not window:
            return {"loss": math.nan, "norm": math.nan, "norm_max": math.nan}
        plain = {"count", "steps", "norm", "norm_max"}
        means = {name: window[name] / window["count"] for name in window if name not in plain}
        return means | {"norm": window["norm"] / window["steps"], "norm_max": window["norm_max"]}
