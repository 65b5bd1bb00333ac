"""Packing: nothing overlaps, nothing is lost, larger pictures are cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inchify.data.canvas_packing import Packer, fill

sizes = st.lists(st.tuples(st.integers(1, 90), st.integers(1, 90)), min_size=1, max_size=40)


@given(sizes)
def test_places_do_not_overlap(wanted: list[tuple[int, int]]) -> None:
    taken = np.zeros((2, 100, 120), dtype=int)
    packer = Packer(2, 100, 120)
    for height, width in wanted:
        place = packer.place(height, width)
        if place is not None:
            assert place.top + height <= 100 and place.left + width <= 120
            taken[
                place.canvas, place.top : place.top + height, place.left : place.left + width
            ] += 1
    assert taken.max() <= 1


def test_fill_puts_every_picture_where_it_says() -> None:
    generator = np.random.default_rng(0)

    def pictures():  # type: ignore[no-untyped-def]
        for number in range(1, 200):
            height, width = generator.integers(5, 60, 2)
            yield np.full((height, width), number, np.uint8), (number, height, width)

    canvases, placed = fill(pictures(), 3, (96, 96))
    assert len(placed) > 10
    for place, (number, height, width) in placed:
        part = canvases[
            place.canvas, place.top : place.top + height, place.left : place.left + width
        ]
        assert part.shape == (height, width) and (part == number).all()


def test_a_picture_larger_than_the_canvas_is_cut() -> None:
    big = np.full((200, 300), 7, np.uint8)
    canvases, placed = fill(iter([(big, None)] * 9), 1, (64, 64), misses=1)
    assert len(placed) == 1 and (canvases == 7).all()


def test_a_place_for_something_too_large_is_none() -> None:
    assert Packer(1, 10, 10).place(11, 3) is None


@pytest.mark.parametrize("misses", [1, 5])
def test_it_stops_after_so_many_misses(misses: int) -> None:
    taken = []

    def pictures():  # type: ignore[no-untyped-def]
        while True:
            taken.append(1)
            yield np.ones((50, 50), np.uint8), None

    fill(pictures(), 1, (64, 64), misses=misses)
    assert len(taken) == 1 + misses
