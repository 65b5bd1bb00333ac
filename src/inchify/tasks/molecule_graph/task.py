"""Training task of the graph reader, a dense network for molecular graphs.

Only the list of molecules is read from disk: pictures are drawn on the fly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack, get_args

import numpy as np
import torch
from torch import nn

from inchify import config
from inchify.chemistry.graph_assembly.assembly import AssemblySettings, choose_graph
from inchify.chemistry.metrics import levenshtein
from inchify.chemistry.molecule import read_molecule
from inchify.data.canvas_packing import padded
from inchify.data.dataset import load_in_order
from inchify.decoding.molecule_graph import (
    MARGIN,
    CandidateSettings,
    PictureMaps,
    candidates_of,
    graph_layout,
    picture_maps,
)
from inchify.models.dense.layout import GRAPH_UNIT_PIXELS, GraphLayout
from inchify.models.dense.network import DenseNetwork, network_input
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.rare_kinds import KindSettings
from inchify.synthetic.style_mix import Style
from inchify.tasks.distillation import with_teacher
from inchify.tasks.molecule_graph.batch import GraphBatch
from inchify.tasks.molecule_graph.data import CanvasSource, training_picture
from inchify.tasks.molecule_graph.loss import graph_loss
from inchify.tasks.molecule_graph.pictures import TrainingPicture
from inchify.tasks.molecule_graph.real_pictures import RealPictures, validation_pictures
from inchify.tasks.molecule_graph.settings import GraphSettings, load_graph_settings
from inchify.tasks.weights import load_task_weights
from inchify.training.restore import load_into
from inchify.training.settings import FitOptions
from inchify.training.trainer import fit
from inchify.types import LossSum, MoleculeGraph

VALIDATION_SEED = 20_000_003


class GraphTask:
    """Training task of the graph reader (``Task`` protocol)."""

    def __init__(
        self,
        settings: GraphSettings,
        network: DenseNetwork[GraphLayout],
        *,
        teacher: DenseNetwork[GraphLayout] | None = None,
    ) -> None:
        self.settings, self.network, self.teacher = settings, network, teacher
        self.layout = network.layout
        self.micro_batch = settings.data.canvases
        self._library: MoleculeLibrary | None = None
        self._real: RealPictures | None = None
        self._held_out: list[TrainingPicture] | None = None
        self._kept_out: dict[str, list[tuple[np.ndarray, str]]] = {}

    @property
    def library(self) -> MoleculeLibrary:
        """The molecules to train on, read when first needed."""
        if self._library is None:
            data = self.settings.data
            self._library = MoleculeLibrary.load(Path(data.molecules), max_atoms=data.max_atoms)
        return self._library

    @property
    def real(self) -> RealPictures | None:
        """The annotated pictures to train on, read when first needed; None without any."""
        if self._real is None and self.settings.data.real:
            self._real = RealPictures(self.settings.data.real)
        return self._real

    def describe(self) -> dict[str, Any]:
        """Settings that rebuild the network and identify its training data. The length of a
        training, how its pictures are loaded and where the list lay may change between two runs."""
        settings = config.to_dict(self.settings)
        for part in ("training", "validation", "distillation"):
            settings.pop(part)
        for part in ("loader", "molecules", "epoch"):
            settings["data"].pop(part)
        for folder in settings["data"]["real"]:
            folder["folder"] = Path(folder["folder"]).name
        return {"task": "graph", "settings": settings}

    def epoch_steps(self, epoch: int, *, rank: int, world: int) -> int:
        return self.settings.data.epoch // world

    def batches(self, epoch: int, *, start: int, rank: int, world: int) -> Iterator[GraphBatch]:
        source = CanvasSource(
            self.library,
            self.settings.data,
            self.layout,
            self.network.stride,
            seed=self.settings.seed,
            epoch=epoch,
            numbers=range(start * world + rank, self.epoch_steps(0, rank=0, world=1), world),
            real=self.real,
        )
        return load_in_order(source, self.settings.data.loader, epoch=epoch, start=start)

    def count(self, batch: GraphBatch) -> int:
        return batch.atoms

    def loss(self, network: nn.Module, batch: GraphBatch) -> LossSum:
        images_BCHW = network_input(batch.images_BCHW)
        maps = network(images_BCHW)
        loss = graph_loss(maps, batch, self.layout, self.settings.losses)
        return with_teacher(
            loss, maps, images_BCHW, self.teacher, self.layout, self.settings.distillation
        )

    def validate(
        self, network: nn.Module, *, batches: int | None, rank: int, world: int
    ) -> dict[str, tuple[float, int]]:
        """Validate on pictures of held-out molecules read to InChIs: exact accuracy for each style;
        mean distance over all. Kept-out real pictures count apart, as ``real_`` and their folder's
        name, so that runs can be compared."""
        sums: dict[str, tuple[float, int]] = {"levenshtein": (0.0, 0), "exact": (0.0, 0)}
        pictures = self._validation_pictures()
        pictures = pictures if batches is None else pictures[: 4 * batches]
        for picture in pictures[rank::world]:
            inchi = self._read(network, picture.intensity)
            exact = float(inchi == picture.inchi)
            _add(sums, "levenshtein", float(levenshtein(inchi, picture.inchi)))
            _add(sums, "exact", exact)
            _add(sums, f"exact_{picture.style}", exact)
        for source in self.settings.data.real if batches is None else ():
            if source.folder not in self._kept_out:
                self._kept_out[source.folder] = validation_pictures(source, GRAPH_UNIT_PIXELS)
            for intensity, truth in self._kept_out[source.folder][rank::world]:
                _add(
                    sums,
                    f"real_{Path(source.folder).name}",
                    float(self._read(network, intensity) == truth),
                )
        return sums

    def _read(self, network: nn.Module, intensity: np.ndarray) -> str:
        return read_molecule(read_graph(network, self.layout, self.network.stride, intensity)).inchi

    def _validation_pictures(self) -> list[TrainingPicture]:
        if self._held_out is None:
            data = self.settings.data
            library = MoleculeLibrary.load(
                Path(data.molecules), held_back=True, max_atoms=data.max_atoms
            )
            # the same pictures whatever is mixed in, so that scores of runs can be compared
            usual = replace(data.styles, contracted=0.0, other_faces=0.0, kinds=KindSettings())
            plain = replace(data, styles=usual, wide=0.0)
            styles = [s for s in get_args(Style) if getattr(data.styles, s) > 0]
            pictures: list[TrainingPicture] = []
            number = 0
            while len(pictures) < self.settings.validation:
                generator = np.random.default_rng([VALIDATION_SEED, number])
                style = styles[len(pictures) % len(styles)]
                picture = training_picture(library, plain, generator, style=style, with_inchi=True)
                pictures += [picture] if picture.inchi else []
                number += 1
            self._held_out = pictures
        return self._held_out

    def better(self, new: dict[str, float], old: dict[str, float] | None) -> bool:
        return old is None or new["exact"] >= old["exact"]


def _add(sums: dict[str, tuple[float, int]], name: str, value: float) -> None:
    total, count = sums.get(name, (0.0, 0))
    sums[name] = (total + value, count + 1)


@torch.inference_mode()
def maps_of_picture(
    network: nn.Module,
    layout: GraphLayout,
    stride: int,
    intensity: np.ndarray,
    *,
    multiple: int,
    device: torch.device | str,
) -> PictureMaps:
    """Run a network on a picture at its scale, padded by ``MARGIN`` background pixels."""
    canvas = torch.from_numpy(padded(intensity, multiple, MARGIN))[None, None]
    maps = network(network_input(canvas.to(device)))
    return picture_maps(maps.maps_BCHW[0].float().cpu().numpy(), layout, stride)


def read_graph(
    network: nn.Module,
    layout: GraphLayout,
    stride: int,
    intensity: np.ndarray,
    *,
    candidates: CandidateSettings | None = None,
    assembly: AssemblySettings | None = None,
) -> MoleculeGraph:
    """Read the graph in a picture.

    Args:
        network: The dense network.
        layout: Channels of its maps.
        stride: Pixels of a cell's side.
        intensity: uint8 (H, W), foreground 255, at the network's scale.
        candidates: What may be an atom or a bond; None for the defaults.
        assembly: How the graph is chosen; None for the defaults.

    Returns:
        The graph in pixels of ``intensity``.
    """
    device = next(network.parameters()).device
    multiple = DenseNetwork.multiple
    maps = maps_of_picture(network, layout, stride, intensity, multiple=multiple, device=device)
    atoms, bonds = candidates_of(maps, candidates or CandidateSettings())
    graph = choose_graph(atoms, bonds, assembly or AssemblySettings())
    return graph.moved(1.0, (-MARGIN, -MARGIN))


def build_graph_network(settings: GraphSettings) -> DenseNetwork[GraphLayout]:
    """Build the network of a configuration with random initial weights."""
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        return DenseNetwork(settings.network, graph_layout(settings.subcells))


def train_graph(
    path: Path,
    output: Path,
    *,
    assignments: Sequence[str] = (),
    **options: Unpack[FitOptions],
) -> dict[str, Any]:
    """Train the configuration of a file; returns the trainer's summary."""
    settings = load_graph_settings(path, assignments)
    teacher = None
    if settings.distillation is not None:
        teacher = load_graph_network(Path(settings.distillation.teacher)).network
        teacher.requires_grad_(False)
    task = GraphTask(settings, build_graph_network(settings), teacher=teacher)
    return fit(
        task,
        settings.training,
        output,
        **options,
    )


@dataclass(frozen=True)
class LoadedGraphNetwork:
    """A graph network with its settings; ``digest`` identifies its weights."""

    network: DenseNetwork[GraphLayout]
    settings: GraphSettings
    description: dict[str, Any]
    digest: str


def load_graph_network(folder: Path) -> LoadedGraphNetwork:
    """Load a trained graph reader's network for inference.

    Args:
        folder: A checkpoint, run or weights folder.

    Returns:
        The network in evaluation mode, with its settings.

    Raises:
        ValueError: The folder is damaged (CheckpointError) or not of a graph reader.
    """
    weights = load_task_weights(folder, "graph")
    settings = config.build(GraphSettings, weights.settings)
    network = build_graph_network(settings)
    load_into(network, weights.tensors, folder)
    return LoadedGraphNetwork(network.eval(), settings, weights.description, weights.digest)
