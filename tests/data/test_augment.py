"""Random changes of pictures: the stated amounts, from the given generator and nothing else."""

from __future__ import annotations

import builtins
import warnings

import numpy as np
import pytest
from tests.data.drawings import line_drawing

from inchify.data import augment as module
from inchify.data.augment import AugmentSettings, augment, move

FOREGROUND_LEVEL = line_drawing(0, atoms=12)
PICTURE = FOREGROUND_LEVEL.astype(np.uint8) * np.uint8(255)
EVERYTHING = AugmentSettings(
    pepper_chance=1.0, geometry_chance=1.0, degrees=5.0, shift=4, quarter_chance=0.5
)


def changed(seed: int, settings: AugmentSettings) -> tuple[bytes, tuple[int, ...]]:
    generator = np.random.default_rng(seed)
    foreground_mask = augment(FOREGROUND_LEVEL, settings, generator)
    picture = move(foreground_mask.astype(np.uint8) * np.uint8(255), settings, generator)
    return picture.tobytes(), picture.shape


def test_the_generator_decides_everything() -> None:
    first = [changed(seed, EVERYTHING) for seed in range(20)]
    np.random.seed(0)
    assert first == [changed(seed, EVERYTHING) for seed in range(20)]
    assert len(set(first)) == 20


def test_amounts_of_salt_and_pepper() -> None:
    foreground_mask = np.zeros((1000, 1000), dtype=bool)
    foreground_mask[:200] = True
    settings = AugmentSettings(salt=0.2, pepper=0.01, pepper_chance=0.5)
    salt, pepper = [], []
    for seed in range(60):
        result = augment(foreground_mask, settings, np.random.default_rng(seed))
        salt.append(1 - result[:200].mean())
        pepper.append(result[200:].mean())
    assert 0.08 < np.mean(salt) < 0.12 and max(salt) < 0.205
    assert 15 <= sum(share > 0 for share in pepper) <= 45
    assert 0.003 < np.mean([share for share in pepper if share > 0]) < 0.007
    assert foreground_mask[:200].all() and not foreground_mask[200:].any()


def test_nothing_changes_when_nothing_is_wanted() -> None:
    settings = AugmentSettings(salt=0.0, pepper=0.0)
    generator = np.random.default_rng(0)
    assert np.array_equal(augment(FOREGROUND_LEVEL, settings, generator), FOREGROUND_LEVEL)
    assert np.array_equal(move(PICTURE, settings, generator), PICTURE)


def test_moving_keeps_the_ink_and_paper_stays_paper() -> None:
    settings = AugmentSettings(geometry_chance=1.0, degrees=8.0, stretch=0.1, shift=5)
    for seed in range(20):
        picture = move(PICTURE, settings, np.random.default_rng(seed))
        assert picture.dtype == np.uint8
        assert 0.75 < picture.sum() / PICTURE.sum() < 1.3
        edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        assert not edge.any()


def test_quarter_turns() -> None:
    settings = AugmentSettings(quarter_chance=1.0)
    seen = set()
    for seed in range(30):
        picture = move(PICTURE, settings, np.random.default_rng(seed))
        turns = [k for k in range(4) if np.array_equal(np.rot90(PICTURE, k), picture)]
        assert len(turns) == 1
        seen.update(turns)
    assert seen == {1, 2, 3}


def test_without_albumentations_geometry_is_left_out_with_one_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: object, **named: object) -> object:
        if name == "albumentations":
            raise ImportError(name)
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    module._geometry.cache_clear()
    settings = AugmentSettings(geometry_chance=1.0, salt=0.0, pepper=0.0)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for seed in range(5):
            assert np.array_equal(move(PICTURE, settings, np.random.default_rng(seed)), PICTURE)
    assert len(seen) == 1 and "albumentations is not installed" in str(seen[0].message)
    module._geometry.cache_clear()


@pytest.mark.parametrize(
    ("key", "value"), [("salt", 1.5), ("pepper_chance", -1), ("stretch", 0.9), ("shift", -2)]
)
def test_wrong_settings_name_the_key(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=key):
        AugmentSettings(**{key: value})
