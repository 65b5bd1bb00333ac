"""Image ids of a competition folder in order, with their picture files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

HEADER = "image_id,InChI"


def sample_ids(path: Path) -> Iterator[str]:
    """Yield the image ids of a ``sample_submission.csv``, line by line (the real one has 1.6 M).

    Raises:
        ValueError: There is no such file, or a line is not in the competition's format.
    """
    if not path.is_file():
        raise ValueError(f"{path}: there is no such sample submission")
    with path.open(encoding="utf-8-sig") as stream:
        header = stream.readline().rstrip("\r\n")
        if header != HEADER:
            raise ValueError(f"{path}, line 1: the header is {header!r}; it must be '{HEADER}'")
        for number, line in enumerate(stream, 2):
            image_id = line.partition(",")[0].strip().strip('"')
            if not image_id:
                raise ValueError(f"{path}, line {number}: there is no image_id in {line.strip()!r}")
            yield image_id


def count_ids(path: Path) -> int:
    """The number of rows of a sample submission."""
    return sum(1 for _ in sample_ids(path))


def parse_shard(text: str) -> tuple[int, int]:
    """Parse a shard.

    Args:
        text: ``I/N``, 1 <= I <= N.

    Returns:
        Index from 1 and count.

    Raises:
        ValueError: The text is not of that form, or the index is out of range.
    """
    left, slash, right = text.partition("/")
    if not slash or not left.strip().isdecimal() or not right.strip().isdecimal():
        raise ValueError(f"the shard is {text!r}; it must look like I/N, for example 1/4")
    return check_shard((int(left), int(right)))


def check_shard(shard: tuple[int, int]) -> tuple[int, int]:
    """The same shard (index from 1, count), or ValueError when the index is out of range."""
    index, count = shard
    if not 1 <= index <= count:
        raise ValueError(f"the shard is {index}/{count}; I must be between 1 and {count}")
    return shard


def shard_bounds(total: int, shard: tuple[int, int]) -> tuple[int, int]:
    """First and one past the last row of a shard; shards are contiguous blocks of rows."""
    index, count = check_shard(shard)
    return total * (index - 1) // count, total * index // count


def shard_ids(path: Path, total: int, shard: tuple[int, int]) -> Iterator[str]:
    """The image ids of one shard, in order."""
    first, last = shard_bounds(total, shard)
    return islice(sample_ids(path), first, last)


def picture_path(folder: Path, image_id: str) -> Path:
    """The path of a picture: ``a/b/c/<id>.png`` as in the competition, or ``<id>.png``.

    A picture that is in neither place gets the first: the reader reports that it is missing.
    """
    nested = folder.joinpath(*image_id[:3], f"{image_id}.png")
    if nested.exists():
        return nested
    flat = folder / f"{image_id}.png"
    return flat if flat.exists() else nested


def shard_file(folder: Path, shard: tuple[int, int]) -> Path:
    """The candidates file of a shard."""
    return folder / f"candidates_{shard[0]}_of_{shard[1]}.jsonl"
