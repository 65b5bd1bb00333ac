"""Molecules go in; pictures per second of one core come out, for our drawing and for Indigo's own.

Ours takes Indigo's SVG and rasterises it; the references are Indigo's PNG at the picture's scale
and at four times that, averaged down. All ways draw the same molecules at the same bond lengths;
time is processor time, so other work on the machine disturbs little.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from inchify.synth.competition import BOND_PIXELS, competition_ink, draw
from inchify.synth.indigo import DrawingError, render
from inchify.synth.molecules import MoleculeSettings, choose_molecules, read_molecules
from inchify.synth.noise import add_noise
from inchify.synth.png import png_bytes

MOLECULES = Path(__file__).parents[4] / "input" / "sample" / "molecules.smi.gz"

Draw = Callable[[str, int], np.ndarray]


class Speed(NamedTuple):
    """Pictures per second of processor time, milliseconds for one picture, pictures that failed."""

    rate: float
    milliseconds: float
    failed: int


def ours(inchi: str, bond: int) -> np.ndarray:
    """The competition's style: SVG, shapes, our rasteriser."""
    return competition_ink(draw(inchi), bond)


def ours_to_file(inchi: str, bond: int) -> np.ndarray:
    """The same with noise, up to the bytes of a file."""
    ink = add_noise(ours(inchi, bond), np.random.default_rng(0))
    return np.frombuffer(png_bytes(np.where(ink, np.uint8(0), np.uint8(255))), np.uint8)


def indigo_png(finer: int) -> Draw:
    """Indigo's PNG drawn ``finer`` times as large and averaged down."""

    def drawn(inchi: str, bond: int) -> np.ndarray:
        coded = np.frombuffer(render(inchi, "png", bond * finer), np.uint8)
        grey = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
        if finer > 1:
            size = (round(grey.shape[1] / finer), round(grey.shape[0] / finer))
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        return grey < 128

    return drawn


STYLES: dict[str, Draw] = {
    "competition": ours,
    "competition, noise, file": ours_to_file,
    "Indigo PNG": indigo_png(1),
    "Indigo PNG 4x": indigo_png(4),
}


def speed(drawn: Draw, molecules: Sequence[str]) -> Speed:
    """Draws every molecule once, alternating the competition's two bond lengths."""
    failed = 0
    began = time.process_time()
    for number, inchi in enumerate(molecules):
        try:
            drawn(inchi, BOND_PIXELS[number % len(BOND_PIXELS)])
        except DrawingError:
            failed += 1
    seconds = time.process_time() - began
    done = max(1, len(molecules) - failed)
    return Speed(done / max(seconds, 1e-9), 1000 * seconds / done, failed)


def run(
    count: int = 300, seed: int = 0, list: str = str(MOLECULES), match_lengths: bool = True
) -> dict[str, Speed]:
    """Prints a table: one row for each way to draw, over ``count`` molecules of ``list``."""
    settings = MoleculeSettings(count=count, seed=seed, match_lengths=match_lengths)
    molecules = choose_molecules(read_molecules(Path(list)), settings)
    for drawn in STYLES.values():  # libraries load and letters are parsed outside the clock
        speed(drawn, molecules[:5])
    speeds = {name: speed(drawn, molecules) for name, drawn in STYLES.items()}
    print(f"{len(molecules)} molecules of {list}; per core (processor time)")
    print(f"{'style':26}{'pictures/s':>12}{'ms a picture':>14}{'failed':>8}")
    for name, row in speeds.items():
        print(f"{name:26}{row.rate:12.0f}{row.milliseconds:14.2f}{row.failed:8d}")
    return speeds
