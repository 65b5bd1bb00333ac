"""A folder with ``network.onnx`` comes in; a network that reads lines or finds them comes out.

Pictures go through such a network one at a time, each at its own size.

Shape letters: B pictures, C channels, H height, W width, T columns, V letters with the blank.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from inchify import config
from inchify.io.tensor_folders import CheckpointError
from inchify.models.dense.exporting import INPUT
from inchify.models.text.crnn import HEIGHT, CrnnSettings
from inchify.models.text.ctpn import CtpnMaps, CtpnSettings
from inchify.readers.onnx.dense import NETWORK, network_input, open_folder
from inchify.tasks.text_detection.settings import TextLineSettings
from inchify.tasks.text_recognition.settings import TextDataSettings, TextSettings

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class OnnxCrnn(nn.Module):
    """Called as a ``Crnn`` is; a module without weights."""

    height = HEIGHT

    def __init__(self, session: InferenceSession, settings: CrnnSettings) -> None:
        super().__init__()
        self.session, self.settings = session, settings

    def columns(self, widths_B: torch.Tensor) -> torch.Tensor:
        """How many columns pictures of these widths have."""
        return torch.tensor([self.settings.columns(width) for width in widths_B.tolist()])

    def forward(self, images_BCHW: torch.Tensor, widths_B: torch.Tensor) -> torch.Tensor:
        """Pictures uint8 ink (B, 1, 32, W) -> log-probabilities (B, T, V); zeros past a picture's
        columns."""
        if images_BCHW.shape[-2] != HEIGHT:
            raise ValueError(f"pictures are {images_BCHW.shape[-2]} px high; {HEIGHT} are needed")
        images = images_BCHW.cpu().numpy()
        found = [
            torch.from_numpy(
                self.session.run(None, {INPUT: network_input(image[None, ..., :width])})[0][0]
            )
            for image, width in zip(images, widths_B.tolist(), strict=True)
        ]
        return nn.utils.rnn.pad_sequence(found, batch_first=True)


class OnnxCtpn(nn.Module):
    """Called as a ``Ctpn`` is with pictures that fill their tensor; a module without weights.
    ``side`` is None where the network has no head of line ends."""

    def __init__(self, session: InferenceSession, settings: CtpnSettings, multiple: int) -> None:
        super().__init__()
        self.session, self.settings, self.multiple = session, settings, multiple
        self.side = True if settings.side else None

    @property
    def stride(self) -> tuple[int, int]:
        """Pixels of a cell, down and across."""
        return self.settings.row, self.settings.column

    def forward(self, images_BCHW: torch.Tensor) -> CtpnMaps:
        """Pages uint8 ink (B, 1, H, W). Raises ValueError for sides that ``multiple`` does not
        divide."""
        if images_BCHW.shape[1] != 1 or any(side % self.multiple for side in images_BCHW.shape[2:]):
            raise ValueError(
                f"pictures are {tuple(images_BCHW.shape)}; one channel is allowed, and sides that "
                f"{self.multiple} divides"
            )
        images = images_BCHW.cpu().numpy()
        found = [self.session.run(None, {INPUT: network_input(image[None])}) for image in images]
        score, vertical, *side = (
            torch.cat([torch.from_numpy(part) for part in parts])
            for parts in zip(*found, strict=True)
        )
        return CtpnMaps(score, vertical, side[0] if side else None)


@dataclass(frozen=True)
class LoadedOnnxText:
    """A network for reading lines, its alphabet and settings; ``digest`` names its file."""

    network: OnnxCrnn
    alphabet: str
    settings: TextSettings
    digest: str


@dataclass(frozen=True)
class LoadedOnnxTextLines:
    """A network for finding lines, with the settings it was made with; ``digest`` names its
    file."""

    network: OnnxCtpn
    settings: TextLineSettings
    description: dict[str, Any]
    digest: str


def load_onnx_text(folder: Path, *, threads: int = 1) -> LoadedOnnxText:
    """The exported network of a reader of lines. Raises ValueError as ``open_folder`` does."""
    opened = open_folder(folder, "text", threads=threads)
    plain, alphabet = opened.settings, opened.task["alphabet"]
    # the length of an epoch is not told, and whatever it was, a pool divides it
    data = {**plain["data"], "epoch": plain["data"].get("pool", TextDataSettings.pool)}
    settings = config.build(TextSettings, {**plain, "data": data})
    letters = opened.session.get_outputs()[0].shape[-1]
    if not isinstance(settings.network, CrnnSettings) or letters != len(alphabet) + 1:
        raise CheckpointError(
            f"{folder / NETWORK}: gives {letters} letters; the alphabet has {len(alphabet)} and "
            "the blank"
        )
    network = OnnxCrnn(opened.session, settings.network)
    return LoadedOnnxText(network, alphabet, settings, opened.digest)


def load_onnx_text_lines(folder: Path, *, threads: int = 1) -> LoadedOnnxTextLines:
    """The exported network of a finder of lines. Raises ValueError as ``open_folder`` does."""
    opened = open_folder(folder, "text_lines", threads=threads)
    plain = opened.settings
    # where pages lay that it learned from is of no matter for finding
    data = {**plain["data"], "real": [], "pages": 1.0}
    settings = config.build(TextLineSettings, {**plain, "data": data})
    network = OnnxCtpn(opened.session, settings.network, opened.about["multiple"])
    return LoadedOnnxTextLines(network, settings, opened.description, opened.digest)
