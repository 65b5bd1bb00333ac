"""A folder with ``network.onnx`` comes in; a network that a reader or finder can use comes out.

The folder is what ``inchify export --format onnx`` (or ``int8``) writes. onnxruntime computes; it
is imported when such a network is opened. Here are networks with dense maps; those of lines of
text are in ``onnx_text``.

Shape letters: B pictures, C channels, H height, W width.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import torch
from torch import nn

from inchify import config
from inchify.decoding.molecule_graph import graph_layout
from inchify.io.tensor_folders import CheckpointError, read_bytes, read_json, read_manifest
from inchify.models.dense.exporting import INPUT
from inchify.models.dense.layout import UNSEEN, Layout, MapLayout, RegionLayout, with_unseen_kind
from inchify.models.dense.network import DenseMaps
from inchify.tasks.molecule_detection.settings import RegionSettings
from inchify.tasks.weights import TaskWeights
from inchify.training.checkpoint import DESCRIPTION

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

NETWORK = "network.onnx"
SomeLayout = TypeVar("SomeLayout", bound=Layout)


class OnnxNetwork(nn.Module, Generic[SomeLayout]):
    """Called as a ``DenseNetwork`` is; a module without weights, so that it can stand for one."""

    def __init__(
        self, session: InferenceSession, layout: SomeLayout, stride: int, multiple: int
    ) -> None:
        super().__init__()
        self.session, self.layout, self.stride, self.multiple = session, layout, stride, multiple

    def forward(self, images_BCHW: torch.Tensor) -> DenseMaps:
        """Pictures (B, 1, H, W), uint8 with ink 255 or float with ink 1 -> maps on the CPU.

        Raises ValueError for sides that ``multiple`` does not divide.
        """
        if images_BCHW.shape[1] != 1 or any(side % self.multiple for side in images_BCHW.shape[2:]):
            raise ValueError(
                f"pictures are {tuple(images_BCHW.shape)}; one channel is allowed, and sides that "
                f"{self.multiple} divides"
            )
        rows = images_BCHW.detach().cpu().contiguous().numpy()
        maps = [self.session.run(None, {INPUT: network_input(row[None])})[0] for row in rows]
        maps_BCHW = torch.cat([torch.from_numpy(item) for item in maps])
        return DenseMaps(with_unseen_kind(maps_BCHW, self.layout, 1, UNSEEN))


@dataclass(frozen=True)
class LoadedOnnxNetwork(Generic[SomeLayout]):
    """A network for reading with its description; ``digest`` names its file."""

    network: OnnxNetwork[SomeLayout]
    description: dict[str, Any]
    digest: str


def is_onnx(folder: Path) -> bool:
    """Whether a folder holds an exported network rather than a checkpoint."""
    return (folder / NETWORK).is_file()


@dataclass(frozen=True)
class LoadedOnnxRegions(LoadedOnnxNetwork[RegionLayout]):
    """The same of a finder of drawings, with the settings it was made with."""

    settings: RegionSettings


@dataclass(frozen=True)
class OpenedFolder:
    """An exported network that computes: ``about`` it is what its exporter knew, ``task`` what
    the task said of itself; ``digest`` names its file."""

    folder: Path
    session: InferenceSession
    description: dict[str, Any]
    about: dict[str, Any]
    digest: str

    @property
    def task(self) -> dict[str, Any]:
        return self.description["task"]

    @property
    def settings(self) -> dict[str, Any]:
        """The task's settings as plain data, as a checkpoint's."""
        return TaskWeights(self.description, self.task, {}).settings


def open_folder(folder: Path, name: str, *, threads: int = 1) -> OpenedFolder:
    """The exported network of a task of that name, computing with so many threads.

    Raises ValueError (CheckpointError where the folder is damaged) when the folder is not of such
    a reader, or onnxruntime is missing.
    """
    entries = read_manifest(folder)
    description = read_json(folder, DESCRIPTION, entries)
    model = read_bytes(folder, NETWORK, entries)
    task, about = description.get("task", {}), description.get("network")
    if task.get("task") != name or about is None:
        raise ValueError(f"{folder}: task is {task.get('task')!r}; a {name} reader is needed")
    session = open_session(model, threads=threads, where=str(folder / NETWORK))
    digest = hashlib.sha256(model).hexdigest()[:16]
    return OpenedFolder(folder, session, description, about, digest)


def load_onnx_network(folder: Path, *, threads: int = 1) -> LoadedOnnxNetwork[MapLayout]:
    """The exported network of a graph reader. Raises ValueError as ``open_folder`` does, and where
    it is of another version."""
    opened = open_folder(folder, "graph", threads=threads)
    layout = config.build(MapLayout, opened.about["layout"])
    current = graph_layout(layout.subcells)
    if layout.bond_kinds == current.bond_kinds - 1:
        layout = replace(layout, bond_kinds=current.bond_kinds)
    if layout != current:
        raise CheckpointError(
            f"{folder}: a network for other classes: {asdict(layout)}; "
            f"here they are {asdict(current)}"
        )
    return LoadedOnnxNetwork(_dense(opened, layout), opened.description, opened.digest)


def load_onnx_regions(folder: Path, *, threads: int = 1) -> LoadedOnnxRegions:
    """The exported network of a finder of drawings. Raises ValueError as ``open_folder`` does."""
    opened = open_folder(folder, "regions", threads=threads)
    layout = config.build(RegionLayout, opened.about["layout"])
    settings = config.build(RegionSettings, opened.settings)
    network = _dense(opened, layout)
    return LoadedOnnxRegions(network, opened.description, opened.digest, settings)


def _dense(opened: OpenedFolder, layout: SomeLayout) -> OnnxNetwork[SomeLayout]:
    shapes = [item.shape for item in opened.session.get_outputs()]
    if len(shapes) != 1 or shapes[0][1] != layout.channels:
        where = opened.folder / NETWORK
        raise CheckpointError(f"{where}: gives {shapes}, not {layout.channels} channels")
    return OnnxNetwork(opened.session, layout, opened.about["stride"], opened.about["multiple"])


def network_input(images_BCHW: np.ndarray) -> np.ndarray:
    """Ink as exported networks take it: float32, 0..1; uint8 has ink 255."""
    if images_BCHW.dtype == np.uint8:
        return images_BCHW.astype(np.float32) / np.float32(255.0)
    return np.ascontiguousarray(images_BCHW, dtype=np.float32)


def open_session(model: bytes, *, threads: int = 1, where: str = NETWORK) -> InferenceSession:
    """onnxruntime on the CPU. Raises ValueError where it is missing or cannot read the model."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ValueError(
            f"{where}: reading it needs the package onnxruntime, which is not installed here "
            "(pip install onnxruntime), or use the checkpoint itself"
        ) from error
    if threads < 1:
        raise ValueError(f"'threads' is {threads}; it must be at least 1")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    # threads that spin while they wait take the time of whoever works beside them
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors share no public base
        raise CheckpointError(f"{where}: onnxruntime cannot open it: {error}") from error
