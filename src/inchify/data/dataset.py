"""Dataset and loader of padded caption batches from a bucket table and a picture store.

Shape letters: B pictures, C channels (1), H height, W width, L caption length.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

import cv2
import numpy as np
import torch

from inchify.data.augment import AugmentSettings, augment, move
from inchify.data.pictures.preparation import PictureSettings, prepare
from inchify.data.preprocessing.store import PictureStore
from inchify.types import Batch, Sample

if TYPE_CHECKING:
    from inchify.chemistry.tokenization.tokenizers import Tokenizer
    from inchify.data.preprocessing.buckets import BucketTable

PAD = 0


class LoaderError(RuntimeError):
    """The worker processes that load pictures died or hang; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class LoaderSettings:
    """How batches are made.

    ``workers``: processes, 0 works in this one. ``prefetch``: batches that each worker has ready.
    ``seconds``: a batch that takes longer counts as hung. ``multiple``: heights and widths are
    padded to it (the same as the sampler's).
    """

    workers: int = 2
    prefetch: int = 4
    seconds: float = 300.0
    multiple: int = 16

    def __post_init__(self) -> None:
        for key, minimum in (("workers", 0), ("prefetch", 1), ("multiple", 1)):
            if getattr(self, key) < minimum:
                raise ValueError(f"'{key}' is {getattr(self, key)}; it must be at least {minimum}")
        if self.seconds <= 0:
            raise ValueError(f"'seconds' is {self.seconds}; it must be positive")


class CaptionDataset:
    """Samples of chosen rows of a bucket table; place i is row ``indices[i]``.

    With ``augmentation`` a sample depends on (seed, epoch, row of the table) and on nothing else;
    without, it is the same in every epoch.
    """

    def __init__(
        self,
        table: BucketTable,
        store: PictureStore,
        tokenizer: Tokenizer,
        pictures: PictureSettings,
        *,
        indices: np.ndarray | None = None,
        augmentation: AugmentSettings | None = None,
        seed: int = 0,
    ) -> None:
        if len(table) and int(table.rows.max()) >= len(store):
            raise ValueError(
                f"the bucket table speaks of row {int(table.rows.max())}, but the picture store "
                f"has {len(store)}; both must come from the same preprocess run"
            )
        self.table = table
        self.store = store
        self.tokenizer = tokenizer
        self.pictures = pictures
        self.indices = np.arange(len(table)) if indices is None else np.asarray(indices)
        self.augmentation = augmentation
        self.seed = seed

    def __len__(self) -> int:
        return len(self.indices)

    def sample(self, place: int, epoch: int = 0) -> Sample:
        """Load one picture as network input, with its caption.

        Args:
            place: Index into ``indices``.
            epoch: Number of the epoch; decides on the augmentation.

        Returns:
            The sample before padding.
        """
        index = int(self.indices[place])
        foreground_mask = self.store.read(int(self.table.rows[index]))
        if self.augmentation is None:
            picture = prepare(foreground_mask, self.pictures)
        else:
            generator = np.random.default_rng([self.seed, epoch, index])
            picture = prepare(augment(foreground_mask, self.augmentation, generator), self.pictures)
            picture = move(picture, self.augmentation, generator)
        ids = self.tokenizer.encode(self.table.captions[index])
        return Sample(self.table.ids[index], picture, ids)


def collate(samples: Sequence[Sample], *, multiple: int = 16) -> Batch:
    """Pad samples to one size and stack them to a batch.

    Args:
        samples: At least one sample.
        multiple: Height and width are multiples of it.

    Returns:
        The batch; it has captions if all samples have one.

    Raises:
        ValueError: There are no samples.
    """
    if not samples:
        raise ValueError("a batch needs at least one sample")
    sizes = np.array([sample.picture.shape for sample in samples], dtype=np.int64)
    high, wide = (-(-sizes.max(axis=0) // multiple) * multiple).tolist()
    images = np.zeros((len(samples), 1, high, wide), dtype=np.uint8)
    for place, sample in enumerate(samples):
        height, width = sample.picture.shape
        images[place, 0, :height, :width] = sample.picture
    ids_BL = lengths_B = None
    if all(len(sample.ids) for sample in samples):
        lengths = np.array([len(sample.ids) for sample in samples], dtype=np.int64)
        padded = np.full((len(samples), int(lengths.max())), PAD, dtype=np.int64)
        for place, sample in enumerate(samples):
            padded[place, : len(sample.ids)] = sample.ids
        ids_BL, lengths_B = torch.from_numpy(padded), torch.from_numpy(lengths)
    return Batch(
        image_ids=tuple(sample.image_id for sample in samples),
        images_BCHW=torch.from_numpy(images),
        sizes_B2=torch.from_numpy(sizes),
        ids_BL=ids_BL,
        lengths_B=lengths_B,
    )


class _EpochBatches(torch.utils.data.Dataset[Batch]):
    """What a worker is given: place n is batch n of one epoch."""

    def __init__(
        self, dataset: CaptionDataset, batches: Sequence[np.ndarray], epoch: int, multiple: int
    ) -> None:
        self.dataset = dataset
        self.epoch = epoch
        self.multiple = multiple
        # One array and offsets: a list of arrays would be copied page by page in every worker.
        self.places = np.concatenate(batches) if len(batches) else np.zeros(0, dtype=np.int64)
        self.offsets = np.concatenate([[0], np.cumsum([len(batch) for batch in batches])])

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, number: int) -> Batch:
        places = self.places[int(self.offsets[number]) : int(self.offsets[number + 1])]
        samples = [self.dataset.sample(place, self.epoch) for place in places.tolist()]
        return collate(samples, multiple=self.multiple)


def load_batches(
    dataset: CaptionDataset,
    batches: Sequence[np.ndarray],
    settings: LoaderSettings,
    *,
    epoch: int = 0,
    start: int = 0,
) -> Iterator[Batch]:
    """Load the batches of an epoch in order, in worker processes that live as long as the iterator.

    Errors of a picture (a damaged store) are raised as they are.

    Args:
        dataset: The samples.
        batches: For each batch int64 places in ``dataset``.
        settings: Number of workers, prefetching and padding.
        epoch: Number of the epoch, for augmentation and messages.
        start: Number of the first batch to load.

    Returns:
        The batches from ``start`` on.

    Raises:
        ValueError: ``start`` is out of range.
        LoaderError: A worker process died or hangs.
    """
    if not 0 <= start <= len(batches):
        raise ValueError(f"'start' is {start}; the epoch has batches 0 to {len(batches) - 1}")
    source = _EpochBatches(dataset, batches[start:], epoch, settings.multiple)
    yield from load_in_order(source, settings, epoch=epoch, start=start)


Item = TypeVar("Item")
ItemOut = TypeVar("ItemOut", covariant=True)


class BatchSource(Protocol[ItemOut]):
    """Batches (or pools of batches) by number, each a function of its number alone."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int) -> ItemOut: ...


class PooledSettings(Protocol):
    """``epoch`` batches in an epoch, made ``pool`` at once."""

    @property
    def epoch(self) -> int: ...

    @property
    def pool(self) -> int: ...

    @property
    def loader(self) -> LoaderSettings: ...


def load_in_order(
    source: BatchSource[Item], settings: LoaderSettings, *, epoch: int = 0, start: int = 0
) -> Iterator[Item]:
    """Load ``source[0]``, ``source[1]`` ... in worker processes.

    Args:
        source: Items by number.
        settings: Number of workers and prefetching.
        epoch: Number of the epoch, for messages.
        start: Number of the first item in its epoch, for messages.

    Returns:
        The items in order.

    Raises:
        LoaderError: A worker process died or hangs.
    """
    if settings.workers == 0:
        yield from (source[number] for number in range(len(source)))
        return
    loader: torch.utils.data.DataLoader[Item] = torch.utils.data.DataLoader(
        cast("torch.utils.data.Dataset[Item]", source),
        batch_size=None,
        shuffle=False,
        num_workers=min(settings.workers, max(len(source), 1)),
        prefetch_factor=settings.prefetch,
        timeout=settings.seconds,
        # A separate generator: otherwise the loader draws from the global one, and a run that
        # starts in the middle of an epoch would not go on like one that never stopped.
        generator=torch.Generator(),
        worker_init_fn=_stand_apart,
    )
    number = start
    try:
        for batch in _start(loader):
            yield batch
            number += 1
    except (ConnectionError, EOFError) as error:
        raise LoaderError(_explain("died", number, epoch)) from error
    except RuntimeError as error:
        message = str(error)
        if "exited unexpectedly" in message:
            raise LoaderError(_explain("died", number, epoch)) from error
        if "timed out" in message:
            raise LoaderError(
                _explain(f"gave nothing for {settings.seconds:g} seconds", number, epoch)
            ) from error
        raise


def pooled_steps(data: PooledSettings, world: int) -> int:
    """Number of batches of each rank in an epoch, in complete pools.

    Args:
        data: Batches in an epoch and in a pool.
        world: Number of ranks.

    Returns:
        The number, a multiple of ``data.pool``.
    """
    return data.epoch // data.pool // world * data.pool


def load_pools(
    source_of: Callable[[range], BatchSource[Sequence[Item]]],
    data: PooledSettings,
    *,
    epoch: int,
    start: int,
    rank: int,
    world: int,
) -> Iterator[Item]:
    """Load the batches of one epoch from a source whose items are pools of batches.

    Args:
        source_of: Makes the source of the pools with the given numbers.
        data: Batches in an epoch and in a pool, and the loader's settings.
        epoch: Number of the epoch, for messages.
        start: Number of this rank's first batch to load.
        rank: This rank, 0 to ``world`` - 1.
        world: Number of ranks.

    Returns:
        The batches of this rank from ``start`` on.

    Raises:
        LoaderError: A worker process died or hangs.
    """
    pools = pooled_steps(data, world) // data.pool
    first, skipped = divmod(start, data.pool)
    source = source_of(range(first * world + rank, pools * world, world))
    loaded = load_in_order(source, data.loader, epoch=epoch, start=first)
    return islice((batch for pool in loaded for batch in pool), skipped, None)


def _start(loader: torch.utils.data.DataLoader[Item]) -> Iterator[Item]:
    """Start the worker processes while OpenCV has no threads.

    A forked process inherits OpenCV's record of its threads, but not the threads, and would wait
    for them forever. It keeps the one thread that it starts with.
    """
    threads = cv2.getNumThreads()
    cv2.setNumThreads(0)
    try:
        return iter(loader)
    finally:
        cv2.setNumThreads(threads)


def _stand_apart(_: int) -> None:
    """Ctrl-C and ``kill`` of a whole group reach the main process alone, which ends its workers
    when it has saved what it must; a worker that lost its parent ends by itself."""
    os.setsid()


def _explain(what: str, number: int, epoch: int) -> str:
    return (
        f"a process that loads pictures {what} at batch {number} of epoch {epoch} (killed, out of "
        f"memory, or a stuck disk?); resume the run, with fewer 'workers' if memory is short"
    )
