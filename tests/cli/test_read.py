"""read: files of pages become a folder, killed runs go on, troubles cost themselves."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from rdkit import Chem
from tests.documents.composed import (
    KnowingFinder,
    answer,
    bare_answer,
    knowing_reader,
    page,
    refusing_answer,
)

from inchify.benchmarks.fresh_cases.pdf_files import locked_pdf, plain_pdf, spoilt_tiff
from inchify.cli.main import main
from inchify.cli.read import find_files
from inchify.documents import pretrained as page_weights
from inchify.documents.export import COLUMNS, PageName, read_record, sdf_text
from inchify.documents.null_models import NoLines, NoText
from inchify.documents.page_reader import PageReader
from inchify.documents.pipeline import PageRun, open_files, page_names
from inchify.documents.pretrained import PageWeights
from inchify.documents.sources import SourceSettings
from inchify.readers.files.pool import ReadingSettings
from inchify.readers.pretrained import shipped
from inchify.readers.refusal.model import says_no_molecule

ROOT = Path(__file__).parents[2]
SETTINGS = {"of": "this test"}


def tiff(path: Path, count: int = 3) -> Path:
    """The composed pages as frames of a file."""
    frames = [Image.fromarray(page(1 + number % 3).gray) for number in range(count)]
    frames[0].save(
        path, save_all=True, append_images=frames[1:], dpi=(200, 200), compression="tiff_lzw"
    )
    return path


def run(output: Path, answer: Any = answer) -> PageRun:
    reading = ReadingSettings(weights=(), seconds=20.0)
    return PageRun(output, knowing_reader, reading, SETTINGS, answer)


def content(folder: Path) -> dict[str, bytes]:
    """All files of a folder with their bytes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_pages_become_a_folder(tmp_path: Path) -> None:
    path, out = tiff(tmp_path / "a.tif"), tmp_path / "out"
    steps: list[int] = []
    summary = run(out).read(open_files([path], SourceSettings()), steps.append)
    assert summary == (3, 0, 12, 0) and sum(steps) == 3
    whole = json.loads((out / "page.json").read_text())
    assert (whole["schema"], whole["version"]) == ("inchify-page", 1)
    assert whole["files"][0]["pages"] == 3 and len(whole["pages"]) == 3
    with (out / "molecules.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 12
    labels = [row["label"] for row in rows if row["page"] == "2"]
    assert labels == ["2a", "2b", "(±)-2c", "rac-2d"]
    for entry in whole["pages"]:
        drawn = page(entry["number"])
        for molecule, true in zip(entry["molecules"], drawn.regions, strict=True):
            assert all(isinstance(side, int) for side in molecule["box"])
            assert np.abs(np.subtract(molecule["box"], true.box)).max() <= 2
            crop = cv2.imread(str(out / molecule["crop"]), cv2.IMREAD_GRAYSCALE)
            assert crop is not None and crop.min() < 90
        assert [tuple(pair) for pair in entry["pairs"]] == list(drawn.pairs)
        overlay = cv2.imread(str(out / "overlay" / f"{entry['name']}.png"))
        assert overlay is not None and (overlay.max(axis=2) - overlay.min(axis=2)).max() > 60
    records = list(Chem.SDMolSupplier(str(out / "molecules.sdf")))
    assert [record.GetProp("label") for record in records] == [row["label"] for row in rows]
    for record, row in zip(records, rows, strict=True):
        assert Chem.MolToInchi(record) == record.GetProp("InChI") == row["InChI"]
        assert record.GetProp("page") == row["page"]
        assert record.GetProp("verified") == row["verified"]


def test_regions_without_a_molecule_are_kept_but_not_counted(tmp_path: Path) -> None:
    path, out = tiff(tmp_path / "a.tif", 1), tmp_path / "out"
    summary = run(out, refusing_answer).read(open_files([path], SourceSettings()))
    assert summary == (1, 0, 3, 0)
    (entry,) = json.loads((out / "page.json").read_text())["pages"]
    errors = [molecule["error"] for molecule in entry["molecules"]]
    assert says_no_molecule(errors[1]) and errors == ["", errors[1], "", ""]
    with (out / "molecules.csv").open(newline="") as stream:
        crops = [row["crop"] for row in csv.DictReader(stream)]
    assert crops == [f"crops/p001_m0{number}.png" for number in (1, 3, 4)]
    records = Chem.SDMolSupplier(str(out / "molecules.sdf"))
    assert [record.GetProp("crop") for record in records] == crops


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(tmp_path: Path) -> None:
    path, whole, broken = tiff(tmp_path / "a.tif", 5), tmp_path / "whole", tmp_path / "broken"
    run(whole).read(open_files([path], SourceSettings()))
    script = f"""
from pathlib import Path
from tests.documents.composed import knowing_reader, slow_answer
from inchify.documents.pipeline import PageRun, open_files
from inchify.readers.files.pool import ReadingSettings
from inchify.documents.page_reader import PageReader
from inchify.documents.sources import SourceSettings
from inchify.documents.null_models import NoLines, NoText
reading = ReadingSettings(weights=(), seconds=20.0)
run = PageRun(Path({str(broken)!r}), knowing_reader, reading, {SETTINGS!r}, slow_answer)
run.read(open_files([Path({str(path)!r})], SourceSettings()))
"""
    paths = os.pathsep.join((str(ROOT), str(ROOT / "src")))
    process = subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": paths}, cwd=ROOT
    )
    deadline = time.monotonic() + 600
    while not list((broken / "pages").glob("p002.json")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    records = {one.name: one.stat().st_mtime_ns for one in (broken / "pages").glob("*.json")}
    assert 2 <= len(records) < 5 and not (broken / "page.json").exists()
    for left in broken.rglob("*.partial"):
        left.unlink()
    steps: list[int] = []
    run(broken).read(open_files([path], SourceSettings()), steps.append)
    assert steps[0] == len(records) and sum(steps) == 5
    for name, written in records.items():
        assert (broken / "pages" / name).stat().st_mtime_ns == written
    assert content(broken) == content(whole)


def test_records_are_for_the_same_input_and_settings(tmp_path: Path) -> None:
    path, out = tiff(tmp_path / "a.tif", 1), tmp_path / "out"
    files = open_files([path], SourceSettings())
    run(out).read(files)
    (name,) = page_names(files, SETTINGS)
    assert read_record(out, name) is not None
    assert read_record(out, page_names(files, {"of": "another"})[0]) is None
    Image.fromarray(page(2).gray[:600]).save(path, dpi=(200, 200))
    (changed,) = page_names(open_files([path], SourceSettings()), SETTINGS)
    assert changed.name == name.name and read_record(out, changed) is None
    (out / "crops" / "p001_m02.png").unlink()
    assert read_record(out, name) is None
    record = name.record(out)
    record.write_text(record.read_text()[:100])
    assert read_record(out, name) is None


def test_a_page_with_fewer_molecules_loses_the_old_crops(tmp_path: Path) -> None:
    path, out = tiff(tmp_path / "a.tif", 1), tmp_path / "out"
    run(out).read(open_files([path], SourceSettings()))
    assert (out / "crops" / "p001_m04.png").exists()
    path.write_bytes(plain_pdf(1))
    summary = run(out).read(open_files([path], SourceSettings(dots_per_inch=72)))
    assert summary.pages + summary.failed == 1
    assert not (out / "crops" / "p001_m04.png").exists()


def test_a_bad_file_and_a_bad_page_cost_themselves(tmp_path: Path) -> None:
    good, locked = tiff(tmp_path / "good.tif", 2), tmp_path / "locked.pdf"
    frames = [Image.fromarray(page(number).gray) for number in (1, 2)]
    spoilt_tiff(tmp_path / "cut.tif", frames)
    locked.write_bytes(locked_pdf("x"))
    out = tmp_path / "out"
    files = open_files([tmp_path / "cut.tif", locked, good], SourceSettings())
    assert [bool(file.error) for file in files] == [False, True, False]
    assert files[1].error.startswith("locked.pdf: the PDF is encrypted")
    summary = run(out).read(files)
    assert summary == (3, 1, 12, 1)
    whole = json.loads((out / "page.json").read_text())
    assert [file["error"][:10] for file in whole["files"]] == ["", "locked.pdf", ""]
    errors = [entry["error"] for entry in whole["pages"]]
    assert [error[:29] for error in errors] == ["cut.tif, page 1: the page is ", "", "", ""]
    assert [entry["name"] for entry in whole["pages"]] == [
        *("cut_p001", "cut_p002", "good_p001", "good_p002")
    ]
    assert (out / "crops" / "good_p002_m01.png").exists()


def test_an_answer_without_a_drawing_gets_a_molfile(tmp_path: Path) -> None:
    path, out = tiff(tmp_path / "a.tif", 1), tmp_path / "out"
    run(out, bare_answer).read(open_files([path], SourceSettings()))
    records = list(Chem.SDMolSupplier(str(out / "molecules.sdf")))
    assert [Chem.MolToSmiles(record) for record in records] == ["CC"] * 4


def test_records_of_molecules_that_were_not_read(tmp_path: Path) -> None:
    cells = {column: "" for column in COLUMNS} | {"crop": "crops/p001_m01.png", "page": "1"}
    path = tmp_path / "a.sdf"
    path.write_text(sdf_text(cells | {"error": "too small"}, ""))
    (record,) = Chem.SDMolSupplier(str(path))
    assert record.GetNumAtoms() == 0 and record.GetProp("error") == "too small"
    assert record.GetProp("_Name") == "p001_m01"


def leave(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    return int(stop.value.code or 0)


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verb with finders that know the composed pages, and no weights."""
    import inchify.documents.pipeline as module

    monkeypatch.setattr(PageWeights, "load", lambda *_: knowing_reader())
    plain = module.ReadingPool
    monkeypatch.setattr(module, "ReadingPool", lambda settings, _: plain(settings, answer))


def test_the_verb(fakes: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tiff(tmp_path / "a.tif"), tmp_path / "out"
    words = ["read", str(path), "--output", str(out), "--quiet"]
    assert leave([*words, "--pages", "2-3"]) == 0
    assert "2 pages, 8 molecules" in capsys.readouterr().out
    assert leave(words) == 0
    assert "3 pages, 12 molecules" in capsys.readouterr().out
    assert leave([*words, "--pages", "9"]) == 2
    assert "'pages' asks for page 9; a.tif has 3" in capsys.readouterr().err
    assert leave([*words, "--turn", "45"]) == 2
    assert "must be one of auto, 0, 90" in capsys.readouterr().err
    assert leave([*words, "--dpi", "20"]) == 2
    assert leave(["read", str(tmp_path / "none.pdf"), "--output", str(out)]) == 2
    assert "there is no such file" in capsys.readouterr().err
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 and nothing else")
    assert leave(["read", str(broken), "--output", str(tmp_path / "none"), "--quiet"]) == 1
    assert "broken.pdf: the PDF is damaged" in capsys.readouterr().err
    assert json.loads((tmp_path / "none" / "page.json").read_text())["pages"] == []


def test_a_password_opens_a_file(fakes: None, tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    path.write_bytes(locked_pdf("open sesame"))
    words = ["read", str(path), "--output", str(tmp_path / "out"), "--quiet"]
    assert leave(words) == 1
    assert leave([*words, "--password", "open sesame"]) == 0
    for name, text in content(tmp_path / "out").items():
        assert b"sesame" not in text, name


def test_missing_weights_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(page_weights, "shipped", lambda name: None)
    with pytest.raises(ValueError, match=r"weights.regions: the weights that find molecules are"):
        PageWeights.chosen({})
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "description.json").write_text(json.dumps({"task": {"task": "graph"}}))
    with pytest.raises(ValueError, match="weights for 'graph'; it must be 'regions'"):
        PageWeights.chosen({"regions": folder})


def test_without_weights_for_text_labels_are_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(page_weights, "shipped", lambda name: None)
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "description.json").write_text(json.dumps({"task": {"task": "regions"}}))
    chosen = PageWeights.chosen({"regions": folder, "lines": None})
    assert chosen.folders == {"regions": folder} and chosen.missing == ("text_lines", "lines")
    words = ["read", str(tmp_path / "none.pdf"), "--output", "out", "--regions", str(folder)]
    assert leave(words) == 2
    told = capsys.readouterr().err
    assert "no compound ids" in told and "--text-lines, --lines" in told
    found = PageReader(KnowingFinder([page(1)]), NoLines(), NoText()).read(page(1).gray)
    assert len(found.page.regions) == 4 and not found.page.lines and found.labels == (None,) * 4


def test_names_of_files_do_not_meet(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        tiff(tmp_path / folder / "a b.tif", 1)
    files = open_files([tmp_path / "one/a b.tif", tmp_path / "two/a b.tif"], SourceSettings())
    names = page_names(files, SETTINGS)
    assert [name.name for name in names] == ["one_a_b_p001", "two_a_b_p001"]
    assert isinstance(names[0], PageName) and names[0].file == "one/a b.tif"
    alone = open_files([tmp_path / "one/a b.tif"], SourceSettings())
    assert [(name.name, name.file) for name in page_names(alone, SETTINGS)] == [("p001", "a b.tif")]


def test_skipped_files_of_a_folder_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiff(tmp_path / "a.tif", 1)
    for name in ("notes.txt", "drawing.svg", ".hidden"):
        (tmp_path / name).write_text("nothing")
    assert find_files([tmp_path, tmp_path / "a.tif"]) == [tmp_path / "a.tif"]
    told = capsys.readouterr().err
    assert (
        told == "2 files were skipped because of their endings (pages are wanted): "
        "drawing.svg, notes.txt\n"
    )


@pytest.mark.journey
def test_a_composed_page_is_read_with_the_shipped_weights(tmp_path: Path) -> None:
    missing = [name for name in ("regions", "text_lines", "lines") if not shipped(name)]
    if missing:
        pytest.skip(f"no weights yet: {', '.join(missing)}")
    path, out = tmp_path / "a.png", tmp_path / "out"
    Image.fromarray(page(1).gray).save(path, dpi=(200, 200))
    assert leave(["read", str(path), "--output", str(out), "--quiet"]) == 0
    (entry,) = json.loads((out / "page.json").read_text())["pages"]
    assert not entry["error"] and entry["molecules"]
    middles = [np.add(one.box[:2], one.box[2:]) / 2 for one in page(1).regions]
    for molecule in entry["molecules"]:
        left, top, right, bottom = molecule["box"]
        assert any(left < x < right and top < y < bottom for x, y in middles)
