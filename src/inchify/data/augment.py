"""Random augmentation of training pictures, reproducible for each sample.

Every draw comes from the generator of the sample, never from a global one: the same (seed, epoch,
picture) gives the same pixels in any worker process.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np


@dataclass(frozen=True, kw_only=True)
class AugmentSettings:
    """Settings of the augmentation.

    ``salt``: share of foreground pixels that turn white, drawn from 0 to this (the competition's
    pictures have lost .137 already). ``pepper``: share of background pixels that turn black, drawn
    from 0 to this with probability ``pepper_chance``; half of the test pictures have about 1.3e-3.
    ``geometry_chance``: how often a picture is rotated by up to ``degrees`` and stretched by up to
    ``stretch`` (a share), through albumentations. ``shift``: extra blank pixels of the prepared
    picture at each side, drawn from 0 to this. ``quarter_chance``: how often a picture is rotated
    by one, two or three quarters.
    """

    salt: float = 0.05
    pepper: float = 0.0015
    pepper_chance: float = 0.5
    geometry_chance: float = 0.0
    degrees: float = 2.0
    stretch: float = 0.05
    shift: int = 0
    quarter_chance: float = 0.0

    def __post_init__(self) -> None:
        for key in ("salt", "pepper", "pepper_chance", "geometry_chance", "quarter_chance"):
            if not 0.0 <= getattr(self, key) <= 1.0:
                raise ValueError(f"'{key}' is {getattr(self, key)}; it must be between 0 and 1")
        if not 0.0 <= self.degrees <= 180.0:
            raise ValueError(f"'degrees' is {self.degrees}; it must be between 0 and 180")
        if not 0.0 <= self.stretch <= 0.5:
            raise ValueError(f"'stretch' is {self.stretch}; it must be between 0 and 0.5")
        if not 0 <= self.shift <= 1000:
            raise ValueError(f"'shift' is {self.shift}; it must be between 0 and 1000")


def augment(
    foreground_mask: np.ndarray, settings: AugmentSettings, generator: np.random.Generator
) -> np.ndarray:
    """Add salt-and-pepper noise to a foreground mask, bool (H, W), before ``prepare``; the input is
    not changed."""
    salt = settings.salt * generator.random()
    pepper = settings.pepper * generator.random()
    peppered = generator.random() < settings.pepper_chance
    result = foreground_mask.copy()
    flat = result.reshape(-1)
    if salt > 0:
        places = np.flatnonzero(flat)
        flat[places[generator.random(len(places), dtype=np.float32) < salt]] = False
    if peppered and pepper > 0:
        # Few of many pixels: drawing their places is much faster than a number for every pixel.
        flat[generator.integers(0, flat.size, generator.binomial(flat.size, pepper))] = True
    return result


def move(
    picture: np.ndarray, settings: AugmentSettings, generator: np.random.Generator
) -> np.ndarray:
    """Rotate, stretch and shift a prepared picture, enlarged as needed: nothing is cut off.

    Args:
        picture: uint8 (H, W), 255 where there is full foreground.
        settings: Ranges and probabilities.
        generator: Source of random choices.

    Returns:
        uint8 (h, w).
    """
    if settings.shift:
        top, bottom, left, right = generator.integers(0, settings.shift + 1, 4).tolist()
        picture = np.pad(picture, ((top, bottom), (left, right)))
    if settings.geometry_chance and generator.random() < settings.geometry_chance:
        compose = _geometry(settings.degrees, settings.stretch)
        if compose is not None:
            # Otherwise every worker process would repeat the same draws in every epoch.
            compose.set_random_seed(int(generator.integers(2**32)))
            picture = np.ascontiguousarray(compose(image=picture)["image"])
    if settings.quarter_chance and generator.random() < settings.quarter_chance:
        picture = np.ascontiguousarray(np.rot90(picture, int(generator.integers(1, 4))))
    return picture


@lru_cache(maxsize=4)
def _geometry(degrees: float, stretch: float) -> Any:
    """The albumentations pipeline, or None (with one warning) where that is not installed."""
    import os

    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # it would ask the network otherwise
    try:
        import albumentations
    except ImportError:
        warnings.warn(
            "albumentations is not installed: pictures are not turned or stretched", stacklevel=2
        )
        return None
    return albumentations.Compose(
        [
            albumentations.Affine(
                scale=(1.0 - stretch, 1.0 + stretch),
                rotate=(-degrees, degrees),
                fit_output=True,
                fill=0,
                p=1.0,
            )
        ]
    )
