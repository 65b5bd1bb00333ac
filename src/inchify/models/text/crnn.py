"""CRNN text-line recognizer with CTC output.

After Shi et al. 2015 (arXiv 1507.05717). Convolutions make the line one row high, LSTMs read it
both ways. The light trunk is small and keeps a column for two pixels; the paper's is the
published one. What is padding stays zero behind every layer and the LSTMs never see it, so a
picture is read the same alone and beside longer ones.

Shape letters: B pictures, C channels, H height, W width, T columns, D width of a feature, L letters
of a text, V letters with the blank, which is 0.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from inchify.models.text.settings import BLANK, HEIGHT, CrnnSettings

_NEVER = -1e4  # a logarithm of no chance that still has a gradient
# Times torch's first weights of what enters LSTMs and of what reads them. As torch draws them all
# columns begin so alike that CTC writes blanks for long: 60 Chinese characters in lines of two to
# eight took more than 240 steps to leave that plateau, and 110 so; after 480 steps 50 % of the
# labels were exact, and 74 % so.
_ENTERING, _READING = 2.0, 4.0
STRIDE = 2  # pixels of width for one column of the light trunk
# Light: down and across, of all convolutions but the last.
_STRIDES = ((2, 2), (2, 1), (2, 1), (1, 1), (2, 1))
# Paper: whether a convolution is normalized, and the pooling behind it: 2 halves both sides, 1 the
# height alone, 0 none.
_PAPER = ((False, 2), (False, 2), (True, 0), (False, 1), (True, 0), (False, 1))


class Crnn(nn.Module):
    """CRNN: ``images_BCHW`` (uint8, 255 = foreground, C = 1, H = 32) and their unpadded widths in
    pixels to log-probabilities (B, T, V) in float32; columns past ``columns(widths_B)`` are
    undefined. With the letters of the texts it returns their loss instead."""

    height = HEIGHT

    def __init__(self, settings: CrnnSettings, letters: int) -> None:
        super().__init__()
        self.settings = settings
        channels, hidden = settings.sizes
        sizes = (1, *channels)
        if settings.trunk == "light":
            self.stages = nn.ModuleList(
                _stage(before, after, kernel=(5, 5) if number == 0 else (3, 3), stride=stride)
                for number, (before, after, stride) in enumerate(
                    zip(sizes[:-2], sizes[1:-1], _STRIDES, strict=True)
                )
            )
        else:
            self.stages = nn.ModuleList(
                _paper_stage(before, after, normal)
                for before, after, (normal, _) in zip(sizes[:-2], sizes[1:-1], _PAPER, strict=True)
            )
        paper = settings.trunk == "paper"
        self.join = _stage(*sizes[-2:], kernel=(2, 2 if paper else 3), stride=(1, 1))
        self.dropout = nn.Dropout(settings.dropout)
        self.onward = nn.LSTM(sizes[-1], hidden, batch_first=True)
        self.back = nn.LSTM(sizes[-1], hidden, batch_first=True)
        if paper:
            self.between = nn.Linear(2 * hidden, hidden)
            self.onward_again = nn.LSTM(hidden, hidden, batch_first=True)
            self.back_again = nn.LSTM(hidden, hidden, batch_first=True)
        self.letters = nn.Linear(2 * hidden, letters)
        self._begin_apart()

    @torch.no_grad()
    def _begin_apart(self) -> None:
        """Initial weights with which columns differ from one another."""
        for layer in self.children():
            if isinstance(layer, nn.LSTM):
                cast(torch.Tensor, layer.weight_ih_l0).mul_(_ENTERING)
        self.letters.weight.mul_(_READING)

    def columns(self, widths_B: torch.Tensor) -> torch.Tensor:
        """Count the columns of pictures.

        Args:
            widths_B: Unpadded widths in pixels.

        Returns:
            Columns of each picture, int64 (B,).
        """
        if self.settings.trunk == "paper":
            return (widths_B + 3).div(4, rounding_mode="floor") + 1
        return (widths_B + STRIDE - 1).div(STRIDE, rounding_mode="floor")

    def forward(
        self,
        images_BCHW: torch.Tensor,
        widths_B: torch.Tensor,
        ids_BL: torch.Tensor | None = None,
        lengths_B: torch.Tensor | None = None,
        *,
        folded_B: torch.Tensor | None = None,
        cases_2C: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Recognize lines, or compute the loss of their texts.

        Args:
            images_BCHW: uint8, foreground 255, C = 1, H = 32.
            widths_B: Unpadded widths in pixels.
            ids_BL: True texts, letters from 1 on; with ``lengths_B`` the loss is returned.
            lengths_B: Letters of each text.
            folded_B: Texts in which a capital stands for its small letter too.
            cases_2C: The capitals, and their small letters.

        Returns:
            Log-probabilities (B, T, V) in float32, or the summed negative log-likelihood.

        Raises:
            ValueError: The pictures are not 32 pixels high.
        """
        if images_BCHW.shape[-2] != HEIGHT:
            raise ValueError(f"pictures are {images_BCHW.shape[-2]} px high; {HEIGHT} are needed")
        x_BCHW = images_BCHW.float().div(255.0)
        widths_B = widths_B.to(x_BCHW.device)
        trunk = self._light if self.settings.trunk == "light" else self._paper
        x_BTD = trunk(x_BCHW, widths_B).squeeze(2).transpose(1, 2)
        columns_B = self.columns(widths_B)
        columns_T = torch.arange(x_BTD.shape[1], device=x_BTD.device)
        real_BT = columns_T < columns_B[:, None]
        # the backward LSTM begins at each line's last column; padding comes last in both directions
        turned_BT = torch.where(real_BT, columns_B[:, None] - 1 - columns_T, columns_T)
        # steps of an LSTM are too small for bfloat16 to save anything
        with torch.autocast(x_BTD.device.type, enabled=False):
            x_BTD = self.dropout(x_BTD.float())
            x_BTD = both_ways(x_BTD, turned_BT, self.onward, self.back)
            if self.settings.trunk == "paper":
                x_BTD = self.between(self.dropout(x_BTD))
                x_BTD = both_ways(x_BTD, turned_BT, self.onward_again, self.back_again)
            log_probs_BTV = self.letters(self.dropout(x_BTD)).log_softmax(dim=-1)
            if ids_BL is None or lengths_B is None:
                return log_probs_BTV
            if folded_B is not None and cases_2C is not None:
                log_probs_BTV = both_cases(log_probs_BTV, folded_B, cases_2C)
            return ctc_nll(log_probs_BTV, columns_B, ids_BL, lengths_B)

    def loss(
        self,
        images_BCHW: torch.Tensor,
        widths_B: torch.Tensor,
        ids_BL: torch.Tensor,
        lengths_B: torch.Tensor,
    ) -> torch.Tensor:
        """Compute the CTC loss of texts.

        Args:
            images_BCHW: uint8, foreground 255, C = 1, H = 32.
            widths_B: Unpadded widths in pixels.
            ids_BL: True texts, letters from 1 on.
            lengths_B: Letters of each text.

        Returns:
            Negative log-likelihood of all texts, a sum in float32.
        """
        return self(images_BCHW, widths_B, ids_BL, lengths_B)

    def _light(self, x_BCHW: torch.Tensor, widths_B: torch.Tensor) -> torch.Tensor:
        columns_B = self.columns(widths_B)
        columns_T = torch.arange(-(-x_BCHW.shape[-1] // STRIDE), device=x_BCHW.device)
        real_BT = columns_T < columns_B[:, None]
        for stage in (*self.stages, self.join):
            x_BCHW = stage(x_BCHW) * real_BT[:, None, None]
        return x_BCHW

    def _paper(self, x_BCHW: torch.Tensor, widths_B: torch.Tensor) -> torch.Tensor:
        # two poolings halve the width; padded so that neither drops a column
        x_BCHW = nn.functional.pad(x_BCHW, (0, -x_BCHW.shape[-1] % 4))
        for stage, (_, pooling) in zip(self.stages, _PAPER, strict=True):
            x_BCHW = _masked(stage(x_BCHW), widths_B)
            if pooling == 2:
                x_BCHW = nn.functional.max_pool2d(x_BCHW, 2)
                widths_B = (widths_B + 1).div(2, rounding_mode="floor")
            elif pooling == 1:
                x_BCHW = nn.functional.max_pool2d(x_BCHW, 2, (2, 1), (0, 1))
                widths_B = widths_B + 1
        return _masked(self.join(x_BCHW), widths_B - 1)


def both_cases(
    log_probs_BTV: torch.Tensor, folded_B: torch.Tensor, cases_2C: torch.Tensor
) -> torch.Tensor:
    """In folded rows the probability of a small letter is added to that of its capital."""
    capital, small = cases_2C.to(log_probs_BTV.device)
    merged_BTV = log_probs_BTV.clone()
    merged_BTV[..., capital] = torch.logaddexp(
        log_probs_BTV[..., capital], log_probs_BTV[..., small]
    )
    merged_BTV[..., small] = _NEVER
    folded_B = folded_B.to(log_probs_BTV.device)
    return torch.where(folded_B[:, None, None], merged_BTV, log_probs_BTV)


def ctc_nll(
    log_probs_BTV: torch.Tensor,
    columns_B: torch.Tensor,
    ids_BL: torch.Tensor,
    lengths_B: torch.Tensor,
) -> torch.Tensor:
    """Negative log-likelihood of all texts; a text that does not fit counts as 0."""
    return nn.functional.ctc_loss(
        log_probs_BTV.transpose(0, 1),
        ids_BL,
        columns_B.cpu(),
        lengths_B.cpu(),
        blank=BLANK,
        reduction="sum",
        zero_infinity=True,
    )


def _stage(
    before: int, after: int, *, kernel: tuple[int, int], stride: tuple[int, int]
) -> nn.Module:
    padding = (kernel[0] // 2 if kernel[0] % 2 else 0, kernel[1] // 2 if kernel[1] % 2 else 0)
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, padding, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(),
    )


def _paper_stage(before: int, after: int, normal: bool) -> nn.Module:
    convolution = nn.Conv2d(before, after, 3, padding=1, bias=not normal)
    parts = [convolution, *([nn.BatchNorm2d(after)] if normal else []), nn.ReLU()]
    return nn.Sequential(*parts)


def _masked(x_BCHW: torch.Tensor, widths_B: torch.Tensor) -> torch.Tensor:
    """Zero past each picture's columns."""
    columns_W = torch.arange(x_BCHW.shape[-1], device=x_BCHW.device)
    return x_BCHW * (columns_W < widths_B[:, None])[:, None, None]


def both_ways(
    x_BTD: torch.Tensor, turned_BT: torch.Tensor, onward: nn.LSTM, back: nn.LSTM
) -> torch.Tensor:
    one_BTD, _ = onward(x_BTD)
    other_BTD, _ = back(_ordered(x_BTD, turned_BT))
    return torch.cat((one_BTD, _ordered(other_BTD, turned_BT)), dim=-1)


def _ordered(x_BTD: torch.Tensor, order_BT: torch.Tensor) -> torch.Tensor:
    return x_BTD.gather(1, order_BT[..., None].expand_as(x_BTD))
