"""Further looks follow only where nothing is verified; the answer is the judge's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.verification.pictures import clear_inchis, noisy_picture

from inchify.data.pictures.binarized import BinarizedImage
from inchify.readers.graph import View
from inchify.readers.label_expansion import CutGraph, finish
from inchify.readers.verified import VerifiedReader, VerifiedReaderSettings
from inchify.readers.views.crops import Box
from inchify.types import Candidate, GraphAtom, GraphBond, MoleculeGraph, Prediction
from inchify.verification.verifier import VerifierSettings

INCHIS = clear_inchis(3)
# Readers that put the truth last cost an answer some of its chance.
EASY = VerifierSettings(verified_chance=0.9)


class Blind:
    """A graph reader that proposes what it was told: at first, and at every further look."""

    def __init__(self, first: list[str], later: list[str]) -> None:
        self.first, self.later = first, later
        self.views: list[View] = []
        self.about = {"checkpoints": ["blind"]}

    def read_gray(self, image_id: str, gray: np.ndarray) -> Prediction:
        found = tuple(Candidate(text, -float(n), 1, "graph") for n, text in enumerate(self.first))
        return Prediction(image_id, found[0].text if found else "", candidates=found)

    def candidates(self, gray: np.ndarray, view: View) -> tuple[Candidate, ...]:
        self.views.append(view)
        return tuple(Candidate(text, -float(n), 1, "graph") for n, text in enumerate(self.later))

    def explained_boxes(self, gray: np.ndarray) -> list[Box]:
        return []

    def close(self) -> None:
        pass


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    intensity = noisy_picture(INCHIS[0], 1, bond=40)
    assert intensity is not None
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.where(intensity, 0, 255).astype(np.uint8))
    return path


@pytest.fixture
def judged() -> Iterator[list[VerifiedReader]]:
    made: list[VerifiedReader] = []
    yield made
    for reader in made:
        reader.close()


def answer(
    made: list[VerifiedReader], picture: Path, *readers: Blind, further_views: int = 4
) -> Prediction:
    reader = VerifiedReader(
        readers, VerifiedReaderSettings(further_views=further_views, verifier=EASY)
    )  # type: ignore[arg-type]
    made.append(reader)
    (found,) = reader.read([("a", picture)])
    return found


def test_a_verified_first_look_is_enough(judged: list[VerifiedReader], picture: Path) -> None:
    blind = Blind([INCHIS[0]], INCHIS)
    found = answer(judged, picture, blind)
    assert (found.inchi, found.verified, found.scored) == (INCHIS[0], True, True)
    assert found.smiles
    assert not blind.views


def test_doubt_brings_further_looks(judged: list[VerifiedReader], picture: Path) -> None:
    blind = Blind([INCHIS[1]], [INCHIS[2], INCHIS[0]])
    found = answer(judged, picture, blind)
    assert (found.inchi, found.verified) == (INCHIS[0], True)
    assert len(blind.views) == 1
    assert found.candidates[0].text == INCHIS[0]


def test_the_first_views_answer_is_told_before_the_judge_begins(
    judged: list[VerifiedReader], picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = VerifiedReader(
        [Blind([INCHIS[1]], [INCHIS[0]])], VerifiedReaderSettings(verifier=EASY)
    )  # type: ignore[list-item]
    judged.append(reader)
    events: list[str] = []
    weigh = reader.verifier.weigh
    monkeypatch.setattr(
        reader.verifier, "weigh", lambda *a, **k: events.append("judged") or weigh(*a, **k)
    )
    (found,) = reader.read([("a", picture)], lambda early: events.append(early.inchi))
    assert events[:2] == [INCHIS[1], "judged"] and found.inchi == INCHIS[0]


def test_looks_end_and_the_answer_is_not_verified(
    judged: list[VerifiedReader], picture: Path
) -> None:
    blind = Blind([INCHIS[1]], [INCHIS[2]])
    found = answer(judged, picture, blind, further_views=3)
    assert not found.verified
    assert found.confidence is not None and found.confidence < 0.9
    assert len(blind.views) == 3


def test_open_ends_are_an_answer_without_inchi(
    judged: list[VerifiedReader], tmp_path: Path
) -> None:
    graph = MoleculeGraph(
        (GraphAtom(20, 30, "", "R1"), GraphAtom(50, 30), GraphAtom(80, 30, "O", "OH", hydrogens=1)),
        (GraphBond(0, 1), GraphBond(1, 2)),
    )
    path = tmp_path / "grey.png"
    cv2.imwrite(str(path), cv2.line(np.full((60, 100), 255, np.uint8), (30, 30), (70, 30), 128, 3))
    found = answer(judged, path, Opened([], [], graph))
    assert (found.inchi, found.verified) == ("", False) and found.smiles.startswith("*CO")
    assert "R1" in found.error and "M  RGP" in found.molfile
    assert found.candidates[0].text == "*CO"


class Opened(Blind):
    """A graph reader that sees one graph with an open end."""

    def __init__(self, first: list[str], later: list[str], graph: MoleculeGraph) -> None:
        super().__init__(first, later)
        self.seen = (Candidate("*CO", -0.1, 5, "graph", graph=graph),)

    def read_gray(self, image_id: str, gray: np.ndarray) -> Prediction:
        return Prediction(image_id, "", error="unread", candidates=self.seen)

    def candidates(self, gray: np.ndarray, view: View) -> tuple[Candidate, ...]:
        return self.seen

    def with_graph(self, prediction: Prediction, drawn: MoleculeGraph) -> Prediction:
        graph, reading = finish(CutGraph(drawn))
        told = replace(prediction, graph=graph, smiles=reading.smiles, error=reading.error)
        return replace(told, molfile=reading.molfile)


def test_other_weights_look_too(judged: list[VerifiedReader], picture: Path) -> None:
    one, two = Blind([INCHIS[1]], [INCHIS[1]]), Blind([INCHIS[2]], [INCHIS[0]])
    found = answer(judged, picture, one, two)
    assert (found.inchi, found.verified) == (INCHIS[0], True)
    assert len(two.views) == 1


def test_nothing_seen_stays_an_error(judged: list[VerifiedReader], picture: Path) -> None:
    class Nothing(Blind):
        def read_gray(self, image_id: str, gray: np.ndarray) -> Prediction:
            return replace(super().read_gray(image_id, gray), error="nothing")

    found = answer(judged, picture, Nothing([], []))
    assert (found.inchi, found.error, found.verified) == ("", "nothing", False)


def test_a_molecule_with_an_open_end_keeps_what_was_seen(
    judged: list[VerifiedReader], picture: Path
) -> None:
    class Open(Blind):
        def read_gray(self, image_id: str, gray: np.ndarray) -> Prediction:
            found = super().read_gray(image_id, gray)
            return replace(found, smiles="*CC", molfile="M  END", error="unread label")

    found = answer(judged, picture, Open([], []))
    assert (found.smiles, found.molfile, found.error) == ("*CC", "M  END", "unread label")


def test_only_the_competitions_style_is_drawn() -> None:
    intensity = noisy_picture(INCHIS[0], 2, bond=25)
    assert intensity is not None
    gray = np.where(intensity, 0, 255).astype(np.uint8)
    assert in_competition_style(gray)
    assert not in_competition_style(cv2.GaussianBlur(gray, (5, 5), 0))
    assert not in_competition_style(np.ascontiguousarray(gray[20:-20, 20:-20]))


def in_competition_style(gray: np.ndarray) -> bool:
    return BinarizedImage(gray).style == "competition"


def test_noise_shows_the_competitions_style_where_two_margins_do_not() -> None:
    """A level line that vanished makes a side wider; of a clean picture two sides say nothing."""
    intensity = noisy_picture(INCHIS[0], 2, bond=25)
    assert intensity is not None
    wider = np.pad(intensity, ((12, 0), (0, 20)))
    assert in_competition_style(np.where(wider, 0, 255).astype(np.uint8))
    solid = cv2.morphologyEx(wider.view(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    solid = cv2.medianBlur(cv2.dilate(solid, np.ones((2, 2), np.uint8)), 3)
    assert not in_competition_style(np.where(solid > 0, 0, 255).astype(np.uint8))
