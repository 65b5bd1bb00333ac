"""Decoding agrees with the definition: a text's chance is the sum over all paths that mean it."""

from __future__ import annotations

from itertools import groupby, product

import pytest
import torch

from inchify.decoding.ctc import best_path, prefix_beam


def collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(letter for letter, _ in groupby(path) if letter)


def all_texts(log_probs: torch.Tensor) -> dict[tuple[int, ...], float]:
    """Text -> chance, by going through every path."""
    found: dict[tuple[int, ...], float] = {}
    columns, letters = log_probs.shape
    for path in product(range(letters), repeat=columns):
        chance = float(torch.stack([log_probs[t, v] for t, v in enumerate(path)]).sum().exp())
        text = collapsed(path)
        found[text] = found.get(text, 0.0) + chance
    return found


@pytest.fixture(params=range(4))
def log_probs(request: pytest.FixtureRequest) -> torch.Tensor:
    generator = torch.Generator().manual_seed(request.param)
    return (2 * torch.randn(5, 4, generator=generator)).log_softmax(-1)


def test_wide_beam_is_exact(log_probs: torch.Tensor) -> None:
    truth = all_texts(log_probs)
    readings = prefix_beam(log_probs.numpy(), beams=1000, letters=4)
    assert {reading.ids for reading in readings} == set(truth)
    for ids, score in readings:
        assert torch.tensor(score).exp().item() == pytest.approx(truth[ids], rel=1e-4)
    assert readings[0].ids == max(truth, key=lambda text: truth[text])


def test_scores_agree_with_the_training_loss(log_probs: torch.Tensor) -> None:
    for reading in prefix_beam(log_probs.numpy(), beams=1000, letters=4)[:5]:
        if reading.ids:
            nll = torch.nn.functional.ctc_loss(
                log_probs[:, None],
                torch.tensor([reading.ids]),
                torch.tensor([5]),
                torch.tensor([len(reading.ids)]),
                reduction="sum",
            )
            assert -float(nll) == pytest.approx(reading.score, abs=1e-4)


def test_best_path_is_the_likeliest_path_within_each_length(log_probs: torch.Tensor) -> None:
    both = torch.stack([log_probs, log_probs]).numpy()
    whole, short = best_path(both, [5, 3])
    assert whole.ids == collapsed(tuple(log_probs.argmax(-1).tolist()))
    assert short.ids == collapsed(tuple(log_probs[:3].argmax(-1).tolist()))
    assert short.score == pytest.approx(float(log_probs[:3].max(-1).values.sum()), abs=1e-5)


def test_repeats_need_a_blank_between() -> None:
    rows = torch.full((4, 3), -20.0)
    for column, letter in enumerate((1, 1, 0, 1)):
        rows[column, letter] = 0.0
    assert best_path(rows[None].numpy(), [4])[0].ids == (1, 1)
    assert prefix_beam(rows.numpy())[0].ids == (1, 1)
    assert prefix_beam(rows[:2].numpy())[0].ids == (1,)


def test_the_lexicon_tips_the_scales_and_leaves_the_score() -> None:
    rows = torch.tensor([[0.1, 0.5, 0.4]]).log()
    plain = prefix_beam(rows.numpy())
    known = prefix_beam(rows.numpy(), lexicon={(2,)}, bonus=0.5)
    assert plain[0].ids == (1,) and known[0].ids == (2,)
    assert known[0].score == pytest.approx(float(rows[0, 2]))
    with pytest.raises(ValueError, match="beams 0"):
        prefix_beam(rows.numpy(), beams=0)
