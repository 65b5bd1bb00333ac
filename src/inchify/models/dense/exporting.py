"""ONNX export of dense networks, with adaptive pooling that works at every picture size.

Exporters unroll adaptive pooling for the size of the picture that they trace, and their graph then
fails at other sizes (PyTorch 2.15). Here each bin's mean is a product with a matrix whose size is
computed from the picture.

Shape letters: B pictures, C channels, H height, W width, P bins for each side.
"""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from inchify.models.dense.fully_convolutional import FullyConvolutionalNetwork
from inchify.models.dense.layout import INPUT, OUTPUT, Layout
from inchify.models.dense.network import DenseNetwork
from inchify.models.dense.pyramid import Pyramid

# Sides of a picture in multiples of the network's least side; no exporter needs a tight bound.
LARGEST = 4096
TRACED = (3, 4)


class ExportedNetwork(nn.Module):
    """Dense network for export: pictures float (1, 1, H, W) in 0..1, foreground 1 -> maps, float
    (1, C, h, w)."""

    def __init__(self, network: DenseNetwork[Layout] | FullyConvolutionalNetwork) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).float().cpu().eval()
        if isinstance(self.network, DenseNetwork):
            exported = ExportedPyramid(self.network.pyramid)
            self.network.register_module("pyramid", exported)
        self.eval()

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.network(pictures).maps_BCHW


class ExportedPyramid(nn.Module):
    """``Pyramid`` at inference, without adaptive pooling."""

    def __init__(self, pyramid: Pyramid) -> None:
        super().__init__()
        self.settings, self.reduce, self.join = pyramid.settings, pyramid.reduce, pyramid.join

    def forward(self, features_BCHW: torch.Tensor) -> torch.Tensor:
        height, width = features_BCHW.shape[-2:]
        levels = []
        for place, reduce in enumerate(self.reduce):
            if place < len(self.settings.bins):
                bins = self.settings.bins[place]
                down_PH, across_PW = bin_shares(height, bins), bin_shares(width, bins)
                part = reduce(down_PH @ (features_BCHW @ across_PW.T))
                part = functional.interpolate(part, size=(height, width), mode="bilinear")
            else:
                window = self.settings.windows[place - len(self.settings.bins)]
                part = reduce(functional.avg_pool2d(features_BCHW, window, 1, window // 2))
            levels.append(part)
        return self.join(torch.cat((features_BCHW, *levels), dim=1))


def bin_shares(side: int, bins: int) -> torch.Tensor:
    """Averaging matrix of adaptive pooling along one side: (P, H)."""
    number_P1 = torch.arange(bins)[:, None]
    cell_1H = torch.arange(side)[None]
    # bins begin at floor(number * side / bins) and end before ceil((number + 1) * side / bins)
    inside_PH = (cell_1H >= number_P1 * side // bins) & (
        cell_1H < ((number_P1 + 1) * side + bins - 1) // bins
    )
    shares_PH = inside_PH.float()
    return shares_PH / shares_PH.sum(dim=1, keepdim=True)


def onnx_of(network: DenseNetwork[Layout] | FullyConvolutionalNetwork) -> bytes:
    """Export a dense network as ONNX in float32; PyTorch needs the package onnxscript for it.

    Args:
        network: Left unchanged.

    Returns:
        The model's bytes: pictures (1, 1, H, W) in 0..1, H and W divisible by ``multiple``, to maps
        (1, C, h, w).
    """
    minimum = network.multiple
    sides = [minimum * torch.export.Dim(name, min=1, max=LARGEST) for name in ("rows", "columns")]
    example = torch.zeros(1, 1, TRACED[0] * minimum, TRACED[1] * minimum)
    shapes = {INPUT: {2: sides[0], 3: sides[1]}}
    return traced(ExportedNetwork(network), {INPUT: example}, shapes, (OUTPUT,))


@torch.inference_mode()
def traced(
    module: nn.Module,
    examples: Mapping[str, torch.Tensor],
    sides: Mapping[str, Mapping[int, Any]],
    outputs: Sequence[str],
) -> bytes:
    """Trace a module as ONNX in float32.

    Args:
        module: Takes tensors in the order of ``examples``.
        examples: The names of its inputs, and tensors to trace it with.
        sides: For each input which dimensions may differ from the example's.
        outputs: The names of its outputs.
    """
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.ERROR)
        try:
            program = torch.onnx.export(
                module,
                tuple(examples.values()),
                dynamo=True,
                input_names=list(examples),
                output_names=list(outputs),
                dynamic_shapes=tuple(dict(sides[name]) for name in examples),
                verbose=False,
            )
        finally:
            logger.setLevel(level)
    assert program is not None
    return bare(program.model_proto).SerializeToString(deterministic=True)


def bare(model: Any) -> Any:
    """The model without the exporter's metadata, which holds paths of this machine."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info):
        part.doc_string = ""
        del part.metadata_props[:]
    for weight in graph.initializer:
        weight.doc_string = ""
        del weight.metadata_props[:]
    return model
