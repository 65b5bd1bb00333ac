"""Splitting of a checkpoint into files of bounded size, and joining them again.

For trainings that run as a chain of short runs on machines which exchange only small files. Each
piece starts with a magic word, the length of its header and a JSON header that says which piece of
which checkpoint it is; its data and the header carry checksums.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from inchify.io.tensor_folders import (
    DESCRIPTION,
    MANIFEST,
    CheckpointError,
    parse_json,
    parse_tensors,
    read_bytes,
    read_manifest,
    write_folder,
)
from inchify.training.checkpoint import (
    AVERAGED,
    CHECKPOINTS,
    OPTIMIZER,
    STATE,
    WEIGHTS,
    Snapshot,
    latest,
    load,
    snapshot_files,
)

MAGIC = b"INCHIFY1"
HEADER_BYTES = 4096
MOMENTS = ("exp_avg", "exp_avg_sq")


def split_checkpoint(
    folder: Path, out: Path, *, max_bytes: int = 16 * 2**20, small: bool = False
) -> list[Path]:
    """Writes ``out/piece-00.bin``, ... of at most ``max_bytes`` each; returns their paths.

    ``folder`` is a checkpoint, a ``best/`` folder, or a run folder, whose latest checkpoint is
    taken. Pieces already in ``out`` are removed. With ``small``, the optimizer's moments and the
    difference between averaged and live weights travel in bfloat16, which takes 10 instead of 16
    bytes a weight and is not exact. Raises CheckpointError when the checkpoint is damaged.
    """
    if max_bytes <= 2 * HEADER_BYTES:
        raise ValueError(f"'max_bytes' is {max_bytes}; it must be more than {2 * HEADER_BYTES}")
    folder = folder if (folder / MANIFEST).exists() else latest(folder) or folder
    if small:
        files = snapshot_files(_shrunk(load(folder)))
        blobs = {name: _to_bytes(name, content) for name, content in files.items()}
    else:
        entries = read_manifest(folder)
        blobs = {name: read_bytes(folder, name, entries) for name in entries}
    table = [[name, len(blob)] for name, blob in blobs.items()]
    joined = b"".join(blobs.values())
    part_bytes = max_bytes - HEADER_BYTES
    count = max(1, -(-len(joined) // part_bytes))
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("piece-*.bin"):
        old.unlink()
    paths = []
    for place in range(count):
        data = joined[place * part_bytes : (place + 1) * part_bytes]
        header = {
            "checkpoint": folder.name,
            "whole_sha256": hashlib.sha256(joined).hexdigest(),
            "piece": place,
            "pieces": count,
            "small": small,
            "files": table,
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        paths.append(out / f"piece-{place:02d}.bin")
        paths[-1].write_bytes(_pack(header) + data)
    return paths


def join_checkpoint(parts: Sequence[Path], folder: Path) -> Path:
    """Puts the checkpoint of ``parts`` back into the run ``folder``; returns its path.

    It gets its old place, ``checkpoints/step-...`` or ``best``, so that ``fit`` on ``folder``
    resumes from it. Raises CheckpointError naming a part that is damaged, missing, or of another
    checkpoint.
    """
    if not parts:
        raise CheckpointError("at least one piece of a checkpoint is needed")
    unpacked = sorted((_unpack(Path(part)) for part in parts), key=lambda piece: piece[1]["piece"])
    first_path, first, _ = unpacked[0]
    for path, header, _ in unpacked:
        if header["whole_sha256"] != first["whole_sha256"]:
            raise CheckpointError(f"{path}: a piece of another checkpoint than {first_path}")
    missing = set(range(first["pieces"])) - {header["piece"] for _, header, _ in unpacked}
    if missing or len(unpacked) != first["pieces"]:
        raise CheckpointError(
            f"{first_path}: one of {first['pieces']} pieces, {len(unpacked)} were given; "
            f"missing: {', '.join(f'piece-{place:02d}.bin' for place in sorted(missing)) or 'none'}"
        )
    content = b"".join(data for _, _, data in unpacked)
    if hashlib.sha256(content).hexdigest() != first["whole_sha256"]:
        raise CheckpointError(f"{first_path}: the joined pieces have another SHA-256")
    name = Path(first["checkpoint"]).name
    target = folder / CHECKPOINTS / name if name.startswith("step-") else folder / name
    blobs = dict(_cut(content, first["files"]))
    if not first["small"]:
        return write_folder(target, blobs)
    snapshot = Snapshot(
        weights=parse_tensors(blobs[WEIGHTS], first_path),
        averaged=parse_tensors(blobs[AVERAGED], first_path) if AVERAGED in blobs else None,
        optimizer=parse_tensors(blobs[OPTIMIZER], first_path),
        state=parse_json(blobs[STATE], first_path),
        description=parse_json(blobs[DESCRIPTION], first_path),
    )
    return write_folder(target, snapshot_files(_expanded(snapshot)))


def _shrunk(snapshot: Snapshot) -> Snapshot:
    averaged = snapshot.averaged
    if averaged is not None:
        averaged = {
            name: (tensor - snapshot.weights[name]).bfloat16() if _is_float(tensor) else tensor
            for name, tensor in averaged.items()
        }
    return _with(snapshot, averaged, torch.bfloat16)


def _expanded(snapshot: Snapshot) -> Snapshot:
    averaged = snapshot.averaged
    if averaged is not None:
        averaged = {
            name: snapshot.weights[name] + tensor.float() if _is_float(tensor) else tensor
            for name, tensor in averaged.items()
        }
    return _with(snapshot, averaged, torch.float32)


def _with(
    snapshot: Snapshot, averaged: Mapping[str, torch.Tensor] | None, kind: torch.dtype
) -> Snapshot:
    optimizer = {
        name: tensor.to(kind) if name.rpartition("/")[2] in MOMENTS else tensor
        for name, tensor in snapshot.optimizer.items()
    }
    return Snapshot(
        weights=snapshot.weights,
        averaged=averaged,
        optimizer=optimizer,
        state=snapshot.state,
        description=snapshot.description,
    )


def _is_float(tensor: torch.Tensor) -> bool:
    return tensor.is_floating_point()


def _to_bytes(name: str, content: Mapping[str, Any]) -> bytes:
    if name.endswith(".json"):
        return json.dumps(content).encode()
    from safetensors.torch import save

    return save({key: tensor.contiguous() for key, tensor in content.items()})


def _pack(header: Mapping[str, Any]) -> bytes:
    text = json.dumps({**header, "header_sha256": _sign(header)}).encode()
    assert len(text) + 16 <= HEADER_BYTES
    return MAGIC + len(text).to_bytes(8, "little") + text.ljust(HEADER_BYTES - 16)


def _unpack(path: Path) -> tuple[Path, dict[str, Any], bytes]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error}") from error
    length = int.from_bytes(content[8:16], "little")
    if content[:8] != MAGIC or length > HEADER_BYTES - 16:
        raise CheckpointError(f"{path}: not a piece of a checkpoint, or damaged")
    header = parse_json(content[16 : 16 + length], path)
    if header.pop("header_sha256", None) != _sign(header):
        raise CheckpointError(f"{path}: damaged: its header has another SHA-256")
    data = content[HEADER_BYTES:]
    if hashlib.sha256(data).hexdigest() != header["sha256"]:
        raise CheckpointError(f"{path}: damaged: its SHA-256 is not the one in its header")
    return path, header, data


def _sign(header: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(header, sort_keys=True).encode()).hexdigest()


def _cut(content: bytes, table: Sequence[tuple[str, int]]) -> Iterator[tuple[str, bytes]]:
    start = 0
    for name, length in table:
        yield name, content[start : start + length]
        start += length
