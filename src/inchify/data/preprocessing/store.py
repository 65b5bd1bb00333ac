"""Compressed random-access store of millions of small bilevel pictures.

A picture is cropped to its foreground (the margin is stored), written as the distances between its
foreground pixels and compressed by zlib: about 1 kB a picture, a quarter less than packed bits and
faster both ways (``inchify.benchmarks.speed.store`` measures it against the alternatives). Records
lie one after the other in shards ``pictures_000.bits``; ``pictures.index`` knows where.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np

from inchify.io.atomic import AtomicFile

INDEX = "pictures.index"
_MAGIC = b"INCHIPIC0001"
_HEAD = len(_MAGIC) + 8 + 32
# One row of the index; the crop stands at (top, left) of the full picture. Pixels and bytes.
PLACE = np.dtype(
    [
        ("shard", "<u2"),
        ("offset", "<u4"),
        ("length", "<u4"),
        ("height", "<u2"),
        ("width", "<u2"),
        ("top", "<u2"),
        ("left", "<u2"),
        ("ink_height", "<u2"),
        ("ink_width", "<u2"),
    ]
)
_JUMP = 255


class StoreError(ValueError):
    """The files of a picture store are damaged, incomplete or not of this kind."""


def shard_name(number: int) -> str:
    """File name of a shard."""
    return f"pictures_{number:03d}.bits"


def encode_picture(foreground_mask: np.ndarray) -> tuple[bytes, np.ndarray]:
    """Compress a picture.

    Each byte is the number of blank pixels before the next foreground pixel, row by row of the
    crop; 255 stands for 255 blank pixels and no foreground.

    Args:
        foreground_mask: bool (H, W), sides of at most 65,535 pixels.

    Returns:
        The record and its ``PLACE``, with shard and offset still zero.

    Raises:
        ValueError: A side is empty or too long.
    """
    height, width = foreground_mask.shape
    if not 0 < height <= 65535 or not 0 < width <= 65535:
        raise ValueError(f"a picture of {width} x {height} pixels; sides from 1 to 65,535 fit")
    place = np.zeros((), dtype=PLACE)
    place["height"], place["width"] = height, width
    rows, columns = (
        np.flatnonzero(foreground_mask.any(axis=1)),
        np.flatnonzero(foreground_mask.any(axis=0)),
    )
    if len(rows):
        top, left = int(rows[0]), int(columns[0])
        crop = foreground_mask[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
        place["top"], place["left"] = top, left
        place["ink_height"], place["ink_width"] = crop.shape
        gaps = np.diff(np.flatnonzero(crop), prepend=-1) - 1
    else:
        gaps = np.zeros(0, dtype=np.int64)
    jumps = gaps // _JUMP
    steps = np.full(len(gaps) + int(jumps.sum()), _JUMP, dtype=np.uint8)
    steps[np.arange(len(gaps)) + np.cumsum(jumps)] = gaps % _JUMP
    record = zlib.compress(steps.tobytes(), 6)
    place["length"] = len(record)
    return record, place


def decode_picture(record: bytes, place: Any) -> np.ndarray:
    """Decompress a picture: the inverse of ``encode_picture``.

    Args:
        record: The compressed bytes.
        place: The ``PLACE`` of the record.

    Returns:
        bool (H, W).

    Raises:
        zlib.error: The record is damaged.
        IndexError: The record does not fit ``place``.
    """
    steps = np.frombuffer(zlib.decompress(record), dtype=np.uint8)
    is_foreground = steps != _JUMP
    ends = np.cumsum(np.add(steps, is_foreground, dtype=np.int32))
    crop = np.zeros((int(place["ink_height"]), int(place["ink_width"])), dtype=bool)
    crop.reshape(-1)[ends[is_foreground] - 1] = True
    picture = np.zeros((int(place["height"]), int(place["width"])), dtype=bool)
    top, left = int(place["top"]), int(place["left"])
    picture[top : top + crop.shape[0], left : left + crop.shape[1]] = crop
    return picture


class StoreWriter:
    """Writes a store; a shard appears when it is full, the index at ``close``.

    ``digests`` holds the SHA-256 of every finished file, by name, and ``sizes`` its bytes.
    """

    def __init__(self, folder: Path, *, shard_bytes: int = 1_000_000_000) -> None:
        if not 0 < shard_bytes < 2**32:
            raise ValueError(
                f"'shard_bytes' is {shard_bytes}; it must be between 1 and 4,294,967,295"
            )
        self.folder = folder
        self.shard_bytes = shard_bytes
        self.digests: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self._places: list[np.ndarray] = []
        self._rows = 0
        self._shard = 0
        self._file: AtomicFile | None = None

    def add(self, foreground_mask: np.ndarray) -> int:
        """Append a picture.

        Args:
            foreground_mask: bool (H, W).

        Returns:
            Its row in the store.
        """
        record, place = encode_picture(foreground_mask)
        self.add_records(record, place.reshape(1))
        return self._rows - 1

    def add_records(self, records: bytes, places: np.ndarray) -> None:
        """Append encoded pictures.

        Args:
            records: Their records, one after the other.
            places: (N,) of type ``PLACE``; shard and offset are assigned here.

        Raises:
            StoreError: The lengths of ``places`` do not add up to ``records``.
        """
        places = places.copy()
        ends = np.cumsum(places["length"], dtype=np.int64)
        if len(places) and ends[-1] != len(records):
            raise StoreError(f"records of {len(records)} bytes, but the index says {ends[-1]}")
        begin = 0
        while begin < len(places):
            start = int(ends[begin - 1]) if begin else 0
            file = self._open()
            space = self.shard_bytes - file.size
            fits = int(np.searchsorted(ends, start + space, side="right"))
            if fits <= begin:
                if file.size:
                    self._finish_shard()
                    continue
                fits = begin + 1  # a record larger than a shard still needs a place
            stop = int(ends[fits - 1])
            places["shard"][begin:fits] = self._shard
            lengths = places["length"][begin:fits]
            places["offset"][begin:fits] = file.size + ends[begin:fits] - start - lengths
            file.write(memoryview(records)[start:stop])
            begin = fits
        self._places.append(places)
        self._rows += len(places)

    def _open(self) -> AtomicFile:
        if self._file is None:
            self._file = AtomicFile(self.folder / shard_name(self._shard))
        return self._file

    def _finish_shard(self) -> None:
        if self._file is not None:
            self._keep(self._file)
            self._file = None
            self._shard += 1

    def _keep(self, file: AtomicFile) -> None:
        file.commit()
        self.digests[file.path.name] = file.digest
        self.sizes[file.path.name] = file.size

    def close(self) -> None:
        """Finish the last shard and write the index."""
        self._finish_shard()
        places = np.concatenate(self._places) if self._places else np.zeros(0, dtype=PLACE)
        body = places.tobytes()
        with AtomicFile(self.folder / INDEX) as file:
            count = len(places).to_bytes(8, "little")
            file.write(_MAGIC + count + hashlib.sha256(count + body).digest())
            file.write(body)
        self.digests[INDEX], self.sizes[INDEX] = file.digest, file.size

    def abort(self) -> None:
        """Drop what is not finished."""
        if self._file is not None:
            self._file.abort()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()


class PictureStore:
    """Random reads from a finished store; may be pickled, and forked workers may share it.

    The index (22 bytes a picture) is kept in memory. Records are read by position from the shards,
    not through a memory map: that is as fast, keeps the resident memory flat and turns a vanished
    disk into an error instead of a crash.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.places = _read_index(self.folder / INDEX)
        self._files: dict[int, BinaryIO] = {}
        self._check_shards()

    def __len__(self) -> int:
        return len(self.places)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_files": {}}

    def read(self, row: int) -> np.ndarray:
        """Read a picture.

        Args:
            row: Row of the picture in the store.

        Returns:
            Its foreground mask, bool (H, W), as it was written.

        Raises:
            IndexError: There is no such row.
            StoreError: The record is damaged; the message names the file.
        """
        if not 0 <= row < len(self.places):
            raise IndexError(f"row {row}; the store has rows 0 to {len(self.places) - 1}")
        place = self.places[row]
        shard = int(place["shard"])
        file = self._files.get(shard)
        if file is None:
            file = self._files[shard] = (self.folder / shard_name(shard)).open("rb", buffering=0)
        record = os.pread(file.fileno(), int(place["length"]), int(place["offset"]))
        try:
            return decode_picture(record, place)
        except (zlib.error, IndexError) as error:
            raise StoreError(
                f"{self.folder / shard_name(shard)}: the picture of row {row} is damaged ({error})"
            ) from error

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self.read(row) for row in range(len(self)))

    def close(self) -> None:
        """Close the shards; a later read opens them again."""
        for file in self._files.values():
            file.close()
        self._files = {}

    def _check_shards(self) -> None:
        """Every shard must be there and hold the last byte that the index speaks of."""
        ends = self.places["offset"].astype(np.int64) + self.places["length"]
        for shard in np.unique(self.places["shard"]):
            path = self.folder / shard_name(int(shard))
            if not path.is_file():
                raise StoreError(f"{path}: this file of the picture store is missing")
            wanted = int(ends[self.places["shard"] == shard].max())
            if path.stat().st_size != wanted:
                raise StoreError(f"{path}: {path.stat().st_size:,} bytes instead of {wanted:,}")


def _read_index(path: Path) -> np.ndarray:
    if not path.is_file():
        raise StoreError(f"{path}: there is no picture store here (no such file)")
    content = path.read_bytes()
    if content[: len(_MAGIC)] != _MAGIC or len(content) < _HEAD:
        raise StoreError(f"{path}: this is no index of a picture store, or its start is damaged")
    count = content[len(_MAGIC) : len(_MAGIC) + 8]
    body = memoryview(content)[_HEAD:]
    if hashlib.sha256(count + body).digest() != content[len(_MAGIC) + 8 : _HEAD]:
        raise StoreError(f"{path}: the checksum is wrong, so the index is damaged")
    places = np.frombuffer(body, dtype=PLACE)
    if len(places) != int.from_bytes(count, "little"):
        raise StoreError(f"{path}: the number of rows is wrong, so the index is damaged")
    return places
