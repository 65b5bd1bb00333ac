"""Candidates of several runs and the pictures become one submission by the judge's choice."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.verification.pictures import clear_inchis, noisy_picture

from inchify.competition.candidates import CandidateRow, to_line
from inchify.competition.judged import CandidatesReader
from inchify.competition.run import submit
from inchify.competition.write import read_submission
from inchify.types import Candidate
from inchify.verification.verifier import VerifierSettings

INCHIS = clear_inchis(4)
# Readers that put the truth last cost an answer some of its chance.
EASY = VerifierSettings(verified_chance=0.9)
IDS = ["aaaa", "bbbb", "cccc", "dddd"]


def as_they_are(texts: list[str]) -> list[str]:
    return list(texts)


@pytest.fixture
def competition(tmp_path: Path) -> Path:
    """Three pictures, and one that is no picture."""
    folder = tmp_path / "input"
    (folder / "test").mkdir(parents=True)
    rows = "".join(f"{name},InChI=1S/H2O/h1H2\n" for name in IDS)
    (folder / "sample_submission.csv").write_text(f"image_id,InChI\n{rows}")
    for seed, (name, inchi) in enumerate(zip(IDS[:3], INCHIS, strict=False)):
        intensity = noisy_picture(inchi, seed, bond=40)
        assert intensity is not None
        picture = np.where(intensity, 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / "test" / f"{name}.png"), picture)
    (folder / "test" / f"{IDS[3]}.png").write_bytes(b"no picture")
    return folder


def run_of(path: Path, lists: list[list[str]]) -> Path:
    rows = [
        CandidateRow(name, tuple(Candidate(t, -float(n), 1, "r") for n, t in enumerate(texts)))
        for name, texts in zip(IDS, lists, strict=True)
    ]
    path.write_text("".join(map(to_line, rows)))
    return path


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Two runs that are both wrong at first; the right answers are in their union."""
    one, two, three, four = INCHIS
    first = run_of(tmp_path / "a.jsonl", [[two, one], [three], [two, one], [four]])
    second = run_of(tmp_path / "b.jsonl", [[three], [one, two], [one, three], [four, one]])
    return [first, second]


def answers(runs: list[Path], competition: Path, output: Path) -> dict[str, str]:
    reader = CandidatesReader(runs, competition / "sample_submission.csv", EASY)
    made = submit(reader, competition, output, about=reader.about, window=2, normalize=as_they_are)
    reader.close()
    return dict(read_submission(made))


def test_the_pictures_decide(runs: list[Path], competition: Path, tmp_path: Path) -> None:
    found = answers(runs, competition, tmp_path / "out")
    assert found == dict(zip(IDS, INCHIS, strict=True))
    with (tmp_path / "out" / "verdicts.csv").open() as stream:
        verdicts = {row["image_id"]: row for row in csv.DictReader(stream)}
    assert [verdicts[name]["verified"] for name in IDS] == ["true", "true", "true", "false"]
    assert all(float(verdicts[name]["confidence"]) > 0.9 for name in IDS[:3])


def test_pictures_that_show_nothing_are_named(
    runs: list[Path], competition: Path, tmp_path: Path
) -> None:
    cv2.imwrite(str(competition / "test" / "aaaa.png"), np.full((60, 80), 255, np.uint8))
    cv2.imwrite(str(competition / "test" / "bbbb.png"), np.zeros((60, 80), np.uint8))
    answers(runs, competition, tmp_path / "out")
    with (tmp_path / "out" / "verdicts.csv").open() as stream:
        errors = {row["image_id"]: row["error"] for row in csv.DictReader(stream)}
    assert errors["aaaa"] == errors["bbbb"] == "the picture is empty: no ink was found"
    assert not errors["cccc"] and "dddd.png" in errors["dddd"]


def test_a_run_that_was_stopped_ends_with_the_same_bytes(
    runs: list[Path], competition: Path, tmp_path: Path
) -> None:
    answers(runs, competition, tmp_path / "whole")
    half = tmp_path / "half"
    answers(runs, competition, half)
    candidates = half / "candidates_1_of_1.jsonl"
    lines = candidates.read_bytes().splitlines(keepends=True)
    candidates.write_bytes(b"".join(lines[:2]) + lines[2][:20])
    for name in ("submission.csv", "verdicts.csv", "manifest.json"):
        (half / name).unlink()
    answers(runs, competition, half)
    for name in ("candidates_1_of_1.jsonl", "submission.csv", "verdicts.csv"):
        assert (half / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_other_candidates_are_another_run(
    runs: list[Path], competition: Path, tmp_path: Path
) -> None:
    answers(runs, competition, tmp_path / "out")
    with pytest.raises(ValueError, match="begun with other settings"):
        answers(runs[:1], competition, tmp_path / "out")
