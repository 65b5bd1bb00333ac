"""Finished hypotheses of a beam search, the n best of each picture.

Shape letters: B pictures still being decoded.
"""

from __future__ import annotations

import numpy as np

from inchify.types import Hypothesis


class Finished:
    """The n best ended hypotheses of every picture, and whether a running one could still enter."""

    def __init__(self, pictures: int, n_best: int, length_penalty: float, max_length: int) -> None:
        self.n_best = n_best
        self.length_penalty = length_penalty
        self.max_length = max_length
        self._hypotheses: list[list[tuple[float, Hypothesis]]] = [[] for _ in range(pictures)]
        # The rank that has to be beaten; minus infinity while there is room.
        self._worst = np.full(pictures, -np.inf)

    def rank(self, score: np.ndarray | float, length: int) -> np.ndarray | float:
        """``score / length ** length_penalty``, length with the end token."""
        return score / float(length) ** self.length_penalty

    def wants(self, picture: int, score: float, length: int) -> bool:
        """Whether ``add`` would keep it; an equal one that came earlier stays."""
        return bool(self.rank(score, length) > self._worst[picture])

    def add(self, picture: int, hypothesis: Hypothesis, length: int) -> None:
        hypotheses = self._hypotheses[picture]
        hypotheses.append((float(self.rank(hypothesis.score, length)), hypothesis))
        hypotheses.sort(key=lambda entry: -entry[0])
        del hypotheses[self.n_best :]
        if len(hypotheses) == self.n_best:
            self._worst[picture] = hypotheses[-1][0]

    def decided(self, who_B: np.ndarray, running_B: np.ndarray, length: int) -> np.ndarray:
        """bool (B,): the best running score (sum after ``length`` tokens) cannot enter any more.

        Scores only fall and are at most 0: a positive penalty favours the longest caption there
        can be, a negative one the next length.
        """
        best_length = self.max_length if self.length_penalty > 0 else length + 1
        bound_B = np.asarray(self.rank(running_B.astype(np.float64), best_length))
        return (bound_B <= self._worst[who_B]) | np.isneginf(running_B)

    def best(self) -> list[list[Hypothesis]]:
        """The hypotheses of every picture, best first."""
        return [[hypothesis for _, hypothesis in hypotheses] for hypotheses in self._hypotheses]
