"""The graph reader from the command line: train, show, export and predict as a user types them."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from inchify.chemistry.metrics import score
from inchify.readers.pretrained import shipped

ROOT = Path(__file__).parents[2]
GRAPH, SEQUENCE = "configs/tiny/graph.yaml", "configs/tiny/cnn_transformer.yaml"

pytestmark = pytest.mark.journey


def inchify(*words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """One command as a user types it."""
    command = [sys.executable, "-m", "inchify", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, cwd=ROOT)
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that was trained for a few steps, stopped in between, and its export."""
    folder = tmp_path_factory.mktemp("graph")
    few = ["--quiet", "--set", "validation=2", "--set", "training.validate_every=8"]
    for steps in (4, 8):
        inchify(
            "train", GRAPH, "--output", folder / "run", *few, "--set", f"training.steps={steps}"
        )
    inchify("export", folder / "run", "--output", folder / "weights")
    return folder


def test_trained_and_exported_weights_read(run: Path, tmp_path: Path, competition: Path) -> None:
    pictures = sorted((competition / "test").rglob("*.png"))
    broken = tmp_path / "broken.png"
    broken.write_bytes(pictures[0].read_bytes()[:60])
    for name in ("run", "weights"):
        words = ("--weights", run / name, "--output", tmp_path / f"{name}.csv", "--seconds", 120)
        inchify("predict", competition / "test", broken, *words)
        found = rows(tmp_path / f"{name}.csv")
        assert [row["image_id"] for row in found] == [*(item.stem for item in pictures), "broken"]
        assert all(row["InChI"] or row["error"] for row in found)
        assert "cut off" in found[-1]["error"]


def test_shipped_weights_read_the_competitions_style(tmp_path: Path, competition: Path) -> None:
    if shipped("graph") is None:
        pytest.skip("no weights of the graph reader are in src/inchify/weights/graph")
    pictures = sorted((competition / "test").rglob("*.png"))
    table, sdf, overlays = tmp_path / "a.csv", tmp_path / "a.sdf", tmp_path / "overlays"
    words = ("--sdf", sdf, "--overlays", overlays, "--jobs", 2, "--seconds", 120)
    inchify("predict", competition / "test", "--output", table, *words)
    truths = {row["image_id"]: row["InChI"] for row in rows(competition / "test_labels.csv")}
    found = rows(table)
    result = score([row["InChI"] for row in found], [truths[row["image_id"]] for row in found])
    # six pictures: one large miss moves the mean distance by ten
    assert result.exact.mean >= 0.5 and result.levenshtein.mean < 40
    assert sdf.read_text(encoding="utf-8").count("$$$$\n") == len(pictures) == len(found)
    assert len(list(overlays.iterdir())) == len(pictures)


def test_show(tmp_path: Path) -> None:
    assert "task: graph" in inchify("show", GRAPH).stdout
    sheet = tmp_path / "sheet.png"
    inchify("show", GRAPH, "--output", sheet, "--count", 4, "--seed", 3)
    drawn = cv2.imread(str(sheet))
    assert drawn is not None and drawn.shape[1] == 3 * 640
    spread = drawn.max(axis=2).astype(int) - drawn.min(axis=2)
    assert (spread > 80).sum() > 1000, "graphs are drawn in colour"
    assert np.ptp(drawn) > 200


def test_wrong_words_are_answered_in_a_sentence(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("task: juggling\n")
    output = ("--output", tmp_path / "run")
    for words, message in (
        (("train", GRAPH, "--data", tmp_path, *output), "--data cannot be used with"),
        (("train", GRAPH, "--fold", 1, *output), "--fold cannot be used with"),
        (("train", SEQUENCE, *output), "--data is missing"),
        (("train", other, *output), "it must be one of sequence, graph"),
        (("show", SEQUENCE, *output), "graph and text configurations"),
        (
            ("predict", ROOT / "README.md", "--weights", run / "run", "--beams", 2),
            "--beams cannot be used",
        ),
        (
            ("predict", ROOT / "README.md", "--weights", run / "run", "--reader", "sequence"),
            "graph reader",
        ),
        (
            ("predict", ROOT / "README.md", "--weights", run / "run", "--seconds", 0),
            "'seconds' is 0",
        ),
        (("predict", ROOT / "README.md", "--weights", run / "run", "--jobs", 0), "'jobs' is 0"),
        (("predict", ROOT / "README.md", "--weights", tmp_path), "there are no weights"),
    ):
        assert message in inchify(*words, code=2).stderr
