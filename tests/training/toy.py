"""A small task on made-up sequences: the trainer's tests need no other room.

The network reads a sequence from a "picture" and writes it down again, with a causal transformer.
Run as a program it trains in a process of its own, to be killed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from inchify.config import build
from inchify.training.losses import label_smoothed_cross_entropy
from inchify.training.settings import TrainingSettings
from inchify.training.trainer import fit
from inchify.types import Batch, LossSum

PAD, START, END = 0, 1, 2
HEIGHT, WIDTH = 4, 8


class ToyNetwork(nn.Module):
    """A linear encoder and a one-layer decoder with dropout and a norm with running statistics."""

    def __init__(self, vocabulary: int = 12, width: int = 16, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(HEIGHT * WIDTH, width), nn.BatchNorm1d(width))
        self.embedding = nn.Embedding(vocabulary, width)
        self.places = nn.Parameter(torch.randn(40, width) * 0.02)
        layer = nn.TransformerEncoderLayer(width, 2, 32, dropout, batch_first=True)
        self.decoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, images_BCHW: torch.Tensor, ids_BL: torch.Tensor) -> torch.Tensor:
        seen_BD = self.encoder(images_BCHW.flatten(1).float() / 255)
        length = ids_BL.shape[1] - 1
        hidden_BLD = self.embedding(ids_BL[:, :-1]) + self.places[:length] + seen_BD[:, None]
        mask = nn.Transformer.generate_square_subsequent_mask(length)
        return self.head(self.decoder(hidden_BLD, mask=mask.to(hidden_BLD.device), is_causal=True))


@dataclass
class ToyTask:
    """``epoch`` micro-batches of ``pictures`` sequences each, of unequal lengths."""

    epoch: int = 7
    pictures: int = 4
    vocabulary: int = 12
    seed: int = 0
    dropout: float = 0.1
    smoothing: float = 0.1
    nap: float = 0.0
    statistics: bool = True
    broken: tuple[int, ...] = ()
    network: nn.Module = field(init=False)

    def __post_init__(self) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self.network = ToyNetwork(self.vocabulary, dropout=self.dropout)
        if not self.statistics:  # batch statistics depend on how a step is cut
            self.network.encoder[1] = nn.Identity()

    def describe(self) -> dict[str, Any]:
        return {"name": "toy", "vocabulary": self.vocabulary, "data": f"toy-{self.seed}"}

    def epoch_steps(self, epoch: int, *, rank: int, world: int) -> int:
        return self.epoch // world

    def make(self, number: int) -> Batch:
        """Batch ``number`` of all there are: a pure function of it."""
        generator = torch.Generator().manual_seed(1000 * self.seed + number)
        length = 4 + int(torch.randint(0, 20, (1,), generator=generator))
        lengths_B = torch.randint(3, length + 1, (self.pictures,), generator=generator)
        lengths_B[0] = length
        ids_BL = torch.randint(3, self.vocabulary, (self.pictures, length), generator=generator)
        ids_BL[:, 0] = START
        for row, end in enumerate(lengths_B.tolist()):
            ids_BL[row, end - 1] = END
            ids_BL[row, end:] = PAD
        images_BCHW = torch.randint(
            0, 256, (self.pictures, 1, HEIGHT, WIDTH), generator=generator, dtype=torch.uint8
        )
        names = tuple(f"{number}-{row}" for row in range(self.pictures))
        sizes_B2 = torch.tensor([[HEIGHT, WIDTH]]).repeat(self.pictures, 1)
        return Batch(names, images_BCHW, sizes_B2, ids_BL, lengths_B)

    def batches(self, epoch: int, *, start: int, rank: int, world: int) -> Iterator[Batch]:
        for number in range(start, self.epoch_steps(epoch, rank=rank, world=world)):
            time.sleep(self.nap)
            yield self.make(epoch * self.epoch + number * world + rank)

    def count(self, batch: Batch) -> int:
        return batch.tokens

    def loss(self, network: nn.Module, batch: Batch) -> LossSum:
        logits_BLV = network(batch.images_BCHW, batch.ids_BL)
        number = int(batch.image_ids[0].split("-")[0])
        if number in self.broken:
            logits_BLV = logits_BLV * torch.nan
        return label_smoothed_cross_entropy(logits_BLV, batch.ids_BL, PAD, smoothing=self.smoothing)

    def validate(
        self, network: nn.Module, *, batches: int | None, rank: int, world: int
    ) -> dict[str, tuple[float, int]]:
        total, count = 0.0, 0
        for number in range(rank, 3 if batches is None else batches, world):
            batch = self.make(10_000 + number)
            batch = batch.to(next(network.parameters()).device)
            loss = label_smoothed_cross_entropy(
                network(batch.images_BCHW, batch.ids_BL), batch.ids_BL, PAD
            )
            total, count = total + float(loss.total), count + loss.count
        return {"loss": (total, count)}

    def better(self, new: dict[str, float], old: dict[str, float] | None) -> bool:
        return old is None or new["loss"] < old["loss"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--settings", type=json.loads, default={})
    parser.add_argument("--task", type=json.loads, default={})
    parser.add_argument("--steps", type=int, nargs="*", help="train up to each, one after another")
    options = parser.parse_args()
    for steps in options.steps or [options.settings["steps"]]:
        settings = build(TrainingSettings, {**options.settings, "steps": steps})
        summary = fit(ToyTask(**options.task), settings, options.folder, progress=False)
        print(json.dumps(summary), flush=True)


if __name__ == "__main__":
    main()
