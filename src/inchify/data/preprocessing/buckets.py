"""Compact in-memory table of all captions from the ``bucket_*.csv`` of a work folder.

Millions of Python strings would cost gigabytes, more in every worker process, so strings are kept
as one run of bytes with offsets, and all else as arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from inchify.data.pictures.preparation import PictureSettings, prepared_sizes

if TYPE_CHECKING:
    import pandas

# Rows that are strings at one time while a file is read.
_ROWS_AT_ONCE = 100_000


class Strings:
    """Many strings as one run of UTF-8 bytes."""

    def __init__(self, content: bytes, offsets: np.ndarray) -> None:
        self.content = content
        self.offsets = offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, place: int) -> str:
        if not 0 <= place < len(self):
            raise IndexError(f"string {place}; there are {len(self)}")
        return self.content[self.offsets[place] : self.offsets[place + 1]].decode()

    @classmethod
    def of(cls, parts: Sequence[tuple[bytes, np.ndarray]]) -> Strings:
        """Join pieces of (bytes, length of each string in bytes)."""
        lengths = np.concatenate([lengths for _, lengths in parts]) if parts else np.zeros(0, int)
        offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
        np.cumsum(lengths, out=offsets[1:])
        return cls(b"".join(content for content, _ in parts), offsets)


@dataclass(frozen=True)
class BucketTable:
    """Every kept picture of a work folder; row i of each column is the same picture.

    ``truths`` are InChIs; ``captions`` what the network writes (the same object for the InChI
    tokenizer). ``lengths`` in tokens with start and end; ``buckets`` the upper edge of the bucket;
    ``folds`` the fold that holds the picture out; ``rows`` its row in the picture store;
    ``drawing_sizes_N2`` height and width of its drawing and ``bonds`` pixels a bond, all as in the
    file.
    """

    ids: Strings
    truths: Strings
    captions: Strings
    lengths: np.ndarray
    buckets: np.ndarray
    folds: np.ndarray
    rows: np.ndarray
    drawing_sizes_N2: np.ndarray
    bonds: np.ndarray

    def __len__(self) -> int:
        return len(self.lengths)

    def sizes(self, settings: PictureSettings) -> np.ndarray:
        """Sizes of the pictures as the network receives them.

        Args:
            settings: How ``prepare`` scales pictures.

        Returns:
            int32 (N, 2), height and width in pixels.
        """
        return prepared_sizes(
            self.drawing_sizes_N2[:, 0], self.drawing_sizes_N2[:, 1], self.bonds, settings
        )

    def choose(
        self,
        part: Literal["train", "validation"],
        *,
        fold: int,
        max_length: int | None = None,
        limit: int | None = None,
        seed: int = 0,
    ) -> np.ndarray:
        """Select the training or validation pictures of a fold.

        Args:
            part: "train" or "validation".
            fold: The fold held out; -1 trains on everything and has no validation pictures.
            max_length: Maximum caption length, in tokens with start and end; any where None.
            limit: Number of pictures drawn from the rest; all where None.
            seed: Seed of that draw.

        Returns:
            Indices of rows, ascending.

        Raises:
            ValueError: ``fold`` or ``part`` is unknown.
        """
        known = np.unique(self.folds).tolist()
        if fold != -1 and fold not in known:
            raise ValueError(f"'fold' is {fold}; it must be -1 (all) or one of {known}")
        if part not in ("train", "validation"):
            raise ValueError(f"'part' is {part!r}; it must be one of train, validation")
        chosen = (self.folds != fold) == (part == "train")
        if max_length is not None:
            chosen &= self.lengths <= max_length
        indices = np.flatnonzero(chosen)
        if limit is not None and limit < len(indices):
            generator = np.random.default_rng([seed, 1])
            indices = np.sort(generator.choice(indices, size=limit, replace=False))
        return indices


def read_table(folder: Path) -> BucketTable:
    """Read the table of a work folder.

    Args:
        folder: A folder with ``bucket_*.csv``.

    Returns:
        The table, with the rows in order of the bucket files.

    Raises:
        ValueError: There are no bucket files, or one lacks a column.
    """
    paths = sorted(Path(folder).glob("bucket_*.csv"))
    if not paths:
        raise ValueError(f"{folder}: there are no bucket_*.csv files; run preprocess first")
    words: dict[str, list[tuple[bytes, np.ndarray]]] = {"image_id": [], "InChI": [], "SMILES": []}
    facts: dict[str, list[np.ndarray]] = {name: [] for name in (*_FACTS, "bucket")}
    for path in paths:
        for frame in _frames(path):
            for name, parts in words.items():
                if name in frame.columns:
                    parts.append(_encoded(frame[name]))
            for name, kind in _FACTS.items():
                facts[name].append(frame[name].to_numpy(dtype=kind))
            facts["bucket"].append(np.full(len(frame), _edge(path), dtype=np.uint16))
    columns = {name: np.concatenate(parts) for name, parts in facts.items()}
    ids, truths = Strings.of(words["image_id"]), Strings.of(words["InChI"])
    captions = Strings.of(words["SMILES"]) if words["SMILES"] else truths
    if len(captions) != len(truths):
        raise ValueError(f"{folder}: only some of the bucket files have a column SMILES")
    return BucketTable(
        ids=ids,
        truths=truths,
        captions=captions,
        lengths=columns["length"],
        buckets=columns["bucket"],
        folds=columns["fold"],
        rows=columns["row"],
        drawing_sizes_N2=np.stack([columns["ink_height"], columns["ink_width"]], axis=1),
        bonds=columns["bond"],
    )


_FACTS = {
    "length": np.uint16,
    "fold": np.uint8,
    "row": np.uint32,
    "ink_height": np.uint16,
    "ink_width": np.uint16,
    "bond": np.float32,
}


def _edge(path: Path) -> int:
    digits = path.stem.removeprefix("bucket_")
    if not digits.isdigit():
        raise ValueError(f"{path}: a bucket file is called bucket_<longest caption>.csv")
    return int(digits)


def _frames(path: Path) -> Iterator[pandas.DataFrame]:
    """Pieces of a bucket file as pandas frames."""
    import pandas

    header = pandas.read_csv(path, nrows=0).columns
    missing = [name for name in ("image_id", "InChI", *_FACTS) if name not in header]
    if missing:
        raise ValueError(f"{path}: there is no column {', '.join(missing)}")
    strings = {"image_id": object, "InChI": object, "SMILES": object}
    wanted = [name for name in header if name in strings or name in _FACTS]
    yield from pandas.read_csv(
        path,
        usecols=wanted,
        dtype={**_FACTS, **strings},
        keep_default_na=False,
        na_filter=False,
        chunksize=_ROWS_AT_ONCE,
    )


def _encoded(column: Sequence[str]) -> tuple[bytes, np.ndarray]:
    """Strings as one run of bytes and the length of each in bytes."""
    strings = list(column)
    content = "".join(strings).encode()
    lengths = np.fromiter(map(len, strings), dtype=np.int32, count=len(strings))
    if int(lengths.sum()) != len(content):  # some letter takes more than one byte
        lengths = np.array([len(string.encode()) for string in strings], dtype=np.int32)
    return content, lengths
