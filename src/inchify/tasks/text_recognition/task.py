"""Training task of the text-line recognizers.

Lines are drawn on the fly; real ones may be mixed in.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import torch
from torch import nn

from inchify import config
from inchify.chemistry.metrics import levenshtein
from inchify.data.dataset import load_pools, pooled_steps
from inchify.data.line_pictures import decoded, prepared
from inchify.decoding.ctc import best_path
from inchify.decoding.greedy import greedy
from inchify.models.text.crnn import Crnn
from inchify.models.text.sar import END, Sar, SarSettings
from inchify.models.text.settings import BLANK
from inchify.tasks.text_recognition.data import (
    Line,
    LineDrawer,
    TextBatch,
    TextSource,
    fits,
    letter_cases,
    text_batch,
)
from inchify.tasks.text_recognition.real_lines import RealLines, plain_picture, read_real_lines
from inchify.tasks.text_recognition.report import real_report
from inchify.tasks.text_recognition.settings import (
    TextDataSettings,
    TextSettings,
    load_text_settings,
)
from inchify.tasks.weights import load_task_weights
from inchify.training.restore import load_into
from inchify.training.settings import FitOptions
from inchify.training.trainer import fit
from inchify.types import LossSum

VALIDATION_SEED = 20_000_029
LONGEST = 120  # maximum letters that a step decoder writes in a line
TextNetwork = Crnn | Sar


class TextTask:
    """Training task of the text-line recognizers (``Task`` protocol)."""

    def __init__(
        self, settings: TextSettings, network: TextNetwork, real: RealLines | None = None
    ) -> None:
        self.settings, self.network = settings, network
        self.alphabet = settings.alphabet
        self.cases_2C = letter_cases(self.alphabet)
        self.micro_batch = settings.data.batch
        self.drawer = LineDrawer(settings)
        self.real = real_lines_of(settings) if real is None else real
        self._held_out: list[tuple[str, TextBatch]] | None = None

    def describe(self) -> dict[str, Any]:
        """Settings that rebuild the network and identify its training data. The length of a
        training, how its pictures are loaded, the curriculum of line lengths and the place of a
        folder may change between two runs."""
        settings = config.to_dict(self.settings)
        for part in ("training", "validation"):
            settings.pop(part)
        for part in ("loader", "epoch", "curriculum_batches"):
            settings["data"].pop(part)
        for part in ("irregular", "printed"):
            if not settings["data"][part]:
                settings["data"].pop(part)  # runs from before this setting existed can be resumed
        settings["data"]["real"] = [Path(folder).name for folder in self.settings.data.real]
        return {"task": "text", "settings": settings, "alphabet": self.alphabet}

    def epoch_steps(self, epoch: int, *, rank: int, world: int) -> int:
        return pooled_steps(self.settings.data, world)

    def batches(self, epoch: int, *, start: int, rank: int, world: int) -> Iterator[TextBatch]:
        def source_of(pools: range) -> TextSource:
            return TextSource(self.settings, self.drawer, self.real, epoch=epoch, pools=pools)

        return load_pools(
            source_of, self.settings.data, epoch=epoch, start=start, rank=rank, world=world
        )

    def count(self, batch: TextBatch) -> int:
        return batch.tokens

    def loss(self, network: nn.Module, batch: TextBatch) -> LossSum:
        inputs = (batch.images_BCHW, batch.widths_B, batch.ids_BL, batch.lengths_B)
        if self.settings.data.real_case_folded:
            nll = network(*inputs, folded_B=batch.folded_B, cases_2C=self.cases_2C)
        else:
            nll = network(*inputs)
        return LossSum(total=nll, count=batch.tokens, logs={"nll": nll.detach()})

    def validate(
        self, network: nn.Module, *, batches: int | None, rank: int, world: int
    ) -> dict[str, tuple[float, int]]:
        """Sums over this rank's held-out lines, read greedily: lines that are exactly right, and
        edit distance per letter; real and drawn lines separately."""
        assert isinstance(network, TextNetwork)
        device = next(network.parameters()).device
        chosen = self._validation_batches()[:batches]
        sums = {name: np.zeros(5) for name, _ in chosen}
        for name, on_host in chosen[rank::world]:
            batch = on_host.to(device)
            nll = network.loss(batch.images_BCHW, batch.widths_B, batch.ids_BL, batch.lengths_B)
            read = read_ids(network, batch.images_BCHW, batch.widths_B)
            written = [decoded(ids, self.alphabet) for ids in read]
            if name and self.settings.data.real_case_folded:
                written = [text.upper() for text in written]
            distances = [
                levenshtein(text, truth) for text, truth in zip(written, batch.texts, strict=True)
            ]
            exact = distances.count(0)
            sums[name] += (float(nll), sum(distances), exact, batch.tokens, len(batch))
        scores: dict[str, tuple[float, int]] = {}
        for name, (nll_sum, wrong, right, letters, lines) in sums.items():
            scores[f"{name}nll"] = (float(nll_sum), int(letters))
            scores[f"{name}character_error"] = (float(wrong), int(letters))
            scores[f"{name}exact"] = (float(right), int(lines))
        return scores

    def _validation_batches(self) -> list[tuple[str, TextBatch]]:
        """Drawn and real batches alternately, so that the first few have both."""
        if self._held_out is None:
            generator = np.random.default_rng([VALIDATION_SEED])
            drawn = [self.drawer.draw(generator) for _ in range(self.settings.validation)]
            kinds = [self._named("", drawn), self._named("real_", self._real_validation())]
            turns = chain.from_iterable(zip_longest(*kinds))
            self._held_out = [batch for batch in turns if batch is not None]
        return self._held_out

    def _real_validation(self) -> list[Line]:
        shape = self.drawer.shape
        lines = [] if self.real is None else self.real.validation
        pairs = [(prepared(plain_picture(line), shape), line.text) for line in lines]
        return [
            Line(intensity, text)
            for intensity, text in pairs
            if fits(text, intensity.shape[1], self.settings)
        ]

    def _named(self, name: str, lines: list[Line]) -> list[tuple[str, TextBatch]]:
        lines = sorted(lines, key=lambda line: line[0].shape[1])
        size = self.settings.data.batch
        parts = (lines[place : place + size] for place in range(0, len(lines), size))
        return [(name, text_batch(part, self.alphabet)) for part in parts]

    def better(self, new: dict[str, float], old: dict[str, float] | None) -> bool:
        """Whether more lines are exactly right, drawn and real ones with equal weight."""
        return old is None or _goodness(new) >= _goodness(old)


def _goodness(scores: dict[str, float]) -> float:
    return scores["exact"] + scores.get("real_exact", 0.0)


@torch.no_grad()
def read_ids(
    network: TextNetwork, images_BCHW: torch.Tensor, widths_B: torch.Tensor
) -> list[tuple[int, ...]]:
    """Decode lines greedily: the best path for CTC, or step by step.

    Args:
        network: The recognizer.
        images_BCHW: uint8, foreground 255.
        widths_B: Unpadded widths in pixels.

    Returns:
        Letter ids of each line.
    """
    if isinstance(network, Sar):
        memory = network.encode(images_BCHW, widths_B)
        hypotheses = greedy(
            network, memory, start_id=network.start_id, end_id=END, max_length=LONGEST + 1
        )
        return [reading.ids for reading in hypotheses]
    log_probs_BTV = network(images_BCHW, widths_B).cpu().numpy()
    read = best_path(log_probs_BTV, network.columns(widths_B).tolist(), blank=BLANK)
    return [reading.ids for reading in read]


def real_lines_of(settings: TextSettings) -> RealLines | None:
    """Read the real lines of a configuration.

    Args:
        settings: Its data names the folders.

    Returns:
        The lines; None without folders.
    """
    data = settings.data
    if not data.real:
        return None
    return read_real_lines(
        data.real,
        settings.alphabet,
        held_out=data.held_out,
        validation=data.real_validation,
        limits=data.limits,
    )


def build_text_network(settings: TextSettings, letters: int | None = None) -> TextNetwork:
    """Build the network of a configuration for the given number of letters, with random initial
    weights."""
    count = len(settings.alphabet) if letters is None else letters
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        if isinstance(settings.network, SarSettings):
            return Sar(settings.network, count)
        return Crnn(settings.network, count + 1)


def train_text(
    path: Path,
    output: Path,
    *,
    assignments: Sequence[str] = (),
    **options: Unpack[FitOptions],
) -> dict[str, Any]:
    """Train the configuration of a file; returns the trainer's summary."""
    settings = load_text_settings(path, assignments)
    task = TextTask(settings, build_text_network(settings))
    if options.get("progress", True) and task.real is not None:
        print(*real_report(settings, task.real).brief(), sep="\n", file=sys.stderr)
    return fit(
        task,
        settings.training,
        output,
        **options,
    )


@dataclass(frozen=True)
class LoadedTextNetwork:
    """A text recognition network with its alphabet and settings; ``digest`` identifies its
    weights."""

    network: TextNetwork
    alphabet: str
    settings: TextSettings
    digest: str


def load_text_network(folder: Path) -> LoadedTextNetwork:
    """Load a trained text recognizer for inference.

    Args:
        folder: A checkpoint, run or weights folder.

    Returns:
        The network in evaluation mode, with its alphabet and settings.

    Raises:
        ValueError: The folder is damaged (CheckpointError) or not of a text recognizer.
    """
    weights = load_task_weights(folder, "text")
    alphabet = weights.task["alphabet"]
    plain = weights.settings
    # the length of an epoch is not told, and whatever it was, a pool divides it
    data = {**plain["data"], "epoch": plain["data"].get("pool", TextDataSettings.pool)}
    settings = config.build(TextSettings, {**plain, "data": data})
    network = build_text_network(settings, len(alphabet))
    load_into(network, weights.tensors, folder)
    return LoadedTextNetwork(network.eval(), alphabet, settings, weights.digest)
