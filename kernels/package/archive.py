"""Build the archive of Kaggle's winner documentation: the last commit and trained checkpoints.

python kernels/package/archive.py --output dist/inchify.tar.gz --checkpoint runs/fold0/best
"""

from __future__ import annotations

import argparse
import io
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = "inchify"
# What Kaggle asks for, and the weights.
NEEDED = (
    "README.md",
    "LICENSE",
    "SETTINGS.json",
    "requirements.txt",
    "docs/directory_structure.txt",
    "docs/entry_points.md",
    "docs/model_summary.md",
    "src/inchify/weights/graph/weights.safetensors",
)


def tracked(commit: str, root: Path = ROOT) -> bytes:
    """The files of a commit as a .tar, below a folder of the project's name."""
    command = ["git", "archive", "--format=tar", f"--prefix={NAME}/", commit]
    return subprocess.run(command, cwd=root, check=True, capture_output=True).stdout


def archive(output: Path, checkpoints: Sequence[Path] = (), commit: str = "HEAD") -> list[str]:
    """Write the archive (.tar.gz) and return the names in it.

    Args:
        output: The file to write; it appears whole or not at all.
        checkpoints: Folders to add as ``models/RUN/NAME``, such as ``runs/fold0/best``.
        commit: Uncommitted changes are left out.

    Raises:
        ValueError: A checkpoint is no folder, or the commit lacks a file that Kaggle asks for.
    """
    for folder in checkpoints:
        if not folder.is_dir():
            raise ValueError(f"{folder}: there is no such folder")
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(output.name + ".part")
    with (
        tarfile.open(fileobj=io.BytesIO(tracked(commit))) as source,
        tarfile.open(partial, "w:gz") as target,
    ):
        for member in source:
            target.addfile(member, source.extractfile(member) if member.isfile() else None)
        for folder in checkpoints:
            place = folder.resolve()
            target.add(place, f"{NAME}/models/{place.parent.name}/{place.name}")
        names = target.getnames()
    if missing := [name for name in NEEDED if f"{NAME}/{name}" not in names]:
        partial.unlink()
        raise ValueError(f"{commit} lacks {', '.join(missing)}")
    partial.replace(output)
    return names


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=Path, default=ROOT / "dist" / f"{NAME}.tar.gz")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[])
    args = parser.parse_args()
    count = len(archive(args.output, args.checkpoint))
    print(f"{args.output}: {count} entries, {args.output.stat().st_size / 2**20:.1f} MiB")
