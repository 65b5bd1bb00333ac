"""The log of a run: JSON lines, curves where TensorBoard is installed, one line of progress."""

from __future__ import annotations

import io
import itertools
import json
import sys
from pathlib import Path

import pytest
from tests.training.runs import log_lines, settings_of
from tests.training.toy import ToyTask

from inchify.training.logs import ProgressLine, RunLog, clock
from inchify.training.trainer import fit


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_carry_what_one_wants_to_know(tmp_path: Path) -> None:
    fit(ToyTask(), settings_of(steps=4, log_every=1), tmp_path, progress=False)
    lines = log_lines(tmp_path, "train")
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    wanted = {"loss", "nll", "accuracy", "norm", "norm_max", "lr", "epoch", "tokens", "pictures"}
    assert all(wanted <= set(line) for line in lines)
    # smoothed and plain loss differ; the logged count is that of the pictures shown
    assert all(line["loss"] != line["nll"] for line in lines)
    assert lines[-1]["tokens"] == sum(ToyTask().make(number).tokens for number in range(4))
    assert list((tmp_path / "tensorboard").glob("events*"))


def test_a_window_is_the_mean_over_its_tokens(tmp_path: Path) -> None:
    for every in (1, 4):
        fit(ToyTask(), settings_of(steps=4, log_every=every), tmp_path / f"{every}", progress=False)
    single = log_lines(tmp_path / "1", "train")
    (mean,) = log_lines(tmp_path / "4", "train")
    tokens = [0, *(line["tokens"] for line in single)]
    steps = [after - before for before, after in itertools.pairwise(tokens)]
    weighted = sum(line["loss"] * count for line, count in zip(single, steps, strict=True))
    assert mean["loss"] == pytest.approx(weighted / tokens[-1])
    assert mean["norm_max"] == max(line["norm"] for line in single)


def test_lines_after_the_checkpoint_are_dropped(tmp_path: Path) -> None:
    log = RunLog(tmp_path, 0, 0)
    for step in (1, 2, 3):
        log.write("train", step, {"loss": 1.0})
        log.write("validation", step, {"loss": 1.0})
    log.close()
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"event": "tr')
    RunLog(tmp_path, 2, 1).close()
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [(line["event"][0], line["step"]) for line in lines] == [("t", 1), ("v", 1), ("t", 2)]


def test_without_tensorboard_there_is_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.warns(UserWarning, match="no TensorBoard curves") as caught:
        fit(ToyTask(), settings_of(steps=2), tmp_path, progress=False)
    assert len([one for one in caught if "TensorBoard" in str(one.message)]) == 1
    assert len(log_lines(tmp_path, "train")) == 1


def test_progress_in_a_terminal_and_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("inchify.training.logs.time.monotonic", lambda: now[0])
    means = {"loss": 1.25, "lr": 3e-4, "norm": 0.5}
    streams = [Terminal(), io.StringIO()]
    lines = [ProgressLine(100, 20, stream=stream) for stream in streams]
    for step in range(21, 61):
        now[0] += 2.0
        for line in lines:
            line.show(step, means, tokens=50 * (step - 20), pictures=4 * (step - 20))
    text, plain = (stream.getvalue() for stream in streams)
    assert "\n" not in text and text.count("\r") == 40
    last = text.split("\r")[-1]
    # 40 steps took 80 s, so the 40 that are left take 80 s more
    for part in ("step 60/100", "loss 1.2500", "lr 3.00e-04", "norm 0.50", "25 tokens/s"):
        assert part in last
    assert "2.0 pictures/s" in last and "0:01:20 left" in last
    assert "\r" not in plain and len(plain.splitlines()) == 2
    assert clock(3723.4) == "1:02:03"
