"""What one package imports of another is documented: a summary line and ``Args``."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "inchify"
# Verbs: their docstrings are the text of --help.
HELP = {"cli/main.py:main", "benchmarks/speed/__init__.py:bench"}


def imported() -> dict[str, set[str]]:
    """Module -> names that files of other packages import from it."""
    names: dict[str, set[str]] = defaultdict(set)
    for path in SOURCE.rglob("*.py"):
        package = path.relative_to(SOURCE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("inchify."):
                module = node.module or ""
                if module.split(".")[1] != package:
                    names[module].update(alias.name for alias in node.names)
    return names


def functions(path: Path, names: set[str]) -> dict[str, ast.FunctionDef]:
    """The functions of these names with arguments, and such public methods of these classes."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name in names:
            if node.args.args or node.args.kwonlyargs:
                found[node.name] = node
        elif isinstance(node, ast.ClassDef) and node.name in names:
            for item in node.body:
                public = isinstance(item, ast.FunctionDef) and not item.name.startswith("_")
                if public and len(item.args.args) > 1:
                    found[f"{node.name}.{item.name}"] = item
    return found


IMPORTED = imported()
FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_what_other_packages_import_is_documented(path: Path) -> None:
    place = path.relative_to(SOURCE)
    module = ".".join(("inchify", *place.with_suffix("").parts)).removesuffix(".__init__")
    names = set(IMPORTED.get(module, ()))
    if place.parts[0] == "types":
        names |= IMPORTED.get("inchify.types", set())
    for name, node in functions(path, names).items():
        if f"{place}:{name}" in HELP:
            continue
        text = ast.get_docstring(node) or ""
        assert "Args:" in text, f"{name}: what are its arguments?"
        given = [item.arg for item in (*node.args.args, *node.args.kwonlyargs)]
        for argument in given:
            if argument not in ("self", "cls"):
                described = text.split("Args:")[1]
                assert argument in described, f"{name}: {argument} is not described"
