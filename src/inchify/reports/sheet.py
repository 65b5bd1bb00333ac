"""Contact sheet of training pictures with their ground truth, as one PNG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from inchify.data.pictures.preparation import PictureSettings, prepare
from inchify.data.preprocessing.buckets import read_table
from inchify.data.preprocessing.store import PictureStore
from inchify.reports.overlay import overlay, write_png

if TYPE_CHECKING:
    from inchify.tasks.molecule_graph.settings import GraphSettings

CELL_HEIGHT, CELL_WIDTH, TEXT_HEIGHT, COLUMNS = 180, 320, 44, 4
# Graphs need more space to be legible: a multiple of the cell, in fewer columns.
GRAPH_CELL, GRAPH_COLUMNS = 2, 3
LETTER_WIDTH = 6.6


def draw_sheet(
    folder: Path, target: Path, *, count: int, seed: int, pictures: PictureSettings | None = None
) -> int:
    """Draw random training pictures in the order of their caption lengths.

    Args:
        folder: Work folder with the table and the picture store.
        target: The PNG file to write.
        count: Maximum number of pictures.
        seed: Seed of the choice.
        pictures: Show the pictures as the network receives them; as they are stored if None.

    Returns:
        The number of pictures drawn.

    Raises:
        ValueError: ``folder`` is not a work folder.
    """
    table, store = read_table(folder), PictureStore(folder)
    generator = np.random.default_rng(seed)
    chosen = generator.choice(len(table), size=min(count, len(table)), replace=False)
    chosen = chosen[np.argsort(table.lengths[chosen], kind="stable")]
    rows = -(-len(chosen) // COLUMNS)
    sheet = np.full((rows * (CELL_HEIGHT + TEXT_HEIGHT), COLUMNS * CELL_WIDTH), 255, np.uint8)
    for place, index in enumerate(chosen.tolist()):
        intensity = store.read(int(table.rows[index]))
        if pictures is None:
            dark = np.where(intensity, np.uint8(255), np.uint8(0))
        else:
            dark = prepare(intensity, pictures)
        top = place // COLUMNS * (CELL_HEIGHT + TEXT_HEIGHT)
        left = place % COLUMNS * CELL_WIDTH
        _paste(sheet[top : top + CELL_HEIGHT, left : left + CELL_WIDTH], dark)
        _write(
            sheet[top + CELL_HEIGHT : top + CELL_HEIGHT + TEXT_HEIGHT, left : left + CELL_WIDTH],
            f"{table.ids[index]}  {dark.shape[1]}x{dark.shape[0]}  {table.lengths[index]} tokens",
            table.captions[index].removeprefix("InChI=1S/"),
        )
    write_png(target, sheet)
    return len(chosen)


def draw_training_sheet(settings: GraphSettings, target: Path, *, count: int, seed: int) -> None:
    """Draw training pictures of a graph configuration with their true graphs overlaid.

    Args:
        settings: The graph configuration.
        target: The PNG file to write.
        count: The number of pictures.
        seed: Seed of all random choices.

    Raises:
        ValueError: The file of molecules is not a list of molecules.
    """
    from inchify.synthetic.molecules.library import MoleculeLibrary
    from inchify.tasks.molecule_graph.data import training_picture

    data = settings.data
    library = MoleculeLibrary.load(Path(data.molecules), max_atoms=data.max_atoms)
    height, width = GRAPH_CELL * CELL_HEIGHT, GRAPH_CELL * CELL_WIDTH
    rows = -(-count // GRAPH_COLUMNS)
    columns = min(count, GRAPH_COLUMNS)
    sheet = np.full((rows * (height + TEXT_HEIGHT), columns * width, 3), 255, np.uint8)
    for place in range(count):
        picture = training_picture(library, data, np.random.default_rng([seed, place]))
        shown = overlay(255 - picture.intensity, picture.graph)
        top = place // GRAPH_COLUMNS * (height + TEXT_HEIGHT)
        left = place % GRAPH_COLUMNS * width
        _paste(sheet[top : top + height, left : left + width], 255 - shown)
        size = f"{picture.intensity.shape[1]}x{picture.intensity.shape[0]}"
        kinds = ", ".join(sorted(picture.kinds)).replace("_", " ")
        title = f"{picture.style}  {size}  {len(picture.graph.atoms)} atoms  {kinds}"
        cell = sheet[top + height : top + height + TEXT_HEIGHT, left : left + width]
        _write(cell, title, picture.smiles)
    write_png(target, sheet)


def _paste(cell: np.ndarray, dark: np.ndarray) -> None:
    """The picture in its cell, shrunk when it is larger, black on white in a thin frame."""
    room_height, room_width = cell.shape[0] - 8, cell.shape[1] - 8
    scale = min(1.0, room_height / dark.shape[0], room_width / dark.shape[1])
    size = max(1, round(dark.shape[1] * scale)), max(1, round(dark.shape[0] * scale))
    small = cv2.resize(dark, size, interpolation=cv2.INTER_AREA) if scale < 1.0 else dark
    top, left = (cell.shape[0] - size[1]) // 2, (cell.shape[1] - size[0]) // 2
    cell[top : top + size[1], left : left + size[0]] = 255 - small
    cv2.rectangle(cell, (1, 1), (cell.shape[1] - 2, cell.shape[0] - 2), (200, 200, 200), 1)


def _write(cell: np.ndarray, title: str, caption: str) -> None:
    letters = int(cell.shape[1] / LETTER_WIDTH)
    short = caption if len(caption) <= letters else caption[: letters - 3] + "..."
    for line, text in enumerate((title, short)):
        place, soft = (6, 14 + 16 * line), (60, 60, 60)
        cv2.putText(cell, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.36, soft, 1, cv2.LINE_AA)
