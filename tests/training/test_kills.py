"""Real processes that are really killed, at random moments and politely."""

from __future__ import annotations

import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.training.runs import assert_same_run, settings_of, start_process
from tests.training.toy import ToyTask

from inchify.config import to_dict
from inchify.training.checkpoint import checkpoints, latest, load_latest
from inchify.training.signals import StopRequested, StopSignals
from inchify.training.trainer import fit
from inchify.types import Batch

KILLS = 3


def wait_for(folder: Path, step: int, limit: float = 900.0) -> None:
    """Returns once the run has saved a checkpoint of ``step`` or later."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = latest(folder)
        if found is not None and int(found.name.removeprefix("step-")) >= step:
            return
        time.sleep(0.005)
    raise AssertionError(f"no checkpoint of step {step} within {limit} s")


def test_kill_9_at_random_moments(tmp_path: Path) -> None:
    """Saving at every step, with kills in between: the latest always loads, nothing goes back."""
    settings = settings_of(steps=400, checkpoint_every=1, validate_every=50, keep=2)
    dice = random.Random(0)
    reached = 0
    for _ in range(KILLS):
        process = start_process(tmp_path, to_dict(settings), {})
        wait_for(tmp_path, reached + 2)
        time.sleep(dice.uniform(0.0, 0.15))
        process.kill()
        process.communicate()
        snapshot = load_latest(tmp_path)
        assert snapshot is not None and snapshot.state["step"] >= reached + 2
        assert process.returncode == -signal.SIGKILL
        reached = snapshot.state["step"]
    shorter = settings_of(steps=reached + 3, checkpoint_every=1, validate_every=50, keep=2)
    fit(ToyTask(), shorter, tmp_path, progress=False)
    assert len(checkpoints(tmp_path)) == 2
    assert not [path for path in tmp_path.rglob(".*")]


def test_polite_stop_saves_and_says_so(tmp_path: Path) -> None:
    settings = settings_of(steps=12, checkpoint_every=4, validate_every=6)
    process = start_process(tmp_path / "killed", to_dict(settings), {"nap": 0.2})
    wait_for(tmp_path / "killed", 4)
    process.send_signal(signal.SIGTERM)
    _, text = process.communicate(timeout=600)
    assert process.returncode == 143, text
    assert "SIGTERM: saving a checkpoint" in text
    assert "Traceback" not in text
    assert 4 <= load_latest(tmp_path / "killed").state["step"] < 12
    fit(ToyTask(), settings, tmp_path / "killed", progress=False)
    fit(ToyTask(), settings, tmp_path / "straight", progress=False)
    assert_same_run(tmp_path / "straight", tmp_path / "killed")


def test_control_c_while_loading(tmp_path: Path) -> None:
    """The step that is under way is finished and saved."""

    class Interrupted(ToyTask):
        def make(self, number: int) -> Batch:
            if number == 5:
                signal.raise_signal(signal.SIGINT)
            return super().make(number)

    settings = settings_of(steps=8, checkpoint_every=None)
    with pytest.raises(SystemExit) as caught:
        fit(Interrupted(), settings, tmp_path / "cut", progress=False)
    assert caught.value.code == 130
    assert load_latest(tmp_path / "cut").state["step"] == 5
    for name in ("cut", "straight"):
        fit(ToyTask(), settings, tmp_path / name, progress=False)
    assert_same_run(tmp_path / "straight", tmp_path / "cut")


def test_second_signal_quits_at_once(tmp_path: Path) -> None:
    settings = settings_of(steps=12, checkpoint_every=1)
    process = start_process(tmp_path, to_dict(settings), {"nap": 600.0})
    time.sleep(0.2)
    while process.poll() is None and not (tmp_path / "log.jsonl").exists():
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while "saving a checkpoint" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=300)  # half of what the batch under way takes
    assert process.returncode == 130


def test_a_signal_cuts_off_a_validation(tmp_path: Path) -> None:
    """A long validation does not hold up the checkpoint, and it is made up for afterwards."""

    class Slow(ToyTask):
        def validate(self, network: Any, *, batches: int | None, **place: int) -> Any:
            if batches is None and self.nap:
                signal.raise_signal(signal.SIGTERM)
                raise AssertionError("the signal was not taken at once")
            return super().validate(network, batches=batches, **place)

    settings = settings_of(steps=6, validate_every=4)
    with pytest.raises(SystemExit) as caught:
        fit(Slow(nap=0.001), settings, tmp_path / "cut", progress=False)
    assert caught.value.code == 143
    state = load_latest(tmp_path / "cut").state
    assert state["step"] == 4 and state["validated_step"] == 0
    for name in ("cut", "straight"):
        fit(Slow(), settings, tmp_path / name, progress=False)
    assert_same_run(tmp_path / "straight", tmp_path / "cut")


def test_handlers_are_put_back(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    fit(ToyTask(), settings_of(steps=2), tmp_path / "main", progress=False)
    results: list[dict[str, Any]] = []
    thread = threading.Thread(
        target=lambda: results.append(
            fit(ToyTask(), settings_of(steps=2), tmp_path / "thread", progress=False)
        )
    )
    thread.start()
    thread.join()
    assert results[0]["finished"]
    assert before == [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with StopSignals() as signals:
        signal.raise_signal(signal.SIGTERM)
        assert signals.received == signal.SIGTERM
        with pytest.raises(StopRequested), signals.interrupting():
            raise AssertionError("never reached")
