"""What warmup, clipping and initialization do to the training of a small vision transformer.

Run it with ``python -m inchify.benchmarks.training.warmup_and_clipping`` (about a minute on one
core). It prints how the loss behaves with and without warmup, with and without clipping when some
batches carry wrong captions, and how much memory many validations take. The task is made up: write
down the columns of a picture, from left to right or from right to left.
"""

from __future__ import annotations

import json
import resource
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from inchify.training.losses import label_smoothed_cross_entropy
from inchify.training.settings import TrainingSettings
from inchify.training.trainer import fit
from inchify.types import Batch, LossSum

SYMBOLS, COLUMNS = 8, 10


class SmallTransformer(nn.Module):
    """A vision transformer over the columns of a picture, with its norms after the blocks."""

    def __init__(self, width: int = 32, layers: int = 6) -> None:
        super().__init__()
        self.embedding = nn.Linear(SYMBOLS, width)
        self.places = nn.Parameter(torch.randn(COLUMNS, width) * 0.02)
        block = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.0, batch_first=True)
        self.blocks = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)
        self.head = nn.Linear(width, 3 + SYMBOLS)

    def forward(self, images_BCHW: torch.Tensor) -> torch.Tensor:
        columns_BWH = images_BCHW[:, 0].transpose(1, 2).float() / 255
        return self.head(self.blocks(self.embedding(columns_BWH) + self.places))


@dataclass
class ColumnTask:
    """Pictures with one dark pixel a column, and captions that name the columns.

    From right to left where ``reverse`` is on; every batch whose number is one short of a multiple
    of ``wrong_every`` has captions of other pictures.
    """

    pictures: int = 32
    reverse: bool = True
    wrong_every: int = 0
    network: nn.Module = field(init=False)

    def __post_init__(self) -> None:
        torch.manual_seed(0)
        self.network = SmallTransformer()

    def describe(self) -> dict[str, Any]:
        return {"name": "columns"}

    def epoch_steps(self, epoch: int, *, rank: int, world: int) -> int:
        return 1000

    def make(self, number: int) -> Batch:
        generator = torch.Generator().manual_seed(number)
        codes_BW = torch.randint(0, SYMBOLS, (self.pictures, COLUMNS), generator=generator)
        images_BWH = nn.functional.one_hot(codes_BW, SYMBOLS).to(torch.uint8) * 255
        named_BW = codes_BW.flip(1) if self.reverse else codes_BW
        if self.wrong_every and (number + 1) % self.wrong_every == 0:
            named_BW = named_BW.roll(1, 0)
        start_B1 = torch.ones(self.pictures, 1, dtype=torch.int64)
        return Batch(
            tuple(f"{number}-{row}" for row in range(self.pictures)),
            images_BWH.transpose(1, 2)[:, None],
            torch.tensor([[SYMBOLS, COLUMNS]]).repeat(self.pictures, 1),
            torch.cat([start_B1, named_BW + 3], dim=1),
            torch.full((self.pictures,), COLUMNS + 1),
        )

    def batches(self, epoch: int, *, start: int, rank: int, world: int) -> Iterator[Batch]:
        for number in range(start, 1000):
            yield self.make(1000 * epoch + number)

    def count(self, batch: Batch) -> int:
        return batch.tokens

    def loss(self, network: nn.Module, batch: Batch) -> LossSum:
        assert batch.ids_BL is not None
        return label_smoothed_cross_entropy(network(batch.images_BCHW), batch.ids_BL, 0)

    def validate(
        self, network: nn.Module, *, batches: int | None, rank: int, world: int
    ) -> dict[str, tuple[float, int]]:
        total, count = 0.0, 0
        for number in range(4 if batches is None else batches):
            loss = self.loss(network, self.make(10**6 + number))
            total, count = total + float(loss.total), count + loss.count
        return {"loss": (total, count)}

    def better(self, new: dict[str, float], old: dict[str, float] | None) -> bool:
        return old is None or new["loss"] < old["loss"]


def train(task: ColumnTask, steps: int, **changes: Any) -> list[dict[str, Any]]:
    """Run a training.

    Args:
        task: The task.
        steps: Number of steps.
        changes: Settings of the training to change.

    Returns:
        The lines of its log, one for each step with right captions.
    """
    plain: dict[str, Any] = {"steps": steps, "schedule": "constant", "log_every": 1, "threads": 1}
    plain |= {"device": "cpu", "checkpoint_seconds": None, "betas": (0.9, 0.98)}
    settings = TrainingSettings(**(plain | changes))
    with tempfile.TemporaryDirectory() as folder:
        fit(task, settings, Path(folder), progress=False)
        text = (Path(folder) / "log.jsonl").read_text()
    lines = [line for line in map(json.loads, text.splitlines()) if line["event"] == "train"]
    wrong = task.wrong_every
    return [line for line in lines if not wrong or line["step"] % wrong]


def figures(lines: list[dict[str, Any]], burn_in: int) -> dict[str, float]:
    """Summarize a training's losses.

    Args:
        lines: The lines of its log.
        burn_in: Number of first steps whose rises do not count.

    Returns:
        The first loss, the largest rise over the best loss before it, and the mean of the last
        twenty losses.
    """
    losses = [line["loss"] for line in lines]
    rises = [loss - min(losses[: place + 1]) for place, loss in enumerate(losses)]
    tail = losses[-20:]
    return {
        "first": losses[0],
        "rise": max(rises[burn_in:]),
        "end": sum(tail) / len(tail),
    }


def validation_memory(times: int) -> list[float]:
    """Measure memory over many validations.

    Args:
        times: Number of validations.

    Returns:
        Peak resident memory after each, in MB.
    """
    peaks = []

    class Watched(ColumnTask):
        def validate(self, network: nn.Module, *, batches: int | None, **place: int) -> Any:
            scores = super().validate(network, batches=batches and 100, **place)
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
            return scores

    settings = TrainingSettings(
        steps=times,
        validate_every=1,
        validation_batches=100,
        averaging_decay=0.9,
        checkpoint_seconds=None,
        device="cpu",
        threads=1,
    )
    with tempfile.TemporaryDirectory() as folder:
        fit(Watched(), settings, Path(folder), progress=False)
    return peaks


def without_warmup(steps: int = 300, rate: float = 1e-2) -> dict[str, dict[str, float]]:
    """Train without and with warmup, at a learning rate that needs it.

    Args:
        steps: Steps of each training.
        rate: Learning rate.

    Returns:
        For each warmup its figures.
    """
    return {
        f"warmup {warmup}": figures(
            train(ColumnTask(), steps, learning_rate=rate, warmup=warmup), burn_in=20
        )
        for warmup in (0, 100)
    }


def without_clipping(steps: int = 300, rate: float = 1e-3) -> dict[str, dict[str, float]]:
    """Train without and with clipping, with wrong captions in every fiftieth batch.

    Args:
        steps: Steps of each training.
        rate: Learning rate.

    Returns:
        For each clipping its figures.
    """
    results = {}
    for clip in (None, 0.1):
        task = ColumnTask(reverse=False, wrong_every=50)
        lines = train(task, steps, learning_rate=rate, warmup=20, clip_norm=clip)
        results[f"clip {clip}"] = figures(lines, burn_in=100)
    return results


def main() -> None:
    for title, results in (
        ("learning rate 1e-2 from the first step, or after a warmup", without_warmup()),
        ("wrong captions in every 50th batch", without_clipping()),
    ):
        print(title)
        for name, values in results.items():
            text = "  ".join(f"{key} {value:.3f}" for key, value in values.items())
            print(f"  {name:>12}: {text}", flush=True)
    peaks = validation_memory(8)
    print("peak memory in MB after each validation:", " ".join(f"{peak:.0f}" for peak in peaks))


if __name__ == "__main__":
    main()
