"""Loading of pretrained backbone weights from a local safetensors file.

The file must fit the network, with three allowances: a first convolution for three colors is summed
to one channel (a gray picture has three equal ones), a table of positions is resampled to this
network's grid, and classification heads and class tokens are left out.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import nn

IGNORED_PREFIXES = (
    "head.",
    "head_dist.",
    "fc.",
    "classifier.",
    "fc_norm.",
    "norm_pre.",
    "cls_token",
    "dist_token",
    "reg_token",
    "conv_head.",
    "bn2.",
    "norm_head.",
)


def load_pretrained(network: nn.Module, path: str | Path) -> None:
    """Fill a network with pretrained weights.

    Args:
        network: Changed in place.
        path: A safetensors file.

    Raises:
        ValueError: There is no such file, or its names or shapes do not fit.
    """
    from safetensors.torch import load_file

    path = Path(path)
    if path.suffix != ".safetensors":
        raise ValueError(f"'weights' is '{path}'; only .safetensors files are read")
    if not path.is_file():
        raise ValueError(f"'weights' is '{path}'; there is no such file")
    target = network.state_dict()
    weights = _named_like(load_file(path), target)
    missing = sorted(set(target) - set(weights))
    unknown = sorted(key for key in set(weights) - set(target) if not _may_be_dropped(key, target))
    if missing or unknown:
        raise ValueError(
            f"'{path}' does not fit this network: {_some('missing', missing)}; "
            f"{_some('unknown', unknown)}"
        )
    network.load_state_dict({key: _fit(key, weights[key], target[key]) for key in target})


def _named_like(
    weights: dict[str, torch.Tensor], target: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """timm's feature networks write ``stages_0`` where the plain networks write ``stages.0``."""
    flat = {key.replace(".", "_"): key for key in target}
    return {flat.get(key.replace(".", "_"), key): value for key, value in weights.items()}


def _may_be_dropped(key: str, target: dict[str, torch.Tensor]) -> bool:
    if key.startswith(IGNORED_PREFIXES):
        return True
    # whole stages beyond the chosen stride are not part of a feature network
    parts = key.split(".")
    stage = parts[0] if parts[0][-1:].isdigit() else "_".join(parts[:2])
    is_stage = stage.startswith(("stages_", "layer", "blocks_")) and stage[-1:].isdigit()
    return is_stage and not any(name.startswith((f"{stage}.", f"{stage}_")) for name in target)


def _some(word: str, keys: list[str]) -> str:
    shown = ", ".join(keys[:4]) + (" ..." if len(keys) > 4 else "")
    return f"{len(keys)} {word}" + (f" ({shown})" if keys else "")


def _fit(key: str, weight: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    if weight.shape == wanted.shape:
        return weight
    if weight.dim() == 4 == wanted.dim() and wanted.shape[1] == 1 and weight.shape[1] == 3:
        summed = weight.sum(1, keepdim=True)
        if summed.shape == wanted.shape:
            return summed
    if "pos" in key and weight.shape[-1] == wanted.shape[-1] and weight.dim() == 3:
        return resample_positions(weight, wanted)
    raise ValueError(f"'{key}' is {tuple(weight.shape)} in the file, {tuple(wanted.shape)} here")


def resample_positions(found_1ND: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """A square table of N positions (class tokens before them left out) on ``wanted``'s grid,
    which is (1, rows, columns, D)."""
    count = found_1ND.shape[1]
    side = math.isqrt(count)
    square_1ND = found_1ND[:, count - side * side :]
    table_1DHW = square_1ND.reshape(1, side, side, -1).permute(0, 3, 1, 2).float()
    rows, columns = wanted.shape[1:3]
    resized_1DHW = nn.functional.interpolate(
        table_1DHW, (rows, columns), mode="bicubic", align_corners=False, antialias=True
    )
    return resized_1DHW.permute(0, 2, 3, 1).to(wanted.dtype)
