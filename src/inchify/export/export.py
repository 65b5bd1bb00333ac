"""Export of a checkpoint to ONNX in float32 or int8.

What is traced, and which synthetic pictures calibrate the ranges, depends on the task (``jobs``);
how numbers become int8 is the same for all tasks (``int8``).
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from inchify.export.compact import compact
from inchify.export.int8 import int8_of
from inchify.export.jobs import JOBS, Calibration, ExportJob, job_of
from inchify.io.tensor_folders import DESCRIPTION, write_folder
from inchify.readers.networks import NETWORK_FILE
from inchify.readers.onnx.session import open_session
from inchify.training.checkpoint import WEIGHTS, half_weights, load_weights

__all__ = ["JOBS", "Calibration", "export_network", "job_of", "need_packages"]

PACKAGES = ("onnx", "onnxscript", "onnxruntime")
# Number of pictures on which an exported network is compared with PyTorch's, and the tolerance in
# float32.
COMPARED, TOLERANCE = 4, 1e-3


def export_network(
    checkpoint: Path,
    target: Path,
    numbers: Literal["onnx", "int8", "release"],
    calibration: Calibration,
) -> Path:
    """Export a checkpoint as a folder that the task's readers and detectors load like weights.

    Args:
        checkpoint: Folder of a checkpoint or of exported weights.
        target: The folder to write: ``network.onnx``, ``description.json``, ``manifest.json``.
        numbers: ``onnx`` for float32, ``int8`` for quantized; ``release`` for float32 and, beside
            it, the weights in float16.
        calibration: The pictures for ranges of activations, and for comparing with PyTorch.

    Returns:
        ``target``.

    Raises:
        ValueError: The checkpoint is damaged or of a task that is not in ``JOBS``, the task has no
            int8 export, or a package is missing.
        RuntimeError: The exported network differs from PyTorch's by more than ``TOLERANCE``.
    """
    need_packages()
    job = job_of(checkpoint)
    if numbers == "int8" and not job.int8:
        raise ValueError(f"{checkpoint}: such a network is too small to gain from int8")
    pictures = job.pictures(calibration, calibration.pictures if numbers == "int8" else COMPARED)
    model = job.trace()
    about: dict[str, Any] = {"numbers": "float32", **job.about, "source": job.digest}
    compared = pictures[:COMPARED]
    exact = _wanted(job, compared)
    worst = _furthest(exact, _computed(job, model, compared))
    if worst > TOLERANCE:
        raise RuntimeError(
            f"the exported network is off by {worst:.2g}; it must be at most {TOLERANCE:g}"
        )
    if numbers == "int8":
        model = int8_of(model, pictures, first=job.first)
        about["numbers"] = "int8"
        about["calibration"] = {
            "pictures": calibration.pictures,
            "seed": calibration.seed,
            **({"molecules": calibration.molecules.name} if job.molecules else {}),
            "difference": round(_difference(exact, _computed(job, model, compared)), 5),
        }
    else:
        model = compact(model)
    files: dict[str, Any] = {NETWORK_FILE: model}
    if numbers == "release":
        files[WEIGHTS] = half_weights(load_weights(checkpoint)[1])
    return write_folder(target, files | {DESCRIPTION: {**job.description, "network": about}})


def need_packages() -> None:
    """Check that the packages for exporting are installed; ValueError names the missing ones."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise ValueError(
            f"exporting a network needs {', '.join(PACKAGES)}; not installed here: "
            f"{', '.join(missing)} (pip install {' '.join(missing)})"
        )


@torch.inference_mode()
def _wanted(job: ExportJob, pictures: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Reference outputs of the PyTorch network: all outputs of the first picture, then of the
    next."""
    images = [torch.from_numpy(picture)[None, None] for picture in pictures]
    return [part.float().numpy() for image in images for part in job.compute(image)]


def _computed(job: ExportJob, model: bytes, pictures: Sequence[np.ndarray]) -> list[np.ndarray]:
    session = open_session(model)
    return [part for picture in pictures for part in session.run(None, job.inputs(picture))]


def _furthest(exact: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> float:
    """Maximum absolute difference."""
    return max(float(np.abs(a - b).max()) for a, b in zip(exact, other, strict=True))


def _difference(exact: Sequence[np.ndarray], rough: Sequence[np.ndarray]) -> float:
    """The mean difference as a share of the outputs' standard deviation."""
    return float(
        np.mean([np.abs(a - b).mean() / a.std() for a, b in zip(exact, rough, strict=True)])
    )
