"""What is installed and imported: licences, doors, the absence of pickles and of a network."""

from __future__ import annotations

import ast
import re
import socket
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = sorted((ROOT / "src").rglob("*.py")) + sorted((ROOT / "kernels").rglob("*.py"))
# GPL or AGPL would bind whoever passes this project on; Levenshtein is imported in one file, which
# does without it where it is missing
COPYLEFT = re.compile(r"\bA?GPL", re.IGNORECASE)
KNOWN_COPYLEFT = {"levenshtein"}


def requirements() -> list[str]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [re.split(r"[\[<>=!~ ]", line)[0] for line in lines if line and line[0] != "#"]


@pytest.mark.parametrize("name", requirements())
def test_licence_of_every_requirement(name: str) -> None:
    facts = metadata.metadata(name)
    words = [facts.get("License-Expression") or facts.get("License") or ""]
    words += [item for item in facts.get_all("Classifier") or [] if item.startswith("License")]
    text = " ".join(words).replace("LGPL", "")
    assert (name.lower() in KNOWN_COPYLEFT) == bool(COPYLEFT.search(text[:400])), text[:200]


def test_the_agpl_successor_of_albumentations_is_absent() -> None:
    with pytest.raises(metadata.PackageNotFoundError):
        metadata.version("albumentationsx")
    assert metadata.version("albumentations") == "2.0.8"


def test_levenshtein_is_imported_in_the_scoring_file_alone() -> None:
    users = [
        path
        for path in SOURCE
        if re.search(
            r"(import|from) Levenshtein|import_module\(.Levenshtein", path.read_text("utf-8")
        )
    ]
    assert [path.name for path in users] == ["metrics.py"]


@pytest.mark.parametrize("path", SOURCE, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_unpickles(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            assert not {"pickle", "dill", "marshal", "shelve"} & set(names)
        if isinstance(node, ast.Attribute) and node.attr == "load":
            assert ast.unparse(node.value) not in {"torch", "joblib", "pickle"}
        if isinstance(node, ast.keyword) and node.arg in {"weights_only", "allow_pickle"}:
            safe = node.arg == "weights_only"
            assert isinstance(node.value, ast.Constant) and node.value.value is safe


def test_the_network_is_shut() -> None:
    with pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_the_wheel_holds_every_file_that_the_source_reads() -> None:
    package = ROOT / "src" / "inchify"
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    patterns = tool["setuptools"]["package-data"]["inchify"]
    packed = {path for pattern in patterns for path in package.glob(pattern)}
    there = {
        path for path in package.rglob("*") if path.is_file() and "__pycache__" not in str(path)
    }
    assert {path for path in there if path.suffix != ".py"} <= packed
