"""Settings of a text-line recognizer's training configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from inchify import config
from inchify.chemistry.abbreviations.text_variants import ALPHABET
from inchify.chemistry.line_characters import LINE_ALPHABET
from inchify.data.dataset import LoaderSettings
from inchify.data.degrade import DegradeSettings
from inchify.data.line_pictures import MAX_WIDTHS, LineShape
from inchify.models.text.sar import SarSettings
from inchify.models.text.settings import HEIGHT, CrnnSettings
from inchify.synthetic.text_lines.irregular_labels import SPACE
from inchify.training.settings import TrainingSettings

Source = Literal["labels", "lines", "characters"]
SHORT = 8
MAX_CHARACTERS = 3755  # of the first level of GB 2312


@dataclass(frozen=True, kw_only=True)
class TextDataSettings:
    """Settings of the training lines.

    ``source``: labels of drawings, printed lines, or lines of Chinese characters. ``batch`` lines
    in a batch, ``epoch`` batches in an epoch (there is no end of drawings); lines are drawn for
    ``pool`` batches at once and sorted by width, so that little is padding. ``limits``: letters of
    a line, at least and at most. Pictures keep their ratio, at most ``max_width`` pixels wide,
    unless ``fixed_width`` is the width of them all. ``irregular``: share of labels on the slant, on
    their side or in two rows, ``printed``: share of labels as patents and journals print them.
    ``characters``:
    number of characters, the most common ones. Length curriculum: during the first
    ``curriculum_batches`` batches the maximum length rises from ``SHORT`` letters to the full
    length, because CTC learns its first letters from short lines.

    ``real``: folders of pages with the boxes of their lines (``data.icdar_lines``), of which
    ``real_share`` of the lines come; ``held_out`` pages of each are never used, and
    ``real_validation`` is the share of the other lines used for validation. ``real_case_folded``:
    their ground truth is in capitals regardless of the print, so CTC accepts both cases of a
    letter.
    """

    source: Source = "lines"
    batch: int = 32
    pool: int = 8
    epoch: int = 1000
    limits: tuple[int, int] = (1, 60)
    max_width: int | None = None
    fixed_width: int | None = None
    curriculum_batches: int = 0
    irregular: float = 0.0
    printed: float = 0.0
    characters: int = 1000
    real: tuple[str, ...] = ()
    real_share: float = 0.3
    real_case_folded: bool = False
    held_out: int = 40
    real_validation: float = 0.05
    degrade: DegradeSettings = field(
        default_factory=lambda: DegradeSettings(clean=0.2, rough=0.2, breaks=0.1, specks=0.15)
    )
    loader: LoaderSettings = field(default_factory=LoaderSettings)

    def __post_init__(self) -> None:
        for name in ("batch", "pool", "epoch", "characters"):
            if getattr(self, name) < 1:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be at least 1")
        for name in ("max_width", "fixed_width"):
            value = getattr(self, name)
            if value is not None and value < 16:
                raise ValueError(f"'{name}' is {value}; it must be at least 16 pixels")
        if self.epoch % self.pool:
            raise ValueError(f"'epoch' is {self.epoch}; it must be a multiple of {self.pool}")
        if not 1 <= self.limits[0] <= self.limits[1]:
            raise ValueError(
                f"'limits' is {self.limits}; the first must be at least 1 and "
                "the second not smaller"
            )
        if self.characters > MAX_CHARACTERS:
            raise ValueError(f"'characters' is {self.characters}; at most {MAX_CHARACTERS}")
        for name in ("real_share", "real_validation"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(
                    f"'{name}' is {getattr(self, name)}; it must be at least 0 and below 1"
                )
        for name in ("irregular", "printed"):
            share = getattr(self, name)
            if not 0.0 <= share <= 1.0 or (share and self.source != "labels"):
                raise ValueError(f"'{name}' is {share}; 0 to 1, for source 'labels' alone")
        for name in ("held_out", "curriculum_batches"):
            if getattr(self, name) < 0:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be 0 or more")
        if self.real and self.source != "lines":
            raise ValueError(f"'real' is {self.real}; only source 'lines' has real pictures")

    def longest(self, batches: int) -> int:
        """Maximum number of letters of a line after the given number of batches."""
        low, high = max(SHORT, self.limits[0]), self.limits[1]
        if batches >= self.curriculum_batches or low >= high:
            return high
        return low + (high - low) * batches // self.curriculum_batches


@dataclass(frozen=True, kw_only=True)
class TextSettings:
    """One experiment. ``seed`` determines the initial weights and every drawing; ``validation``:
    number of synthetic validation lines, always the same ones."""

    task: Literal["text"] = "text"
    seed: int = 0
    network: CrnnSettings | SarSettings = field(default_factory=CrnnSettings)
    data: TextDataSettings = field(default_factory=TextDataSettings)
    validation: int = 1000
    training: TrainingSettings

    def __post_init__(self) -> None:
        if self.validation < 1:
            raise ValueError(f"'validation' is {self.validation}; it must be at least 1")
        if self.data.real_case_folded and not isinstance(self.network, CrnnSettings):
            raise ValueError("'real_case_folded' is true; only kind crnn can count two cases")

    @property
    def shape(self) -> LineShape:
        """The pictures of this network and this source."""
        data = self.data
        if isinstance(self.network, SarSettings):
            height, max_width, *_ = self.network.sizes
            return LineShape(height, data.max_width or max_width, data.fixed_width)
        return LineShape(HEIGHT, data.max_width or MAX_WIDTHS[data.source], data.fixed_width)

    def columns(self, width: int) -> int | None:
        """Count the columns that CTC has for the letters of a picture.

        Args:
            width: Pixels of the picture.

        Returns:
            Columns; None for a network without CTC.
        """
        network = self.network
        return network.columns(width) if isinstance(network, CrnnSettings) else None

    @property
    def alphabet(self) -> str:
        """The letters of the source, whose ids begin at 1."""
        if self.data.source == "labels":
            return ALPHABET + SPACE if self.data.irregular else ALPHABET
        if self.data.source == "lines":
            return LINE_ALPHABET
        return common_characters(self.data.characters)

    @property
    def label(self) -> str:
        """A short name of the network, for run folders."""
        return f"{self.network.kind}-{self.network.trunk}"


def common_characters(count: int) -> str:
    """The first characters of level 1 of GB 2312, the common Chinese characters."""
    codes = (bytes((row, place)) for row in range(0xB0, 0xD8) for place in range(0xA1, 0xFF))
    return "".join(code.decode("gb2312", errors="ignore") for code in codes)[:count]


def load_text_settings(path: Path, assignments: Sequence[str] = ()) -> TextSettings:
    """Load a training configuration.

    Args:
        path: A YAML file; its ``base`` files are merged first.
        assignments: Overrides of the form ``part.key=value``.

    Returns:
        The settings.

    Raises:
        ValueError: A key is unknown or missing, or a value is wrong.
    """
    return config.load(path, TextSettings, assignments)
