"""A position map goes in, its peaks come out.

Shape letters: H and W cells, P peaks.
"""

from __future__ import annotations

import torch
from torch.nn import functional


def find_peaks(
    chance_HW: torch.Tensor, threshold: float, *, window: int = 3, most: int = 2000
) -> tuple[torch.Tensor, torch.Tensor]:
    """Cells that are the largest in their ``window`` and above ``threshold``: (P, 2) rows and
    columns, and their values (P,), the largest first."""
    largest_HW = functional.max_pool2d(chance_HW[None, None], window, 1, window // 2)[0, 0]
    found_P2 = ((chance_HW == largest_HW) & (chance_HW > threshold)).nonzero()
    values_P = chance_HW[found_P2[:, 0], found_P2[:, 1]]
    order = values_P.argsort(descending=True, stable=True)[:most]
    return found_P2[order], values_P[order]
