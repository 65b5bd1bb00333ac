"""Reordering of search rows, translated into pictures and beams.

Rows of one picture lie next to each other and every picture has equally many, so whatever belongs
to a picture (the keys of its memory) is kept once and not once for each beam.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Regrouping:
    """``index_R``: old row of every new row, None when nothing moves. ``pictures_B``: old picture
    of every new picture, None when the pictures stay. ``beams``: new rows for each picture."""

    index_R: torch.Tensor | None
    pictures_B: torch.Tensor | None
    pictures: int
    beams: int


def regroup(index_R: torch.Tensor, pictures: int, beams: int) -> Regrouping:
    """Analyze a reordering of rows.

    Args:
        index_R: Old row of each new row.
        pictures: Number of pictures before.
        beams: Rows of each picture before.

    Returns:
        The reordering in terms of pictures and beams.

    Raises:
        ValueError: The new rows of a picture are not adjacent or differ in number.
    """
    rows = index_R.tolist()
    if rows == list(range(pictures * beams)):
        return Regrouping(None, None, pictures, beams)
    picture_R = [row // beams for row in rows]
    kept = [
        picture
        for place, picture in enumerate(picture_R)
        if not place or picture_R[place - 1] != picture
    ]
    new_beams = len(rows) // max(len(kept), 1)
    if [picture for picture in kept for _ in range(new_beams)] != picture_R:
        raise ValueError(
            f"rows {rows[:16]} belong to pictures {picture_R[:16]}; every picture must have "
            "equally many rows, next to each other"
        )
    same = kept == list(range(pictures))
    chosen_B = None if same else torch.tensor(kept, device=index_R.device)
    return Regrouping(index_R, chosen_B, len(kept), new_beams)
