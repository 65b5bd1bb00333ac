"""Beam search over a step decoder: the n best captions of each picture.

Shape letters: B pictures still being decoded, K beams of a picture, R = B * K rows, V vocabulary,
C candidates of a picture (its continuations, best first), L tokens.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from inchify.decoding.constraint import Constraint, Rules
from inchify.decoding.finished import Finished
from inchify.decoding.rows import (
    check_lengths,
    close_ranks,
    keep_slots,
    memory_device,
    picture_count,
    reorder_rows,
)
from inchify.types import Hypothesis, StepDecoder


@torch.inference_mode()
def beam_search(
    decoder: StepDecoder,
    memory: Any,
    *,
    beams: int,
    n_best: int = 1,
    start_id: int,
    end_id: int,
    max_length: int,
    length_penalty: float = 0.0,
    constraint: Constraint | None = None,
) -> list[list[Hypothesis]]:
    """Find the ``n_best`` captions of every picture.

    A picture is done when no running beam can still enter its n best. Log-probabilities are at
    most 0, so a running score divided by the most favourable length is a bound, and stopping there
    loses nothing. This is what transformers' ``generate`` finds with ``early_stopping="never"``
    and ``num_return_sequences=n_best`` (Graves 2012 keeps finished and running apart in this way:
    at most ``beams`` of the 2 * beams best continuations end, so as many always go on).

    Ties go to the continuation of the better beam (of equal beams, of the one whose tokens come
    first in order), then to the smaller token. A result does not depend on the other pictures of
    the batch, save for rounding inside the decoder.

    Args:
        decoder: Predicts the next tokens; an ``Ensemble`` works too.
        memory: The encoder's output for B pictures.
        beams: Hypotheses followed for each picture.
        n_best: Captions returned for each picture, at most ``beams``.
        start_id: Token before a caption.
        end_id: Token that ends a caption.
        max_length: Most tokens after the start token, the end token included.
        length_penalty: Captions are ranked by ``score / length ** length_penalty``, length with
            the end token; 0 ranks by the sum, 1 by the mean.
        constraint: The tokens that may follow a prefix; None allows all.

    Returns:
        For each picture its captions, best first; fewer where fewer exist. ``score`` is always the
        plain sum. A caption that has not ended within ``max_length`` has ``finished`` False.

    Raises:
        ValueError: A count is below 1, ``n_best`` exceeds ``beams``, or the decoder returns NaN.
    """
    check_lengths(max_length, beams=beams, n_best=n_best)
    if n_best > beams:
        raise ValueError(f"'n_best' is {n_best}; it must be between 1 and beams = {beams}")
    pictures, device = picture_count(memory), memory_device(memory)
    if pictures == 0:
        return []
    finished = Finished(pictures, n_best, length_penalty, max_length)
    running = _Running(pictures, beams, start_id, max_length)
    state, rules = decoder.start(memory), Rules(constraint, pictures)
    for length in range(1, max_length + 1):
        last_R = running.last_BK.reshape(-1)
        log_probs_RV, state = decoder.step(state, torch.from_numpy(last_R).to(device))
        values_BC, parents_BC, tokens_BC = running.candidates(rules.mask(log_probs_RV))
        ended_BC = tokens_BC == end_id
        stopped_BC = ended_BC if length < max_length else np.ones_like(ended_BC)
        stopped_BC = stopped_BC & (values_BC > -np.inf)
        for row, rank in np.argwhere(stopped_BC[:, :beams]):
            score, ended = values_BC[row, rank], bool(ended_BC[row, rank])
            if finished.wants(running.who_B[row], score, length):
                ids = running.caption(row, parents_BC[row, rank], length - 1)
                ids += () if ended else (int(tokens_BC[row, rank]),)
                finished.add(running.who_B[row], Hypothesis(ids, float(score), ended), length)
        if length == max_length:
            break
        rows = len(last_R)
        running.survive(np.where(ended_BC, -np.inf, values_BC), parents_BC, tokens_BC, length)
        done_B = finished.decided(running.who_B, running.values_BK.max(axis=1), length)
        if done_B.all():
            break
        index_R = running.leave(done_B)
        state = reorder_rows(decoder, state, index_R, rows, device)
        rules.follow(index_R, running.last_BK.reshape(-1))
    return finished.best()


class _Running:
    """The beams of the pictures that are not done: scores, last tokens, captions.

    One beam a picture at first (all would be equal), then ``beams``. A beam without a live
    hypothesis has the score minus infinity and repeats the best one's token, so that decoders and
    constraints never see a prefix that could not be.
    """

    def __init__(self, pictures: int, beams: int, start_id: int, max_length: int) -> None:
        self.beams = beams
        self.who_B = np.arange(pictures)
        self.last_BK = np.full((pictures, 1), start_id)
        self.values_BK = np.zeros((pictures, 1), dtype=np.float32)
        self.parents_BK = np.zeros((pictures, 1), dtype=np.int64)
        self._slots_before = 1
        self.ids_BKL = np.zeros((pictures, beams, max_length), dtype=np.int32)

    def caption(self, row: int, slot: int, length: int) -> tuple[int, ...]:
        return tuple(self.ids_BKL[row, slot, :length].tolist())

    def candidates(self, log_probs_RV: torch.Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Scores, parent slots and tokens (B, C) of the 2 * beams best continuations."""
        pictures, slots = self.values_BK.shape
        vocabulary = log_probs_RV.shape[1]
        values_BK = torch.from_numpy(self.values_BK).to(log_probs_RV.device)
        scores_RV = log_probs_RV.float() + values_BK.view(-1, 1)
        scores_BX = scores_RV.view(pictures, slots * vocabulary)
        # One more than wanted shows whether a tie crosses the border.
        count = min(2 * self.beams + 1, slots * vocabulary)
        top_BC = scores_BX.topk(count, dim=1)
        values_BC, flat_BC = top_BC.values.cpu().numpy(), top_BC.indices.cpu().numpy()
        if np.isnan(values_BC[:, 0]).any():
            raise ValueError("the decoder gave log-probabilities that are not numbers")
        equal_BC = (values_BC[:, 1:] == values_BC[:, :-1]) & (values_BC[:, 1:] > -np.inf)
        for row in np.flatnonzero(equal_BC.any(axis=1)):
            flat_BC[row] = self._break_ties(row, scores_BX[row].cpu().numpy(), vocabulary)[:count]
        values_BC, flat_BC = values_BC[:, : 2 * self.beams], flat_BC[:, : 2 * self.beams]
        return values_BC, flat_BC // vocabulary, flat_BC % vocabulary

    def _break_ties(self, row: Any, scores_X: np.ndarray, vocabulary: int) -> np.ndarray:
        slot_X, token_X = np.divmod(np.arange(len(scores_X)), vocabulary)
        values_K = self.values_BK[row]
        # Beams with equal scores are told apart by their captions, not by their slots.
        captions = [tuple(ids) for ids in self.ids_BKL[row, : len(values_K)].tolist()]
        order = sorted(range(len(values_K)), key=lambda k: (-values_K[k], captions[k]))
        rank_K = np.argsort(order)
        return np.lexsort((token_X, rank_K[slot_X], -scores_X))

    def survive(
        self, values_BC: np.ndarray, parents_BC: np.ndarray, tokens_BC: np.ndarray, length: int
    ) -> None:
        """Keeps the best live candidates as beams; most stay in the slot of their parent."""
        values_BK, parents_BK, tokens_BK = self._pick(values_BC, parents_BC, tokens_BC)
        slots_BK = keep_slots(parents_BK, self.beams)
        self._slots_before = self.values_BK.shape[1]
        rank_BK = np.argsort(slots_BK, axis=1)
        self.values_BK = np.take_along_axis(values_BK, rank_BK, axis=1)
        self.parents_BK = np.take_along_axis(parents_BK, rank_BK, axis=1)
        self.last_BK = np.take_along_axis(tokens_BK, rank_BK, axis=1)
        row, slot = np.nonzero(self.parents_BK != np.arange(self.beams))
        source = self.parents_BK[row, slot]
        self.ids_BKL[row, slot, : length - 1] = self.ids_BKL[row, source, : length - 1]
        self.ids_BKL[:, :, length - 1] = self.last_BK

    def _pick(
        self, values_BC: np.ndarray, parents_BC: np.ndarray, tokens_BC: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The first ``beams`` live candidates; the first one, dead, where there are too few."""
        count = values_BC.shape[1]
        dead_BC = values_BC == -np.inf
        order_BC = np.argsort(dead_BC, axis=1, kind="stable")[:, : self.beams]
        if count < self.beams:
            filler = np.repeat(order_BC[:, :1], self.beams - count, axis=1)
            order_BC = np.concatenate([order_BC, filler], axis=1)
        order_BK = np.where(np.take_along_axis(dead_BC, order_BC, 1), order_BC[:, :1], order_BC)
        values_BK = np.take_along_axis(values_BC, order_BK, axis=1)
        # A repeated candidate is a copy: only its first appearance is alive.
        values_BK[:, 1:][order_BK[:, 1:] == order_BK[:, :1]] = -np.inf
        parents_BK = np.take_along_axis(parents_BC, order_BK, axis=1)
        return values_BK, parents_BK, np.take_along_axis(tokens_BC, order_BK, axis=1)

    def leave(self, done_B: np.ndarray) -> np.ndarray:
        """Drops the pictures that are done; returns the decoder's rows to keep, int64 (R,)."""
        order_B = close_ranks(done_B)
        index_BK = order_B[:, None] * self._slots_before + self.parents_BK[order_B]
        if done_B.any():
            gaps = np.flatnonzero(done_B[: len(order_B)])
            self.ids_BKL[gaps] = self.ids_BKL[order_B[gaps]]
            self.ids_BKL = self.ids_BKL[: len(order_B)]
            self.who_B = self.who_B[order_B]
            self.values_BK, self.last_BK = self.values_BK[order_B], self.last_BK[order_B]
        return index_BK.reshape(-1)
