"""Validation: memory stays flat, a broken one fails at once, averaged weights are judged."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.training.runs import log_lines, settings_of
from tests.training.toy import ToyTask

from inchify.training.averaging import Averaging
from inchify.training.checkpoint import load_weights
from inchify.training.processes import Processes
from inchify.training.signals import StopSignals
from inchify.training.trainer import fit
from inchify.training.validation import validate


def living_tensors() -> int:
    gc.collect()
    # by type: isinstance() would wake up every lazy proxy that any library holds
    return sum(1 for thing in gc.get_objects() if issubclass(type(thing), torch.Tensor))


def test_memory_is_flat_over_many_validations() -> None:
    """No graph, prediction or copy of the weights outlives a validation, averaged or not."""
    task = ToyTask()
    processes = Processes(settings_of())
    for averaging in (None, Averaging(task.network, 0.9)):
        counts = []
        for _ in range(3):
            scores = validate(
                task,
                task.network,
                processes,
                averaging=averaging,
                batches=20,
                signals=StopSignals(),
            )
            assert set(scores) == {"loss"} and task.network.training
            counts.append(living_tensors())
        assert len(set(counts[1:])) == 1, counts


def test_no_graph_is_kept_within_a_validation() -> None:
    """Even a task that adds up its losses as tensors cannot hold on to their graphs."""

    class Hoarding(ToyTask):
        def validate(self, network: Any, **options: Any) -> dict[str, tuple[float, int]]:
            losses = [self.loss(network, self.make(number)).total for number in range(5)]
            assert all(loss.grad_fn is None and not loss.requires_grad for loss in losses)
            return {"loss": (float(sum(losses)), 5)}

    scores = validate(
        Hoarding(),
        ToyTask().network,
        Processes(settings_of()),
        averaging=None,
        batches=None,
        signals=StopSignals(),
    )
    assert scores["loss"] > 0


def test_memory_is_flat_over_a_training(tmp_path: Path) -> None:
    counts = []

    class Counting(ToyTask):
        def validate(self, network: Any, *, batches: int | None, **place: int) -> Any:
            if batches is None:
                counts.append(living_tensors())
            return super().validate(network, batches=batches, **place)

    settings = settings_of(steps=8, validate_every=2, total_batch=12)
    fit(Counting(), settings, tmp_path, progress=False)
    # the last validation has no next step's micro-batches beside it
    assert len(counts) == 4 and max(counts[1:-1]) - min(counts[1:-1]) <= 0, counts


def test_a_broken_validation_fails_before_the_first_step(tmp_path: Path) -> None:
    class Broken(ToyTask):
        def validate(self, network: Any, **options: Any) -> Any:
            raise KeyError("no such column")

    class Empty(ToyTask):
        def validate(self, network: Any, **options: Any) -> Any:
            return {"loss": (0.0, 0)}

    with pytest.raises(KeyError, match="no such column"):
        fit(Broken(), settings_of(), tmp_path / "broken", progress=False)
    with pytest.raises(ValueError, match="validation score 'loss' counted nothing"):
        fit(Empty(), settings_of(), tmp_path / "empty", progress=False)
    assert log_lines(tmp_path / "broken") == []


def test_best_is_the_best_and_it_is_the_average(tmp_path: Path) -> None:
    """Scores go down and up again; best/ holds the averaged weights of the lowest."""
    seen: list[float] = []
    scores = iter([9.0, 3.0, 1.0, 2.0, 5.0])

    class Scripted(ToyTask):
        def validate(self, network: Any, *, batches: int | None, **place: int) -> Any:
            assert not network.training
            if batches is None:
                seen.append(float(network.head.bias[0]))
                return {"loss": (next(scores), 1)}
            return {"loss": (0.0, 1)}

    settings = settings_of(steps=5, validate_every=1, checkpoint_every=1, keep=9)
    summary = fit(Scripted(), settings, tmp_path, progress=False)
    assert summary["best"] == {"loss": 1.0} and summary["best_step"] == 3
    description, weights = load_weights(tmp_path)
    assert description["step"] == 3 and description["scores"] == {"loss": 1.0}
    assert description["task"] == ToyTask().describe()
    assert weights["head.bias"][0] == seen[2]
    _, averaged = load_weights(tmp_path / "checkpoints" / "step-00000003")
    assert all(torch.equal(weights[name], averaged[name]) for name in averaged)
    names = {path.name for path in (tmp_path / "best").iterdir()}
    assert names == {"weights.safetensors", "description.json", "manifest.json"}


def test_ending_by_the_clock_still_validates(tmp_path: Path) -> None:
    settings = settings_of(steps=1000, seconds=0.3, validate_every=None)
    summary = fit(ToyTask(), settings, tmp_path, progress=False)
    assert summary["finished"] and summary["reason"] == "seconds"
    assert 0 < summary["step"] < 1000 and summary["scores"]
    again = fit(ToyTask(), settings, tmp_path, progress=False)
    assert again["step"] == summary["step"]
