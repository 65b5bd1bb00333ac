"""The batch plan: a partition over ranks, one bucket a step, budgets kept, a pure function."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inchify.data.sampler import BucketSampler, SamplerSettings


def pictures(seed: int, count: int, buckets: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    lengths = generator.integers(3, 20 * buckets, count)
    sizes = generator.integers(10, 300, (count, 2))
    return lengths, sizes, (lengths // 20 + 1) * 20


SETTINGS = st.builds(
    SamplerSettings,
    pictures=st.integers(1, 40),
    tokens=st.integers(1, 3000),
    pixels=st.integers(1, 2_000_000),
    multiple=st.sampled_from([1, 16, 32]),
    window=st.sampled_from([1, 7, 64, 10_000]),
    shuffle=st.booleans(),
)


@settings(max_examples=200)
@given(st.integers(0, 10**6), st.integers(1, 400), st.integers(1, 9), SETTINGS, st.integers(0, 3))
def test_every_picture_once_and_the_same_bucket_on_all_ranks(
    seed: int, count: int, world: int, wanted: SamplerSettings, epoch: int
) -> None:
    lengths, sizes, buckets = pictures(seed, count)
    sampler = BucketSampler(lengths, sizes, buckets, wanted, seed=seed)
    if count < world:
        with pytest.raises(ValueError, match=f"{count} pictures"):
            sampler.batches(epoch, 0, world)
        return
    ranks = [sampler.batches(epoch, rank, world) for rank in range(world)]
    assert {len(batches) for batches in ranks} == {sampler.steps(epoch, world)}
    everything = np.concatenate([batch for batches in ranks for batch in batches])
    assert np.array_equal(np.sort(everything), np.arange(count))
    enough = all(np.sum(buckets == bucket) >= world for bucket in np.unique(buckets))
    padded = -(-sizes // wanted.multiple) * wanted.multiple
    over = 0
    for step in zip(*ranks, strict=True):
        together = np.concatenate(step)
        if enough:
            assert len(np.unique(buckets[together])) == 1
        for batch in step:
            assert len(batch)
            over += len(batch) > 1 and (
                len(batch) > wanted.pictures
                or len(batch) * lengths[batch].max() > wanted.tokens
                or len(batch) * padded[batch].max(axis=0).prod() > wanted.pixels
            )
    # Only where single pictures fill a budget may one batch of a bucket go over it.
    assert over == 0 or (world > 1 and over <= len(np.unique(buckets)))


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(50, 300), SETTINGS)
def test_a_pure_function_that_differs_between_epochs_and_seeds(
    seed: int, count: int, wanted: SamplerSettings
) -> None:
    def plan(seed: int, epoch: int) -> list[list[int]]:
        sampler = BucketSampler(*pictures(0, count), wanted, seed=seed)
        sampler.batches(epoch + 1)  # what was asked before must not matter
        return [batch.tolist() for batch in sampler.batches(epoch)]

    assert plan(seed, 3) == plan(seed, 3)
    assert (plan(seed, 3) != plan(seed, 4)) == wanted.shuffle
    assert (plan(seed, 3) != plan(seed + 1, 3)) == wanted.shuffle


def test_sorting_inside_windows_saves_padding() -> None:
    data = pictures(1, 20_000)
    plain = BucketSampler(*data, SamplerSettings(window=1, pictures=32)).padding()
    good = BucketSampler(*data, SamplerSettings(window=8192, pictures=32)).padding()
    assert good < 0.12 < 0.4 < plain


def test_pictures_change_their_neighbors() -> None:
    data = pictures(1, 6000, buckets=1)
    sampler = BucketSampler(*data, SamplerSettings(pictures=16, window=512), seed=1)
    neighbors = []
    for epoch in (0, 1):
        pairs = set()
        for batch in sampler.batches(epoch):
            pairs.update((a, b) for a in batch.tolist() for b in batch.tolist() if a < b)
        neighbors.append(pairs)
    assert len(neighbors[0] & neighbors[1]) < 0.25 * len(neighbors[0])


def test_validation_plan_is_the_same_in_every_epoch() -> None:
    sampler = BucketSampler(*pictures(2, 500), SamplerSettings(shuffle=False, pictures=20))
    assert all(
        np.array_equal(first, second)
        for first, second in zip(sampler.batches(0), sampler.batches(7), strict=True)
    )


def test_wrong_arguments_are_named() -> None:
    for key in ("pictures", "tokens", "pixels", "multiple", "window"):
        with pytest.raises(ValueError, match=key):
            SamplerSettings(**{key: 0})
    lengths, sizes, buckets = pictures(0, 10)
    with pytest.raises(ValueError, match="10 lengths, 9 sizes"):
        BucketSampler(lengths, sizes[:9], buckets, SamplerSettings())
    sampler = BucketSampler(lengths, sizes, buckets, SamplerSettings())
    with pytest.raises(ValueError, match="'rank' is 2 of 2"):
        sampler.batches(0, 2, 2)
