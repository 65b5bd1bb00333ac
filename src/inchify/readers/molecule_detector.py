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
    ink_chances,
    uncovered_drawings,
)
from inchify.decoding.oriented import OrientedBox
from inchify.models.dense.layout import RegionLayout
from inchify.readers.larger_molecules import with_larger
from inchify.readers.loading import load_detector
from inchify.readers.networks import LoadedDetector
from inchify.types import Region

# A page of more pixels at the network's scale is looked at smaller.
MOST_PIXELS = 4_000_000


@dataclass(frozen=True)
class DetectedMolecules:
    """What was found on a page, in its pixels. ``chances``: float32 (h, w), for each of equal parts
    of the page how likely its ink is a molecule's."""

    regions: tuple[Region, ...]
    boxes: tuple[OrientedBox, ...] = field(repr=False)
    chances: np.ndarray = field(repr=False)


class MoleculeDetector:
    """Finds molecules with one network; ``network`` may be an exported one."""

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
        """The finder of a checkpoint, run or weights folder, or of an exported network, which
        computes with so many ``threads``. Raises ValueError as ``load_detector`` does."""
        return cls(load_detector(Path(folder), threads=threads), settings)

    def find(self, intensity: np.ndarray, dots_per_inch: float) -> list[Region]:
        """The molecules of a page, uint8 ink (H, W)."""
        return list(self.look(intensity, dots_per_inch).regions)

    def look(self, intensity: np.ndarray, dots_per_inch: float) -> DetectedMolecules:
        """The same, with what the network says of the page's ink."""
        height, width = intensity.shape
        scale = self.dots_per_inch / dots_per_inch
        scale = min(scale, (MOST_PIXELS / max(height * width, 1)) ** 0.5)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        method = cv2.INTER_AREA if scale <= 1 else cv2.INTER_LINEAR
        small = normalize_contrast(cv2.resize(intensity, size, interpolation=method))
        found, chances = with_larger(small, *self._drawings(small), self._drawings)
        across, down = width / size[0], height / size[1]
        boxes = tuple(
            OrientedBox(b.x * across, b.y * down, b.width * across, b.height * down, *b[4:])
            for b in found
        )
        regions = tuple(
            Region(box.upright(), angle=box.angle % 360, score=box.score) for box in boxes
        )
        return DetectedMolecules(regions, boxes, chances)

    def _drawings(self, intensity: np.ndarray) -> tuple[list[OrientedBox], np.ndarray]:
        """The drawings of ink at the network's scale, uint8 (H, W), and the chance of its cells."""
        maps_CHW = self.network.maps(padded(intensity, self.network.multiple))
        stride = self.network.stride
        chances = ink_chances(maps_CHW, self.layout)
        found = drawings_of(maps_CHW, self.layout, stride, self.period, self.reading)
        found += uncovered_drawings(intensity, chances, found, stride, self.reading)
        return found, chances[
            : -(-intensity.shape[0] // stride), : -(-intensity.shape[1] // stride)
        ]
