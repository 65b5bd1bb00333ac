"""Settings of a graph reader's training configuration (configs/graph/)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from inchify import config
from inchify.data.dataset import LoaderSettings
from inchify.data.degrade import DegradeSettings
from inchify.models.dense.network import DenseSettings
from inchify.synthetic.style_mix import StyleMix
from inchify.tasks.molecule_graph.loss import GraphLossSettings
from inchify.tasks.molecule_graph.real_pictures import RealPictureSettings
from inchify.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class GraphDataSettings:
    """Settings of the training canvases.

    ``canvas`` pixels square, ``canvases`` in a batch, ``epoch`` batches in an epoch (there is no
    end of drawings). ``bond_low`` to ``bond_high``: pixels a bond at the network's scale; a share
    of ``wide`` is drawn from ``wide_low`` to ``wide_high`` instead, so that the length map can tell
    a wrong scale. ``stretch``: how much the two directions may differ in scale. ``no_molecule``:
    the share of pictures that show none, whose maps are empty. ``real``: annotated real pictures
    with their shares. ``drawing_uses``: number of batches that reuse the same drawings, each time
    rescaled and degraded anew, which saves drawing time.
    """

    molecules: str = "input/sample/molecules.smi.gz"
    max_atoms: int = 60
    styles: StyleMix = field(default_factory=StyleMix)
    degrade: DegradeSettings = field(default_factory=DegradeSettings)
    loader: LoaderSettings = field(default_factory=LoaderSettings)
    canvas: int = 320
    canvases: int = 10
    epoch: int = 1000
    bond_low: float = 13.0
    bond_high: float = 20.0
    wide: float = 0.2
    wide_low: float = 8.0
    wide_high: float = 26.0
    stretch: float = 0.05
    no_molecule: float = 0.0
    real: tuple[RealPictureSettings, ...] = ()
    drawing_uses: int = 1

    def __post_init__(self) -> None:
        if self.canvas % 32 or self.canvas < 64:
            raise ValueError(f"'canvas' is {self.canvas}; it must be a multiple of 32, at least 64")
        for name in ("canvases", "epoch", "max_atoms", "drawing_uses"):
            if getattr(self, name) < 1:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be at least 1")
        if not 0 <= self.no_molecule < 1:
            raise ValueError(
                f"'no_molecule' is {self.no_molecule}; it must be at least 0 and below 1"
            )
        if self.no_molecule + sum(folder.share for folder in self.real) >= 1:
            raise ValueError("the shares of 'no_molecule' and 'real' leave no room for drawings")
        for low, high in (("bond_low", "bond_high"), ("wide_low", "wide_high")):
            if not 4 <= getattr(self, low) <= getattr(self, high) <= 100:
                raise ValueError(f"'{low}' and '{high}' must be in order and from 4 to 100")


@dataclass(frozen=True, kw_only=True)
class DistillationSettings:
    """A teacher's run or weights folder, the weight of its four maps (counted where the teacher
    sees a bond) and of the likeness of its features (Liu et al. 2019, structured distillation)."""

    teacher: str
    maps: float = 1.0
    features: float = 0.1


@dataclass(frozen=True, kw_only=True)
class GraphSettings:
    """One experiment. ``seed`` determines the initial weights and every drawing."""

    task: Literal["graph"] = "graph"
    seed: int = 0
    network: DenseSettings = field(default_factory=DenseSettings)
    subcells: int = 2
    data: GraphDataSettings = field(default_factory=GraphDataSettings)
    losses: GraphLossSettings = field(default_factory=GraphLossSettings)
    distillation: DistillationSettings | None = None
    validation: int = 200
    training: TrainingSettings


def load_graph_settings(path: Path, assignments: Sequence[str] = ()) -> GraphSettings:
    """Load a configuration file with its bases and ``key=value`` overrides."""
    return config.load(path, GraphSettings, assignments)
