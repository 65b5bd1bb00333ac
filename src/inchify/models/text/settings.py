"""Settings of the text networks CRNN and CTPN, which reading needs without torch as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# The letter that stands for no letter in CTC.
BLANK = 0
# CTPN takes pages whose sides this many pixels divide.
CTPN_MULTIPLE = 16
# Pixels of a line's height for a CRNN.
HEIGHT = 32
# The anchors' heights in the code that the world uses, in pixels.
HEIGHTS = (11.0, 16.0, 23.0, 33.0, 48.0, 68.0, 97.0, 139.0, 198.0, 283.0)
# what a trunk brings unless the settings say otherwise: channels, hidden
_SIZES = {
    "light": ((16, 32, 64, 64, 96, 128), 96),
    "paper": ((64, 128, 256, 256, 512, 512, 512), 256),
}


@dataclass(frozen=True, kw_only=True)
class CrnnSettings:
    """``trunk`` light or paper. ``channels`` of its convolutions, of which the last joins the two
    rows that are left; ``hidden`` units of an LSTM in each direction; None is the trunk's
    default."""

    kind: Literal["crnn"] = "crnn"
    trunk: Literal["light", "paper"] = "light"
    channels: tuple[int, ...] | None = None
    hidden: int | None = None
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.trunk not in _SIZES:
            raise ValueError(f"'trunk' is {self.trunk!r}; it must be one of {', '.join(_SIZES)}")
        channels, hidden = self.sizes
        wanted = len(_SIZES[self.trunk][0])
        if len(channels) != wanted or min(channels) < 1:
            raise ValueError(f"'channels' is {channels}; there must be {wanted}, at least 1 each")
        if hidden < 1:
            raise ValueError(f"'hidden' is {hidden}; it must be at least 1")
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"'dropout' is {self.dropout}; it must be at least 0 and below 1")

    @property
    def sizes(self) -> tuple[tuple[int, ...], int]:
        """``channels`` and ``hidden`` with the trunk's defaults."""
        channels, hidden = _SIZES[self.trunk]
        return self.channels or channels, hidden if self.hidden is None else self.hidden

    def columns(self, width: int) -> int:
        """Count the columns of a picture.

        Args:
            width: In pixels.

        Returns:
            Columns, as ``Crnn.columns`` counts them.
        """
        return width // 2 + width % 2 if self.trunk == "light" else -(-width // 4) + 1


@dataclass(frozen=True, kw_only=True)
class CtpnSettings:
    """``trunk``: VGG16 or a light network without weights from elsewhere. ``row`` and ``column``:
    pixels of a cell down and across (8 only with ``light``); ``heights`` of the anchors.

    ``input_channels`` 3 shows the network a gray picture three times, less the ``means`` (VGG16
    with weights of photographs). ``hidden`` units each way; ``width`` of the layer before the
    heads. ``scores`` 2: one logit for background and one for text, as in the stock weights;
    ``side``: with the head of line ends, which the stock weights lack.
    """

    trunk: Literal["vgg16", "light"] = "vgg16"
    batch_norm: bool = False
    channels: tuple[int, ...] = (64, 128, 256, 512, 512)
    blocks: tuple[int, ...] = (1, 1, 1)
    row: Literal[8, 16] = 16
    column: Literal[8, 16] = 16
    input_channels: Literal[1, 3] = 1
    means: tuple[float, float, float] = (123.68, 116.779, 103.939)
    recurrent: Literal["lstm", "gru", "none"] = "lstm"
    middle: int = 512
    hidden: int = 128
    width: int = 512
    heights: tuple[float, ...] = HEIGHTS
    scores: Literal[1, 2] = 1
    side: bool = True
    initialization: Literal["xavier", "default"] = "xavier"

    def __post_init__(self) -> None:
        stages = 5 if self.trunk == "vgg16" else 4
        if len(self.channels) != stages or min(self.channels) < 1:
            raise ValueError(
                f"'channels' is {self.channels}; {self.trunk} needs {stages}, at least 1 each"
            )
        if len(self.blocks) != 3 or min(self.blocks) < 0:
            raise ValueError(f"'blocks' is {self.blocks}; there must be 3, at least 0 each")
        if self.trunk == "vgg16" and (self.row, self.column) != (16, 16):
            raise ValueError("'row' and 'column' must be 16 with vgg16; 8 needs 'trunk: light'")
        if self.trunk == "light" and self.input_channels == 3:
            raise ValueError("'input_channels' is 3; 'trunk: light' takes 1")
        rising = all(a < b for a, b in zip(self.heights, self.heights[1:], strict=False))
        if not self.heights or self.heights[0] <= 0 or not rising:
            raise ValueError(f"'heights' is {self.heights}; they must rise and be more than 0")
        for name in ("middle", "hidden", "width"):
            if getattr(self, name) < 1:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be at least 1")
