"""Detection of molecules on pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from inchify.data.canvas_packing import padded
from inchify.data.pictures.scaling import normalize_contrast
from inchify.decoding.molecule_regions import (
    DetectionSettings,
    drawings_of,
    foreground_chances,
    uncovered_drawings,
)
from inchify.decoding.oriented import OrientedBox
from inchify.models.dense.layout import RegionLayout
from inchify.readers.larger_molecules import with_larger
from inchify.readers.loading import load_detector
from inchify.readers.networks import LoadedDetector
from inchify.types import Region

# A page of more pixels at the network's scale is downscaled.
MOST_PIXELS = 4_000_000


@dataclass(frozen=True)
class DetectedMolecules:
    """The molecules detected on a page, in its pixels. ``chances``: float32 (h, w), for each cell
    of a grid over the page the probability that its foreground is a molecule's."""

    regions: tuple[Region, ...]
    boxes: tuple[OrientedBox, ...] = field(repr=False)
    chances: np.ndarray = field(repr=False)


class MoleculeDetector:
    """Detects molecules with one network, a trained or an exported one."""

    def __init__(
        self,
        loaded: LoadedDetector,
        settings: DetectionSettings | None = None,
    ) -> None:
        self.network, self.digest = loaded.network, loaded.digest
        self.dots_per_inch, self.period = loaded.dots_per_inch, loaded.period
        self.reading = settings or DetectionSettings()
        self.layout = RegionLayout()

    @classmethod
    def load(
        cls, folder: Path, settings: DetectionSettings | None = None, *, threads: int = 1
    ) -> MoleculeDetector:
        """Load a detector.

        Args:
            folder: A checkpoint, run or weights folder, or an exported network.
            settings: What counts as a drawing.
            threads: Threads that an exported network computes with.

        Raises:
            ValueError: As ``load_detector``.
        """
        return cls(load_detector(Path(folder), threads=threads), settings)

    def find(self, intensity: np.ndarray, dots_per_inch: float) -> list[Region]:
        """Detect the molecules of a page.

        Args:
            intensity: Foreground of the page, uint8 (H, W), 255 full foreground.
            dots_per_inch: Resolution of the page.

        Returns:
            Their regions in pixels of the page.
        """
        return list(self.analyze(intensity, dots_per_inch).regions)

    def analyze(self, intensity: np.ndarray, dots_per_inch: float) -> DetectedMolecules:
        """Detect the molecules of a page and classify its foreground.

        Args:
            intensity: Foreground of the page, uint8 (H, W), 255 full foreground.
            dots_per_inch: Resolution of the page.

        Returns:
            The molecules in pixels of the page, and the probability of cells to be a molecule's.
        """
        height, width = intensity.shape
        scale = self.dots_per_inch / dots_per_inch
        scale = min(scale, (MOST_PIXELS / max(height * width, 1)) ** 0.5)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        method = cv2.INTER_AREA if scale <= 1 else cv2.INTER_LINEAR
        small = normalize_contrast(cv2.resize(intensity, size, interpolation=method))
        drawings, chances = with_larger(small, *self._drawings(small), self._drawings)
        across, down = width / size[0], height / size[1]
        boxes = tuple(
            OrientedBox(b.x * across, b.y * down, b.width * across, b.height * down, *b[4:])
            for b in drawings
        )
        regions = tuple(
            Region(box.upright(), angle=box.angle % 360, score=box.score) for box in boxes
        )
        return DetectedMolecules(regions, boxes, chances)

    def _drawings(self, intensity: np.ndarray) -> tuple[list[OrientedBox], np.ndarray]:
        """The drawings in foreground at the network's scale, uint8 (H, W), and the probability of
        its cells to be a molecule's."""
        maps_CHW = self.network.maps(padded(intensity, self.network.multiple))
        stride = self.network.stride
        chances = foreground_chances(maps_CHW, self.layout)
        drawings = drawings_of(maps_CHW, self.layout, stride, self.period, self.reading)
        drawings += uncovered_drawings(intensity, chances, drawings, stride, self.reading)
        return drawings, chances[
            : -(-intensity.shape[0] // stride), : -(-intensity.shape[1] // stride)
        ]
