"""Training data of the bond classifier: patches along the bonds of drawings, with their kinds.

Shape letters: B patches, T samples across a bond, A samples along it, X measures, K kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from inchify.chemistry.molecule_expansion import usual_bond
from inchify.data.strokes.bond_patches import (
    BACK,
    NONE,
    PATCH_KINDS,
    bond_patches,
    scalar_features,
)
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.tasks.batches import TensorBatch
from inchify.tasks.bond_kind.settings import BondKindDataSettings
from inchify.tasks.molecule_graph.data import training_picture
from inchify.tasks.molecule_graph.pictures import TrainingPicture
from inchify.types import MoleculeGraph

# Pairs without a bond are this far apart, in usual bond lengths.
NEAREST, FARTHEST = 0.5, 2.3
_NUMBER = {kind: number for number, kind in enumerate(PATCH_KINDS)}


@dataclass(frozen=True)
class BondPatchBatch(TensorBatch):
    """``patches_BTA`` uint8, 255 full foreground, begin at the left; ``features_BX`` float32;
    ``kinds_B`` int64, places in ``PATCH_KINDS``."""

    patches_BTA: torch.Tensor
    features_BX: torch.Tensor
    kinds_B: torch.Tensor

    def __len__(self) -> int:
        return len(self.kinds_B)

    @property
    def image_ids(self) -> tuple[str, ...]:
        """What names the patches in logs: their kinds."""
        return tuple(PATCH_KINDS[number] for number in self.kinds_B.tolist())

    @property
    def images_BCHW(self) -> torch.Tensor:
        return self.patches_BTA[:, None]

    @property
    def tokens(self) -> int:
        return len(self.kinds_B)


def picture_patches(
    picture: TrainingPicture, settings: BondKindDataSettings, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Patches (B, T, A), measures (B, X) and kinds (B,) of one drawing, bonds in either direction
    at random."""
    graph, unit = picture.graph, usual_bond(picture.graph)
    pairs = [(b.begin, b.end, _NUMBER[b.kind]) for b in graph.bonds]
    pairs += _empty_pairs(graph, unit, round(settings.empty * len(pairs)), generator)
    pairs = [_turned(*pair) if generator.random() < 0.5 else pair for pair in pairs]
    spots_A2 = np.array([(atom.x, atom.y) for atom in graph.atoms]).reshape(-1, 2)
    begin, end, kinds = np.array(pairs, np.int64).reshape(-1, 3).T
    ends_B4 = np.concatenate([spots_A2[begin], spots_A2[end]], axis=1)
    ends_B4 = ends_B4 + generator.normal(0.0, settings.jitter * unit, ends_B4.shape)
    return bond_patches(picture.intensity, ends_B4, unit), scalar_features(ends_B4, unit), kinds


def _turned(begin: int, end: int, kind: int) -> tuple[int, int, int]:
    name = PATCH_KINDS[kind]
    back = name + BACK
    return end, begin, _NUMBER.get(back, kind)


def _empty_pairs(
    graph: MoleculeGraph, unit: float, count: int, generator: np.random.Generator
) -> list[tuple[int, int, int]]:
    """Near pairs of atoms that no bond joins."""
    x = np.array([atom.x for atom in graph.atoms])
    y = np.array([atom.y for atom in graph.atoms])
    first, second = np.triu_indices(len(x), 1)
    apart = np.hypot(x[first] - x[second], y[first] - y[second])
    bondable = (apart > NEAREST * unit) & (apart < FARTHEST * unit)
    bonded = {frozenset((bond.begin, bond.end)) for bond in graph.bonds}
    pairs = [
        (a, b, _NUMBER[NONE])
        for a, b in zip(first[bondable].tolist(), second[bondable].tolist(), strict=True)
        if frozenset((a, b)) not in bonded
    ]
    picked = generator.permutation(len(pairs))[:count]
    return [pairs[place] for place in sorted(picked.tolist())]


def batch_of(parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> BondPatchBatch:
    """The patches of several pictures as one batch."""
    patches, scalars, kinds = (np.concatenate(column) for column in zip(*parts, strict=True))
    return BondPatchBatch(
        torch.from_numpy(patches), torch.from_numpy(scalars), torch.from_numpy(kinds)
    )


class BondPatchSource:
    """Place n is batch ``numbers[n]`` of one epoch, a function of (seed, epoch, number)."""

    def __init__(
        self,
        library: MoleculeLibrary,
        settings: BondKindDataSettings,
        *,
        seed: int,
        epoch: int,
        numbers: range,
    ) -> None:
        self.library, self.settings = library, settings
        self.seed, self.epoch, self.numbers = seed, epoch, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, place: int) -> BondPatchBatch:
        generator = np.random.default_rng([self.seed, self.epoch, self.numbers[place]])
        return batch_of(list(self._parts(generator)))

    def _parts(
        self, generator: np.random.Generator
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        made = 0
        while made < self.settings.pictures:
            picture = training_picture(self.library, self.settings.drawings, generator)
            if picture.graph.bonds:
                made += 1
                yield picture_patches(picture, self.settings, generator)
