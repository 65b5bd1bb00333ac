"""Commands with argparse read no option that they do not define: no type checker sees that."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [
    path
    for folder in ("src/inchify", "kernels", "docs")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "args = parser.parse_args(" in path.read_text(encoding="utf-8")
]


def defined(tree: ast.AST) -> set[str]:
    """The attributes that the parser's namespace has."""
    names = set()
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr == "add_argument":
            flags = [item.value for item in node.args if isinstance(item, ast.Constant)]
            first = next((flag for flag in flags if flag.startswith("--")), *flags[:1])
            names.add(first.lstrip("-").replace("-", "_"))
            names.update(ast.literal_eval(k.value) for k in node.keywords if k.arg == "dest")
    return names


def used(tree: ast.AST) -> set[str]:
    """The attributes that are read of what ``parse_args`` returned."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "args"
    }


def test_results_of_parsers_have_one_name() -> None:
    assert len(FILES) > 20
    for folder in ("src/inchify", "kernels", "docs"):
        for path in (ROOT / folder).rglob("*.py"):
            for line in path.read_text(encoding="utf-8").splitlines():
                if "parse_args(" in line:
                    assert line.strip().startswith(("args = ", "return ")), path


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_options_that_are_read_are_defined(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert used(tree) <= defined(tree)
