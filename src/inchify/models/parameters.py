"""Parameter groups for the optimizer, and parameter counts."""

from __future__ import annotations

from typing import Any

from torch import nn

# lookup tables and position tables shrink to nothing under decay without helping to generalise
_TABLES = (nn.Embedding,)


def weight_decay_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Split trainable parameters into two optimizer groups, disjoint and complete.

    Decay is for matrices and kernels; biases, norms, scales, embeddings and position tables go
    without. A tensor shared by an embedding and a projection counts as an embedding.

    Args:
        network: Any module.
        weight_decay: Decay of the first group.

    Returns:
        Two groups as torch's optimizers take them, with decay and without.

    Raises:
        ValueError: ``weight_decay`` is negative.
    """
    if weight_decay < 0:
        raise ValueError(f"'weight_decay' is {weight_decay}; it must be at least 0")
    tables = {
        id(parameter)
        for module in network.modules()
        if isinstance(module, _TABLES)
        for parameter in module.parameters(recurse=False)
    }
    decayed: list[nn.Parameter] = []
    plain: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        is_table = id(parameter) in tables or "pos" in name.rsplit(".", 1)[-1]
        is_matrix = sum(side > 1 for side in parameter.shape) >= 2 and not name.endswith("token")
        (decayed if is_matrix and not is_table else plain).append(parameter)
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]


def parameter_count(network: nn.Module, *, trainable_only: bool = False) -> int:
    """Count parameters; shared tensors count once.

    Args:
        network: Any module.
        trainable_only: Leave out frozen parameters.

    Returns:
        Number of scalar parameters.
    """
    return sum(
        parameter.numel()
        for parameter in network.parameters()
        if parameter.requires_grad or not trainable_only
    )
