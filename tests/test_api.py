"""The public API: kinds of input, troubles, the command line's answers, checks of molecules."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from rdkit import Chem
from tests.cli.test_read import leave
from tests.cli.troubles import answer

import inchify
from inchify import MoleculeReader, Prediction, verify
from inchify.formats.svg import graph_svg
from inchify.readers.claims import _doubt
from inchify.readers.files.pool import ReadingSettings
from inchify.synthetic.competition_folder import SynthSettings, make_picture
from inchify.types import GraphAtom, GraphBond, MoleculeGraph
from inchify.verification.candidates import Proposal
from inchify.verification.ranking import Opinion
from inchify.verification.render_match.match import RenderSettings

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "tests" / "readers" / "strokes"
MENTHOL = PICTURES / "ment__b20.png"
MENTHOL_SMILES = "CC(C)[C@@H]1CC[C@@H](C)C[C@H]1O"


@pytest.fixture(scope="module")
def reader() -> Iterator[MoleculeReader]:
    with MoleculeReader.from_pretrained() as made:
        yield made


def told(prediction: Prediction) -> dict[str, object]:
    """What a prediction says, without its name and its seconds."""
    return {k: v for k, v in prediction.to_dict().items() if k not in ("image_id", "seconds")}


def test_every_kind_of_input_gives_the_same_prediction(reader: MoleculeReader) -> None:
    content = MENTHOL.read_bytes()
    gray = cv2.imread(str(MENTHOL), cv2.IMREAD_GRAYSCALE)
    assert gray is not None
    color = np.repeat(gray[..., None], 3, axis=2)
    opaque = np.concatenate([color, np.full_like(gray[..., None], 255)], axis=2)
    same = [str(MENTHOL), content, bytearray(content), Image.open(MENTHOL)]
    same += [Image.open(io.BytesIO(content)), gray, gray[::-1][::-1], color, opaque]
    first, *others = reader.predict_many([MENTHOL, *same])
    assert first.smiles == MENTHOL_SMILES and first.verified and first.image_id == "ment__b20"
    assert len(others) == len(same)
    for other in others:
        assert told(other) == told(first)
    assert told(reader.predict(gray)) == told(first)


def test_what_is_no_picture_has_an_error(reader: MoleculeReader, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(MENTHOL.read_bytes()[:200])
    lazy = Image.open(io.BytesIO(MENTHOL.read_bytes()[:400]))
    for bad, word in (
        (tmp_path / "none.png", "there is no such file"),
        (broken, "cut off"),
        (lazy, "damaged"),
        (b"", "the file is empty"),
        (b"%PDF-1.4", "this is a PDF"),
        (None, "NoneType"),
        (np.zeros((3, 4), np.float32), "it must be uint8"),
        (np.zeros((3, 4, 2), np.uint8), "it must be uint8"),
        (np.zeros((0, 4), np.uint8), "no pixels"),
        (np.full((60, 60), 255, np.uint8), "no ink"),
    ):
        prediction = reader.predict(bad)  # type: ignore[arg-type]
        assert word in prediction.error and not prediction.inchi, (bad, prediction.error)
        assert prediction.to_sdf().endswith("$$$$\n") and prediction._repr_svg_() is None
        result = reader.verify(bad, smiles="C")  # type: ignore[arg-type]
        assert (result.score, result.verified) == (0.0, False) and word in result.error


def test_a_picture_that_crashes_or_runs_away_costs_itself() -> None:
    paths = [Path(f"/p/{name}.png") for name in ("p1", "crash", "p2", "hang", "p3")]
    settings = ReadingSettings(weights=(), seconds=1.0)
    with MoleculeReader(settings, answer) as made:
        for jobs in (1, 2):
            found = list(made.predict_many(iter(paths), jobs))
            assert [bool(item.error) for item in found] == [False, True, False, True, False]
            assert [item.image_id for item in found] == [path.stem for path in paths]
        assert "crashed" in made.predict(paths[1]).error and not made.predict(paths[0]).error
        with pytest.raises(ValueError, match="'jobs' is 0; it must be at least 1"):
            made.predict_many(paths, 0)


def test_the_command_line_writes_what_the_api_says(
    reader: MoleculeReader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = sorted(PICTURES.glob("*.png"))[:2]
    out = tmp_path / "a.csv"
    words = ["predict", *map(str, paths), "--output", str(out), "--sdf", str(tmp_path / "a.sdf")]
    assert leave([*words, "--quiet"]) == 0
    rows = [line.split(",") for line in out.read_text().splitlines()[1:]]
    records = (tmp_path / "a.sdf").read_text().split("$$$$\n")
    for path, row, record in zip(paths, rows, records, strict=False):
        found = reader.predict(path)
        assert found.image_id == row[0] and found.smiles in row
        assert f"{found.confidence:.4f}" in row and str(found.verified).lower() in row
        own, _, _ = found.to_sdf().partition("$$$$")
        assert record == f"{own}>  <path>\n{path}\n\n"


def test_a_prediction_as_data_and_as_a_drawing(reader: MoleculeReader) -> None:
    prediction = reader.predict(MENTHOL)
    plain = json.loads(json.dumps(prediction.to_dict()))
    assert plain["inchi"] == prediction.inchi and len(plain["atoms"]) == len(prediction.atoms) == 11
    assert plain["bonds"][0].keys() == {"begin", "end", "kind", "confidence"}
    assert plain["atoms"][0]["confidence"] == prediction.atoms[0].confidence
    assert Chem.MolToSmiles(Chem.MolFromMolBlock(prediction.molfile)) == MENTHOL_SMILES
    svg = prediction._repr_svg_()
    assert svg is not None and svg.count("<polygon") == 1 and ">OH</text>" in svg


def test_the_drawing_shows_every_kind_of_bond_and_escapes_labels() -> None:
    kinds = ("single", "double", "triple", "aromatic", "wedge", "hash")
    kinds += ("wavy", "bold", "dative", "crossed")
    atoms = tuple(GraphAtom(40.0 * place, 20.0 * (place % 2)) for place in range(11))
    atoms = (*atoms[:-1], GraphAtom(400, 0, "", "<R1>", confidence=0.2))
    bonds = tuple(GraphBond(place, place + 1, kind) for place, kind in enumerate(kinds))  # type: ignore[arg-type]
    svg = graph_svg(MoleculeGraph(atoms, bonds))
    lines = svg.count("<polyline")
    assert (lines, svg.count("<polygon")) == (1 + 2 + 3 + 2 + 7 + 1 + 1 + 1 + 2, 2)
    assert "&lt;R₁&gt;" in svg and "#c62828" in svg
    assert graph_svg(MoleculeGraph()).startswith("<svg")


def test_a_right_answer_is_verified_however_it_is_written() -> None:
    molecule = Chem.MolFromSmiles(MENTHOL_SMILES)
    for words in (
        {"smiles": Chem.MolToSmiles(molecule, doRandom=True)},
        {"inchi": Chem.MolToInchi(molecule)},
        {"molfile": Chem.MolToMolBlock(molecule)},
    ):
        result = verify(MENTHOL, **words)
        assert result.verified and result.score > 0.98 and not result.disagreements
        assert result.score == result.prediction.confidence


def test_wrong_answers_are_not_verified_and_differ_where_they_do(reader: MoleculeReader) -> None:
    seen = reader.predict(MENTHOL)
    oxygen = next(atom for atom in seen.atoms if atom.symbol == "O")
    for smiles, kind, reason in (
        ("CC(C)[C@@H]1CC[C@@H](C)C[C@H]1S", "element", "S in the answer, O in the picture"),
        ("CC(C)[C@@H]1CC[C@@H](C)CC1=O", "bond", "double bond in the answer, single bond"),
        ("CC(C)[C@@H]1CC[C@@H](C)C[C@@H]1O", "stereo", "S centre in the answer, R centre"),
        ("CC(C)C1CCC(C)CC1O", "stereo", "no stereocentre in the answer, "),
    ):
        result = reader.verify(MENTHOL, smiles=smiles)
        assert not result.verified and result.score < 0.05, smiles
        assert result.prediction.smiles == MENTHOL_SMILES
        first = result.disagreements[0]
        assert first.kind == kind and reason in first.reason, result.disagreements
        left, top, right, bottom = first.box
        assert 0 <= left < right and 0 <= top < bottom
        if kind == "element":
            assert left < oxygen.x < right and top < oxygen.y < bottom
    json.dumps(result.to_dict())


def test_an_answer_in_doubt_says_where(reader: MoleculeReader) -> None:
    result = reader.verify(PICTURES / "aspirin_of_a_page.png", smiles="CC(=O)Oc1ccccc1C(=O)O")
    assert result.score > 0.9 and not result.verified and not result.error
    assert result.disagreements and all(item.reason for item in result.disagreements)
    other = reader.verify(PICTURES / "aspirin_of_a_page.png", smiles="CCO")
    assert other.score == 0.0 and {item.kind for item in other.disagreements} >= {"atoms"}


def test_a_molecule_must_be_named_once_and_be_one(reader: MoleculeReader) -> None:
    for words, said in (
        ({}, "given: none of them"),
        ({"smiles": "C", "inchi": "InChI=1S/CH4/h1H4"}, "given: smiles and inchi"),
        ({"smiles": "C1CC"}, "'smiles' is 'C1CC'; it is no molecule"),
        ({"inchi": "methane"}, "'inchi' is 'methane'; it is no molecule"),
        ({"molfile": "nothing"}, "the molfile is no molecule"),
        ({"smiles": ""}, "it is no molecule"),
    ):
        with pytest.raises(ValueError, match=said):
            reader.verify(MENTHOL, **words)


def test_the_verb_verify(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert leave(["verify", str(MENTHOL), "--smiles", MENTHOL_SMILES]) == 0
    assert "verified  yes" in capsys.readouterr().out
    assert leave(["verify", str(MENTHOL), "--smiles", "CCO", "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    assert result["verified"] is False and result["prediction"]["smiles"] == MENTHOL_SMILES
    assert leave(["verify", str(MENTHOL)]) == 2
    assert "one of 'smiles', 'inchi' and 'molfile' is needed" in capsys.readouterr().err
    assert leave(["verify", str(tmp_path / "none.png"), "--smiles", "CCO"]) == 2
    assert "there is no such file" in capsys.readouterr().err


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    code = (
        "import sys, inchify; assert 'MoleculeReader' in dir(inchify); import inchify.cli.main\n"
        "heavy = {'torch', 'rdkit', 'cv2', 'numpy', 'PIL', 'onnxruntime', 'scipy', 'pypdfium2'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "inchify.MoleculeReader.from_pretrained(); assert not heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_every_name_of_the_api_is_there() -> None:
    for name in inchify.__all__:
        assert getattr(inchify, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        inchify.Nothing  # noqa: B018
    assert (Path(inchify.__file__).parent / "py.typed").is_file()


@pytest.mark.parametrize("module", ["readers/molecule_reader.py", "documents/document_reader.py"])
def test_the_examples_in_docstrings_run(module: str) -> None:
    path = ROOT / "src" / "inchify" / module
    words = [sys.executable, "-m", "pytest", "-q", "--doctest-modules", "-p", "no:cacheprovider"]
    done = subprocess.run([*words, str(path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout + done.stderr


def test_a_drawing_of_the_competition_is_checked_by_drawing_the_molecule(
    reader: MoleculeReader,
) -> None:
    inchi = "InChI=1S/C13H20OS/c1-9(2)8-15-13-6-5-10(3)7-12(13)11(4)14/h5-7,9,11,14H,8H2,1-4H3"
    settings = SynthSettings(train=1, noise=False)
    picture = make_picture(inchi, "train", settings)
    right = reader.verify(picture, inchi=inchi)
    assert right.verified and right.score > 0.9 and not right.disagreements
    # nobody proposes it: its drawing decides
    wrong = reader.verify(picture, smiles="CC(C)CSc1ccc(C)cc1C(C)N")
    assert not wrong.verified and 0.0 < wrong.score < 0.01
    assert wrong.disagreements[0].reason == "N in the answer, O in the picture"


def test_doubt_without_a_place_has_a_reason() -> None:
    opinion = Opinion(Proposal("InChI=1S/CH4/h1H4", valid=True), 0.5)
    graph = MoleculeGraph((GraphAtom(3, 4), GraphAtom(9, 2)))
    told = _doubt(opinion, Prediction("a", "InChI=1S/CH4/h1H4", graph=graph), RenderSettings())
    assert told.kind == "doubt" and told.box == (3, 2, 9, 4) and "well enough" in told.reason
