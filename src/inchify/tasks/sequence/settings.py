"""Settings of a sequence reader's training configuration (configs/sequence/)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from inchify import config
from inchify.data.augment import AugmentSettings
from inchify.data.dataset import LoaderSettings
from inchify.data.pictures.preparation import PictureSettings
from inchify.data.sampler import SamplerSettings
from inchify.models.network import DecoderSettings, EncoderSettings
from inchify.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class DataSettings:
    """Settings of the training data. ``max_length`` leaves out longer captions (tokens with start
    and end): a first phase on short captions learns the alphabet cheaply."""

    pictures: PictureSettings = field(default_factory=PictureSettings)
    augment: AugmentSettings = field(default_factory=AugmentSettings)
    sampler: SamplerSettings = field(default_factory=SamplerSettings)
    loader: LoaderSettings = field(default_factory=LoaderSettings)
    max_length: int | None = None

    def __post_init__(self) -> None:
        if self.max_length is not None and self.max_length < 3:
            raise ValueError(f"'max_length' is {self.max_length}; it must be at least 3")


@dataclass(frozen=True, kw_only=True)
class ValidationSettings:
    """Settings of the validation: number of ``pictures`` of the fold, decoded greedily up to
    ``max_length`` tokens; the checkpoint with the lowest ``watch`` is the best."""

    pictures: int = 2000
    max_length: int = 280
    watch: Literal["levenshtein", "nll"] = "levenshtein"

    def __post_init__(self) -> None:
        for name in ("pictures", "max_length"):
            if getattr(self, name) < 1:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be at least 1")


@dataclass(frozen=True, kw_only=True)
class SequenceSettings:
    """One experiment. ``seed`` determines the initial weights and the order of pictures.

    ``token_noise``: the share of the true tokens before a position that training replaces by random
    ones, so that the network reads the picture instead of guessing from the string (the fifth
    place of the competition did it against exposure bias).
    """

    task: Literal["sequence"] = "sequence"
    seed: int = 0
    encoder: EncoderSettings
    decoder: DecoderSettings
    training: TrainingSettings
    data: DataSettings = field(default_factory=DataSettings)
    validation: ValidationSettings = field(default_factory=ValidationSettings)
    label_smoothing: float = 0.1
    token_noise: float = 0.0

    def __post_init__(self) -> None:
        for name in ("label_smoothing", "token_noise"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(
                    f"'{name}' is {getattr(self, name)}; it must be at least 0 and below 1"
                )


def load_settings(path: Path, assignments: Sequence[str] = ()) -> SequenceSettings:
    """Load a training configuration.

    Args:
        path: A YAML file; its ``base`` files are merged first.
        assignments: Overrides of the form ``part.key=value``.

    Returns:
        The settings.

    Raises:
        ValueError: A key is unknown or missing, or a value is wrong.
    """
    return config.load(path, SequenceSettings, assignments)
