"""The board is made from manifests and scores alone; manifests say what a run was made with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inchify.chemistry.metrics import score
from inchify.competition.board import COLUMNS, EMPTY, TEXT, write_board
from inchify.competition.manifest import difference, file_digest, versions


def add(folder: Path, name: str, manifest: dict, truth_of: list[str] | None = None) -> None:
    (folder / name).mkdir()
    (folder / name / "manifest.json").write_text(json.dumps(manifest))
    if truth_of is not None:
        found = score(["InChI=1S/CH4"] * len(truth_of), truth_of).to_json()
        (folder / name / "score.json").write_text(json.dumps(found))


def test_board_lists_best_first_and_is_the_same_each_time(tmp_path: Path) -> None:
    assert EMPTY in write_board(tmp_path).read_text()
    manifest = {"rows": 1616107, "errors": 3, "seconds": 5400, "commit": "0123456789abcdef"}
    add(tmp_path, "alone", manifest, ["InChI=1S/CH4", "InChI=1S/C2H6"])
    add(tmp_path, "better", {**manifest, "about": {"checkpoints": ["x", "y"]}}, ["InChI=1S/CH4"])
    add(tmp_path, "blind", {"rows": 5})
    (tmp_path / "notes").mkdir()
    board = write_board(tmp_path).read_text()
    rows = [line for line in board.splitlines() if line.startswith("| [")]
    assert rows == [
        "| [better](better/manifest.json) | 0.000 | 100.00 % | 1,616,107 | 3 | 2 | 1.50 "
        "| 0123456789 |",
        "| [alone](alone/manifest.json) | 1.000 ± 1.000 | 50.00 % | 1,616,107 | 3 |  | 1.50 "
        "| 0123456789 |",
        "| [blind](blind/manifest.json) |  |  | 5 | 0 |  |  |  |",
    ]
    assert EMPTY not in board
    assert write_board(tmp_path).read_text() == board


def test_wrong_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such folder of submissions"):
        write_board(tmp_path / "none")
    add(tmp_path, "one", {"rows": 1})
    (tmp_path / "one" / "score.json").write_text('{"levenshtein": 3}')
    with pytest.raises(ValueError, match=r"score\.json: 'levenshtein' is 3"):
        write_board(tmp_path)
    (tmp_path / "one" / "score.json").write_text("{")
    with pytest.raises(ValueError, match=r"score\.json: this is not JSON"):
        write_board(tmp_path)


def test_the_committed_board_is_not_written_by_hand() -> None:
    committed = Path(__file__).parents[2] / "submissions" / "README.md"
    before, _, _ = TEXT.partition("{table}")
    text = committed.read_text(encoding="utf-8")
    assert text.startswith(before)
    table = text.removeprefix(before).strip().splitlines()
    assert table == [EMPTY] or all(line.count("|") == len(COLUMNS) + 1 for line in table)


def test_digest_sees_every_byte_and_name(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "x.bin").write_bytes(b"1")
    (folder / "y.bin").write_bytes(b"2")
    first = file_digest(folder)
    assert first == file_digest(folder) and len(first) == 64
    (folder / "y.bin").write_bytes(b"3")
    second = file_digest(folder)
    (folder / "y.bin").rename(folder / "z.bin")
    assert len({first, second, file_digest(folder)}) == 3
    with pytest.raises(ValueError, match="no such file"):
        file_digest(tmp_path / "none")


def test_versions_and_differences_name_what_matters() -> None:
    assert {"inchify", "python", "numpy"} <= versions().keys()
    assert difference({"a": 1, "b": 2}, {"a": 1, "b": 2}) == ""
    assert difference({"a": 1}, {"a": 2}) == "'a' was 1 and is now 2"
    assert difference({"a": 1, "b": 2}, {"a": 1}) == "'b' was 2 and is now None"
