"""Crops on their side are read on their side, and only those that are better read so."""

from __future__ import annotations

import numpy as np

from inchify.readers.views.orientation import read_with_turns, surety


def crop(height: int, width: int) -> np.ndarray:
    """Ink in the left upper corner only, so that a turn shows."""
    intensity = np.zeros((height, width), np.uint8)
    intensity[0, 0] = 255
    return intensity


def corner(intensity: np.ndarray) -> str:
    """Where the ink is: as drawn, after a quarter turn to the left, after one to the right."""
    return {(True, False): "upright", (False, False): "left", (False, True): "right"}[
        bool(intensity[0, 0]), bool(intensity[0, -1])
    ]


def reader(answers: dict[str, tuple[str, float]], seen: list | None = None):
    def read(crops):
        if seen is not None:
            seen.append(len(crops))
        return [[answers[corner(intensity)]] for intensity in crops]

    return read


def test_the_best_turn_is_kept_and_wide_crops_are_not_turned() -> None:
    seen: list[int] = []
    answers = {"upright": ("H", 0.1), "left": ("OMe", 0.9), "right": ("eWO", 0.2)}
    found = read_with_turns([crop(40, 10), crop(10, 40), crop(10, 10)], reader(answers, seen))
    assert found == [[("OMe", 0.9)], [("H", 0.1)], [("H", 0.1)]]
    assert seen == [3 + 2]
    answers["right"] = ("OMe", 0.99)
    assert read_with_turns([crop(40, 10)], reader(answers)) == [[("OMe", 0.99)]]


def test_upright_letters_stay_upright_when_in_doubt() -> None:
    answers = {"upright": ("N", 0.8), "left": ("Z", 0.9), "right": ("Z", 0.9)}
    assert read_with_turns([crop(14, 10)], reader(answers)) == [[("N", 0.8)]]


def test_no_text_is_the_worst_and_length_does_not_count() -> None:
    assert surety([("", 1.0)]) == surety([]) < surety([("C", 0.0)])
    assert surety([("CO2Et", 0.5)]) > surety([("I", 0.5)])
    answers = {"upright": ("", 1.0), "left": ("Cl", 1e-4), "right": ("Cl", 1e-5)}
    assert read_with_turns([crop(14, 10)], reader(answers)) == [[("Cl", 1e-4)]]
    assert read_with_turns([], reader(answers)) == []
