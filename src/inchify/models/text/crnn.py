"""A line of text as a picture comes in, the chances of every letter along it come out, for CTC.

After Shi et al. 2015 (arXiv 1507.05717), small: convolutions make the line one row high at half its
width, an LSTM reads it both ways. What is padding stays zero behind every layer and the LSTM never
sees it, so a picture is read the same alone and beside longer ones.

Shape letters: B pictures, C channels, H height, W width, T columns (W / 2), D width of a feature,
V letters with the blank, which is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

BLANK = 0
HEIGHT = 32
STRIDE = 2  # pixels of width for one column
# Down and across, of all convolutions but the last.
_STRIDES = ((2, 2), (2, 1), (2, 1), (1, 1), (2, 1))


@dataclass(frozen=True, kw_only=True)
class CrnnSettings:
    """``channels`` of the convolutions in ``_STRIDES`` and of the last, which joins the two rows
    that are left; ``hidden`` units of the LSTM in each direction."""

    channels: tuple[int, ...] = (16, 32, 64, 64, 96, 128)
    hidden: int = 96
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if len(self.channels) != len(_STRIDES) + 1 or min(self.channels) < 1:
            raise ValueError(
                f"'channels' is {self.channels}; there must be {len(_STRIDES) + 1}, at least 1 each"
            )
        if self.hidden < 1:
            raise ValueError(f"'hidden' is {self.hidden}; it must be at least 1")
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"'dropout' is {self.dropout}; allowed: from 0 to below 1")


class Crnn(nn.Module):
    """``images_BCHW`` (uint8 ink, C = 1, H = 32) and their true widths in pixels, to
    log-probabilities (B, T, V) in float32; columns past ``columns(widths_B)`` mean nothing."""

    def __init__(self, settings: CrnnSettings, letters: int) -> None:
        super().__init__()
        self.settings = settings
        sizes = (1, *settings.channels)
        self.stages = nn.ModuleList(
            _stage(before, after, kernel=(5, 5) if number == 0 else (3, 3), stride=stride)
            for number, (before, after, stride) in enumerate(
                zip(sizes[:-2], sizes[1:-1], _STRIDES, strict=True)
            )
        )
        self.join = _stage(*sizes[-2:], kernel=(2, 3), stride=(1, 1))
        self.dropout = nn.Dropout(settings.dropout)
        self.onward = nn.LSTM(sizes[-1], settings.hidden, batch_first=True)
        self.back = nn.LSTM(sizes[-1], settings.hidden, batch_first=True)
        self.letters = nn.Linear(2 * settings.hidden, letters)

    def columns(self, widths_B: torch.Tensor) -> torch.Tensor:
        """How many columns pictures of these widths have."""
        return (widths_B + STRIDE - 1).div(STRIDE, rounding_mode="floor")

    def forward(self, images_BCHW: torch.Tensor, widths_B: torch.Tensor) -> torch.Tensor:
        if images_BCHW.shape[-2] != HEIGHT:
            raise ValueError(f"pictures are {images_BCHW.shape[-2]} px high; {HEIGHT} are needed")
        x_BCHW = images_BCHW.float().div(255.0)
        columns_B = self.columns(widths_B.to(x_BCHW.device))
        columns_T = torch.arange(-(-x_BCHW.shape[-1] // STRIDE), device=x_BCHW.device)
        real_BT = columns_T < columns_B[:, None]
        for stage in (*self.stages, self.join):
            x_BCHW = stage(x_BCHW) * real_BT[:, None, None]
        x_BTD = x_BCHW.squeeze(2).transpose(1, 2)
        # the other way round, each line begins at its own end; what is padding comes last both ways
        turned_BT = torch.where(real_BT, columns_B[:, None] - 1 - columns_T, columns_T)
        # steps of an LSTM are too small for bfloat16 to save anything
        with torch.autocast(x_BTD.device.type, enabled=False):
            x_BTD = self.dropout(x_BTD.float())
            one_BTD, _ = self.onward(x_BTD)
            other_BTD, _ = self.back(_ordered(x_BTD, turned_BT))
            read_BTD = torch.cat((one_BTD, _ordered(other_BTD, turned_BT)), dim=-1)
            return self.letters(self.dropout(read_BTD)).log_softmax(dim=-1)


def _stage(
    before: int, after: int, *, kernel: tuple[int, int], stride: tuple[int, int]
) -> nn.Module:
    padding = (kernel[0] // 2 if kernel[0] % 2 else 0, kernel[1] // 2)
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, padding, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(),
    )


def _ordered(x_BTD: torch.Tensor, order_BT: torch.Tensor) -> torch.Tensor:
    return x_BTD.gather(1, order_BT[..., None].expand_as(x_BTD))
