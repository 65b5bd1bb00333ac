"""The tree of folders in docs/ is current."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STRUCTURE = runpy.run_path(str(ROOT / "docs" / "structure.py"))


def test_tree_of_folders() -> None:
    files = ["README.md", "a/b/one.py", "a/b/two.py", "a.b/c/d/three.py"]
    lines = ["project/", "    a/", "        b/", "    a.b/", "        c/", "            d/"]
    assert STRUCTURE["tree"](files, "project") == "\n".join(lines) + "\n"


def test_directory_structure_is_current() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone: git does not say which files belong to the project")
    kept = (ROOT / "docs" / "directory_structure.txt").read_text(encoding="utf-8")
    assert kept == STRUCTURE["tree"](STRUCTURE["project_files"]()), "run `make structure`"
