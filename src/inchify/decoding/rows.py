"""Row bookkeeping of decoders: the index arithmetic shared by all searches.

Shape letters: B pictures, K rows of one picture (beams), R = B * K rows being decoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from inchify.types import Memory


def picture_count(memory: Any) -> int:
    """Pictures in a memory, or in the first of the memories that an ensemble takes."""
    return _first(memory).tokens_BSD.shape[0]


def memory_device(memory: Any) -> torch.device:
    """The device on which a decoder of this memory expects its tokens and indices."""
    return _first(memory).tokens_BSD.device


def close_ranks(done_B: np.ndarray) -> np.ndarray:
    """The pictures that stay, int64, so that nearly all keep their place.

    Pictures from the end of the batch fill the places of those that are done. A decoder then moves
    only their rows and shortens its buffers, where a sorted index would shift every row behind the
    first gap.
    """
    stay = int((~done_B).sum())
    order_B = np.arange(stay)
    order_B[done_B[:stay]] = np.flatnonzero(~done_B[stay:]) + stay
    return order_B


def keep_slots(parents_BK: np.ndarray, beams: int) -> np.ndarray:
    """The slot 0..beams-1 of every survivor, given its parent's slot, so that few rows move.

    The first child of a parent stays in the parent's slot, further children take the slots of the
    parents that died. So a decoder copies as many rows as beams died, mostly none.
    """
    pictures, count = parents_BK.shape
    same_BKK = parents_BK[:, :, None] == parents_BK[:, None, :]
    first_BK = ~np.tril(same_BKK, -1).any(axis=2)
    taken_BK = np.zeros((pictures, beams), dtype=bool)
    np.put_along_axis(taken_BK, parents_BK, True, axis=1)
    free_BK = np.argsort(taken_BK, axis=1, kind="stable")
    nth_BK = np.maximum(np.cumsum(~first_BK, axis=1) - 1, 0)
    assert count == beams
    return np.where(first_BK, parents_BK, np.take_along_axis(free_BK, nth_BK, axis=1))


def reorder_rows(decoder: Any, state: Any, index_R: np.ndarray, rows: int, device: Any) -> Any:
    """``decoder.reorder``, or the same state when every one of its rows stays where it is."""
    if len(index_R) == rows and (index_R == np.arange(rows)).all():
        return state
    return decoder.reorder(state, torch.from_numpy(index_R).to(device))


def check_lengths(max_length: int, **counts: int) -> None:
    """Raises ValueError for a length or a count below one."""
    for name, value in {"max_length": max_length, **counts}.items():
        if value < 1:
            raise ValueError(f"'{name}' is {value}; it must be at least 1")


def _first(memory: Any) -> Memory:
    if not isinstance(memory, Memory) and isinstance(memory, Sequence):
        if not memory:
            raise ValueError("the list of memories is empty; there must be one for each decoder")
        memory = memory[0]
    return memory
