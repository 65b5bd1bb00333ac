"""Character error, exact lines and seconds of line readers and Tesseract on lines of text.

    python -m inchify.benchmarks.accuracy.text_readers [--receipts FOLDER] [--cells FOLDER]
    [--labels N]
        [--lines N] [--weights DIR]... [--tesseract] [--every N]

``--receipts``: pages with tables of their lines, of which the held-out ones count (their truth is
in capitals: case is ignored). ``--cells``: pictures with ``labels.csv`` (image, latex_tokens), of
which those with plain text count. ``--labels``, ``--lines``: number of drawn labels of molecules
and of printed lines. Tesseract is Debian's, run in its mode for a single line. There is no pass or
fail.
"""

from __future__ import annotations

import argparse
import csv
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from inchify.chemistry.metrics import levenshtein

HELD_OUT = 40
SEED = 40_000_003
LATEX = {
    r"\;": " ",
    r"\quad": " ",
    r"\,": " ",
    r"\pm": "±",
    r"\times": "×",
    r"\alpha": "α",
    r"\beta": "β",
    r"\gamma": "γ",
    r"\delta": "δ",
    r"\mu": "μ",
    r"\circ": "°",
    r"\%": "%",
    r"\&": "&",
    r"\#": "#",
    r"\_": "_",
}


@dataclass(frozen=True)
class Case:
    """``intensity`` uint8 (H, W) and the true text; ``folded``: case is ignored."""

    intensity: np.ndarray
    text: str
    folded: bool = False


def receipts(folder: Path, every: int) -> list[Case]:
    """Cut the lines of held-out pages out by their true boxes.

    Args:
        folder: Pages with tables of their lines.
        every: Take every N-th line.

    Returns:
        The lines.
    """
    from inchify.data.icdar_lines import cut_lines, split_pages
    from inchify.tasks.text_recognition.real_lines import plain_picture

    _, pages = split_pages(folder, HELD_OUT)
    lines = [line for page in pages for line in cut_lines(page)]
    return [Case(plain_picture(line), line.text, True) for line in lines[::every]]


def cells(folder: Path) -> list[Case]:
    """Read the pictures with plain text: no sub- or superscripts, no fractions.

    Args:
        folder: Pictures with ``labels.csv`` (image, latex_tokens).

    Returns:
        Those pictures with their text.
    """
    from inchify.data.pictures.image_io import read_picture

    cases = []
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            text = plain(row["latex_tokens"])
            if text:
                cases.append(Case(255 - read_picture(folder / row["image"]), text))
    return cases


def plain(tokens: str) -> str:
    """The text of LaTeX tokens, "" where it is more than a row of letters."""
    parts = [LATEX.get(token, token) for token in tokens.split()]
    if any("\\" in part or part in "{}^_&" for part in parts):
        return ""
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def drawn(config: str, changes: Sequence[str], count: int) -> list[Case]:
    """Draw lines of a configuration's source, as its training does.

    Args:
        config: File name in ``configs/text``.
        changes: Settings to override, as KEY=VALUE.
        count: Number of lines.

    Returns:
        The lines.
    """
    from inchify.tasks.text_recognition.data import LineDrawer
    from inchify.tasks.text_recognition.settings import load_text_settings

    path = Path(__file__).parents[4] / "configs" / "text" / config
    drawer = LineDrawer(load_text_settings(path, changes))
    generator = np.random.default_rng(SEED)
    crops = [drawer.crop(generator) for _ in range(count)]
    return [Case(intensity, text) for text, intensity, _ in crops]


def ours(weights: Path) -> Callable[[Sequence[np.ndarray]], list[str]]:
    from inchify.readers.line_recognizer import LineRecognizer

    reader = LineRecognizer.load(weights)
    return lambda crops: [text for text, _ in reader.read(crops)]


def tesseract(crops: Sequence[np.ndarray]) -> list[str]:
    """Debian's program, one line a picture, with some paper around it."""
    texts = []
    with tempfile.TemporaryDirectory() as folder:
        for intensity in crops:
            picture = cv2.copyMakeBorder(
                255 - intensity, 8, 8, 8, 8, cv2.BORDER_CONSTANT, value=255
            )
            path = f"{folder}/line.png"
            cv2.imwrite(path, picture)
            done = subprocess.run(
                ["tesseract", path, "-", "--psm", "7", "--dpi", "200"],
                capture_output=True,
                text=True,
                check=False,
            )
            texts.append(" ".join(done.stdout.split()))
    return texts


def row(name: str, cases: Sequence[Case], read: Callable[[Sequence[np.ndarray]], list[str]]) -> str:
    """Format a row of the table: letter errors, exact lines, milliseconds a line.

    Args:
        name: The row's title.
        cases: The lines to read.
        read: Reads crops.

    Returns:
        The row as text.
    """
    started = time.perf_counter()
    texts = read([case.intensity for case in cases])
    seconds = time.perf_counter() - started
    wrong, right, letters = 0, [], 0
    for case, text in zip(cases, texts, strict=True):
        said, true = spelt(text, case.folded), spelt(case.text, case.folded)
        wrong += levenshtein(said, true)
        letters += len(true)
        right.append(said == true)
    exact = np.array(right, dtype=float)
    error = 100 * exact.std() / np.sqrt(len(exact))
    return (
        f"  {name:<34} {100 * wrong / max(letters, 1):6.2f}  {100 * exact.mean():6.1f} ± "
        f"{error:3.1f}  {1000 * seconds / len(cases):7.1f}"
    )


def spelt(text: str, folded: bool) -> str:
    """Normalize a text: one kind of hyphens, quotes and primes, single spaces, and none around ±
    and × (LaTeX adds them, so only some truths have them).

    Args:
        text: The text.
        folded: Whether case is ignored; the result is then in capitals.

    Returns:
        The normalized text.
    """
    from inchify.chemistry.line_characters import written

    text = " ".join(written(text).replace("–", "-").replace("—", "-").replace("′", "'").split())
    text = re.sub(r" ?([±×]) ?", r"\1", text)
    return text.upper() if folded else text


def main() -> None:
    import torch

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--receipts", type=Path)
    parser.add_argument("--cells", type=Path)
    parser.add_argument("--labels", type=int, default=0)
    parser.add_argument("--awkward", type=int, default=0, help="turned and two-row labels")
    parser.add_argument("--lines", type=int, default=0)
    parser.add_argument("--weights", type=Path, action="append", default=[])
    parser.add_argument("--tesseract", action="store_true")
    parser.add_argument("--every", type=int, default=1, help="of the receipts' lines")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    sets: list[tuple[str, list[Case]]] = []
    if args.receipts:
        sets.append(("receipts, held out", receipts(args.receipts, args.every)))
    if args.cells:
        sets.append(("cells of tables", cells(args.cells)))
    if args.labels:
        sets.append(("drawn labels", drawn("label.yaml", (), args.labels)))
    if args.awkward:
        changes = ("data.irregular=0.999",)
        sets.append(("awkward labels", drawn("label.yaml", changes, args.awkward)))
    if args.lines:
        sets.append(("drawn lines", drawn("lines.yaml", (), args.lines)))
    readers = [(str(folder), ours(folder)) for folder in args.weights]
    readers += [("Tesseract", tesseract)] if args.tesseract else []
    for name, cases in sets:
        print(f"{name} ({len(cases)}): letters wrong %, lines exact %, ms a line")
        for title, read in readers:
            print(row(title, cases, read), flush=True)


if __name__ == "__main__":
    main()
