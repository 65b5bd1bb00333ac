"""Settings of a text-line detector's training configuration (configs/text/ctpn*.yaml)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from inchify import config
from inchify.data.dataset import LoaderSettings
from inchify.data.degrade import DegradeSettings
from inchify.decoding.text_lines import LineSettings
from inchify.models.text.settings import CtpnSettings
from inchify.synthetic.pages import PageSettings
from inchify.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class TextLineDataSettings:
    """Settings of the crops of real and synthetic pages.

    ``real``: folders of pages with the boxes of their lines (``data.icdar_lines``), of each of
    which ``held_out`` pages are never used and ``validation`` of the others are for validation;
    ``pages``: the share of crops from drawn pages. A batch holds ``crops`` of ``canvas`` pixels
    square; each page gives ``crops_per_page`` of them, and the crops of ``pool`` batches are
    shuffled. ``scale_low`` to ``scale_high``: how much larger or smaller a crop is than the page.
    Drawn pages are brought to ``dots_per_inch`` first.
    """

    real: tuple[str, ...] = ()
    held_out: int = 40
    validation: int = 10
    pages: float = 1.0
    molecules: str = "input/sample/molecules.smi.gz"
    page: PageSettings = field(default_factory=PageSettings)
    degrade: DegradeSettings = field(
        default_factory=lambda: DegradeSettings(clean=0.3, rough=0.1, breaks=0.1, specks=0.1)
    )
    loader: LoaderSettings = field(default_factory=LoaderSettings)
    dots_per_inch: int = 150
    canvas: int = 512
    crops: int = 4
    crops_per_page: int = 4
    pool: int = 4
    epoch: int = 1000
    scale_low: float = 0.6
    scale_high: float = 1.5

    def __post_init__(self) -> None:
        if self.canvas < 64 or self.canvas % 16:
            raise ValueError(f"'canvas' is {self.canvas}; it must be a multiple of 16, at least 64")
        for name in ("crops", "crops_per_page", "pool", "epoch", "validation"):
            if getattr(self, name) < 1:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be at least 1")
        if not 0 <= self.pages <= 1:
            raise ValueError(f"'pages' is {self.pages}; it must be between 0 and 1")
        if self.pages < 1 and not self.real:
            raise ValueError(f"'pages' is {self.pages}, but there is no 'real' folder for the rest")
        if not 0.2 <= self.scale_low <= self.scale_high <= 5:
            raise ValueError("'scale_low' and 'scale_high' must be in order and from .2 to 5")
        if self.epoch % self.pool:
            raise ValueError(f"'epoch' is {self.epoch}; it must be a multiple of {self.pool}")


@dataclass(frozen=True, kw_only=True)
class TextLineLossSettings:
    """``positive`` and ``negative``: overlaps in height from which an anchor is text, and below
    which it is background. ``sampled_anchors`` anchors are sampled from each crop, at most
    ``max_text_anchors`` of them text; negatives are drawn at ``random`` or by hard-negative mining
    (``hard``). ``vertical`` and ``side`` weigh the other heads (the paper's 1 and 2);
    ``smooth_l1_beta``: where their loss turns from square to straight."""

    positive: float = 0.7
    negative: float = 0.3
    sampled_anchors: int = 600
    max_text_anchors: int = 300
    negatives: Literal["random", "hard"] = "hard"
    vertical: float = 1.0
    side: float = 2.0
    smooth_l1_beta: float = 0.111

    def __post_init__(self) -> None:
        if not 0 < self.negative <= self.positive < 1:
            raise ValueError("'negative' and 'positive' must be in order and between 0 and 1")
        if not 1 <= self.max_text_anchors < self.sampled_anchors:
            raise ValueError(
                f"'max_text_anchors' is {self.max_text_anchors}; it must be at least 1 and below "
                f"'sampled_anchors' ({self.sampled_anchors})"
            )


@dataclass(frozen=True, kw_only=True)
class TextLineSettings:
    """One experiment. ``seed`` determines the initial weights and every crop."""

    task: Literal["text_lines"] = "text_lines"
    seed: int = 0
    network: CtpnSettings = field(default_factory=CtpnSettings)
    data: TextLineDataSettings = field(default_factory=TextLineDataSettings)
    losses: TextLineLossSettings = field(default_factory=TextLineLossSettings)
    lines: LineSettings = field(default_factory=LineSettings)
    training: TrainingSettings


def load_text_line_settings(path: Path, assignments: Sequence[str] = ()) -> TextLineSettings:
    """Load a training configuration.

    Args:
        path: A YAML file; its ``base`` files are merged first.
        assignments: Overrides of the form ``part.key=value``.

    Returns:
        The settings.

    Raises:
        ValueError: A key is unknown or missing, or a value is wrong.
    """
    return config.load(path, TextLineSettings, assignments)
