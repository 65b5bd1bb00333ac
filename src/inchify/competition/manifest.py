"""The manifest of a run: its inputs, settings and versions, to compare and resume."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import inchify
from inchify.setting_aliases import comparable

PACKAGES = ("torch", "timm", "transformers", "numpy", "pandas", "rdkit", "opencv-python-headless")


def file_digest(path: Path) -> str:
    """The SHA-256 of a file, or of all files of a folder with their names, as hexadecimal."""
    if not path.exists():
        raise ValueError(f"{path}: there is no such file or folder")
    total = hashlib.sha256()
    if path.is_dir():
        for child in sorted(item for item in path.rglob("*") if item.is_file()):
            total.update(f"{child.relative_to(path).as_posix()}\0{file_digest(child)}\n".encode())
        return total.hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """This package's version, Python's, and those of the libraries that decide the result."""
    result = {"inchify": inchify.__version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            result[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return result


def commit() -> str:
    """The commit of the working tree that the package was imported from, "" when there is none."""
    root = Path(inchify.__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        # a tree without commits, or a machine without git: the manifest then says so
        return ""
    return done.stdout.strip()


def difference(old: dict[str, Any], new: dict[str, Any]) -> str:
    """The first key whose value differs, with both values; "" when there is none."""
    for key in [*new, *(key for key in old if key not in new)]:
        if comparable(old.get(key)) != comparable(new.get(key)):
            return f"'{key}' was {old.get(key)!r} and is now {new.get(key)!r}"
    return ""
