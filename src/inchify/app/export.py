"""A graph reader's checkpoint comes in, its dense network as ONNX in float32 or int8 goes out.

The int8 network is onnxruntime's static quantisation: weights with a scale for each output channel,
activations with ranges seen on drawn training pictures. Only convolutions (with their ReLU) compute
in int8; the first one, which sees the picture, and the last, which gives the maps, stay float32.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch

from inchify.models.dense.exporting import INPUT, onnx_of
from inchify.readers.onnx_network import NETWORK, OnnxNetwork, open_session
from inchify.synth.library import MoleculeLibrary
from inchify.tasks.graph import (
    MARGIN,
    LoadedGraphNetwork,
    load_graph_network,
    network_input,
    padded,
)
from inchify.tasks.graph_data import training_picture
from inchify.training.checkpoint import DESCRIPTION
from inchify.training.folders import write_folder

if TYPE_CHECKING:
    import onnx

PACKAGES = ("onnx", "onnxscript", "onnxruntime")
LEAST_PICTURES = 100
# Pictures on which an exported network is held against PyTorch's, and how far float32 may be off.
COMPARED, NEAR = 4, 1e-3


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The drawn pictures on which the ranges of activations are seen: ``pictures`` of ``molecules``
    (a list as ``synth`` takes it), decided by ``seed``."""

    molecules: Path
    pictures: int = 128
    seed: int = 0

    def __post_init__(self) -> None:
        if self.pictures < LEAST_PICTURES:
            raise ValueError(
                f"'pictures' is {self.pictures}; at least {LEAST_PICTURES} show the ranges"
            )


def export_network(
    checkpoint: Path, target: Path, numbers: Literal["onnx", "int8"], calibration: Calibration
) -> Path:
    """Writes ``target`` with ``network.onnx``, ``description.json`` and ``manifest.json``, whole or
    not at all. ``GraphReader.load`` reads it.

    Raises ValueError where the checkpoint is damaged or no graph reader's, or a package is missing.
    """
    need_packages()
    loaded = load_graph_network(checkpoint)
    drawn = calibration.pictures if numbers == "int8" else COMPARED
    pictures = calibration_pictures(loaded, calibration, drawn)
    model = onnx_of(loaded.network)
    about: dict[str, Any] = {
        "numbers": "float32",
        "layout": asdict(loaded.network.layout),
        "stride": loaded.network.stride,
        "multiple": loaded.network.multiple,
        "source": loaded.digest,
    }
    compared = pictures[:COMPARED]
    exact = _maps(loaded.network, compared)
    worst = _furthest(exact, _maps(_read(model, loaded), compared))
    if worst > NEAR:
        raise RuntimeError(f"the exported network is off by {worst:.2g}; {NEAR:g} is allowed")
    if numbers == "int8":
        model = int8_of(model, pictures, first=2 if loaded.settings.network.rgb else 1)
        about["numbers"] = "int8"
        about["calibration"] = {
            "pictures": calibration.pictures,
            "seed": calibration.seed,
            "molecules": calibration.molecules.name,
            "difference": round(_difference(exact, _maps(_read(model, loaded), compared)), 5),
        }
    description = {**loaded.description, "network": about}
    return write_folder(target, {NETWORK: model, DESCRIPTION: description})


def need_packages() -> None:
    """Raises ValueError that names the packages for exporting that are not installed."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise ValueError(
            f"exporting a network needs {', '.join(PACKAGES)}; not installed here: "
            f"{', '.join(missing)} (pip install {' '.join(missing)})"
        )


def calibration_pictures(
    loaded: LoadedGraphNetwork, settings: Calibration, count: int
) -> list[np.ndarray]:
    """So many training pictures as the network takes them: uint8 (H, W), ink 255."""
    data = loaded.settings.data
    if not settings.molecules.is_file():
        raise ValueError(f"{settings.molecules}: there is no such list of molecules")
    library = MoleculeLibrary.load(settings.molecules, most_atoms=data.most_atoms)
    return [
        padded(
            training_picture(library, data, np.random.default_rng([settings.seed, number])).ink,
            loaded.network.multiple,
            MARGIN,
        )
        for number in range(count)
    ]


def int8_of(model: bytes, pictures: Sequence[np.ndarray], *, first: int = 1) -> bytes:
    """The float32 network with int8 convolutions, but for the ``first`` ones and the last."""
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder, _quiet():
        plain, merged, small = (f"{folder}/{name}.onnx" for name in ("plain", "merged", "small"))
        Path(plain).write_bytes(model)
        quant_pre_process(plain, merged, skip_symbolic_shape=True)
        quantize_static(
            merged,
            small,
            _Ranges(pictures),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Relu"],
            nodes_to_exclude=_outer_convolutions(onnx.load(merged), first),
            per_channel=True,
            # 7 bits of weight: the int8 products of processors without VNNI overflow with 8
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return onnx.load(small).SerializeToString(deterministic=True)


class _Ranges:
    """Pictures one after the other, as onnxruntime asks for them."""

    def __init__(self, pictures: Sequence[np.ndarray]) -> None:
        self.pictures = iter(pictures)

    def get_next(self) -> dict[str, np.ndarray] | None:
        picture = next(self.pictures, None)
        return None if picture is None else {INPUT: _input(picture).numpy()}


def _outer_convolutions(model: onnx.ModelProto, first: int) -> list[str]:
    """Names of the first convolutions and of the one whose output is the network's."""
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    last = [node.name for node in convolutions if model.graph.output[0].name in node.output]
    assert len(last) == 1 and len(convolutions) > first + 1
    return [node.name for node in convolutions[:first]] + last


def _input(picture: np.ndarray) -> torch.Tensor:
    return network_input(torch.from_numpy(picture)[None, None]).contiguous()


def _read(model: bytes, loaded: LoadedGraphNetwork) -> OnnxNetwork:
    network = loaded.network
    return OnnxNetwork(open_session(model), network.layout, network.stride, network.multiple)


@torch.inference_mode()
def _maps(network: torch.nn.Module, pictures: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [network(_input(picture)).maps_BCHW.numpy() for picture in pictures]


def _furthest(exact: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> float:
    """The largest difference of any value."""
    return max(float(np.abs(a - b).max()) for a, b in zip(exact, other, strict=True))


def _difference(exact: Sequence[np.ndarray], rough: Sequence[np.ndarray]) -> float:
    """The mean difference as a share of the maps' standard deviation."""
    return float(
        np.mean([np.abs(a - b).mean() / a.std() for a, b in zip(exact, rough, strict=True)])
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the quantiser tells everybody."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
