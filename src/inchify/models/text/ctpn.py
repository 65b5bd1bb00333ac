"""CTPN text-line detector: scores and positions of anchors in narrow columns.

CTPN (Tian et al. 2016, arXiv 1609.03605): a line of text is a row of narrow proposals, each as wide
as a column of features; a recurrent layer along the rows lets them know of one another. Three
heads: is it text, the proposal's middle and height, and how far the line's end is.

Shape letters: B pictures, C channels, H and W pixels or cells, D width of a feature, K anchors.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from inchify.models.text.ctpn_trunks import LightTrunk, Real, VggTrunk
from inchify.models.text.settings import CtpnSettings

_MULTIPLE = 16
# Initial probability of text: nearly all anchors are background.
_FIRST_CHANCE = 0.05


class CtpnMaps(NamedTuple):
    """``score_BKHW``: logits of text; ``vertical_BK2HW``: the middle's way from the anchor's in
    anchor heights and the logarithm of the height in anchor heights; ``side_BKHW``: the way from a
    column's middle to the line's end, in columns, or None without that head."""

    score_BKHW: torch.Tensor
    vertical_BK2HW: torch.Tensor
    side_BKHW: torch.Tensor | None


class Ctpn(nn.Module):
    """CTPN: ``images_BCHW`` (uint8, 255 = foreground, C = 1) and their unpadded heights and widths
    to maps of anchors.

    Cells in the padding of a picture are undefined.
    """

    def __init__(self, settings: CtpnSettings) -> None:
        super().__init__()
        self.settings = settings
        self.trunk: VggTrunk | LightTrunk
        if settings.trunk == "vgg16":
            self.trunk = VggTrunk(
                settings.input_channels, settings.channels, batch_norm=settings.batch_norm
            )
        else:
            self.trunk = LightTrunk(
                settings.channels, settings.blocks, row=settings.row, column=settings.column
            )
        self.window = nn.Conv2d(self.trunk.channels, settings.middle, 3, padding=1)
        self.recurrent: nn.LSTM | nn.GRU | None = None
        features = settings.middle
        if settings.recurrent != "none":
            kind = nn.LSTM if settings.recurrent == "lstm" else nn.GRU
            self.recurrent = kind(features, settings.hidden, bidirectional=True, batch_first=True)
            features = 2 * settings.hidden
        self.joined = nn.Conv2d(features, settings.width, 1)
        anchors = len(settings.heights)
        self.score = nn.Conv2d(settings.width, settings.scores * anchors, 1)
        self.vertical = nn.Conv2d(settings.width, 2 * anchors, 1)
        self.side = nn.Conv2d(settings.width, anchors, 1) if settings.side else None
        if settings.initialization == "xavier":
            self._initialize()
        with torch.no_grad():
            if settings.scores == 1:
                chance = torch.tensor(_FIRST_CHANCE)
                assert self.score.bias is not None
                self.score.bias.fill_(torch.logit(chance))

    @torch.no_grad()
    def _initialize(self) -> None:
        """Xavier for what follows the trunk; the trunk initializes itself or is loaded."""
        heads = (self.window, self.joined, self.score, self.vertical, self.side)
        for layer in (layer for layer in heads if layer is not None):
            nn.init.xavier_uniform_(layer.weight)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
        if self.recurrent is not None:
            for name, weight in self.recurrent.named_parameters():
                if "weight" in name:
                    # the gates are separate matrices, stacked
                    for gate in weight.split(self.settings.hidden):
                        nn.init.xavier_uniform_(gate)
                else:
                    nn.init.zeros_(weight)

    @property
    def stride(self) -> tuple[int, int]:
        """Pixels of a cell, down and across."""
        return self.settings.row, self.settings.column

    def forward(self, images_BCHW: torch.Tensor, sizes_B2: torch.Tensor | None = None) -> CtpnMaps:
        """Compute the anchors' maps of pages.

        Args:
            images_BCHW: uint8, foreground 255, C = 1.
            sizes_B2: Unpadded heights and widths in pixels; None without padding.

        Returns:
            The maps, one cell for ``stride`` pixels.
        """
        sizes_B2, full = self._sizes(images_BCHW, sizes_B2)
        real = Real(None if full else sizes_B2, images_BCHW.device)
        features_BCHW = self.trunk(real.mask(self._pixels(images_BCHW), (1, 1)), real)
        features_BCHW = real.mask(functional.relu(self.window(features_BCHW)), self.stride)
        features_BCHW = self._along_rows(features_BCHW, None if full else sizes_B2)
        features_BCHW = functional.relu(self.joined(features_BCHW))
        score_BKHW = self.score(features_BCHW)
        if self.settings.scores == 2:
            # two classes are one logit: that of text minus that of background
            score_BKHW = score_BKHW[:, 1::2] - score_BKHW[:, 0::2]
        vertical = self.vertical(features_BCHW).unflatten(1, (-1, 2))
        side = None if self.side is None else self.side(features_BCHW)
        return CtpnMaps(score_BKHW, vertical, side)

    def _sizes(
        self, images_BCHW: torch.Tensor, sizes_B2: torch.Tensor | None
    ) -> tuple[torch.Tensor, bool]:
        """The true sizes, and whether there is no padding at all."""
        height, width = images_BCHW.shape[-2:]
        if sizes_B2 is None:
            sizes_B2 = torch.tensor([[height, width]]).expand(len(images_BCHW), 2)
        unpadded = bool((sizes_B2 == sizes_B2.new_tensor((height, width))).all())
        return sizes_B2, unpadded and height % _MULTIPLE == 0 and width % _MULTIPLE == 0

    def _pixels(self, images_BCHW: torch.Tensor) -> torch.Tensor:
        """Input of the trunk, padded to whole cells. Foreground is bright with one channel; with
        three channels letters are dark, as in the pretraining."""
        height, width = images_BCHW.shape[-2:]
        more = (0, -width % _MULTIPLE, 0, -height % _MULTIPLE)
        images_BCHW = functional.pad(images_BCHW, more)
        if self.settings.input_channels == 1:
            return images_BCHW.float().div(255.0)
        means_C = torch.tensor(self.settings.means, device=images_BCHW.device)
        return (255.0 - images_BCHW.float()).expand(-1, 3, -1, -1) - means_C[:, None, None]

    def _along_rows(self, x_BDHW: torch.Tensor, sizes_B2: torch.Tensor | None) -> torch.Tensor:
        """The recurrent layer over every row; where sizes are given it sees real columns only."""
        if self.recurrent is None:
            return x_BDHW
        count, channels, height, width = x_BDHW.shape
        # steps of a recurrent layer are too small for bfloat16 to save anything
        with torch.autocast(x_BDHW.device.type, enabled=False):
            rows_RWD = x_BDHW.float().permute(0, 2, 3, 1).reshape(-1, width, channels)
            if sizes_B2 is None:
                read_RWD, _ = self.recurrent(rows_RWD)
            else:
                column = self.settings.column
                columns_B = (sizes_B2[:, 1].cpu() + column - 1).div(column, rounding_mode="floor")
                lengths_R = columns_B.repeat_interleave(height)
                packed = pack_padded_sequence(
                    rows_RWD, lengths_R, batch_first=True, enforce_sorted=False
                )
                read, _ = self.recurrent(packed)
                read_RWD, _ = pad_packed_sequence(read, batch_first=True, total_length=width)
        # sizes are spelt out, for the exporter of some versions of torch gets -1 wrong here
        return read_RWD.reshape(count, height, width, read_RWD.shape[-1]).permute(0, 3, 1, 2)
