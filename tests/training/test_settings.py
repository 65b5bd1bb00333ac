"""Settings are checked, durations become steps in one place, schedules are pure functions."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inchify.config import build, to_dict
from inchify.training.schedules import attention, schedule_of, warmup_then_cosine
from inchify.training.settings import (
    TrainingSettings,
    accumulation_of,
    derive_accumulation,
    duration_in_steps,
    warmup_in_steps,
)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "exactly one must be set, got none"),
        ({"steps": 5, "epochs": 2.0}, r"got \['steps', 'epochs'\]"),
        ({"steps": 0}, "'steps' is 0"),
        ({"steps": 5, "learning_rate": -1.0}, r"'learning_rate' is -1\.0"),
        ({"steps": 5, "learning_rate": math.nan}, "'learning_rate' is nan"),
        ({"steps": 5, "keep": 0}, "'keep' is 0"),
        ({"steps": 5, "clip_norm": 0.0}, r"'clip_norm' is 0\.0"),
        ({"steps": 5, "warmup": -1.0}, "'warmup' is -1"),
        ({"steps": 5, "averaging_decay": 1.0}, r"'averaging_decay' is 1\.0"),
        ({"steps": 5, "betas": (0.9, 1.0)}, r"'betas' is \(0\.9, 1\.0\)"),
        ({"steps": 5, "final_factor": 2.0}, r"'final_factor' is 2\.0; it must be between 0 and 1"),
    ],
)
def test_wrong_settings_name_key_and_value(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainingSettings(**changes)


def test_round_trip_through_plain_data() -> None:
    settings = TrainingSettings(epochs=1.5, encoder_learning_rate=1e-5, precision="bf16")
    assert build(TrainingSettings, to_dict(settings)) == settings
    with pytest.raises(ValueError, match="it must be one of fp32, bf16, fp16"):
        build(TrainingSettings, {"steps": 1, "precision": "fp8"})


@given(micro=st.integers(1, 500), world=st.integers(1, 8), accumulation=st.integers(1, 50))
def test_accumulation_is_what_divides(micro: int, world: int, accumulation: int) -> None:
    total = micro * world * accumulation
    assert derive_accumulation(total, micro, world) == accumulation
    if micro * world > 1:
        with pytest.raises(ValueError, match="must be a multiple of"):
            derive_accumulation(total + 1, micro, world)
        with pytest.raises(ValueError, match="must be a multiple of"):
            derive_accumulation(micro * world - 1, micro, world)


def test_accumulation_of_settings_or_of_the_task() -> None:
    assert accumulation_of(TrainingSettings(steps=1), None, 4) == 1
    assert accumulation_of(TrainingSettings(steps=1, total_batch=24), 3, 2) == 4
    assert accumulation_of(TrainingSettings(steps=1, total_batch=24, micro_batch=12), 3, 2) == 1
    with pytest.raises(ValueError, match="'micro_batch' must be set"):
        accumulation_of(TrainingSettings(steps=1, total_batch=24), None, 1)


def test_durations_become_steps() -> None:
    def steps(accumulation: int = 1, world: int = 1, **length: Any) -> int:
        return duration_in_steps(
            TrainingSettings(**length),
            lambda epoch: 10 + epoch,
            accumulation=accumulation,
            world=world,
        )

    assert steps(steps=7, accumulation=3) == 7
    assert steps(epochs=2.0) == 21
    assert steps(epochs=2.0, accumulation=2) == 10
    assert steps(epochs=1.5) == 15
    assert steps(epochs=0.01) == 1
    pictures = {"micro_batch": 4, "batch_unit": "pictures"}
    assert steps(examples=100, **pictures) == 25
    assert steps(examples=100, accumulation=3, world=2, **pictures) == 5
    with pytest.raises(ValueError, match="'examples' needs 'batch_unit' pictures"):
        steps(examples=100, micro_batch=4)


def test_warmup_is_steps_or_a_share() -> None:
    assert warmup_in_steps(TrainingSettings(steps=200, warmup=0.1), 200) == 20
    assert warmup_in_steps(TrainingSettings(steps=200, warmup=50), 200) == 50
    with pytest.raises(ValueError, match="'warmup' is 300 steps"):
        schedule_of(TrainingSettings(steps=200, warmup=300), 200)


@given(
    name=st.sampled_from(["cosine", "attention", "linear", "constant"]),
    steps=st.integers(1, 400),
    warmup=st.integers(0, 400),
    final=st.floats(0, 1),
)
def test_every_schedule_climbs_then_never_rises(
    name: Any, steps: int, warmup: int, final: float
) -> None:
    warmup = min(warmup, steps)
    settings = TrainingSettings(steps=steps, warmup=warmup, schedule=name, final_factor=final)
    factor = schedule_of(settings, steps)
    values = [factor(step) for step in range(steps)]
    assert all(0 <= value <= 1 for value in values) and values[0] > 0
    if warmup > 1:
        assert values[0] == pytest.approx(1 / warmup)
        assert values[warmup - 1] == pytest.approx(1)
    climb, fall = values[:warmup], values[warmup:]
    assert climb == sorted(climb) and fall == sorted(fall, reverse=True)


def test_schedules_by_hand() -> None:
    assert warmup_then_cosine(60, warmup=20, steps=100, final=0.2) == pytest.approx(0.6)
    assert warmup_then_cosine(100, warmup=20, steps=100, final=0.2) == pytest.approx(0.2)
    # the paper: width^-0.5 * min(step^-0.5, step * warmup^-1.5), steps from 1
    for step in (1, 10, 4000, 9000):
        paper = 512**-0.5 * min(step**-0.5, step * 4000**-1.5)
        assert attention(step - 1, warmup=4000) * (512 * 4000) ** -0.5 == pytest.approx(paper)


def test_warmup_and_cosine_are_those_of_transformers() -> None:
    """An independent implementation as oracle; it counts from 0, we from 1, during the warmup."""
    import torch
    from transformers import get_cosine_schedule_with_warmup

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = get_cosine_schedule_with_warmup(optimizer, 10, 50)
    factor = schedule_of(TrainingSettings(steps=50, warmup=10), 50)
    for step in range(50):
        shifted = step - 1 if step < 10 else step
        if step:
            assert factor(shifted) == pytest.approx(theirs.get_last_lr()[0], abs=1e-7)
        optimizer.step()
        theirs.step()
