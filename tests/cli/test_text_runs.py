"""Runs of text readers: where they go, what is said of their lines before."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from inchify.cli import show as looking
from inchify.cli import train as training
from inchify.cli.jobs import JOBS, job_of, run_folder, settings_of
from inchify.reports.text_report import write_text_report

CONFIGS = Path(__file__).parents[2] / "configs"
TINY = CONFIGS / "tiny" / "text_lines.yaml"


def test_runs_stand_by_data_network_and_time(tmp_path: Path) -> None:
    now = datetime(2026, 11, 20, 9, 5)
    folder = run_folder(tmp_path, TINY, now=now)
    assert folder == tmp_path / "lines" / "crnn-light" / "2026-11-20-09-05"
    folder.mkdir(parents=True)
    assert run_folder(tmp_path, TINY, now=now).name == "2026-11-20-09-05-2"
    other = run_folder(tmp_path, CONFIGS / "tiny" / "text_paper.yaml", now=now)
    assert other.parent == tmp_path / "lines" / "crnn-paper"
    graph = run_folder(tmp_path, CONFIGS / "tiny" / "graph.yaml", now=now)
    assert graph.parent == tmp_path / "graph" / "graph"


def test_training_goes_there_and_is_continued_by_its_folder(tmp_path: Path) -> None:
    words = ["training.steps=3"]
    training.train(TINY, runs=tmp_path, assignments=words, quiet=True)
    (run,) = tmp_path.glob("lines/crnn-light/*")
    names = {path.name for path in run.iterdir()}
    assert {"best", "checkpoints", "log.jsonl", "tensorboard"} <= names
    assert list((run / "tensorboard").iterdir()), "curves are written"
    training.train(TINY, run, assignments=["training.steps=5"], quiet=True)
    events = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [event["from"] for event in events if event["event"] == "start"][-1] == "checkpoint"
    assert events[-1]["step"] == 5


def test_one_place_must_be_named(tmp_path: Path) -> None:
    for words in ({}, {"output": tmp_path, "runs": tmp_path}):
        with pytest.raises(ValueError, match="one of --output FOLDER and --runs ROOT"):
            training.train(TINY, **words)  # type: ignore[arg-type]


def test_a_text_job_is_known_and_an_old_one_refused(tmp_path: Path) -> None:
    assert job_of(TINY) == "text" and {"graph", "sequence", "text"} <= set(JOBS)
    assert settings_of(TINY, ["seed=5"]).seed == 5
    old = tmp_path / "old.yaml"
    old.write_text("task: label\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"'task' is 'label'; allowed: .*text"):
        job_of(old)


def test_the_report_counts_and_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from inchify.tasks.text_recognition.settings import load_text_settings

    page = tmp_path / "lines.html"
    words = write_text_report(load_text_settings(TINY), page, count=5, drawn=40)
    assert "lines " in words and "width / height" in words and "40" in words
    html = page.read_text(encoding="utf-8")
    assert html.count("<img") == 5 and "left out: no contrast" in html
    with pytest.raises(ValueError, match="the report of a text configuration"):
        write_text_report(load_text_settings(TINY), tmp_path / "a.png", drawn=1)
    looking.show(TINY)
    assert "source: lines" in capsys.readouterr().out
