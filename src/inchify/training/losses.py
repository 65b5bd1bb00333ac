"""Sequence losses over the next token, as a sum and a count.

Shape letters: B pictures, L tokens of a caption with start and end, V vocabulary; logits have one
position less than captions, because the start token is never predicted.
"""

from __future__ import annotations

import torch

from inchify.types import LossSum


def label_smoothed_cross_entropy(
    logits_BLV: torch.Tensor,
    ids_BL: torch.Tensor,
    pad: int,
    *,
    smoothing: float = 0.0,
    count: int | None = None,
) -> LossSum:
    """Cross-entropy in nats, summed over the tokens that are not padding.

    Args:
        logits_BLV: (B, L - 1, V), of the tokens after the start token.
        ids_BL: Captions with their start token.
        pad: Id of padding.
        smoothing: Share of each target that is spread evenly over the vocabulary (Szegedy et al.
            2016, as in "Attention Is All You Need", 5.4).
        count: Number of tokens where the caller knows it, which saves a wait for the device.

    Returns:
        The loss; its ``logs`` are the plain negative log-likelihood ``nll``, and ``accuracy``, the
        number of tokens that were ranked first.

    Raises:
        ValueError: The shapes do not fit, or ``smoothing`` is not in [0, 1).
    """
    if not 0.0 <= smoothing < 1.0:
        raise ValueError(f"'smoothing' is {smoothing!r}; it must be at least 0 and below 1")
    if logits_BLV.shape[:2] != (ids_BL.shape[0], ids_BL.shape[1] - 1):
        raise ValueError(
            f"logits of shape {tuple(logits_BLV.shape)} do not fit captions of shape "
            f"{tuple(ids_BL.shape)}: one position less than the caption is expected"
        )
    targets_BL = ids_BL[:, 1:]
    real_BL = targets_BL != pad
    log_probs_BLV = torch.log_softmax(logits_BLV.float(), dim=-1)
    nll_BL = -log_probs_BLV.gather(-1, targets_BL.unsqueeze(-1)).squeeze(-1)
    # where, not a product: an infinite loss on a padded place times zero would be NaN
    nll = torch.where(real_BL, nll_BL, 0.0).sum()
    total = nll
    if smoothing:
        spread = torch.where(real_BL, -log_probs_BLV.mean(dim=-1), 0.0).sum()
        total = (1.0 - smoothing) * nll + smoothing * spread
    right = ((log_probs_BLV.detach().argmax(dim=-1) == targets_BL) & real_BL).sum()
    return LossSum(
        total=total,
        count=int(real_BL.sum()) if count is None else count,
        logs={"nll": nll.detach(), "accuracy": right},
    )
