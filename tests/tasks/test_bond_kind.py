"""Patches along bonds: what they show, what they are called, and that a network learns them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from inchify.chemistry.graph_assembly.assembly import AtomCandidates, BondCandidates
from inchify.chemistry.symbols import ATOM_CLASSES, BOND_KINDS, CHARGES, HYDROGENS, ISOTOPES
from inchify.cli.jobs import train_job
from inchify.data.strokes.bond_patches import (
    ACROSS,
    ALONG,
    BACK,
    FINEST_BOND,
    NONE,
    PATCH_KINDS,
    bond_patches,
    scalar_features,
)
from inchify.readers.bonds.bond_check import BondChecker, BondCheckSettings
from inchify.readers.networks import LoadedBondClassifier
from inchify.readers.views.coordinates import Frame
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.tasks.bond_kind.data import BondPatchBatch, BondPatchSource, picture_patches
from inchify.tasks.bond_kind.settings import BondKindDataSettings, load_bond_kind_settings
from inchify.tasks.bond_kind.task import (
    BondKindTask,
    build_bond_kind_network,
    load_bond_kind_network,
)
from inchify.tasks.molecule_graph.pictures import TrainingPicture
from inchify.training.trainer import fit
from inchify.types import GraphAtom, GraphBond, LossSum, MoleculeGraph

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "input" / "sample" / "molecules.smi.gz"
WHOLE = Frame((1.0, 1.0), 0.0)
STILL = BondKindDataSettings(jitter=0.0, empty=0.0)


def wedge_picture(angle: float, unit: float = 40.0) -> TrainingPicture:
    """One solid wedge with its narrow end in the middle of the picture."""
    side = round(4 * unit)
    intensity = np.zeros((side, side), np.uint8)
    begin = np.array((side / 2, side / 2))
    way = np.array((np.cos(angle), np.sin(angle)))
    end, aside = begin + unit * way, 0.12 * unit * np.array((-way[1], way[0]))
    corners = np.rint(np.stack([begin, end + aside, end - aside]) * 16).astype(np.int32)
    cv2.fillConvexPoly(intensity, corners, 255, cv2.LINE_AA, 4)
    atoms = (GraphAtom(*begin.tolist()), GraphAtom(*end.tolist()))
    graph = MoleculeGraph(atoms, (GraphBond(0, 1, "wedge"),))
    return TrainingPicture(intensity, graph, "", "own", "")


@pytest.mark.parametrize("angle", [0.0, 0.7, 2.0, -2.5])
def test_a_wedge_grows_in_its_patch_and_is_named_by_its_direction(angle: float) -> None:
    named = set()
    for seed in range(8):
        generator = np.random.default_rng(seed)
        patches, _, kinds = picture_patches(wedge_picture(angle), STILL, generator)
        name = PATCH_KINDS[int(kinds[0])]
        named.add(name)
        columns = patches[0].astype(float).sum(axis=0)
        left, right = columns[: ALONG // 2].sum(), columns[ALONG // 2 :].sum()
        assert (left < right) == (name == "wedge")
    assert named == {"wedge", "wedge" + BACK}


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.5])
def test_patches_hardly_depend_on_the_resolution(scale: float) -> None:
    unit = 40.0
    large = wedge_picture(0.3, unit * scale)
    one = picture_patches(large, STILL, np.random.default_rng(1))[0][0].astype(float)
    other = picture_patches(wedge_picture(0.3, unit), STILL, np.random.default_rng(1))[0][0]
    assert np.abs(one - other).mean() < 12
    assert scale * unit > FINEST_BOND or one.shape == (ACROSS, ALONG)


def test_no_bonds_give_no_patches() -> None:
    assert bond_patches(np.zeros((9, 9), np.uint8), np.zeros((0, 4)), 16.0).shape == (
        0,
        ACROSS,
        ALONG,
    )


def test_batches_are_a_function_of_their_number() -> None:
    library = MoleculeLibrary.load(SAMPLE, max_atoms=20)
    data = BondKindDataSettings(pictures=2)
    first, again = (
        BondPatchSource(library, data, seed=3, epoch=1, numbers=range(4, 6)) for _ in range(2)
    )
    assert torch.equal(first[1].patches_BTA, again[1].patches_BTA)
    assert not torch.equal(first[0].kinds_B, first[1].kinds_B)
    kinds = {PATCH_KINDS[number] for number in first[0].kinds_B.tolist()}
    assert NONE in kinds and "single" in kinds


FOREGROUND_LEVEL = np.zeros((40, 60), np.uint8)
FOREGROUND_LEVEL[18:22, 10:40] = 255


class _Says:
    """A classifier that finds every bond of one kind, with so many nats before the others."""

    def __init__(self, kind: str, nats: float) -> None:
        self.logits_K = np.array([nats * (name == kind) for name in PATCH_KINDS], np.float32)

    def logits(self, patches_BTA: np.ndarray, features_BX: np.ndarray) -> np.ndarray:
        return np.tile(self.logits_K, (len(patches_BTA), 1))


def candidates() -> tuple[AtomCandidates, BondCandidates]:
    """Two atoms and a single bond between them that the dense network is fairly sure of."""
    sizes = (len(ATOM_CLASSES), len(CHARGES), len(HYDROGENS), len(ISOTOPES))
    heads = [np.full((2, size), -np.log(size)) for size in sizes]
    spots = np.array([(10.0, 20.0), (40.0, 20.0)])
    atoms = AtomCandidates(spots, np.ones(2), *heads, np.zeros((2, 4)))
    chances = np.full(1 + len(BOND_KINDS), 0.01)
    chances[1 + BOND_KINDS.index("single")] = 1 - 0.01 * len(BOND_KINDS)
    return atoms, BondCandidates(np.array([[0, 1]]), np.log(chances)[None], np.array([0.5]))


def checker(kind: str, nats: float, settings: BondCheckSettings | None = None) -> BondChecker:
    network = _Says(kind, nats)
    shares = np.full(len(PATCH_KINDS), 1.0 / len(PATCH_KINDS), np.float32)
    return BondChecker(LoadedBondClassifier({}, "none", network, PATCH_KINDS, shares), settings)


@pytest.mark.parametrize(("kind", "ahead"), [("hash", True), ("hash" + BACK, False)])
def test_the_check_changes_kind_and_direction(kind: str, ahead: bool) -> None:
    atoms, bonds = candidates()
    found = checker(kind, 9.0).checked(FOREGROUND_LEVEL, atoms, bonds, WHOLE)
    chances = np.exp(found.log_kind_BK[0])
    assert chances.sum() == pytest.approx(1.0)
    assert BOND_KINDS[chances[1:].argmax()] == "hash"
    assert (found.forward_B[0] > 0.9) == ahead and (found.forward_B[0] < 0.1) != ahead


def test_a_check_of_no_strength_changes_nothing() -> None:
    atoms, bonds = candidates()
    settings = BondCheckSettings(strength=0.0)
    found = checker("hash", 9.0, settings).checked(FOREGROUND_LEVEL, atoms, bonds, WHOLE)
    assert np.allclose(found.log_kind_BK, bonds.log_kind_BK)
    assert np.allclose(found.forward_B, bonds.forward_B)


def test_where_nothing_is_drawn_a_bond_is_unlikely() -> None:
    atoms, bonds = candidates()
    paper = np.where(np.arange(60) < 15, FOREGROUND_LEVEL, 0).astype(np.uint8)
    (found_K,) = checker("hash", 9.0).checked(paper, atoms, bonds, WHOLE).log_kind_BK
    (before_K,) = bonds.log_kind_BK
    assert found_K[0] - before_K[0] > 1.0
    assert np.allclose(np.diff(found_K[1:]), np.diff(before_K[1:]))


def test_a_step_whose_loss_is_not_finite_is_skipped_and_logged(tmp_path: Path) -> None:
    class Broken(BondKindTask):
        def loss(self, network: torch.nn.Module, batch: BondPatchBatch) -> LossSum:
            loss = super().loss(network, batch)
            return replace(loss, total=loss.total * torch.nan)

    assignments = [f"data.drawings.molecules={SAMPLE}", "training.steps=1", "training.warmup=0"]
    settings = load_bond_kind_settings(ROOT / "configs" / "tiny" / "bond_kind.yaml", assignments)
    task = Broken(settings, build_bond_kind_network(settings))
    summary = fit(task, settings.training, tmp_path, progress=False)
    assert summary["skipped"] == 1
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    (skipped,) = [line for line in lines if line["event"] == "skipped"]
    assert set(skipped["image_ids"]) <= set(PATCH_KINDS)


def test_measures_tell_resolution_and_length() -> None:
    found = scalar_features(np.array([(0.0, 0.0, 64.0, 0.0)]), 32.0)
    assert found.tolist() == [[0.0, pytest.approx(np.log(2.0))]]


def test_a_tiny_training_ends_and_its_weights_load(tmp_path: Path) -> None:
    config = ROOT / "configs" / "tiny" / "bond_kind.yaml"
    assignments = [f"data.drawings.molecules={SAMPLE}"]
    train_job(config, tmp_path / "run", None, None, assignments=assignments, progress=False)
    loaded = load_bond_kind_network(tmp_path / "run")
    assert loaded.kinds == PATCH_KINDS
    assert loaded.network.share_K.sum() == pytest.approx(1.0, abs=1e-4)
    # single bonds are met more often than one kind in all
    assert loaded.network.share_K[PATCH_KINDS.index("single")] > 1.5 / len(PATCH_KINDS)
