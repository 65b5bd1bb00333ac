"""docs/sizes.md lists what is large, each with its reason, and nothing else."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "inchify"


def table(heading: str) -> dict[str, str]:
    """Rows of one table: first cell without quotes -> the last cell."""
    text = (ROOT / "docs" / "sizes.md").read_text(encoding="utf-8")
    part = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(.+?)` \|(?:.*\|)? (.+?) \|$", part, re.MULTILINE)
    assert len(rows) == len(dict(rows)), "each once"
    return dict(rows)


def files() -> list[tuple[str, Path]]:
    return [(str(path.relative_to(SOURCE)), path) for path in sorted(SOURCE.rglob("*.py"))]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = node.body[0]
    described = ast.get_docstring(node, clean=False) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if described else 0
    return (node.end_lineno or 0) - node.lineno + 1 - docstring


def test_files() -> None:
    large = {
        name for name, path in files() if len(path.read_text(encoding="utf-8").splitlines()) > 300
    }
    assert large == set(table("Files"))


def test_functions() -> None:
    large = {
        f"{name}:{node.name}"
        for name, path in files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and length(node) > 40
    }
    assert large == set(table("Functions"))


def test_folders() -> None:
    modules = Counter(
        str(path.parent.relative_to(SOURCE)) for name, path in files() if path.stem != "__init__"
    )
    assert {name for name, count in modules.items() if count > 15} == set(table("Folders"))
