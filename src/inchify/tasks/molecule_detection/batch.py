"""Dense targets of the molecule detector on page crops.

Centers of molecules are Gaussian peaks a sixth of the molecule wide; orientation and size have
targets in the middle third (GG-CNN, Morrison et al. 2018). Cells with foreground have the share of
it that belongs to a molecule.

Shape letters: B crops, H and W cells of a map, N picked cells.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from inchify.decoding.oriented import OrientedBox
from inchify.models.dense.layout import PAGE_UNIT_PIXELS, Period
from inchify.tasks.batches import TensorBatch

# Of a drawing's side: the standard deviation of its peak, and half of its middle part.
_SPREAD, _MIDDLE = 1 / 7, 1 / 6
# Cells with a smaller share of foreground have no target for it.
_MIN_FOREGROUND = 0.02


@dataclass(frozen=True)
class RegionCrop:
    """A page crop: ``intensity`` uint8 (H, W); ``drawings`` whose center is on it; ``molecules``:
    uint8 (H, W), the foreground of molecules only."""

    intensity: np.ndarray
    molecules: np.ndarray
    drawings: tuple[OrientedBox, ...]


@dataclass(frozen=True)
class RegionBatch(TensorBatch):
    """Page crops and their targets.

    ``images_BCHW`` uint8, C = 1, 255 = full foreground; ``heat_BHW`` float16, 1 at the cell of each
    middle; ``cells_N3`` int64 (crop, row, column); ``values_N6``: cos and sin of the turn,
    logarithms of width and height in ``PAGE_UNIT_PIXELS``, the way to the middle (x, y) in units;
    ``weights_N`` sum to 1 over the cells of one drawing. ``foreground_BHW`` float16: share of the
    cell's foreground that belongs to a molecule; ``has_foreground_BHW`` bool: cells with
    foreground. ``drawings`` counts the molecules.
    """

    image_ids: tuple[str, ...]
    images_BCHW: torch.Tensor
    heat_BHW: torch.Tensor
    cells_N3: torch.Tensor
    values_N6: torch.Tensor
    weights_N: torch.Tensor
    foreground_BHW: torch.Tensor
    has_foreground_BHW: torch.Tensor
    drawings: int

    def __len__(self) -> int:
        return len(self.image_ids)

    @property
    def tokens(self) -> int:
        return self.drawings


def region_batch(crops: Sequence[RegionCrop], *, stride: int, period: Period) -> RegionBatch:
    """Collate crops of one size into a batch for maps of the given stride."""
    height, width = (side // stride for side in crops[0].intensity.shape)
    heat = np.zeros((len(crops), height, width), dtype=np.float32)
    cells: list[np.ndarray] = []
    values: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    for number, crop in enumerate(crops):
        # the larger drawing first: where two claim a cell, the smaller gets it
        answers: dict[tuple[int, int], tuple[np.ndarray, int]] = {}
        for place, box in enumerate(sorted(crop.drawings, key=lambda d: -d.width * d.height)):
            _peak(heat[number], box, stride)
            for cell, value in _answers(box, stride, (height, width), period):
                answers[cell] = value, place
        counts = np.bincount([place for _, place in answers.values()], minlength=1)
        for (row, column), (value, place) in answers.items():
            cells.append(np.array((number, row, column)))
            values.append(value)
            weights.append(np.array(1.0 / counts[place]))
    intensity = np.stack([crop.intensity for crop in crops])
    has_foreground, share = _foreground_targets(
        intensity, np.stack([crop.molecules for crop in crops]), stride
    )
    return RegionBatch(
        image_ids=tuple(f"piece-{number}" for number in range(len(crops))),
        images_BCHW=torch.from_numpy(intensity[:, None]),
        heat_BHW=torch.from_numpy(heat.astype(np.float16)),
        cells_N3=torch.from_numpy(np.array(cells, dtype=np.int64).reshape(-1, 3)),
        values_N6=torch.from_numpy(np.array(values, dtype=np.float32).reshape(-1, 6)),
        weights_N=torch.from_numpy(np.array(weights, dtype=np.float32).reshape(-1)),
        foreground_BHW=torch.from_numpy(share),
        has_foreground_BHW=torch.from_numpy(has_foreground),
        drawings=max(1, sum(len(crop.drawings) for crop in crops)),
    )


def turn_values(angle: float, period: Period) -> tuple[float, float]:
    """Cosine and sine of an angle in degrees that comes back after ``period``."""
    rotation = math.radians(angle) * (360 / period)
    return math.cos(rotation), math.sin(rotation)


def _peak(heat_HW: np.ndarray, box: OrientedBox, stride: int) -> None:
    """A peak at the middle, as wide and turned as the drawing."""
    height, width = heat_HW.shape
    reach = 3 * _SPREAD * max(box.width, box.height) / stride + 1
    middle = box.x / stride, box.y / stride
    left, right = max(0, int(middle[0] - reach)), min(width, int(middle[0] + reach) + 2)
    top, bottom = max(0, int(middle[1] - reach)), min(height, int(middle[1] + reach) + 2)
    if left >= right or top >= bottom:
        return
    along, across = _along_across(box, stride, (left, top, right, bottom))
    value = np.exp(-((along / _SPREAD) ** 2 + (across / _SPREAD) ** 2) / 2)
    part = heat_HW[top:bottom, left:right]
    np.maximum(part, np.minimum(value, 0.999), out=part)
    row, column = int(middle[1]), int(middle[0])
    if 0 <= row < height and 0 <= column < width:
        heat_HW[row, column] = 1.0


def _along_across(
    box: OrientedBox, stride: int, part: tuple[int, int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Of the cells of a part (left, top, right, bottom): how far their centers are from the box's
    middle along its axis and across it, in its sides (a cell at least)."""
    left, top, right, bottom = part
    x = (np.arange(left, right) + 0.5)[None] * stride - box.x
    y = (np.arange(top, bottom) + 0.5)[:, None] * stride - box.y
    rotation = math.radians(box.angle)
    along = (x * math.cos(rotation) + y * math.sin(rotation)) / max(box.width, 4 * stride)
    across = (y * math.cos(rotation) - x * math.sin(rotation)) / max(box.height, 4 * stride)
    return along, across


def _answers(
    box: OrientedBox, stride: int, grid: tuple[int, int], period: Period
) -> list[tuple[tuple[int, int], np.ndarray]]:
    """The cells of the middle third with their targets."""
    reach = _MIDDLE * math.hypot(max(box.width, 4 * stride), max(box.height, 4 * stride)) + stride
    left, right = (int((box.x + side * reach) / stride) for side in (-1, 1))
    top, bottom = (int((box.y + side * reach) / stride) for side in (-1, 1))
    left, top = max(0, left), max(0, top)
    right, bottom = min(grid[1], right + 1), min(grid[0], bottom + 1)
    if left >= right or top >= bottom:
        return []
    along, across = _along_across(box, stride, (left, top, right, bottom))
    inside = (np.abs(along) <= _MIDDLE) & (np.abs(across) <= _MIDDLE)
    fixed = [
        *turn_values(box.angle, period),
        math.log(max(box.width, 1.0) / PAGE_UNIT_PIXELS),
        math.log(max(box.height, 1.0) / PAGE_UNIT_PIXELS),
    ]
    targets = []
    for row, column in (np.argwhere(inside) + np.array((top, left))).tolist():
        way = (box.x - (column + 0.5) * stride, box.y - (row + 0.5) * stride)
        targets.append(
            (
                (row, column),
                np.array([*fixed, way[0] / PAGE_UNIT_PIXELS, way[1] / PAGE_UNIT_PIXELS]),
            )
        )
    return targets


def _foreground_targets(
    foreground_BHW: np.ndarray, own_BHW: np.ndarray, stride: int
) -> tuple[np.ndarray, np.ndarray]:
    """For each cell whether it has foreground, and the share of it that belongs to a molecule
    (float16)."""

    def sums(pixels_BHW: np.ndarray) -> np.ndarray:
        count, height, width = pixels_BHW.shape
        high, wide = height // stride, width // stride
        cut = pixels_BHW[:, : high * stride, : wide * stride]
        parts = cut.reshape(count, high, stride, wide, stride)
        return parts.sum(axis=(2, 4), dtype=np.float32)

    total, assigned = sums(foreground_BHW), sums(own_BHW)
    has_foreground = total > _MIN_FOREGROUND * 255 * stride * stride
    return has_foreground, np.minimum(assigned / np.maximum(total, 1.0), 1.0).astype(np.float16)
