"""The graph reader's task: batches are functions of their place, and a small network learns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from inchify.data.dataset import LoaderSettings
from inchify.models.dense.network import DenseSettings
from inchify.synthetic.bms_noise import rotate_clockwise
from inchify.synthetic.molecules.library import MoleculeLibrary, is_held_out
from inchify.synthetic.style_mix import StyleMix, draw_molecule
from inchify.tasks.molecule_graph.settings import GraphDataSettings, GraphSettings
from inchify.tasks.molecule_graph.task import (
    GraphTask,
    build_graph_network,
    load_graph_network,
    read_graph,
)
from inchify.training.settings import TrainingSettings
from inchify.training.trainer import fit

SAMPLE = Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz"
NARROW = {"channels": [8, 12, 16, 16], "layers": [1, 1, 1, 1], "stem_width": 4}


def settings(**changes: object) -> GraphSettings:
    data = GraphDataSettings(
        molecules=str(SAMPLE),
        canvas=192,
        canvases=1,
        epoch=3,
        loader=LoaderSettings(workers=0),
        styles=StyleMix(own=1.0, competition=1.0, rdkit=0.0, indigo=0.0),
    )
    plain = GraphSettings(
        network=DenseSettings(options=NARROW, channels=16, blocks=1, auxiliary_channels=8),
        data=data,
        validation=4,
        training=TrainingSettings(steps=3, batch_unit="pictures", learning_rate=2e-3),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def task(**changes: object) -> GraphTask:
    chosen = settings(**changes)
    return GraphTask(chosen, build_graph_network(chosen))


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_depend_on_their_place_alone(workers: int) -> None:
    loader = LoaderSettings(workers=workers)
    one = task(data=replace(settings().data, loader=loader))
    whole = list(one.batches(1, start=0, rank=0, world=1))
    again = list(task().batches(1, start=1, rank=0, world=1))
    assert len(whole) == one.epoch_steps(1, rank=0, world=1) == 3
    for first, second in zip(whole[1:], again, strict=True):
        assert first.image_ids == second.image_ids
        assert (first.images_BCHW == second.images_BCHW).all()
        assert (first.atom_labels_N4 == second.atom_labels_N4).all()


def test_two_ranks_share_an_epoch_without_overlap() -> None:
    data = replace(settings().data, epoch=4)
    whole = [b.image_ids for b in task(data=data).batches(0, start=0, rank=0, world=1)]
    halves = [
        [b.image_ids for b in task(data=data).batches(0, start=0, rank=rank, world=2)]
        for rank in (0, 1)
    ]
    assert halves[0] == whole[::2] and halves[1] == whole[1::2]


def test_the_count_is_known_before_and_each_loss_is_logged() -> None:
    one = task()
    batch = next(iter(one.batches(0, start=0, rank=0, world=1)))
    loss = one.loss(one.network.train(), batch)
    assert loss.count == one.count(batch) == batch.atoms > 5
    assert loss.total.item() == pytest.approx(sum(float(v) for v in loss.logs.values()), rel=1e-5)
    assert {"bond_pos", "atom_pos", "auxiliary", "bond_kind", "atom_class"} <= set(loss.logs)


def test_stopped_and_resumed_is_the_same_to_the_last_bit(tmp_path: Path) -> None:
    for name, stops in (("whole", [3]), ("parts", [1, 3])):
        for steps in stops:
            training = TrainingSettings(
                steps=steps, batch_unit="pictures", schedule="constant", threads=1
            )
            fit(task(training=training), training, tmp_path / name, progress=False)
    first, second = (
        load_graph_network(tmp_path / name).network.state_dict() for name in ("whole", "parts")
    )
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_it_learns_and_is_validated(tmp_path: Path) -> None:
    one = task(training=TrainingSettings(steps=25, batch_unit="pictures", learning_rate=4e-3))
    before = one.loss(one.network.train(), next(one.batches(0, start=0, rank=0, world=1)))
    summary = fit(one, one.settings.training, tmp_path, progress=False)
    after = one.loss(one.network.train(), next(one.batches(0, start=0, rank=0, world=1)))
    assert after.total.item() < 0.8 * before.total.item()
    assert {"exact", "levenshtein", "exact_own", "exact_competition"} <= set(summary["scores"])


def test_any_picture_is_read_to_some_graph() -> None:
    one = task()
    generator = np.random.default_rng(0)
    for intensity in (np.zeros((40, 60), np.uint8), generator.integers(0, 255, (90, 70), np.uint8)):
        graph = read_graph(one.network.eval(), one.layout, one.network.stride, intensity)
        places = range(len(graph.atoms))
        assert all(bond.begin in places and bond.end in places for bond in graph.bonds)


def test_what_is_held_back_is_never_trained_on() -> None:
    train = MoleculeLibrary.load(SAMPLE)
    held = MoleculeLibrary.load(SAMPLE, held_back=True)
    assert not set(train.entries) & set(held.entries)
    assert all(is_held_out(text) for text in held.entries)
    generator = np.random.default_rng(0)
    assert all(not is_held_out(train.draw(generator)) for _ in range(50))


def test_a_quarter_turn_takes_the_graph_along() -> None:
    drawn = draw_molecule("CCCCCCC(=O)Nc1ccccc1Cl", "competition", np.random.default_rng(1))
    turned = drawn.graph.turned(drawn.intensity.shape[0])
    intensity = rotate_clockwise(drawn.intensity > 127)
    for before, after in zip(drawn.graph.atoms, turned.atoms, strict=True):
        if before.box is None:
            continue
        left, top, right, bottom = (round(side) for side in after.box or ())
        box = [round(side) for side in before.box]
        own = (drawn.intensity > 127)[box[1] : box[3], box[0] : box[2]]
        assert (np.rot90(own, -1) == intensity[top:bottom, left:right]).mean() > 0.9
