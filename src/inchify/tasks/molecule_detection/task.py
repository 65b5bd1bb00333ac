"""Training task of the molecule detector, a dense network on synthetic pages.

A network with pos, cos, sin, width and height maps, and a map of the molecules' foreground. Only
the list of molecules is read from disk: pages are drawn on the fly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import cv2
import numpy as np
import torch
from torch import nn

from inchify import config
from inchify.data.canvas_packing import padded
from inchify.data.dataset import load_pools, pooled_steps
from inchify.decoding.molecule_regions import DetectionSettings, drawings_of
from inchify.decoding.oriented import OrientedBox, angle_between, oriented_overlap
from inchify.models.dense.fully_convolutional import FullyConvolutionalNetwork
from inchify.models.dense.layout import RegionLayout
from inchify.models.dense.network import DenseNetwork, network_input
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.pages import draw_page
from inchify.tasks.distillation import with_teacher
from inchify.tasks.molecule_detection.batch import RegionBatch
from inchify.tasks.molecule_detection.data import RegionSource, oriented_boxes
from inchify.tasks.molecule_detection.loss import region_loss
from inchify.tasks.molecule_detection.settings import RegionSettings, load_region_settings
from inchify.tasks.molecule_graph.task import load_graph_network
from inchify.tasks.weights import load_task_weights
from inchify.training.restore import load_into
from inchify.training.settings import FitOptions
from inchify.training.trainer import fit
from inchify.types import LossSum

VALIDATION_SEED = 20_000_047
# GG-CNN's measure of a right box (Morrison et al. 2018): shared area, degrees between the turns.
RIGHT_OVERLAP, RIGHT_ANGLE = 0.25, 30.0

Finder = DenseNetwork[RegionLayout] | FullyConvolutionalNetwork


class RegionTask:
    """Training task of the molecule detector (``Task`` protocol)."""

    def __init__(
        self, settings: RegionSettings, network: Finder, *, teacher: Finder | None = None
    ) -> None:
        self.settings, self.network, self.teacher = settings, network, teacher
        self.layout = RegionLayout()
        self.micro_batch = settings.data.crops
        self._library: MoleculeLibrary | None = None
        self._held_out: list[tuple[np.ndarray, list[OrientedBox]]] | None = None

    @property
    def library(self) -> MoleculeLibrary:
        """The molecules to train on, read when first needed."""
        if self._library is None:
            data = self.settings.data
            self._library = MoleculeLibrary.load(Path(data.molecules), max_atoms=data.max_atoms)
        return self._library

    def describe(self) -> dict[str, Any]:
        """Settings that rebuild the network and identify its training data. The length of a
        training, how its pages are loaded and where lists and weights lay may change between two
        runs."""
        settings = config.to_dict(self.settings)
        for part in ("training", "validation", "distillation", "backbone_from"):
            settings.pop(part)
        for part in ("loader", "molecules", "epoch"):
            settings["data"].pop(part)
        return {"task": "regions", "settings": settings}

    def epoch_steps(self, epoch: int, *, rank: int, world: int) -> int:
        return pooled_steps(self.settings.data, world)

    def batches(self, epoch: int, *, start: int, rank: int, world: int) -> Iterator[RegionBatch]:
        def source_of(pools: range) -> RegionSource:
            stride = self.network.stride
            return RegionSource(self.library, self.settings, stride, epoch=epoch, pools=pools)

        return load_pools(
            source_of, self.settings.data, epoch=epoch, start=start, rank=rank, world=world
        )

    def count(self, batch: RegionBatch) -> int:
        return batch.drawings

    def loss(self, network: nn.Module, batch: RegionBatch) -> LossSum:
        images_BCHW = network_input(batch.images_BCHW)
        maps = network(images_BCHW)
        loss = region_loss(maps, batch, self.layout, self.settings.losses)
        return with_teacher(
            loss, maps, images_BCHW, self.teacher, self.layout, self.settings.distillation
        )

    def validate(
        self, network: nn.Module, *, batches: int | None, rank: int, world: int
    ) -> dict[str, tuple[float, int]]:
        """Validate on whole pages with held-out molecules: F1 of the boxes by GG-CNN's criterion,
        and the IoU of the correct ones."""
        right = boxes = 0
        shared = 0.0
        pages = self._validation_pages()
        for intensity, truth in pages[: None if batches is None else 4 * batches][rank::world]:
            maps_CHW = maps_of_page(network, intensity, self.network.multiple)
            detections = drawings_of(
                maps_CHW,
                self.layout,
                self.network.stride,
                self.settings.period,
                DetectionSettings(),
            )
            overlaps = right_boxes(truth, detections, self.settings.period)
            right += len(overlaps)
            shared += sum(overlaps)
            boxes += len(truth) + len(detections)
        return {"f1": (2.0 * right, max(boxes, 1)), "overlap": (shared, max(right, 1))}

    def _validation_pages(self) -> list[tuple[np.ndarray, list[OrientedBox]]]:
        if self._held_out is None:
            data = self.settings.data
            library = MoleculeLibrary.load(
                Path(data.molecules), held_back=True, max_atoms=data.max_atoms
            )
            self._held_out = []
            for number in range(self.settings.validation):
                generator = np.random.default_rng([VALIDATION_SEED, number])
                page = draw_page(library, generator, data.page)
                scale = data.dots_per_inch / page.dots_per_inch
                intensity = cv2.resize(
                    page.intensity, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
                )
                truth = [box.scaled(scale) for box in oriented_boxes(page)]
                self._held_out.append((intensity, truth))
        return self._held_out

    def better(self, new: dict[str, float], old: dict[str, float] | None) -> bool:
        return old is None or new["f1"] >= old["f1"]


def right_boxes(
    truth: Sequence[OrientedBox], detections: Sequence[OrientedBox], period: float
) -> list[float]:
    """IoUs of true boxes with correctly detected ones, matched greedily by score."""
    free = set(range(len(truth)))
    overlaps = []
    for box in sorted(detections, key=lambda box: -box.score):
        fitting = [
            (oriented_overlap(truth[place], box), place)
            for place in free
            if angle_between(truth[place].angle, box.angle, period) <= RIGHT_ANGLE
        ]
        best = max(fitting, default=(0.0, -1))
        if best[0] > RIGHT_OVERLAP:
            free.remove(best[1])
            overlaps.append(best[0])
    return overlaps


@torch.inference_mode()
def maps_of_page(network: nn.Module, intensity: np.ndarray, multiple: int) -> np.ndarray:
    """Run a network on a page.

    Args:
        network: The detector.
        intensity: uint8 (H, W), foreground 255, at the network's scale.
        multiple: Sides are padded to multiples of this number of pixels.

    Returns:
        Maps, float32 (C, cells, cells).
    """
    canvas = torch.from_numpy(padded(intensity, multiple))[None, None]
    device = next((p.device for p in network.parameters()), torch.device("cpu"))
    return network(network_input(canvas.to(device))).maps_BCHW[0].float().cpu().numpy()


def build_region_network(settings: RegionSettings) -> Finder:
    """Build the network of a configuration with random initial weights."""
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        if settings.baseline is not None:
            return FullyConvolutionalNetwork(settings.baseline, RegionLayout())
        return DenseNetwork(settings.network, RegionLayout())


def take_backbone(network: Finder, folder: Path) -> None:
    """Initialize the backbone from a graph reader's.

    Raises ValueError where the two backbones differ.
    """
    source = load_graph_network(folder)
    if not isinstance(network, DenseNetwork) or (
        network.settings.backbone,
        network.settings.options,
    ) != (source.settings.network.backbone, source.settings.network.options):
        raise ValueError(f"{folder}: its backbone differs from that of 'network'; give it the same")
    network.backbone.load_state_dict(source.network.backbone.state_dict())


def train_regions(
    path: Path,
    output: Path,
    *,
    assignments: Sequence[str] = (),
    **options: Unpack[FitOptions],
) -> dict[str, Any]:
    """Train the configuration of a file; returns the trainer's summary."""
    settings = load_region_settings(path, assignments)
    network = build_region_network(settings)
    if settings.backbone_from is not None:
        take_backbone(network, Path(settings.backbone_from))
    teacher = None
    if settings.distillation is not None:
        teacher = load_region_network(Path(settings.distillation.teacher)).network
        teacher.requires_grad_(False)
    return fit(
        RegionTask(settings, network, teacher=teacher),
        settings.training,
        output,
        **options,
    )


@dataclass(frozen=True)
class LoadedRegionNetwork:
    """A detection network with its settings; ``digest`` identifies its weights."""

    network: Finder
    settings: RegionSettings
    description: dict[str, Any]
    digest: str


def load_region_network(folder: Path) -> LoadedRegionNetwork:
    """Load a trained molecule detector for inference.

    Args:
        folder: A checkpoint, run or weights folder.

    Returns:
        The network in evaluation mode, with its settings.

    Raises:
        ValueError: The folder is damaged (CheckpointError) or of another task.
    """
    weights = load_task_weights(folder, "regions")
    settings = config.build(RegionSettings, weights.settings)
    network = build_region_network(settings)
    load_into(network, weights.tensors, folder)
    return LoadedRegionNetwork(network.eval(), settings, weights.description, weights.digest)
