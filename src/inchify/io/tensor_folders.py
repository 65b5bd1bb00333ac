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
    """Write files as a folder with a manifest, replacing a folder of that name.

    Args:
        target: The folder.
        files: File name -> tensors (``.safetensors``), JSON data (``.json``) or bytes.

    Returns:
        ``target``.

    Raises:
        CheckpointError: A file could not be written; the message names it. The old folder stays.
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
    """Rename a folder to ``target``; ``sweep`` repairs what a kill between two renames leaves.

    Args:
        new: A complete folder beside ``target``.
        target: Its final name; a folder of that name is deleted.
    """
    old = target.parent / f"{REPLACED}{target.name}"
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.rename(target, old)
    os.rename(new, target)
    _flush(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what killed runs left unfinished; restore a folder that was being replaced.

    Args:
        folder: The parent of written folders.
    """
    for stale in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(stale, ignore_errors=True)
    for old in folder.glob(f"{REPLACED}*"):
        target = folder / old.name.removeprefix(REPLACED)
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.rename(old, target)


def read_manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the manifest of a written folder and check its checksum.

    Args:
        folder: A folder that ``write_folder`` wrote.

    Returns:
        File name -> its ``bytes`` (size) and ``sha256``.

    Raises:
        CheckpointError: The manifest is missing or damaged.
    """
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
        raise CheckpointError(f"{path}: damaged: its checksum does not match")
    return entries


def read_bytes(folder: Path, name: str, entries: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Read a file and check its size and SHA-256.

    Args:
        folder: The written folder.
        name: The file's name in it.
        entries: The folder's manifest.

    Returns:
        The file's content.

    Raises:
        CheckpointError: The file is missing, unreadable, damaged or not in the manifest.
    """
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
    """Read and check a safetensors file.

    Args:
        folder: The written folder.
        name: The file's name in it.
        entries: The folder's manifest.

    Returns:
        Tensors by name, on the CPU.

    Raises:
        CheckpointError: As for ``read_bytes`` and ``parse_tensors``.
    """
    return parse_tensors(read_bytes(folder, name, entries), folder / name)


def read_json(folder: Path, name: str, entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Read and check a JSON file.

    Args:
        folder: The written folder.
        name: The file's name in it.
        entries: The folder's manifest.

    Returns:
        The JSON object.

    Raises:
        CheckpointError: As for ``read_bytes`` and ``parse_json``.
    """
    return parse_json(read_bytes(folder, name, entries), folder / name)


def parse_tensors(data: bytes, path: Path) -> dict[str, torch.Tensor]:
    """Parse the content of a safetensors file.

    Args:
        data: The file's bytes.
        path: Its path, for error messages.

    Returns:
        Tensors by name, on the CPU.

    Raises:
        CheckpointError: The bytes are not safetensors.
    """
    from safetensors.torch import load

    try:
        return load(data)
    except _safetensor_error() as error:
        raise CheckpointError(f"{path}: not safetensors: {error}") from error


def parse_json(data: bytes, path: Path) -> dict[str, Any]:
    """Parse the content of a JSON file.

    Args:
        data: The file's bytes.
        path: Its path, for error messages.

    Returns:
        The JSON object.

    Raises:
        CheckpointError: The bytes are not JSON or not an object.
    """
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
        # safetensors' save_file writes files that only their user may read
        path.write_bytes(save(_unshared(tensors)))
    elif path.suffix == ".json":
        path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    else:
        raise ValueError(f"{path}: only .safetensors and .json files are written here")
    _flush(path)


def _unshared(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Tied weights are written twice: safetensors refuses two names for one storage."""
    storages: set[int] = set()
    for name, tensor in tensors.items():
        storage = tensor.untyped_storage().data_ptr()
        tensors[name] = tensor.clone() if storage in storages and tensor.numel() else tensor
        storages.add(storage)
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
