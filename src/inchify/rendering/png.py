"""Gray PNGs: encoded to the same bytes on every machine, and decoded."""

from __future__ import annotations

import struct
import zlib

import numpy as np


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bytes(picture: np.ndarray) -> bytes:
    """Encode a gray picture as PNG.

    Args:
        picture: uint8 (H, W).

    Returns:
        The bytes of an 8-bit gray PNG.

    Raises:
        ValueError: ``picture`` has another type or shape.
    """
    if picture.dtype != np.uint8 or picture.ndim != 2:
        raise ValueError(f"picture is {picture.dtype} {picture.shape}; it must be uint8 (H, W)")
    height, width = picture.shape
    rows = np.zeros((height, width + 1), dtype=np.uint8)  # every row opens with filter 0
    rows[:, 1:] = picture
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)),
            chunk(b"IEND", b""),
        ]
    )


def decoded_png(png: bytes) -> np.ndarray:
    """Decode a PNG; colors become gray.

    Args:
        png: Content of the file.

    Returns:
        Inverted gray values, uint8 (H, W): 255 = full foreground.
    """
    import cv2

    return 255 - np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE))
