"""The wheel alone: installed with its core dependencies it reads, without PyTorch.

The environments hold links to what is installed here, so that no network is needed: of every
distribution that the wheel's metadata asks for, directly or not, and of no other.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "tests" / "readers" / "strokes" / "aspirin_of_a_page.png"
PAGE = ROOT / "tests" / "documents" / "cases" / "slide_asp.pdf"
ASPIRIN = "InChI=1S/C9H8O4/c1-6(10)13-8-5-3-2-4-7(8)9(11)12/h2-5H,1H3,(H,11,12)"
TRAINING_ONLY = ("torch", "timm", "transformers", "pandas", "sklearn", "albumentations", "dask")


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=!~ ;]", requirement)[0].lower()


def closure(requirements: Sequence[str]) -> set[str]:
    """The distributions that these requirements need, directly or not."""
    found: set[str] = set()
    waiting = [name_of(item) for item in requirements]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # for another system or Python
        found.add(name)
        waiting += [name_of(item) for item in needs if "extra ==" not in item]
    return found


def requirements_of(extra: str | None) -> list[str]:
    """What the project's metadata asks for, core or of an extra."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    import tomllib

    project = tomllib.loads(lines)["project"]
    core = list(project["dependencies"])
    return core + ([] if extra is None else list(project["optional-dependencies"][extra]))


def environment(folder: Path, requirements: Sequence[str]) -> Path:
    """An environment with links to the distributions that are needed; its interpreter."""
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    words = "import sysconfig; print(sysconfig.get_path('purelib'))"
    asked = subprocess.run([python, "-c", words], check=True, capture_output=True, text=True)
    target = Path(asked.stdout.strip())
    for name in closure(requirements):
        distribution = metadata.distribution(name)
        tops = {file.parts[0] for file in distribution.files or [] if file.parts[0] != ".."}
        for top in tops - {"__pycache__"}:
            source = Path(str(distribution.locate_file(top)))
            if source.exists() and not (target / top).exists():
                (target / top).symlink_to(source)
    return python


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what the repository holds."""
    source = tmp_path_factory.mktemp("source") / "inchify"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__"))
    target = source.parent / "dist"
    words = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([sys.executable, *words, "--wheel-dir", target, source], check=True)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The interpreter of an environment that holds the wheel and its core dependencies."""
    interpreter = environment(tmp_path_factory.mktemp("core") / "env", requirements_of(None))
    pip = [sys.executable, "-m", "pip", "--python", str(interpreter), "install"]
    subprocess.run([*pip, "--quiet", "--no-deps", "--no-index", wheel], check=True)
    yield interpreter


def run(python: Path, *words: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command of that environment, started outside of the repository."""
    return subprocess.run(
        [python, "-I", *words], cwd=folder, check=False, capture_output=True, text=True
    )


@pytest.mark.parametrize("module", TRAINING_ONLY)
def test_training_cannot_be_imported_there(python: Path, tmp_path: Path, module: str) -> None:
    done = run(python, "-c", f"import {module}", folder=tmp_path)
    assert done.returncode == 1 and "ModuleNotFoundError" in done.stderr


def test_predict_reads_a_picture(python: Path, tmp_path: Path) -> None:
    words = ["-m", "inchify", "predict", PICTURE, "--output", tmp_path / "found.csv"]
    done = run(python, *words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader((tmp_path / "found.csv").open(encoding="utf-8"))
    assert row["InChI"] == ASPIRIN and row["error"] == ""


def test_read_reads_a_page(python: Path, tmp_path: Path) -> None:
    words = ["-m", "inchify", "read", PAGE, "--output", tmp_path / "found"]
    done = run(python, *words, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    table = (tmp_path / "found" / "molecules.csv").read_text(encoding="utf-8")
    assert ASPIRIN in table


def test_verify_holds_a_molecule_against_a_picture(python: Path, tmp_path: Path) -> None:
    right = run(python, "-m", "inchify", "verify", PICTURE, "--inchi", ASPIRIN, folder=tmp_path)
    assert right.returncode in (0, 1), right.stderr
    code = (
        "import inchify, sys; "
        f"answers = [inchify.verify({str(PICTURE)!r}, smiles=text) for text in sys.argv[1:]]; "
        "assert 'torch' not in sys.modules; "
        "print(answers[0].score > 0.5 > answers[1].score, bool(answers[1].disagreements))"
    )
    done = run(python, "-c", code, "CC(=O)Oc1ccccc1C(O)=O", "Oc1ccccc1C(O)=O", folder=tmp_path)
    assert done.stdout.split() == ["True", "True"], done.stderr


def test_the_answers_are_those_of_the_clone(python: Path, tmp_path: Path) -> None:
    """Nothing that decides an answer may be missing among the core dependencies."""
    words = ["-m", "inchify", "predict", PICTURE, "--output"]
    there = run(python, *words, tmp_path / "there.csv", folder=tmp_path)
    here = run(Path(sys.executable), *words, tmp_path / "here.csv", folder=ROOT)
    assert there.returncode == here.returncode == 0
    tables = []
    for name in ("there.csv", "here.csv"):
        (row,) = csv.DictReader((tmp_path / name).open(encoding="utf-8"))
        tables.append({key: value for key, value in row.items() if key != "seconds"})
    assert tables[0] == tables[1]


def test_what_needs_training_says_what_to_install(python: Path, tmp_path: Path) -> None:
    words = ["-m", "inchify", "predict", PICTURE, "--reader", "sequence"]
    done = run(python, *words, "--output", tmp_path / "no.csv", folder=tmp_path)
    assert done.returncode != 0 and "inchify[train]" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_editable_install_and_the_extra_for_training_work(tmp_path: Path) -> None:
    source = tmp_path / "clone"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    (source / "src").symlink_to(ROOT / "src")
    python = environment(tmp_path / "env", requirements_of("train"))
    words = ["--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run(
        [sys.executable, "-m", "pip", *words, "--no-build-isolation", "--editable", source],
        check=True,
    )
    code = "import inchify.training.trainer, inchify.readers.torch_networks, inchify; "
    code += "import json, sys; print(json.dumps([inchify.__file__, 'torch' in sys.modules]))"
    done = run(python, "-c", code, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    where, torch = json.loads(done.stdout)
    assert torch and "site-packages" not in where and Path(where).is_file()


def test_requirements_hold_all_that_the_metadata_asks_for() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    listed = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    asked = {*requirements_of(None), *requirements_of("train"), *requirements_of("cluster")}
    assert asked == listed


def test_interpreters_agree() -> None:
    """Links to packages of another Python would prove nothing."""
    assert sysconfig.get_python_version() == f"{sys.version_info[0]}.{sys.version_info[1]}"
