"""Settings of a bond classifier's training configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from inchify import config
from inchify.models.bond_patch import BondPatchSettings
from inchify.tasks.molecule_graph.settings import GraphDataSettings
from inchify.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class BondKindDataSettings:
    """Settings of the training patches.

    ``drawings``: molecules, styles, damage and resolution (``bond_low`` to ``bond_high``: pixels a
    bond). ``pictures`` in a batch, ``epoch`` batches in an epoch. ``empty``: pairs of atoms without
    a bond for each bond. ``jitter``: how far ends are moved, in bond lengths (one standard
    deviation), for a reader places atoms no better.
    """

    drawings: GraphDataSettings = field(
        default_factory=lambda: GraphDataSettings(
            bond_low=16.0, bond_high=56.0, wide=0.0, stretch=0.0
        )
    )
    pictures: int = 16
    epoch: int = 1000
    empty: float = 0.5
    jitter: float = 0.035

    def __post_init__(self) -> None:
        for name in ("pictures", "epoch"):
            if getattr(self, name) < 1:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be at least 1")
        for name in ("empty", "jitter"):
            if getattr(self, name) < 0:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be 0 or more")


@dataclass(frozen=True, kw_only=True)
class BondKindSettings:
    """One experiment. ``seed`` determines the initial weights and every drawing; ``validation``:
    number of validation drawings, always the same ones."""

    task: Literal["bond_kind"] = "bond_kind"
    seed: int = 0
    network: BondPatchSettings = field(default_factory=BondPatchSettings)
    data: BondKindDataSettings = field(default_factory=BondKindDataSettings)
    validation: int = 200
    training: TrainingSettings


def load_bond_kind_settings(path: Path, assignments: Sequence[str] = ()) -> BondKindSettings:
    """Load a configuration file with its bases and ``key=value`` overrides."""
    return config.load(path, BondKindSettings, assignments)
