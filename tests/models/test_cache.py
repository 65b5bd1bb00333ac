"""Choosing pictures of a search: the fast way gives what the plain way gives."""

from __future__ import annotations

import pytest
import torch

from inchify.models.decoders.cache import choose_along


@pytest.mark.parametrize(
    "index",
    [[0, 1, 2, 3, 4, 5], [0, 5, 2, 3, 4], [5, 4, 2], [0], [3, 3, 1, 0, 0, 2, 5, 5], [1, 0, 2], []],
)
def test_choose_along_is_index_select(index: list[int]) -> None:
    buffer = torch.randn(2, 6, 3)
    wanted = buffer.index_select(1, torch.tensor(index, dtype=torch.long))
    assert torch.equal(choose_along(buffer, 1, torch.tensor(index, dtype=torch.long)), wanted)


def test_memory_falls_when_half_of_the_pictures_have_left() -> None:
    kept = choose_along(torch.randn(2, 8, 100), 1, torch.tensor([0, 1, 2, 7]))
    assert kept.untyped_storage().nbytes() == 4 * kept.numel()
