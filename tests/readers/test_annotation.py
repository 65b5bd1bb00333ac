"""Places for the truth of labelled pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from inchify.chemistry.convert import inchi_of_smiles, quiet_chem
from inchify.cli.main import app
from inchify.data.annotated_pictures import ANNOTATIONS, PICTURES, read_annotations
from inchify.readers.annotation import annotate, bond_length
from inchify.readers.graph import GraphReader
from inchify.readers.graph_settings import GraphReaderSettings
from inchify.readers.line_recognizer import LineRecognizer

WEIGHTS = Path(__file__).parents[2] / "src" / "inchify" / "weights"
# A sulfide, an alcohol with a centre, a chain with a label.
MOLECULES = ("CC(C)c1ccc(SCC)cc1", "C[C@H](O)c1ccc(C(=O)N2CCCCC2)cc1", "COc1ccc(CCNC)cc1")


def drawing(smiles: str) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """RDKit's picture of a molecule, grey, and where its atoms are."""
    from rdkit.Chem.Draw import rdMolDraw2D

    drawer = rdMolDraw2D.MolDraw2DCairo(420, 320)
    drawer.drawOptions().useBWAtomPalette()
    molecule = rdMolDraw2D.PrepareMolForDrawing(quiet_chem().MolFromSmiles(smiles))
    drawer.DrawMolecule(molecule)
    drawer.FinishDrawing()
    pixels = cv2.imdecode(np.frombuffer(drawer.GetDrawingText(), np.uint8), cv2.IMREAD_GRAYSCALE)
    points = [drawer.GetDrawCoords(place) for place in range(molecule.GetNumAtoms())]
    assert pixels is not None
    return pixels, [(point.x, point.y) for point in points]


def inchi(smiles: str) -> str:
    found = inchi_of_smiles(smiles)
    assert found
    return found


@pytest.fixture(scope="module")
def reader() -> Iterator[GraphReader]:
    labels = LineRecognizer.load(WEIGHTS / "label")
    settings = GraphReaderSettings(refuse=False)
    found = GraphReader.load(WEIGHTS / "graph", settings, labels=labels)
    yield found
    found.close()


@pytest.mark.parametrize("smiles", MOLECULES)
def test_what_is_read_right_stands_where_it_is_drawn(reader: GraphReader, smiles: str) -> None:
    gray, points = drawing(smiles)
    found = annotate(reader, "one", gray, inchi(smiles))
    assert found.agreement == "whole" and not found.ignored
    longest = [np.hypot(*np.subtract(points[0], other)) for other in points[1:]]
    assert found.bond_pixels == pytest.approx(min(longest), abs=2)
    placed = np.array([(atom.x, atom.y) for atom in found.graph.atoms])
    for x, y in points:
        assert np.hypot(placed[:, 0] - x, placed[:, 1] - y).min() < 4


def test_another_center_leaves_the_stereo_bonds_unknown(reader: GraphReader) -> None:
    gray, _ = drawing(MOLECULES[1])
    found = annotate(reader, "one", gray, inchi(MOLECULES[1].replace("@", "@@")))
    assert found.agreement == "without stereo"
    wedge = next(bond for bond in found.graph.bonds if bond.kind in ("wedge", "hash"))
    ends = found.graph.atoms[wedge.begin], found.graph.atoms[wedge.end]
    x, y = sum(end.x for end in ends) / 2, sum(end.y for end in ends) / 2
    assert any(x0 < x < x1 and y0 < y < y1 for x0, y0, x1, y1 in found.ignored)


def test_the_truth_corrects_a_letter(reader: GraphReader) -> None:
    gray, _ = drawing(MOLECULES[0])
    found = annotate(reader, "one", gray, inchi(MOLECULES[0].replace("S", "O")))
    assert found.agreement == "partial"
    assert sorted(atom.symbol for atom in found.graph.atoms if atom.text) == ["O"]


def test_another_molecule_is_no_annotation(reader: GraphReader) -> None:
    gray, _ = drawing(MOLECULES[0])
    found = annotate(reader, "one", gray, inchi("OC1CCC2(CC1)NC(=O)C(Br)C2(Cl)Cl"))
    assert found.agreement == "none" and not found.graph.atoms
    assert bond_length(found.graph) == 0


def test_the_verb_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    pictures, output = tmp_path / "pictures", tmp_path / "annotated"
    pictures.mkdir()
    rows = ["image_id,InChI"]
    for number, smiles in enumerate(MOLECULES):
        cv2.imwrite(str(pictures / f"m{number}.png"), drawing(smiles)[0])
        rows.append(f'm{number},"{inchi(smiles)}"')
    (pictures / "broken.png").write_bytes(b"no picture")
    rows += ['broken,"InChI=1S/CH4/h1H4"', 'absent,"InChI=1S/CH4/h1H4"']
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join(rows) + "\n")
    words = ["annotate", str(pictures), str(labels), "--output", str(output), "--quiet"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0 and "1 none, 3 whole" in done.stdout and "1 not found" in done.stdout
    lines = output / ANNOTATIONS
    whole = lines.read_bytes()
    assert [picture.image_id for picture in read_annotations(output)] == [
        "m0",
        "m1",
        "m2",
        "broken",
    ]
    assert len(list((output / PICTURES).iterdir())) == 3
    # killed within the third line
    lines.write_bytes(whole[: whole.index(b"m2") + 20])
    assert CliRunner().invoke(app, words).exit_code == 0
    assert lines.read_bytes() == whole
