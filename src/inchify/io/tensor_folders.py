"""Folders of tensors and JSON, written atomically and checked by SHA-256.

A folder is written under another name, every file is flushed to the disk, and one rename makes it
visible. ``manifest.json`` holds the SHA-256 of every file and of itself, because a flipped bit in a
safetensors file loads without complaint. Nothing here can run code from a file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

MANIFEST, DESCRIPTION = "manifest.json", "description.json"
UNFINISHED = ".unfinished-"
REPLACED = ".replaced-"


class CheckpointError(ValueError):
    """A checkpoint that cannot be written, read or trusted; the message names the file."""


def write_folder(target: Path, files: Mapping[str, Mapping[str, Any] | bytes]) -> Path:
    """Writes ``files`` (name.safetensors -> tensors, name.json -> JSON, or bytes) as ``target``.

    A folder of that name is replaced. Raises CheckpointError naming the file that failed; what was
    there before stays.
    """
    unfinished = target.parent / f"{UNFINISHED}{target.name}-{os.getpid()}"
    path = unfinished
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        entries: dict[str, dict[str, Any]] = {}
        for name, content in files.items():
            path = unfinished / name
            _write_file(path, content)
            entries[name] = {"bytes": path.stat().st_size, "sha256": _digest(path)}
        path = unfinished / MANIFEST
        _write_file(path, {"files": entries, "sha256": _digest_of(entries)})
        _flush(unfinished)
        path = target
        replace_folder(unfinished, target)
    except (OSError, _safetensor_error()) as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise CheckpointError(f"{path}: could not be written: {error}") from error
    return target


def replace_folder(new: Path, target: Path) -> None:
    """Renames ``new`` to ``target``; ``sweep`` repairs what a kill between two renames leaves."""
    old = target.parent / f"{REPLACED}{target.name}"
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.rename(target, old)
    os.rename(new, target)
    _flush(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Removes what killed runs left half written; puts back a folder that was being replaced."""
    for stale in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(stale, ignore_errors=True)
    for old in folder.glob(f"{REPLACED}*"):
        target = folder / old.name.removeprefix(REPLACED)
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.rename(old, target)


def read_manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """File name -> bytes and sha256 of a written folder. Raises CheckpointError."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
        entries = manifest["files"]
        intact = manifest["sha256"] == _digest_of(entries)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: missing, so this is not a whole checkpoint") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path}: damaged: {error}") from error
    if not intact:
        raise CheckpointError(f"{path}: damaged: its own checksum is another one")
    return entries


def read_bytes(folder: Path, name: str, entries: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The content of one file, checked against the manifest. Raises CheckpointError."""
    path = folder / name
    if name not in entries:
        raise CheckpointError(f"{path}: the manifest of this checkpoint does not name it")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error}") from error
    wanted = entries[name]
    if len(data) != wanted["bytes"]:
        raise CheckpointError(f"{path}: {len(data)} bytes, the manifest says {wanted['bytes']}")
    if hashlib.sha256(data).hexdigest() != wanted["sha256"]:
        raise CheckpointError(f"{path}: damaged: its SHA-256 is not the one in the manifest")
    return data


def read_tensors(
    folder: Path, name: str, entries: Mapping[str, Mapping[str, Any]]
) -> dict[str, torch.Tensor]:
    """The tensors of one checked file, on the CPU. Raises CheckpointError."""
    return parse_tensors(read_bytes(folder, name, entries), folder / name)


def read_json(folder: Path, name: str, entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """One checked JSON file. Raises CheckpointError."""
    return parse_json(read_bytes(folder, name, entries), folder / name)


def parse_tensors(data: bytes, path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file's bytes. Raises CheckpointError naming ``path``."""
    from safetensors.torch import load

    try:
        return load(data)
    except _safetensor_error() as error:
        raise CheckpointError(f"{path}: not safetensors: {error}") from error


def parse_json(data: bytes, path: Path) -> dict[str, Any]:
    """The object of a JSON file's bytes. Raises CheckpointError naming ``path``."""
    try:
        parsed = json.loads(data)
    except ValueError as error:
        raise CheckpointError(f"{path}: not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise CheckpointError(f"{path}: expected a JSON object, got {type(parsed).__name__}")
    return parsed


def _write_file(path: Path, content: Mapping[str, Any] | bytes) -> None:
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif path.suffix == ".safetensors":
        from safetensors.torch import save

        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in content.items()}
        # the library's own writing of files leaves them to their owner alone
        path.write_bytes(save(_unshared(tensors)))
    elif path.suffix == ".json":
        path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    else:
        raise ValueError(f"{path}: only .safetensors and .json files are written here")
    _flush(path)


def _unshared(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Tied weights are written twice: safetensors refuses two names for one storage."""
    seen: set[int] = set()
    for name, tensor in tensors.items():
        storage = tensor.untyped_storage().data_ptr()
        tensors[name] = tensor.clone() if storage in seen and tensor.numel() else tensor
        seen.add(storage)
    return tensors


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_of(entries: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(entries, sort_keys=True).encode()).hexdigest()


def _safetensor_error() -> type[Exception]:
    """What safetensors raises; where it is not installed, an error that nothing raises."""
    try:
        from safetensors import SafetensorError
    except ImportError:
        return CheckpointError
    return SafetensorError
