"""Labels on the slant, on their side and in two rows hold all their letters."""

from __future__ import annotations

import numpy as np
import pytest

from inchify.synthetic.text_lines.irregular_labels import draw_irregular_label, turned


def generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("turn", [90.0, 270.0])
def test_a_label_on_its_side_is_high_and_the_same_in_any_run(turn: float) -> None:
    for seed in range(10):
        level = draw_irregular_label("CO2Et", generator(seed), degrees=0.0)
        side = draw_irregular_label("CO2Et", generator(seed), degrees=turn)
        again = draw_irregular_label("CO2Et", generator(seed), degrees=turn)
        assert level.intensity.shape[1] > 1.5 * level.intensity.shape[0]
        assert side.intensity.shape[0] > 1.2 * side.intensity.shape[1]
        assert np.array_equal(side.intensity, again.intensity) and side.text == "CO2Et"
        assert side.intensity.dtype == np.uint8 and side.intensity.max() > 200


def test_turns_are_clockwise_with_y_downwards() -> None:
    right = np.array([[0.0, 0.0, 1.0, 0.0]])
    np.testing.assert_allclose(turned(right, 90.0), [[0.0, 0.0, 0.0, 1.0]], atol=1e-12)


def test_two_rows_are_two_rows_and_one_text() -> None:
    for seed in range(10):
        picture = draw_irregular_label("CHO", generator(seed), below="ABE", degrees=0.0)
        assert picture.text == "CHO ABE"
        foreground = (picture.intensity.max(axis=1) > 60).astype(int)
        rows = int((np.diff(np.concatenate([[0], foreground, [0]])) == 1).sum())
        assert rows == 2, seed


def test_turns_are_drawn_of_all_kinds() -> None:
    high = [
        picture.intensity.shape[0] > picture.intensity.shape[1]
        for picture in (draw_irregular_label("NHBoc", generator(seed)) for seed in range(40))
    ]
    assert 15 < sum(high) < 36


def test_letters_that_fonts_lack_are_refused() -> None:
    with pytest.raises(ValueError):
        draw_irregular_label("\u4e2d", generator(0))
