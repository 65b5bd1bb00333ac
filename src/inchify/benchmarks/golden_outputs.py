"""Outputs of every verb, to compare before and after a change that should alter none of them.

    python -m inchify.benchmarks.golden_outputs FOLDER [--pictures FOLDER...] [--every N]
        [--pages FOLDER] [--jobs N]
    python -m inchify.benchmarks.golden_outputs FOLDER --compare OTHER

The first command reads pictures and pages, preprocesses and answers a small competition, trains
every tiny configuration, and writes the results into FOLDER as text: tables without the columns
that depend on the machine, digests of files and of trained weights. The second compares two such
folders file by file; the exit code is 1 where they differ.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from safetensors import safe_open

ROOT = Path(__file__).parents[3]
# Columns and keys that tell of the machine, the code's version or where files lie.
MACHINE = ("seconds", "path", "version", "date", "settings", "weights")
SHOWN = 10


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--compare", type=Path, help="another such folder, to compare with")
    parser.add_argument("--pictures", type=Path, nargs="*", default=[], help="folders to predict")
    parser.add_argument("--every", type=int, default=1, help="only each Nth picture of a folder")
    parser.add_argument("--pages", type=Path, help="a folder of pages to read")
    parser.add_argument("--jobs", type=int, default=1, help="processes that read")
    args = parser.parse_args(words)
    if args.compare is not None:
        return compare(args.folder, args.compare)
    args.folder.mkdir(parents=True, exist_ok=True)
    for name, text in outputs(args):
        (args.folder / name).write_text(text, encoding="utf-8")
        print(f"{name}: {text.count(chr(10))} lines", flush=True)
    return 0


def outputs(args: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Run every verb.

    Args:
        options: The command's options.

    Returns:
        Names of files and their text, one by one.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for folder in args.pictures:
            table = predicted(folder, args.every, args.jobs, work)
            yield f"predictions_{folder.name}.csv", table
        if args.pages is not None:
            yield "pages.json", read_pages(args.pages, args.jobs, work)
        yield from small_competition(work)
        yield "trainings.txt", trained(work)


def predicted(folder: Path, every: int, jobs: int, work: Path) -> str:
    """Run ``predict`` on the pictures of a folder.

    Args:
        folder: Pictures, searched recursively.
        every: Take every N-th picture.
        jobs: Number of processes.
        work: A folder for the table.

    Returns:
        The table without the columns of ``MACHINE``.
    """
    pictures = sorted(path for path in folder.rglob("*") if path.suffix in (".png", ".tif"))
    table = work / f"{folder.name}.csv"
    inchify("predict", *pictures[::every], "--output", table, "--jobs", jobs)
    return without_machine(table)


def read_pages(folder: Path, jobs: int, work: Path) -> str:
    """Run ``read`` on the pages of a folder.

    Args:
        folder: Pictures of pages and PDFs.
        jobs: Number of processes.
        work: A folder for the output.

    Returns:
        The page.json without the keys of ``MACHINE``, and digests of the other files.
    """
    output = work / "pages"
    pages = sorted(path for path in folder.iterdir() if path.suffix in (".png", ".pdf", ".tif"))
    inchify("read", *pages, "--output", output, "--jobs", jobs)
    document = json.loads((output / "page.json").read_text("utf-8"))
    shown = {key: value for key, value in document.items() if key not in MACHINE}
    return json.dumps(shown, indent=1, sort_keys=True) + "\n" + digests(output, ("*.png", "*.sdf"))


def small_competition(work: Path) -> Iterator[tuple[str, str]]:
    """A drawn competition, its work folder, and answers of the shipped readers."""
    drawn, prepared, answers = work / "competition", work / "prepared", work / "answers"
    inchify("synth", "--output", drawn, "--train", 120, "--test", 12, "--jobs", 1)
    yield "synth.txt", digests(drawn)
    inchify("preprocess", drawn, "--output", prepared, "--jobs", 1)
    yield "preprocess.txt", digests(prepared, ("*.csv", "*.bin", "*.npy", "*.idx"))
    inchify("submit", "--input", drawn, "--output", answers)
    yield "submission.csv", (answers / "submission.csv").read_text("utf-8")
    yield "verdicts.csv", without_machine(answers / "verdicts.csv")


def trained(work: Path) -> str:
    """A digest of the trained weights for each tiny configuration."""
    lines = []
    for path in sorted((ROOT / "configs" / "tiny").glob("*.yaml")):
        text = path.read_text("utf-8")
        if (
            not re.search("^# run: +python", text, re.MULTILINE)
            or "distillation" in text
            or "student" in path.name
        ):
            continue
        run = work / "runs" / path.stem
        data = ("--data", work / "prepared") if "../sequence/" in text else ()
        try:
            inchify("train", path, "--output", run, *data, "--set", "training.steps=8")
        except SystemExit as error:  # this machine may lack a font that a configuration needs
            lines.append(f"{path.name} {str(error).strip().splitlines()[-1]}\n")
            continue
        (weights,) = sorted(run.glob("checkpoints/*/weights.safetensors"))[-1:]
        lines.append(f"{path.name} {digest_of_tensors(weights)}\n")
    return "".join(lines)


def inchify(*words: object) -> None:
    """Run a verb quietly.

    Args:
        words: The verb and its arguments.

    Raises:
        SystemExit: If the verb fails, with its error output.
    """
    command = [sys.executable, "-P", "-m", "inchify", *map(str, words), "--quiet"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")


def without_machine(table: Path) -> str:
    """A table without its columns of ``MACHINE``."""
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    kept = [name for name in (rows[0] if rows else {}) if name not in MACHINE]
    text = io.StringIO()
    writer = csv.DictWriter(text, kept, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def digests(folder: Path, patterns: Sequence[str] = ("*",)) -> str:
    """Digests of the files of a folder.

    Args:
        folder: The folder, searched recursively.
        patterns: Glob patterns of the files.

    Returns:
        A line for each file: its path in the folder and the SHA-256 of its bytes.
    """
    paths = {path for pattern in patterns for path in folder.rglob(pattern) if path.is_file()}
    lines = [
        f"{path.relative_to(folder).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n"
        for path in sorted(paths)
    ]
    return "".join(lines)


def digest_of_tensors(path: Path) -> str:
    """A digest of tensors and their shapes, in the order of their bytes: names may change."""
    with safe_open(path, "pt") as file:
        parts = sorted(_tensor_digest(file.get_tensor(name)) for name in file.keys())  # noqa: SIM118
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _tensor_digest(tensor: torch.Tensor) -> str:
    raw = tensor.contiguous().reshape(-1).view(torch.uint8).numpy()
    return hashlib.sha256(str(tuple(tensor.shape)).encode() + raw.tobytes()).hexdigest()


def compare(first: Path, second: Path) -> int:
    """Print which files of two folders differ, with the first lines that do.

    Args:
        first: A folder of outputs.
        second: The folder to compare with.

    Returns:
        The exit code: 1 where a file differs, else 0.
    """
    differing = 0
    for name in sorted({path.name for folder in (first, second) for path in folder.iterdir()}):
        before, after = (_lines(folder / name) for folder in (first, second))
        if before == after:
            print(f"{name}: the same, {len(before)} lines")
            continue
        differing += 1
        print(f"{name}: DIFFERS")
        changed = [line for line in difflib.unified_diff(before, after, n=0) if line[:1] in "+-"]
        for line in changed[:SHOWN]:
            print(f"  {line.rstrip()[:200]}")
    return 1 if differing else 0


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.is_file() else []


if __name__ == "__main__":
    sys.exit(main())
