"""Post-training int8 quantization of ONNX networks.

Convolutions (with their ReLU) become int8 by onnxruntime's static quantization: weights with a
scale for each output channel, activations with ranges seen on the pictures. LSTMs and matrix
products are scaled as they come (dynamic quantization), which would make convolutions slower than
float32. The first convolutions, which see the picture, and the last layers stay float32.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inchify.models.dense.layout import INPUT
from inchify.readers.onnx.session import network_input

if TYPE_CHECKING:
    import onnx

DYNAMIC = ("LSTM", "MatMul")
# Layers with weights; the search for the last layers stops at these.
_LAYERS = ("Conv", "ConvTranspose", "LSTM", "GRU", "MatMul", "Gemm")


def int8_of(model: bytes, pictures: Sequence[np.ndarray], *, first: int = 1) -> bytes:
    """Quantize a network to int8, except the ``first`` convolutions and the last layers;
    ``pictures``, uint8 (H, W), calibrate the ranges."""
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder, _quiet():
        plain, merged, small, smaller = (
            f"{folder}/{name}.onnx" for name in ("plain", "merged", "small", "smaller")
        )
        Path(plain).write_bytes(model)
        quant_pre_process(plain, merged, skip_symbolic_shape=True)
        graph = onnx.load(merged)
        kept = _last_layers(graph)
        # 7 bits of weight: the int8 products of processors without VNNI overflow with 8
        quantize_static(
            merged,
            small,
            _Ranges(pictures),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Relu"],
            nodes_to_exclude=_first_convolutions(graph, first) + kept,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        if any(node.op_type in DYNAMIC and node.name not in kept for node in graph.graph.node):
            quantize_dynamic(
                small,
                smaller,
                op_types_to_quantize=list(DYNAMIC),
                nodes_to_exclude=kept,
                per_channel=True,
                reduce_range=True,
                weight_type=QuantType.QInt8,
            )
            small = smaller
        return onnx.load(small).SerializeToString(deterministic=True)


class _Ranges:
    """Calibration pictures, one after the other, as onnxruntime asks for them."""

    def __init__(self, pictures: Sequence[np.ndarray]) -> None:
        self.pictures = iter(pictures)

    def get_next(self) -> dict[str, np.ndarray] | None:
        picture = next(self.pictures, None)
        return None if picture is None else {INPUT: network_input(picture[None, None])}


def _first_convolutions(model: onnx.ModelProto, first: int) -> list[str]:
    convolutions = [node.name for node in model.graph.node if node.op_type == "Conv"]
    assert len(convolutions) > first + 1
    return convolutions[:first]


def _last_layers(model: onnx.ModelProto) -> list[str]:
    """Names of the last layers before each output."""
    made_by = {output: node for node in model.graph.node for output in node.output}
    waiting, visited, layers = [output.name for output in model.graph.output], set(), []
    while waiting:
        node = made_by.get(waiting.pop())
        # sizes do not depend on the content of a map
        if node is None or node.name in visited or node.op_type == "Shape":
            continue
        visited.add(node.name)
        if node.op_type in _LAYERS:
            layers.append(node.name)
        else:
            waiting += node.input
    assert layers
    return sorted(layers)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the quantizer's log messages."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
