"""Length-bucketed batch sampler for any number of ranks.

The plan is a pure function of (seed, epoch, rank, world), so that a run resumes in the middle of an
epoch by counting. Inside a length bucket the pictures are shuffled, then sorted by size inside
windows, so that the pictures of a batch are alike in length and size and little is padded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class SamplerSettings:
    """Limits of a batch.

    ``pictures``: the most pictures; ``tokens``: the longest caption times pictures; ``pixels``:
    padded height x padded width x pictures. A picture beyond a budget is a batch by itself.
    ``multiple``: heights and widths are padded to it. ``window``: pictures that are sorted
    together; 1 does not sort. ``shuffle``: off for validation (the plan is then the same in every
    epoch).
    """

    pictures: int = 128
    tokens: int = 16_384
    pixels: int = 12_000_000
    multiple: int = 16
    window: int = 16_384
    shuffle: bool = True

    def __post_init__(self) -> None:
        for key in ("pictures", "tokens", "pixels", "multiple", "window"):
            if getattr(self, key) < 1:
                raise ValueError(f"'{key}' is {getattr(self, key)}; it must be at least 1")


class BucketSampler:
    """Plans batches of places 0 .. N-1 of N pictures.

    ``lengths_N`` tokens a caption; ``sizes_N2`` height and width as the network sees them;
    ``buckets_N`` any number that names the length bucket of a picture.

    Over all ranks every place comes exactly once in an epoch. At a step all ranks have batches of
    the same bucket. To give every rank the same number of batches, some are halved; a bucket with
    fewer pictures than ranks joins the next longer one. ValueError for fewer pictures than ranks.
    """

    def __init__(
        self,
        lengths_N: np.ndarray,
        sizes_N2: np.ndarray,
        buckets_N: np.ndarray,
        settings: SamplerSettings,
        *,
        seed: int = 0,
    ) -> None:
        if not len(lengths_N) == len(sizes_N2) == len(buckets_N):
            raise ValueError(
                f"{len(lengths_N)} lengths, {len(sizes_N2)} sizes and {len(buckets_N)} buckets; "
                f"their numbers must be equal"
            )
        self.settings = settings
        self.seed = seed
        multiple = settings.multiple
        self._lengths = np.asarray(lengths_N, dtype=np.int64)
        self._sizes = -(-np.asarray(sizes_N2, dtype=np.int64).reshape(-1, 2) // multiple) * multiple
        self._buckets = np.asarray(buckets_N)
        self._key: tuple[int, int] | None = None
        self._plan: list[list[np.ndarray]] = []

    def batches(self, epoch: int, rank: int = 0, world: int = 1) -> list[np.ndarray]:
        """Plan the batches of one rank.

        Args:
            epoch: Number of the epoch.
            rank: The rank, 0 to ``world`` - 1.
            world: Number of ranks.

        Returns:
            The batches in their order, each an int64 array of places.

        Raises:
            ValueError: ``rank`` is out of range, or there are fewer pictures than ranks.
        """
        if world < 1 or not 0 <= rank < world:
            raise ValueError(f"'rank' is {rank} of {world}; it must be between 0 and world - 1")
        return [batches[rank] for batches in self._rounds(epoch, world)]

    def steps(self, epoch: int, world: int = 1) -> int:
        """Number of batches of every rank.

        Args:
            epoch: Number of the epoch.
            world: Number of ranks.

        Returns:
            The number.

        Raises:
            ValueError: There are fewer pictures than ranks.
        """
        return len(self._rounds(epoch, world))

    def padding(self, epoch: int = 0) -> float:
        """Share of pixels in the batches that are padding.

        Args:
            epoch: Number of the epoch.

        Returns:
            The share, 0 to 1.
        """
        real = int(self._sizes.prod(axis=1).sum())
        padded = sum(
            len(batch) * int(self._sizes[batch].max(axis=0).prod()) for batch in self.batches(epoch)
        )
        return 1.0 - real / padded if padded else 0.0

    def _rounds(self, epoch: int, world: int) -> list[list[np.ndarray]]:
        """Steps of an epoch: each a list of one batch for each rank. The last plan is kept."""
        epoch = epoch if self.settings.shuffle else 0
        if self._key == (epoch, world):
            return self._plan
        if len(self._lengths) < world:
            raise ValueError(f"{len(self._lengths)} pictures cannot be shared by {world} ranks")
        generator = np.random.default_rng([self.seed, epoch])
        rounds: list[list[np.ndarray]] = []
        for places in self._groups(world):
            batches = self._cut(self._arrange(places, generator))
            rounds += _share(batches, world)
        if self.settings.shuffle:
            rounds = [rounds[number] for number in generator.permutation(len(rounds))]
        self._key, self._plan = (epoch, world), rounds
        return rounds

    def _groups(self, world: int) -> Iterator[np.ndarray]:
        """Places by bucket, from short to long; a bucket too small for all ranks joins the next."""
        order = np.argsort(self._buckets, kind="stable")
        cuts = np.flatnonzero(np.diff(self._buckets[order])) + 1
        groups: list[np.ndarray] = []
        waiting = np.zeros(0, dtype=np.int64)
        for places in np.split(order, cuts):
            waiting = np.concatenate([waiting, places])
            if len(waiting) >= world:
                groups.append(waiting)
                waiting = np.zeros(0, dtype=np.int64)
        if len(waiting):
            groups[-1] = np.concatenate([groups[-1], waiting])
        return iter(groups)

    def _arrange(self, places: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Places in the order in which they are cut into batches."""
        window = self.settings.window
        if self.settings.shuffle:
            places = generator.permutation(places)
        else:
            window = len(places)
        if window == 1:
            return places
        heights, widths = self._sizes[places, 0], self._sizes[places, 1]
        number = np.arange(len(places)) // window
        # Classes of like height, inside them by width. Every other class runs from wide to narrow
        # and every other window from high to low, so that few batches straddle a jump in size.
        levels = max(1, round((min(window, len(places)) / self.settings.pictures) ** 0.5))
        edges = np.quantile(heights, np.arange(1, levels) / levels)
        level = np.searchsorted(edges, heights)
        level = np.where(number % 2 == 1, levels - 1 - level, level)
        back = (level + number * levels) % 2 == 1
        return places[np.lexsort((np.where(back, -widths, widths), level, number))]

    def _cut(self, places: np.ndarray) -> list[np.ndarray]:
        """Cut a row of places into batches that keep all three budgets."""
        limit, settings = self.settings.pictures, self.settings
        lengths = self._lengths[places].tolist()
        heights, widths = self._sizes[places, 0].tolist(), self._sizes[places, 1].tolist()
        cuts, begin, longest, high, wide = [], 0, 0, 0, 0
        for place, (length, height, width) in enumerate(zip(lengths, heights, widths, strict=True)):
            longest = length if length > longest else longest
            high = height if height > high else high
            wide = width if width > wide else wide
            count = place - begin + 1
            if count > 1 and (
                count > limit
                or count * longest > settings.tokens
                or count * high * wide > settings.pixels
            ):
                cuts.append(place)
                begin, longest, high, wide = place, length, height, width
        return np.split(places, cuts)


def _share(batches: list[np.ndarray], world: int) -> list[list[np.ndarray]]:
    """Batches of one bucket as rounds of ``world`` batches; the largest are halved to fill up."""
    batches = list(batches)
    wanted = -(-len(batches) // world) * world
    if wanted > sum(map(len, batches)):
        # Nearly all are single pictures that fill a budget: the last ones must share a batch.
        wanted -= world
        batches[wanted - 1 :] = [np.concatenate(batches[wanted - 1 :])]
    while len(batches) < wanted:
        largest = max(range(len(batches)), key=lambda number: len(batches[number]))
        batches[largest : largest + 1] = np.array_split(batches[largest], 2)
    return [batches[number : number + world] for number in range(0, len(batches), world)]
