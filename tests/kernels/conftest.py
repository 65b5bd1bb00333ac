"""Makes the scripts of kernels/package and kernels/train_in_pieces importable."""

from __future__ import annotations

import sys
from pathlib import Path

KERNELS = Path(__file__).parents[2] / "kernels"
sys.path[:0] = [str(KERNELS / "package"), str(KERNELS / "train_in_pieces")]
