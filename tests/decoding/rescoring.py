"""Log-probabilities of given captions under a step decoder.

Shape letters: B pictures still being scored, K candidates of a picture, R = B * K rows,
L tokens with the end token, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from inchify.decoding.rows import close_ranks, memory_device, picture_count, reorder_rows
from inchify.types import StepDecoder


@torch.inference_mode()
def rescore(
    decoder: StepDecoder,
    memory: Any,
    candidates: Sequence[Sequence[Sequence[int]]],
    *,
    start_id: int,
    end_id: int,
) -> list[list[float]]:
    """Compute log-probabilities of given captions.

    The scores are those of ``beam_search`` for the same captions, so that the candidates of several
    readers can be compared under one network (or under an ``Ensemble``). Pictures leave the batch
    with their longest candidate.

    Args:
        decoder: Predicts the next tokens.
        memory: The encoder's output for B pictures.
        candidates: For each picture any number of captions, as token ids without start and end.
        start_id: Token before a caption.
        end_id: Token that ends a caption.

    Returns:
        For each picture the sums of log-probabilities of its candidates, the end token included.

    Raises:
        ValueError: Pictures and lists of candidates differ in number.
    """
    pictures, device = picture_count(memory), memory_device(memory)
    if len(candidates) != pictures:
        raise ValueError(f"candidates for {len(candidates)} pictures; there must be {pictures}")
    beams = max((len(captions) for captions in candidates), default=0)
    if beams == 0:
        return [[] for _ in candidates]
    ids_BKL, lengths_BK = _pad(candidates, beams, end_id)
    total_BK = np.zeros(lengths_BK.shape)
    longest_B = lengths_BK.max(axis=1)
    who_B = np.arange(pictures)
    state, rows = decoder.start(memory), pictures
    index_R = np.repeat(close_ranks(longest_B == 0), beams)
    who_B = who_B[index_R[::beams]]
    for step in range(longest_B.max()):
        state = reorder_rows(decoder, state, index_R, rows, device)
        rows = len(index_R)
        last_BK = ids_BKL[who_B, :, step - 1] if step else np.full((len(who_B), beams), start_id)
        last_R = torch.from_numpy(last_BK.reshape(-1)).to(device)
        log_probs_RV, state = decoder.step(state, last_R)
        next_R = torch.from_numpy(ids_BKL[who_B, :, step].reshape(-1, 1)).to(device)
        gained_R = log_probs_RV.float().gather(1, next_R).cpu().numpy()
        live_BK = step < lengths_BK[who_B]
        total_BK[who_B] += np.where(live_BK, gained_R.reshape(live_BK.shape), 0.0)
        order_B = close_ranks(step + 1 >= longest_B[who_B])
        who_B = who_B[order_B]
        index_R = (order_B[:, None] * beams + np.arange(beams)).reshape(-1)
    return [total_BK[row, : len(part)].tolist() for row, part in enumerate(candidates)]


def _pad(
    candidates: Sequence[Sequence[Sequence[int]]], beams: int, end_id: int
) -> tuple[np.ndarray, np.ndarray]:
    """Ids with the end token, padded with it to one length, and true lengths (0: no candidate)."""
    longest = max(len(ids) for captions in candidates for ids in captions) + 1
    ids_BKL = np.full((len(candidates), beams, longest), end_id, dtype=np.int64)
    lengths_BK = np.zeros((len(candidates), beams), dtype=np.int64)
    for row, captions in enumerate(candidates):
        for column, ids in enumerate(captions):
            ids_BKL[row, column, : len(ids)] = ids
            lengths_BK[row, column] = len(ids) + 1
    return ids_BKL, lengths_BK
