"""Settings of a molecule detector's training configuration (configs/page/)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from inchify import config
from inchify.data.dataset import LoaderSettings
from inchify.data.degrade import DegradeSettings
from inchify.models.dense.fully_convolutional import FullyConvolutionalSettings
from inchify.models.dense.layout import Period
from inchify.models.dense.network import DenseSettings
from inchify.synthetic.pages import PageSettings
from inchify.tasks.molecule_graph.settings import DistillationSettings
from inchify.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class RegionDataSettings:
    """Settings of the crops of synthetic pages.

    A batch holds ``crops`` of ``canvas`` pixels square at about ``dots_per_inch``; each drawn page
    gives ``crops_per_page`` of them, and the crops of ``pool`` batches are shuffled. ``epoch``
    batches are an epoch (there is no end of pages). ``scale_low`` to ``scale_high``: how much
    larger or smaller than at ``dots_per_inch`` a crop is.
    """

    molecules: str = "input/sample/molecules.smi.gz"
    max_atoms: int = 45
    page: PageSettings = field(default_factory=PageSettings)
    degrade: DegradeSettings = field(
        default_factory=lambda: DegradeSettings(clean=0.3, rough=0.1, breaks=0.1, specks=0.1)
    )
    loader: LoaderSettings = field(default_factory=LoaderSettings)
    dots_per_inch: int = 100
    canvas: int = 448
    crops: int = 5
    crops_per_page: int = 5
    pool: int = 4
    epoch: int = 1000
    scale_low: float = 0.75
    scale_high: float = 1.35

    def __post_init__(self) -> None:
        if self.canvas < 64 or self.canvas % 32:
            raise ValueError(f"'canvas' is {self.canvas}; it must be a multiple of 32, at least 64")
        for name in ("crops", "crops_per_page", "pool", "epoch", "max_atoms"):
            if getattr(self, name) < 1:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be at least 1")
        if not 0.2 <= self.scale_low <= self.scale_high <= 5:
            raise ValueError("'scale_low' and 'scale_high' must be in order and from .2 to 5")
        if self.epoch % self.pool:
            raise ValueError(f"'epoch' is {self.epoch}; it must be a multiple of {self.pool}")


@dataclass(frozen=True, kw_only=True)
class RegionLossSettings:
    """Weights of the maps' losses; ``auxiliary`` is the weight of the third stage's four maps."""

    position: float = 1.0
    shape: float = 1.0
    offset: float = 0.3
    foreground: float = 1.0
    auxiliary: float = 0.4


@dataclass(frozen=True, kw_only=True)
class RegionSettings:
    """One experiment. ``seed`` determines the initial weights and every page; ``validation``:
    number of validation pages, always the same ones.

    ``period``: 360 where a drawing has an upper side, 180 where only its axis counts (the seed's
    doubled angle). ``baseline`` puts the small network that came before in ``network``'s place.
    ``backbone_from``: weights of a graph reader whose backbone this one begins with.
    """

    task: Literal["regions"] = "regions"
    seed: int = 0
    network: DenseSettings = field(default_factory=DenseSettings)
    baseline: FullyConvolutionalSettings | None = None
    backbone_from: str | None = None
    period: Period = 360
    data: RegionDataSettings = field(default_factory=RegionDataSettings)
    losses: RegionLossSettings = field(default_factory=RegionLossSettings)
    distillation: DistillationSettings | None = None
    validation: int = 24
    training: TrainingSettings

    def __post_init__(self) -> None:
        if self.validation < 1:
            raise ValueError(f"'validation' is {self.validation}; it must be at least 1")
        if self.baseline is not None and self.data.canvas % 96:
            raise ValueError(
                f"'canvas' is {self.data.canvas}; with 'baseline' it must be a multiple of 96"
            )


def load_region_settings(path: Path, assignments: Sequence[str] = ()) -> RegionSettings:
    """Load a configuration file with its bases and ``key=value`` overrides."""
    return config.load(path, RegionSettings, assignments)
