"""Choice of the background behind a transparent picture's drawing.

Shape letters: H and W pixels.
"""

from __future__ import annotations

import numpy as np

# White unless the drawing is pale; then black, then colors that drawings seldom have.
_BACKGROUNDS = ((255, 255, 255), (0, 0, 0), (128, 128, 128), (255, 0, 255))
# Minimum distance in RGB (0 to 441) at which the opaque pixels are clearly visible.
_WELL_SEEN = 110.0
# Fewer opaque pixels make no drawing.
_FEWEST = 16


def background_color(rgba: np.ndarray) -> tuple[int, ...]:
    """Choose the color to put behind a transparent picture.

    White is taken where nearly all opaque pixels contrast with it; otherwise the color from which
    the least visible tenth of them differs most. Where most of the picture is opaque, the rest gets
    the opaque pixels' median color, or white where that is light.

    Args:
        rgba: uint8 (H, W, 4).

    Returns:
        Red, green and blue, 0 to 255.
    """
    opaque = rgba[..., :3][rgba[..., 3] >= 128].astype(np.float32)
    if not len(opaque):  # strokes thinner than a pixel
        opaque = rgba[..., :3][rgba[..., 3] >= 16].astype(np.float32)
    if len(opaque) < _FEWEST:
        return _BACKGROUNDS[0]
    if np.count_nonzero(rgba[..., 3] >= 240) > 0.5 * rgba[..., 3].size:
        middle = np.median(opaque, axis=0)
        return _BACKGROUNDS[0] if middle.min() > 200 else tuple(int(color) for color in middle)
    contrasts = [
        float(np.quantile(np.linalg.norm(opaque - np.array(color, np.float32), axis=1), 0.1))
        for color in _BACKGROUNDS
    ]
    return (
        _BACKGROUNDS[0] if contrasts[0] >= _WELL_SEEN else _BACKGROUNDS[int(np.argmax(contrasts))]
    )
