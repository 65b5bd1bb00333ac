"""One answer from candidates: valid before likely, and never a string that cannot be submitted."""

from __future__ import annotations

import math

import pytest

from inchify.competition.candidates import CandidateRow
from inchify.competition.choose import FALLBACK, choose, choose_all, ranked
from inchify.types import Candidate

A, B, C = (f"InChI=1S/{letter}" for letter in "ABC")


def row(*pairs: tuple[str, float], image_id: str = "x") -> CandidateRow:
    return CandidateRow(image_id, tuple(Candidate(text, score, 5) for text, score in pairs))


@pytest.mark.parametrize(
    ("valid", "answer"),
    [((A, B, C), B), ((A, C), A), ((C,), C), ((), B)],
)
def test_first_valid_by_score_else_best_as_read(valid: tuple[str, ...], answer: str) -> None:
    candidates = row((A, -2.0), (B, -1.0), (C, -3.0)).candidates
    assert choose(candidates, {text: text for text in valid}) == answer


def test_normal_form_replaces_the_text_only_when_wanted_and_usable() -> None:
    candidates = row((A, -1.0)).candidates
    assert choose(candidates, {A: B}) == B
    assert choose(candidates, {A: B}, rewrite=False) == A
    assert choose(candidates, {A: "CCO"}) == A


@pytest.mark.parametrize(
    "text", ["", "CCO", "InChI=1S/", "InChI=1S/C H", 'InChI=1S/"', "InChI=1S/ä"]
)
def test_what_cannot_be_submitted_is_never_chosen(text: str) -> None:
    assert choose(row((text, 0.0), (A, -9.0)).candidates, {text: text}) == A
    assert choose(row((text, 0.0)).candidates, {text: text}) == FALLBACK


def test_no_candidates_give_the_fall_back() -> None:
    assert choose((), {}) == FALLBACK


def test_cut_off_candidates_come_last_and_ties_keep_their_order() -> None:
    cut = Candidate(A, 0.0, 5, finished=False)
    worst = Candidate(B, -math.inf, 5)
    assert [item.text for item in ranked([cut, worst])] == [B, A]
    assert [item.text for item in ranked(row((C, -1.0), (A, -1.0)).candidates)] == [C, A]


def test_only_what_is_needed_is_normalized() -> None:
    asked: list[str] = []

    def normalize(texts: list[str]) -> list[str]:
        asked.extend(texts)
        return [text if text == B else "" for text in texts]

    rows = [row((B, 0.0), (C, -1.0)), row((A, 0.0), (B, -1.0), (C, -2.0)), row((A, -1.0)), row()]
    answers = list(choose_all(rows, normalize))
    assert answers == [("x", B), ("x", B), ("x", A), ("x", FALLBACK)]
    assert sorted(asked) == [A, B]
    asked.clear()
    assert next(choose_all(rows[2:], normalize, only_disputed=True)) == ("x", A)
    assert asked == []


@pytest.mark.parametrize("window", [1, 2, 3, 100])
def test_windows_do_not_change_answers(window: int) -> None:
    rows = [row((A, -1.0), (B, -2.0), image_id=str(number)) for number in range(7)]
    answers = list(choose_all(rows, lambda texts: [t * (t == B) for t in texts], window=window))
    assert answers == [(str(number), B) for number in range(7)]


def test_real_molecules_are_normalized_and_nonsense_is_passed_over() -> None:
    pytest.importorskip("rdkit")
    from inchify.competition.normal import normal_forms

    nonsense = "InChI=1S/C9H9/c1(2"
    swapped = "InChI=1S/C2H6O/c3-2-1/h3H,2H2,1H3"
    ethanol = "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3"
    rows = [row((nonsense, -0.1), (ethanol, -5.0)), row((nonsense, -0.1)), row((swapped, 0.0))]
    answers = [answer for _, answer in choose_all(rows, normal_forms)]
    assert answers == [ethanol, nonsense, ethanol]
