"""The sequence task: what it counts, how it is shared by ranks, and how it comes back from disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from inchify.tasks.sequence.settings import load_settings
from inchify.tasks.sequence.task import SequenceTask, load_network, make_task, train_fold
from inchify.training.checkpoint import export_weights

ROOT = Path(__file__).parents[2]
TINY = ROOT / "configs" / "tiny" / "cnn_transformer.yaml"
SHORT = ["training.steps=4", "training.warmup=1", "training.validate_every=4"]


def task_of(work: Path, fold: int = 0, *changes: str) -> SequenceTask:
    return make_task(load_settings(TINY, changes), work, fold=fold)


def test_folds_part_the_pictures(work: Path) -> None:
    seen = {}
    for fold in (0, 1, 2, -1):
        task = task_of(work, fold)
        batches = task.batches(0, start=0, rank=0, world=1)
        seen[fold] = sorted(name for batch in batches for name in batch.image_ids)
        assert len(set(seen[fold])) == len(seen[fold])
    assert all(set(seen[fold]) < set(seen[-1]) for fold in (0, 1, 2))
    assert sorted(seen[0] + seen[1] + seen[2]) == sorted(2 * seen[-1])


def test_batches_resume_in_the_middle_and_ranks_share_them(work: Path) -> None:
    task = task_of(work)
    whole = list(task.batches(1, start=0, rank=0, world=1))
    rest = list(task.batches(1, start=2, rank=0, world=1))
    assert [batch.image_ids for batch in rest] == [batch.image_ids for batch in whole[2:]]
    for one, other in zip(rest, whole[2:], strict=True):
        assert torch.equal(one.images_BCHW, other.images_BCHW)
    assert task.epoch_steps(1, rank=0, world=1) == len(whole)
    halves = [list(task.batches(1, start=0, rank=rank, world=2)) for rank in (0, 1)]
    assert len(halves[0]) == len(halves[1]) == task.epoch_steps(1, rank=1, world=2)
    together = sorted(name for half in halves for batch in half for name in batch.image_ids)
    assert together == sorted(name for batch in whole for name in batch.image_ids)


def test_count_is_what_the_loss_says(work: Path) -> None:
    task = task_of(work)
    batch = next(task.batches(0, start=0, rank=0, world=1))
    loss = task.loss(task.network.eval(), batch)
    assert loss.count == task.count(batch)
    assert batch.ids_BL is not None
    assert loss.count == int((batch.ids_BL[:, 1:] != 0).sum())


def test_validation_of_two_ranks_adds_up_to_that_of_one(work: Path) -> None:
    task = task_of(work)
    network = task.network.eval()
    with torch.no_grad():
        one = task.validate(network, batches=None, rank=0, world=1)
        two = [task.validate(network, batches=None, rank=rank, world=2) for rank in (0, 1)]
    for name, (total, count) in one.items():
        assert count == two[0][name][1] + two[1][name][1]
        assert total == pytest.approx(two[0][name][0] + two[1][name][0], rel=1e-4)


def test_checkpoint_rebuilds_the_network(work: Path, tmp_path: Path) -> None:
    train_fold(TINY, work, tmp_path / "run", assignments=SHORT, progress=False)
    loaded = load_network(tmp_path / "run" / "best")
    task = task_of(work)
    assert loaded.tokenizer.vocabulary.digest == task.tokenizer.vocabulary.digest
    assert loaded.settings.data.pictures == task.settings.data.pictures
    batch = next(task.batches(0, start=0, rank=0, world=1))
    with torch.no_grad():
        first = loaded.network(batch.images_BCHW, batch.sizes_B2, batch.ids_BL)
        again = load_network(tmp_path / "run").network(
            batch.images_BCHW, batch.sizes_B2, batch.ids_BL
        )
    assert torch.equal(first, again)
    small = export_weights(tmp_path / "run", tmp_path / "small")
    assert (small / "weights.safetensors").stat().st_size < 0.6 * (
        tmp_path / "run" / "best" / "weights.safetensors"
    ).stat().st_size
    with torch.no_grad():
        near = load_network(small).network(batch.images_BCHW, batch.sizes_B2, batch.ids_BL)
    assert torch.allclose(first, near, atol=0.05)
    assert load_network(tmp_path / "run").digest == loaded.digest != load_network(small).digest


def test_second_phase_starts_from_the_first(work: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    train_fold(TINY, work, first, assignments=[*SHORT, "data.max_length=60"], progress=False)
    still = [*SHORT, "training.learning_rate=1e-12"]
    train_fold(TINY, work, second, assignments=still, init_from=first, progress=False)
    before = load_network(first).network.state_dict()
    after = load_network(second).network.state_dict()
    weights = [
        name for name in before if before[name].is_floating_point() and "running" not in name
    ]
    assert all(torch.allclose(before[name], after[name], atol=1e-6) for name in weights)


def test_wrong_folders_and_folds_are_named(work: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="preprocess"):
        task_of(tmp_path)
    with pytest.raises(ValueError, match="fold"):
        task_of(work, 7)
    with pytest.raises(ValueError, match="no picture to train on"):
        task_of(work, 0, "data.max_length=3")


def test_better_follows_the_watched_score(work: Path) -> None:
    task = task_of(work)
    old = {"levenshtein": 5.0, "nll": 1.0}
    assert task.better({"levenshtein": 4.0, "nll": 2.0}, old)
    assert not task.better({"levenshtein": 5.0, "nll": 0.5}, old)
    task.settings = replace(
        task.settings, validation=replace(task.settings.validation, watch="nll")
    )
    assert task.better({"levenshtein": 5.0, "nll": 0.5}, old)


BARE = """
import sys
import time
sys.modules.update(dict.fromkeys({missing}))
from inchify.cli.main import main
main({words})
"""


def test_trains_where_chemistry_and_augmentation_are_not_installed(
    work: Path, tmp_path: Path
) -> None:
    missing = {"rdkit", "indigo", "albumentations", "Levenshtein", "rapidfuzz", "sklearn", "dask"}
    missing |= {"distributed", "tensorboard"}
    words = ["train", str(TINY), "--data", str(work), "--output", str(tmp_path / "run"), "--quiet"]
    for change in (*SHORT, "data.augment.geometry_chance=1.0"):
        words += ["--set", change]
    done = subprocess.run(
        [sys.executable, "-c", BARE.format(missing=missing, words=words)],
        capture_output=True,
        text=True,
        timeout=6000,
    )
    assert done.returncode == 0, done.stderr
    assert "albumentations is not installed" in done.stderr
    assert load_network(tmp_path / "run").description["step"] == 4


def test_token_noise_changes_inputs_and_never_targets(work: Path) -> None:
    task = task_of(work, 0, "token_noise=0.5")
    batch = next(task.batches(0, start=0, rank=0, world=1))
    assert batch.ids_BL is not None
    torch.manual_seed(1)
    noised = task._noised(batch.ids_BL)
    changed = noised != batch.ids_BL
    symbols = batch.ids_BL > 2
    assert 0.35 < changed[symbols].float().mean() < 0.65
    assert not changed[~symbols].any() and noised.min() >= 0
    assert task.loss(task.network, batch).count == task.count(batch)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_to_the_whole_group_saves_a_checkpoint(
    work: Path, tmp_path: Path, number: int, code: int
) -> None:
    words = ["train", TINY, "--data", work, "--output", tmp_path, "--set", "training.steps=100000"]
    words += ["--set", "data.loader.workers=2", "--set", "training.checkpoint_every=100000"]
    process = subprocess.Popen(
        [sys.executable, "-m", "inchify", *map(str, words)],
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = tmp_path / "log.jsonl"
    while process.poll() is None:
        if log.is_file() and '"validation"' in log.read_text():
            break
        time.sleep(0.1)
    os.killpg(process.pid, number)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == code, errors
    assert list((tmp_path / "checkpoints").glob("step-*")), errors
    assert "Traceback" not in errors
