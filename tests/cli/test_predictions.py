"""What predict makes of candidates: the chosen string, its own probability, or an error."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from inchify.competition.normalized import normalized_predictions
from inchify.types import Candidate, Prediction

ETHANOL = "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3"


class Fixed:
    """A reader that knows one answer."""

    def __init__(self, *candidates: Candidate) -> None:
        self.candidates = candidates

    def read(self, pictures: Iterable[tuple[str, Path]]) -> Iterator[Prediction]:
        for image_id, _ in pictures:
            yield Prediction(image_id, "as read", confidence=0.9, candidates=self.candidates)


def answer(*candidates: Candidate) -> Prediction:
    (found,) = normalized_predictions(Fixed(*candidates), [("a", Path("a.png"))])
    return found


def test_confidence_is_that_of_the_chosen_string() -> None:
    wrong = Candidate("InChI=1S/C2H6O/c1-2-9/h3H", score=-0.1, tokens=5)
    found = answer(wrong, Candidate(ETHANOL, score=-2.0, tokens=9))
    assert (found.inchi, found.smiles) == (ETHANOL, "CCO")
    assert found.confidence == pytest.approx(math.exp(-2.0))


def test_without_a_valid_one_the_likeliest_stays_as_read() -> None:
    wrong = Candidate("InChI=1S/C2H6O/c1-2-9/h3H", score=-0.1, tokens=5)
    found = answer(wrong)
    assert (found.inchi, found.smiles, found.error) == (wrong.text, "", "")


def test_nothing_usable_is_an_error_and_never_the_fall_back() -> None:
    found = answer(Candidate("", score=-0.1, tokens=1))
    assert found.inchi == "" and found.confidence is None and "InChI" in found.error
