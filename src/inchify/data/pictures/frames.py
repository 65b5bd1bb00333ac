"""Selection of the frames of a picture file that are separate pictures.

Pages of a TIFF are all meant, unless they are empty or repeat another. Frames of an animation (GIF,
WebP, PNG, AVIF) often build one drawing step by step: of those the fullest count, and empty ones do
not.

Shape letters: H and W pixels.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from inchify.data.pictures.image_io import gray_of_image, open_image

# Endings of files that may hold several pictures.
ENDINGS = (".tif", ".tiff", ".gif", ".webp", ".png", ".apng", ".avif", ".avifs")
# Limits on the number and size of frames that are considered.
MAX_FRAMES, MAX_PAGES, MAX_PIXELS = 200, 10_000, 25_000_000
# TIFF: what kind of picture a page is, and the bit of one made smaller, a thumbnail.
SUBFILE, REDUCED = 254, 1
# Share of the largest contrast from which a pixel is foreground, and a contrast that is none at
# all.
FOREGROUND, FLAT = 0.4, 16
# A frame is part of another where at most this share of its foreground is missing there.
BESIDE = 0.02


def may_have_frames(path: Path) -> bool:
    """Whether a file's name and first bytes allow several pictures in it.

    Args:
        path: The file; False where it cannot be opened.
    """
    if path.suffix.lower() not in ENDINGS:
        return False
    try:
        with path.open("rb") as stream:
            start = stream.read(65_536)
    except OSError:
        return False
    return not start.startswith(b"\x89PNG") or b"acTL" in start


def frames_of(path: str) -> list[int]:
    """Select the frames of a file that are separate pictures.

    Args:
        path: The file.

    Returns:
        Numbers of the frames (from 1), in order; [1] for a file that cannot be read.
    """
    try:
        with open_image(path) as image:
            count = int(getattr(image, "n_frames", 1))
            if count < 2 or image.width * image.height > MAX_PIXELS:
                return [1]
            if image.format == "TIFF":
                return _pages(image, min(count, MAX_PAGES)) or [1]
            masks = []
            for number in range(min(count, MAX_FRAMES)):
                image.seek(number)
                masks.append(_foreground(gray_of_image(image)))
    except Exception:  # Pillow's decoders raise nearly every kind of error; the reading tells it
        return [1]
    return [place + 1 for place in fullest(masks)] or [1]


def _pages(image: Any, count: int) -> list[int]:
    """The pages of a TIFF without thumbnails, empty pages and those that are there already. A page
    that cannot be read stays: its row says so."""
    pages, known = [], set()
    for number in range(count):
        image.seek(number)
        kind = image.tag_v2.get(SUBFILE, 0)
        if number and isinstance(kind, int) and kind & REDUCED:
            continue
        digest = b""
        try:
            if image.width * image.height <= MAX_PIXELS:
                gray = gray_of_image(image)
                if not _foreground(gray).any():
                    continue
                digest = sha256(repr(gray.shape).encode() + gray.tobytes()).digest()
        except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
            digest = b""
        if not digest or digest not in known:
            pages.append(number + 1)
        known.add(digest)
    return pages


def _foreground(gray: np.ndarray) -> np.ndarray:
    """Foreground mask, bool (H, W): pixels that differ from the most frequent shade."""
    contrast = np.abs(gray.astype(np.int16) - int(np.median(gray)))
    maximum = int(contrast.max(initial=0))
    return contrast > FOREGROUND * maximum if maximum >= FLAT else np.zeros(gray.shape, bool)


def fullest(masks: list[np.ndarray]) -> list[int]:
    """Select masks that are neither empty nor part of another; of equal ones the first.

    Args:
        masks: Foreground masks, bool (H, W).

    Returns:
        Indices of the masks, ascending.
    """
    wide = [
        cv2.dilate(foreground_mask.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
        for foreground_mask in masks
    ]
    kept: list[int] = []
    for place, foreground_mask in enumerate(masks):
        if not foreground_mask.any() or any(
            _is_part(foreground_mask, wide[other]) for other in kept
        ):
            continue
        kept = [other for other in kept if not _is_part(masks[other], wide[place])]
        kept.append(place)
    return kept


def _is_part(foreground_mask: np.ndarray, other: np.ndarray) -> bool:
    return foreground_mask.shape == other.shape and int(
        (foreground_mask & ~other).sum()
    ) <= BESIDE * int(foreground_mask.sum())
