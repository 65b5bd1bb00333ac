"""ONNX export of text recognizers and detectors, one picture at a time.

A picture alone has no padding, so nothing is masked, and the two LSTMs that read a line each way
are one that reads it both ways.

Shape letters: B pictures (here one), C channels, H height, W width, T columns, D width of a
feature, V letters with the blank, K anchors.
"""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn import functional

from inchify.models.dense.exporting import traced
from inchify.models.dense.layout import INPUT
from inchify.models.text.crnn import Crnn
from inchify.models.text.ctpn import Ctpn, CtpnMaps
from inchify.models.text.ctpn_trunks import Real
from inchify.models.text.settings import CTPN_MULTIPLE, HEIGHT

LETTERS = ("log_probs",)
MAPS = ("score", "vertical", "side")
# Upper bound on the columns of the narrowest kind; exporters need no tight bound.
_LARGEST = 4096
_TRACED = 5


class ExportedCrnn(nn.Module):
    """CRNN for export: a picture float (1, 1, 32, W) in 0..1, foreground 1 -> log-probabilities (1,
    T, V)."""

    def __init__(self, network: Crnn) -> None:
        super().__init__()
        network = copy.deepcopy(network).float().cpu().eval()
        self.stages, self.join, self.letters = network.stages, network.join, network.letters
        self.lines = both_ways(network.onward, network.back)
        self.eval()

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        x_BCHW = pictures
        for stage in (*self.stages, self.join):
            x_BCHW = stage(x_BCHW)
        read_BTD, _ = self.lines(x_BCHW.squeeze(2).transpose(1, 2))
        return self.letters(read_BTD).log_softmax(dim=-1)


class ExportedPaperCrnn(nn.Module):
    """The same with the trunk of Shi et al. Its poolings shift the end of a picture, so what lies
    past it is masked."""

    def __init__(self, network: Crnn) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).float().cpu().eval()
        self.lines = both_ways(self.network.onward, self.network.back)
        self.lines_again = both_ways(self.network.onward_again, self.network.back_again)
        del self.network.onward, self.network.back
        del self.network.onward_again, self.network.back_again
        self.eval()

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        width_B = torch.ones_like(pictures[:, 0, 0]).sum(dim=1).long()
        x_BTD = self.network._paper(pictures, width_B).squeeze(2).transpose(1, 2)
        x_BTD = self.network.between(self.lines(x_BTD)[0])
        return self.network.letters(self.lines_again(x_BTD)[0]).log_softmax(dim=-1)


class ExportedCtpn(nn.Module):
    """CTPN for export: a page float (1, 1, H, W) in 0..1, foreground 1, H and W multiples of 16 ->
    maps, without the third where the network has no side head."""

    def __init__(self, network: Ctpn) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).float().cpu().eval()
        self.eval()

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, ...]:
        network = self.network
        pixels_BCHW = pictures
        if network.settings.input_channels == 3:
            # dark letters on white, as the stock weights expect
            means_C = torch.tensor(network.settings.means)
            pixels_BCHW = 255.0 - 255.0 * pictures.expand(-1, 3, -1, -1) - means_C[:, None, None]
        x_BDHW = network.trunk(pixels_BCHW, Real(None, pictures.device))
        x_BDHW = network._along_rows(functional.relu(network.window(x_BDHW)), None)
        x_BDHW = functional.relu(network.joined(x_BDHW))
        score_BKHW = network.score(x_BDHW)
        if network.settings.scores == 2:
            score_BKHW = score_BKHW[:, 1::2] - score_BKHW[:, 0::2]
        vertical = network.vertical(x_BDHW).unflatten(1, (-1, 2))
        maps = CtpnMaps(
            score_BKHW, vertical, None if network.side is None else network.side(x_BDHW)
        )
        return tuple(part for part in maps if part is not None)


def both_ways(onward: nn.LSTM, back: nn.LSTM) -> nn.LSTM:
    """Merge two unidirectional LSTMs into a bidirectional one."""
    joined = nn.LSTM(onward.input_size, onward.hidden_size, batch_first=True, bidirectional=True)
    weights = dict(onward.state_dict())
    weights |= {f"{name}_reverse": value for name, value in back.state_dict().items()}
    joined.load_state_dict(weights)
    return joined.eval()


def crnn_onnx(network: Crnn) -> bytes:
    """Export a recognizer as ONNX in float32.

    Args:
        network: Left unchanged.

    Returns:
        The model's bytes: a picture (1, 1, 32, W) in 0..1, W at least 8, to log-probabilities
        (1, T, V).
    """
    example = torch.zeros(1, 1, HEIGHT, 64)
    width = torch.export.Dim("width", min=8, max=16 * _LARGEST)
    paper = network.settings.trunk == "paper"
    module = ExportedPaperCrnn(network) if paper else ExportedCrnn(network)
    return traced(module, {INPUT: example}, {INPUT: {3: width}}, LETTERS)


def ctpn_onnx(network: Ctpn) -> bytes:
    """Export a detector as ONNX in float32.

    Args:
        network: Left unchanged.

    Returns:
        The model's bytes: a page (1, 1, H, W) in 0..1, H and W divisible by 16, to the maps
        ``score``, ``vertical`` and, with a side head, ``side``.
    """
    sides = [
        CTPN_MULTIPLE * torch.export.Dim(name, min=2, max=_LARGEST) for name in ("rows", "columns")
    ]
    example = torch.zeros(1, 1, _TRACED * CTPN_MULTIPLE, (_TRACED + 1) * CTPN_MULTIPLE)
    outputs = MAPS if network.side is not None else MAPS[:2]
    shapes = {INPUT: {2: sides[0], 3: sides[1]}}
    return traced(ExportedCtpn(network), {INPUT: example}, shapes, outputs)
