"""Small line drawings and whole competition folders, made at random for the tests of this room."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np


def line_drawing(seed: int, *, bond: int = 25, atoms: int = 8, salt: float = 0.0) -> np.ndarray:
    """A zigzag with side lines as foreground, bool (H, W) and wider than high, margin ``bond``
    + 1."""
    generator = np.random.default_rng(seed)
    canvas = np.zeros((12 * bond, (atoms + 4) * bond), dtype=np.uint8)
    point = np.array([2.0 * bond, 6.0 * bond])
    for atom in range(atoms):
        angle = np.deg2rad(30 if atom % 2 else -30)
        following = point + bond * np.array([np.cos(angle), np.sin(angle)])
        draw_line(canvas, point, following)
        if generator.random() < 0.4:
            side = bond if atom % 2 else -bond
            draw_line(canvas, point, point + np.array([0.0, side]))
        point = following
    rows, columns = np.flatnonzero(canvas.any(axis=1)), np.flatnonzero(canvas.any(axis=0))
    box = canvas[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    intensity = np.pad(box, bond + 1).astype(bool)
    return intensity & (generator.random(intensity.shape) >= salt) if salt else intensity


def draw_line(canvas: np.ndarray, begin: np.ndarray, end: np.ndarray) -> None:
    first, last = (tuple(round(float(value)) for value in point) for point in (begin, end))
    cv2.line(canvas, first, last, 1, 1)


def gray_of(intensity: np.ndarray) -> np.ndarray:
    return np.where(intensity, 0, 255).astype(np.uint8)


def chain(carbons: int) -> str:
    """The InChI of a straight alkane of three carbons or more."""
    # An InChI numbers the ends first, then inwards from both sides.
    odd, even = range(1, carbons + 1, 2), range(2, carbons + 1, 2)
    numbers = "-".join(str(number) for number in (*odd, *reversed(even)))
    inner = "3" if carbons == 3 else f"3-{carbons}"
    return f"InChI=1S/C{carbons}H{2 * carbons + 2}/c{numbers}/h{inner}H2,1-2H3"


def picture_id(number: int) -> str:
    return f"{number * 2654435761 % 2**48:012x}"


def competition_folder(folder: Path, rows: int, *, flat: bool = False) -> list[tuple[str, str]]:
    """A folder as the competition lays it out, with ``rows`` good rows; returns (id, InChI)."""
    labels = [(picture_id(number), chain(3 + number % 30)) for number in range(rows)]
    for number, (image_id, _) in enumerate(labels):
        intensity = line_drawing(
            number, bond=25 if number % 2 else 40, atoms=4 + number % 9, salt=0.1
        )
        place = folder / "train"
        if flat:
            place.mkdir(parents=True, exist_ok=True)
        else:
            place = place.joinpath(*image_id[:3])
            place.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(place / f"{image_id}.png"), gray_of(intensity))
    write_labels(folder, labels)
    return labels


def write_labels(folder: Path, labels: list[tuple[str, str]]) -> None:
    with (folder / "train_labels.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["image_id", "InChI"])
        writer.writerows(labels)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
