"""The main job from the command line: no data, two folds, one submission, all in under a minute."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from inchify.chemistry.metrics import score

ROOT = Path(__file__).parents[2]
TINY = ROOT / "configs" / "tiny" / "cnn_transformer.yaml"

pytestmark = pytest.mark.journey


def inchify(*words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """One command as a user types it."""
    command = [sys.executable, "-m", "inchify", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, cwd=ROOT)
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A competition, its work folder and two trained folds."""
    folder = tmp_path_factory.mktemp("job")
    inchify("synth", "--output", folder / "competition", "--train", 120, "--test", 10, "--jobs", 1)
    inchify("preprocess", folder / "competition", "--output", folder / "work", "--jobs", 1)
    for fold in (0, 1):
        inchify(
            "train",
            TINY,
            "--data",
            folder / "work",
            "--output",
            folder / f"fold{fold}",
            "--fold",
            fold,
            "--quiet",
        )
    return folder


def rows(path: Path) -> dict[str, str]:
    with path.open(newline="", encoding="utf-8") as stream:
        return {row["image_id"]: row["InChI"] for row in csv.DictReader(stream)}


def test_submission_of_one_fold_and_of_two_together(folder: Path) -> None:
    sample = rows(folder / "competition" / "sample_submission.csv")
    for name, folds in (("one", (0,)), ("two", (0, 1))):
        checkpoints = [
            word for fold in folds for word in ("--checkpoint", folder / f"fold{fold}" / "best")
        ]
        inchify(
            "submit",
            *checkpoints,
            "--input",
            folder / "competition",
            "--output",
            folder / name,
            "--beams",
            2,
            "--quiet",
        )
        answers = rows(folder / name / "submission.csv")
        assert list(answers) == list(sample)
        assert all(answer.startswith("InChI=1S/") for answer in answers.values())


def test_shards_and_ensemble(folder: Path) -> None:
    words = [
        "submit",
        "--checkpoint",
        folder / "fold0" / "best",
        "--input",
        folder / "competition",
        "--beams",
        2,
        "--quiet",
        "--output",
    ]
    inchify(*words, folder / "whole")
    for part in ("2/2", "1/2"):
        inchify(*words, folder / "parts", "--shard", part)
    whole = (folder / "whole" / "submission.csv").read_bytes()
    assert (folder / "parts" / "submission.csv").read_bytes() == whole
    inchify(
        "ensemble",
        folder / "whole" / "submission.csv",
        "--sample",
        folder / "competition" / "sample_submission.csv",
        "--output",
        folder / "same.csv",
    )
    assert (folder / "same.csv").read_bytes() == whole


def test_evaluate_tells_the_score(folder: Path) -> None:
    truth = folder / "competition" / "test_labels.csv"
    page = folder / "worst.html"
    own = inchify("evaluate", truth, truth)
    assert "0.00" in own.stdout
    told = inchify(
        "evaluate",
        folder / "competition" / "sample_submission.csv",
        truth,
        "--html",
        page,
        "--images",
        folder / "competition" / "test",
    )
    constant = ["InChI=1S/H2O/h1H2"] * len(rows(truth))
    expected = score(constant, list(rows(truth).values()))
    assert f"{expected.levenshtein.mean:.2f}" in told.stdout
    assert "<svg" in page.read_text(encoding="utf-8")


def test_predict_gives_every_picture_a_row(folder: Path, tmp_path: Path) -> None:
    pictures = sorted((folder / "competition" / "test").rglob("*.png"))[:3]
    broken = tmp_path / "broken.png"
    broken.write_bytes(pictures[0].read_bytes()[:60])
    table = tmp_path / "answers.csv"
    inchify(
        "predict",
        *pictures,
        broken,
        "--weights",
        folder / "fold0" / "best",
        "--output",
        table,
        "--beams",
        2,
    )
    with table.open(newline="", encoding="utf-8") as stream:
        answers = list(csv.DictReader(stream))
    assert [row["image_id"] for row in answers] == [*(item.stem for item in pictures), "broken"]
    assert all(row["InChI"] and not row["error"] for row in answers[:3])
    assert answers[3]["InChI"] == "" and answers[3]["error"]


def test_wrong_words_are_answered_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    for words, message in (
        (("predict", tmp_path / "nothing.png"), "there is no such file"),
        (
            ("train", tmp_path / "no.yaml", "--data", folder / "work", "--output", tmp_path),
            "no such configuration",
        ),
        (("train", TINY, "--data", tmp_path, "--output", tmp_path / "run"), "preprocess"),
        (
            (
                "train",
                TINY,
                "--data",
                folder / "work",
                "--output",
                tmp_path / "run",
                "--set",
                "training.stepz=3",
            ),
            "stepz",
        ),
        (
            (
                "submit",
                "--checkpoint",
                tmp_path,
                "--input",
                folder / "competition",
                "--output",
                tmp_path / "out",
            ),
            "checkpoint",
        ),
        (("preprocess", tmp_path, "--output", tmp_path / "out"), "train_labels.csv"),
        (
            (
                "submit",
                "--checkpoint",
                folder / "fold0" / "best",
                "--input",
                folder / "competition",
                "--output",
                tmp_path / "out",
                "--shard",
                "3/2",
            ),
            "3/2",
        ),
    ):
        done = inchify(*words, code=2)
        assert message in done.stderr and "Traceback" not in done.stderr


def test_show(folder: Path, tmp_path: Path) -> None:
    assert "digest" in inchify("show", TINY).stdout
    sheet = tmp_path / "sheet.png"
    inchify("show", folder / "work", "--output", sheet, "--count", 6)
    assert sheet.read_bytes().startswith(b"\x89PNG")
