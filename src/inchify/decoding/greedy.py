"""Greedy decoding of a step decoder.

Shape letters: B pictures still being decoded, L tokens, V vocabulary.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from inchify.decoding.constraint import Constraint, Rules
from inchify.decoding.rows import (
    check_lengths,
    close_ranks,
    memory_device,
    picture_count,
    reorder_rows,
)
from inchify.types import Hypothesis, StepDecoder


@torch.inference_mode()
def greedy(
    decoder: StepDecoder,
    memory: Any,
    *,
    start_id: int,
    end_id: int,
    max_length: int,
    constraint: Constraint | None = None,
) -> list[Hypothesis]:
    """Decode the likeliest token at every step.

    Of equally likely tokens the one with the smaller id wins. Finished pictures leave the batch.

    Args:
        decoder: Predicts the next tokens; an ``Ensemble`` works too.
        memory: The encoder's output for B pictures.
        start_id: Token before a caption.
        end_id: Token that ends a caption.
        max_length: Most tokens after the start token, the end token included.
        constraint: The tokens that may follow a prefix; None allows all.

    Returns:
        One caption for each picture. One that has not ended within ``max_length`` has
        ``finished`` False and all its tokens.

    Raises:
        ValueError: ``max_length`` is below 1, or the decoder returns NaN.
    """
    check_lengths(max_length)
    pictures, device = picture_count(memory), memory_device(memory)
    if pictures == 0:
        return []
    state, rules = decoder.start(memory), Rules(constraint, pictures)
    result: list[Hypothesis | None] = [None] * pictures
    who_B = np.arange(pictures)
    last_B = np.full(pictures, start_id)
    ids_BL = np.zeros((pictures, max_length), dtype=np.int64)
    total_B = np.zeros(pictures, dtype=np.float32)
    for length in range(max_length):
        log_probs_BV, state = decoder.step(state, torch.from_numpy(last_B).to(device))
        best_B = rules.mask(log_probs_BV).float().max(dim=1)
        total_B += best_B.values.cpu().numpy()
        if np.isnan(total_B).any():
            raise ValueError("the decoder gave log-probabilities that are not numbers")
        last_B = best_B.indices.cpu().numpy()
        ids_BL[:, length] = last_B
        ended_B = last_B == end_id
        done_B = ended_B | (length + 1 == max_length)
        for row in np.flatnonzero(done_B):
            count = length if ended_B[row] else length + 1
            ids = tuple(ids_BL[row, :count].tolist())
            result[who_B[row]] = Hypothesis(ids, float(total_B[row]), bool(ended_B[row]))
        if done_B.all():
            break
        order_B = close_ranks(done_B)
        state = reorder_rows(decoder, state, order_B, len(last_B), device)
        who_B, last_B, total_B = who_B[order_B], last_B[order_B], total_B[order_B]
        ids_BL = ids_BL[order_B] if done_B.any() else ids_BL
        rules.follow(order_B, last_B)
    return [hypothesis for hypothesis in result if hypothesis is not None]
