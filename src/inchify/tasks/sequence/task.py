"""Training task of the sequence reader, a network that writes captions of pictures.

Combines tables and pictures (``data``), networks (``models``), loss and trainer (``training``),
greedy decoding for validation, and the metric (``chemistry``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import torch
from torch import nn

from inchify import config
from inchify.chemistry.metrics import levenshtein
from inchify.chemistry.tokenization.tokenizers import TOKENIZERS, Tokenizer, load_tokenizer
from inchify.chemistry.tokenization.vocabulary import Vocabulary
from inchify.data.dataset import CaptionDataset, load_batches
from inchify.data.preprocessing.buckets import BucketTable, read_table
from inchify.data.preprocessing.preprocess import read_summary
from inchify.data.preprocessing.store import PictureStore
from inchify.data.sampler import BucketSampler
from inchify.decoding.greedy import greedy
from inchify.models.network import SequenceNetwork, build_network
from inchify.tasks.sequence.settings import SequenceSettings, load_settings
from inchify.tasks.weights import load_task_weights
from inchify.training.losses import label_smoothed_cross_entropy
from inchify.training.restore import load_into
from inchify.training.settings import FitOptions
from inchify.training.trainer import fit
from inchify.types import Batch, LossSum

VALIDATION_BATCH = 4


class SequenceTask:
    """Training task of the sequence reader (``Task`` protocol)."""

    def __init__(
        self,
        settings: SequenceSettings,
        network: SequenceNetwork,
        tokenizer: Tokenizer,
        table: BucketTable,
        store: PictureStore,
        *,
        fold: int,
        data_digest: str,
    ) -> None:
        self.settings = settings
        self.network = network
        self.tokenizer = tokenizer
        self.fold = fold
        self.data_digest = data_digest
        data = settings.data
        self.micro_batch = (
            data.sampler.tokens
            if settings.training.batch_unit == "tokens"
            else data.sampler.pictures
        )
        self._loader = replace(data.loader, multiple=network.multiple)
        chosen = table.choose("train", fold=fold, max_length=data.max_length)
        if not len(chosen):
            raise ValueError(f"fold {fold} leaves no picture to train on")
        self._train = CaptionDataset(
            table,
            store,
            tokenizer,
            data.pictures,
            indices=chosen,
            augmentation=data.augment,
            seed=settings.seed,
        )
        self._sampler = self._sampler_of(table, chosen, shuffle=True)
        # Fold -1 trains on everything; some of what it learns from then stands in for validation.
        held_out = table.choose(
            "validation" if fold >= 0 else "train",
            fold=fold,
            max_length=data.max_length,
            limit=settings.validation.pictures,
            seed=settings.seed,
        )
        if not len(held_out):
            raise ValueError(f"fold {fold} has no picture to validate on")
        self._validation = CaptionDataset(table, store, tokenizer, data.pictures, indices=held_out)
        self._validation_sampler = self._sampler_of(table, held_out, shuffle=False)

    def _sampler_of(self, table: BucketTable, chosen: Any, *, shuffle: bool) -> BucketSampler:
        sampler = self.settings.data.sampler
        # without gradients four times as much fits, and searching likes large batches
        more = 1 if shuffle else VALIDATION_BATCH
        sampler = replace(
            sampler,
            pictures=more * sampler.pictures,
            tokens=more * sampler.tokens,
            pixels=more * sampler.pixels,
            multiple=self.network.multiple,
            shuffle=shuffle and sampler.shuffle,
        )
        return BucketSampler(
            table.lengths[chosen],
            table.sizes(self.settings.data.pictures)[chosen],
            table.buckets[chosen],
            sampler,
            seed=self.settings.seed,
        )

    def describe(self) -> dict[str, Any]:
        """Settings that rebuild the network and identify its data. How long and how fast it is
        trained, and how its pictures are loaded, may change between two runs of one training."""
        settings = config.to_dict(self.settings)
        for part in ("training", "validation"):
            settings.pop(part)
        settings["data"].pop("loader")
        # where pretrained weights lay is of no use elsewhere: the checkpoint holds them
        settings["encoder"].pop("weights", None)
        return {
            "task": "sequence",
            "settings": settings,
            "tokenizer": self.tokenizer.name,
            "vocabulary": self.tokenizer.vocabulary.to_json(),
            "fold": self.fold,
            "data": self.data_digest,
        }

    def epoch_steps(self, epoch: int, *, rank: int, world: int) -> int:
        return self._sampler.steps(epoch, world)

    def batches(self, epoch: int, *, start: int, rank: int, world: int) -> Iterator[Batch]:
        plan = self._sampler.batches(epoch, rank, world)
        return load_batches(self._train, plan, self._loader, epoch=epoch, start=start)

    def count(self, batch: Batch) -> int:
        return batch.tokens

    def loss(self, network: nn.Module, batch: Batch) -> LossSum:
        assert batch.ids_BL is not None
        given_BL = batch.ids_BL
        if self.settings.token_noise:
            given_BL = self._noised(given_BL)
        logits_BLV = network(batch.images_BCHW, batch.sizes_B2, given_BL)
        return label_smoothed_cross_entropy(
            logits_BLV,
            batch.ids_BL,
            Vocabulary.PAD,
            smoothing=self.settings.label_smoothing,
            count=batch.tokens,
        )

    def _noised(self, ids_BL: torch.Tensor) -> torch.Tensor:
        """Captions with a share of their symbols replaced; start, end and padding stay. The trainer
        seeds torch anew for every step, so a resumed run draws the same."""
        first = max(Vocabulary.PAD, Vocabulary.START, Vocabulary.END) + 1
        symbols = len(self.tokenizer.vocabulary)
        random_BL = torch.randint(first, symbols, ids_BL.shape, device=ids_BL.device)
        chosen_BL = torch.rand(ids_BL.shape, device=ids_BL.device) < self.settings.token_noise
        return torch.where(chosen_BL & (ids_BL >= first), random_BL, ids_BL)

    def validate(
        self, network: nn.Module, *, batches: int | None, rank: int, world: int
    ) -> dict[str, tuple[float, int]]:
        """Sums over this rank's held-out pictures: nll and accuracy by token, teacher-forced;
        levenshtein and exact by picture, decoded greedily with one encoding for both."""
        assert isinstance(network, SequenceNetwork)
        device = next(network.parameters()).device
        plan = self._validation_sampler.batches(0, rank, world)[:batches]
        nll = accuracy = 0.0
        tokens = pictures = distance = exact = 0
        for on_host in load_batches(self._validation, plan, self._loader):
            batch = on_host.to(device)
            assert batch.ids_BL is not None and on_host.ids_BL is not None
            memory = network.encode(batch.images_BCHW, batch.sizes_B2)
            logits_BLV = network.decoder(memory, batch.ids_BL[:, :-1])
            loss = label_smoothed_cross_entropy(logits_BLV, batch.ids_BL, Vocabulary.PAD)
            nll += float(loss.logs["nll"])
            accuracy += float(loss.logs["accuracy"])
            tokens += loss.count
            del logits_BLV, loss
            # one token at a time, casting to bfloat16 and back costs more than it saves
            with torch.autocast(device.type, enabled=False):
                read = greedy(
                    network.decoder,
                    memory._replace(tokens_BSD=memory.tokens_BSD.float()),
                    start_id=Vocabulary.START,
                    end_id=Vocabulary.END,
                    max_length=self.settings.validation.max_length,
                )
            for hypothesis, ids in zip(read, on_host.ids_BL.tolist(), strict=True):
                wrong = levenshtein(
                    self.tokenizer.decode(hypothesis.ids), self.tokenizer.decode(ids)
                )
                distance += wrong
                exact += wrong == 0
            pictures += len(batch)
        return {
            "nll": (nll, tokens),
            "accuracy": (accuracy, tokens),
            "levenshtein": (float(distance), pictures),
            "exact": (float(exact), pictures),
        }

    def better(self, new: dict[str, float], old: dict[str, float] | None) -> bool:
        watch = self.settings.validation.watch
        return old is None or new[watch] < old[watch]


def make_task(settings: SequenceSettings, data: Path, *, fold: int) -> SequenceTask:
    """Build the training task of a fold, with random initial weights.

    Args:
        settings: The configuration.
        data: A work folder that ``preprocess`` finished.
        fold: The fold for validation.

    Returns:
        The task.

    Raises:
        ValueError: The folder is incomplete, or the fold does not exist.
    """
    summary = read_summary(data)
    if summary is None:
        raise ValueError(f"{data}: no summary.json here; run preprocess first (or to its end)")
    tokenizer = load_tokenizer(data / "vocabulary.json")
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        network = build_network(settings.encoder, settings.decoder, len(tokenizer.vocabulary))
    return SequenceTask(
        settings,
        network,
        tokenizer,
        read_table(data),
        PictureStore(data),
        fold=fold,
        data_digest=config.digest(summary["input"]),
    )


def train_fold(
    path: Path,
    data: Path,
    output: Path,
    *,
    fold: int = 0,
    assignments: Sequence[str] = (),
    **options: Unpack[FitOptions],
) -> dict[str, Any]:
    """Train the configuration of a file on one fold of a work folder; returns the summary."""
    settings = load_settings(path, assignments)
    task = make_task(settings, data, fold=fold)
    return fit(
        task,
        settings.training,
        output,
        **options,
    )


@dataclass(frozen=True)
class LoadedNetwork:
    """A sequence network with its tokenizer and settings.

    ``digest`` identifies the weights on disk.
    """

    network: SequenceNetwork
    tokenizer: Tokenizer
    settings: SequenceSettings
    description: dict[str, Any]
    digest: str


def load_network(folder: Path) -> LoadedNetwork:
    """Load a trained sequence reader's network for inference.

    Args:
        folder: A checkpoint, run or weights folder.

    Returns:
        The network in evaluation mode, with its tokenizer and settings.

    Raises:
        ValueError: The folder is damaged (CheckpointError) or not of a sequence reader.
    """
    weights = load_task_weights(folder, "sequence")
    task = weights.task
    tokenizer = TOKENIZERS[task["tokenizer"]](Vocabulary.from_json(task["vocabulary"]))
    settings = config.build(SequenceSettings, weights.settings)
    network = build_network(settings.encoder, settings.decoder, len(tokenizer.vocabulary))
    load_into(network, weights.tensors, folder)
    return LoadedNetwork(network.eval(), tokenizer, settings, weights.description, weights.digest)
