"""Constraints of a search: the tokens that may follow a prefix in a grammar.

Shape letters: R rows being decoded, V vocabulary.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import torch


class Constraint(Protocol):
    """Says for every row which tokens may come next. Works on numpy, so it needs no torch.

    A state stands for R prefixes. It starts with one row for each picture, after the start token.
    A search uses a state once, so it may be changed in place.
    """

    def start(self, rows: int) -> Any: ...

    def allowed(self, state: Any) -> np.ndarray:
        """bool (R, V), True where the token may follow; at least one in every row."""
        ...

    def advance(self, state: Any, ids_R: np.ndarray) -> Any:
        """The state after one more allowed token in each row; never the end token."""
        ...

    def reorder(self, state: Any, index_R: np.ndarray) -> Any:
        """Picks rows as ``StepDecoder.reorder`` does: repeats, drops and moves them."""
        ...


class Rules:
    """A constraint with its running state, or no constraint at all; the searches hold one."""

    def __init__(self, constraint: Constraint | None, rows: int) -> None:
        self.constraint = constraint
        self.state = None if constraint is None else constraint.start(rows)

    def mask(self, log_probs_RV: torch.Tensor) -> torch.Tensor:
        """Log-probabilities with minus infinity at forbidden tokens."""
        if self.constraint is None:
            return log_probs_RV
        allowed_RV = self.constraint.allowed(self.state)
        shape = tuple(log_probs_RV.shape)
        assert allowed_RV.shape == shape, f"constraint gives {allowed_RV.shape}, decoder {shape}"
        assert allowed_RV.any(axis=1).all(), "the constraint forbids every token of a row"
        forbidden_RV = torch.from_numpy(~allowed_RV).to(log_probs_RV.device)
        return log_probs_RV.masked_fill(forbidden_RV, float("-inf"))

    def follow(self, index_R: np.ndarray, ids_R: np.ndarray) -> None:
        """First picks the rows, then adds one token to each."""
        if self.constraint is not None:
            moved = self.constraint.reorder(self.state, index_R)
            self.state = self.constraint.advance(moved, ids_R)
