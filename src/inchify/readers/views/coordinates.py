"""Mapping of places and boxes between a picture and the network's scaled picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inchify.readers.views.crops import Box


@dataclass(frozen=True)
class Frame:
    """Maps the foreground's pixels to the network's picture: multiplied by ``factors`` (across,
    down), then shifted by ``margin``."""

    factors: tuple[float, float]
    margin: float

    def box(self, box: Box) -> np.ndarray:
        """Map a box of the foreground (left, top, right, bottom) to the network's picture, (4,)."""
        across, down = self.factors
        left, top, right, bottom = box
        scaled = np.array([left * across, top * down, right * across, bottom * down])
        return np.asarray(scaled + self.margin)

    def foreground_box(self, box_4: np.ndarray) -> Box:
        """Map a box (4,) of the network's picture to the foreground."""
        left, top, right, bottom = ((box_4 - self.margin) / np.tile(self.factors, 2)).tolist()
        return left, top, right, bottom

    def to_picture(self, xy_N2: np.ndarray) -> np.ndarray:
        """Map places (N, 2) of the network's picture to the foreground."""
        return np.asarray((xy_N2 - self.margin) / np.array(self.factors))
