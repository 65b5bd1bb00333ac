"""Degradation of clean drawings as by scanners, copiers and rescaling.

The first trial of the graph reader failed on scanned patents because their strokes, scaled down,
look unlike any drawing program's: so strokes are thickened, thinned, broken and roughened, and the
picture goes through chains of scaling and thresholds. Lengths are shares of a bond where they
belong to the drawing and pixels where they belong to the scanner.

Shape letters: H and W pixels. Pictures are uint8, 255 where there is full foreground.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

SMALLEST_BOND = 7.0
_SHRINKING = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_NEAREST)


@dataclass(frozen=True, kw_only=True)
class DegradeSettings:
    """Probabilities of each change; ``clean`` pictures get none. ``light``: strokes that fade
    smoothly across the picture, as normalized photographs have them; 0 draws no random number for
    it."""

    clean: float = 0.15
    strokes: float = 0.4
    rough: float = 0.25
    breaks: float = 0.2
    specks: float = 0.2
    chain: float = 0.35
    blur: float = 0.25
    threshold: float = 0.45
    tone: float = 0.3
    noise: float = 0.2
    jpeg: float = 0.2
    light: float = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"'{name}' is {value}; it must be between 0 and 1")


def degrade(
    intensity: np.ndarray, bond: float, settings: DegradeSettings, generator: np.random.Generator
) -> np.ndarray:
    """Degrade a picture by a random chain of changes, as scanners, copiers and rescaling do.

    Args:
        intensity: uint8 (H, W), 255 = full foreground.
        bond: Bond length in pixels.
        generator: Source of all random choices.
        settings: Probabilities of the changes.

    Returns:
        uint8 (H, W), the same shape.
    """

    def happens(chance: float) -> bool:
        return bool(generator.random() < chance)

    if happens(settings.clean):
        return intensity
    if happens(settings.strokes):
        intensity = change_strokes(intensity, bond, generator)
    if happens(settings.rough):
        intensity = roughen(intensity, bond, generator)
    if happens(settings.breaks):
        intensity = np.where(blots(intensity.shape, bond, 0.06, generator), np.uint8(0), intensity)
    if happens(settings.specks):
        intensity = np.where(
            blots(intensity.shape, bond, 0.015, generator), np.uint8(255), intensity
        )
    if happens(settings.chain):
        intensity = scale_chain(intensity, bond, generator)
    if happens(settings.blur):
        intensity = cv2.GaussianBlur(
            intensity, (0, 0), generator.uniform(0.3, 1.1) * max(1.0, bond / 25)
        )
    if happens(settings.threshold):
        intensity = threshold(intensity, generator)
    if happens(settings.tone):
        intensity = change_tone(intensity, generator)
    if settings.light and happens(settings.light):
        intensity = change_light(intensity, generator)
    if happens(settings.noise):
        spread = generator.uniform(3, 25)
        noise = generator.standard_normal(intensity.shape, dtype=np.float32) * spread
        intensity = np.clip(intensity + noise, 0, 255).astype(np.uint8)
    if happens(settings.jpeg):
        intensity = through_jpeg(intensity, int(generator.integers(15, 80)))
    return intensity


def threshold(intensity: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Binarize at a random fraction of the darkest value."""
    level = generator.uniform(0.25, 0.7) * max(int(intensity.max()), 1)
    return np.where(intensity > level, np.uint8(255), np.uint8(0))


def change_strokes(
    intensity: np.ndarray, bond: float, generator: np.random.Generator
) -> np.ndarray:
    """Thicker or thinner strokes: blurred and cut at a low or a high level."""
    width = generator.uniform(0.015, 0.05) * bond
    soft = cv2.GaussianBlur(intensity, (0, 0), max(width, 0.4))
    level = generator.uniform(0.18, 0.6) * 255
    steep = generator.choice([4.0, 12.0])
    return np.clip((soft.astype(np.float32) - level) * steep + 128, 0, 255).astype(np.uint8)


def roughen(intensity: np.ndarray, bond: float, generator: np.random.Generator) -> np.ndarray:
    """Uneven edges and print density: a smooth random field shifts the threshold."""
    grain = max(1.0, generator.uniform(0.03, 0.12) * bond)
    height, width = intensity.shape
    coarse = (int(height / grain) + 2, int(width / grain) + 2)
    grains = generator.standard_normal(coarse, dtype=np.float32)
    field = cv2.resize(grains, (width, height), interpolation=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(intensity, (0, 0), max(0.02 * bond, 0.5)).astype(np.float32)
    rough = soft + field * generator.uniform(15, 70) * (soft > 8)
    return np.where(rough > generator.uniform(80, 150), np.uint8(255), np.uint8(0))


def blots(
    shape: tuple[int, ...], bond: float, share: float, generator: np.random.Generator
) -> np.ndarray:
    """Bool (H, W), True in random round blots that cover at most about ``share`` of the picture."""
    height, width = shape
    mask = np.zeros(shape, dtype=np.uint8)
    largest = generator.uniform(0.02, 0.07) * bond
    area = max(3.0 * largest * largest, 1.0)
    count = int(generator.uniform(0.02, 1.0) ** 2 * share * height * width / area)
    for x, y, size in generator.random((min(count, 400), 3)).tolist():
        radius = max(0, round(size * largest))
        cv2.circle(mask, (int(x * width), int(y * height)), radius, 1, -1)
    return mask.astype(bool)


def scale_chain(intensity: np.ndarray, bond: float, generator: np.random.Generator) -> np.ndarray:
    """Downscaled, perhaps binarized, and upscaled again, as in copies of copies."""
    height, width = intensity.shape
    minimum = min(1.0, SMALLEST_BOND / bond)
    factor = generator.uniform(minimum, 1.0)
    small = (max(8, round(width * factor)), max(8, round(height * factor)))
    intensity = cv2.resize(intensity, small, interpolation=int(generator.choice(_SHRINKING)))
    if generator.random() < 0.4:
        intensity = threshold(intensity, generator)
    back = cv2.INTER_NEAREST if generator.random() < 0.3 else cv2.INTER_LINEAR
    return cv2.resize(intensity, (width, height), interpolation=back)


def change_tone(intensity: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Weaker foreground and an off-white background."""
    strength = generator.uniform(0.4, 1.0)
    background = generator.uniform(0, 40) if generator.random() < 0.5 else 0.0
    return np.clip(intensity * strength + background * (1 - intensity / 255.0), 0, 255).astype(
        np.uint8
    )


def change_light(intensity: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Strokes whose strength changes smoothly across the picture, from 45 to 100 %."""
    height, width = intensity.shape
    corners = generator.uniform(0.45, 1.0, (3, 3)).astype(np.float32)
    strength = cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.rint(intensity * strength).astype(np.uint8)


def through_jpeg(intensity: np.ndarray, quality: int) -> np.ndarray:
    """JPEG compression of the given quality and back."""
    _, coded = cv2.imencode(".jpg", 255 - intensity, [cv2.IMWRITE_JPEG_QUALITY, quality])
    gray = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    assert gray is not None
    return (255 - gray).astype(np.uint8)
