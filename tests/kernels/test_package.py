"""The data set that carries the package, and how a kernel finds it and Kaggle's folders."""

from __future__ import annotations

import sys
from pathlib import Path

import attach
import pack
import pytest
from build import build
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture
def kaggle(tmp_path: Path) -> Path:
    root = tmp_path / "kaggle"
    (root / "working").mkdir(parents=True)
    (root / "input" / attach.COMPETITION / "train" / "best").mkdir(parents=True)
    return root


def test_data_set_holds_source_configs_and_wheels(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with pytest.raises(ValueError, match="no wheels"):
        build(tmp_path / "package", wheels)
    (wheels / "rdkit-1-py3-none-any.whl").touch()
    names = [path.relative_to(tmp_path / "package").as_posix()
             for path in build(tmp_path / "package", wheels)]  # fmt: skip
    assert {
        "dataset-metadata.json",
        "package/attach.py",
        "src/inchify/types/graphs.py",
        "src/inchify/README.md",
        "wheels/rdkit-1-py3-none-any.whl",
    } <= set(names)
    assert not [name for name in names if "__pycache__" in name or "egg-info" in name]
    again = build(tmp_path / "package")
    assert len(again) == len(names) - 1, "built afresh, so without the wheel"
    (tmp_path / "other").mkdir()
    with pytest.raises(ValueError, match="no data set folder of ours"):
        build(tmp_path / "other")


def test_package_is_found_beside_when_it_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attach, "find_spec", lambda _: None)
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(ValueError, match="attach the data set"):
        attach.attach([tmp_path])
    (tmp_path / "src" / "inchify").mkdir(parents=True)
    attach.attach([tmp_path / "nothing", tmp_path])
    assert sys.path[0] == str(tmp_path / "src")
    assert (attach.ROOTS[1] / "src" / "inchify").is_dir(), "in the repository it is beside"


def test_only_missing_wheels_are_installed_and_without_internet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(attach.subprocess, "run", lambda words, check: commands.append(words))
    (tmp_path / "numpy-9-py3-none-any.whl").touch()
    assert attach.install_wheels(tmp_path) == []
    assert commands == []
    missing = tmp_path / "no_such_package-1-py3-none-any.whl"
    missing.touch()
    assert attach.install_wheels(tmp_path) == [missing.name]
    assert "--no-index" in commands[0] and commands[0][-1] == str(missing)


def test_kaggles_folders(kaggle: Path) -> None:
    competition = kaggle / "input" / attach.COMPETITION
    assert attach.competition(kaggle) == competition
    assert attach.working("work", kaggle) == kaggle / "working" / "work"
    for name in ("inchify-train-fold/fold0/best", "other/deep/er/fold1/best"):
        (kaggle / "input" / name).mkdir(parents=True)
    found = [
        path.relative_to(kaggle / "input").as_posix() for path in attach.attached("best", kaggle)
    ]
    assert found == ["inchify-train-fold/fold0/best", "other/deep/er/fold1/best"]


def test_elsewhere_folders_must_be_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert attach.competition(tmp_path) is attach.working("x", tmp_path) is None
    assert attach.attached("best", tmp_path) == []
    parser = attach.parser("words", input=None, output=None)
    with pytest.raises(SystemExit):
        parser.parse_args([])
    assert "--input, --output" in capsys.readouterr().err
    words, rest = parser.parse_known_args(["--input", "a", "--output", "b", "--quiet"])
    assert (words.input, words.output, rest) == (Path("a"), Path("b"), ["--quiet"])


def test_folders_of_the_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INCHIFY_SETTINGS", raising=False)
    assert attach.setting("WORK_DIR", roots=[tmp_path]) is None
    (tmp_path / "SETTINGS.json").write_text('{"WORK_DIR": "work", "MODEL_DIR": "/models"}')
    assert attach.setting("WORK_DIR", roots=[tmp_path]) == tmp_path / "work"
    assert attach.setting("MODEL_DIR", "fold1", [tmp_path]) == Path("/models/fold1")
    other = tmp_path / "other.json"
    monkeypatch.setenv("INCHIFY_SETTINGS", str(other))
    with pytest.raises(ValueError, match="no such file"):
        attach.setting("WORK_DIR", roots=[tmp_path])
    other.write_text('{"WORK_DIR": "elsewhere"}')
    assert attach.setting("WORK_DIR", roots=[tmp_path]) == tmp_path / "elsewhere"
    with pytest.raises(ValueError, match="MODEL_DIR is missing; it has WORK_DIR"):
        attach.setting("MODEL_DIR", roots=[tmp_path])


def test_the_repository_names_every_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INCHIFY_SETTINGS", raising=False)
    for name in ("RAW_DATA_DIR", "WORK_DIR", "MODEL_DIR", "SUBMISSION_DIR"):
        assert attach.setting(name) is not None


def test_configurations_are_found_by_name(tmp_path: Path) -> None:
    (tmp_path / "configs" / "tiny").mkdir(parents=True)
    (tmp_path / "configs" / "tiny" / "a.yaml").touch()
    assert attach.config("tiny/a.yaml", [tmp_path]) == tmp_path / "configs" / "tiny" / "a.yaml"
    with pytest.raises(ValueError, match=r"b\.yaml"):
        attach.config("b.yaml", [tmp_path])


@given(st.binary(min_size=1, max_size=3000), st.integers(50, 4000))
def test_packed_folders_come_back(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, size: int
) -> None:
    folder = tmp_path_factory.mktemp("pack")
    (folder / "work" / "deep").mkdir(parents=True)
    (folder / "work" / "deep" / "a.bin").write_bytes(content)
    pieces = pack.pack(folder / "work", folder / "packed", max_bytes=size)
    assert all(path.stat().st_size <= size for path in pieces)
    assert pack.is_packed(folder / "packed") and not pack.is_packed(folder / "work")
    work = pack.unpack(folder / "packed", folder / "again")
    assert (work / "deep" / "a.bin").read_bytes() == content


def test_damaged_and_missing_pieces_are_named(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.bin").write_bytes(bytes(range(256)) * 9)
    pieces = pack.pack(tmp_path / "work", tmp_path / "packed", max_bytes=100)
    good = pieces[1].read_bytes()
    pieces[1].write_bytes(bytes([good[0] ^ 1]) + good[1:])
    with pytest.raises(ValueError, match=r"data-01\.bin: this piece is damaged"):
        pack.unpack(tmp_path / "packed", tmp_path / "again")
    pieces[1].unlink()
    with pytest.raises(ValueError, match=r"data-01\.bin: this piece is missing"):
        pack.unpack(tmp_path / "packed", tmp_path / "again")
