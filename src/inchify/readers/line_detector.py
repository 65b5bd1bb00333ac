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
    """``longest``: largest side of a page in pixels at the network's scale; a larger page is
    downscaled, so that memory is bounded. ``scale``: factor of the usual scale. ``lines``: how
    proposals become lines; None takes the settings that the network was evaluated with."""

    longest: int = 2000
    scale: float = 1.0
    lines: LineSettings | None = None

    def __post_init__(self) -> None:
        if self.longest < 64:
            raise ValueError(f"'longest' is {self.longest}; it must be at least 64")
        if not 0.1 <= self.scale <= 10:
            raise ValueError(f"'scale' is {self.scale}; it must be between 0.1 and 10")


# Pages with drawings are read at a larger scale: a compound's number is two columns wide.
FOR_PAGES = LineDetectorSettings(longest=2700, scale=4 / 3, lines=LABELS)


class LineDetector:
    """Detects text lines with one network, a trained or an exported one."""

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
        """Load a detector.

        Args:
            folder: A checkpoint, run or weights folder, or an exported network.
            settings: Scale of pages, and how proposals become lines.
            threads: Threads that an exported network computes with.

        Raises:
            ValueError: As ``load_line_detector``.
        """
        return cls(load_line_detector(Path(folder), threads=threads), settings)

    def find(self, intensity: np.ndarray, dots_per_inch: float | None = None) -> list[TextLine]:
        """Detect the text lines of a page.

        Args:
            intensity: Foreground of the page, uint8 (H, W), 255 full foreground.
            dots_per_inch: Resolution of the page; None where it is unknown: its size is then only
                limited by ``longest``.

        Returns:
            The lines from top to bottom, in pixels of the page.

        Raises:
            ValueError: ``dots_per_inch`` is not positive.
        """
        height, width = intensity.shape
        if min(height, width) < _LEAST:
            return []
        scale = self.scale_of((height, width), dots_per_inch)
        small = rescale(intensity, (scale, scale))
        chosen = self.reading.lines or self.lines
        lines = lines_of_maps(self.network.maps(small), small.shape, chosen)
        down, across = height / small.shape[0], width / small.shape[1]
        return [replace(line, box=_box(line, across, down, width, height)) for line in lines]

    def scale_of(self, size: tuple[int, int], dots_per_inch: float | None = None) -> float:
        """The factor by which a page is scaled for the network.

        Args:
            size: Height and width of the page in pixels.
            dots_per_inch: Resolution of the page, None where it is unknown.

        Raises:
            ValueError: ``dots_per_inch`` is not positive.
        """
        scale = self.reading.scale
        if dots_per_inch is not None:
            if not dots_per_inch > 0:
                raise ValueError(f"'dots_per_inch' is {dots_per_inch}; it must be more than 0")
            scale *= self.dots_per_inch / dots_per_inch
        return min(scale, self.reading.longest / max(size))


def _box(
    line: TextLine, across: float, down: float, width: int, height: int
) -> tuple[float, float, float, float]:
    """The box in the page's pixels, clipped to the page."""
    left, top, right, bottom = line.box
    return (
        min(max(left * across, 0.0), float(width)),
        min(max(top * down, 0.0), float(height)),
        min(max(right * across, 0.0), float(width)),
        min(max(bottom * down, 0.0), float(height)),
    )
