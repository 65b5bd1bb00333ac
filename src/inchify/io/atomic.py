"""Atomic file writing: a file is complete under its name or absent."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self

PARTIAL = ".partial"


class AtomicFile:
    """A file written under a temporary name and renamed when it is complete and flushed to disk.

    ``size`` counts the bytes written; ``digest`` is their SHA-256. Two writers of the same path do
    not collide: the name of the unfinished file holds the process.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._hash = hashlib.sha256()
        self._partial = path.with_name(f"{path.name}.{os.getpid()}{PARTIAL}")
        self._stream = self._partial.open("wb")

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes written up to now, as hex."""
        return self._hash.hexdigest()

    def write(self, content: bytes | memoryview) -> None:
        """Append bytes to the unfinished file.

        Args:
            content: Counted in ``size`` and hashed in ``digest``.
        """
        self._stream.write(content)
        self._hash.update(content)
        self.size += len(content)

    def commit(self) -> None:
        """Bring the file to the disk and under its name."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        os.replace(self._partial, self.path)
        sync_folder(self.path.parent)

    def abort(self) -> None:
        """Remove what was written."""
        self._stream.close()
        self._partial.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.abort()


def write_atomically(path: Path, content: bytes) -> str:
    """Write a complete file, replacing one of that name.

    Args:
        path: The file; its folder exists.
        content: All its bytes.

    Returns:
        SHA-256 of ``content`` as hex.
    """
    with AtomicFile(path) as file:
        file.write(content)
    return file.digest


def sync_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk, so that a rename survives a power cut."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders; its renames need no such help
        return
    try:
        os.fsync(number)
    finally:
        os.close(number)


def digest_of(path: Path) -> str:
    """Hash a file, reading it in chunks.

    Args:
        path: The file.

    Returns:
        SHA-256 as hex.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
