"""Step decoders without weights: a seeded function of the picture and the prefix, for the tests."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch

from inchify.types import Memory

START, END = 1, 2


def toy_memory(keys: list[int]) -> Memory:
    """One memory token for each picture; its value is the picture's key."""
    tokens_BSD = torch.tensor(keys, dtype=torch.float32).reshape(-1, 1, 1)
    return Memory(tokens_BSD, torch.ones(len(keys), 1, dtype=torch.bool))


@dataclass
class ToyDecoder:
    """Log-probabilities drawn from (seed, picture, prefix); keeps a record of every call.

    ``end_bias(picture, length)`` is added to the end token's logit; ``round_to`` rounds logits, so
    that ties occur; ``scale`` sets how sure the decoder is.
    """

    vocabulary: int = 7
    seed: int = 0
    scale: float = 2.0
    end_bias: Callable[[int, int], float] = lambda key, length: 0.0
    round_to: float = 0.0
    steps: list[int] = field(default_factory=list)
    reorders: list[int] = field(default_factory=list)
    starts: int = 0

    def log_probs(self, key: int, prefix: tuple[int, ...]) -> np.ndarray:
        rng = np.random.default_rng([self.seed, key, len(prefix), *prefix])
        logits = self.scale * rng.standard_normal(self.vocabulary)
        logits[END] += self.end_bias(key, len(prefix))
        if self.round_to:
            logits = np.round(logits / self.round_to) * self.round_to
        return (logits - np.log(np.exp(logits).sum())).astype(np.float32)

    def start(self, memory: Memory) -> list[tuple[int, tuple[int, ...]]]:
        self.starts += 1
        return [(int(key), ()) for key in memory.tokens_BSD[:, 0, 0]]

    def step(self, state, last_ids_R):
        assert len(state) == len(last_ids_R)
        self.steps.append(len(state))
        after = []
        for (key, prefix), last in zip(state, last_ids_R.tolist(), strict=True):
            assert last != END, "an ended caption goes on"
            assert (last == START) == (prefix == ()), "the start token comes first and only there"
            after.append((key, (*prefix, last)))
        rows = [self.log_probs(key, prefix) for key, prefix in after]
        return torch.from_numpy(np.stack(rows)), after

    def reorder(self, state, index_R):
        self.reorders.append(len(index_R))
        rows = [state[row] for row in index_R.tolist()]
        keys = [key for key, _ in rows]
        groups = [key for key, _ in itertools.groupby(keys)]
        assert len(groups) == len(set(keys)), "rows of one picture stay next to each other"
        assert len(keys) % len(groups) == 0, "every picture has as many rows as the others"
        return rows


def no_start(decoder: ToyDecoder) -> ToyDecoder:
    """Makes pad and start impossible, so that ToyDecoder's own check on start tokens holds."""
    inner = decoder.log_probs

    def log_probs(key: int, prefix: tuple[int, ...]) -> np.ndarray:
        values = inner(key, prefix).astype(np.float64)
        values[[0, START]] = -np.inf
        return (values - np.log(np.exp(values).sum())).astype(np.float32)

    decoder.log_probs = log_probs  # type: ignore[method-assign]
    return decoder


def toy(**settings) -> ToyDecoder:
    return no_start(ToyDecoder(**settings))


def score_of(decoder: ToyDecoder, key: int, ids: tuple[int, ...], ended: bool = True) -> float:
    """The sum of log-probabilities of a caption, computed one token at a time."""
    prefix, total = (START,), 0.0
    for token in (*ids, END) if ended else ids:
        total += float(decoder.log_probs(key, prefix)[token])
        prefix = (*prefix, token)
    return total


def brute_force(
    decoder: ToyDecoder, key: int, max_length: int, penalty: float = 0.0
) -> list[tuple[float, tuple[int, ...]]]:
    """(rank score, ids) of every caption that ends within ``max_length`` or is cut there."""
    symbols = [token for token in range(decoder.vocabulary) if token > END]
    found = []
    for length in range(max_length + 1):
        for ids in itertools.product(symbols, repeat=length):
            ended = length < max_length
            count = length + 1 if ended else length
            score = score_of(decoder, key, ids, ended)
            if math.isfinite(score):
                found.append((score / count**penalty, ids))
    return sorted(found, key=lambda entry: -entry[0])
