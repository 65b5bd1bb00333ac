"""Pictures that the network alone misreads are read with the help of their strokes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rdkit import Chem

from inchify.data.pictures.preparation import read_picture
from inchify.readers.bonds.bond_check import BondChecker
from inchify.readers.graph import GraphReader
from inchify.readers.line_recognizer import LineRecognizer

WEIGHTS = Path(__file__).parents[2] / "src" / "inchify" / "weights"
PICTURES = Path(__file__).parent / "strokes"


@pytest.fixture(scope="module")
def shipped() -> Iterator[GraphReader]:
    reader = GraphReader.load(
        WEIGHTS / "graph",
        labels=LineRecognizer.load(WEIGHTS / "label"),
        bonds=BondChecker.load(WEIGHTS / "bond_kind"),
    )
    yield reader
    reader.close()


@pytest.mark.parametrize(
    ("name", "smiles"),
    [
        ("camphor__tmpl", "CC1(C)C2CCC1(C)C(=O)C2"),
        ("cubane__tmpl", "C12C3C4C1C1C2C3C41"),
        pytest.param(
            "morphine__tmpl",
            "CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5",
            marks=pytest.mark.xfail(
                strict=True, reason="the shipped network sees a corner on a short wedge"
            ),
        ),
        ("ment__b20", "CC(C)[C@@H]1CC[C@@H](C)C[C@H]1O"),
        ("aspirin_of_a_page", "CC(=O)Oc1ccccc1C(=O)O"),
    ],
)
def test_strokes_of_cages_thick_rings_and_fine_hashes(
    name: str, smiles: str, shipped: GraphReader
) -> None:
    gray = read_picture(PICTURES / f"{name}.png")
    found = shipped.read_gray(name, gray)
    assert found.inchi == Chem.MolToInchi(Chem.MolFromSmiles(smiles)), found.error
