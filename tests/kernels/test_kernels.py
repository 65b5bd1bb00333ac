"""The kernels run from a clean folder on a small competition, here and as if on Kaggle."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from argparse import Namespace
from itertools import islice
from pathlib import Path

import pytest
import train_in_pieces
from build import build

from inchify.competition.choose import FALLBACK
from inchify.competition.sample import picture_path, sample_ids
from inchify.competition.write import check_submission, read_submission

ROOT = Path(__file__).parents[2]
TINY = "tiny/cnn_transformer.yaml"

pytestmark = pytest.mark.journey

# A process that opens a connection to anything but itself ends with an error.
NO_INTERNET = """
import socket
def refuse(self, address):
    if self.family != socket.AF_UNIX:
        raise OSError(f"a kernel has no internet: {address}")
socket.socket.connect = refuse
"""


def python(
    script: Path, *words: object, code: int = 0, folder: Path, settings: Path | None = None
) -> str:
    """Run a script somewhere else than in the repository, without internet."""
    guard = folder / "no_internet"
    guard.mkdir(exist_ok=True)
    (guard / "sitecustomize.py").write_text(NO_INTERNET)
    environment = {**os.environ, "PYTHONPATH": str(guard), "OMP_NUM_THREADS": "1"}
    environment |= {"INCHIFY_SETTINGS": str(settings)} if settings else {}
    done = subprocess.run(
        [sys.executable, str(script), *map(str, words)],
        capture_output=True, text=True, timeout=1800, cwd=folder, env=environment,
    )  # fmt: skip
    assert done.returncode == code, f"{script} {words}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def kernel(name: str, *words: object, folder: Path, code: int = 0) -> str:
    return python(ROOT / "kernels" / name / f"{name}.py", *words, folder=folder, code=code)


@pytest.fixture(scope="module")
def competition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("competition") / "input"
    words = ["synth", "--output", folder, "--train", 50, "--test", 8, "--jobs", 1, "--quiet"]
    command = [sys.executable, "-m", "inchify", *map(str, words)]
    subprocess.run(command, check=True, timeout=1800, cwd=ROOT)
    lost_picture(folder).unlink()
    return folder


def lost_picture(competition: Path) -> Path:
    """The one test picture that is not where it should be."""
    image_id = next(islice(sample_ids(competition / "sample_submission.csv"), 3, None))
    return picture_path(competition / "test", image_id)


@pytest.fixture(scope="module")
def trained(competition: Path) -> Path:
    """A folder with ``work`` and ``fold0``, made by two kernels."""
    folder = competition.parent
    kernel("preprocess", "--input", competition, "--output", folder / "work", folder=folder)
    kernel(
        "train_fold", "--input", folder / "work", "--output", folder / "fold0", "--config", TINY,
        "--quiet", folder=folder,
    )  # fmt: skip
    return folder


def test_submit_and_ensemble_write_what_the_competition_takes(
    competition: Path, trained: Path
) -> None:
    sample = competition / "sample_submission.csv"
    best = trained / "fold0" / "best"
    for part in ("1/2", "2/2"):
        kernel(
            "submit", "--checkpoint", best, "--input", competition, "--output", trained / "out",
            "--beams", 2, "--shard", part, folder=trained,
        )  # fmt: skip
    check_submission(trained / "out" / "submission.csv", sample)
    answers = dict(read_submission(trained / "out" / "submission.csv"))
    assert answers.pop(lost_picture(competition).stem) == FALLBACK
    assert set(answers.values()) != {FALLBACK}
    words = ["--input", trained / "out", "--output", trained / "one.csv", "--sample", sample]
    kernel("ensemble", *words, folder=trained)
    assert (trained / "one.csv").read_bytes() == (trained / "out" / "submission.csv").read_bytes()


def test_without_words_the_kernels_use_kaggles_folders(competition: Path, trained: Path) -> None:
    kaggle = trained / "kaggle"
    (kaggle / "working").mkdir(parents=True)
    (kaggle / "src").mkdir()
    package = kaggle / "input" / "inchify-package"
    build(package)
    shutil.copytree(competition, kaggle / "input" / "bms-molecular-translation")
    shutil.copytree(trained / "fold0", kaggle / "input" / "inchify-train-fold" / "fold0")
    attach = package / "package" / "attach.py"
    attach.write_text(attach.read_text().replace('"/kaggle"', f'"{kaggle}"'))

    def run(name: str) -> None:
        text = (ROOT / "kernels" / name / f"{name}.py").read_text()
        script = kaggle / "src" / "script.py"
        script.write_text(text.replace('"/kaggle', f'"{kaggle}'))
        python(script, folder=trained)

    run("preprocess")
    assert (kaggle / "working" / "work" / "vocabulary.json").is_file()
    run("submit")
    sample = competition / "sample_submission.csv"
    check_submission(kaggle / "working" / "submission.csv", sample)
    shutil.move(kaggle / "working", kaggle / "input" / "inchify-submit")
    (kaggle / "working").mkdir()
    run("ensemble")
    check_submission(kaggle / "working" / "submission.csv", sample)


def test_entry_points_of_the_documentation(competition: Path, trained: Path) -> None:
    text = (ROOT / "docs" / "entry_points.md").read_text(encoding="utf-8")
    block = text.split("<!-- test: begin -->")[1].split("<!-- test: end -->")[0]
    commands = [line.split() for line in block.splitlines() if line.strip()]
    assert [Path(words[1]).stem for words in commands] == [
        "preprocess", "train_fold", "submit", "ensemble",
    ]  # fmt: skip
    folder = trained / "entry_points"
    # what is finished is not made again
    shutil.copytree(trained / "work", folder / "work" / "buckets")
    shutil.copytree(trained / "fold0", folder / "runs" / "fold0")
    settings = json.loads((ROOT / "SETTINGS.json").read_text())
    settings["RAW_DATA_DIR"] = str(competition)
    (folder / "SETTINGS.json").write_text(json.dumps(settings))
    for command, script, *words in commands:
        assert command == "python"
        python(ROOT / script, *words, folder=trained, settings=folder / "SETTINGS.json")
    assert [path.name for path in (folder / "runs").iterdir()] == ["fold0"]
    sample = competition / "sample_submission.csv"
    check_submission(folder / "submissions" / "folds" / "submission.csv", sample)
    check_submission(folder / "submissions" / "ensemble" / "submission.csv", sample)


def test_a_training_in_pieces_goes_on_where_it_stopped(competition: Path, trained: Path) -> None:
    script = ROOT / "kernels" / "train_in_pieces" / "train_in_pieces.py"
    pack = script.with_name("pack.py")
    python(pack, trained / "work", "--output", trained / "packed", "--megabytes", 0.05,
           folder=trained)  # fmt: skip
    words = ["--data", trained / "packed", "--minutes", 0.9, "--reserve", 1, "--send", "both"]
    words += ["--set", "training.steps=100000", "--set", "training.seconds=100000"]
    first, second = trained / "first", trained / "second"
    before = python(script, ROOT / "configs" / TINY, *words, "--output", first, folder=trained)
    after = python(
        script, TINY, *words, "--carry", first / "checkpoint", "--output", second, folder=trained
    )
    assert "joined: step-" in after
    assert "to be continued" in before
    assert _step(after) > _step(before) > 0
    assert (second / "log.jsonl").is_file()


def test_too_many_files_are_refused_but_written(trained: Path) -> None:
    output = trained / "many"
    words = Namespace(output=output, megabytes=0.05, files=3, send="both", small=True)
    with pytest.raises(ValueError, match=r"pieces and the log are more than 3 files"):
        train_in_pieces.send(words, trained / "fold0")
    assert len(list(output.rglob("piece-*.bin"))) > 3
    assert (output / "log.jsonl").is_file()


def _step(said: str) -> int:
    return int(re.search(r"^step (\d+) of", said, re.MULTILINE)[1])


def test_wrong_words_are_sentences(trained: Path) -> None:
    settings = trained / "bare.json"
    settings.write_text("{}")
    script = ROOT / "kernels" / "preprocess" / "preprocess.py"
    said = python(script, "--output", "x", folder=trained, settings=settings, code=1)
    assert f"ValueError: {settings}: RAW_DATA_DIR is missing" in said
