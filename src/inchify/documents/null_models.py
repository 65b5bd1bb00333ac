"""Null models in place of a line detector and recognizer without weights: molecules are found
without them, labels are not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inchify.types import TextLine


class NoLines:
    """Finds no line of text."""

    def find(self, intensity: np.ndarray, dots_per_inch: float = 200.0) -> list[TextLine]:
        return []


class NoText:
    """Reads nothing in any crop."""

    def read(self, crops: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        return [("", 0.0)] * len(crops)
