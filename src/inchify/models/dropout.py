"""Fast dropout for CPUs.

torch draws one random number for each element, which took an eighth of a training step on a CPU.
Here one 64-bit draw decides four elements, to 1/65536 of a probability. Other devices use torch's.
"""

from __future__ import annotations

import torch
from torch import nn

LEVELS = 1 << 16


class FastDropout(nn.Dropout):
    """Dropout (Srivastava et al. 2014); its masks depend on the seed of torch's generator alone."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0.0:
            return x
        if x.device.type != "cpu":
            return nn.functional.dropout(x, self.p)
        draws = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
        bits = draws.view(torch.int16)[: x.numel()].view(x.shape)
        dropped_levels = round(self.p * LEVELS)
        kept = (bits >= dropped_levels - LEVELS // 2).to(x.dtype)
        return x * kept.mul_(LEVELS / (LEVELS - dropped_levels))


def use_fast_dropout(network: nn.Module) -> None:
    """Put ``FastDropout`` in place of every ``nn.Dropout`` of a network."""
    for module in network.modules():
        for name, child in module.named_children():
            if type(child) is nn.Dropout:
                setattr(module, name, FastDropout(child.p))
