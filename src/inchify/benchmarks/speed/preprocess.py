"""Speed of preprocessing: pictures per second and core, the gain of a second process, and peak
memory.

The label file has ``rows`` rows, but its pictures are links to few drawings, so that millions of
rows fit on any disk.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from inchify.benchmarks.speed.store import MOLECULES, drawings

# The main process of a run, separate so that its memory can be measured.
_SCRIPT = """
import json, resource, sys, time
from pathlib import Path
from inchify.data.preprocessing.preprocess import PreprocessSettings, preprocess
source, output, jobs = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
settings = PreprocessSettings(jobs=jobs, cluster=sys.argv[4], progress=False)
if jobs > 1 and not settings.cluster:
    # loky's processes start once in a run of hours; here their start would be most of the time.
    from joblib import Parallel, delayed
    Parallel(n_jobs=jobs)(delayed(time.sleep)(0.2) for _ in range(4 * jobs))
began = time.perf_counter()
counts = preprocess(source, output, settings)["counts"]
print(json.dumps({
    "kept": counts["kept"],
    "wall": time.perf_counter() - began,
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
}))
"""


class Outcome(NamedTuple):
    """One run: processes, pictures per second of wall clock, and per second of processor time
    over all processes; the main process's resident memory at its peak, bytes."""

    jobs: int
    cluster: str
    pictures_per_second: float
    pictures_per_cpu_second: float
    peak_bytes: float


def run(
    *,
    rows: int = 20_000,
    distinct: int = 400,
    jobs: int = 2,
    cluster: str = "",
    seed: int = 0,
    molecules: str = str(MOLECULES),
) -> list[Outcome]:
    """Preprocess the same folder with one process and with ``jobs``, and print the table.

    On a machine with other work the wall clock tells little; processor time tells the cost.

    Args:
        rows: Rows of the label file.
        distinct: Number of different drawings.
        jobs: Number of processes.
        cluster: "" for processes of this machine, "local" or an address for a Dask cluster.
        seed: Decides the drawings.
        molecules: A list of molecules to draw.

    Returns:
        An outcome for each run.
    """
    folder = Path(tempfile.mkdtemp(prefix="bench-preprocess-"))
    outcomes = []
    try:
        write_folder(folder / "in", rows, drawings(Path(molecules), distinct, seed))
        load = os.getloadavg()[0]
        print(f"{rows:,} rows of {distinct} drawings; the machine's load before: {load:.1f}")
        print(f"{'processes':>22} {'pictures/s':>11} {'pictures/cpu-s':>15} {'peak memory MB':>15}")
        for count, where in sorted({(1, ""), (jobs, ""), (jobs, cluster)}):
            outcome = measure(folder / "in", folder / "out", count, where)
            outcomes.append(outcome)
            print(
                f"{count:>10} {where or 'here':>11} {outcome.pictures_per_second:>11,.0f} "
                f"{outcome.pictures_per_cpu_second:>15,.0f} {outcome.peak_bytes / 1e6:>15,.0f}",
                flush=True,
            )
            shutil.rmtree(folder / "out")
    finally:
        shutil.rmtree(folder)
    gain = outcomes[-1].pictures_per_second / outcomes[0].pictures_per_second
    print(f"{jobs} processes are {gain:.2f} times as fast as one by the clock")
    return outcomes


def measure(source: Path, output: Path, jobs: int, cluster: str) -> Outcome:
    """Preprocess a folder in a separate process.

    Args:
        source: The folder.
        output: Where to write.
        jobs: Number of processes.
        cluster: "" for processes of this machine, "local" or an address for a Dask cluster.

    Returns:
        Its speed and memory.
    """
    before = os.times()
    answer = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(source), str(output), str(jobs), cluster],
        stdout=subprocess.PIPE,
        check=True,
    )
    after = os.times()
    result = json.loads(answer.stdout.splitlines()[-1])
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    return Outcome(
        jobs, cluster, result["kept"] / result["wall"], result["kept"] / cpu, result["peak"]
    )


def write_folder(folder: Path, rows: int, intensities: list[np.ndarray]) -> None:
    """Write a competition folder with many rows and few different pictures.

    Args:
        folder: The new folder.
        rows: Rows of the label file; their pictures are hard links.
        intensities: The different pictures, bool (H, W).
    """
    folder.mkdir(parents=True)
    for number, intensity in enumerate(intensities):
        gray = (~intensity).view(np.uint8) * np.uint8(255)
        cv2.imwrite(str(folder / f"drawing_{number}.png"), gray)
    with (folder / "train_labels.csv").open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["image_id", "InChI"])
        for number, image_id in enumerate(ids(rows)):
            place = folder.joinpath("train", *image_id[:3])
            place.mkdir(parents=True, exist_ok=True)
            os.link(folder / f"drawing_{number % len(intensities)}.png", place / f"{image_id}.png")
            writer.writerow([image_id, caption(number)])


def ids(rows: int) -> Iterator[str]:
    """Different ids of twelve hexadecimal digits, spread over the folders."""
    return (f"{number * 2654435761 % 2**48:012x}"[::-1] for number in range(rows))


def caption(number: int) -> str:
    """A text of an InChI's form and of lengths as common as in the competition."""
    length = 10 + number * 7919 % 41
    chain = "-".join(str(atom) for atom in range(1, length))
    return f"InChI=1S/C{length}H{length}N3O2/c{chain}/h1-{length}H"
