"""Two processes are one process: same total batch, same weights, on the CPU with gloo."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import torch
from tests.training.runs import log_lines, settings_of, start_process
from tests.training.toy import ToyTask

from inchify.config import to_dict
from inchify.training.checkpoint import latest, load
from inchify.training.trainer import fit


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def launch(folder: Path, *steps: int, **changes: object) -> dict[str, object]:
    """Trains up to each number of steps in two processes; returns their last summary."""
    task = {"epoch": 8, "dropout": 0.0, "statistics": False}
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node=2", "--master-addr=127.0.0.1"]
    launcher += [f"--master-port={free_port()}"]
    process = start_process(
        folder,
        to_dict(settings_of(**changes)),
        task,
        *("--steps", *map(str, steps)),
        launcher=launcher,
    )
    output, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    summaries = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    last = [summary for summary in summaries if summary["step"] == steps[-1]]
    assert len(summaries) == 2 * len(steps) and len(last) == 2
    for summary in last:
        summary.pop("seconds")
    assert last[0] == last[1]
    return last[0]


def test_two_processes_equal_one(tmp_path: Path) -> None:
    """Micro-batches of unequal length, two on each of two ranks against four on one; then resumed.

    A task that shares its batches round robin shows both the same pictures in every step.
    """
    plain = {"total_batch": 16, "validate_every": 2, "epsilon": 1e-5, "checkpoint_every": None}
    plain |= {"log_every": 1, "schedule": "constant"}
    two = launch(tmp_path / "two", 3, 5, **plain)
    task = ToyTask(epoch=8, dropout=0.0, statistics=False)
    one = fit(task, settings_of(steps=5, **plain), tmp_path / "one", progress=False)
    assert two["tokens"] == one["tokens"] and two["pictures"] == one["pictures"] == 80
    weights = [load(latest(tmp_path / name)) for name in ("one", "two")]
    for kind in ("weights", "averaged"):
        mine, theirs = (getattr(snapshot, kind) for snapshot in weights)
        worst = max(float((mine[name] - theirs[name]).abs().max()) for name in mine)
        assert worst < 1e-5, (kind, worst)
    logs = [log_lines(tmp_path / name, "train", "validation") for name in ("one", "two")]
    assert len(logs[0]) == len(logs[1]) - 1  # the run that was cut validated at its own end, too
    by_step = [
        {(line["event"], line["step"]): line["loss"] for line in lines} for lines in reversed(logs)
    ]
    for key, loss in by_step[1].items():
        torch.testing.assert_close(by_step[0][key], loss, rtol=1e-5, atol=0)
