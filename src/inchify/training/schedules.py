"""Learning-rate schedules, as pure functions of the step.

Steps count from 0. During the warmup the factor climbs in equal parts and reaches 1 with the last
of its steps, so that the first update is already a small one and never zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from inchify.training.settings import TrainingSettings, warmup_in_steps


def warmup_then_constant(step: int, *, warmup: int) -> float:
    """Climbs over ``warmup`` steps, then stays at 1."""
    return (step + 1) / warmup if step < warmup else 1.0


def warmup_then_linear(step: int, *, warmup: int, steps: int, final: float = 0.0) -> float:
    """Climbs over ``warmup`` steps, then falls in a straight line to ``final`` after ``steps``."""
    if step < warmup:
        return (step + 1) / warmup
    return 1.0 - (1.0 - final) * _share(step, warmup, steps)


def warmup_then_cosine(step: int, *, warmup: int, steps: int, final: float = 0.0) -> float:
    """Climbs over ``warmup`` steps, then falls along half a cosine to ``final`` after ``steps``."""
    if step < warmup:
        return (step + 1) / warmup
    return final + (1.0 - final) * 0.5 * (1.0 + math.cos(math.pi * _share(step, warmup, steps)))


def attention(step: int, *, warmup: int) -> float:
    """The schedule of "Attention Is All You Need" (section 5.3), scaled so that its peak is 1.

    It climbs in a straight line over ``warmup`` steps and then falls as one over the square root
    of the step. The paper's width^-0.5 * warmup^-0.5 is the ``learning_rate`` here.
    """
    warmup = max(warmup, 1)
    return min((step + 1) / warmup, math.sqrt(warmup / (step + 1)))


def _share(step: int, warmup: int, steps: int) -> float:
    return min(1.0, (step - warmup) / max(1, steps - warmup))


def schedule_of(settings: TrainingSettings, steps: int) -> Callable[[int], float]:
    """The schedule that the settings name, as step -> factor."""
    warmup, final = warmup_in_steps(settings, steps), settings.final_factor
    if warmup > steps:
        raise ValueError(f"'warmup' is {warmup} steps; it must be at most the {steps} steps of all")
    schedules: dict[str, Callable[[int], float]] = {
        "constant": lambda step: warmup_then_constant(step, warmup=warmup),
        "linear": lambda step: warmup_then_linear(step, warmup=warmup, steps=steps, final=final),
        "cosine": lambda step: warmup_then_cosine(step, warmup=warmup, steps=steps, final=final),
        "attention": lambda step: attention(step, warmup=warmup),
    }
    return schedules[settings.schedule]
