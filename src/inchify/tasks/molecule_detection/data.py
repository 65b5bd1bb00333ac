"""Training data of the molecule detector: batches of crops of synthetic pages, drawn on the fly.

A pool of batches is a function of (seed, epoch, number) alone: whoever makes it, it is the same.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch

from inchify.data.canvas_packing import cut_square, random_square
from inchify.data.degrade import degrade
from inchify.decoding.oriented import OrientedBox
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.pages import DrawnPage, draw_page
from inchify.tasks.molecule_detection.batch import RegionBatch, RegionCrop, region_batch
from inchify.tasks.molecule_detection.settings import RegionDataSettings, RegionSettings

# A bond on a page of 200 dots per inch, roughly; it scales what scanners do to strokes.
_BOND = 24.0
# Minimum share of a drawing's box within a crop for the drawing to have targets.
_VISIBLE = 0.6
# Share of the crops of a page that are guaranteed to show a drawing.
_AT_A_DRAWING = 0.6


def oriented_boxes(page: DrawnPage) -> list[OrientedBox]:
    """The minimum bounding box of each drawing along its orientation, from its pixels on the
    page."""
    boxes = []
    for number, region in enumerate(page.regions, 1):
        left, top, right, bottom = (round(side) for side in region.box)
        top, left = max(top - 1, 0), max(left - 1, 0)
        rows, columns = np.nonzero(page.region_ids[top : bottom + 2, left : right + 2] == number)
        if not len(rows):
            continue
        boxes.append(_box_along(columns + left + 0.5, rows + top + 0.5, region.angle))
    return boxes


def _box_along(x_P: np.ndarray, y_P: np.ndarray, angle: float) -> OrientedBox:
    """The minimum bounding box of points at the given orientation."""
    rotation = math.radians(angle)
    cosine, sine = math.cos(rotation), math.sin(rotation)
    along, across = x_P * cosine + y_P * sine, y_P * cosine - x_P * sine
    a, b = (along.min() + along.max()) / 2, (across.min() + across.max()) / 2
    return OrientedBox(
        float(a * cosine - b * sine),
        float(a * sine + b * cosine),
        float(np.ptp(along)) + 1.0,
        float(np.ptp(across)) + 1.0,
        angle,
    )


def random_page_crop(
    page: DrawnPage,
    boxes: list[OrientedBox],
    data: RegionDataSettings,
    generator: np.random.Generator,
) -> RegionCrop:
    """A square of the page at a random scale, degraded as scans are."""
    spread = math.log(data.scale_low), math.log(data.scale_high)
    scale = math.exp(generator.uniform(*spread)) * data.dots_per_inch / page.dots_per_inch
    side = max(1, round(data.canvas / scale))
    middles = [(box.x, box.y) for box in boxes]
    top, left = random_square(page.intensity.shape, side, middles, _AT_A_DRAWING, generator)
    molecules = np.where(page.region_ids > 0, page.intensity, np.uint8(0))
    cut = [cut_square(picture, top, left, side) for picture in (page.intensity, molecules)]
    bond = _BOND * page.dots_per_inch / 200
    worse = degrade(cut[0], bond, data.degrade, generator)
    size = (data.canvas, data.canvas)
    intensity, molecules = (
        cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (worse, cut[1])
    )
    factor = data.canvas / side
    drawings = [
        OrientedBox(
            (box.x - left) * factor,
            (box.y - top) * factor,
            box.width * factor,
            box.height * factor,
            box.angle,
        )
        for box in boxes
    ]
    return RegionCrop(
        intensity, molecules, tuple(box for box in drawings if _is_on(box, data.canvas))
    )


def _is_on(box: OrientedBox, side: int) -> bool:
    if not (0 <= box.x < side and 0 <= box.y < side):
        return False
    left, top, right, bottom = box.upright()
    visible = (min(right, side) - max(left, 0)) * (min(bottom, side) - max(top, 0))
    return visible >= _VISIBLE * (right - left) * (bottom - top)


class RegionSource(torch.utils.data.Dataset[list[RegionBatch]]):
    """Place n holds the batches of pool ``pools[n]`` of one epoch."""

    def __init__(
        self,
        library: MoleculeLibrary,
        settings: RegionSettings,
        stride: int,
        *,
        epoch: int,
        pools: range,
    ) -> None:
        self.library, self.settings, self.stride = library, settings, stride
        self.epoch, self.pools = epoch, pools

    def __len__(self) -> int:
        return len(self.pools)

    def __getitem__(self, place: int) -> list[RegionBatch]:
        data = self.settings.data
        generator = np.random.default_rng([self.settings.seed, self.epoch, self.pools[place]])
        crops: list[RegionCrop] = []
        while len(crops) < data.pool * data.crops:
            page = draw_page(self.library, generator, data.page)
            boxes = oriented_boxes(page)
            crops += [
                random_page_crop(page, boxes, data, generator) for _ in range(data.crops_per_page)
            ]
        order = generator.permutation(len(crops))[: data.pool * data.crops].tolist()
        chosen = [crops[number] for number in order]
        return [
            region_batch(
                chosen[start : start + data.crops],
                stride=self.stride,
                period=self.settings.period,
            )
            for start in range(0, len(chosen), data.crops)
        ]
