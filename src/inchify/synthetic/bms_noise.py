"""Noise of the competition's pictures: salt, pepper and quarter turns.

The rates were measured on the competition's own pictures.
"""

from __future__ import annotations

import numpy as np

# Share of foreground pixels flipped to background, the same in every picture.
SALT = 0.137
# Share of background pixels flipped to foreground.
PEPPER_TRAIN = 6e-5
# Test pictures fall into two kinds, about half each.
PEPPER_TEST = (1e-4, 1.3e-3)
TURNED_SHARE = 0.5


def add_noise(
    foreground_mask: np.ndarray,
    generator: np.random.Generator,
    *,
    salt: float = SALT,
    pepper: float = PEPPER_TRAIN,
) -> np.ndarray:
    """Add salt-and-pepper noise to a foreground mask, bool (H, W); returns a new array.

    ``salt`` and ``pepper`` are probabilities for each pixel. Raises ValueError when they are not in
    0..1.
    """
    for name, value in (("salt", salt), ("pepper", pepper)):
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"'{name}' is {value}; it must be between 0 and 1")
    chance = generator.random(foreground_mask.shape, dtype=np.float32)
    return np.where(foreground_mask, chance >= salt, chance < pepper)


def turn(foreground_mask: np.ndarray) -> np.ndarray:
    """The picture rotated by 90 degrees clockwise, as half of the test pictures are.

    Readers undo it by 90 degrees counter-clockwise when a picture is higher than wide.
    """
    return np.ascontiguousarray(np.rot90(foreground_mask, -1))
