"""A small convolutional classifier of bond patches.

Shape letters: B patches, T samples across a bond, A samples along it, X measures, K kinds.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from inchify.models.checks import at_least
from inchify.models.dense.exporting import traced
from inchify.models.dense.layout import FEATURES_INPUT, INPUT

# Update rate of the class frequencies.
MOMENTUM = 0.01


@dataclass(frozen=True, kw_only=True)
class BondPatchSettings:
    """``channels`` of the convolutions, each of which halves the patch; ``hidden`` units follow."""

    channels: tuple[int, ...] = (12, 24, 32)
    hidden: int = 64

    def __post_init__(self) -> None:
        at_least(1, hidden=self.hidden, layers=len(self.channels), channels=min(self.channels))


class BondPatchNetwork(nn.Module):
    """Convolutional classifier of bond patches.

    ``share_K`` is a buffer with the class frequencies in training, so that a reader can turn
    posteriors into likelihoods.
    """

    def __init__(
        self, settings: BondPatchSettings, size: tuple[int, int], scalars: int, kinds: int
    ) -> None:
        """``size`` of a patch (T, A); ``scalars`` numbers stand beside each."""
        super().__init__()
        self.size, self.scalars = size, scalars
        layers: list[nn.Module] = []
        width, (high, wide) = 1, size
        for channels in settings.channels:
            layers += [
                nn.Conv2d(width, channels, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(inplace=True),
            ]
            width, high, wide = channels, -(-high // 2), -(-wide // 2)
        self.features = nn.Sequential(*layers)
        self.hidden = nn.Linear(width * high * wide + scalars, settings.hidden)
        self.kinds = nn.Linear(settings.hidden, kinds)
        self.share_K: torch.Tensor
        self.register_buffer("share_K", torch.full((kinds,), 1.0 / kinds))

    def forward(
        self,
        patches_BTA: torch.Tensor,
        features_BX: torch.Tensor,
        kinds_B: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Classify bond patches.

        Args:
            patches_BTA: Patches in 0..1, float.
            features_BX: Measures of each bond, ``scalars`` of them.
            kinds_B: True kinds; in training they update the class frequencies.

        Returns:
            Logits (B, K).
        """
        if self.training and kinds_B is not None:
            found_K = torch.bincount(kinds_B, minlength=len(self.share_K)) / len(kinds_B)
            self.share_K.lerp_(found_K.to(self.share_K), MOMENTUM)
        features_BF = self.features(patches_BTA[:, None]).flatten(1)
        hidden_BD = torch.relu(self.hidden(torch.cat([features_BF, features_BX], dim=1)))
        return self.kinds(hidden_BD)


def bond_patch_onnx(network: BondPatchNetwork) -> bytes:
    """Export the classifier as ONNX in float32, for any number of patches.

    Args:
        network: Left unchanged.

    Returns:
        The model's bytes: patches (B, T, A) in 0..1 and measures (B, X) to logits (B, K).
    """
    network = copy.deepcopy(network).float().cpu().eval()
    rows = torch.export.Dim("patches", min=1, max=2**20)
    examples = {
        INPUT: torch.zeros(3, *network.size),
        FEATURES_INPUT: torch.zeros(3, network.scalars),
    }
    sides: dict[str, dict[int, Any]] = {name: {0: rows} for name in examples}
    return traced(network, examples, sides, ("logits",))
