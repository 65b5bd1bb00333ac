"""The training loop: from a task and settings to a trained network, checkpoints and logs."""

from __future__ import annotations

import json
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Generic

import torch

from inchify.config import to_dict
from inchify.training import checkpoint
from inchify.training.averaging import Averaging
from inchify.training.logs import ProgressLine, RunLog
from inchify.training.optimizer import build_optimizer
from inchify.training.processes import Processes
from inchify.training.restore import changed_settings, copies, restore, start_from, take_snapshot
from inchify.training.schedules import schedule_of
from inchify.training.settings import TrainingSettings, accumulation_of, duration_in_steps
from inchify.training.signals import StopRequested, StopSignals
from inchify.training.state import LoopState
from inchify.training.stream import BatchStream, StepBatches
from inchify.training.update import StepResult, Updater
from inchify.training.validation import validate
from inchify.types import AnyBatch, Task

FIRST_VALIDATION_BATCHES = 2


class TrainingFailed(RuntimeError):
    """The loss or the gradient was not finite for too many steps in a row."""


def fit(
    task: Task[AnyBatch],
    settings: TrainingSettings,
    folder: Path,
    *,
    init_from: Path | None = None,
    resume: bool = True,
    stop_after: float | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Train ``task.network`` in place.

    A resumed run equals the uninterrupted one to the last bit on a CPU with the same number of
    threads. SIGTERM and SIGINT save a checkpoint and raise SystemExit with 143 and 130.

    Args:
        task: The network with its data and loss.
        settings: Settings of the trainer.
        folder: The run folder, for checkpoints and logs.
        init_from: Weights to begin with where no checkpoint is resumed.
        resume: Continue from the latest checkpoint in ``folder``.
        stop_after: Seconds after which a checkpoint is saved and the call returns unfinished.
        progress: Show a progress line.

    Returns:
        A summary of the run as plain data.

    Raises:
        CheckpointError: A checkpoint is damaged, of another network or task, or not writable.
        ValueError: ``resume`` is off although there are checkpoints.
        TrainingFailed: The loss stays not finite.
    """
    processes = Processes(settings)
    with StopSignals() as signals:
        training = _Training(task, settings, Path(folder), processes, signals, stop_after)
        try:
            training.prepare(init_from, resume, progress)
            summary = training.run()
        finally:
            training.close()
    if summary["reason"] == "signal":
        raise SystemExit(128 + (signals.received or 15))
    return summary


class _Training(Generic[AnyBatch]):
    """One call of ``fit``: the components of the trainer and the loop over steps."""

    def __init__(
        self,
        task: Task[AnyBatch],
        settings: TrainingSettings,
        folder: Path,
        processes: Processes,
        signals: StopSignals,
        stop_after: float | None,
    ) -> None:
        self.task, self.settings, self.folder = task, settings, folder
        self.processes, self.signals, self.stop_after = processes, signals, stop_after
        self.began = self.saved_at = time.monotonic()
        self.slowest_step = self.save_seconds = self.seconds_before = 0.0
        self.log: RunLog | None = None
        self.progress: ProgressLine | None = None
        self.stream: BatchStream[AnyBatch] | None = None
        self.pending: StepBatches[AnyBatch] | None = None
        self.saved: dict[str, Any] | None = None
        self.plan()

    def plan(self) -> None:
        """How many steps of how many micro-batches."""
        settings, world = self.settings, self.processes.world
        size = getattr(self.task, "micro_batch", None)
        accumulation = accumulation_of(settings, size, world)

        def epoch_steps(epoch: int) -> int:
            return self.task.epoch_steps(epoch, rank=self.processes.rank, world=world)

        self.steps = duration_in_steps(
            settings, epoch_steps, accumulation=accumulation, world=world, task_micro_batch=size
        )
        self.schedule = schedule_of(settings, self.steps)
        self.state = LoopState(accumulation=accumulation, world=world, seed=settings.seed)

    def prepare(self, init_from: Path | None, resume: bool, progress: bool) -> None:
        """Loads what there is to load and puts the network on its device."""
        settings, processes, task = self.settings, self.processes, self.task
        if processes.is_main:
            checkpoint.tidy(self.folder)
        processes.wait()
        described = json.loads(json.dumps(task.describe()))
        self.description = {"format": 1, "task": described, "settings": to_dict(settings)}
        snapshot = None
        if resume:
            snapshot = checkpoint.load_latest(self.folder, skip_damaged=settings.skip_damaged)
        elif (last := checkpoint.latest(self.folder)) is not None:
            raise ValueError(
                f"{last}: there is a run in this folder and 'resume' is off; choose another folder"
            )
        if snapshot is None and init_from is not None:
            start_from(task.network, init_from)
        if settings.channels_last:
            task.network.to(memory_format=torch.channels_last)
        task.network.train()
        if settings.compile:
            task.network.compile(dynamic=True)
        wrapped = processes.wrap(task.network)
        self.optimizer = build_optimizer(task.network, settings)
        decay = settings.averaging_decay
        self.averaging = Averaging(task.network, decay) if decay is not None else None
        self.updater = Updater(
            task,
            wrapped,
            self.optimizer,
            processes,
            schedule=self.schedule,
            clip_norm=settings.clip_norm,
            averaging=self.averaging,
        )
        if snapshot is not None:
            self._resume(snapshot)
        self.stream = BatchStream(
            task, self.state.position, rank=processes.rank, world=processes.world
        )
        if processes.is_main:
            self._open_log(snapshot, init_from, progress)

    def _resume(self, snapshot: checkpoint.Snapshot) -> None:
        self.state = restore(
            snapshot,
            self.task.network,
            self.optimizer,
            self.averaging,
            self.state,
            self.description,
            self.folder,
        )
        self.updater.updates = self.state.updates
        self.seconds_before = self.state.seconds
        self.saved = self._progress_made()
        if self.processes.accelerator.scaler is not None and self.state.scaler:
            self.processes.accelerator.scaler.load_state_dict(self.state.scaler)

    def _open_log(
        self, snapshot: checkpoint.Snapshot | None, init_from: Path | None, progress: bool
    ) -> None:
        state = self.state
        self.log = RunLog(self.folder, state.step, state.validated_step)
        values: dict[str, Any] = {"from": "scratch" if init_from is None else str(init_from)}
        if snapshot is not None:
            old = snapshot.description.get("settings", {})
            values = {"from": "checkpoint"}
            values["changed"] = changed_settings(old, self.description["settings"])
        weights = sum(weight.numel() for weight in self.task.network.parameters())
        values |= {"steps": self.steps, "accumulation": state.accumulation, "weights": weights}
        values |= {"world": state.world, "device": str(self.processes.device)}
        self.log.write("start", state.step, values)
        if progress:
            budget = self.settings.seconds
            left = None if budget is None else budget - state.seconds
            self.progress = ProgressLine(self.steps, state.step, seconds=left)

    def close(self) -> None:
        """Ends loading and logging and gives the plain network back."""
        if self.stream is not None:
            self.stream.close()
        if self.log is not None:
            self.log.close()
        if self.progress is not None:
            self.progress.close()
        if self.settings.compile:
            self.task.network._compiled_call_impl = None
        self.processes.unwrap(self.task.network)

    def run(self) -> dict[str, Any]:
        """The loop; returns the summary."""
        finished = self._is_over()
        try:
            reason = "" if finished else self._train()
        except StopRequested:
            reason = "signal"
        if not reason and self._validation_due():
            reason = self._validate(first=finished)
        self._save()
        self.processes.wait()
        state = self.state
        return {
            "finished": not reason,
            "reason": reason or ("steps" if state.step >= self.steps else "seconds"),
            "step": state.step,
            "steps": self.steps,
            "epoch": state.epoch,
            "skipped": state.skipped,
            "scores": state.scores,
            "best": state.best,
            "best_step": state.best_step,
            "tokens": state.tokens,
            "pictures": state.pictures,
            "seconds": state.seconds,
        }

    def _is_over(self) -> bool:
        budget = self.settings.seconds
        if self.state.step >= self.steps:
            return True
        return budget is not None and self._agree(self.state.seconds >= budget)

    def _train(self) -> str:
        """Runs steps to the end; returns the reason why it stopped earlier, or nothing."""
        self._scores(FIRST_VALIDATION_BATCHES)
        if self._validation_due() and (reason := self._validate(first=True)):
            return reason
        settings = self.settings
        while True:
            began = time.monotonic()
            result = self._step()
            self.slowest_step = max(self.slowest_step, time.monotonic() - began)
            stop, save, out_of_time, spent = (flag > 0 for flag in result.flags)
            self._report(result)
            if stop:
                return "signal"
            if spent or self.state.step >= self.steps:
                return ""
            if self._validation_due() and (reason := self._validate()):
                return reason
            every = settings.checkpoint_every
            if save or (every is not None and self.state.step % every == 0):
                self._save()
            if out_of_time:
                return "stop_after"

    def _step(self) -> StepResult:
        assert self.stream is not None
        now = self.pending or self.stream.take(self.state.accumulation)
        self.pending = None
        self.processes.seed(self.settings.seed, self.state.step)
        result = self.updater.run(
            self.state.step, now.batches, meanwhile=self._fetch_next, flags=self._flags
        )
        self.state.account(result, now.after)
        self.state.seconds = self.seconds_before + time.monotonic() - self.began
        if not result.updated:
            self._skipped(now, result)
        return result

    def _fetch_next(self) -> None:
        assert self.stream is not None
        if self.state.step + 1 < self.steps:
            self.pending = self.stream.take(self.state.accumulation)

    def _flags(self) -> list[float]:
        """Of this rank: signal received, checkpoint due, out of time, training time spent."""
        now = time.monotonic()
        every, budget = self.settings.checkpoint_seconds, self.settings.seconds
        passed = now - self.began
        reserve = self.slowest_step + self.save_seconds
        return [
            float(self.signals.received is not None),
            float(every is not None and now - self.saved_at >= every),
            float(self.stop_after is not None and passed + reserve >= self.stop_after),
            float(budget is not None and self.seconds_before + passed >= budget),
        ]

    def _skipped(self, batches: StepBatches[AnyBatch], result: StepResult) -> None:
        ids = [image_id for batch in batches.batches for image_id in batch.image_ids]
        ids = self.processes.gather(ids) if self.processes.world > 1 else ids
        state = self.state
        if self.log is not None:
            sums = {name: str(value) for name, value in result.sums.items()}
            values = {"norm": str(result.norm), "sums": sums, "image_ids": ids}
            self.log.write("skipped", state.step, values)
        if self.progress is not None:
            self.progress.note(f"step {state.step}: not finite, skipped ({len(ids)} pictures)")
        if state.skipped_in_a_row >= self.settings.skips_in_a_row:
            raise TrainingFailed(
                f"step {state.step}: loss or gradient not finite in {state.skipped_in_a_row} steps "
                f"in a row ('skips_in_a_row'); the last pictures were {', '.join(ids[:8])}"
            )

    def _report(self, result: StepResult) -> None:
        state = self.state
        if self.progress is not None and result.updated:
            means = {"loss": result.sums["loss"] / result.count, "norm": result.norm}
            means["lr"] = result.learning_rate
            self.progress.show(state.step, means, tokens=state.tokens, pictures=state.pictures)
        if state.step % self.settings.log_every == 0 or state.step == self.steps:
            means = state.take_window() | {"lr": result.learning_rate}
            means |= {"epoch": state.epoch, "tokens": state.tokens, "pictures": state.pictures}
            if self.log is not None:
                self.log.write("train", state.step, means | {"seconds": round(state.seconds, 3)})

    def _validation_due(self) -> bool:
        state, every = self.state, self.settings.validate_every
        due = self._is_over() or (every is not None and state.step % every == 0)
        return due and state.step > 0 and state.validated_step != state.step

    def _scores(self, batches: int | None) -> dict[str, float]:
        return validate(
            self.task,
            self.task.network,
            self.processes,
            averaging=self.averaging,
            batches=batches,
            signals=self.signals,
        )

    def _validate(self, first: bool = False) -> str:
        """Validates and keeps the best weights; returns a reason to stop, or nothing.

        A validation that does not fit into ``stop_after`` is the first thing of the next run.
        """
        state, began = self.state, time.monotonic()
        ends = began - self.began + state.validation_seconds + self.save_seconds
        if not first and self._agree(self.stop_after is not None and ends > self.stop_after):
            return "stop_after"
        try:
            scores = self._scores(self.settings.validation_batches)
        except StopRequested:
            return "signal"
        state.validation_seconds = time.monotonic() - began
        state.validated_step, state.scores = state.step, scores
        if self.log is not None:
            values = {**scores, "seconds": round(state.validation_seconds, 3)}
            self.log.write("validation", state.step, values)
        if self.progress is not None:
            text = "  ".join(f"{name} {value:.4f}" for name, value in scores.items())
            self.progress.note(f"validation at step {state.step}: {text}")
        if self.task.better(scores, state.best):
            state.best, state.best_step = scores, state.step
            self._save_best()
        return ""

    def _save_best(self) -> None:
        if not self.processes.is_main:
            return
        state = self.state
        description = {**self.description, "step": state.step, "scores": state.scores}
        network = self.task.network
        with self.averaging.swapped() if self.averaging is not None else nullcontext():
            checkpoint.save_best(self.folder, copies(network.state_dict()), description)

    def _progress_made(self) -> dict[str, Any]:
        return {"step": self.state.step, "validated": self.state.validated_step}

    def _save(self) -> None:
        """Writes a checkpoint, unless nothing happened since the last one."""
        began = time.monotonic()
        if self.saved == self._progress_made():
            return
        state = self.state
        if self.processes.is_main:
            scaler = self.processes.accelerator.scaler
            state.scaler = scaler.state_dict() if scaler is not None else {}
            description = {**self.description, "step": state.step, "scores": state.scores}
            snapshot = take_snapshot(
                self.task.network, self.optimizer, self.averaging, state, description
            )
            checkpoint.save(self.folder, snapshot, step=state.step, keep=self.settings.keep)
        self.saved = self._progress_made()
        self.saved_at = time.monotonic()
        self.save_seconds = max(self.save_seconds, self.saved_at - began)

    def _agree(self, flag: bool) -> bool:
        """Whether the flag is set on any rank."""
        return self.processes.sum([float(flag)])[0] > 0
