"""Pictures without a molecule are refused with the chance; small molecules and rings are not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from rdkit import Chem

from inchify.data.pictures.preparation import read_picture
from inchify.readers.graph import GraphReader, View
from inchify.readers.graph_settings import GraphReaderSettings
from inchify.readers.line_recognizer import LineRecognizer
from inchify.readers.loading import load_graph
from inchify.readers.refusal.features import FEATURE_NAMES, RefusalFeatures
from inchify.readers.refusal.model import (
    NO_MOLECULE,
    RefusalModel,
    is_refused,
    refusal_model,
    weights_digest,
)
from inchify.readers.verified import VerifiedReader
from inchify.rendering.rdkit_style import draw_rdkit_picture
from inchify.synthetic.no_molecule.draw import draw_no_molecule
from inchify.types import Candidate

PICTURES = Path(__file__).parent / "no_molecule"
WEIGHTS = Path(__file__).parents[2] / "src" / "inchify" / "weights" / "graph"
LABELS = WEIGHTS.parent / "label"
MOLECULES = ("C1CCCCC1", "c1ccccc1", "CC(C)(C)C", "CC(=O)Oc1ccccc1C(=O)O", "CN1CCCC1c1cccnc1")


@pytest.fixture(scope="module")
def reader() -> Iterator[GraphReader]:
    reader = GraphReader.load(WEIGHTS, labels=LineRecognizer.load(LABELS))
    yield reader
    reader.close()


def model(least: float) -> RefusalModel:
    """A model that always says .25."""
    count = len(FEATURE_NAMES)
    output = np.array([0.0, 0.0, -np.log(3.0)])
    return RefusalModel(np.zeros(count), np.ones(count), np.zeros((count + 1, 2)), output, least)


def drawn(smiles: str, seed: int = 0) -> np.ndarray:
    picture = draw_rdkit_picture(
        Chem.MolFromSmiles(smiles), np.random.default_rng(seed), bond_pixels=28.0
    )
    return np.asarray(255 - picture.intensity, np.uint8)


@pytest.mark.parametrize("path", sorted(PICTURES.glob("*.png")), ids=lambda path: path.stem)
def test_pictures_without_a_molecule_are_refused(path: Path, reader: GraphReader) -> None:
    found = reader.read_gray("a", read_picture(path))
    assert re.fullmatch(r"no molecule found \(chance of a molecule 0\.\d\d\)", found.error)
    assert not found.inchi and found.confidence is None and not found.verified


@pytest.mark.parametrize("smiles", MOLECULES)
def test_rings_and_common_molecules_are_read(smiles: str, reader: GraphReader) -> None:
    found = reader.read_gray("a", drawn(smiles))
    assert found.inchi and not is_refused(found), found.error


def test_what_is_refused_is_read_when_told_so(reader: GraphReader) -> None:
    gray = read_picture(PICTURES / "hexlogo.png")
    settings = replace(GraphReaderSettings(), refuse=False)
    always = GraphReader.load(WEIGHTS, settings, labels=LineRecognizer.load(LABELS))
    answered, refused = always.read_gray("a", gray), reader.read_gray("a", gray)
    always.close()
    assert answered.inchi and not answered.error
    # whoever must answer every picture finds the same candidates
    assert [item.text for item in refused.candidates] == [item.text for item in answered.candidates]


def test_no_other_view_is_spent_on_a_refused_picture(
    reader: GraphReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def more(gray: np.ndarray, view: View) -> tuple[Candidate, ...]:
        raise AssertionError("another view was asked for")

    monkeypatch.setattr(reader, "candidates", more)
    judged = VerifiedReader([reader])
    (found,) = judged.read([("a", PICTURES / "linechart.png")])
    judged.verifier.close()
    assert is_refused(found) and found.candidates and not found.scored


def test_the_chance_decides_and_is_told(
    reader: GraphReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    gray = drawn("OCC(N)c1ccccc1")
    monkeypatch.setattr(reader, "refusal", model(0.26))
    assert reader.read_gray("a", gray).error == f"{NO_MOLECULE} (chance of a molecule 0.25)"
    monkeypatch.setattr(reader, "refusal", model(0.24))
    assert not is_refused(reader.read_gray("a", gray))


def test_weights_without_a_fit_refuse_nothing(reader: GraphReader) -> None:
    class Loaded:
        digest, description = "other", {"task": {}}

    class Exported:
        digest = "of the file"
        description = {"network": {"source": weights_digest(load_graph(WEIGHTS))}}  # noqa: RUF012

    assert refusal_model(Loaded()) is None
    assert refusal_model(Exported()) is not None and reader.refusal is not None


def test_a_model_is_the_same_after_its_file() -> None:
    generator = np.random.default_rng(0)
    count = len(FEATURE_NAMES)
    shapes: tuple[tuple[int, ...], ...] = ((count,), (count + 1, 3), (4,))
    mean, hidden, output = (generator.normal(size=shape) for shape in shapes)
    known = RefusalModel(mean, np.ones(count), hidden, output, 0.31)
    content = known.to_dict()
    features = generator.normal(size=(20, count))
    again = RefusalModel.from_dict(content)
    assert np.allclose(again.chances(features), known.chances(features), atol=1e-3)
    assert again.least_chance == 0.31
    with pytest.raises(ValueError, match="fit it again"):
        RefusalModel.from_dict({**content, "features": ["ink"]})


@pytest.mark.parametrize("family", ["texture", "code", "plus", "frame", "flow_chart", "words"])
def test_features_are_finite_whatever_is_drawn(family: str, reader: GraphReader) -> None:
    intensity = draw_no_molecule(np.random.default_rng(1), family).intensity
    features = reader.refusal_features(np.asarray(255 - intensity, np.uint8))
    assert isinstance(features, RefusalFeatures)
    assert np.isfinite(features.as_array()).all()


def test_features_do_not_depend_on_the_pictures_size(reader: GraphReader) -> None:
    gray = drawn("CC(=O)Oc1ccccc1C(=O)O")
    large = cv2.resize(gray, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    one, two = (reader.refusal_features(picture) for picture in (gray, large))
    assert one is not None and two is not None
    assert one.atoms == two.atoms and one.bonds == two.bonds
    assert one.explained == pytest.approx(two.explained, abs=0.1)
    # strokes of few pixels are measured to one of them
    assert one.stroke == pytest.approx(two.stroke, abs=0.75)


def test_an_empty_picture_has_no_features(reader: GraphReader) -> None:
    assert reader.refusal_features(np.full((40, 50), 255, np.uint8)) is None
