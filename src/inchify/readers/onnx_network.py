"""A folder with ``network.onnx`` comes in; a network that a graph reader can use comes out.

The folder is what ``inchify export --format onnx`` (or ``int8``) writes. onnxruntime computes; it
is imported when such a network is opened.

Shape letters: B pictures, C channels, H height, W width.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from inchify import config
from inchify.models.dense.exporting import INPUT
from inchify.models.dense.layout import MapLayout
from inchify.models.dense.network import DenseMaps
from inchify.tasks.graph_batch import graph_layout
from inchify.training.checkpoint import DESCRIPTION
from inchify.training.folders import CheckpointError, read_bytes, read_json, read_manifest

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

NETWORK = "network.onnx"


class OnnxNetwork(nn.Module):
    """Called as a ``DenseNetwork`` is; a module without weights, so that it can stand for one."""

    def __init__(
        self, session: InferenceSession, layout: MapLayout, stride: int, multiple: int
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
        if images_BCHW.dtype == torch.uint8:
            images_BCHW = images_BCHW.float() / 255.0
        rows = images_BCHW.detach().float().cpu().contiguous().numpy()
        maps = [self.session.run(None, {INPUT: row[None]})[0] for row in rows]
        return DenseMaps(torch.cat([torch.from_numpy(item) for item in maps]))


@dataclass(frozen=True)
class LoadedOnnxNetwork:
    """A network for reading with its description; ``digest`` names its file."""

    network: OnnxNetwork
    description: dict[str, Any]
    digest: str


def is_onnx(folder: Path) -> bool:
    """Whether a folder holds an exported network rather than a checkpoint."""
    return (folder / NETWORK).is_file()


def load_onnx_network(folder: Path, *, threads: int = 1) -> LoadedOnnxNetwork:
    """The exported network of a folder, computing with so many threads.

    Raises ValueError (CheckpointError where the folder is damaged) when the folder is not of a
    graph reader of this version, or onnxruntime is missing.
    """
    entries = read_manifest(folder)
    description = read_json(folder, DESCRIPTION, entries)
    model = read_bytes(folder, NETWORK, entries)
    task, about = description.get("task", {}), description.get("network")
    if task.get("task") != "graph" or about is None:
        raise ValueError(f"{folder}: task is {task.get('task')!r}; a graph reader is needed")
    layout = config.build(MapLayout, about["layout"])
    if layout != graph_layout(layout.subcells):
        raise CheckpointError(
            f"{folder}: a network for other classes: {asdict(layout)}; "
            f"here they are {asdict(graph_layout(layout.subcells))}"
        )
    session = open_session(model, threads=threads, where=str(folder / NETWORK))
    shapes = [item.shape for item in session.get_outputs()]
    if len(shapes) != 1 or shapes[0][1] != layout.channels:
        raise CheckpointError(f"{folder / NETWORK}: gives {shapes}, not {layout.channels} channels")
    network = OnnxNetwork(session, layout, about["stride"], about["multiple"])
    return LoadedOnnxNetwork(network, description, hashlib.sha256(model).hexdigest()[:16])


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
