"""What reaches a result never asks the clock: each place that asks is known, with its reason."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "inchify"
PACKAGES = (
    "chemistry",
    "decoding",
    "verification",
    "models",
    "documents",
    "readers",
    "competition",
    "tasks",
)
# What asks for what time it is -> why it may.
MAY = {
    "io/text_files.py": "clears away what killed runs left",
    "isolation/processes.py": "ends workers that sleep for ever",
    "isolation/worker.py": "the kernel ends items that run away",
    "isolation/drawing_pool.py": "ends drawings that run away",
    "readers/graph.py": "the column of seconds",
    "readers/verified.py": "the column of seconds",
    "readers/sequence.py": "the column of seconds",
    "competition/judged.py": "the column of seconds",
    "competition/run.py": "the manifest's seconds",
    "readers/files/pool.py": "the column of seconds",
}
CLOCKS = {"time", "monotonic", "perf_counter", "process_time", "thread_time", "setitimer", "alarm"}
CLOCKS |= {f"{name}_ns" for name in ("time", "monotonic", "perf_counter", "process_time")}


def asks(path: Path) -> bool:
    """Whether a file calls a clock, or hands a limit of time to a library."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
            of = node.value
            if isinstance(of, ast.Name) and of.id in ("time", "signal"):
                return True
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            return True
        if isinstance(node, ast.Constant) and node.value == "time_limit":
            return True
    return False


@pytest.mark.parametrize("package", [*PACKAGES, "io", "isolation"])
def test_only_known_places_ask_the_clock(package: str) -> None:
    path = SOURCE / package
    files = [path] if path.is_file() else sorted(path.rglob("*.py"))
    asking = {str(file.relative_to(SOURCE)) for file in files if asks(file)}
    assert asking == {name for name in MAY if name == package or name.startswith(f"{package}/")}
