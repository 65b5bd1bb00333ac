"""Detection of text lines on pages (CTPN)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from inchify.data.pictures.scaling import rescale
from inchify.decoding.text_lines import LABELS, LineSettings, lines_of_maps
from inchify.readers.loading import load_line_detector
from inchify.readers.networks import LoadedLineDetector
from inchify.types import TextLine

# Nothing smaller than this holds a letter.
_LEAST = 4


@dataclass(frozen=True, kw_only=True)
class LineDetectorSettings:
    """``longest``: pixels of a page's longer side at the network's scale; a larger page is looked
    at smaller, so that memory is bounded. ``scale``: how much larger than else pages are looked at.
    ``lines``: how proposals become lines; None takes what the network was judged with."""

    longest: int = 2000
    scale: float = 1.0
    lines: LineSettings | None = None

    def __post_init__(self) -> None:
        if self.longest < 64:
            raise ValueError(f"'longest' is {self.longest}; it must be at least 64")
        if not 0.1 <= self.scale <= 10:
            raise ValueError(f"'scale' is {self.scale}; it must be between 0.1 and 10")


# Pages with drawings are looked at closer: a compound's number is two columns wide.
FOR_PAGES = LineDetectorSettings(longest=2700, scale=4 / 3, lines=LABELS)


class LineDetector:
    """Finds lines with one network; ``network`` may be put in an exported one's place."""

    def __init__(
        self,
        loaded: LoadedLineDetector,
        settings: LineDetectorSettings | None = None,
    ) -> None:
        self.network, self.digest = loaded.network, loaded.digest
        self.dots_per_inch, self.lines = loaded.dots_per_inch, loaded.lines
        self.reading = settings or LineDetectorSettings()

    @classmethod
    def load(
        cls, folder: Path, settings: LineDetectorSettings | None = None, *, threads: int = 1
    ) -> LineDetector:
        """The finder of a checkpoint, run or weights folder, or of an exported network, which
        computes with so many ``threads``. Raises ValueError as ``load_line_detector`` does."""
        return cls(load_line_detector(Path(folder), threads=threads), settings)

    def find(self, intensity: np.ndarray, dots_per_inch: float | None = None) -> list[TextLine]:
        """The lines of a page, uint8 ink (H, W), from top to bottom, in its pixels.

        Where nobody knows ``dots_per_inch``, the page is taken as it is, within ``longest``.
        """
        height, width = intensity.shape
        if min(height, width) < _LEAST:
            return []
        scale = self.scale_of((height, width), dots_per_inch)
        small = rescale(intensity, (scale, scale))
        chosen = self.reading.lines or self.lines
        found = lines_of_maps(self.network.maps(small), small.shape, chosen)
        down, across = height / small.shape[0], width / small.shape[1]
        return [replace(line, box=_box(line, across, down, width, height)) for line in found]

    def scale_of(self, size: tuple[int, int], dots_per_inch: float | None = None) -> float:
        """How much larger a page of that height and width is for the network than it is."""
        scale = self.reading.scale
        if dots_per_inch is not None:
            if not dots_per_inch > 0:
                raise ValueError(f"'dots_per_inch' is {dots_per_inch}; it must be more than 0")
            scale *= self.dots_per_inch / dots_per_inch
        return min(scale, self.reading.longest / max(size))


def _box(
    line: TextLine, across: float, down: float, width: int, height: int
) -> tuple[float, float, float, float]:
    """The box in the page's pixels, no further than the page."""
    left, top, right, bottom = line.box
    return (
        min(max(left * across, 0.0), float(width)),
        min(max(top * down, 0.0), float(height)),
        min(max(right * across, 0.0), float(width)),
        min(max(bottom * down, 0.0), float(height)),
    )
