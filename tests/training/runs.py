"""Helpers for comparing two training runs on disk, and for starting one as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inchify.training.checkpoint import latest
from inchify.training.settings import TrainingSettings

ROOT = Path(__file__).parents[2]
WALL_CLOCK = {"seconds", "validation_seconds"}


def settings_of(**changes: Any) -> TrainingSettings:
    """Small, quick settings of a reproducible run on the CPU."""
    plain: dict[str, Any] = {
        "steps": 10,
        "micro_batch": 4,
        "total_batch": 4,
        "batch_unit": "pictures",
        "learning_rate": 3e-3,
        "warmup": 1,
        "averaging_decay": 0.9,
        "validate_every": 4,
        "checkpoint_every": 3,
        "checkpoint_seconds": None,
        "log_every": 2,
        "threads": 1,
        "device": "cpu",
    }
    return TrainingSettings(**(plain | changes))


def without_clock(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in WALL_CLOCK}


def log_lines(folder: Path, *events: str) -> list[dict[str, Any]]:
    """The lines of these kinds (all but ``start`` when none is named), without wall-clock times."""
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [
        without_clock(line)
        for line in lines
        if (line["event"] in events if events else line["event"] != "start")
    ]


def assert_same_run(one: Path, other: Path) -> None:
    """The last checkpoints, the best weights and the logs are equal to the last bit."""
    last_one, last_other = latest(one), latest(other)
    assert last_one is not None and last_other is not None and last_one.name == last_other.name
    for name in ("weights", "averaged", "optimiser"):
        file = f"{name}.safetensors"
        assert (last_one / file).read_bytes() == (last_other / file).read_bytes(), file
    states = [json.loads((path / "state.json").read_text()) for path in (last_one, last_other)]
    assert without_clock(states[0]) == without_clock(states[1])
    best = [(path / "best" / "weights.safetensors").read_bytes() for path in (one, other)]
    assert best[0] == best[1]
    assert log_lines(one) == log_lines(other)


def start_process(
    folder: Path,
    settings: dict[str, Any],
    task: dict[str, Any],
    *more: str,
    launcher: Sequence[str] = (),
) -> subprocess.Popen[str]:
    """A training of the toy task in a process of its own."""
    command = [sys.executable, *launcher, "-m", "tests.training.toy", str(folder), *more]
    command += ["--settings", json.dumps(settings), "--task", json.dumps(task)]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
