"""Scores of given captions: the beam's own scores again, whatever else is in the batch."""

from __future__ import annotations

import math

import pytest
from tests.decoding.toys import END, START, score_of, toy, toy_memory

from inchify.decoding.beam import beam_search
from inchify.decoding.rescore import rescore

IDS = {"start_id": START, "end_id": END}


class Forgiving:
    """A toy whose rows may go on after the end, as the padding of a shorter candidate does."""

    def __init__(self, inner) -> None:
        self.inner = inner

    def start(self, memory):
        return self.inner.start(memory)

    def reorder(self, state, index_R):
        return self.inner.reorder(state, index_R)

    def step(self, state, last_ids_R):
        last_ids_R = last_ids_R.clone()
        last_ids_R[last_ids_R == END] = 3
        return self.inner.step(state, last_ids_R)


def test_beam_scores_come_back() -> None:
    decoder = toy(seed=3, end_bias=lambda key, length: length - key / 2)
    keys = [2, 9, 5, 12]
    found = beam_search(decoder, toy_memory(keys), beams=4, n_best=4, max_length=25, **IDS)
    captions = [[h.ids for h in hypotheses] for hypotheses in found]
    scores = rescore(Forgiving(decoder), toy_memory(keys), captions, **IDS)
    for hypotheses, values in zip(found, scores, strict=True):
        assert values == pytest.approx([h.score for h in hypotheses], abs=1e-4)


def test_any_number_of_candidates() -> None:
    decoder = toy(seed=4)
    captions = [[], [(3, 4)], [(), (5, 5, 5, 5), (6,)], []]
    keys = [7, 8, 9, 10]
    scores = rescore(Forgiving(decoder), toy_memory(keys), captions, **IDS)
    assert [len(values) for values in scores] == [0, 1, 3, 0]
    for key, parts, values in zip(keys, captions, scores, strict=True):
        expected = [score_of(decoder, key, ids) for ids in parts]
        assert values == pytest.approx(expected, abs=1e-4)
    # three rows for each of two pictures; then the picture with the short candidate leaves
    assert decoder.steps == [6, 6, 6, 3, 3]


def test_impossible_captions_score_minus_infinity() -> None:
    assert rescore(toy(), toy_memory([1]), [[(0,)]], **IDS) == [[-math.inf]]


def test_nothing_to_score() -> None:
    assert rescore(toy(), toy_memory([]), [], **IDS) == []
    assert rescore(toy(), toy_memory([1, 2]), [[], []], **IDS) == [[], []]
    with pytest.raises(ValueError, match="candidates for 1 pictures; there must be 2"):
        rescore(toy(), toy_memory([1, 2]), [[]], **IDS)
