"""The fit of refusals: it learns what tells pictures apart, and its threshold spares molecules."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from inchify.calibration.refusal import FitSettings, Measured, cross_validated, fit, least_chance
from inchify.calibration.refusal_pictures import drawn_examples, real_examples
from inchify.readers.refusal.features import FEATURE_NAMES
from inchify.synthetic.no_molecule.draw import draw_no_molecule

SAMPLE = Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz"
QUICK = FitSettings(hidden=4)


def made(count: int, seed: int) -> Measured:
    """Examples of which the first feature but one, and the product of two others, tell."""
    generator = np.random.default_rng(seed)
    features_NF = generator.normal(size=(count, len(FEATURE_NAMES)))
    score_N = 2 * features_NF[:, 1] + 2 * features_NF[:, 4] * features_NF[:, 5]
    molecule_N = score_N + 0.5 * generator.logistic(size=count) > 0
    names = np.array([f"{number}.png" for number in range(count)])
    return Measured(features_NF, molecule_N, np.zeros(count, bool), names, names)


def test_the_fit_learns_products_and_its_chances_come_true() -> None:
    known, fresh = made(1500, 0), made(4000, 1)
    chance_N = fit(known, FitSettings(decay=4e-3)).chances(fresh.features_NF)
    assert ((chance_N > 0.5) == fresh.molecule_N).mean() > 0.8
    for low, high in ((0.0, 0.1), (0.9, 1.0)):
        some = (chance_N >= low) & (chance_N <= high)
        assert some.sum() > 200
        assert abs(fresh.molecule_N[some].mean() - chance_N[some].mean()) < 0.08


def test_what_was_not_seen_is_judged_by_cross_validation() -> None:
    data = made(300, 2)
    crossed_N = cross_validated(data, QUICK)
    seen_N = fit(data, QUICK).chances(data.features_NF)
    assert crossed_N.shape == seen_N.shape and not np.allclose(crossed_N, seen_N)
    right = [((part > 0.5) == data.molecule_N).mean() for part in (crossed_N, seen_N)]
    assert 0.6 < right[0] < right[1]


@pytest.mark.parametrize(("refused", "least"), [(0.0, 0.01), (0.02, 0.03), (0.99, 0.4)])
def test_the_threshold_is_as_high_as_molecules_allow(refused: float, least: float) -> None:
    chance_N = np.concatenate([[0.03, 0.02, 0.01], np.linspace(0.6, 1, 97)])
    found = least_chance(chance_N, np.ones(100), FitSettings(refused=refused))
    assert found == pytest.approx(least)
    assert (chance_N < found).mean() <= refused


def test_rare_kinds_count_less_for_the_threshold() -> None:
    chance_N = np.concatenate([[0.01, 0.02, 0.03, 0.04], np.linspace(0.6, 1, 96)])
    usual_N = np.where(chance_N < 0.03, 0.1, 1.0)
    assert least_chance(chance_N, usual_N, FitSettings(refused=0.003)) == pytest.approx(0.03)


def test_drawings_are_balanced_and_decided_by_the_seed() -> None:
    first, again = (list(drawn_examples(SAMPLE, 10, 5)) for _ in range(2))
    assert [item.molecule for item in first] == [True, False] * 10
    assert [item.held_out for item in first] == [False] * 18 + [True] * 2
    assert all(np.array_equal(a.gray, b.gray) for a, b in zip(first, again, strict=True))
    assert all((item.gray < 128).any() for item in first)


def test_drawings_in_the_competitions_style_are_black_and_white() -> None:
    for item in drawn_examples(SAMPLE, 3, 1, competition=True):
        assert set(np.unique(item.gray)) == {0, 255}


def test_folders_without_molecules_give_parts_too(tmp_path: Path) -> None:
    for folder in ("no_molecule", "usan"):
        (tmp_path / folder).mkdir()
        for number in range(3):
            intensity = draw_no_molecule(np.random.default_rng(number), "flow_chart").intensity
            cv2.imwrite(str(tmp_path / folder / f"{number}.png"), 255 - intensity)
    without = list(real_examples(tmp_path / "no_molecule", 2, 0, molecule=False, parts=True))
    assert len({item.name for item in without}) == 2 and len(without) == 8
    assert not any(item.molecule for item in without)
    assert {item.family for item in without} == {"no_molecule", "no_molecule parts"}
    usan = list(real_examples(tmp_path / "usan", 9, 0, molecule=True))
    assert len(usan) == 3 and all(item.molecule for item in usan)
