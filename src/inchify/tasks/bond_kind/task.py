"""Training task of the bond classifier, which works at the picture's resolution.

The dense network sees pictures at some 16 pixels a bond, where the lines of a fine hashed bond are
one gray line; this network sees each bond as finely as the picture has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from inchify import config
from inchify.data.dataset import load_in_order
from inchify.data.strokes.bond_patches import ACROSS, ALONG, BACK, PATCH_KINDS, SCALAR_FEATURES
from inchify.models.bond_patch import BondPatchNetwork
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.tasks.bond_kind.data import BondPatchBatch, BondPatchSource, batch_of, picture_patches
from inchify.tasks.bond_kind.settings import BondKindSettings, load_bond_kind_settings
from inchify.tasks.molecule_graph.data import training_picture
from inchify.tasks.weights import load_task_weights
from inchify.training.restore import load_into
from inchify.training.settings import FitOptions
from inchify.training.trainer import fit
from inchify.types import LossSum

VALIDATION_SEED = 20_000_041


class BondKindTask:
    """Training task of the bond classifier (``Task`` protocol)."""

    def __init__(self, settings: BondKindSettings, network: BondPatchNetwork) -> None:
        self.settings, self.network = settings, network
        self.micro_batch = settings.data.pictures
        self._library: MoleculeLibrary | None = None
        self._held_out: list[BondPatchBatch] | None = None

    @property
    def library(self) -> MoleculeLibrary:
        """The molecules to train on, read when first needed."""
        if self._library is None:
            self._library = self._load(held_back=False)
        return self._library

    def _load(self, *, held_back: bool) -> MoleculeLibrary:
        drawings = self.settings.data.drawings
        return MoleculeLibrary.load(
            Path(drawings.molecules), held_back=held_back, max_atoms=drawings.max_atoms
        )

    def describe(self) -> dict[str, Any]:
        """Settings that rebuild the network and identify its training data."""
        settings = config.to_dict(self.settings)
        for part in ("training", "validation"):
            settings.pop(part)
        settings["data"].pop("epoch")
        for part in ("loader", "molecules", "epoch"):
            settings["data"]["drawings"].pop(part)
        return {"task": "bond_kind", "settings": settings, "kinds": list(PATCH_KINDS)}

    def epoch_steps(self, epoch: int, *, rank: int, world: int) -> int:
        return self.settings.data.epoch // world

    def batches(self, epoch: int, *, start: int, rank: int, world: int) -> Iterator[BondPatchBatch]:
        data = self.settings.data
        steps = self.epoch_steps(0, rank=0, world=1)
        numbers = range(start * world + rank, steps, world)
        source = BondPatchSource(
            self.library, data, seed=self.settings.seed, epoch=epoch, numbers=numbers
        )
        return load_in_order(source, data.drawings.loader, epoch=epoch, start=start)

    def count(self, batch: BondPatchBatch) -> int:
        return len(batch)

    def loss(self, network: nn.Module, batch: BondPatchBatch) -> LossSum:
        logits_BK = network(batch.patches_BTA.float() / 255.0, batch.features_BX, batch.kinds_B)
        total = functional.cross_entropy(logits_BK, batch.kinds_B, reduction="sum")
        right = (logits_BK.argmax(dim=1) == batch.kinds_B).sum()
        return LossSum(total=total, count=len(batch), logs={"right": right.detach()})

    def validate(
        self, network: nn.Module, *, batches: int | None, rank: int, world: int
    ) -> dict[str, tuple[float, int]]:
        """Accuracy over all patches and for each kind."""
        sums = {"right": (0.0, 0)}
        device = next(network.parameters()).device
        for on_host in self._validation_batches()[:batches][rank::world]:
            batch = on_host.to(device)
            logits_BK = network(batch.patches_BTA.float() / 255.0, batch.features_BX)
            right_B = logits_BK.argmax(dim=1) == batch.kinds_B
            for number, kind in enumerate(PATCH_KINDS):
                of_kind_B = batch.kinds_B == number
                for name in ("right", f"right_{kind.removesuffix(BACK)}"):
                    total, count = sums.get(name, (0.0, 0))
                    hits = float(right_B[of_kind_B].sum())
                    sums[name] = (total + hits, count + int(of_kind_B.sum()))
        return {name: pair for name, pair in sums.items() if pair[1]}

    def _validation_batches(self) -> list[BondPatchBatch]:
        if self._held_out is None:
            library, data = self._load(held_back=True), self.settings.data
            batches = []
            for number in range(self.settings.validation):
                generator = np.random.default_rng([VALIDATION_SEED, number])
                picture = training_picture(library, data.drawings, generator)
                if picture.graph.bonds:
                    batches.append(batch_of([picture_patches(picture, data, generator)]))
            self._held_out = batches
        return self._held_out

    def better(self, new: dict[str, float], old: dict[str, float] | None) -> bool:
        return old is None or new["right"] >= old["right"]


def build_bond_kind_network(
    settings: BondKindSettings, kinds: int = len(PATCH_KINDS)
) -> BondPatchNetwork:
    """Build the network of a configuration with random initial weights."""
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        return BondPatchNetwork(settings.network, (ACROSS, ALONG), SCALAR_FEATURES, kinds)


def train_bond_kind(
    path: Path,
    output: Path,
    *,
    assignments: Sequence[str] = (),
    **options: Unpack[FitOptions],
) -> dict[str, Any]:
    """Train the configuration of a file; returns the trainer's summary."""
    settings = load_bond_kind_settings(path, assignments)
    task = BondKindTask(settings, build_bond_kind_network(settings))
    return fit(task, settings.training, output, **options)


@dataclass(frozen=True)
class LoadedBondKindNetwork:
    """A network for reading; ``kinds`` names its classes, ``digest`` its weights."""

    network: BondPatchNetwork
    kinds: tuple[str, ...]
    digest: str


def load_bond_kind_network(folder: Path) -> LoadedBondKindNetwork:
    """Load a trained bond classifier for inference.

    Args:
        folder: A checkpoint, run or weights folder.

    Returns:
        The network in evaluation mode, with its classes.

    Raises:
        ValueError: The folder is damaged (CheckpointError) or not of a bond classifier.
    """
    weights = load_task_weights(folder, "bond_kind")
    settings = config.build(BondKindSettings, weights.settings)
    kinds = tuple(weights.task["kinds"])
    network = build_bond_kind_network(settings, len(kinds))
    load_into(network, weights.tensors, folder)
    return LoadedBondKindNetwork(network.eval(), kinds, weights.digest)
