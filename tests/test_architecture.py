"""Who may import whom: the table in src/inchify/README.md, held against the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "inchify"
OPEN = {"types", "config", "__init__"}
# outside library -> rooms that may import it
DOORS = {
    "rdkit": {"chemistry", "rendering", "synthetic"},
    "indigo": {"rendering"},
    "Levenshtein": {"chemistry"},
    "rapidfuzz": {"chemistry"},
    "timm": {"models"},
    "fontTools": {"rendering", "synthetic"},
    "scipy": {"calibration", "chemistry", "page"},
    "pypdfium2": {"page"},
    "onnx": {"app"},
    "onnxruntime": {"app", "readers"},
    "torchvision": set(),
    "transformers": {"models", "training", "app"},
    "accelerate": {"training"},
    "tensorboard": {"training"},
    "albumentations": {"data"},
    "sklearn": {"calibration", "data"},
    "yaml": {"config", "app"},
    "typer": {"app"},
}
NO_TORCH = {"types", "config", "chemistry", "isolation", "rendering", "synthetic", "verification"}


def import_table() -> dict[str, set[str]]:
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    text = text.split("## Who may import whom")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\w+) \| ?(.*?) ?\|$", text, re.MULTILINE)
    return {
        room: {name for name in re.split(r",\s*", allowed) if name}
        for room, allowed in rows
        if room != "room"
    }


def source_files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Every module that a file imports, lazily or not, save those for type checking only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            skipped.update(id(child) for part in node.body for child in ast.walk(part))
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            found.add(node.module or "")
            if node.module == "inchify":
                names = {alias.name for alias in node.names}
                found.update(f"inchify.{name}" for name in names - {"__version__"})
    return found


def test_table_names_every_room_and_has_no_circle() -> None:
    table = import_table()
    rooms = {room_of(path) for path in source_files()} - OPEN - {"__main__"}
    assert rooms == set(table)
    done: set[str] = set()
    while len(done) < len(table):
        ready = {room for room, allowed in table.items() if room not in done and allowed <= done}
        assert ready, f"these rooms import each other: {set(table) - done}"
        done |= ready


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_follow_the_table(path: Path) -> None:
    room = room_of(path)
    allowed = import_table().get(room, {"app"} if room == "__main__" else set()) | OPEN | {room}
    for module in imports(path):
        parts = module.split(".")
        if parts[0] == "inchify" and len(parts) > 1:
            assert parts[1] in allowed, f"{room} may not import {module}"
        if parts[0] in DOORS:
            assert room in DOORS[parts[0]], f"{parts[0]} is not for {room}"
        if parts[0] == "torch":
            assert room not in NO_TORCH, f"{room} works without torch"


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_files_stay_short_and_say_what_they_do(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400, "a file past 400 lines wants to become a folder"
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "the first line says what it is"
