"""Which package may import which: the table in src/inchify/README.md, held against the code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "inchify"
OPEN = {"types", "config", "setting_aliases", "formats", "__init__"}
# outside library -> packages that may import it
DOORS = {
    "rdkit": {"benchmarks", "chemistry", "rendering", "synthetic"},
    "indigo": {"rendering"},
    "Levenshtein": {"chemistry"},
    "rapidfuzz": {"chemistry"},
    "timm": {"models"},
    "fontTools": {"calibration", "rendering", "synthetic"},
    "scipy": {"calibration", "chemistry", "documents"},
    "pypdfium2": {"documents"},
    "onnx": {"export"},
    "onnxruntime": {"export", "readers"},
    "torchvision": set(),
    "transformers": {"benchmarks", "cli", "models", "training"},
    "accelerate": {"training"},
    "tensorboard": {"training"},
    "albumentations": {"data"},
    "sklearn": {"calibration", "data"},
    "yaml": {"config", "benchmarks", "cli", "export", "reports"},
    "typer": {"benchmarks", "cli"},
    "pandas": {"data"},
    "dask": {"isolation"},
    "joblib": {"isolation", "synthetic"},
    "safetensors": {"benchmarks", "io", "models", "training"},
    "PIL": {"benchmarks", "data", "documents", "synthetic"},
    "tqdm": {"cli", "competition", "data", "readers", "synthetic"},
}
NO_TORCH = {
    *("types", "config", "formats", "chemistry", "isolation", "rendering", "synthetic"),
    *("verification", "documents", "competition", "reports", "cli"),
}
# Of the readers only these compute with PyTorch.
TORCH_READERS = {"readers/torch_networks.py", "readers/sequence.py"}


def import_table() -> dict[str, set[str]]:
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    text = text.split("## Which package may import which")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\w+) \| ?(.*?) ?\|$", text, re.MULTILINE)
    return {
        package: {name for name in re.split(r",\s*", allowed) if name}
        for package, allowed in rows
        if package != "package"
    }


def source_files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def package_of(path: Path) -> str:
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


def test_table_names_every_package_and_has_no_circle() -> None:
    table = import_table()
    packages = {package_of(path) for path in source_files()} - OPEN - {"__main__"}
    assert packages == set(table)
    done: set[str] = set()
    while len(done) < len(table):
        ready = {
            package for package, allowed in table.items() if package not in done and allowed <= done
        }
        assert ready, f"these packages import each other: {set(table) - done}"
        done |= ready


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_follow_the_table(path: Path) -> None:
    package = package_of(path)
    allowed = (
        import_table().get(package, {"cli"} if package == "__main__" else set()) | OPEN | {package}
    )
    for module in imports(path):
        parts = module.split(".")
        assert parts[0] not in ("tests", "kernels"), "the package is installed without them"
        if parts[0] == "inchify" and len(parts) > 1:
            assert parts[1] in allowed, f"{package} may not import {module}"
        if parts[0] in DOORS:
            assert package in DOORS[parts[0]], f"{parts[0]} is not for {package}"
        if parts[0] == "torch":
            assert package not in NO_TORCH, f"{package} works without torch"
            if package == "readers":
                assert str(path.relative_to(SOURCE)) in TORCH_READERS


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_files_stay_short_and_say_what_they_do(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400, "a file past 400 lines wants to become a folder"
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "the first line says what it is"


def test_reading_is_imported_where_there_is_no_torch() -> None:
    modules = [
        ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        for package in ("readers", "documents", "verification", "chemistry", "formats", "reports")
        for path in sorted((SOURCE / package).rglob("*.py"))
        if str(path.relative_to(SOURCE)) not in TORCH_READERS and path.name != "text_report.py"
    ]
    code = "import sys; sys.modules.update(dict.fromkeys(('torch', 'pandas', 'sklearn'))); "
    code += f"import importlib; [importlib.import_module(name) for name in {modules!r}]"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
