"""Dynamic int8 quantization of linear layers for CPUs."""

from __future__ import annotations

import copy
import warnings
from typing import TypeVar

from torch import nn

AnyModule = TypeVar("AnyModule", bound=nn.Module)


def quantized(module: AnyModule) -> AnyModule:
    """Quantize linear layers to int8 with a scale for each output channel; CPU only.

    Activations are scaled as they come (dynamic quantization). Convolutions and attention stay as
    they are.

    Args:
        module: Left unchanged.

    Returns:
        A quantized copy.
    """
    from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic

    with warnings.catch_warnings():
        # deprecated for years, and still the fastest int8 that needs no compiler
        warnings.simplefilter("ignore")
        return quantize_dynamic(copy.deepcopy(module), {nn.Linear: per_channel_dynamic_qconfig})
