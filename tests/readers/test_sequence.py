"""The sequence reader: every picture gets its own answer, whatever stands beside it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from inchify.readers.sequence import SequenceReader, SequenceReaderSettings
from inchify.tasks.sequence.task import train_fold
from inchify.types import Prediction

ROOT = Path(__file__).parents[2]
TINY = ROOT / "configs" / "tiny" / "cnn_transformer.yaml"
FAST = {"beams": 2, "n_best": 2, "batch": 3, "max_length": 30}


@pytest.fixture(scope="module")
def checkpoint(work: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that learnt a little."""
    folder = tmp_path_factory.mktemp("run")
    few = ["training.steps=12", "training.warmup=2"]
    train_fold(TINY, work, folder, assignments=few, progress=False)
    return folder / "best"


def pictures_of(competition: Path) -> list[tuple[str, Path]]:
    return [(path.stem, path) for path in sorted((competition / "test").rglob("*.png"))]


def reader_of(*checkpoints: Path, **changes: object) -> SequenceReader:
    return SequenceReader.load(list(checkpoints), SequenceReaderSettings(**{**FAST, **changes}))


def strings(predictions: list[Prediction]) -> list[list[str]]:
    return [[item.text for item in prediction.candidates] for prediction in predictions]


def test_answers_do_not_depend_on_company_or_order(competition: Path, checkpoint: Path) -> None:
    pictures = pictures_of(competition)
    together = list(reader_of(checkpoint).read(pictures))
    assert [item.image_id for item in together] == [image_id for image_id, _ in pictures]
    assert all(item.inchi.startswith("InChI=1S/") for item in together)
    alone = [next(reader_of(checkpoint, window=1).read([item])) for item in pictures]
    backwards = list(reader_of(checkpoint).read(pictures[::-1]))[::-1]
    assert strings(alone) == strings(together) == strings(backwards)
    for one, other in zip(alone, together, strict=True):
        for left, right in zip(one.candidates, other.candidates, strict=True):
            assert left.score == pytest.approx(right.score, abs=1e-3)


def test_candidates_are_sorted_and_confidence_is_a_probability(
    competition: Path, checkpoint: Path
) -> None:
    for prediction in reader_of(checkpoint).read(pictures_of(competition)):
        scores = [item.score for item in prediction.candidates]
        assert len(scores) == 2 and scores == sorted(scores, reverse=True)
        assert prediction.confidence is not None and 0.0 <= prediction.confidence <= 1.0
        assert prediction.inchi == prediction.candidates[0].text


def test_a_broken_picture_costs_its_own_row(
    competition: Path, checkpoint: Path, tmp_path: Path
) -> None:
    pictures = pictures_of(competition)
    broken, absent = tmp_path / "broken.png", tmp_path / "absent.png"
    broken.write_bytes(b"<html>not found</html>")
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.full((60, 80), 255, np.uint8))
    asked = [pictures[0], ("b", broken), ("a", absent), ("w", blank), pictures[1]]
    answers = list(reader_of(checkpoint).read(asked))
    assert [bool(item.error) for item in answers] == [False, True, True, False, False]
    assert answers[1].inchi == answers[2].inchi == ""
    plain = list(reader_of(checkpoint).read([pictures[0], pictures[1]]))
    assert strings([answers[0], answers[4]]) == strings(plain)


def test_turned_pictures_are_turned_back(
    competition: Path, checkpoint: Path, tmp_path: Path
) -> None:
    lying = next(
        item for item in pictures_of(competition) if np.less(*cv2.imread(str(item[1]), 0).shape)
    )
    turned = tmp_path / "turned.png"
    cv2.imwrite(str(turned), np.rot90(cv2.imread(str(lying[1]), 0), -1))
    plain = list(reader_of(checkpoint).read([lying]))
    assert strings(list(reader_of(checkpoint).read([("t", turned)]))) == strings(plain)
    # both ways: the surer answer is at least as sure as the one that was turned back
    both = next(reader_of(checkpoint, turns="both").read([("t", turned)]))
    assert both.candidates[0].score >= plain[0].candidates[0].score - 1e-4


def test_an_ensemble_of_the_same_network_is_the_network(
    competition: Path, checkpoint: Path
) -> None:
    pictures = pictures_of(competition)[:3]
    one = list(reader_of(checkpoint).read(pictures))
    two = list(reader_of(checkpoint, checkpoint).read(pictures))
    assert strings(one) == strings(two)


def test_int8_reads_nearly_the_same(competition: Path, checkpoint: Path) -> None:
    pictures = pictures_of(competition)
    plain = list(reader_of(checkpoint).read(pictures))
    small = list(reader_of(checkpoint, int8=True).read(pictures))
    for one, other in zip(plain, small, strict=True):
        assert one.candidates[0].score == pytest.approx(other.candidates[0].score, rel=0.1)


def test_smiles_become_inchis_and_nonsense_becomes_nothing() -> None:
    from inchify.chemistry.normalization import inchis_of_smiles

    found = inchis_of_smiles(["CCO", "C(", "", "c1ccccc1O"])
    assert found == [
        "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3",
        "",
        "",
        "InChI=1S/C6H6O/c7-6-4-2-1-3-5-6/h1-5,7H",
    ]


def test_networks_of_other_alphabets_cannot_read_together(
    competition: Path, checkpoint: Path, tmp_path: Path
) -> None:
    from inchify.data.preprocessing.preprocess import PreprocessSettings, preprocess

    settings = PreprocessSettings(folds=3, jobs=1, progress=False, tokenizer="smiles")
    preprocess(competition, tmp_path / "work", settings)
    few = ["training.steps=1", "training.warmup=0"]
    train_fold(TINY, tmp_path / "work", tmp_path / "run", assignments=few, progress=False)
    with pytest.raises(ValueError, match="different vocabularies"):
        reader_of(checkpoint, tmp_path / "run")
    answers = list(reader_of(tmp_path / "run").read(pictures_of(competition)[:2]))
    assert all(item.inchi == "" or item.inchi.startswith("InChI=1S/") for item in answers)
    with pytest.raises(ValueError, match="at least one checkpoint"):
        SequenceReader.load([])


@pytest.mark.parametrize("change", [{"beams": 0}, {"n_best": 3}, {"batch": 0}])
def test_wrong_settings_are_named(change: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        SequenceReaderSettings(**{**FAST, **change})
