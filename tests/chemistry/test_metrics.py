"""The metric against a textbook, its fallbacks against each other, and the shares by hand."""

from __future__ import annotations

import json
import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inchify.chemistry import metrics as module
from inchify.chemistry.metrics import (
    bit_parallel_distance,
    distances,
    levenshtein,
    mean_and_error,
    score,
)

TEXTS = st.text(alphabet="abC12é", max_size=70)


def textbook(a: str, b: str) -> int:
    """Wagner and Fischer's table."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]


@given(a=TEXTS, b=TEXTS)
def test_distance_is_the_textbooks(a: str, b: str) -> None:
    expected = textbook(a, b)
    assert levenshtein(a, b) == expected
    assert bit_parallel_distance(a, b) == expected


@pytest.mark.parametrize("absent", [("Levenshtein",), ("Levenshtein", "rapidfuzz.distance")])
def test_it_works_without_the_packages(
    monkeypatch: pytest.MonkeyPatch, absent: tuple[str, ...]
) -> None:
    for name in absent:
        monkeypatch.setitem(sys.modules, name, None)
    module._distance.cache_clear()
    try:
        plain = module._distance() is bit_parallel_distance
        assert plain == (len(absent) == 2)
        assert distances(["kitten", "", "ab"], ["sitting", "abc", "ab"]).tolist() == [3, 3, 0]
    finally:
        module._distance.cache_clear()


def test_mean_and_error() -> None:
    values = [1.0, 2.0, 4.0, 9.0]
    mean, error = mean_and_error(values)
    assert mean == 4.0
    assert error == pytest.approx(np.std(values, ddof=1) / 2)
    assert math.isnan(mean_and_error([3.0])[1])
    with pytest.raises(ValueError, match="no values"):
        mean_and_error([])


def test_shares_by_hand() -> None:
    truths = [
        "InChI=1S/C3H8O/c1-3(2)4/h3-4H,1-2H3",
        "InChI=1S/C3H8O/c1-3(2)4/h3-4H,1-2H3/t3-/m1/s1",
        "InChI=1S/CH4/h1H4",
        "InChI=1S/C2H6/c1-2/h1-2H3",
    ]
    predictions = [
        truths[0],
        "InChI=1S/C3H8O/c1-3(2)4/h3-4H,1-2H3/t3+/m1/s1",
        "InChI=1S/CH4/h1H4/i1D",
        "",
    ]
    found = score(predictions, truths)
    assert found.levenshtein.mean == (0 + 1 + 4 + len(truths[3])) / 4
    assert found.exact.mean == 0.25
    assert found.exact_without_stereo.mean == 0.5
    shares = {name: (m.mean, m.count) for name, m in found.layers.items()}
    assert shares == {
        "formula": (0.75, 4),
        "c": (2 / 3, 3),
        "h": (0.75, 4),
        "t": (0.0, 1),
        "m": (1.0, 1),
        "s": (1.0, 1),
        "i": (0.0, 1),
    }
    assert json.loads(json.dumps(found.to_json()))["layers"]["t"]["error"] is None


def test_mean_is_over_pairs_and_lengths_must_agree(inchis: list[str]) -> None:
    others = inchis[1:] + inchis[:1]
    found = score(others, inchis)
    assert found.levenshtein.mean == pytest.approx(
        sum(map(levenshtein, others, inchis)) / len(inchis)
    )
    assert score(inchis, inchis).exact.mean == 1.0
    with pytest.raises(ValueError, match="2 predictions for 1 truths"):
        score(["a", "b"], ["a"])
