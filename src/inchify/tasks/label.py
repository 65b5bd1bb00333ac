"""A configuration comes in; a network that reads the labels of drawings goes out.

Nothing is read from disk: labels are drawn as training goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from inchify import config
from inchify.chem.abbreviations import ALPHABET
from inchify.chem.score import levenshtein
from inchify.data.dataset import load_in_order
from inchify.decoding.ctc import best_path
from inchify.models.text.crnn import BLANK, Crnn, CrnnSettings
from inchify.tasks.label_data import (
    LabelBatch,
    LabelDataSettings,
    LabelSource,
    decoded,
    drawn_label,
    label_batch,
)
from inchify.tasks.weights import load_task_weights
from inchify.training.restore import load_into
from inchify.training.settings import TrainingSettings
from inchify.training.trainer import fit
from inchify.types import LossSum

VALIDATION_SEED = 20_000_029


@dataclass(frozen=True, kw_only=True)
class LabelSettings:
    """One experiment. ``seed`` decides the first weights and every drawing; ``validation`` is how
    many labels judge it, always the same ones."""

    task: Literal["label"] = "label"
    seed: int = 0
    network: CrnnSettings = field(default_factory=CrnnSettings)
    data: LabelDataSettings = field(default_factory=LabelDataSettings)
    validation: int = 1000
    training: TrainingSettings

    def __post_init__(self) -> None:
        if self.validation < 1:
            raise ValueError(f"'validation' is {self.validation}; it must be at least 1")


def load_label_settings(path: Path, assignments: Sequence[str] = ()) -> LabelSettings:
    """A configuration file with its bases and ``key=value`` changes."""
    return config.load(path, LabelSettings, assignments)


class LabelTask:
    """The trainer's view of a label reader (the Task protocol)."""

    def __init__(self, settings: LabelSettings, network: Crnn) -> None:
        self.settings, self.network = settings, network
        self.micro_batch = settings.data.labels
        self._held_out: list[LabelBatch] | None = None

    def describe(self) -> dict[str, Any]:
        """What rebuilds the network and says what it learned from. The length of a training and how
        its pictures are loaded may change between two runs."""
        settings = config.to_dict(self.settings)
        for part in ("training", "validation"):
            settings.pop(part)
        for part in ("loader", "epoch"):
            settings["data"].pop(part)
        return {"task": "label", "settings": settings, "alphabet": ALPHABET}

    def epoch_steps(self, epoch: int, *, rank: int, world: int) -> int:
        data = self.settings.data
        return data.epoch // data.pool // world * data.pool

    def batches(self, epoch: int, *, start: int, rank: int, world: int) -> Iterator[LabelBatch]:
        data = self.settings.data
        pools = self.epoch_steps(epoch, rank=rank, world=world) // data.pool
        first, skipped = divmod(start, data.pool)
        source = LabelSource(
            data,
            seed=self.settings.seed,
            epoch=epoch,
            pools=range(first * world + rank, pools * world, world),
        )
        loaded = load_in_order(source, data.loader, epoch=epoch, start=first)
        return islice((batch for pool in loaded for batch in pool), skipped, None)

    def count(self, batch: LabelBatch) -> int:
        return batch.tokens

    def loss(self, network: nn.Module, batch: LabelBatch) -> LossSum:
        log_probs_BTV = network(batch.images_BCHW, batch.widths_B)
        nll = ctc_nll(log_probs_BTV, self.network.columns(batch.widths_B), batch)
        return LossSum(total=nll, count=batch.tokens, logs={"nll": nll.detach()})

    def validate(
        self, network: nn.Module, *, batches: int | None, rank: int, world: int
    ) -> dict[str, tuple[float, int]]:
        """Sums over this rank's held-out labels, read greedily: labels that are exactly right, and
        letters to change by letter."""
        assert isinstance(network, Crnn)
        device = next(network.parameters()).device
        nll = wrong = exact = 0.0
        letters = labels = 0
        for on_host in self._validation_batches()[:batches][rank::world]:
            batch = on_host.to(device)
            log_probs_BTV = network(batch.images_BCHW, batch.widths_B)
            columns_B = network.columns(batch.widths_B)
            nll += float(ctc_nll(log_probs_BTV, columns_B, batch))
            for reading, text in zip(
                best_path(log_probs_BTV, columns_B, blank=BLANK), batch.image_ids, strict=True
            ):
                distance = levenshtein(decoded(reading.ids), text)
                wrong += distance
                exact += distance == 0
            letters += batch.tokens
            labels += len(batch)
        return {
            "nll": (nll, letters),
            "character_error": (wrong, letters),
            "exact": (exact, labels),
        }

    def _validation_batches(self) -> list[LabelBatch]:
        if self._held_out is None:
            generator = np.random.default_rng([VALIDATION_SEED])
            data, size = self.settings.data, self.settings.data.labels
            labels = [drawn_label(data, generator) for _ in range(self.settings.validation)]
            labels.sort(key=lambda label: label[0].shape[1])
            parts = range(0, len(labels), size)
            self._held_out = [label_batch(labels[place : place + size]) for place in parts]
        return self._held_out

    def better(self, new: dict[str, float], old: dict[str, float] | None) -> bool:
        return old is None or new["exact"] >= old["exact"]


def ctc_nll(
    log_probs_BTV: torch.Tensor, columns_B: torch.Tensor, batch: LabelBatch
) -> torch.Tensor:
    """The negative logarithm of the chance of all texts; one that does not fit counts nothing."""
    return nn.functional.ctc_loss(
        log_probs_BTV.transpose(0, 1),
        batch.ids_BL,
        columns_B.cpu(),
        batch.lengths_B.cpu(),
        blank=BLANK,
        reduction="sum",
        zero_infinity=True,
    )


def build_label_network(settings: LabelSettings, letters: int = len(ALPHABET)) -> Crnn:
    """The network of a configuration with freshly drawn weights."""
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        return Crnn(settings.network, letters + 1)


def train_label(
    path: Path,
    output: Path,
    *,
    init_from: Path | None = None,
    resume: bool = True,
    stop_after: float | None = None,
    assignments: Sequence[str] = (),
    progress: bool = True,
) -> dict[str, Any]:
    """Train the configuration of a file; returns the trainer's summary."""
    settings = load_label_settings(path, assignments)
    return fit(
        LabelTask(settings, build_label_network(settings)),
        settings.training,
        output,
        init_from=init_from,
        resume=resume,
        stop_after=stop_after,
        progress=progress,
    )


@dataclass(frozen=True)
class LoadedLabelNetwork:
    """A network for reading, its alphabet and settings; ``digest`` names its weights."""

    network: Crnn
    alphabet: str
    settings: LabelSettings
    digest: str


def load_label_network(folder: Path) -> LoadedLabelNetwork:
    """The network of a checkpoint, run or weights folder, for reading.

    Raises ValueError (CheckpointError) when the folder is damaged or not of a label reader.
    """
    weights = load_task_weights(folder, "label")
    alphabet = weights.task["alphabet"]
    settings = config.build(LabelSettings, weights.settings)
    network = build_label_network(settings, len(alphabet))
    load_into(network, weights.tensors, folder)
    return LoadedLabelNetwork(network.eval(), alphabet, settings, weights.digest)
