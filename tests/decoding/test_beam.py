"""Beam search against brute force, greedy and itself, on decoders without weights."""

from __future__ import annotations

from weakref import WeakSet

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.decoding.toys import END, START, brute_force, score_of, toy, toy_memory

from inchify.decoding.beam import beam_search
from inchify.decoding.greedy import greedy
from inchify.types import Hypothesis

IDS = {"start_id": START, "end_id": END}


def close(one: list[Hypothesis], two: list[Hypothesis]) -> None:
    assert [(h.ids, h.finished) for h in one] == [(h.ids, h.finished) for h in two]
    assert np.allclose([h.score for h in one], [h.score for h in two], atol=1e-4)


@pytest.mark.parametrize("penalty", [0.0, 1.0, 2.0, -0.5])
@pytest.mark.parametrize("seed", range(5))
def test_wide_beam_is_brute_force(seed: int, penalty: float) -> None:
    decoder = toy(vocabulary=6, seed=seed, scale=1.5)
    keys = [3, 8, 1]
    found = beam_search(
        decoder, toy_memory(keys), beams=200, n_best=9, max_length=4, length_penalty=penalty, **IDS
    )
    for key, hypotheses in zip(keys, found, strict=True):
        truth = brute_force(decoder, key, 4, penalty)[:9]
        assert [h.ids for h in hypotheses] == [ids for _, ids in truth]
        for hypothesis in hypotheses:
            assert hypothesis.finished == (len(hypothesis.ids) < 4)
            expected = score_of(decoder, key, hypothesis.ids, hypothesis.finished)
            assert hypothesis.score == pytest.approx(expected, abs=1e-5)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    keys=st.lists(st.integers(0, 99), max_size=5, unique=True),
    scale=st.floats(0.1, 8.0),
    round_to=st.sampled_from([0.0, 0.5, 2.0]),
)
def test_beam_of_one_is_greedy(seed: int, keys: list[int], scale: float, round_to: float) -> None:
    decoder = toy(seed=seed, scale=scale, round_to=round_to)
    one = beam_search(decoder, toy_memory(keys), beams=1, max_length=9, **IDS)
    two = greedy(decoder, toy_memory(keys), max_length=9, **IDS)
    assert len(one) == len(two) == len(keys)
    for (best,), best_greedy in zip(one, two, strict=True):
        close([best], [best_greedy])


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    beams=st.integers(2, 5),
    round_to=st.sampled_from([0.0, 1.0]),
    penalty=st.sampled_from([0.0, 1.0]),
    data=st.data(),
)
def test_results_do_not_depend_on_the_batch(seed, beams, round_to, penalty, data) -> None:
    decoder = toy(seed=seed, round_to=round_to, end_bias=lambda key, length: length - key / 10)
    keys = data.draw(st.lists(st.integers(0, 99), min_size=2, max_size=6, unique=True))
    n_best = data.draw(st.integers(1, beams))
    options = {"beams": beams, "n_best": n_best, "max_length": 14, "length_penalty": penalty}
    together = beam_search(decoder, toy_memory(keys), **options, **IDS)
    for key, hypotheses in zip(keys, together, strict=True):
        (alone,) = beam_search(decoder, toy_memory([key]), **options, **IDS)
        assert alone == hypotheses


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), beams=st.integers(1, 5), penalty=st.sampled_from([0.0, 0.7]))
def test_scores_are_sums_and_the_list_is_sorted(seed: int, beams: int, penalty: float) -> None:
    decoder = toy(seed=seed, end_bias=lambda key, length: length - 5.0)
    found = beam_search(
        decoder,
        toy_memory([1, 2]),
        beams=beams,
        n_best=beams,
        max_length=12,
        length_penalty=penalty,
        **IDS,
    )
    for key, hypotheses in zip([1, 2], found, strict=True):
        assert len({h.ids for h in hypotheses}) == len(hypotheses) == beams
        ranks = []
        for h in hypotheses:
            assert h.score == pytest.approx(score_of(decoder, key, h.ids, h.finished), abs=1e-4)
            ranks.append(h.score / (len(h.ids) + h.finished) ** penalty)
        assert ranks == sorted(ranks, reverse=True)


def test_early_stop_loses_nothing() -> None:
    """Fewer asked for are the first of more asked for, though the search stops earlier."""
    decoder = toy(seed=5, scale=3.0, end_bias=lambda key, length: length - 4.0)
    keys = list(range(12))
    calls = []
    lists = []
    for n_best in (1, 2, 4):
        decoder.steps.clear()
        options = {"beams": 4, "n_best": n_best, "max_length": 30}
        lists.append(beam_search(decoder, toy_memory(keys), **options, **IDS))
        calls.append(sum(decoder.steps))
    assert lists[0] == [hypotheses[:1] for hypotheses in lists[2]]
    assert lists[1] == [hypotheses[:2] for hypotheses in lists[2]]
    assert calls[0] < calls[1] < calls[2]


def test_finished_pictures_leave_the_batch() -> None:
    """Picture k may end after k + 1 tokens only, and then must."""
    lengths = [4, 0, 9, 2, 6]

    def end(key: int, length: int) -> float:
        return 200.0 if length == key + 1 else -200.0

    decoder = toy(end_bias=end)
    found = beam_search(decoder, toy_memory(lengths), beams=3, max_length=20, **IDS)
    assert [len(hypotheses[0].ids) for hypotheses in found] == lengths
    # first step: a row for each picture; then three for each that still runs
    running = [sum(length >= step for length in lengths) for step in range(10)]
    assert decoder.steps == [running[0]] + [3 * count for count in running[1:]]
    assert decoder.starts == 1
    assert len(decoder.reorders) <= len(decoder.steps)

    decoder.steps.clear()
    decoder.reorders.clear()
    assert [
        len(h.ids) for h in greedy(decoder, toy_memory(lengths), max_length=20, **IDS)
    ] == lengths
    assert decoder.steps == running
    assert len(decoder.reorders) == 4, "rows that all stay are no reorder"


@pytest.mark.parametrize("beams", [0, 3])
def test_old_states_are_let_go(beams: int) -> None:
    """Memory stays flat: no more than the state before, the state after and its reordered form."""

    class State:
        def __init__(self, rows) -> None:
            self.rows = rows
            alive.add(self)

    class Watched:
        def __init__(self) -> None:
            self.inner = toy(end_bias=lambda key, length: length - key - 4.0)

        def start(self, memory) -> State:
            return State(self.inner.start(memory))

        def step(self, state, last_ids_R):
            log_probs_RV, rows = self.inner.step(state.rows, last_ids_R)
            most.append(len(alive))
            return log_probs_RV, State(rows)

        def reorder(self, state, index_R) -> State:
            return State(self.inner.reorder(state.rows, index_R))

    alive: WeakSet[State] = WeakSet()
    most: list[int] = []
    memory, options = toy_memory(list(range(8))), {"max_length": 30, **IDS}
    if beams:
        beam_search(Watched(), memory, beams=beams, **options)
    else:
        greedy(Watched(), memory, **options)
    assert len(most) > 8 and max(most) <= 2
    assert not alive


def test_most_rows_keep_their_place() -> None:
    """A survivor stays in its parent's slot: a decoder that copies only moved rows copies few."""
    decoder = toy(vocabulary=20, scale=6.0, end_bias=lambda key, length: -50.0)
    moved, total = [], []
    inner = decoder.reorder

    def spy(state, index_R):
        if len(index_R) == len(state):
            moved.append(int((index_R != torch.arange(len(index_R))).sum()))
            total.append(len(index_R))
        return inner(state, index_R)

    decoder.reorder = spy  # type: ignore[method-assign]
    beam_search(decoder, toy_memory(list(range(6))), beams=4, max_length=25, **IDS)
    assert sum(moved) < 0.5 * sum(total)


def test_ties_are_deterministic() -> None:
    """With all continuations alike, the smallest tokens win, in order."""
    decoder = toy(vocabulary=6, scale=0.0, end_bias=lambda key, length: 0.0)
    (found,) = beam_search(decoder, toy_memory([1]), beams=4, n_best=4, max_length=3, **IDS)
    assert [h.ids for h in found] == [(), (3,), (3, 3), (3, 3, 3)]
    assert greedy(decoder, toy_memory([1]), max_length=3, **IDS)[0].ids == ()
    late = toy(
        vocabulary=6, scale=0.0, end_bias=lambda key, length: 200.0 if length == 3 else -90.0
    )
    (found,) = beam_search(late, toy_memory([1]), beams=4, n_best=4, max_length=9, **IDS)
    assert [h.ids for h in found] == [(3, 3), (3, 4), (3, 5), (4, 3)]


@pytest.mark.parametrize("beams", [1, 4])
def test_max_length_cuts_and_says_so(beams: int) -> None:
    decoder = toy(end_bias=lambda key, length: -100.0)
    found = beam_search(decoder, toy_memory([1, 2]), beams=beams, max_length=6, **IDS)
    cut = greedy(decoder, toy_memory([1, 2]), max_length=6, **IDS)
    for hypothesis in [*cut, *(hypotheses[0] for hypotheses in found)]:
        assert len(hypothesis.ids) == 6 and not hypothesis.finished
    assert len(decoder.steps) == 12


@pytest.mark.parametrize("seed", range(20))
def test_enough_beams_score_no_less_than_greedy(seed: int) -> None:
    """Not true of beams in general; a beam that holds every prefix cannot lose the greedy one."""
    decoder = toy(vocabulary=5, seed=seed)
    keys = [1, 2, 3]
    wide = beam_search(decoder, toy_memory(keys), beams=16, max_length=4, **IDS)
    bases = greedy(decoder, toy_memory(keys), max_length=4, **IDS)
    for (best,), base in zip(wide, bases, strict=True):
        assert best.score >= base.score - 1e-6


def test_empty_batch() -> None:
    decoder = toy()
    assert beam_search(decoder, toy_memory([]), beams=3, max_length=5, **IDS) == []
    assert greedy(decoder, toy_memory([]), max_length=5, **IDS) == []
    assert decoder.starts == 0


def test_wrong_numbers_are_named() -> None:
    memory = toy_memory([1])
    with pytest.raises(ValueError, match="'beams' is 0"):
        beam_search(toy(), memory, beams=0, max_length=5, **IDS)
    with pytest.raises(ValueError, match="'n_best' is 3; it must be between 1 and beams = 2"):
        beam_search(toy(), memory, beams=2, n_best=3, max_length=5, **IDS)
    with pytest.raises(ValueError, match="'max_length' is 0"):
        greedy(toy(), memory, max_length=0, **IDS)


def test_nan_is_an_error() -> None:
    decoder = toy()
    decoder.log_probs = lambda key, prefix: np.full(7, np.nan, dtype=np.float32)  # type: ignore
    with pytest.raises(ValueError, match="not numbers"):
        beam_search(decoder, toy_memory([1]), beams=2, max_length=5, **IDS)
    with pytest.raises(ValueError, match="not numbers"):
        greedy(decoder, toy_memory([1]), max_length=5, **IDS)
