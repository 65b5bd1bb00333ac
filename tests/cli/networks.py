"""Eyes for graph readers that nobody had to train: one by rule, one that sees atoms everywhere.

Shape letters: B pictures, C channels, H and W pixels.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from inchify.decoding.molecule_graph import graph_layout
from inchify.models.dense.network import DenseMaps
from inchify.tasks.molecule_graph.settings import load_graph_settings
from inchify.tasks.molecule_graph.task import GraphTask, build_graph_network
from inchify.training.checkpoint import save_best

ROOT = Path(__file__).parents[2]
TINY = ROOT / "configs" / "tiny" / "graph.yaml"


class CornerNetwork(nn.Module):
    """Stands for a dense network: atoms at corners and ends of strokes (Harris), bonds along them.

    What kind of atom or bond it is follows from the ink by fixed random numbers.
    """

    multiple, stride = 32, 4

    def __init__(self) -> None:
        super().__init__()
        self.layout = graph_layout(2)
        generator = torch.Generator().manual_seed(0)
        self.register_buffer(
            "mixed", torch.randn(self.layout.channels, 1, 8, 8, generator=generator)
        )
        self.calls = 0

    def forward(self, images_BCHW: torch.Tensor) -> DenseMaps:
        self.calls += 1
        maps_BCHW = functional.conv2d(
            functional.pad(images_BCHW, (2, 2, 2, 2)), self.mixed, stride=4
        )
        soft = _blurred(images_BCHW, 5)
        down = functional.pad(soft[:, :, 2:] - soft[:, :, :-2], (0, 0, 1, 1))
        across = functional.pad(soft[..., 2:] - soft[..., :-2], (1, 1, 0, 0))
        xx, yy, xy = (_blurred(part, 9) for part in (across**2, down**2, across * down))
        corner = (xx * yy - xy**2 - 0.05 * (xx + yy) ** 2).clamp(min=0).sqrt()
        part = self.layout.slices
        maps_BCHW[:, part["atom_pos"]] = _fine(corner * 3000 - 4)
        maps_BCHW[:, part["bond_pos"]] = _fine(_blurred(images_BCHW, 5) * 20 - 4)
        length = ((xx - yy) ** 2 + 4 * xy**2).sqrt() + 1e-6
        maps_BCHW[:, part["bond_cos"]] = functional.avg_pool2d((yy - xx) / length, 4)
        maps_BCHW[:, part["bond_sin"]] = functional.avg_pool2d(-2 * xy / length, 4)
        maps_BCHW[:, part["bond_width"]] = 1.0
        maps_BCHW[:, part["atom_offset"]] = 0.0
        # most atoms are bare corners and most bonds single
        maps_BCHW[:, part["atom_class"].start] += 6.0
        maps_BCHW[:, part["bond_kind"].start] += 3.0
        return DenseMaps(maps_BCHW)


def _blurred(images_BCHW: torch.Tensor, size: int) -> torch.Tensor:
    for _ in range(2):
        images_BCHW = functional.avg_pool2d(images_BCHW, size, 1, size // 2)
    return images_BCHW


def _fine(logits_BCHW: torch.Tensor) -> torch.Tensor:
    """From pixels to cells of 2 x 2 pixels, four of which make a cell of the maps."""
    return functional.pixel_unshuffle(functional.avg_pool2d(logits_BCHW, 2), 2)


def random_weights(folder: Path) -> Path:
    """Writes a tiny network that sees atoms and bonds in every second cell; returns its folder."""
    settings = load_graph_settings(TINY)
    network = build_graph_network(settings)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        network.head.weight.normal_(0.0, 1.0, generator=generator)
        network.head.bias.zero_()
    description = {"task": GraphTask(settings, network).describe()}
    return save_best(folder, network.state_dict(), description)
