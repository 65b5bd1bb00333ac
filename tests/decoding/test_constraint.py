"""Grammar masks in greedy and beam: never broken, never all-forbidden, moved with their rows."""

from __future__ import annotations

import numpy as np
import pytest
from tests.decoding.toys import END, START, brute_force, toy, toy_memory

from inchify.decoding.beam import beam_search
from inchify.decoding.greedy import greedy

IDS = {"start_id": START, "end_id": END}


class NoRepeat:
    """A toy grammar: symbols rise modulo 3 in turn, and the end follows only after symbol 5."""

    vocabulary = 9

    def start(self, rows: int) -> np.ndarray:
        return np.zeros((rows, 2), dtype=np.int64)  # last symbol, how many

    def allowed(self, state: np.ndarray) -> np.ndarray:
        tokens = np.arange(self.vocabulary)
        allowed = (tokens[None] > END) & (tokens[None] % 3 == state[:, 1:] % 3)
        allowed[:, END] = state[:, 0] == 5
        return allowed

    def advance(self, state: np.ndarray, ids_R: np.ndarray) -> np.ndarray:
        assert len(ids_R) == len(state)
        allowed = self.allowed(state)
        assert allowed[np.arange(len(ids_R)), ids_R].all(), "only allowed tokens are taken"
        assert (ids_R > END).all(), "the end is no step of the grammar"
        return np.stack([ids_R, state[:, 1] + 1], axis=1)

    def reorder(self, state: np.ndarray, index_R: np.ndarray) -> np.ndarray:
        return state[index_R]

    def accepts(self, ids: tuple[int, ...], finished: bool) -> bool:
        shape = all(token > END and token % 3 == place % 3 for place, token in enumerate(ids))
        return shape and (not finished or (len(ids) > 0 and ids[-1] == 5))


@pytest.mark.parametrize("beams", [0, 1, 3, 8])
def test_no_violation_in_many_captions(beams: int) -> None:
    rule, count = NoRepeat(), 0
    for seed in range(8):
        decoder = toy(vocabulary=9, seed=seed, end_bias=lambda key, length: length / 2)
        memory, options = toy_memory(list(range(12))), {"max_length": 15, "constraint": rule}
        if beams:
            found = beam_search(decoder, memory, beams=beams, n_best=beams, **options, **IDS)
        else:
            found = [[h] for h in greedy(decoder, memory, **options, **IDS)]
        for hypotheses in found:
            assert hypotheses
            for hypothesis in hypotheses:
                assert rule.accepts(hypothesis.ids, hypothesis.finished), hypothesis
                count += hypothesis.finished
    assert count > 50


def test_wide_constrained_beam_is_the_best_accepted_caption() -> None:
    decoder = toy(vocabulary=9, scale=1.0, end_bias=lambda key, length: -1.0)
    rule = NoRepeat()
    (found,) = beam_search(
        decoder, toy_memory([4]), beams=300, n_best=5, max_length=5, constraint=rule, **IDS
    )
    every = brute_force(decoder, 4, 5)
    truth = [ids for _, ids in every if rule.accepts(ids, len(ids) < 5)][:5]
    assert [h.ids for h in found] == truth
    assert truth != [ids for _, ids in every][:5], "the rule matters here"


def test_all_forbidden_is_an_assertion() -> None:
    class Nothing(NoRepeat):
        def allowed(self, state: np.ndarray) -> np.ndarray:
            return super().allowed(state) & (state[:, 1:] < 2)

    options = {"max_length": 6, "constraint": Nothing()}
    decoder = toy(vocabulary=9, end_bias=lambda key, length: -50.0)
    with pytest.raises(AssertionError, match="forbids every token"):
        beam_search(decoder, toy_memory([1]), beams=2, **options, **IDS)
    with pytest.raises(AssertionError, match="forbids every token"):
        greedy(decoder, toy_memory([1]), **options, **IDS)


def test_wrong_width_is_an_assertion() -> None:
    with pytest.raises(AssertionError, match="constraint gives"):
        greedy(toy(vocabulary=7), toy_memory([1]), max_length=3, constraint=NoRepeat(), **IDS)
