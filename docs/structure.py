"""Write docs/directory_structure.txt: the folders of the project, as a tree.

    python docs/structure.py               (or: make structure)

Folders with files that git tracks or would track count, so what commands make is left out.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "docs" / "directory_structure.txt"


def project_files(root: Path = ROOT) -> list[str]:
    """Files of a clone relative to its root, without those that git ignores."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True)
    names = done.stdout.decode("utf-8").split("\0")
    return sorted(name for name in names if name and (root / name).is_file())


def tree(files: Iterable[str], name: str = "inchify") -> str:
    """The folders of these files, each on a line, indented below the folder that holds it."""
    folders = {folder for file in files for folder in PurePosixPath(file).parents}
    lines = [f"{name}/"]
    for folder in sorted(folders, key=lambda path: path.parts):
        if folder.parts:
            lines.append("    " * len(folder.parts) + f"{folder.name}/")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    OUTPUT.write_text(tree(project_files()), encoding="utf-8")
    print(OUTPUT)
