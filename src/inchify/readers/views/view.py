"""Test-time views: crops of a picture's foreground at other scales and orientations.

Foreground is uint8 (H, W), 255 full foreground.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inchify.data.pictures.binarized import BinarizedImage
from inchify.data.pictures.scaling import foreground_box

# A picture in the competition's style has no more than this share of gray pixels.


@dataclass(frozen=True, kw_only=True)
class View:
    """A test-time view of a picture: ``scale`` times the network's best scale, after
    ``quarter_turns`` clockwise; it gives ``n_best`` graphs."""

    scale: float = 1.0
    quarter_turns: int = 0
    n_best: int = 1

    def __post_init__(self) -> None:
        if not self.scale > 0:
            raise ValueError(f"'scale' is {self.scale}; it must be more than 0")
        if self.n_best < 1:
            raise ValueError(f"'n_best' is {self.n_best}; it must be at least 1")
        if self.quarter_turns not in range(4):
            raise ValueError(f"'quarter_turns' is {self.quarter_turns}; it must be between 0 and 3")

    def __str__(self) -> str:
        words = [f"x{self.scale:g}"] if self.scale != 1.0 else []
        words += [f"turned {90 * self.quarter_turns}"] if self.quarter_turns else []
        return " ".join(words)


@dataclass(frozen=True)
class PictureCut:
    """The foreground uint8 (H, W) for a network: cut from the picture at ``shift`` (x, y), then
    rotated by ``turns`` quarter turns clockwise. ``bond``: length of a bond in pixels where a
    margin shows it; ``competition``: whether it is in the competition's style, whose labels are all
    classes of the network and whose lost pixels make letters of strokes."""

    intensity: np.ndarray
    turns: int
    shift: tuple[float, float]
    bond: float | None
    competition: bool = False


def cut_of(image: BinarizedImage, *, turns: bool, quarter_turns: int = 0) -> PictureCut | None:
    """Cut out a picture's foreground with a small margin.

    Args:
        image: The binarized picture.
        turns: Whether to lay down a picture of the competition that is higher than wide.
        quarter_turns: Further quarter turns clockwise.

    Returns:
        The cut, None without foreground.
    """
    intensity = image.intensity
    top, left, height, width = foreground_box(intensity, pepper=not image.has_grays)
    if not height:
        return None
    margin = image.margin.how == "margin"
    back = 3 if margin and turns and intensity.shape[0] > intensity.shape[1] else 0
    edge = max(2, round(0.02 * max(height, width)))
    top, left = max(0, top - edge), max(0, left - edge)
    intensity = intensity[top : top + height + 2 * edge, left : left + width + 2 * edge]
    turned = (back + quarter_turns) % 4
    return PictureCut(
        np.ascontiguousarray(np.rot90(intensity, -turned)),
        turned,
        (left, top),
        image.margin.bond if margin else None,
        image.style == "competition",
    )
