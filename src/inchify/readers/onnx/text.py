"""Exported line recognizers and line detectors.

Pictures go through such a network one at a time, each at its own size.

Shape letters: B lines, C channels, H and W pixels, T columns, V letters with the blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inchify import config
from inchify.data.line_pictures import MAX_WIDTHS, LineShape
from inchify.decoding.ctc import Reading
from inchify.decoding.text_lines import LineMaps, LineSettings
from inchify.io.tensor_folders import CheckpointError
from inchify.models.dense.layout import INPUT
from inchify.models.text.settings import HEIGHT, CrnnSettings, CtpnSettings
from inchify.readers.networks import (
    NETWORK_FILE,
    LineSearch,
    LoadedLineDetector,
    LoadedLineRecognizer,
    ctc_readings,
    task_settings,
)
from inchify.readers.onnx.session import network_input, open_folder

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


@dataclass(frozen=True)
class OnnxCrnn:
    """A ``LineNetwork`` with CTC that onnxruntime computes."""

    session: InferenceSession
    settings: CrnnSettings

    def log_probs(self, images_BCHW: np.ndarray, widths: Sequence[int]) -> list[np.ndarray]:
        """Log-probabilities float32 (T, V) of each line, uint8 (B, 1, 32, W)."""
        if images_BCHW.shape[-2] != HEIGHT:
            raise ValueError(f"lines are {images_BCHW.shape[-2]} px high; {HEIGHT} are needed")
        return [
            self.session.run(None, {INPUT: network_input(image[None, ..., :width])})[0][0][
                : self.settings.columns(width)
            ]
            for image, width in zip(images_BCHW, widths, strict=True)
        ]

    def readings(
        self, images_BCHW: np.ndarray, widths: Sequence[int], search: LineSearch
    ) -> list[list[Reading]]:
        """As ``LineNetwork`` says."""
        return ctc_readings(self.log_probs(images_BCHW, widths), search)


@dataclass(frozen=True)
class OnnxCtpn:
    """A ``LineMapNetwork`` that onnxruntime computes."""

    session: InferenceSession
    settings: CtpnSettings
    multiple: int

    def maps(self, page_HW: np.ndarray) -> LineMaps:
        """As ``LineMapNetwork`` says."""
        more = [(0, -side % self.multiple) for side in page_HW.shape]
        page_BCHW = np.pad(page_HW, more)[None, None]
        score, vertical, *side = self.session.run(None, {INPUT: network_input(page_BCHW)})
        return LineMaps(
            score[0],
            vertical[0],
            side[0][0] if side else None,
            self.settings.row,
            self.settings.column,
            self.settings.heights,
        )


def load_onnx_recognizer(folder: Path, *, threads: int = 1) -> LoadedLineRecognizer:
    """The exported network of a line recognizer.

    Raises:
        ValueError: As ``open_folder``; CheckpointError where its letters are not its alphabet's.
    """
    opened = open_folder(folder, "text", threads=threads)
    plain, alphabet = task_settings(opened.description), opened.task["alphabet"]
    settings = config.build(CrnnSettings, plain["network"])
    letters = opened.outputs()[0][-1]
    if letters != len(alphabet) + 1:
        raise CheckpointError(
            f"{folder / NETWORK_FILE}: gives {letters} letters; the alphabet has {len(alphabet)} "
            "and the blank"
        )
    source, data = plain["data"]["source"], plain["data"]
    # the second names are those of networks exported before the settings had the first
    width = data.get("max_width", data.get("widest"))
    fixed_width = data.get("fixed_width", data.get("squash"))
    return LoadedLineRecognizer(
        opened.description,
        opened.digest,
        OnnxCrnn(opened.session, settings),
        alphabet,
        source,
        LineShape(HEIGHT, width or MAX_WIDTHS[source], fixed_width),
        ctc=True,
    )


def load_onnx_line_detector(folder: Path, *, threads: int = 1) -> LoadedLineDetector:
    """The exported network of a line detector.

    Raises:
        ValueError: As ``open_folder``.
    """
    opened = open_folder(folder, "text_lines", threads=threads)
    plain = task_settings(opened.description)
    settings = config.build(CtpnSettings, plain["network"])
    return LoadedLineDetector(
        opened.description,
        opened.digest,
        OnnxCtpn(opened.session, settings, opened.about["multiple"]),
        plain["data"]["dots_per_inch"],
        config.build(LineSettings, plain["lines"]),
    )
