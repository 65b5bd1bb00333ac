"""The label task: drawings that depend on nothing but their place, a training, a reader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from inchify import config
from inchify.chem.abbreviations import ALPHABET, random_label
from inchify.readers.label import LabelReader
from inchify.synth.label_pictures import draw_label
from inchify.tasks.label import (
    LabelSettings,
    LabelTask,
    build_label_network,
    load_label_settings,
    train_label,
)
from inchify.tasks.label_data import decoded, encoded, label_batch, prepared
from inchify.training.checkpoint import export_weights

CONFIGS = Path(__file__).parents[2] / "configs"
TINY = CONFIGS / "tiny" / "text_label.yaml"


def tiny_task() -> LabelTask:
    settings = load_label_settings(TINY)
    return LabelTask(settings, build_label_network(settings))


def test_configurations_build_and_survive_a_dump() -> None:
    for path in (TINY, CONFIGS / "text" / "label.yaml"):
        settings = load_label_settings(path)
        assert config.build(LabelSettings, config.to_dict(settings)) == settings


def test_every_letter_can_be_drawn_and_has_an_id() -> None:
    assert decoded(encoded(ALPHABET)) == ALPHABET
    assert draw_label(ALPHABET[:60], np.random.default_rng(0)).ink.max() > 200
    generator = np.random.default_rng(1)
    for letter in ALPHABET:
        assert draw_label(letter, generator).ink.max() > 0
    with pytest.raises(ValueError, match="alphabet"):
        encoded("C?")


def test_pictures_hold_the_whole_label() -> None:
    generator = np.random.default_rng(3)
    for _ in range(60):
        text = random_label(generator)
        picture = draw_label(text, generator)
        assert picture.ink.dtype == np.uint8 and picture.text == text
        assert 6.0 <= picture.capital <= 40.0
        small = prepared(picture.ink)
        assert small.shape[0] == 32 and 8 <= small.shape[1] <= 640


def test_batches_resume_in_the_middle_and_ranks_share_them() -> None:
    task = tiny_task()
    whole = list(task.batches(1, start=0, rank=0, world=1))
    assert len(whole) == task.epoch_steps(1, rank=0, world=1) == 8
    rest = list(task.batches(1, start=3, rank=0, world=1))
    assert [batch.image_ids for batch in rest] == [batch.image_ids for batch in whole[3:]]
    for one, other in zip(rest, whole[3:], strict=True):
        assert torch.equal(one.images_BCHW, other.images_BCHW)
    halves = [list(task.batches(1, start=0, rank=rank, world=2)) for rank in (0, 1)]
    assert len(halves[0]) == len(halves[1]) == task.epoch_steps(1, rank=1, world=2)
    together = sorted(batch.image_ids for half in halves for batch in half)
    assert together == sorted(batch.image_ids for batch in whole)


def test_validation_of_two_ranks_adds_up_to_that_of_one() -> None:
    task = tiny_task()
    network = task.network.eval()
    with torch.no_grad():
        one = task.validate(network, batches=None, rank=0, world=1)
        two = [task.validate(network, batches=None, rank=rank, world=2) for rank in (0, 1)]
    for name, (total, count) in one.items():
        assert count == two[0][name][1] + two[1][name][1]
        assert total == pytest.approx(two[0][name][0] + two[1][name][0], rel=1e-4)


def test_the_loss_counts_letters_and_falls() -> None:
    task = tiny_task()
    generator = np.random.default_rng(0)
    texts = ("OMe", "NH2", "CO2H", "Cl")
    labels = [(prepared(draw_label(text, generator).ink), text) for text in texts]
    batch = label_batch(labels)
    assert task.count(batch) == sum(map(len, texts)) == task.loss(task.network, batch).count
    optimiser = torch.optim.Adam(task.network.parameters(), 0.01)
    losses = []
    for _ in range(30):
        loss = task.loss(task.network, batch)
        optimiser.zero_grad()
        (loss.total / loss.count).backward()
        optimiser.step()
        losses.append(float(loss.total.detach()) / loss.count)
    assert losses[-1] < 0.7 * losses[0]


def test_a_training_gives_a_reader(tmp_path: Path) -> None:
    summary = train_label(TINY, tmp_path / "run", progress=False)
    assert summary["finished"] and set(summary["scores"]) == {"nll", "character_error", "exact"}
    export_weights(tmp_path / "run", tmp_path / "weights")
    reader = LabelReader.load(tmp_path / "weights")
    generator = np.random.default_rng(2)
    crops = [draw_label(text, generator).ink for text in ("OMe", "CO2Et", "NHBoc")]
    crops.append(np.zeros((20, 30), np.uint8))
    read = reader.read(crops)
    assert len(read) == 4 and read[3] == ("", 0.0)
    assert all(set(text) <= set(ALPHABET) and 0.0 <= sure <= 1.0 for text, sure in read)
    alone = [reader.read([crop])[0] for crop in crops]
    for (text, sure), (other, sure_alone) in zip(read, alone, strict=True):
        assert text == other and sure == pytest.approx(sure_alone, abs=1e-4)
    assert reader.read([]) == []


def test_other_weights_are_refused(tmp_path: Path) -> None:
    from inchify.training.folders import write_folder

    write_folder(
        tmp_path / "other",
        {"weights.safetensors": {}, "description.json": {"task": {"task": "sequence"}}},
    )
    with pytest.raises(ValueError, match="a label reader is needed"):
        LabelReader.load(tmp_path / "other")
