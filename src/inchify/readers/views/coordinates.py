"""Where a picture's pixels lie in the network's picture: places and boxes go over either way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inchify.readers.views.crops import Box


@dataclass(frozen=True)
class Frame:
    """Where the foreground's pixels lie in the network's picture: ``factors`` (across, down) times
    as large, then moved by ``margin``."""

    factors: tuple[float, float]
    margin: float

    def box(self, box: Box) -> np.ndarray:
        """A box of the foreground in the network's picture."""
        across, down = self.factors
        left, top, right, bottom = box
        scaled = np.array([left * across, top * down, right * across, bottom * down])
        return np.asarray(scaled + self.margin)

    def foreground_box(self, box_4: np.ndarray) -> Box:
        """A box of the network's picture in the foreground."""
        left, top, right, bottom = ((box_4 - self.margin) / np.tile(self.factors, 2)).tolist()
        return left, top, right, bottom

    def to_picture(self, xy_N2: np.ndarray) -> np.ndarray:
        """Places of the network's picture in the foreground."""
        return np.asarray((xy_N2 - self.margin) / np.array(self.factors))
