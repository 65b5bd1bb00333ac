"""Atomic writing of text files."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

# A writer that was killed leaves its unfinished file; nobody writes one for longer than this.
STALE_SECONDS = 6 * 3600


@contextmanager
def atomic_text(path: Path) -> Iterator[IO[str]]:
    """Open a text file that takes its name only when the block ends without an error.

    UTF-8 without BOM, line ends as written. The old file stays untouched until then.

    Args:
        path: The file; missing folders are created.

    Yields:
        The open text stream.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path)
    handle, name = tempfile.mkstemp(prefix=_prefix(path), suffix=".tmp", dir=path.parent)
    os.close(handle)
    try:
        with open(name, "w", encoding="utf-8", newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write plain data as readable JSON, keys in the order given.

    Args:
        path: The file; it is replaced atomically.
        content: Data that JSON can hold.
    """
    with atomic_text(path) as stream:
        stream.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds an object.

    Args:
        path: The file, in UTF-8.

    Returns:
        The object.

    Raises:
        ValueError: The file holds no JSON object; the message names it.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: this is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected an object, got a {type(content).__name__}")
    return content


def _prefix(path: Path) -> str:
    return f".{path.name}."


def _sweep(path: Path) -> None:
    """Remove what killed writers of this very file left behind."""
    for stale in path.parent.glob(f"{_prefix(path)}*.tmp"):
        with suppress(FileNotFoundError):
            if time.time() - stale.stat().st_mtime > STALE_SECONDS:
                stale.unlink()
