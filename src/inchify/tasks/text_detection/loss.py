"""Loss of the text-line detector, as a sum over sampled anchors.

Shape letters: B pieces, K anchors, H rows and W columns, N anchors that are text.
"""

from __future__ import annotations

import torch
from torch.nn import functional

from inchify.models.text.ctpn import CtpnMaps
from inchify.tasks.text_detection.data import TextLineBatch
from inchify.tasks.text_detection.settings import TextLineLossSettings
from inchify.tasks.text_detection.targets import BACKGROUND, TEXT
from inchify.types import LossSum


def text_line_loss(maps: CtpnMaps, batch: TextLineBatch, settings: TextLineLossSettings) -> LossSum:
    """L = score + vertical + side, each a mean over the sampled anchors of a crop, as in Tian et
    al. with one picture per step; summed over crops, so that micro-batches change nothing, times
    the maximum number of sampled anchors (``asked`` of each crop)."""
    scores_BKHW = maps.score_BKHW.float()
    nll_BKHW = functional.binary_cross_entropy_with_logits(
        scores_BKHW, (batch.labels_BKHW == TEXT).float(), reduction="none"
    )
    weights_BKHW = chosen_anchors(nll_BKHW.detach(), batch, settings)
    asked_B = weights_BKHW.flatten(1).sum(1).clamp(min=1)
    score_B = (nll_BKHW * weights_BKHW).flatten(1).sum(1) / asked_B
    picture, k, row, column = batch.cells_N4.unbind(1)
    vertical_N2 = maps.vertical_BK2HW.float()[picture, k, :, row, column]
    vertical_N = _bent(vertical_N2, batch.vertical_N2, settings.smooth_l1_beta).sum(1)
    vertical = _means(vertical_N, picture, len(batch)).sum()
    parts = {"score": score_B.sum(), "vertical": settings.vertical * vertical}
    if maps.side_BKHW is not None:
        side_N = maps.side_BKHW.float()[picture, k, row, column]
        ended_N = ~torch.isnan(batch.side_N)
        side_N = _bent(side_N[ended_N], batch.side_N[ended_N], settings.smooth_l1_beta)
        parts["side"] = settings.side * _means(side_N, picture[ended_N], len(batch)).sum()
    total = torch.stack(list(parts.values())).sum() * settings.sampled_anchors
    logs = {name: part.detach() * settings.sampled_anchors for name, part in parts.items()}
    return LossSum(total, len(batch) * settings.sampled_anchors, logs)


def _means(values_N: torch.Tensor, picture_N: torch.Tensor, crops: int) -> torch.Tensor:
    """The mean (B) of each crop's values; 0 where a crop has none."""
    sums_B = values_N.new_zeros(crops).index_add(0, picture_N, values_N)
    numbers_B = values_N.new_zeros(crops).index_add(0, picture_N, torch.ones_like(values_N))
    return sums_B / numbers_B.clamp(min=1)


def chosen_anchors(
    nll_BKHW: torch.Tensor, batch: TextLineBatch, settings: TextLineLossSettings
) -> torch.Tensor:
    """Anchor sampling for the score loss, 1 or 0: at most ``text`` positive anchors of each crop,
    negatives for the rest, drawn at random or by hard-negative mining."""
    chosen_BKHW = torch.zeros_like(nll_BKHW)
    for number in range(len(batch)):
        labels_A = batch.labels_BKHW[number].flatten()
        chance_A = batch.chances_BKHW[number].flatten().float()
        text_A = labels_A == TEXT
        texts = _largest(
            torch.where(text_A, chance_A, -1.0), min(int(text_A.sum()), settings.max_text_anchors)
        )
        hard = settings.negatives == "hard"
        worth_A = nll_BKHW[number].flatten() if hard else chance_A
        background_A = labels_A == BACKGROUND
        count = min(int(background_A.sum()), settings.sampled_anchors - len(texts))
        negatives = _largest(torch.where(background_A, worth_A, -1.0), count)
        flat_A = chosen_BKHW[number].view(-1)
        flat_A[texts] = 1.0
        flat_A[negatives] = 1.0
    return chosen_BKHW


def _largest(values_A: torch.Tensor, count: int) -> torch.Tensor:
    return values_A.topk(count).indices


def _bent(values: torch.Tensor, truth: torch.Tensor, bend: float) -> torch.Tensor:
    return functional.smooth_l1_loss(values, truth, beta=bend, reduction="none")
