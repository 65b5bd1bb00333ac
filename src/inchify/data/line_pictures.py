"""Preparation of text-line pictures for line recognizers: one height, full contrast.

Shape letters: B lines, H and W pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

NARROWEST = 8
# The widest lines of a source, in pixels.
MAX_WIDTHS = {"labels": 640, "lines": 1280, "characters": 1280}
_BACKGROUND_SHARE, _FOREGROUND_SHARE, _MIN_CONTRAST = 0.1, 0.97, 24


@dataclass(frozen=True)
class LineShape:
    """Input shape of a line recognizer: pictures ``height`` pixels high, at most ``max_width``
    wide, or all of them ``fixed_width`` wide."""

    height: int = 32
    max_width: int = 640
    fixed_width: int | None = None


def prepared(intensity: np.ndarray, shape: LineShape | None = None) -> np.ndarray:
    """Prepare a crop of a line for the network: contrast and height are normalized.

    Args:
        intensity: uint8 (h, w), 255 where there is full foreground.
        shape: Input shape of the network; 32 pixels high where None.

    Returns:
        uint8 (height, W). The aspect ratio is kept, unless the line is too wide or the width is
        fixed.
    """
    shape = shape or LineShape()
    height, width = intensity.shape
    wide = min(max(round(width * shape.height / max(height, 1)), NARROWEST), shape.max_width)
    wide = shape.fixed_width or wide
    if not intensity.size:
        return np.zeros((shape.height, NARROWEST), dtype=np.uint8)
    method = cv2.INTER_AREA if height >= shape.height else cv2.INTER_LINEAR
    return cv2.resize(levelled(intensity), (wide, shape.height), interpolation=method)


def levelled(intensity: np.ndarray) -> np.ndarray:
    """Stretch the contrast to background 0 and foreground 255. A crop is full of letters, so its
    lightest tenth counts as background; one without contrast becomes empty."""
    background, dark = np.quantile(intensity, (_BACKGROUND_SHARE, _FOREGROUND_SHARE)).tolist()
    if dark - background < _MIN_CONTRAST:
        return np.zeros_like(intensity)
    stretched = (intensity.astype(np.float32) - background) * (255.0 / (dark - background))
    return np.clip(stretched, 0, 255).astype(np.uint8)


def padded(pictures: Sequence[np.ndarray]) -> tuple[np.ndarray, list[int]]:
    """Pad pictures of one height to a batch, with background at the right.

    Args:
        pictures: B pictures, uint8 (H, w), at least one.

    Returns:
        uint8 (B, 1, H, W), and the widths before padding in pixels.
    """
    widths = [picture.shape[1] for picture in pictures]
    images = np.zeros((len(pictures), 1, pictures[0].shape[0], max(widths)), dtype=np.uint8)
    for image, picture in zip(images, pictures, strict=True):
        image[0, :, : picture.shape[1]] = picture
    return images, widths


def decoded(ids: Sequence[int], alphabet: str) -> str:
    """Convert letter ids to a text.

    Args:
        ids: Ids from 1 on, without blanks.
        alphabet: Characters; the first has id 1.

    Returns:
        The text.
    """
    return "".join(alphabet[number - 1] for number in ids)
