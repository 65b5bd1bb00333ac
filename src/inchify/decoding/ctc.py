"""Decoding of connectionist temporal classification (CTC): best path and prefix beam search.

A path names a letter or the blank for every column; its text is what is left when repeats are made
one and blanks are taken out (Graves et al. 2006).

Shape letters: B lines, T columns, V letters with the blank.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np


class Reading(NamedTuple):
    """Letter ids, and the logarithm of a probability: of the best path that means them, or of all
    paths that do."""

    ids: tuple[int, ...]
    score: float


def best_path(
    log_probs_BTV: np.ndarray, lengths_B: Sequence[int], *, blank: int = 0
) -> list[Reading]:
    """Read lines by their likeliest paths.

    Args:
        log_probs_BTV: Log-probabilities of letters.
        lengths_B: Columns of each line; later ones are padding.
        blank: Id of the blank.

    Returns:
        For each line its letters and the log-probability of the path.
    """
    values_BT, ids_BT = log_probs_BTV.max(axis=-1), log_probs_BTV.argmax(axis=-1)
    readings = []
    for values, ids, length in zip(values_BT.tolist(), ids_BT.tolist(), lengths_B, strict=True):
        kept = tuple(
            letter
            for place, letter in enumerate(ids[:length])
            if letter != blank and (place == 0 or ids[place - 1] != letter)
        )
        readings.append(Reading(kept, math.fsum(values[:length])))
    return readings


def prefix_beam(
    log_probs_TV: np.ndarray,
    *,
    beams: int = 8,
    letters: int = 6,
    blank: int = 0,
    lexicon: Collection[tuple[int, ...]] = (),
    bonus: float = 0.0,
) -> list[Reading]:
    """Find likely texts of a line by prefix beam search.

    Args:
        log_probs_TV: Log-probabilities of letters.
        beams: Texts kept after each column.
        letters: Likeliest letters tried in each column.
        blank: Id of the blank.
        lexicon: Texts ranked as if they were ``exp(bonus)`` times as likely.
        bonus: Added to the score of texts in ``lexicon`` for ranking only.

    Returns:
        Texts, best first, each scored over all of its paths that were followed.

    Raises:
        ValueError: ``beams`` or ``letters`` is below 1.
    """
    if beams < 1 or letters < 1:
        raise ValueError(f"beams {beams} and letters {letters} must be at least 1")
    ids_TL = np.argsort(-log_probs_TV, axis=1, kind="stable")[:, :letters]
    values_TL = np.take_along_axis(log_probs_TV, ids_TL, axis=1)
    blanks = log_probs_TV[:, blank].tolist()
    # text -> logarithms of the probabilities of its paths that end in a blank, and in a letter
    states: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -math.inf)}
    for values, ids, nothing in zip(values_TL.tolist(), ids_TL.tolist(), blanks, strict=True):
        columns = [(i, v) for i, v in zip(ids, values, strict=True) if i != blank]
        states = _step(states, columns, nothing, beams)
    readings = [Reading(text, _add(*ends)) for text, ends in states.items()]

    def order(reading: Reading) -> float:
        return -reading.score - (bonus if reading.ids in lexicon else 0.0)

    return sorted(readings, key=order)


def _step(
    states: dict[tuple[int, ...], tuple[float, float]],
    columns: Sequence[tuple[int, float]],
    nothing: float,
    beams: int,
) -> dict[tuple[int, ...], tuple[float, float]]:
    """One column further; the best texts stay."""
    new: dict[tuple[int, ...], tuple[float, float]] = {}

    def put(text: tuple[int, ...], in_blank: float, in_letter: float) -> None:
        if max(in_blank, in_letter) == -math.inf:
            return
        old = new.get(text, (-math.inf, -math.inf))
        new[text] = (_add(old[0], in_blank), _add(old[1], in_letter))

    for text, (in_blank, in_letter) in states.items():
        in_either = _add(in_blank, in_letter)
        put(text, in_either + nothing, -math.inf)
        for letter, value in columns:
            if text and letter == text[-1]:
                put(text, -math.inf, in_letter + value)
                put((*text, letter), -math.inf, in_blank + value)
            else:
                put((*text, letter), -math.inf, in_either + value)
    best = sorted(new, key=lambda text: -_add(*new[text]))[:beams]
    return {text: new[text] for text in best}


def _add(first: float, second: float) -> float:
    """Logarithm of the sum of two numbers given as logarithms."""
    high, low = max(first, second), min(first, second)
    if low == -math.inf:
        return high
    return high + math.log1p(math.exp(low - high))
