"""Optimizer construction and parameter groups.

Decoupled weight decay follows Loshchilov and Hutter 2019. Matrices and kernels are decayed; biases,
norms and other vectors are not, unless the network says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from inchify.training.settings import TrainingSettings

ENCODER_PREFIX = "encoder."


def weight_decays(network: nn.Module, weight_decay: float) -> dict[str, float]:
    """Name -> weight decay of every trainable parameter.

    A network may offer ``weight_decay_groups(weight_decay)``, which returns optimizer groups (lists
    of ``params`` with their ``weight_decay``). Raises ValueError when these name a parameter twice
    or leave one out.
    """
    trainable = {name: w for name, w in network.named_parameters() if w.requires_grad}
    groups = getattr(network, "weight_decay_groups", None)
    if groups is None:
        return {name: weight_decay if w.ndim >= 2 else 0.0 for name, w in trainable.items()}
    decays: dict[int, list[float]] = {}
    for group in groups(weight_decay):
        for weight in group["params"]:
            decays.setdefault(id(weight), []).append(float(group["weight_decay"]))
    wrong = [name for name, weight in trainable.items() if len(decays.get(id(weight), [])) != 1]
    if wrong:
        raise ValueError(
            "weight_decay_groups() must hold every parameter exactly once; "
            f"it does not for {', '.join(wrong[:5])}"
        )
    return {name: decays[id(weight)][0] for name, weight in trainable.items()}


def build_optimizer(network: nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
    """Build AdamW, or SGD with momentum, with a group for each learning rate and decay.

    Each group keeps its peak learning rate as ``peak``; the schedule multiplies it.

    Args:
        network: Parameters named ``encoder.`` have the encoder's learning rate.
        settings: Optimizer, learning rates and weight decay.

    Returns:
        The optimizer, fused on a GPU.

    Raises:
        ValueError: The network has no trainable parameter, or its decay groups are incomplete.
    """
    rates = {False: settings.learning_rate}
    rates[True] = settings.encoder_learning_rate or settings.learning_rate
    named = dict(network.named_parameters())
    groups: dict[tuple[bool, float], list[nn.Parameter]] = {}
    for name, decay in weight_decays(network, settings.weight_decay).items():
        groups.setdefault((name.startswith(ENCODER_PREFIX), decay), []).append(named[name])
    if not groups:
        raise ValueError("the network has no parameter that can be trained")
    parts = [
        {"params": weights, "lr": rates[encoder], "peak": rates[encoder], "weight_decay": decay}
        for (encoder, decay), weights in groups.items()
    ]
    on_gpu = next(network.parameters()).device.type == "cuda"
    if settings.optimizer == "sgd":
        return torch.optim.SGD(parts, momentum=settings.momentum, fused=on_gpu)
    return torch.optim.AdamW(parts, betas=settings.betas, eps=settings.epsilon, fused=on_gpu)


def set_learning_rates(optimizer: torch.optim.Optimizer, factor: float) -> float:
    """Sets every group to its peak times ``factor``; returns the rate of the last group."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor
    return float(optimizer.param_groups[-1]["lr"])


def optimizer_tensors(
    optimizer: torch.optim.Optimizer, network: nn.Module
) -> dict[str, torch.Tensor]:
    """The optimizer's state as ``parameter name/key`` -> tensor."""
    return {
        f"{name}/{key}": torch.as_tensor(value)
        for name, weight in network.named_parameters()
        for key, value in optimizer.state.get(weight, {}).items()
    }


def load_optimizer_tensors(
    optimizer: torch.optim.Optimizer, network: nn.Module, tensors: Mapping[str, torch.Tensor]
) -> None:
    """Puts back what ``optimizer_tensors`` gave. Raises ValueError on unknown names or shapes."""
    named = dict(network.named_parameters())
    places = {
        id(weight): place
        for place, weight in enumerate(
            weight for group in optimizer.param_groups for weight in group["params"]
        )
    }
    state: dict[int, dict[str, torch.Tensor]] = {}
    for full_name, value in tensors.items():
        name, _, key = full_name.rpartition("/")
        weight = named.get(name)
        if weight is None or id(weight) not in places:
            raise ValueError(f"the optimiser has no parameter '{name}'")
        if value.ndim and value.shape != weight.shape:
            raise ValueError(
                f"'{full_name}' has shape {tuple(value.shape)}, the parameter {tuple(weight.shape)}"
            )
        if value.shape == weight.shape and value.ndim:
            # the layout in memory (channels last) follows the parameter's
            value = torch.empty_like(weight, dtype=value.dtype).copy_(value)
        state.setdefault(places[id(weight)], {})[key] = value.detach().clone()
    restored = optimizer.state_dict()
    restored["state"] = state
    optimizer.load_state_dict(restored)
