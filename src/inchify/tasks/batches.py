"""Batch operations shared by all tasks: transfer to a device, and scaling of gray pictures for
networks.

Shape letters: B pictures, C channels, H and W pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self

import torch


@dataclass(frozen=True)
class TensorBatch:
    """Base of frozen dataclass batches whose tensors move to a device together."""

    def to(self, device: torch.device | str) -> Self:
        """The same batch with every tensor on another device."""
        moved = {
            field.name: value.to(device, non_blocking=True)
            for field in fields(self)
            if isinstance(value := getattr(self, field.name), torch.Tensor)
        }
        return replace(self, **moved)
