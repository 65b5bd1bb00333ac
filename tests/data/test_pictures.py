"""From gray pixels to what the network sees: foreground, un-turning, scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data.drawings import gray_of, line_drawing

from inchify.data.pictures.preparation import (
    PictureSettings,
    binarize,
    measure,
    prepare,
    prepared_size,
    prepared_sizes,
    rotate_to_landscape,
)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(0, 255), st.integers(0, 255), st.floats(0.0, 0.4))
def test_two_shades_split_exactly(seed: int, first: int, second: int, share: float) -> None:
    foreground_mask = np.random.default_rng(seed).random((20, 30)) < share
    gray = np.where(foreground_mask, first, second).astype(np.uint8)
    wanted = foreground_mask if first != second else np.zeros_like(foreground_mask)
    assert np.array_equal(binarize(gray), wanted)


def test_ink_on_light_and_dark_paper_with_shades() -> None:
    foreground_mask = line_drawing(1)
    generator = np.random.default_rng(0)
    wobble = generator.normal(0, 6, foreground_mask.shape)
    for paper, pen in ((250, 20), (200, 90), (30, 220), (120, 10)):
        gray = np.clip(np.where(foreground_mask, pen, paper) + wobble, 0, 255).astype(np.uint8)
        assert (binarize(gray) == foreground_mask).mean() > 0.999, (paper, pen)


def test_blank_paper_has_no_ink() -> None:
    for shade in (0, 127, 255):
        assert not binarize(np.full((9, 9), shade, dtype=np.uint8)).any()
    noise = np.random.default_rng(0).integers(245, 256, (50, 50), dtype=np.uint8)
    assert not binarize(noise).any()
    half = np.repeat(np.array([[10], [12], [240], [250]], dtype=np.uint8), 4, axis=1)
    assert binarize(half).sum() in (8, 0)


def test_unturn_turns_only_standing_pictures_counter_clockwise() -> None:
    lying = line_drawing(2)
    assert rotate_to_landscape(lying) is lying
    turned_clockwise = np.rot90(lying, -1)
    assert np.array_equal(rotate_to_landscape(np.ascontiguousarray(turned_clockwise)), lying)


@pytest.mark.parametrize("bond", [25, 40])
@pytest.mark.parametrize("pepper", [0.0, 6e-5, 1.3e-3])
def test_the_margin_tells_the_bond_in_noise(bond: int, pepper: float) -> None:
    right = 0
    for seed in range(40):
        foreground_mask = line_drawing(seed, bond=bond, atoms=6 + seed % 5)
        generator = np.random.default_rng(seed)
        noisy = (foreground_mask & (generator.random(foreground_mask.shape) > 0.14)) | (
            generator.random(foreground_mask.shape) < pepper
        )
        found = measure(noisy)
        margin = bond + 1
        box = (
            margin,
            margin,
            foreground_mask.shape[0] - 2 * margin,
            foreground_mask.shape[1] - 2 * margin,
        )
        right += found == (*box, float(bond), "margin")
    assert right >= 38


def test_two_sides_tell_the_bond_where_noise_shows() -> None:
    found = dict.fromkeys((0.0, 0.1), 0)
    for salt in found:
        for seed in range(20):
            foreground_mask = line_drawing(seed, bond=40, atoms=9, salt=salt)
            # what pepper adds beyond the drawing: three specks in a row, above it and to its left
            foreground_mask[20, 100:103] = foreground_mask[60:63, 15] = True
            found[salt] += measure(foreground_mask, estimate=False).how == "margin"
    assert found[0.0] == 0 and found[0.1] >= 12, found


def test_both_classes_come_to_one_scale() -> None:
    wanted = PictureSettings(bond_pixels=20.0, margin=5)
    small = prepare(line_drawing(3, bond=25), wanted)
    large = prepare(line_drawing(3, bond=40), wanted)
    assert small.dtype == np.uint8 and large.dtype == np.uint8
    assert abs(small.shape[0] - large.shape[0]) <= 1 and abs(small.shape[1] - large.shape[1]) <= 1
    for picture in (small, large):
        assert not picture[:5].any() and not picture[:, -5:].any()
        assert picture.max() > 100
        assert picture[5].any() and picture[-6].any()


@pytest.mark.parametrize("bond", [18, 30, 60, 90])
def test_strokes_tell_the_bond_without_a_margin(bond: int) -> None:
    for seed in range(5):
        foreground_mask = line_drawing(seed, bond=bond, atoms=9)
        edge = bond + 1
        found = measure(np.pad(foreground_mask[edge:-edge, edge:-edge], 7))
        assert found.how == "strokes"
        assert 0.75 * bond < found.bond < 1.3 * bond
    fixed = measure(
        np.pad(foreground_mask[edge:-edge, edge:-edge], 7), estimate=False, default_bond=33.0
    )
    assert fixed.how == "size" and fixed.bond == 33.0


def test_large_drawings_shrink_into_the_limits() -> None:
    limits = PictureSettings(bond_pixels=30.0, margin=4, max_height=64, max_width=100)
    foreground_mask = line_drawing(4, atoms=20)
    picture = prepare(foreground_mask, limits)
    assert picture.shape[0] <= 64 and picture.shape[1] == 100
    standing = prepare(np.ascontiguousarray(np.rot90(foreground_mask)), limits)
    assert standing.shape[0] == 64 and standing.shape[1] <= 100


@settings(max_examples=40)
@given(st.integers(0, 1000), st.integers(1, 60), st.integers(1, 60), st.floats(0.0, 0.5))
def test_any_ink_can_be_prepared(seed: int, height: int, width: int, share: float) -> None:
    foreground_mask = np.random.default_rng(seed).random((height, width)) < share
    wanted = PictureSettings(margin=3, max_height=50, max_width=80)
    picture = prepare(foreground_mask, wanted)
    assert picture.dtype == np.uint8
    assert 7 <= picture.shape[0] <= 50 and 7 <= picture.shape[1] <= 80
    assert np.array_equal(picture, prepare(foreground_mask.copy(), wanted))


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(1, 3000), st.integers(1, 3000), st.floats(3, 90)), min_size=1)
)
def test_sizes_of_many_are_the_sizes_of_each(boxes: list[tuple[int, int, float]]) -> None:
    wanted = PictureSettings()
    heights, widths, bonds = (np.array(column) for column in zip(*boxes, strict=True))
    many = prepared_sizes(heights, widths, bonds, wanted)
    assert many.tolist() == [list(prepared_size(*box, wanted)) for box in boxes]


def test_the_size_is_known_before_the_picture() -> None:
    wanted = PictureSettings(max_width=150)
    for seed in range(20):
        foreground_mask = line_drawing(seed, bond=(25, 40, 31)[seed % 3], salt=0.1)
        found = measure(foreground_mask)
        size = prepared_size(found.height, found.width, found.bond, wanted)
        assert prepare(foreground_mask, wanted).shape == size


@pytest.mark.parametrize(
    ("key", "value"), [("bond_pixels", 0.5), ("margin", -1), ("max_width", 5), ("default_bond", 0)]
)
def test_wrong_settings_name_the_key(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=key):
        PictureSettings(**{key: value})


def test_ink_of_a_drawing_is_the_drawing() -> None:
    foreground_mask = line_drawing(5, salt=0.14)
    assert np.array_equal(binarize(gray_of(foreground_mask)), foreground_mask)
    assert np.array_equal(binarize(255 - gray_of(foreground_mask)), foreground_mask)
