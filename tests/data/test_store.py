"""The picture store: what was written is read, and what was damaged is noticed."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data.drawings import line_drawing

from inchify.data.preprocessing.store import (
    INDEX,
    PLACE,
    PictureStore,
    StoreError,
    StoreWriter,
    decode_picture,
    encode_picture,
    shard_name,
)


def write(folder: Path, pictures: list[np.ndarray], shard_bytes: int = 400) -> StoreWriter:
    with StoreWriter(folder, shard_bytes=shard_bytes) as writer:
        for row, foreground_mask in enumerate(pictures):
            assert writer.add(foreground_mask) == row
    return writer


@settings(max_examples=150)
@given(
    st.integers(0, 10**6),
    st.integers(1, 80),
    st.integers(1, 1200),
    st.sampled_from([0, 1e-3, 0.1, 0.5, 1]),
)
def test_any_picture_comes_back(seed: int, height: int, width: int, share: float) -> None:
    foreground_mask = np.random.default_rng(seed).random((height, width)) < share
    record, place = encode_picture(foreground_mask)
    back = decode_picture(record, place)
    assert back.dtype == bool and np.array_equal(back, foreground_mask)


def test_blank_lines_longer_than_one_byte_counts() -> None:
    for gap in (253, 254, 255, 256, 509, 510, 511, 65000):
        foreground_mask = np.zeros((1, gap + 2), dtype=bool)
        foreground_mask[0, [0, -1]] = True
        assert np.array_equal(decode_picture(*encode_picture(foreground_mask)), foreground_mask), (
            gap
        )


def test_a_picture_of_a_side_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="70000 x 1"):
        encode_picture(np.zeros((1, 70_000), dtype=bool))
    with pytest.raises(ValueError, match="0 x 1"):
        encode_picture(np.zeros((1, 0), dtype=bool))


def test_round_trip_over_many_shards_and_pickle(tmp_path: Path) -> None:
    pictures = [line_drawing(seed, atoms=3 + seed % 7, salt=0.1) for seed in range(40)]
    pictures.append(np.zeros((20, 30), dtype=bool))
    writer = write(tmp_path, pictures)
    assert len(list(tmp_path.glob("*.bits"))) > 5
    store = pickle.loads(pickle.dumps(PictureStore(tmp_path)))
    assert len(store) == len(pictures)
    for row in np.random.default_rng(0).permutation(len(pictures)).tolist():
        assert np.array_equal(store.read(row), pictures[row])
    opened = pickle.loads(pickle.dumps(store))
    store.close()
    assert np.array_equal(opened.read(3), pictures[3]) and np.array_equal(
        store.read(3), pictures[3]
    )
    for name, size in writer.sizes.items():
        assert (tmp_path / name).stat().st_size == size
    with pytest.raises(IndexError, match="row 41"):
        store.read(41)
    with pytest.raises(IndexError):
        store.read(-1)


def test_many_records_at_once_are_the_same_as_one_by_one(tmp_path: Path) -> None:
    pictures = [line_drawing(seed) for seed in range(15)]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    write(tmp_path / "a", pictures, 300)
    encoded = [encode_picture(foreground_mask) for foreground_mask in pictures]
    with StoreWriter(tmp_path / "b", shard_bytes=300) as writer:
        for begin, end in ((0, 4), (4, 4), (4, 15)):
            records = b"".join(record for record, _ in encoded[begin:end])
            places = np.array([place for _, place in encoded[begin:end]], dtype=PLACE)
            writer.add_records(records, places)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@pytest.fixture(scope="module")
def index_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    write(folder, [line_drawing(seed) for seed in range(4)])
    return folder


@settings(max_examples=60)
@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_of_the_index_is_noticed(index_folder: Path, place: int, bit: int) -> None:
    folder = index_folder
    whole = (folder / INDEX).read_bytes()
    content = bytearray(whole)
    content[place % len(content)] ^= 1 << bit
    (folder / INDEX).write_bytes(content)
    with pytest.raises(StoreError, match=INDEX):
        PictureStore(folder)
    (folder / INDEX).write_bytes(whole)


def test_a_flipped_bit_of_a_record_gives_no_wrong_picture(tmp_path: Path) -> None:
    pictures = [line_drawing(seed) for seed in range(3)]
    write(tmp_path, pictures, 10**6)
    shard = tmp_path / shard_name(0)
    whole = shard.read_bytes()
    failures = 0
    for place in range(len(whole)):
        content = bytearray(whole)
        content[place] ^= 1 << place % 8
        shard.write_bytes(content)
        store = PictureStore(tmp_path)
        for row, foreground_mask in enumerate(pictures):
            try:
                assert np.array_equal(store.read(row), foreground_mask)
            except StoreError as error:
                assert f"row {row}" in str(error) and shard.name in str(error)
                failures += 1
    # A few bits fill up the last byte of a record and mean nothing.
    assert 0.98 * len(whole) <= failures <= len(whole)


def test_missing_and_short_shards_are_noticed_at_once(tmp_path: Path) -> None:
    write(tmp_path, [line_drawing(seed) for seed in range(9)])
    shard = tmp_path / shard_name(1)
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-1])
    with pytest.raises(StoreError, match="bytes instead of"):
        PictureStore(tmp_path)
    shard.unlink()
    with pytest.raises(StoreError, match=r"pictures_001.bits: this file .* missing"):
        PictureStore(tmp_path)
    with pytest.raises(StoreError, match="no picture store here"):
        PictureStore(tmp_path / "elsewhere")
    (tmp_path / INDEX).write_bytes(b"")
    with pytest.raises(StoreError, match="no index"):
        PictureStore(tmp_path)


def test_a_broken_off_writer_leaves_no_index(tmp_path: Path) -> None:
    with pytest.raises(KeyError), StoreWriter(tmp_path) as writer:
        writer.add(line_drawing(0))
        raise KeyError
    assert not list(tmp_path.iterdir())


def test_an_empty_store(tmp_path: Path) -> None:
    write(tmp_path, [])
    assert len(PictureStore(tmp_path)) == 0 and list(PictureStore(tmp_path)) == []
