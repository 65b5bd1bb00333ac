"""Interfaces of readers to their networks, computed by onnxruntime or PyTorch.

Shape letters: B pictures, C channels, H and W pixels, h and w cells, T and A samples across and
along a bond, X measures, K classes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from inchify.data.line_pictures import LineShape
from inchify.decoding.ctc import Reading, prefix_beam
from inchify.decoding.text_lines import LineMaps, LineSettings
from inchify.models.dense.layout import GraphLayout, Layout, Period, RegionLayout
from inchify.models.text.settings import BLANK

SomeLayout = TypeVar("SomeLayout", bound=Layout, covariant=True)

# The file of an exported network, beside its description and manifest.
NETWORK_FILE = "network.onnx"


class MapNetwork(Protocol[SomeLayout]):
    """A dense network: ``stride`` pixels a cell, for sides that ``multiple`` divides."""

    @property
    def layout(self) -> SomeLayout: ...

    @property
    def stride(self) -> int: ...

    @property
    def multiple(self) -> int: ...

    def maps(self, canvas_HW: np.ndarray) -> np.ndarray:
        """Raw channels float32 (C, h, w) of a picture uint8 (H, W), 255 full foreground."""
        ...


class BondClassifier(Protocol):
    """The classifier of patches along bonds."""

    def logits(self, patches_BTA: np.ndarray, features_BX: np.ndarray) -> np.ndarray:
        """Float32 (B, K) of patches uint8, 255 full foreground."""
        ...


class LineNetwork(Protocol):
    """A line recognizer."""

    def readings(
        self, images_BCHW: np.ndarray, widths: Sequence[int], search: LineSearch
    ) -> list[list[Reading]]:
        """The likeliest texts of each line, uint8 with 255 full foreground, as letter ids."""
        ...


class LineMapNetwork(Protocol):
    """A detector of text lines."""

    def maps(self, page_HW: np.ndarray) -> LineMaps:
        """Raw maps of a page uint8 (H, W), 255 full foreground."""
        ...


@dataclass(frozen=True, kw_only=True)
class LineSearch:
    """How texts of a line are searched for.

    Attributes:
        beams: Texts that are followed.
        n_best: Texts that are returned at most.
        lexicon: Letter ids of texts that count as ``exp(bonus)`` times as likely (CTC alone).
        bonus: See ``lexicon``.
    """

    beams: int = 8
    n_best: int = 1
    lexicon: Collection[tuple[int, ...]] = ()
    bonus: float = 0.0


def ctc_readings(lines: Sequence[np.ndarray], search: LineSearch) -> list[list[Reading]]:
    """Prefix beam search over the log-probabilities float32 (T, V) of each line."""
    return [
        prefix_beam(
            log_probs_TV,
            beams=search.beams,
            blank=BLANK,
            lexicon=search.lexicon,
            bonus=search.bonus,
        )[: search.n_best]
        for log_probs_TV in lines
    ]


@dataclass(frozen=True)
class LoadedNetwork:
    """Where a network comes from: its training's ``description``; ``digest`` identifies its
    weights."""

    description: dict[str, Any]
    digest: str


@dataclass(frozen=True)
class LoadedMaps(LoadedNetwork, Generic[SomeLayout]):
    """A dense network for reading."""

    network: MapNetwork[SomeLayout]


LoadedGraphNetwork = LoadedMaps[GraphLayout]


@dataclass(frozen=True)
class LoadedDetector(LoadedMaps[RegionLayout]):
    """A detector of molecules: the resolution of pages that it is trained on, and the
    period in degrees of the angles that it predicts."""

    dots_per_inch: float
    period: Period


@dataclass(frozen=True)
class LoadedBondClassifier(LoadedNetwork):
    """A bond classifier; ``kinds`` names its classes, ``shares`` are their frequencies in
    training."""

    network: BondClassifier
    kinds: tuple[str, ...]
    shares: np.ndarray


@dataclass(frozen=True)
class LoadedLineRecognizer(LoadedNetwork):
    """A line recognizer with its ``alphabet`` (ids begin at 1), what its lines are (``source``)
    and the ``shape`` of its pictures. ``ctc``: it reads lines of any length at once."""

    network: LineNetwork
    alphabet: str
    source: str
    shape: LineShape
    ctc: bool


@dataclass(frozen=True)
class LoadedLineDetector(LoadedNetwork):
    """A detector of text lines, with how its proposals become lines."""

    network: LineMapNetwork
    dots_per_inch: float
    lines: LineSettings


def is_onnx(folder: Path) -> bool:
    """Whether a folder holds an exported network, which needs no PyTorch."""
    return (folder / NETWORK_FILE).is_file()


def task_settings(description: dict[str, Any]) -> dict[str, Any]:
    """The settings of the task that a network was trained for, as plain data."""
    return dict(description["task"]["settings"])
