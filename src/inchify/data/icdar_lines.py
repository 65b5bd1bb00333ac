"""Text-line data sets in the ICDAR layout: pages with the boxes and texts of their lines.

A page is NAME.jpg (or .png, .tif) with NAME.csv beside it: x1,y1,...,x4,y4,text, the corners of a
line from its upper left on, clockwise.

Shape letters: H and W pixels. Pictures are uint8, 255 where there is full foreground.
"""

from __future__ import annotations

import csv
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inchify.data.pictures.image_io import read_picture
from inchify.types import TextLine

PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
CORNERS = ("x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4")
MARGIN = 0.3  # of a line's height, kept around a cut line so that its frame can still move


@dataclass(frozen=True)
class RealLine:
    """A real text line: ``intensity`` uint8 (H, W), the line with a margin; ``frame``: rows and
    columns of the box in it, (left, top, right, bottom); ``name`` of the page and its number
    there."""

    intensity: np.ndarray
    frame: tuple[int, int, int, int]
    text: str
    name: str


def pages_of(folder: Path) -> list[Path]:
    """List the pictures of a folder that have a table of lines.

    Args:
        folder: The folder.

    Returns:
        The pictures in order of their names.

    Raises:
        ValueError: There are none.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"{folder}: there is no such folder of pages")
    pages = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in PICTURES and path.with_suffix(".csv").is_file()
    ]
    if not pages:
        raise ValueError(f"{folder}: no picture with a .csv of its lines beside it")
    return pages


def split_pages(folder: Path, held_out: int) -> tuple[list[Path], list[Path]]:
    """Split the pages of a folder into training and held-out pages.

    The last pages in order of the CRC-32 of their names (without the suffix) are held out, so that
    more pages in a folder move few from one side to the other.

    Args:
        folder: The folder with pages and their tables.
        held_out: Number of pages to hold out.

    Returns:
        (training pages, held-out pages), each in order of names.

    Raises:
        ValueError: No page would be left, or the folder has none.
    """
    pages = pages_of(folder)
    if not 0 <= held_out < len(pages):
        raise ValueError(f"'held_out' is {held_out}; {folder} has {len(pages)} pages")
    order = sorted(pages, key=lambda path: (zlib.crc32(path.stem.encode()), path.stem))
    kept = len(pages) - held_out
    return sorted(order[:kept]), sorted(order[kept:])


def read_page_lines(path: Path) -> tuple[np.ndarray, list[TextLine]]:
    """Read a page and its lines.

    Args:
        path: The picture; its table of lines lies beside it.

    Returns:
        Inverted gray values, uint8 (H, W), and the lines with their texts, in order. Boxes are
        axis-aligned and contain all four corners, in pixels; ``angle`` is that of the upper edge,
        in degrees.

    Raises:
        PictureError: The picture cannot be read.
        ValueError: The table is malformed; the message names file and row.
    """
    path = Path(path)
    return 255 - read_picture(path), read_lines(path.with_suffix(".csv"))


def read_lines(table: Path) -> list[TextLine]:
    """Read the lines of a table.

    Args:
        table: The CSV file.

    Returns:
        The lines in order, boxes in pixels.

    Raises:
        ValueError: The table is malformed; the message names file and row.
    """
    with table.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        missing = {*CORNERS, "text"} - {*(rows.fieldnames or ())}
        if missing:
            raise ValueError(f"{table}: columns are missing: {', '.join(sorted(missing))}")
        return [_line(row, f"{table}, row {number}") for number, row in enumerate(rows, 1)]


def _line(row: dict[str, str], where: str) -> TextLine:
    try:
        corners = [float(row[name]) for name in CORNERS]
    except (TypeError, ValueError):
        raise ValueError(f"{where}: corners must be numbers") from None
    if not all(map(math.isfinite, corners)) or row["text"] is None:
        raise ValueError(f"{where}: corners must be finite and a text must follow")
    across, down = corners[::2], corners[1::2]
    angle = math.degrees(math.atan2(down[1] - down[0], across[1] - across[0]))
    box = (min(across), min(down), max(across), max(down))
    return TextLine(box, row["text"], confidence=1.0, angle=angle)


def cut_lines(path: Path) -> Iterator[RealLine]:
    """Cut every line from a page, with a margin.

    Args:
        path: The picture; its table of lines lies beside it.

    Returns:
        The lines in order; boxes without pixels or text are left out.
    """
    intensity, lines = read_page_lines(path)
    height, width = intensity.shape
    for number, line in enumerate(lines):
        left, top, right, bottom = line.box
        left, top = max(0, math.floor(left)), max(0, math.floor(top))
        right, bottom = min(width, math.ceil(right)), min(height, math.ceil(bottom))
        if right - left < 2 or bottom - top < 2 or not line.text.strip():
            continue
        margin = math.ceil(MARGIN * (bottom - top))
        x, y = max(0, left - margin), max(0, top - margin)
        cut = intensity[y : bottom + margin, x : right + margin].copy()
        frame = (left - x, top - y, right - x, bottom - y)
        yield RealLine(cut, frame, line.text.strip(), f"{path.stem}:{number}")
