"""A run that was stopped anywhere and resumed is the uninterrupted run, to the last bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.training.runs import assert_same_run, log_lines, settings_of
from tests.training.toy import ToyTask

from inchify.io.tensor_folders import CheckpointError
from inchify.training.checkpoint import load_weights
from inchify.training.trainer import fit
from inchify.types import Batch


@dataclass
class CrashingTask(ToyTask):
    """Fails while it loads the micro-batch with this number, counted over all epochs."""

    crash: int = -1

    def batches(self, epoch: int, **place: Any) -> Iterator[Batch]:
        for batch in super().batches(epoch, **place):
            if batch.image_ids[0] == f"{self.crash}-0":
                raise ConnectionResetError("a worker died")
            yield batch


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("accumulation", [1, 3])
def test_killed_and_resumed_is_uninterrupted(
    tmp_path: Path, precision: str, accumulation: int
) -> None:
    settings = settings_of(precision=precision, total_batch=4 * accumulation, steps=14)
    straight = fit(ToyTask(), settings, tmp_path / "straight", progress=False)
    assert straight["finished"] and straight["step"] == 14
    # an epoch has 7 micro-batches: in the first step, in the middle, at the end and after it
    for step in (1, 6, 7, 10):
        task = CrashingTask(crash=step * accumulation)
        with pytest.raises(RuntimeError, match=r"loading micro-batch \d+ of epoch \d+ failed"):
            fit(task, settings, tmp_path / "killed", progress=False)
    # what the kills left half written
    (tmp_path / "killed" / "checkpoints" / ".unfinished-step-1-1").mkdir(exist_ok=True)
    with (tmp_path / "killed" / "log.jsonl").open("a") as log:
        log.write('{"event": "train", "st')
    fit(ToyTask(), settings, tmp_path / "killed", progress=False)
    assert_same_run(tmp_path / "straight", tmp_path / "killed")
    assert not list((tmp_path / "killed" / "checkpoints").glob(".*"))


def test_every_step_can_be_the_last_one(tmp_path: Path) -> None:
    settings = settings_of(steps=5, total_batch=8, validate_every=2)
    fit(ToyTask(), settings, tmp_path / "straight", progress=False)
    summary = {"finished": False}
    runs = 0
    while not summary["finished"]:
        # no time at all: each run makes one step, or one validation that it owes
        summary = fit(ToyTask(), settings, tmp_path / "short", stop_after=0.0, progress=False)
        runs += 1
        assert summary["reason"] in ("stop_after", "steps") and runs < 20
    assert runs >= 5
    assert_same_run(tmp_path / "straight", tmp_path / "short")
    again = fit(ToyTask(), settings, tmp_path / "short", progress=False)
    assert again["finished"] and again["scores"] == summary["scores"]


def test_another_seed_is_another_run(tmp_path: Path) -> None:
    """The comparison above can fail: dropout depends on the seed."""
    for seed in (0, 1):
        fit(ToyTask(), settings_of(steps=3, seed=seed), tmp_path / str(seed), progress=False)
    with pytest.raises(AssertionError):
        assert_same_run(tmp_path / "0", tmp_path / "1")


def test_resume_refuses_another_meaning_of_the_position(tmp_path: Path) -> None:
    settings = settings_of(steps=3)
    fit(ToyTask(), settings, tmp_path, progress=False)
    longer = replace(settings, steps=4)
    cases: list[tuple[Any, Any, str]] = [
        (ToyTask(), replace(longer, seed=5), "'seed' is 0, now it is 5"),
        (ToyTask(), replace(longer, total_batch=8), "'accumulation' is 1, now it is 2"),
        (ToyTask(), replace(longer, averaging_decay=None), "'averaging_decay'"),
        (ToyTask(seed=1), longer, "another task, which differs in: data"),
        (ToyTask(vocabulary=13), longer, r"'embedding.weight' is \(12, 16\), .* \(13, 16\)"),
    ]
    for task, changed, message in cases:
        with pytest.raises(CheckpointError, match=message):
            fit(task, changed, tmp_path, progress=False)
    assert fit(ToyTask(), longer, tmp_path, progress=False)["step"] == 4
    changed = [line.get("changed") for line in log_lines(tmp_path, "start")]
    assert changed[-1] == {"steps": [3, 4]}


def test_order_of_loading(tmp_path: Path) -> None:
    """Resume, else init_from, else scratch."""
    settings = settings_of(steps=2, learning_rate=1e-9, averaging_decay=None)
    fit(ToyTask(seed=7), settings, tmp_path / "first", progress=False)
    _, first = load_weights(tmp_path / "first")
    start = {"init_from": tmp_path / "first", "progress": False}
    fit(ToyTask(), settings, tmp_path / "second", **start)
    _, second = load_weights(tmp_path / "second")
    assert (second["head.weight"] - first["head.weight"]).abs().max() < 1e-6
    scratch = ToyTask()
    assert (scratch.network.head.weight - first["head.weight"]).abs().max() > 1e-2
    fit(ToyTask(), settings, tmp_path / "third", progress=False)
    summary = fit(ToyTask(), replace(settings, steps=3), tmp_path / "third", **start)
    assert summary["step"] == 3
    _, third = load_weights(tmp_path / "third" / "best")
    assert (third["head.weight"] - scratch.network.head.weight).abs().max() < 1e-6
    with pytest.raises(CheckpointError, match="neither a checkpoint nor a run folder"):
        fit(ToyTask(), settings, tmp_path / "fourth", init_from=tmp_path, progress=False)
    with pytest.raises(CheckpointError, match="another architecture or vocabulary"):
        fit(ToyTask(vocabulary=13), settings, tmp_path / "fifth", **start)


def test_without_resume_an_old_run_is_not_mixed_in(tmp_path: Path) -> None:
    settings = settings_of(steps=2)
    fit(ToyTask(), settings, tmp_path, resume=False, progress=False)
    with pytest.raises(
        ValueError, match="step-00000002: there is a run in this folder and 'resume' is off"
    ):
        fit(ToyTask(), settings, tmp_path, resume=False, progress=False)
