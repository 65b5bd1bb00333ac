"""A job that makes every library work and counts the threads that it started for that."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

# onnxruntime has one thread of its own, which computes nothing.
HELPERS = 1


def busy_threads(item: Any) -> dict[str, int]:
    """How many threads beside Python's own are there once the libraries have worked.

    OpenCV, OpenBLAS, HiGHS and torch each do something large enough to be shared out.
    """
    import cv2
    import numpy as np
    import onnxruntime  # noqa: F401 - for its thread
    import torch

    from inchify.chemistry.graph_assembly.valence_program import Program

    cv2.GaussianBlur(np.zeros((3000, 3000), np.uint8), (9, 9), 2)
    np.ones((600, 600)) @ np.ones((600, 600))
    program = Program()
    numbers = [program.variable(-1.0 - 0.1 * n) for n in range(6)]
    program.row([(number, 1.0 + number) for number in numbers], 0.0, 7.5)
    assert program.solve(100) is not None
    torch.nn.Conv2d(8, 8, 3)(torch.zeros(1, 8, 500, 500))
    threads = len(list(Path("/proc/self/task").iterdir()))
    return {"libraries": max(0, threads - threading.active_count() - HELPERS)}
