"""Exported networks with dense maps: the graph reader's and the detector's of molecules.

Shape letters: C channels, H and W pixels, h and w cells.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from inchify import config
from inchify.decoding.molecule_graph import graph_layout
from inchify.io.tensor_folders import CheckpointError
from inchify.models.dense.layout import INPUT, UNSEEN, GraphLayout, Layout, RegionLayout
from inchify.readers.networks import (
    NETWORK_FILE,
    LoadedDetector,
    LoadedGraphNetwork,
    task_settings,
)
from inchify.readers.onnx.session import OpenedFolder, network_input, open_folder

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

SomeLayout = TypeVar("SomeLayout", bound=Layout)


@dataclass(frozen=True)
class OnnxMaps(Generic[SomeLayout]):
    """A ``MapNetwork`` that onnxruntime computes."""

    session: InferenceSession
    layout: SomeLayout
    stride: int
    multiple: int

    def maps(self, canvas_HW: np.ndarray) -> np.ndarray:
        """Raw channels float32 (C, h, w) of a picture uint8 (H, W), 255 full foreground.

        Raises:
            ValueError: ``multiple`` does not divide the picture's sides.
        """
        if any(side % self.multiple for side in canvas_HW.shape):
            raise ValueError(
                f"the picture is {canvas_HW.shape}; {self.multiple} must divide its sides"
            )
        maps_CHW = self.session.run(None, {INPUT: network_input(canvas_HW[None, None])})[0][0]
        missing = self.layout.channels - len(maps_CHW)
        if missing and isinstance(self.layout, GraphLayout):
            # a network from before the newest kind of bond, which is the last
            place = self.layout.slices["bond_kind"].stop - missing
            maps_CHW = np.insert(maps_CHW, [place] * missing, UNSEEN, axis=0)
        return np.asarray(maps_CHW)


def load_onnx_graph(folder: Path, *, threads: int = 1) -> LoadedGraphNetwork:
    """The exported network of a graph reader.

    Raises:
        ValueError: As ``open_folder``; CheckpointError where it is of another version.
    """
    opened = open_folder(folder, "graph", threads=threads)
    layout = config.build(GraphLayout, opened.about["layout"])
    channels, current = layout.channels, graph_layout(layout.subcells)
    if layout.bond_kinds == current.bond_kinds - 1:
        layout = replace(layout, bond_kinds=current.bond_kinds)
    if layout != current:
        raise CheckpointError(
            f"{folder}: a network for other classes: {asdict(layout)}; "
            f"here they are {asdict(current)}"
        )
    network = _dense(opened, layout, channels)
    return LoadedGraphNetwork(opened.description, opened.digest, network)


def load_onnx_detector(folder: Path, *, threads: int = 1) -> LoadedDetector:
    """The exported network of a detector of molecules.

    Raises:
        ValueError: As ``open_folder``.
    """
    opened = open_folder(folder, "regions", threads=threads)
    layout = config.build(RegionLayout, opened.about["layout"])
    settings = task_settings(opened.description)
    return LoadedDetector(
        opened.description,
        opened.digest,
        _dense(opened, layout, layout.channels),
        dots_per_inch=settings["data"]["dots_per_inch"],
        period=settings["period"],
    )


def _dense(opened: OpenedFolder, layout: SomeLayout, channels: int) -> OnnxMaps[SomeLayout]:
    shapes = opened.outputs()
    if len(shapes) != 1 or shapes[0][1] != channels:
        where = opened.folder / NETWORK_FILE
        raise CheckpointError(f"{where}: gives {shapes}, not {channels} channels")
    return OnnxMaps(opened.session, layout, opened.about["stride"], opened.about["multiple"])
