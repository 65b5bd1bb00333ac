"""predict: which reader is meant, rows and records for every picture, drawings over pictures."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest
from rdkit import Chem
from tests.cli.networks import random_weights
from tests.cli.troubles import answer

from inchify.chemistry.molecule import read_molecule
from inchify.cli import predict as reading
from inchify.formats.records import COLUMNS, sdf_record, table_row
from inchify.readers import pretrained
from inchify.readers.files.pool import Question, ReadingSettings, read_pictures
from inchify.reports.overlay import LARGEST, color_of, overlay, write_overlay
from inchify.types import BondKind, GraphAtom, GraphBond, MoleculeGraph, Prediction

ALANINE = MoleculeGraph(
    (
        GraphAtom(20, 60, "N", "H2N", 0, 2, box=(5, 52, 26, 68), confidence=0.875),
        GraphAtom(55, 40, confidence=0.75),
        GraphAtom(55, 5),
        GraphAtom(90, 60),
        GraphAtom(90, 100, "O", "O", hydrogens=0),
        GraphAtom(125, 40, "O", "OH", 0, 1, box=(118, 32, 140, 48)),
    ),
    (
        GraphBond(1, 0, "wedge", 0.5),
        GraphBond(1, 2, confidence=0.25),
        GraphBond(3, 1),
        GraphBond(3, 4, "double"),
        GraphBond(3, 5),
    ),
)


def read(graph: MoleculeGraph, image_id: str = "a") -> Prediction:
    found = read_molecule(graph)
    return Prediction(
        image_id,
        found.inchi,
        found.smiles,
        0.5,
        error=found.error,
        graph=graph,
        molfile=found.molfile,
    )


def folder_of(task: str, folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "description.json").write_text(json.dumps({"task": {"task": task}}))
    return folder


def test_weights_decide_the_reader(tmp_path: Path) -> None:
    graph, sequence = folder_of("graph", tmp_path / "g"), folder_of("sequence", tmp_path / "s/best")
    folder_of("sequence", tmp_path / "r/checkpoints/step-00000009")
    folder_of("graph", tmp_path / "r/checkpoints/step-00000010")
    assert pretrained.choose_reader(None, [graph]) == ("graph", [graph])
    assert pretrained.choose_reader(None, [sequence.parent]) == ("sequence", [sequence.parent])
    assert pretrained.choose_reader("graph", [tmp_path / "r"]) == ("graph", [tmp_path / "r"])
    assert pretrained.choose_reader("sequence", [])[0] == "sequence"
    for reader, folders, said in (
        ("sequence", [graph], "weights of a graph reader"),
        (None, [sequence, graph], "weights of a graph reader"),
        (None, [tmp_path], "there are no weights"),
        (None, [folder_of("label", tmp_path / "l")], "'label'; they must be for one of graph"),
        ("osra", [], "it must be one of graph, sequence"),
    ):
        with pytest.raises(ValueError, match=said):
            pretrained.choose_reader(reader, folders)


def test_options_of_the_other_reader_are_refused(tmp_path: Path) -> None:
    graph, sequence = folder_of("graph", tmp_path / "g"), folder_of("sequence", tmp_path / "s")
    for folder, words in (
        (graph, {"beams": 2}),
        (graph, {"int8": True}),
        (sequence, {"sdf": tmp_path / "a.sdf"}),
        (sequence, {"jobs": 2}),
    ):
        with pytest.raises(ValueError, match="cannot be used with the"):
            reading.predict([folder / "description.json"], weights=[folder], **words)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="those of a label reader"):
        reading.predict([graph / "description.json"], weights=[graph], labels=graph)


def test_order_is_kept_and_troubles_cost_their_own_row() -> None:
    names = [f"p{number}" for number in range(12)]
    names[2], names[5], names[6], names[11] = "crash", "hang", "error", "hang at the end"
    questions = [Question(name, Path(f"/pictures/{name}.png")) for name in names]
    settings = ReadingSettings(weights=Path("none"), seconds=2.0, jobs=2)
    found = list(read_pictures(questions, settings, answer))
    assert [item.image_id for item in found] == names
    for item in found:
        if item.image_id.startswith("p"):
            assert item.inchi == f"InChI of /pictures/{item.image_id}.png" and not item.error
        else:
            assert not item.inchi and item.error.startswith(f"/pictures/{item.image_id}.png: ")
    errors = [found[place].error for place in (2, 5, 6, 11)]
    assert "crashed (signal" in errors[0] and "longer than 2 s" in errors[1]
    assert "ValueError: a trouble" in errors[2] and "longer than 2 s" in errors[3]


def test_a_picture_that_runs_away_keeps_the_answer_of_its_first_view(tmp_path: Path) -> None:
    path = tmp_path / "early.png"
    cv2.imwrite(str(path), np.full((30, 40), 255, np.uint8))
    questions = [Question("early", path, tmp_path / "over.png"), Question("p1", Path("/p1.png"))]
    early, after = read_pictures(questions, ReadingSettings(weights=(), seconds=1.0), answer)
    assert (early.inchi, early.confidence, early.verified) == ("InChI of a first view", 0.5, False)
    assert early.error.startswith("odd; ") and "first view" in early.error
    assert "longer than 1 s of processor time" in early.error
    assert cv2.imread(str(tmp_path / "over.png")) is not None
    assert after.inchi and not after.error


def test_every_picture_gets_a_row_a_record_and_an_overlay(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    (pictures / "more").mkdir(parents=True)
    paper = np.full((120, 160), 255, np.uint8)
    cv2.imwrite(str(pictures / "white.png"), paper)
    cv2.line(paper, (20, 60), (140, 60), 0, 2)
    cv2.imwrite(str(pictures / "line.png"), paper)
    cv2.imwrite(str(pictures / "more" / "line.png"), paper)
    (pictures / "text.png").write_text("not a picture")
    odd = Path(os.fsdecode(os.fsencode(pictures) + b"/\xe9.png"))
    odd.write_bytes(b"")
    network = random_weights(tmp_path / "run")
    table, sdf, overlays = tmp_path / "o" / "a.csv", tmp_path / "o" / "a.sdf", tmp_path / "over"
    sdf.parent.mkdir()
    table.write_text("old")
    reading.predict([pictures], table, sdf, overlays, weights=[network.parent], seconds=60.0)
    with table.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["image_id"] for row in rows] == ["line", "line", "text", "white", "\\udce9"]
    assert all(row["InChI"] or row["error"] for row in rows)
    assert "none of PNG" in rows[2]["error"] and "the picture is empty" in rows[3]["error"]
    assert rows[0]["InChI"] == rows[1]["InChI"] and rows[0]["error"] == rows[1]["error"]
    assert sdf.read_text(encoding="utf-8").count("$$$$\n") == 5
    made = sorted(path.name for path in overlays.iterdir())
    assert made == ["line.png", "more_line.png", "white.png"]
    assert sorted(path.name for path in table.parent.iterdir()) == ["a.csv", "a.sdf"]


def test_damaged_weights_are_one_clear_error_and_write_nothing(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    cv2.imwrite(str(picture), np.zeros((9, 9), np.uint8))
    table, sdf = tmp_path / "a.csv", tmp_path / "a.sdf"
    table.write_text("old")
    with pytest.raises(RuntimeError, match=r"could not start.*neither a checkpoint"):
        reading.predict([picture], table, sdf, weights=[folder_of("graph", tmp_path / "g")])
    assert table.read_text() == "old" and not sdf.exists()


def test_records_are_the_drawn_molecules() -> None:
    label = GraphAtom(55, 5, "", "R1")
    unread = replace(ALANINE, atoms=(*ALANINE.atoms[:2], label, *ALANINE.atoms[3:]))
    failed = Prediction("broken\nname", "", error="no such\n\nfile")
    given = [read(ALANINE, "one"), read(unread, "two"), failed]
    supplier = Chem.SDMolSupplier()
    supplier.SetData("".join(map(sdf_record, given)), removeHs=False)
    one, two, three = supplier
    assert Chem.MolToInchi(one) == one.GetProp("InChI") == given[0].inchi
    assert "/t2-" in given[0].inchi, "the centre is kept"
    points = one.GetConformer().GetPositions()
    assert [(x, -y) for x, y, _ in points] == [(atom.x, atom.y) for atom in ALANINE.atoms]
    assert one.GetProp("atom_confidences").split()[:3] == ["0.8750", "0.7500", "1.0000"]
    bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in one.GetBonds()]
    sure = dict(zip(bonds, one.GetProp("bond_confidences").split(), strict=True))
    assert (sure[1, 0], sure[1, 2], sure[3, 4]) == ("0.5000", "0.2500", "1.0000")
    assert not two.HasProp("InChI") and "*" in two.GetProp("SMILES")
    assert two.GetProp("error") == "contains undefined groups: R1 at (55, 5)"
    assert three.GetNumAtoms() == 0 and three.GetProp("_Name") == "broken name"
    assert three.GetProp("error") == "no such  file"


def test_a_long_record_is_cut_only_between_numbers() -> None:
    atoms = tuple(GraphAtom(15.0 * place, 0.0) for place in range(90))
    bonds = tuple(GraphBond(place, place + 1) for place in range(89))
    record = sdf_record(read(MoleculeGraph(atoms, bonds)))
    (molecule,) = Chem.ForwardSDMolSupplier(io.BytesIO(record.encode()))
    assert len(molecule.GetProp("atom_confidences").split()) == 90
    assert len(molecule.GetProp("bond_confidences").split()) == 89
    numbers = [line for line in record.splitlines() if line.startswith("1.0000")]
    assert len(numbers) == 8 and max(map(len, numbers)) <= 200


def test_rows_hold_one_line_each() -> None:
    row = table_row(Prediction("a\udce9\n", "", error="one\r\ntwo"), "s1/a.png")
    assert dict(zip(COLUMNS, row, strict=True))["path"] == "s1/a.png"
    assert dict(zip(COLUMNS, row, strict=True))["error"] == "one two"
    assert row[0] == "a\\udce9" and "\n" not in "".join(row)


@pytest.mark.parametrize("kind", get_args(BondKind))
def test_an_overlay_shows_every_kind_in_its_color(kind: BondKind) -> None:
    atoms = (GraphAtom(10, 20), GraphAtom(50, 20))
    paper = np.full((40, 60), 255, np.uint8)
    drawn = {}
    for sure in (1.0, 0.1):
        shown = overlay(paper, MoleculeGraph(atoms, (GraphBond(0, 1, kind, sure),)), 3.0)
        assert shown.shape == (120, 180, 3)
        drawn[sure] = (shown[:, 40:140] == color_of(sure)).all(axis=2).sum()
    assert min(drawn.values()) > 60
    assert color_of(0.1)[2] > 200 > 60 > color_of(1.0)[2], "red and not red"


@pytest.mark.parametrize("shape", [(1, 1), (3000, 2), (2, 3000), (4000, 3000), (60, 80)])
def test_overlays_have_a_bounded_size(shape: tuple[int, int], tmp_path: Path) -> None:
    paper = np.full(shape, 255, np.uint8)
    atoms = (GraphAtom(-5, 0.2), GraphAtom(1, 900, "", "?", box=(0, 890, 9, 905)), GraphAtom(1, 0))
    graph = MoleculeGraph(atoms, (GraphBond(0, 1), GraphBond(1, 2, "hash"), GraphBond(2, 2)))
    for seen in (None, graph, MoleculeGraph()):
        found = Prediction("a", "InChI=1S/" + "C" * 400, confidence=0.5, error="é", graph=seen)
        write_overlay(tmp_path / "a.png", paper, found)
        shown = cv2.imread(str(tmp_path / "a.png"))
        assert shown is not None and max(shown.shape) <= LARGEST + 500
