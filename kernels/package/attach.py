"""Find what a kernel needs: the package, its wheels, Kaggle's folders or those of SETTINGS.json.

Travels in the data set beside `src/`, `configs/` and `wheels/`; in the repository it stands in
kernels/package. Nothing here needs the internet.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

KAGGLE = Path("/kaggle")
COMPETITION = "bms-molecular-translation"
SETTINGS = "SETTINGS.json"
HERE = Path(__file__).resolve().parent
# the data set's own folder, or the repository
ROOTS = (HERE.parent, HERE.parent.parent)


def attach(roots: Iterable[Path] = ROOTS) -> None:
    """Make ``inchify`` importable: as installed, else from ``src`` beside; install the wheels.

    Raises ValueError when it is in none of these places.
    """
    roots = list(roots)
    for root in roots:
        install_wheels(root / "wheels")
    if find_spec("inchify") is not None:
        return
    for root in roots:
        if (root / "src" / "inchify").is_dir():
            sys.path.insert(0, str(root / "src"))
            return
    places = ", ".join(str(root / "src") for root in roots)
    raise ValueError(f"inchify is not installed and not in {places}; attach the data set of it")


def install_wheels(folder: Path) -> list[str]:
    """Install those wheels of a folder whose packages are missing; returns their names."""
    missing = [path for path in sorted(folder.glob("*.whl")) if not _is_installed(path)]
    if missing:
        command = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--quiet"]
        subprocess.run([*command, *map(str, missing)], check=True)
    return [path.name for path in missing]


def _is_installed(wheel: Path) -> bool:
    try:
        metadata.version(wheel.name.partition("-")[0])
    except metadata.PackageNotFoundError:
        return False
    return True


def competition(kaggle: Path = KAGGLE) -> Path | None:
    """The competition's folder on Kaggle, None elsewhere."""
    places = (kaggle / "input" / COMPETITION, kaggle / "input" / "competitions" / COMPETITION)
    return next((place for place in places if place.is_dir()), None)


def working(name: str = "", kaggle: Path = KAGGLE) -> Path | None:
    """Where a kernel may write on Kaggle, None elsewhere."""
    folder = kaggle / "working"
    return folder / name if folder.is_dir() else None


def attached(name: str, kaggle: Path = KAGGLE) -> list[Path]:
    """Files or folders of that name (a glob) in the outputs of earlier kernels, in order.

    Kaggle mounts a source one or three folders deep; the competition's 4 M pictures are left out.
    """
    if not (kaggle / "input").is_dir():
        return []
    sources = [path for path in (kaggle / "input").iterdir() if path.is_dir()]
    sources = [path for path in sources if path.name not in (COMPETITION, "competitions")]
    patterns = [f"{'*/' * depth}{name}" for depth in range(5)]
    return sorted(
        path for source in sources for pattern in patterns for path in source.glob(pattern)
    )


def setting(name: str, below: str = "", roots: Iterable[Path] = ROOTS) -> Path | None:
    """A folder that SETTINGS.json names, or a path below it; None without such a file.

    Relative folders begin at the file. The environment's INCHIFY_SETTINGS names another file.

    Raises:
        ValueError: The named file does not exist, or does not have that name.
    """
    named = os.environ.get("INCHIFY_SETTINGS")
    places = [Path(named)] if named else [root / SETTINGS for root in roots]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        if named:
            raise ValueError(f"INCHIFY_SETTINGS={named}: there is no such file")
        return None
    known = json.loads(file.read_text(encoding="utf-8"))
    if name not in known:
        raise ValueError(f"{file}: {name} is missing; it has {', '.join(known) or 'nothing'}")
    return file.resolve().parent / known[name] / below


def config(name: str, roots: Iterable[Path] = ROOTS) -> Path:
    """A configuration: a file as named, else of that name under ``configs``."""
    places = [Path(name), *(root / "configs" / name for root in roots)]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise ValueError(f"there is no configuration {', '.join(map(str, places))}")
    return found


def parser(
    description: str | None, *, input: object, output: object, inputs: str | None = None
) -> argparse.ArgumentParser:
    """--input and --output, which must be given where there is no Kaggle to give them.

    ``inputs`` is "+" when there may be several.
    """
    made = argparse.ArgumentParser(
        description=description, epilog="Further words go to the inchify command as they are."
    )
    made.add_argument("--input", type=Path, nargs=inputs, default=input or None, required=not input)
    made.add_argument("--output", type=Path, default=output or None, required=not output)
    return made


def run(words: Sequence[object]) -> None:
    """Run one inchify command with these words and leave with its exit code."""
    attach()
    from inchify.cli.main import main

    main([str(word) for word in words])
