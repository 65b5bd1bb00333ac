"""Losses on dense maps, as sums with logs.

Shape letters: B pictures, H and W cells of a map, N picked cells, K classes.
"""

from __future__ import annotations

import torch
from torch.nn import functional


def focal_heat_loss(
    logits_BHW: torch.Tensor, heat_BHW: torch.Tensor, known_BHW: torch.Tensor | None = None
) -> torch.Tensor:
    """The penalty-reduced focal loss of CenterNet (Zhou et al. 2019, eq. 1), exponents 2 and 4.

    Args:
        logits_BHW: A position map.
        heat_BHW: 1 at the cells of points, falling off around them.
        known_BHW: False in cells that do not count; None where all count.

    Returns:
        The sum over cells, float32.
    """
    logits_BHW, heat_BHW = logits_BHW.float(), heat_BHW.float()
    chance_BHW = logits_BHW.sigmoid()
    peak_BHW = heat_BHW >= 1.0
    hit_BHW = (1 - chance_BHW) ** 2 * functional.softplus(-logits_BHW)
    miss_BHW = (1 - heat_BHW) ** 4 * chance_BHW**2 * functional.softplus(logits_BHW)
    loss_BHW = torch.where(peak_BHW, hit_BHW, miss_BHW)
    return (loss_BHW if known_BHW is None else loss_BHW * known_BHW).sum()


def picked_cross_entropy(
    logits_NK: torch.Tensor, classes_N: torch.Tensor, weights_N: torch.Tensor
) -> torch.Tensor:
    """Weighted cross-entropy at picked cells.

    Args:
        logits_NK: Logits of K classes.
        classes_N: True classes.
        weights_N: Weight of each cell.

    Returns:
        The weighted sum in nats.
    """
    losses_N = functional.cross_entropy(logits_NK, classes_N, reduction="none")
    return (losses_N * weights_N).sum()


def picked_distance(
    values_NK: torch.Tensor, truth_NK: torch.Tensor, weights_N: torch.Tensor
) -> torch.Tensor:
    """Weighted absolute error at picked cells, the mean over K values.

    Args:
        values_NK: Predicted values.
        truth_NK: True values.
        weights_N: Weight of each cell.

    Returns:
        The weighted sum.
    """
    return ((values_NK - truth_NK).abs().mean(dim=1) * weights_N).sum()
