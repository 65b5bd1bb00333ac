"""Training task of the text-line detector.

CTPN (Tian et al. 2016), on real pages, drawn ones, or both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import torch
from torch import nn

from inchify import config
from inchify.data.canvas_packing import padded
from inchify.data.dataset import load_pools, pooled_steps
from inchify.decoding.text_lines import LineMaps, lines_of_maps
from inchify.models.text.ctpn import Ctpn
from inchify.models.text.settings import CTPN_MULTIPLE
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.tasks.detection_score import matched_pairs
from inchify.tasks.text_detection.data import (
    LinePage,
    RealPages,
    TextLineBatch,
    TextLineSource,
    drawn_page,
)
from inchify.tasks.text_detection.loss import text_line_loss
from inchify.tasks.text_detection.settings import TextLineSettings, load_text_line_settings
from inchify.tasks.weights import load_task_weights
from inchify.training.restore import load_into
from inchify.training.settings import FitOptions
from inchify.training.trainer import fit
from inchify.types import LossSum

VALIDATION_SEED = 20_000_063


class TextLineTask:
    """Training task of the text-line detector (``Task`` protocol)."""

    def __init__(
        self, settings: TextLineSettings, network: Ctpn, real: RealPages | None = None
    ) -> None:
        self.settings, self.network = settings, network
        self.micro_batch = settings.data.crops
        data = settings.data
        self.real = real or RealPages.read(
            data.real, held_out=data.held_out, validation=data.validation
        )
        self._library: MoleculeLibrary | None = None
        self._held_out: list[LinePage] | None = None

    @property
    def library(self) -> MoleculeLibrary | None:
        """Molecules for drawn pages; None where all pages are real."""
        if self._library is None and self.settings.data.pages > 0:
            self._library = MoleculeLibrary.load(Path(self.settings.data.molecules))
        return self._library

    def describe(self) -> dict[str, Any]:
        """Settings that rebuild the network and identify its training data. The length of a
        training, how its pages are loaded and where folders lay may change between two runs."""
        settings = config.to_dict(self.settings)
        settings.pop("training")
        for part in ("loader", "molecules", "epoch"):
            settings["data"].pop(part)
        settings["data"]["real"] = [Path(folder).name for folder in self.settings.data.real]
        return {"task": "text_lines", "settings": settings}

    def epoch_steps(self, epoch: int, *, rank: int, world: int) -> int:
        return pooled_steps(self.settings.data, world)

    def batches(self, epoch: int, *, start: int, rank: int, world: int) -> Iterator[TextLineBatch]:
        def source_of(pools: range) -> TextLineSource:
            return TextLineSource(self.settings, self.real, self.library, epoch=epoch, pools=pools)

        return load_pools(
            source_of, self.settings.data, epoch=epoch, start=start, rank=rank, world=world
        )

    def count(self, batch: TextLineBatch) -> int:
        return len(batch) * self.settings.losses.sampled_anchors

    def loss(self, network: nn.Module, batch: TextLineBatch) -> LossSum:
        return text_line_loss(network(batch.images_BCHW), batch, self.settings.losses)

    def validate(
        self, network: nn.Module, *, batches: int | None, rank: int, world: int
    ) -> dict[str, tuple[float, int]]:
        """Validate on whole held-out pages: Hmean of the lines at an IoU of .5."""
        right = boxes = 0
        pages = self._validation_pages()
        for page in pages[: None if batches is None else 4 * batches][rank::world]:
            maps = line_maps(network, self.network, page.intensity)
            detections = lines_of_maps(maps, page.intensity.shape, self.settings.lines)
            right += len(matched_pairs(page.boxes, [line.box for line in detections]))
            boxes += len(page.boxes) + len(detections)
        return {"hmean": (2.0 * right, max(boxes, 1))}

    def _validation_pages(self) -> list[LinePage]:
        if self._held_out is None:
            self._held_out = list(self.real.validation)
            if self.settings.data.pages > 0:
                library = MoleculeLibrary.load(Path(self.settings.data.molecules), held_back=True)
                self._held_out += [
                    drawn_page(
                        library, self.settings, np.random.default_rng([VALIDATION_SEED, number])
                    )
                    for number in range(self.settings.data.validation)
                ]
        return self._held_out

    def better(self, new: dict[str, float], old: dict[str, float] | None) -> bool:
        return old is None or new["hmean"] >= old["hmean"]


@torch.inference_mode()
def line_maps(network: nn.Module, about: Ctpn, intensity: np.ndarray) -> LineMaps:
    """Run a detector on a page.

    Args:
        network: ``about`` or a wrapped copy of it.
        about: The plain network.
        intensity: uint8 (H, W), foreground 255, at the network's scale.

    Returns:
        Maps of the padded page.
    """
    device = next(p.device for p in about.parameters())
    maps = network(torch.from_numpy(padded(intensity, CTPN_MULTIPLE))[None, None].to(device))
    score, vertical, side = (
        None if part is None else part[0].float().cpu().numpy()
        for part in (maps.score_BKHW, maps.vertical_BK2HW, maps.side_BKHW)
    )
    assert score is not None and vertical is not None
    return LineMaps(score, vertical, side, *about.stride, about.settings.heights)


def build_text_line_network(settings: TextLineSettings) -> Ctpn:
    """Build a detector with random initial weights.

    Args:
        settings: The configuration; its seed determines the weights.

    Returns:
        The network.
    """
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        return Ctpn(settings.network)


def train_text_lines(
    path: Path,
    output: Path,
    *,
    assignments: Sequence[str] = (),
    **options: Unpack[FitOptions],
) -> dict[str, Any]:
    """Train the configuration of a file; returns the trainer's summary."""
    settings = load_text_line_settings(path, assignments)
    return fit(
        TextLineTask(settings, build_text_line_network(settings)),
        settings.training,
        output,
        **options,
    )


@dataclass(frozen=True)
class LoadedTextLineNetwork:
    """A detection network with its settings; ``digest`` identifies its weights."""

    network: Ctpn
    settings: TextLineSettings
    description: dict[str, Any]
    digest: str


def load_text_line_network(folder: Path) -> LoadedTextLineNetwork:
    """Load a trained text-line detector for inference.

    Args:
        folder: A checkpoint, run or weights folder.

    Returns:
        The network in evaluation mode, with its settings.

    Raises:
        ValueError: The folder is damaged (CheckpointError) or of another task.
    """
    weights = load_task_weights(folder, "text_lines")
    # where pages lay that it learned from is of no matter for finding
    described = {**weights.settings, "data": {**weights.settings["data"], "real": [], "pages": 1.0}}
    settings = config.build(TextLineSettings, described)
    network = build_text_line_network(settings)
    load_into(network, weights.tensors, folder)
    return LoadedTextLineNetwork(network.eval(), settings, weights.description, weights.digest)
