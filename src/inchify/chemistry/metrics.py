"""Mean Levenshtein distance and finer accuracies of predicted InChIs, with bootstrap errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np

from inchify.chemistry.inchi import FORMULA, layer_table, without_stereo

SCORED_LAYERS = (FORMULA, "c", "h", "b", "t", "m", "s", "i")


def bit_parallel_distance(a: str, b: str) -> int:
    """Levenshtein distance with complete columns as integers (Myers 1999, in Hyyrö's form).

    Plain Python, about ten thousand pairs a second: for machines without the compiled packages.

    Args:
        a: The first string.
        b: The second string.

    Returns:
        The distance in characters.
    """
    if not a:
        return len(b)
    places: dict[str, int] = {}
    for row, character in enumerate(a):
        places[character] = places.get(character, 0) | 1 << row
    full, last = (1 << len(a)) - 1, 1 << (len(a) - 1)
    rises, falls, distance = full, 0, len(a)  # steps down one column of the edit table
    for character in b:
        equal = places.get(character, 0)
        diagonal = (((equal & rises) + rises) ^ rises) | equal | falls
        across_up = falls | ~(diagonal | rises) & full
        across_down = diagonal & rises
        distance += bool(across_up & last) - bool(across_down & last)
        across_up = across_up << 1 | 1
        rises = (across_down << 1 | ~(diagonal | across_up)) & full
        falls = across_up & diagonal & full
    return distance


@cache
def _distance() -> Callable[[str, str], int]:
    """The fastest distance installed; all three give the same numbers."""
    with suppress(ImportError):
        from Levenshtein import distance  # GPL: imported here and nowhere else

        return distance
    with suppress(ImportError):
        from rapidfuzz.distance import Levenshtein

        return Levenshtein.distance
    return bit_parallel_distance


def levenshtein(a: str, b: str) -> int:
    """Levenshtein distance of two strings.

    Args:
        a: The first string.
        b: The second string.

    Returns:
        The minimum number of single-character insertions, deletions and substitutions.
    """
    return _distance()(a, b)


@dataclass(frozen=True)
class Measure:
    """A mean over ``count`` pictures with its standard error (nan for a single picture)."""

    mean: float
    error: float
    count: int


@dataclass(frozen=True)
class Score:
    """What ``score`` found: characters for ``levenshtein``, shares in 0..1 for the rest.

    ``layers`` has the layers that occur; each is counted over the pictures where the truth or the
    prediction has it, and is exact where both texts are the same.
    """

    levenshtein: Measure
    exact: Measure
    exact_without_stereo: Measure
    layers: dict[str, Measure]

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; an error that does not exist is None."""

        def plain(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: plain(item) for key, item in value.items()}
            return None if isinstance(value, float) and math.isnan(value) else value

        return plain(asdict(self))


def mean_and_error(values: Iterable[float] | np.ndarray) -> tuple[float, float]:
    """Mean and standard error of the mean.

    Args:
        values: At least one value.

    Returns:
        The mean, and the sample deviation over the root of the count (nan for a single value).

    Raises:
        ValueError: There are no values.
    """
    array = np.asarray(values if isinstance(values, np.ndarray) else list(values), dtype=np.float64)
    if array.size == 0:
        raise ValueError("the mean of no values: at least one is needed")
    error = float(array.std(ddof=1) / math.sqrt(array.size)) if array.size > 1 else math.nan
    return float(array.mean()), error


def measure(values: Iterable[float] | np.ndarray) -> Measure:
    """Mean, standard error and count of values.

    Args:
        values: At least one value.

    Returns:
        The three numbers; the error is nan for a single value.

    Raises:
        ValueError: There are no values.
    """
    array = np.asarray(values if isinstance(values, np.ndarray) else list(values))
    return Measure(*mean_and_error(array), count=int(array.size))


def distances(predictions: Sequence[str], truths: Sequence[str]) -> np.ndarray:
    """Levenshtein distances of predictions.

    Args:
        predictions: N predicted strings.
        truths: N true strings in the same order.

    Returns:
        int64 (N,), in characters.

    Raises:
        ValueError: The lengths differ.
    """
    if len(predictions) != len(truths):
        raise ValueError(f"{len(predictions)} predictions for {len(truths)} truths: one for each")
    return np.fromiter(map(_distance(), predictions, truths), np.int64, len(truths))


def score(predictions: Sequence[str], truths: Sequence[str]) -> Score:
    """Score predictions: mean Levenshtein distance, exact accuracies and accuracy of each InChI
    layer.

    Args:
        predictions: Predicted InChIs; the empty string for a picture without an answer.
        truths: True InChIs in the same order.

    Returns:
        Means with standard errors.

    Raises:
        ValueError: There are no pairs, or the lengths differ.
    """
    edit_distances = distances(predictions, truths)
    flat = np.ones(len(edit_distances), dtype=bool)
    layers: dict[str, list[bool]] = {name: [] for name in SCORED_LAYERS}
    for row, (prediction, truth) in enumerate(zip(predictions, truths, strict=True)):
        in_truth = layer_table(truth)
        if prediction == truth:
            for name in layers.keys() & in_truth.keys():
                layers[name].append(True)
            continue
        flat[row] = without_stereo(prediction) == without_stereo(truth)
        in_prediction = layer_table(prediction)
        for name in layers.keys() & (in_truth.keys() | in_prediction.keys()):
            layers[name].append(in_truth.get(name) == in_prediction.get(name))
    return Score(
        levenshtein=measure(edit_distances),
        exact=measure(edit_distances == 0),
        exact_without_stereo=measure(flat),
        layers={name: measure(values) for name, values in layers.items() if values},
    )
