"""Exported networks of a folder, opened with onnxruntime.

The folder is what ``inchify export --format onnx`` (or ``int8``) writes, or what comes with the
package. onnxruntime is imported when a network is opened.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from inchify.io.tensor_folders import (
    DESCRIPTION,
    CheckpointError,
    read_bytes,
    read_json,
    read_manifest,
)
from inchify.readers.networks import NETWORK_FILE

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


@dataclass(frozen=True)
class OpenedFolder:
    """An exported network: ``about`` it is what its exporter knew, ``task`` what the task said of
    itself; ``digest`` names its file."""

    folder: Path
    session: InferenceSession
    description: dict[str, Any]
    about: dict[str, Any]
    digest: str

    @property
    def task(self) -> dict[str, Any]:
        return self.description["task"]

    def outputs(self) -> list[list[Any]]:
        """The shapes of its outputs; sides that may differ are names."""
        return [item.shape for item in self.session.get_outputs()]


def open_folder(folder: Path, name: str, *, threads: int = 1) -> OpenedFolder:
    """The exported network of a task of that name.

    Args:
        folder: With the network, its description and their manifest.
        name: The task.
        threads: With how many it computes.

    Raises:
        ValueError: The folder is of another task, or onnxruntime is missing; CheckpointError where
            the folder is damaged.
    """
    entries = read_manifest(folder)
    description = read_json(folder, DESCRIPTION, entries)
    model = read_bytes(folder, NETWORK_FILE, entries)
    task, about = description.get("task", {}), description.get("network")
    if task.get("task") != name or about is None:
        raise ValueError(f"{folder}: task is {task.get('task')!r}; a {name} reader is needed")
    session = open_session(model, threads=threads, where=str(folder / NETWORK_FILE))
    digest = hashlib.sha256(model).hexdigest()[:16]
    return OpenedFolder(folder, session, description, about, digest)


def network_input(images_BCHW: np.ndarray) -> np.ndarray:
    """Convert pictures to what exported networks take.

    Args:
        images_BCHW: uint8, 255 = full foreground, or float 0..1.

    Returns:
        float32, 0..1, contiguous.
    """
    if images_BCHW.dtype == np.uint8:
        return images_BCHW.astype(np.float32) / np.float32(255.0)
    return np.ascontiguousarray(images_BCHW, dtype=np.float32)


def open_session(model: bytes, *, threads: int = 1, where: str = NETWORK_FILE) -> InferenceSession:
    """Open an onnxruntime session on the CPU.

    Args:
        model: Content of an ONNX file.
        threads: With how many it computes.
        where: What errors name.

    Raises:
        ValueError: onnxruntime is missing or cannot read the model.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ValueError(
            f"{where}: reading it needs the package onnxruntime, which is not installed here "
            "(pip install onnxruntime), or use the checkpoint itself"
        ) from error
    if threads < 1:
        raise ValueError(f"'threads' is {threads}; it must be at least 1")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    # threads that spin while they wait take the time of other processes
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors share no public base
        raise CheckpointError(f"{where}: onnxruntime cannot open it: {error}") from error
