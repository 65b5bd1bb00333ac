"""Stepwise ensemble of several step decoders over one vocabulary.

Shape letters: R rows being decoded, V vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import torch

from inchify.types import StepDecoder


class Ensemble:
    """Averages the next-token distributions of its members at every step.

    ``mean`` "probabilities" is the mixture, which keeps what any member believes in;
    "log-probabilities" is the geometric mean made to sum to one again, which keeps what all agree
    on. Each member has a memory (and an encoder), so the memory of an ensemble is the list of its
    members' memories.

    Raises ValueError for no members, weights that are not one positive number for each member,
    and members whose vocabularies differ in size.
    """

    def __init__(
        self,
        decoders: Sequence[StepDecoder],
        weights: Sequence[float] | None = None,
        *,
        mean: Literal["probabilities", "log-probabilities"] = "probabilities",
    ) -> None:
        if not decoders:
            raise ValueError("an ensemble needs at least one decoder")
        weights = [1.0] * len(decoders) if weights is None else list(weights)
        if len(weights) != len(decoders) or not all(
            weight > 0 and math.isfinite(weight) for weight in weights
        ):
            raise ValueError(
                f"'weights' is {weights}; it must be one positive number for each of the "
                f"{len(decoders)} decoders"
            )
        if mean not in ("probabilities", "log-probabilities"):
            raise ValueError(
                f"'mean' is {mean!r}; it must be 'probabilities' or 'log-probabilities'"
            )
        self.decoders = tuple(decoders)
        self.weights = tuple(weight / sum(weights) for weight in weights)
        self.mean = mean

    def start(self, memory: Sequence[Any]) -> list[Any]:
        """Start a search with every member.

        Args:
            memory: One memory for each member.

        Returns:
            One state for each member.

        Raises:
            ValueError: There are more or fewer memories than members.
        """
        if len(memory) != len(self.decoders):
            raise ValueError(f"{len(memory)} memories; there must be {len(self.decoders)}")
        return [decoder.start(part) for decoder, part in zip(self.decoders, memory, strict=True)]

    def step(self, state: list[Any], last_ids_R: torch.Tensor) -> tuple[torch.Tensor, list[Any]]:
        """Decode one token of every row with every member.

        Args:
            state: The members' states.
            last_ids_R: The last token of each row.

        Returns:
            Averaged log-probabilities (R, V) of the next token, and the members' next states.

        Raises:
            ValueError: The members' vocabularies differ in size.
        """
        parts, states = [], []
        for decoder, old in zip(self.decoders, state, strict=True):
            log_probs_RV, new = decoder.step(old, last_ids_R)
            parts.append(log_probs_RV.float())
            states.append(new)
        return self._average(parts), states

    def reorder(self, state: list[Any], index_R: torch.Tensor) -> list[Any]:
        """Choose the rows that go on, for every member.

        Args:
            state: The members' states.
            index_R: Old row of each new row.

        Returns:
            The members' next states.
        """
        return [
            decoder.reorder(part, index_R)
            for decoder, part in zip(self.decoders, state, strict=True)
        ]

    def _average(self, parts: list[torch.Tensor]) -> torch.Tensor:
        if len(parts) == 1:
            return parts[0]
        sizes = sorted({part.shape[1] for part in parts})
        if len(sizes) > 1:
            raise ValueError(f"vocabularies of {sizes} tokens; all networks must share one")
        if self.mean == "probabilities":
            shifted = [
                part + math.log(weight) for part, weight in zip(parts, self.weights, strict=True)
            ]
            return torch.logsumexp(torch.stack(shifted), dim=0)
        weighted = [part * weight for part, weight in zip(parts, self.weights, strict=True)]
        return torch.log_softmax(torch.stack(weighted).sum(dim=0), dim=-1)
