"""Noise of the competition's pictures: salt, pepper and rotations by 90 degrees.

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
    """Add salt-and-pepper noise.

    Args:
        foreground_mask: Foreground mask, bool (H, W).
        generator: Source of the noise.
        salt: Probability that a foreground pixel becomes background.
        pepper: Probability that a background pixel becomes foreground.

    Returns:
        A new mask, bool (H, W).

    Raises:
        ValueError: A probability is not in 0..1.
    """
    for name, value in (("salt", salt), ("pepper", pepper)):
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"'{name}' is {value}; it must be between 0 and 1")
    chance = generator.random(foreground_mask.shape, dtype=np.float32)
    return np.where(foreground_mask, chance >= salt, chance < pepper)


def rotate_clockwise(foreground_mask: np.ndarray) -> np.ndarray:
    """Rotate a picture by 90 degrees clockwise, as half of the test pictures are.

    Readers undo it when a picture is higher than wide.

    Args:
        foreground_mask: Foreground mask, bool (H, W).

    Returns:
        The rotated mask, bool (W, H), contiguous.
    """
    return np.ascontiguousarray(np.rot90(foreground_mask, -1))
