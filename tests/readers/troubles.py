"""A job that goes wrong in part, for processes that must be able to import it quickly."""

from __future__ import annotations

import os
from typing import Any

from inchify.readers.label_expansion import CutGraph, finish

_asked: list[int] = []


def every_second(cut: CutGraph) -> Any:
    """The job itself at a process's first item; the second kills the process."""
    _asked.append(1)
    if len(_asked) == 2:
        os.abort()
    return finish(cut)
