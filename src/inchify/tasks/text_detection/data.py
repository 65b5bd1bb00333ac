"""Training data of the text-line detector: batches of page crops with their lines.

A pool of batches is a function of (seed, epoch, number) alone: whoever makes it, it is the same.

Shape letters: B pieces, H and W pixels or cells, K anchors, N anchors that are text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from inchify.data.canvas_packing import cut_square, random_square
from inchify.data.degrade import degrade
from inchify.data.icdar_lines import read_page_lines, split_pages
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.pages import draw_page
from inchify.tasks.batches import TensorBatch
from inchify.tasks.text_detection.settings import TextLineSettings
from inchify.tasks.text_detection.targets import AnchorGrid, anchor_targets
from inchify.types import Box, mapped_box

# A bond on a page of 150 dots per inch, roughly; it scales what scanners do to strokes.
_BOND = 18.0
# Share of the crops of a page that are guaranteed to show a line.
_AT_A_LINE = 0.7


@dataclass(frozen=True)
class LinePage:
    """A page: ``intensity`` uint8 (H, W), 255 = full foreground, and the boxes of all its lines."""

    intensity: np.ndarray
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class TextLineBatch(TensorBatch):
    """Page crops and their targets.

    ``images_BCHW`` uint8, C = 1, 255 = full foreground; ``labels_BKHW`` int8 (TEXT, PAPER,
    UNASKED); ``chances_BKHW`` float16: random priorities for the sampling of anchors; ``cells_N4``
    int64 (crop, k, row, column) of anchors that are text, with ``vertical_N2`` and ``side_N`` as
    ``AnchorTargets`` has them.
    """

    image_ids: tuple[str, ...]
    images_BCHW: torch.Tensor
    labels_BKHW: torch.Tensor
    chances_BKHW: torch.Tensor
    cells_N4: torch.Tensor
    vertical_N2: torch.Tensor
    side_N: torch.Tensor

    def __len__(self) -> int:
        return len(self.image_ids)

    @property
    def tokens(self) -> int:
        return len(self.cells_N4)


@dataclass(frozen=True)
class RealPages:
    """Pages of real folders, in memory, for training and validation."""

    training: tuple[LinePage, ...] = ()
    validation: tuple[LinePage, ...] = ()

    @classmethod
    def read(cls, folders: Sequence[str], *, held_out: int, validation: int) -> RealPages:
        """Read the pages of real folders, without those held out.

        Args:
            folders: Folders of pages with the boxes of their lines.
            held_out: Pages of each folder that are never used.
            validation: Pages of each folder for validation, the first of the rest.

        Returns:
            The pages in memory.

        Raises:
            ValueError: A folder has too few pages.
        """
        training: list[LinePage] = []
        judging: list[LinePage] = []
        for folder in folders:
            paths, _ = split_pages(Path(folder), held_out)
            if len(paths) <= validation:
                raise ValueError(f"{folder}: {len(paths)} pages, of which {validation} shall judge")
            pages = [page_of(path) for path in paths]
            judging += pages[:validation]
            training += pages[validation:]
        return cls(tuple(training), tuple(judging))


def page_of(path: Path) -> LinePage:
    """A real page; lines without text are none."""
    intensity, lines = read_page_lines(path)
    return LinePage(intensity, tuple(line.box for line in lines if line.text.strip()))


def random_line_crop(
    page: LinePage, settings: TextLineSettings, generator: np.random.Generator
) -> LinePage:
    """A square of the page at a random scale, degraded as scans are."""
    data = settings.data
    scale = math.exp(generator.uniform(math.log(data.scale_low), math.log(data.scale_high)))
    side = max(16, round(data.canvas / scale))
    top, left = random_square(
        page.intensity.shape, side, _some_line(page.boxes, generator), _AT_A_LINE, generator
    )
    crop = cut_square(page.intensity, top, left, side)
    crop = degrade(crop, _BOND, data.degrade, generator)
    canvas = (data.canvas, data.canvas)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    factor = data.canvas / side
    boxes = []
    for box in page.boxes:
        x0, y0, x1, y1 = (
            (v - o) * factor for v, o in zip(box, (left, top, left, top), strict=True)
        )
        x0, x1 = max(x0, 0.0), min(x1, float(data.canvas))
        if x1 - x0 > 2 and y1 > 0 and y0 < data.canvas:
            boxes.append((x0, y0, x1, y1))
    return LinePage(cv2.resize(crop, canvas, interpolation=method), tuple(boxes))


def _some_line(boxes: Sequence[Box], generator: np.random.Generator) -> list[tuple[float, float]]:
    """The center of a random line, with short lines favored: pages are full of text, but the few
    compound ids matter most. None where there is no line."""
    if not boxes:
        return []
    a, b, c, d = np.array(boxes, dtype=np.float64).T
    shares = (d - b) / np.maximum(c - a, 1.0)
    chosen = int(generator.choice(len(boxes), p=shares / shares.sum()))
    return [(float(a[chosen] + c[chosen]) / 2, float(b[chosen] + d[chosen]) / 2)]


def drawn_page(
    library: MoleculeLibrary, settings: TextLineSettings, generator: np.random.Generator
) -> LinePage:
    """A synthetic page at the network's scale; the letters of its molecules are no lines."""
    page = draw_page(library, generator, settings.data.page)
    scale = settings.data.dots_per_inch / page.dots_per_inch
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    intensity = cv2.resize(page.intensity, None, fx=scale, fy=scale, interpolation=method)
    boxes = [
        mapped_box(line.box, lambda x, y: (x * scale, y * scale))
        for line in page.lines
        if _level(line.angle)
    ]
    return LinePage(intensity, tuple(boxes))


def _level(angle: float) -> bool:
    return abs((angle + 90) % 180 - 90) < 5


def text_line_batch(
    crops: Sequence[LinePage], settings: TextLineSettings, generator: np.random.Generator
) -> TextLineBatch:
    """Collate crops of one size into a batch."""
    network = settings.network
    side = settings.data.canvas
    row, column = network.row, network.column
    grid = AnchorGrid(side // row, side // column, row, column, network.heights)
    labels, cells, vertical, sides = [], [], [], []
    for number, crop in enumerate(crops):
        quads = np.array(
            [((a, b), (c, b), (c, d), (a, d)) for a, b, c, d in crop.boxes], dtype=np.float64
        )
        losses = settings.losses
        targets = anchor_targets(
            quads, grid, positive=losses.positive, negative=losses.negative, max_distance=32.0
        )
        labels.append(targets.labels_KHW)
        crop_N1 = np.full((len(targets.cells_N3), 1), number)
        cells.append(np.concatenate((crop_N1, targets.cells_N3), axis=1))
        vertical.append(targets.vertical_N2)
        sides.append(targets.side_N)
    labels_BKHW = np.stack(labels)
    return TextLineBatch(
        image_ids=tuple(f"piece-{number}" for number in range(len(crops))),
        images_BCHW=torch.from_numpy(np.stack([crop.intensity for crop in crops])[:, None]),
        labels_BKHW=torch.from_numpy(labels_BKHW),
        chances_BKHW=torch.from_numpy(generator.random(labels_BKHW.shape, np.float32)).half(),
        cells_N4=torch.from_numpy(np.concatenate(cells).astype(np.int64)),
        vertical_N2=torch.from_numpy(np.concatenate(vertical).astype(np.float32)),
        side_N=torch.from_numpy(np.concatenate(sides).astype(np.float32)),
    )


class TextLineSource(torch.utils.data.Dataset[list[TextLineBatch]]):
    """Place n holds the batches of pool ``pools[n]`` of one epoch."""

    def __init__(
        self,
        settings: TextLineSettings,
        real: RealPages,
        library: MoleculeLibrary | None,
        *,
        epoch: int,
        pools: range,
    ) -> None:
        self.settings, self.real, self.library = settings, real, library
        self.epoch, self.pools = epoch, pools

    def __len__(self) -> int:
        return len(self.pools)

    def __getitem__(self, place: int) -> list[TextLineBatch]:
        settings, data = self.settings, self.settings.data
        generator = np.random.default_rng([settings.seed, self.epoch, self.pools[place]])
        crops: list[LinePage] = []
        while len(crops) < data.pool * data.crops:
            page = self._page(generator)
            crops += [
                random_line_crop(page, settings, generator) for _ in range(data.crops_per_page)
            ]
        order = generator.permutation(len(crops))[: data.pool * data.crops].tolist()
        chosen = [crops[number] for number in order]
        return [
            text_line_batch(chosen[start : start + data.crops], settings, generator)
            for start in range(0, len(chosen), data.crops)
        ]

    def _page(self, generator: np.random.Generator) -> LinePage:
        if generator.random() < self.settings.data.pages:
            assert self.library is not None
            return drawn_page(self.library, self.settings, generator)
        return self.real.training[int(generator.integers(len(self.real.training)))]
