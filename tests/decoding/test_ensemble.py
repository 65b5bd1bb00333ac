"""The laws of an ensemble: one is the model, twice the model is the model, weights weigh."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.decoding.toys import END, START, toy, toy_memory

from inchify.decoding.beam import beam_search
from inchify.decoding.ensemble import Ensemble
from inchify.decoding.greedy import greedy

IDS = {"start_id": START, "end_id": END}
MEANS = ("probabilities", "log-probabilities")
KEYS = [5, 2, 9, 4]


def member(seed: int, **settings):
    return toy(seed=seed, end_bias=lambda key, length: length - key / 2, **settings)


@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize("copies", [1, 2, 3])
def test_the_same_model_again_is_the_model(copies: int, mean: str) -> None:
    ensemble = Ensemble([member(1)] * copies, mean=mean)
    memories = [toy_memory(KEYS)] * copies
    options = {"max_length": 20, **IDS}
    assert_same(
        greedy(ensemble, memories, **options), greedy(member(1), toy_memory(KEYS), **options)
    )
    options |= {"beams": 3, "n_best": 3}
    many = beam_search(ensemble, memories, **options)
    for one, two in zip(many, beam_search(member(1), toy_memory(KEYS), **options), strict=True):
        assert_same(one, two)


def assert_same(one, two) -> None:
    assert [h.ids for h in one] == [h.ids for h in two]
    assert np.allclose([h.score for h in one], [h.score for h in two], atol=1e-5)


@pytest.mark.parametrize("mean", MEANS)
def test_average_is_the_formula_and_a_distribution(mean: str) -> None:
    members, weights = [toy(seed=1), toy(seed=2)], [3.0, 1.0]
    ensemble = Ensemble(members, weights, mean=mean)
    state = ensemble.start([toy_memory([4]), toy_memory([4])])
    log_probs_RV, state = ensemble.step(state, torch.tensor([START]))
    one, two = (m.log_probs(4, (START,)).astype(np.float64)[3:] for m in members)
    if mean == "probabilities":
        expected = 0.75 * np.exp(one) + 0.25 * np.exp(two)
    else:
        whole = [m.log_probs(4, (START,)).astype(np.float64)[2:] for m in members]
        raw = np.exp(0.75 * whole[0] + 0.25 * whole[1])
        expected = raw[1:] / raw.sum()
    assert np.allclose(log_probs_RV[0, 3:].exp(), expected, atol=1e-6)
    assert float(log_probs_RV.exp().sum()) == pytest.approx(1.0, abs=1e-5)


def test_members_read_their_own_memory_and_are_reordered_together() -> None:
    """Member two sees other keys; each checks its own prefixes (see ToyDecoder)."""
    ensemble = Ensemble([member(1), member(2)])
    found = beam_search(
        ensemble, [toy_memory(KEYS), toy_memory([1, 3, 6, 8])], beams=3, max_length=20, **IDS
    )
    alone = beam_search(
        Ensemble([member(1), member(2)]),
        [toy_memory(KEYS[2:3]), toy_memory([6])],
        beams=3,
        max_length=20,
        **IDS,
    )
    assert found[2] == alone[0]


def test_wrong_members_are_named() -> None:
    with pytest.raises(ValueError, match="at least one decoder"):
        Ensemble([])
    with pytest.raises(ValueError, match="weights"):
        Ensemble([member(1)], [0.0])
    with pytest.raises(ValueError, match="'mean' is 'max'"):
        Ensemble([member(1)], mean="max")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="1 memories; there must be 2"):
        Ensemble([member(1), member(2)]).start([toy_memory(KEYS)])
    with pytest.raises(ValueError, match="vocabularies of"):
        greedy(
            Ensemble([toy(vocabulary=7), toy(vocabulary=8)]),
            [toy_memory([1])] * 2,
            max_length=3,
            **IDS,
        )
