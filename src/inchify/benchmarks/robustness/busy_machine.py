"""Whether predictions are the same on an idle and on a busy machine.

    python -m inchify.benchmarks.robustness.busy_machine FOLDER [--pictures 300] [--busy 8] [--jobs
    2]
        [--output DIR]

The pictures are read once alone in one process and once by ``--jobs`` processes with ``--busy``
processes that compute beside them. The tables must be equal byte for byte but for the column
``seconds``, which tells of the machine and nothing of the pictures. Exit code 1 where they differ.
"""

from __future__ import annotations

import argparse
import csv
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from inchify.readers.files.picture_files import find_pictures

# Holds the interpreter and moves memory: a neighbor that is felt.
COMPUTE = "import numpy as np\nwhile True: np.sort(np.arange(300_000)[::-1].copy())"
TIMES = ("seconds",)


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--pictures", type=int, default=300, help="number of pictures, spread over the folder"
    )
    parser.add_argument("--busy", type=int, default=8, help="processes that compute beside it")
    parser.add_argument("--jobs", type=int, default=2, help="processes that read then")
    parser.add_argument("--output", type=Path, help="keeps both tables here")
    args = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as name:
        pictures = chosen(args.folder, args.pictures, Path(name) / "pictures")
        quiet = predicted(Path(name) / "pictures", Path(name) / "quiet.csv", jobs=1)
        with neighbors(args.busy):
            busy = predicted(Path(name) / "pictures", Path(name) / "busy.csv", jobs=args.jobs)
        if args.output is not None:
            args.output.mkdir(parents=True, exist_ok=True)
            for path in Path(name).glob("*.csv"):
                shutil.copy(path, args.output)
    same = without_times(quiet) == without_times(busy)
    print(f"{pictures} pictures, {args.busy} busy processes, {args.jobs} jobs against 1")
    for column, count in differences(quiet, busy).items():
        print(f"  {column}: {count} rows differ")
    for label, table in (("alone", quiet), ("busy", busy)):
        rows = list(csv.DictReader(io.StringIO(table.decode())))
        answers, verified = (sum(bool(row["InChI"]) for row in rows), verified_of(rows))
        print(f"  {label}: {answers} answers, {verified} verified, {len(rows) - answers} without")
    print("the same bytes" if same else "NOT the same")
    return 0 if same else 1


def verified_of(rows: Sequence[dict[str, str]]) -> int:
    """The number of rows that are marked verified."""
    return sum(row["verified"].lower() in ("1", "true", "yes") for row in rows)


def chosen(folder: Path, count: int, target: Path) -> int:
    """Copy pictures, evenly spread over a folder's, under unique names.

    Args:
        folder: The folder, searched recursively.
        count: Number of pictures to copy.
        target: The new folder.

    Returns:
        The number of copied pictures, fewer where the folder has fewer.
    """
    files = list(dict.fromkeys(picture.file for picture in find_pictures([folder]).pictures))
    target.mkdir()
    taken = files[:: max(1, len(files) // count)][:count]
    for number, path in enumerate(taken):
        shutil.copy(path, target / f"{number:04d}_{path.name}")
    return len(taken)


def predicted(pictures: Path, table: Path, *, jobs: int) -> bytes:
    """Run ``predict``.

    Args:
        pictures: The folder to read.
        table: Where to write the table.
        jobs: Number of processes.

    Returns:
        The table's bytes.

    Raises:
        CalledProcessError: If the command fails.
    """
    command = [sys.executable, "-m", "inchify", "predict", str(pictures), "--output", str(table)]
    subprocess.run([*command, "--jobs", str(jobs), "--quiet"], check=True)
    return table.read_bytes()


@contextmanager
def neighbors(count: int) -> Iterator[None]:
    """Run ``count`` processes that compute until the context ends."""
    command = [sys.executable, "-c", COMPUTE]
    started = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def without_times(table: bytes) -> bytes:
    """A table of ``predict`` with empty columns of times, all else as written."""
    rows = list(csv.reader(io.StringIO(table.decode())))
    places = [rows[0].index(name) for name in TIMES]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow(["" if place in places else cell for place, cell in enumerate(row)])
    return out.getvalue().encode()


def differences(first: bytes, second: bytes) -> dict[str, int]:
    """Count the rows that differ in each column, except times.

    Args:
        first: A table of ``predict``.
        second: The table to compare with.

    Returns:
        For each differing column its number of rows; "number of" rows where their numbers differ.
    """
    tables = [list(csv.DictReader(io.StringIO(table.decode()))) for table in (first, second)]
    if len(tables[0]) != len(tables[1]):
        return {"number of": abs(len(tables[0]) - len(tables[1]))}
    differing = {
        name: sum(row[name] != twin[name] for row, twin in zip(*tables, strict=True))
        for name in tables[0][0]
        if name not in TIMES
    }
    return {name: count for name, count in differing.items() if count}


if __name__ == "__main__":
    raise SystemExit(main())
