"""Memory and seconds of ``read`` on a very long PDF, as pages go by.

    python -m inchify.benchmarks.robustness.long_document [--pages 1000] [--every 100] [--output
    DIR]

The pages repeat a few drawn ones (of molecules that no training used). Memory is that of the
process and its workers, in MB, after every ``--every`` pages. There is no pass or fail.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

MOLECULES = Path("input/sample/molecules.smi.gz")
DIFFERENT = 12
SIDE = 600  # pixels at 200 dots per inch


def write_pdf(path: Path, pages: int) -> None:
    """Write a PDF whose pages are parts of drawn pages.

    Args:
        path: The file.
        pages: Number of pages.
    """
    from inchify.synthetic.molecules.library import MoleculeLibrary
    from inchify.synthetic.pages import PageSettings, draw_page

    library = MoleculeLibrary.load(MOLECULES, held_back=True)
    settings = PageSettings(part=1.0, part_side=SIDE)
    drawn = [
        Image.fromarray(
            255 - draw_page(library, np.random.default_rng([5, number]), settings).intensity
        )
        for number in range(DIFFERENT)
    ]
    more = (drawn[number % DIFFERENT] for number in range(1, pages))
    drawn[0].save(path, save_all=True, append_images=more, resolution=200)


def memory(process: int) -> float:
    """Resident memory of a process and its children.

    Args:
        process: Id of the process.

    Returns:
        MB; memory that processes share counts for each.
    """
    listing = subprocess.run(
        ["ps", "-o", "rss=", "--pid", str(process), "--ppid", str(process)],
        capture_output=True,
        text=True,
        check=False,
    )
    return sum(map(int, listing.stdout.split())) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--every", type=int, default=100)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = args.output or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        path, results = home / "long.pdf", home / "found"
        write_pdf(path, args.pages)
        print(f"{args.pages} pages, {path.stat().st_size / 1e6:.1f} MB")
        started, wanted = time.perf_counter(), args.every
        command = [sys.executable, "-m", "inchify", "read", str(path), "--output", str(results)]
        with subprocess.Popen([*command, "--quiet"]) as run:
            while run.poll() is None:
                time.sleep(0.5)
                done = len(list((results / "overlay").glob("*"))) if results.is_dir() else 0
                if done >= wanted:
                    spent = time.perf_counter() - started
                    print(f"{done} pages: {memory(run.pid):.0f} MB, {spent / done:.2f} s a page")
                    wanted = done - done % args.every + args.every
        print(f"exit {run.returncode} after {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
