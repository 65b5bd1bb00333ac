"""A work folder comes in, a sheet of its pictures with their captions goes out as one PNG."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from inchify.data.buckets import read_table
from inchify.data.files import write_atomically
from inchify.data.pictures import PictureSettings, prepare
from inchify.data.store import PictureStore

CELL_HEIGHT, CELL_WIDTH, TEXT_HEIGHT, COLUMNS = 180, 320, 44, 4
LETTERS = 48


def draw_sheet(
    folder: Path, target: Path, *, count: int, seed: int, pictures: PictureSettings | None = None
) -> int:
    """Draw ``count`` pictures, chosen by seed, in the order of their caption lengths.

    With ``pictures`` they are shown as the network gets them, else as they are in the store.
    Returns how many were drawn; ValueError when the folder is no work folder.
    """
    table, store = read_table(folder), PictureStore(folder)
    generator = np.random.default_rng(seed)
    chosen = generator.choice(len(table), size=min(count, len(table)), replace=False)
    chosen = chosen[np.argsort(table.lengths[chosen], kind="stable")]
    rows = -(-len(chosen) // COLUMNS)
    sheet = np.full((rows * (CELL_HEIGHT + TEXT_HEIGHT), COLUMNS * CELL_WIDTH), 255, np.uint8)
    for place, index in enumerate(chosen.tolist()):
        ink = store.read(int(table.rows[index]))
        if pictures is None:
            dark = np.where(ink, np.uint8(255), np.uint8(0))
        else:
            dark = prepare(ink, pictures)
        top = place // COLUMNS * (CELL_HEIGHT + TEXT_HEIGHT)
        left = place % COLUMNS * CELL_WIDTH
        _paste(sheet[top : top + CELL_HEIGHT, left : left + CELL_WIDTH], dark)
        _write(
            sheet[top + CELL_HEIGHT : top + CELL_HEIGHT + TEXT_HEIGHT, left : left + CELL_WIDTH],
            f"{table.ids[index]}  {dark.shape[1]}x{dark.shape[0]}  {table.lengths[index]} tokens",
            table.captions[index].removeprefix("InChI=1S/"),
        )
    done, png = cv2.imencode(".png", sheet)
    assert done
    write_atomically(target, png.tobytes())
    return len(chosen)


def _paste(cell: np.ndarray, dark: np.ndarray) -> None:
    """The picture in its cell, shrunk when it is larger, black on white in a thin frame."""
    room_height, room_width = cell.shape[0] - 8, cell.shape[1] - 8
    scale = min(1.0, room_height / dark.shape[0], room_width / dark.shape[1])
    size = max(1, round(dark.shape[1] * scale)), max(1, round(dark.shape[0] * scale))
    small = cv2.resize(dark, size, interpolation=cv2.INTER_AREA) if scale < 1.0 else dark
    top, left = (cell.shape[0] - size[1]) // 2, (cell.shape[1] - size[0]) // 2
    cell[top : top + size[1], left : left + size[0]] = 255 - small
    cv2.rectangle(cell, (1, 1), (cell.shape[1] - 2, cell.shape[0] - 2), 200, 1)


def _write(cell: np.ndarray, title: str, caption: str) -> None:
    short = caption if len(caption) <= LETTERS else caption[: LETTERS - 3] + "..."
    for line, text in enumerate((title, short)):
        cv2.putText(
            cell, text, (6, 14 + 16 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.36, 60, 1, cv2.LINE_AA
        )
