"""Selection of the frames of a picture file that are pictures of their own.

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

from inchify.data.pictures.image_io import grey_of_image, open_image

# Endings of files that may hold several pictures.
ENDINGS = (".tif", ".tiff", ".gif", ".webp", ".png", ".apng", ".avif", ".avifs")
# Limits on the number and size of frames that are considered.
MOST_FRAMES, MOST_PAGES, MOST_PIXELS = 200, 10_000, 25_000_000
# TIFF: what kind of picture a page is, and the bit of one made smaller, a thumbnail.
SUBFILE, REDUCED = 254, 1
# Share of the largest contrast from which a pixel is foreground, and a contrast that is none at
# all.
INKED, FLAT = 0.4, 16
# A frame is part of another where at most this share of its foreground is missing there.
BESIDE = 0.02


def may_have_frames(path: Path) -> bool:
    """Whether a file's name and first bytes allow several pictures in it."""
    if path.suffix.lower() not in ENDINGS:
        return False
    try:
        with path.open("rb") as stream:
            start = stream.read(65_536)
    except OSError:
        return False
    return not start.startswith(b"\x89PNG") or b"acTL" in start


def frames_of(path: str) -> list[int]:
    """Numbers (from 1) of a file's pictures, in order; [1] for a file that cannot be read."""
    try:
        with open_image(path) as image:
            count = int(getattr(image, "n_frames", 1))
            if count < 2 or image.width * image.height > MOST_PIXELS:
                return [1]
            if image.format == "TIFF":
                return _pages(image, min(count, MOST_PAGES)) or [1]
            inks = []
            for number in range(min(count, MOST_FRAMES)):
                image.seek(number)
                inks.append(_ink(grey_of_image(image)))
    except Exception:  # Pillow's decoders raise nearly every kind of error; the reading tells it
        return [1]
    return [place + 1 for place in fullest(inks)] or [1]


def _pages(image: Any, count: int) -> list[int]:
    """The pages of a TIFF without thumbnails, empty pages and those that are there already. A page
    that cannot be read stays: its row says so."""
    found, known = [], set()
    for number in range(count):
        image.seek(number)
        kind = image.tag_v2.get(SUBFILE, 0)
        if number and isinstance(kind, int) and kind & REDUCED:
            continue
        digest = b""
        try:
            if image.width * image.height <= MOST_PIXELS:
                grey = grey_of_image(image)
                if not _ink(grey).any():
                    continue
                digest = sha256(repr(grey.shape).encode() + grey.tobytes()).digest()
        except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
            digest = b""
        if not digest or digest not in known:
            found.append(number + 1)
        known.add(digest)
    return found


def _ink(grey: np.ndarray) -> np.ndarray:
    """Foreground mask, bool (H, W): pixels that differ from the most frequent shade."""
    contrast = np.abs(grey.astype(np.int16) - int(np.median(grey)))
    most = int(contrast.max(initial=0))
    return contrast > INKED * most if most >= FLAT else np.zeros(grey.shape, bool)


def fullest(inks: list[np.ndarray]) -> list[int]:
    """Indices of the masks, bool (H, W), that are neither empty nor part of another; of equal ones
    the first."""
    wide = [cv2.dilate(ink.view(np.uint8), np.ones((3, 3), np.uint8)) > 0 for ink in inks]
    kept: list[int] = []
    for place, ink in enumerate(inks):
        if not ink.any() or any(_is_part(ink, wide[other]) for other in kept):
            continue
        kept = [other for other in kept if not _is_part(inks[other], wide[place])]
        kept.append(place)
    return kept


def _is_part(ink: np.ndarray, other: np.ndarray) -> bool:
    return ink.shape == other.shape and int((ink & ~other).sum()) <= BESIDE * int(ink.sum())
