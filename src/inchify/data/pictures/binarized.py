"""Gray pixels of a picture together with what is derived from them, each computed once.

Shape letters: H and W pixels.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np

from inchify.data.pictures.preparation import DrawingScale, measure
from inchify.data.pictures.scaling import intensity_of_gray

# Pictures with a larger share of gray pixels are not black and white.
GRAY_SHARE = 0.002


class BinarizedImage:
    """A picture that is decoded and binarized once, whatever reads it.

    Attributes:
        gray: uint8 (H, W), 255 = white background.
    """

    def __init__(self, gray: np.ndarray) -> None:
        self.gray = gray

    @classmethod
    def of(cls, picture: np.ndarray | BinarizedImage) -> BinarizedImage:
        """Wrap gray pixels; a binarized picture is returned as it is.

        Args:
            picture: uint8 (H, W), 255 = white background, or a binarized picture.

        Returns:
            The picture with what is derived from it.
        """
        return picture if isinstance(picture, BinarizedImage) else cls(picture)

    @cached_property
    def intensity(self) -> np.ndarray:
        """Contrast-normalized foreground, uint8 (H, W), 255 = full foreground."""
        return intensity_of_gray(self.gray)

    @cached_property
    def mask(self) -> np.ndarray:
        """Where there is foreground, bool (H, W)."""
        return np.ascontiguousarray(self.intensity > 127)

    @cached_property
    def has_grays(self) -> bool:
        """Whether the picture is more than black and white."""
        return bool(np.mean((self.intensity > 40) & (self.intensity < 215)) > GRAY_SHARE)

    @cached_property
    def margin(self) -> DrawingScale:
        """The bond length that the margin of a competition's picture tells."""
        return measure(self.mask, estimate=False)

    @property
    def style(self) -> Literal["competition", "print"]:
        """The competition's style: black and white, in a margin of one bond; else print."""
        exact = not self.has_grays and self.margin.how == "margin"
        return "competition" if exact else "print"
