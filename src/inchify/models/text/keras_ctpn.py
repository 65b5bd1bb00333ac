"""Conversion of Keras tensors of a CTPN into tensors of ``Ctpn``.

Keras has kernels as (height, width, in, out), dense layers as (in, out), the gates of a GRU in the
order z, r, h (here r, z, n) and of an LSTM in i, f, c, o (the same here, with two biases).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from inchify.models.text.settings import CtpnSettings

Arrays = Mapping[str, Sequence[np.ndarray]]
# Convolutions in VGG16's five blocks, and their places among torchvision's layers.
_BLOCKS = (2, 2, 3, 3, 3)
# Keras' gates in the order of torch's.
_GATES = {"gru": (1, 0, 2), "lstm": (0, 1, 2, 3)}


@dataclass(frozen=True, kw_only=True)
class KerasLayers:
    """What the layers after the trunk are called."""

    window: str = "rpn_conv1"
    recurrent: str = "blstm"
    joined: str = "lstm_fc"
    score: str = "rpn_class_origin"
    vertical: str = "rpn_regress_origin"
    side: str = "rpn_side"


def ctpn_tensors(
    layers: Arrays, settings: CtpnSettings, names: KerasLayers | None = None
) -> dict[str, torch.Tensor]:
    """Convert Keras weights of a CTPN with VGG16's trunk.

    Args:
        layers: A layer's name -> its arrays in Keras' order (kernel, bias; of a bidirectional layer
            those of the forward direction, then those of the backward direction).
        settings: The network that the weights are for.
        names: What the layers after the trunk are called.

    Returns:
        Tensors by the names of ``Ctpn``'s state.

    Raises:
        ValueError: A layer is missing or its arrays do not fit ``settings``.
    """
    if settings.trunk != "vgg16" or settings.batch_norm or settings.scores != 2:
        raise ValueError(
            "'trunk' must be vgg16, 'batch_norm' false and 'scores' 2 for weights from Keras; got "
            f"{settings.trunk}, {settings.batch_norm} and {settings.scores}"
        )
    names = names or KerasLayers()
    tensors: dict[str, torch.Tensor] = {}
    place, before = 0, int(settings.input_channels)
    for block, (count, width) in enumerate(zip(_BLOCKS, settings.channels, strict=True), 1):
        for number in range(1, count + 1):
            name = f"block{block}_conv{number}"
            tensors |= _convolution(layers, name, f"trunk.features.{place}", (width, before, 3, 3))
            place, before = place + 2, width
        place += 1
    shape = (settings.middle, before, 3, 3)
    tensors |= _convolution(layers, names.window, "window", shape)
    width_in = settings.middle
    if settings.recurrent != "none":
        tensors |= _recurrent(layers, names.recurrent, settings)
        width_in = 2 * settings.hidden
    anchors = len(settings.heights)
    heads = [("score", names.score, 2 * anchors), ("vertical", names.vertical, 2 * anchors)]
    heads += [("side", names.side, anchors)] if settings.side else []
    tensors |= _convolution(layers, names.joined, "joined", (settings.width, width_in, 1, 1))
    for target, name, many in heads:
        tensors |= _convolution(layers, name, target, (many, settings.width, 1, 1))
    return tensors


def _arrays(layers: Arrays, name: str, count: Sequence[int]) -> list[np.ndarray]:
    if name not in layers:
        raise ValueError(f"layer {name!r} is missing; there are {', '.join(sorted(layers))}")
    arrays = [np.asarray(array, dtype=np.float32) for array in layers[name]]
    if len(arrays) not in count:
        wanted = " or ".join(map(str, count))
        raise ValueError(f"layer {name!r} has {len(arrays)} arrays; {wanted} are needed")
    return arrays


def _convolution(
    layers: Arrays, name: str, target: str, shape: tuple[int, ...]
) -> dict[str, torch.Tensor]:
    """Weight and bias of a convolution, or of a dense layer that stands for one."""
    kernel, bias = _arrays(layers, name, (2,))
    if kernel.ndim == 2:
        kernel = kernel.T[:, :, None, None]
    elif kernel.ndim == 4:
        kernel = kernel.transpose(3, 2, 0, 1)
    if kernel.shape != shape or bias.shape != shape[:1]:
        raise ValueError(
            f"layer {name!r} becomes {kernel.shape} and {bias.shape}; the settings say {shape} and "
            f"{shape[:1]}"
        )
    return {f"{target}.weight": _tensor(kernel), f"{target}.bias": _tensor(bias)}


def _recurrent(layers: Arrays, name: str, settings: CtpnSettings) -> dict[str, torch.Tensor]:
    arrays = _arrays(layers, name, (6,))
    tensors: dict[str, torch.Tensor] = {}
    for way, ending in ((0, ""), (1, "_reverse")):
        kernel, recurrent, bias = arrays[3 * way : 3 * way + 3]
        parts = _gates(name, kernel, recurrent, bias, settings)
        for part, array in parts.items():
            tensors[f"recurrent.{part}_l0{ending}"] = _tensor(array)
    return tensors


def _gates(
    name: str,
    kernel: np.ndarray,
    recurrent: np.ndarray,
    bias: np.ndarray,
    settings: CtpnSettings,
) -> dict[str, np.ndarray]:
    """Weights and biases of one way, the gates in torch's order."""
    order = _GATES[settings.recurrent]
    units, gates = settings.hidden, len(order)
    shapes = (settings.middle, gates * units), (units, gates * units)
    if (kernel.shape, recurrent.shape) != shapes:
        raise ValueError(
            f"layer {name!r} has kernels {kernel.shape} and {recurrent.shape}; a "
            f"{settings.recurrent} of {units} units needs {shapes[0]} and {shapes[1]}"
        )
    # the layers that Keras wrote for cuDNN have two biases in one row and their kernels turned
    turned = bias.shape == (2 * gates * units,)
    if turned:
        bias = bias.reshape(2, gates * units)
    elif bias.shape == (gates * units,):
        if settings.recurrent == "gru":
            raise ValueError(
                f"layer {name!r} is a GRU with one bias (reset_after=False), which resets before "
                "it multiplies; torch's GRU cannot do that. Give one with reset_after=True"
            )
        bias = np.stack((bias, np.zeros_like(bias)))
    elif bias.shape != (2, gates * units):
        raise ValueError(f"layer {name!r} has a bias of shape {bias.shape}")
    return {
        "weight_ih": _ordered(kernel, order, turned),
        "weight_hh": _ordered(recurrent, order, turned),
        "bias_ih": _ordered(bias[:1], order, False)[:, 0],
        "bias_hh": _ordered(bias[1:], order, False)[:, 0],
    }


def _ordered(matrix: np.ndarray, order: Sequence[int], turned: bool) -> np.ndarray:
    """(in, gates x units) in Keras' order of gates to (gates x units, in) in torch's."""
    gates = np.split(matrix, len(order), axis=1)
    if turned:
        return np.concatenate([gates[k].reshape(gates[k].shape[::-1]) for k in order])
    return np.concatenate([gates[k].T for k in order])


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))
