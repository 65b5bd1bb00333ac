"""Samples and batches: the same from any number of workers, and clear errors when one is lost."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from tests.data.drawings import competition_folder

from inchify.chemistry.tokenization.tokenizers import load_tokenizer
from inchify.data.augment import AugmentSettings
from inchify.data.dataset import (
    CaptionDataset,
    LoaderError,
    LoaderSettings,
    collate,
    load_batches,
)
from inchify.data.pictures.preparation import PictureSettings, prepare
from inchify.data.preprocessing.buckets import BucketTable, read_table
from inchify.data.preprocessing.preprocess import PreprocessSettings, preprocess
from inchify.data.preprocessing.store import PictureStore, StoreError
from inchify.data.sampler import BucketSampler, SamplerSettings
from inchify.types import Batch, Sample

PICTURES = PictureSettings(bond_pixels=12.0, margin=3)
CHANGES = AugmentSettings(
    salt=0.2, pepper=0.002, pepper_chance=0.9, geometry_chance=0.7, shift=3, quarter_chance=0.3
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    competition_folder(folder / "in", 64)
    preprocess(folder / "in", folder / "out", PreprocessSettings(jobs=1, progress=False, folds=2))
    return folder / "out"


def dataset_of(
    folder: Path, kind: type[CaptionDataset] = CaptionDataset, **named
) -> CaptionDataset:
    tokenizer = load_tokenizer(folder / "vocabulary.json")
    return kind(read_table(folder), PictureStore(folder), tokenizer, PICTURES, **named)


def plan(table: BucketTable, epoch: int = 0, size: int = 8) -> list[np.ndarray]:
    sizes = table.sizes(PICTURES)
    wanted = SamplerSettings(pictures=size)
    return BucketSampler(table.lengths, sizes, table.buckets, wanted).batches(epoch)


def same(first: Batch, second: Batch) -> bool:
    return first.image_ids == second.image_ids and all(
        torch.equal(getattr(first, name), getattr(second, name))
        for name in ("images_BCHW", "sizes_B2", "ids_BL", "lengths_B")
    )


def test_workers_do_not_matter_and_epochs_differ(folder: Path) -> None:
    dataset = dataset_of(folder, augmentation=CHANGES, seed=5)
    places = [np.arange(begin, begin + 8) for begin in range(0, 64, 8)]
    pictures: dict[int, list[dict[str, bytes]]] = {}
    for workers in (0, 1, 2):
        pictures[workers] = []
        for epoch in range(3):
            seen = {}
            settings = LoaderSettings(workers=workers)
            for batch in load_batches(dataset, places, settings, epoch=epoch):
                for name, image, size in zip(
                    batch.image_ids, batch.images_BCHW, batch.sizes_B2.tolist(), strict=True
                ):
                    seen[name] = bytes(size) + image[0, : size[0], : size[1]].numpy().tobytes()
            pictures[workers].append(seen)
    assert pictures[0] == pictures[1] == pictures[2]
    first, second, third = pictures[0]
    for one, other in ((first, second), (second, third), (first, third)):
        assert len(one) == 64 and not any(one[name] == other[name] for name in one)
    for epoch in pictures[0]:
        assert len(set(epoch.values())) >= 60


def test_a_start_in_the_middle_gives_the_rest(folder: Path) -> None:
    dataset = dataset_of(folder, augmentation=CHANGES)
    batches = plan(dataset.table)
    for workers in (0, 2):
        settings = LoaderSettings(workers=workers)
        whole = list(load_batches(dataset, batches, settings, epoch=1))
        rest = list(load_batches(dataset, batches, settings, epoch=1, start=5))
        assert len(whole) == len(batches) and len(rest) == len(batches) - 5
        assert all(same(first, second) for first, second in zip(whole[5:], rest, strict=True))
        assert not list(load_batches(dataset, batches, settings, start=len(batches)))
    with pytest.raises(ValueError, match="'start' is 99"):
        list(load_batches(dataset, batches, LoaderSettings(), start=99))


def test_loading_leaves_the_global_generator_alone(folder: Path) -> None:
    dataset = dataset_of(folder, augmentation=CHANGES)
    torch.manual_seed(1)
    np.random.seed(1)
    before = torch.random.get_rng_state()
    list(load_batches(dataset, plan(dataset.table), LoaderSettings(workers=1)))
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_sample_is_the_stored_picture_and_its_caption(folder: Path) -> None:
    indices = np.array([5, 3, 60])
    dataset = dataset_of(folder, indices=indices)
    table, store = dataset.table, dataset.store
    sizes = table.sizes(PICTURES)
    assert len(dataset) == 3
    for place, index in enumerate(indices.tolist()):
        sample = dataset.sample(place, epoch=place)
        assert sample.image_id == table.ids[index]
        assert dataset.tokenizer.decode(sample.ids) == table.captions[index]
        assert len(sample.ids) == table.lengths[index]
        assert np.array_equal(sample.picture, prepare(store.read(int(table.rows[index])), PICTURES))
        assert sample.picture.shape == tuple(sizes[index])


def test_collate_pads_with_paper_and_counts() -> None:
    samples = [
        Sample("a", np.full((5, 9), 255, dtype=np.uint8), [1, 7, 2]),
        Sample("b", np.full((17, 3), 200, dtype=np.uint8), [1, 7, 8, 9, 2]),
    ]
    batch = collate(samples, multiple=8)
    assert batch.images_BCHW.shape == (2, 1, 24, 16) and batch.images_BCHW.dtype == torch.uint8
    assert batch.sizes_B2.tolist() == [[5, 9], [17, 3]]
    assert batch.ids_BL is not None and batch.ids_BL.tolist() == [[1, 7, 2, 0, 0], [1, 7, 8, 9, 2]]
    assert batch.lengths_B is not None and batch.lengths_B.tolist() == [3, 5]
    assert batch.tokens == 6 and len(batch) == 2
    assert int(batch.images_BCHW[0].sum()) == 45 * 255
    assert int(batch.images_BCHW[1, 0, :17, :3].sum()) == int(batch.images_BCHW[1].sum())
    unknown = collate([Sample("a", samples[0].picture)], multiple=1)
    assert unknown.ids_BL is None and unknown.images_BCHW.shape == (1, 1, 5, 9)
    with pytest.raises(ValueError, match="at least one"):
        collate([])


class Killed(CaptionDataset):
    """Its worker process is killed at one picture, as by a system short of memory."""

    def sample(self, place: int, epoch: int = 0) -> Sample:
        if place == 20:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().sample(place, epoch)


class Stuck(CaptionDataset):
    """Its worker hangs at one picture."""

    def sample(self, place: int, epoch: int = 0) -> Sample:
        if place == 20:
            time.sleep(600)
        return super().sample(place, epoch)


@pytest.mark.parametrize(
    ("kind", "seconds", "word"), [(Killed, 60.0, "died"), (Stuck, 2.0, "gave nothing for 2 sec")]
)
def test_a_lost_worker_is_one_clear_error(
    folder: Path, kind: type[CaptionDataset], seconds: float, word: str
) -> None:
    dataset = dataset_of(folder, kind)
    places = [np.arange(begin, begin + 4) for begin in range(0, 64, 4)]
    began = time.monotonic()
    with pytest.raises(LoaderError, match=f"{word}.* epoch 3.*resume the run"):
        list(load_batches(dataset, places, LoaderSettings(workers=2, seconds=seconds), epoch=3))
    assert time.monotonic() - began < 500


def test_a_damaged_picture_is_named_even_from_a_worker(folder: Path) -> None:
    dataset = dataset_of(folder)
    dataset.store.places = dataset.store.places.copy()
    dataset.store.places["length"][30] -= 3
    for workers in (0, 1):
        with pytest.raises(StoreError, match="row 30"):
            list(load_batches(dataset, [np.arange(64)], LoaderSettings(workers=workers)))


def test_left_early_no_worker_stays_behind(folder: Path) -> None:
    dataset = dataset_of(folder)
    before = set(psutil.Process().children())
    for _ in range(3):
        batches = load_batches(dataset, plan(dataset.table, size=4), LoaderSettings(workers=2))
        next(batches)
        batches.close()
    for _ in range(100):
        living = set(psutil.Process().children()) - before
        if not living:
            break
        time.sleep(0.1)
    assert not living


def test_memory_stays_flat_over_many_batches(folder: Path) -> None:
    dataset = dataset_of(folder, augmentation=AugmentSettings())
    batches = plan(dataset.table) * 12
    process = psutil.Process()
    sizes = []
    for number, _ in enumerate(load_batches(dataset, batches, LoaderSettings(workers=1))):
        if number % 10 == 9:
            children = process.children()
            sizes.append(sum(child.memory_info().rss for child in (process, *children)))
    assert sizes[-1] < 1.1 * sizes[1]


def test_a_table_and_a_store_of_different_runs_are_refused(folder: Path) -> None:
    dataset = dataset_of(folder)
    dataset.store.places = dataset.store.places[:10]
    with pytest.raises(ValueError, match="same preprocess run"):
        CaptionDataset(dataset.table, dataset.store, dataset.tokenizer, PICTURES)


@pytest.mark.parametrize(
    ("key", "value"), [("workers", -1), ("prefetch", 0), ("seconds", 0.0), ("multiple", 0)]
)
def test_wrong_settings_name_the_key(key: str, value: float) -> None:
    with pytest.raises(ValueError, match=key):
        LoaderSettings(**{key: value})
