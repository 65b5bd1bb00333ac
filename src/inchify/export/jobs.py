"""Export jobs: what each task needs to be exported.

A task that can be exported is one function here and one line in ``JOBS``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from inchify.data.canvas_packing import padded
from inchify.decoding.molecule_graph import MARGIN
from inchify.models.bond_patch import bond_patch_onnx
from inchify.models.dense.exporting import onnx_of
from inchify.models.dense.layout import FEATURES_INPUT, INPUT
from inchify.models.text.crnn import Crnn
from inchify.models.text.exporting import crnn_onnx, ctpn_onnx
from inchify.models.text.settings import CTPN_MULTIPLE
from inchify.readers.onnx.session import network_input
from inchify.readers.pretrained import task_of
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.tasks.bond_kind.task import load_bond_kind_network
from inchify.tasks.molecule_detection.data import RegionSource
from inchify.tasks.molecule_detection.task import LoadedRegionNetwork, load_region_network
from inchify.tasks.molecule_graph.data import training_picture
from inchify.tasks.molecule_graph.task import LoadedGraphNetwork, load_graph_network
from inchify.tasks.text_detection.data import RealPages, TextLineSource
from inchify.tasks.text_detection.task import LoadedTextLineNetwork, load_text_line_network
from inchify.tasks.text_recognition.data import LineDrawer
from inchify.tasks.text_recognition.task import LoadedTextNetwork, load_text_network
from inchify.training.checkpoint import load_weights

MIN_PICTURES = 100
Pictures = list[np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Synthetic pictures that calibrate the activation ranges: ``pictures`` of them, decided by
    ``seed``, with ``molecules`` of a list as ``synth`` takes it (lines of text need none)."""

    molecules: Path
    pictures: int = 128
    seed: int = 0

    def __post_init__(self) -> None:
        if self.pictures < MIN_PICTURES:
            raise ValueError(
                f"'pictures' is {self.pictures}; at least {MIN_PICTURES} show the ranges"
            )


def picture_input(picture: np.ndarray) -> dict[str, np.ndarray]:
    """Network input from a picture, uint8 (H, W)."""
    return {INPUT: network_input(picture[None, None])}


@dataclass(frozen=True, kw_only=True)
class ExportJob:
    """``description`` of the checkpoint and ``digest`` of its weights; ``about``: facts about the
    network that a reader needs. ``trace`` gives the float32 ONNX; ``compute`` the outputs of the
    PyTorch network for one picture, uint8 (1, 1, H, W), in the order of the ONNX's outputs;
    ``pictures`` gives training pictures, uint8 (H, W), drawn with ``molecules`` or without. The
    ``first`` convolutions stay float32.
    ``inputs``: what the exported network gets of a picture; ``int8``: whether it may be int8."""

    description: dict[str, Any]
    digest: str
    about: dict[str, Any]
    trace: Callable[[], bytes]
    compute: Callable[[torch.Tensor], Sequence[torch.Tensor]]
    pictures: Callable[[Calibration, int], Pictures]
    inputs: Callable[[np.ndarray], dict[str, np.ndarray]] = picture_input
    first: int = 1
    molecules: bool = True
    int8: bool = True


def job_of(checkpoint: Path) -> ExportJob:
    """Export job of a run folder or checkpoint. Raises ValueError for a task that cannot be
    exported."""
    task = task_of(checkpoint)
    if task not in JOBS:
        raise ValueError(
            f"{checkpoint}: task is {task!r}; networks of these can be exported: {', '.join(JOBS)}"
        )
    return JOBS[task](checkpoint)


def graph_job(checkpoint: Path) -> ExportJob:
    """Export job of a graph reader."""
    loaded = load_graph_network(checkpoint)
    return _dense_job(loaded, lambda how, count: graph_pictures(loaded, how, count))


def region_job(checkpoint: Path) -> ExportJob:
    """Export job of a molecule detector."""
    loaded = load_region_network(checkpoint)
    return _dense_job(loaded, lambda how, count: region_pictures(loaded, how, count))


def _dense_job(
    loaded: LoadedGraphNetwork | LoadedRegionNetwork,
    pictures: Callable[[Calibration, int], Pictures],
) -> ExportJob:
    network = loaded.network
    return ExportJob(
        description=loaded.description,
        digest=loaded.digest,
        about={
            "layout": asdict(network.layout),
            "stride": network.stride,
            "multiple": network.multiple,
        },
        trace=lambda: onnx_of(network),
        compute=lambda image: (network(image.float() / 255.0).maps_BCHW,),
        pictures=pictures,
        first=2 if loaded.settings.network.rgb else 1,
    )


def text_job(checkpoint: Path) -> ExportJob:
    """Export job of a CTC recognizer; an attention decoder is a loop that ONNX would unroll."""
    loaded = load_text_network(checkpoint)
    network = loaded.network
    if not isinstance(network, Crnn):
        kind = loaded.settings.network.kind
        raise ValueError(f"{checkpoint}: network kind is {kind!r}; only 'crnn' can be exported")
    description, _ = load_weights(checkpoint)
    return ExportJob(
        description=description,
        digest=loaded.digest,
        about={"letters": network.letters.out_features},
        trace=lambda: crnn_onnx(network),
        compute=lambda image: (network(image, torch.tensor([image.shape[-1]])),),
        pictures=lambda how, count: text_pictures(loaded, how, count),
        molecules=False,
    )


def text_line_job(checkpoint: Path) -> ExportJob:
    """Export job of a text-line detector."""
    loaded = load_text_line_network(checkpoint)
    network = loaded.network
    return ExportJob(
        description=loaded.description,
        digest=loaded.digest,
        about={"multiple": CTPN_MULTIPLE, "stride": list(network.stride)},
        trace=lambda: ctpn_onnx(network),
        compute=lambda image: [part for part in network(image) if part is not None],
        pictures=lambda how, count: text_line_pictures(loaded, how, count),
    )


def bond_kind_job(checkpoint: Path) -> ExportJob:
    """Export job of a bond classifier, which is too small to gain from int8."""
    loaded = load_bond_kind_network(checkpoint)
    network = loaded.network
    description, _ = load_weights(checkpoint)
    scalars = np.zeros((1, network.scalars), np.float32)
    return ExportJob(
        description=description,
        digest=loaded.digest,
        about={"shares": network.share_K.float().tolist()},
        trace=lambda: bond_patch_onnx(network),
        compute=lambda patch: (network(patch[0].float() / 255.0, torch.from_numpy(scalars)),),
        pictures=lambda how, count: bond_patch_pictures(network.size, how.seed, count),
        inputs=lambda patch: {INPUT: network_input(patch[None]), FEATURES_INPUT: scalars},
        molecules=False,
        int8=False,
    )


JOBS: dict[str, Callable[[Path], ExportJob]] = {
    "bond_kind": bond_kind_job,
    "graph": graph_job,
    "regions": region_job,
    "text": text_job,
    "text_lines": text_line_job,
}


def graph_pictures(loaded: LoadedGraphNetwork, how: Calibration, count: int) -> Pictures:
    """Training pictures of a graph reader as network input, foreground 255."""
    data = loaded.settings.data
    library = _library(how, data.max_atoms)
    return [
        padded(
            training_picture(library, data, np.random.default_rng([how.seed, number])).intensity,
            loaded.network.multiple,
            MARGIN,
        )
        for number in range(count)
    ]


def region_pictures(loaded: LoadedRegionNetwork, how: Calibration, count: int) -> Pictures:
    """Crops of synthetic pages."""
    settings = replace(loaded.settings, seed=how.seed)
    data, stride = settings.data, loaded.network.stride
    library = _library(how, data.max_atoms)
    source = RegionSource(library, settings, stride, epoch=0, pools=range(count))
    crops = (
        image for pool in _in_order(source) for batch in pool for image in batch.images_BCHW[:, 0]
    )
    return [crop.numpy() for crop in islice(crops, count)]


def bond_patch_pictures(size: tuple[int, int], seed: int, count: int) -> Pictures:
    """Patches of noise, uint8."""
    generator = np.random.default_rng([seed])
    return [generator.integers(256, size=size).astype(np.uint8) for _ in range(count)]


def text_pictures(loaded: LoadedTextNetwork, how: Calibration, count: int) -> Pictures:
    """Synthetic text lines."""
    drawer = LineDrawer(loaded.settings)
    generator = np.random.default_rng([how.seed])
    return [drawer.draw(generator).intensity for _ in range(count)]


def text_line_pictures(loaded: LoadedTextLineNetwork, how: Calibration, count: int) -> Pictures:
    """Crops of synthetic pages, whatever the network was trained on."""
    settings = replace(loaded.settings, seed=how.seed)
    library = _library(how)
    source = TextLineSource(settings, RealPages(), library, epoch=0, pools=range(count))
    crops = (
        image for pool in _in_order(source) for batch in pool for image in batch.images_BCHW[:, 0]
    )
    return [crop.numpy() for crop in islice(crops, count)]


def _in_order(source: RegionSource | TextLineSource) -> Any:
    return (source[place] for place in range(len(source)))


def _library(how: Calibration, max_atoms: int | None = None) -> MoleculeLibrary:
    if not how.molecules.is_file():
        raise ValueError(f"{how.molecules}: there is no such list of molecules")
    if max_atoms is None:
        return MoleculeLibrary.load(how.molecules)
    return MoleculeLibrary.load(how.molecules, max_atoms=max_atoms)
