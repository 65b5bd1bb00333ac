"""Preprocessing: every row kept or rejected by name, the same bytes however the work was done."""

from __future__ import annotations

import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.data.drawings import (
    chain,
    competition_folder,
    contents,
    gray_of,
    line_drawing,
    picture_id,
    write_labels,
)

from inchify.chemistry.tokenization.tokenizers import load_tokenizer
from inchify.data.pictures.preparation import binarize, read_picture
from inchify.data.preprocessing.buckets import read_table
from inchify.data.preprocessing.preprocess import (
    PreprocessError,
    PreprocessSettings,
    preprocess,
    read_summary,
    verify,
)
from inchify.data.preprocessing.store import PictureStore, StoreError

ROOT = Path(__file__).parents[2]
# How often the run is killed; a longer trial may ask for more.
KILLS = int(os.environ.get("INCHIFY_TEST_KILLS", "3"))


def wanted(**changes: object) -> PreprocessSettings:
    values = {"jobs": 1, "progress": False, "chunk_rows": 16, "folds": 2, "shard_bytes": 20_000}
    return PreprocessSettings(**{**values, **changes})


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("competition")
    competition_folder(folder, 120)
    return folder


@pytest.fixture(scope="module")
def undisturbed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    preprocess(source, folder, wanted())
    return contents(folder)


def test_pictures_captions_and_folds_come_back(source: Path, tmp_path: Path) -> None:
    summary = preprocess(source, tmp_path, wanted(folds=4))
    assert summary["counts"] == {"labels": 120, "kept": 120, "rejected": 0}
    assert read_summary(tmp_path) == summary and not (tmp_path / "parts").exists()
    table, store = read_table(tmp_path), PictureStore(tmp_path)
    assert len(table) == len(store) == 120
    tokenizer = load_tokenizer(tmp_path / "vocabulary.json")
    truth = {picture_id(number): chain(3 + number % 30) for number in range(120)}
    assert {table.ids[place] for place in range(120)} == set(truth)
    for place in range(120):
        image_id = table.ids[place]
        assert table.truths[place] == table.captions[place] == truth[image_id]
        path = source / "train" / image_id[0] / image_id[1] / image_id[2] / f"{image_id}.png"
        assert np.array_equal(store.read(int(table.rows[place])), binarize(read_picture(path)))
        length = len(tokenizer.encode(truth[image_id]))
        assert length == table.lengths[place]
        assert table.buckets[place] - 20 < length <= table.buckets[place] or length <= 40
    assert np.bincount(table.folds).tolist() == [30, 30, 30, 30]
    means = [table.lengths[table.folds == fold].mean() for fold in range(4)]
    assert max(means) - min(means) < 3
    assert summary["buckets"] == {
        path.name: len(path.read_text().splitlines()) - 1
        for path in sorted(tmp_path.glob("bucket_*.csv"))
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"jobs": 2},
        {"chunk_rows": 7},
        {"jobs": 3, "chunk_rows": 50},
        {"jobs": 2, "cluster": "local", "chunk_rows": 10},
    ],
    ids=str,
)
def test_the_same_bytes_however_the_work_is_shared(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path, changes: dict[str, object]
) -> None:
    preprocess(source, tmp_path, wanted(**changes))
    assert contents(tmp_path) == undisturbed


def broken_folder(folder: Path) -> dict[str, str]:
    """A competition folder with one of each fault; returns a word of the reason by image_id."""
    labels = competition_folder(folder, 30)

    def path(number: int) -> Path:
        image_id = labels[number][0]
        return folder / "train" / image_id[0] / image_id[1] / image_id[2] / f"{image_id}.png"

    reasons = {}

    def spoil(number: int, word: str) -> None:
        reasons[labels[number][0]] = word

    path(0).unlink()
    spoil(0, "no such file")
    path(1).write_bytes(b"")
    spoil(1, "empty")
    path(2).write_bytes(path(3).read_bytes()[:100])
    spoil(2, "cut off")
    path(4).write_bytes(b"<html>")
    spoil(4, "HTML")
    cv2.imwrite(str(path(5)), np.full((50, 60), 255, dtype=np.uint8))
    spoil(5, "blank")
    cv2.imwrite(str(path(6)), np.zeros((600, 600), dtype=np.uint8))
    spoil(6, "at most 300,000")
    for number, text, word in (
        (7, "", "label is empty"),
        (8, "   ", "label is empty"),
        (9, "InChI=1S/CH4@/h1H4", "'@'"),
        (10, "CCO", "InChI=1S/"),
        (11, chain(90), "tokens"),
        (12, "InChI=1S/C\nH4", r"\n"),
    ):
        labels[number] = (labels[number][0], text)
        spoil(number, word)
    labels += [labels[20], ("../../etc/passwd", chain(4)), ("", chain(4)), ("x" * 200, chain(4))]
    reasons |= {"../../etc/passwd": "file name", "": "image_id is empty", "x" * 128: "over 128"}
    write_labels(folder, labels)
    with (folder / "train_labels.csv").open("a") as stream:
        stream.write("ffffffffffff,InChI=1S/C2H6/c1-2/h1-2H3,one,too,many\n\nonly\n")
    return reasons | {"ffffffffffff": "5 fields", "only": "1 fields"}


def test_every_bad_row_is_rejected_by_name(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    reasons = broken_folder(source)
    summary = preprocess(source, output, wanted(max_pixels=300_000, edges=(60, 150)))
    with (output / "rejected.csv").open(newline="") as stream:
        rejected = [(row["image_id"], row["reason"]) for row in csv.DictReader(stream)]
    repeated = [entry for entry in rejected if "earlier row" in entry[1]]
    assert len(repeated) == 1
    rest = dict(entry for entry in rejected if entry not in repeated)
    assert set(rest) == set(reasons)
    for image_id, word in reasons.items():
        assert word in rest[image_id], (image_id, rest[image_id])
        assert str(tmp_path) not in rest[image_id]
    counts = summary["counts"]
    assert counts == {"labels": 36, "kept": 36 - len(rejected), "rejected": len(rejected)}
    assert sum(summary["reasons"].values()) == len(rejected)
    assert len(read_table(output)) == counts["kept"]


def test_standing_and_dark_pictures_are_put_right(tmp_path: Path) -> None:
    labels = competition_folder(tmp_path / "in", 8, flat=True)
    lying = line_drawing(0, bond=40, atoms=4, salt=0.1)
    standing = np.ascontiguousarray(np.rot90(lying, -1))
    pictures = tmp_path / "in" / "train"
    cv2.imwrite(str(pictures / f"{labels[0][0]}.png"), gray_of(standing))
    cv2.imwrite(str(pictures / f"{labels[1][0]}.png"), 255 - gray_of(lying))
    preprocess(tmp_path / "in", tmp_path / "out", wanted())
    table, store = read_table(tmp_path / "out"), PictureStore(tmp_path / "out")
    for number in (0, 1):
        assert table.ids[int(np.flatnonzero(table.rows == number)[0])] == labels[number][0]
        assert np.array_equal(store.read(number), lying)
    rows = [path.read_text().splitlines() for path in (tmp_path / "out").glob("bucket_*.csv")]
    turned = [line for lines in rows for line in csv.DictReader(lines) if line["turned"] == "1"]
    assert [line["image_id"] for line in turned] == [labels[0][0]]


def test_pictures_beside_their_labels_and_a_fitted_vocabulary(tmp_path: Path) -> None:
    source = tmp_path / "in"
    competition_folder(source, 10, flat=True)
    for path in (source / "train").iterdir():
        shutil.move(path, source / path.name)
    (source / "train").rmdir()
    preprocess(source, tmp_path / "out", wanted(vocabulary="fitted"))
    tokenizer = load_tokenizer(tmp_path / "out" / "vocabulary.json")
    used = {symbol for number in range(10) for symbol in tokenizer.split(chain(3 + number))}
    assert set(tokenizer.vocabulary.symbols) == used


def test_smiles_captions(tmp_path: Path) -> None:
    labels = competition_folder(tmp_path / "in", 10)
    write_labels(tmp_path / "in", [*labels[:9], (labels[9][0], "InChI=1S/nonsense")])
    summary = preprocess(tmp_path / "in", tmp_path / "out", wanted(tokenizer="smiles"))
    assert summary["counts"]["rejected"] == 1
    table = read_table(tmp_path / "out")
    assert load_tokenizer(tmp_path / "out" / "vocabulary.json").name == "smiles"
    for place in range(9):
        carbons = int(table.truths[place].split("/")[1].split("H")[0][1:])
        assert table.captions[place] == "C" * carbons
        assert table.lengths[place] == carbons + 2


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("id,InChI\na,b\n", "image_id"),
        ("image_id;InChI\n", "first line"),
        ("", "first line"),
        ("image_id,InChI\n", "no rows"),
        ('image_id,InChI\na,"unfinished\n', "line"),
    ],
)
def test_wrong_label_files_are_clear_errors(tmp_path: Path, content: str, word: str) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train_labels.csv").write_text(content)
    with pytest.raises(ValueError, match=word) as caught:
        preprocess(tmp_path, tmp_path / "out", wanted())
    assert "train_labels.csv" in str(caught.value)


def test_wrong_folders_and_settings_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such folder"):
        preprocess(tmp_path / "nowhere", tmp_path / "out", wanted())
    with pytest.raises(ValueError, match="no such label file"):
        preprocess(tmp_path, tmp_path / "out", wanted())
    (tmp_path / "train_labels.csv").write_bytes(b"image_id,InChI\n\xff\xfe,x\n")
    with pytest.raises(ValueError, match="UTF-8"):
        preprocess(tmp_path, tmp_path / "out", wanted())
    write_labels(tmp_path, [("a", chain(3)), ("b", chain(4))])
    with pytest.raises(ValueError, match=r"0 of 2 pictures are usable.*no such file"):
        preprocess(tmp_path, tmp_path / "out", wanted())
    assert read_summary(tmp_path / "out") is None
    with pytest.raises(ValueError, match="'cluster' is 'nonsense'"):
        preprocess(tmp_path, tmp_path / "out2", wanted(cluster="nonsense"))
    for key, value in {"edges": (40, 40), "jobs": 0, "folds": 1, "tokenizer": "x"}.items():
        with pytest.raises(ValueError, match=key):
            wanted(**{key: value})


def test_a_finished_folder_is_left_alone_and_other_settings_replace_it(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    preprocess(source, tmp_path, wanted())
    stamp = (tmp_path / "summary.json").stat().st_mtime_ns
    preprocess(source, tmp_path, wanted(jobs=2))
    assert (tmp_path / "summary.json").stat().st_mtime_ns == stamp
    verify(tmp_path)
    other = preprocess(source, tmp_path, wanted(edges=(60, 300), folds=3))
    assert sorted(other["buckets"]) == ["bucket_060.csv", "bucket_300.csv"]
    assert {path.name for path in tmp_path.glob("bucket_*.csv")} == set(other["buckets"])
    (tmp_path / "bucket_060.csv").unlink()
    preprocess(source, tmp_path, wanted())
    assert contents(tmp_path) == undisturbed


def test_stale_parts_of_other_settings_are_not_used(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    stale = tmp_path / "parts" / "0123456789ab"
    stale.mkdir(parents=True)
    (stale / "part_000000.npz").write_bytes(b"junk")
    preprocess(source, tmp_path, wanted())
    assert contents(tmp_path) == undisturbed


def test_verify_names_the_damaged_file(source: Path, tmp_path: Path) -> None:
    preprocess(source, tmp_path, wanted())
    verify(tmp_path)
    for path in sorted(tmp_path.iterdir()):
        if path.name == "summary.json":
            continue
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(StoreError, match=path.name):
            verify(tmp_path)
        path.write_bytes(whole)
    (tmp_path / "summary.json").unlink()
    with pytest.raises(StoreError, match="no finished"):
        verify(tmp_path)


SCRIPT = """
import sys
from pathlib import Path
from inchify.data.preprocessing.preprocess import PreprocessSettings, preprocess
preprocess(Path(sys.argv[1]), Path(sys.argv[2]), PreprocessSettings(
    jobs=int(sys.argv[3]), progress=False, chunk_rows=2, folds=2, shard_bytes=20_000))
"""


def start(source: Path, output: Path, jobs: int = 1) -> subprocess.Popen[bytes]:
    places = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
    command = [sys.executable, "-c", SCRIPT, str(source), str(output), str(jobs)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)


def test_killed_at_any_moment_it_ends_with_the_same_bytes(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    output = tmp_path / "out"
    chance = random.Random(1)
    for _ in range(KILLS):
        process = start(source, output)
        aim = chance.randrange(1, 60)  # parts that are there when the blow falls; 60 in all
        while process.poll() is None:
            if len(list(output.glob("parts/*/part_*.npz"))) >= aim:
                time.sleep(chance.random() * 0.02)
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.001)
        process.communicate()
        finished = (output / "summary.json").exists()
        assert finished == (process.returncode == 0) or process.returncode == -signal.SIGKILL
    process = start(source, output)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    assert contents(output) == undisturbed


def _kill_own_process(*_: object) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def _sleep_long(*_: object) -> int:
    time.sleep(600)
    return 0


def _die_once(plan: object, number: int, labels: list) -> int:
    from inchify.data.preprocessing.chunks import work_chunk

    flag = plan.parts.parent.parent / "died"
    if number == 3 and not flag.exists():
        flag.write_text("")
        os.kill(os.getpid(), signal.SIGKILL)
    return work_chunk(plan, number, labels)


def test_a_worker_that_dies_once_costs_nothing(
    source: Path,
    undisturbed: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("inchify.data.preprocessing.preprocess.work_chunk", _die_once)
    preprocess(source, tmp_path, wanted(jobs=2))
    (tmp_path / "died").unlink()
    assert contents(tmp_path) == undisturbed
    assert "A worker process died" in caplog.text and "once more" in caplog.text


def test_workers_that_keep_dying_or_hang_end_with_one_clear_message(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inchify.data.preprocessing.preprocess.work_chunk", _kill_own_process)
    with pytest.raises(PreprocessError, match=r"died.*0 of 8 chunks.*rows 1 to 16"):
        preprocess(source, tmp_path, wanted(jobs=2))
    monkeypatch.setattr("inchify.data.preprocessing.preprocess.work_chunk", _sleep_long)
    began = time.monotonic()
    with pytest.raises(PreprocessError, match=r"longer than 1 seconds.*start the same command"):
        preprocess(source, tmp_path, wanted(jobs=2, chunk_seconds=1.0))
    assert time.monotonic() - began < 500
    monkeypatch.undo()
    preprocess(source, tmp_path, wanted(jobs=2))
    assert contents(tmp_path) == undisturbed


def test_dask_with_a_killed_worker_gives_the_same_bytes(
    source: Path, undisturbed: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inchify.data.preprocessing.preprocess.work_chunk", _die_once)
    preprocess(source, tmp_path, wanted(jobs=2, cluster="local"))
    assert (tmp_path / "died").exists()
    (tmp_path / "died").unlink()
    assert contents(tmp_path) == undisturbed
