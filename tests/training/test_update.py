"""One step: how it is cut into micro-batches does not matter, and nothing infinite gets in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.training.runs import log_lines, settings_of
from tests.training.toy import PAD, ToyTask

from inchify.training.checkpoint import latest, load, load_weights
from inchify.training.optimizer import build_optimizer
from inchify.training.processes import Processes
from inchify.training.trainer import TrainingFailed, fit
from inchify.training.update import StepResult, Updater
from inchify.types import Batch, LossSum


def one_step(batches: list[Batch], **changes: Any) -> tuple[StepResult, ToyTask, Updater]:
    task = ToyTask(dropout=0.0, statistics=False)
    # the gradient of a key's bias is zero but for rounding, which Adam would blow up to full size
    settings = settings_of(epsilon=1e-5, **changes)
    processes = Processes(settings)
    network = processes.wrap(task.network)
    optimizer = build_optimizer(task.network, settings)
    updater = Updater(
        task,
        network,
        optimizer,
        processes,
        schedule=lambda step: 1.0,
        clip_norm=settings.clip_norm,
        averaging=None,
    )
    return updater.run(0, batches, meanwhile=lambda: None, flags=list), task, updater


def cut(whole: Batch, *ends: int) -> list[Batch]:
    """Parts of a batch, each padded no further than its own longest caption."""
    parts = []
    for start, end in zip((0, *ends), (*ends, len(whole)), strict=True):
        rows = slice(start, end)
        longest = int(whole.lengths_B[rows].max())
        parts.append(
            Batch(
                whole.image_ids[rows],
                whole.images_BCHW[rows],
                whole.sizes_B2[rows],
                whole.ids_BL[rows, :longest],
                whole.lengths_B[rows],
            )
        )
    return parts


def test_micro_batches_of_unequal_length_equal_one_batch() -> None:
    whole = ToyTask(pictures=12).make(3)
    assert len(set(whole.lengths_B.tolist())) > 5
    results = []
    for ends in ((), (6,), (3, 4, 11)):
        result, task, _ = one_step(cut(whole, *ends), clip_norm=0.1)
        results.append((result, task.network.state_dict()))
    (first, weights), *others = results
    assert first.norm > 0.1 and first.count == whole.tokens
    for result, other_weights in others:
        assert result.count == first.count and result.pictures == 12
        assert result.norm == pytest.approx(first.norm, rel=1e-5)
        assert result.sums == pytest.approx(first.sums, rel=1e-5)
        for name, weight in weights.items():
            assert (weight - other_weights[name]).abs().max() < 1e-5, name


def test_a_mean_of_means_would_be_another_step() -> None:
    """The figure behind dividing by the tokens of the whole step."""
    parts = [ToyTask(pictures=4).make(number) for number in (2, 3)]
    assert parts[0].tokens != parts[1].tokens
    gradients = []
    for by_tokens in (True, False):
        task = ToyTask(dropout=0.0, statistics=False)
        for part in parts:
            loss = task.loss(task.network, part)
            share = sum(p.tokens for p in parts) if by_tokens else 2 * loss.count
            (loss.total / share).backward()
        gradients.append(torch.cat([w.grad.flatten() for w in task.network.parameters()]))
    difference = (gradients[0] - gradients[1]).norm() / gradients[0].norm()
    assert difference > 0.05


def test_the_gradient_is_clipped_once_over_the_step() -> None:
    parts = [ToyTask().make(number) for number in range(3)]
    free, _, _ = one_step(parts, clip_norm=None)
    clipped, _, _ = one_step(parts, clip_norm=free.norm / 2)
    assert clipped.norm == pytest.approx(free.norm)


def test_a_step_that_is_not_finite_is_skipped(tmp_path: Path) -> None:
    """One bad micro-batch of three costs its step: nothing reaches weights, moments or average."""
    settings = settings_of(total_batch=12, steps=4, log_every=1, checkpoint_every=1, keep=9)
    task = ToyTask(broken=(7,))
    summary = fit(task, settings, tmp_path, progress=False)
    assert (summary["skipped"], summary["step"]) == (1, 4)
    (line,) = log_lines(tmp_path, "skipped")
    assert line["step"] == 3
    assert line["image_ids"] == [f"{number}-{row}" for number in (6, 7, 8) for row in range(4)]
    assert line["sums"]["loss"] == "nan"
    before, after = (load(tmp_path / "checkpoints" / f"step-0000000{n}") for n in (2, 3))
    for name, tensor in before.optimizer.items():
        assert torch.equal(tensor, after.optimizer[name]), name
    weights = [name for name in before.weights if "running" not in name and "num_" not in name]
    assert all(torch.equal(before.weights[name], after.weights[name]) for name in weights)
    losses = [line["loss"] for line in log_lines(tmp_path, "train")]
    assert str(losses[2]) == "nan" and all(loss > 0 for loss in (*losses[:2], losses[3]))
    assert all(tensor.isfinite().all() for tensor in load_weights(tmp_path)[1].values())


def test_too_many_in_a_row_end_the_run(tmp_path: Path) -> None:
    settings = settings_of(steps=10, skips_in_a_row=3, checkpoint_every=1)
    with pytest.raises(TrainingFailed, match=r"3 steps in a row \('skips_in_a_row'\).*6-0"):
        fit(ToyTask(broken=(2, 4, 5, 6)), settings, tmp_path, progress=False)
    assert len(log_lines(tmp_path, "skipped")) == 4
    assert load(latest(tmp_path)).state["step"] == 6


def test_miscounting_tasks_are_told() -> None:
    class Wrong(ToyTask):
        def count(self, batch: Batch) -> int:
            return batch.tokens + 1

    class Nothing(ToyTask):
        def count(self, batch: Batch) -> int:
            return 0

    for cls, message in ((Wrong, r"loss counted \d+, count\(\) said"), (Nothing, "count 0 in all")):
        with pytest.raises(ValueError, match=message):
            fit(cls(), settings_of(), Path("/nonexistent") / "never", progress=False)


def test_epochs_that_are_short_or_empty_are_told(tmp_path: Path) -> None:
    class Short(ToyTask):
        def batches(self, epoch: int, **place: Any) -> Iterator[Batch]:
            yield from list(super().batches(epoch, **place))[:2]

    with pytest.raises(ValueError, match=r"epoch 0 ended after 2 micro-batches; .* said 7"):
        fit(Short(), settings_of(), tmp_path / "short", progress=False)
    with pytest.raises(ValueError, match="epoch 0 has 0 micro-batches"):
        fit(ToyTask(epoch=0), settings_of(), tmp_path / "empty", progress=False)


def test_two_equal_runs_have_equal_losses(tmp_path: Path) -> None:
    for name in ("one", "two"):
        fit(ToyTask(), settings_of(steps=8, log_every=1), tmp_path / name, progress=False)
    assert log_lines(tmp_path / "one") == log_lines(tmp_path / "two")
    assert len(log_lines(tmp_path / "one", "train")) == 8


def test_total_batch_can_be_made_in_any_way(tmp_path: Path) -> None:
    """(8 x 1) = (4 x 2) = (2 x 4) pictures a step, over five steps."""
    weights = []
    for pictures in (8, 4, 2):

        @dataclass
        class Cut(ToyTask):
            size: int = pictures

            def batches(self, epoch: int, *, start: int, rank: int, world: int) -> Iterator[Batch]:
                parts = 8 // self.size
                whole = [self.make(number) for number in range(5)]
                cuts = [c for b in whole for c in cut(b, *range(self.size, 8, self.size))]
                assert len(cuts) == 5 * parts
                return iter(cuts[start:])

        task = Cut(epoch=5 * 8 // pictures, pictures=8, dropout=0.0, statistics=False)
        settings = settings_of(
            steps=5, total_batch=8, micro_batch=pictures, validate_every=None, epsilon=1e-5
        )
        folder = tmp_path / str(pictures)
        fit(task, settings, folder, progress=False)
        state = json.loads((latest(folder) / "state.json").read_text())
        assert (state["accumulation"], state["pictures"]) == (8 // pictures, 40)
        weights.append(load(latest(folder)).weights)
    for other in weights[1:]:
        for name, weight in weights[0].items():
            assert (weight - other[name]).abs().max() < 1e-5, name


def test_loss_that_needs_no_tokens(tmp_path: Path) -> None:
    """A task may count anything: here pictures."""

    class Pictures(ToyTask):
        def count(self, batch: Batch) -> int:
            return len(batch)

        def loss(self, network: torch.nn.Module, batch: Batch) -> LossSum:
            logits_BLV = network(batch.images_BCHW, batch.ids_BL)
            return LossSum(logits_BLV.square().mean((1, 2)).sum(), len(batch))

    summary = fit(Pictures(), settings_of(steps=3), tmp_path, progress=False)
    assert summary["tokens"] == summary["pictures"] == 12
    assert PAD == 0


def test_too_little_memory_says_what_to_lower(tmp_path: Path) -> None:
    class Large(ToyTask):
        def loss(self, network: torch.nn.Module, batch: Batch) -> LossSum:
            raise torch.OutOfMemoryError("CUDA out of memory")

    message = r"too little memory for step 0 \(largest micro-batch: \(4, 1, 4, 8\)\); make the"
    with pytest.raises(RuntimeError, match=message):
        fit(Large(), settings_of(), tmp_path, progress=False)


def test_half_precision_needs_a_gpu() -> None:
    with pytest.raises(ValueError, match="'precision' is 'fp16'; on cpu it must be fp32 or bf16"):
        Processes(settings_of(precision="fp16"))
    assert Processes(settings_of(precision="bf16")).world == 1
