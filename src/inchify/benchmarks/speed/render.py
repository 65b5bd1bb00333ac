"""Speed of drawing on one core: the project's drawers, Indigo and RDKit.

The competition's style rasterises Indigo's SVG; the style "own" lays out, draws and rasterises by
itself, truth included; the references are Indigo's PNG at the picture's scale and at four times
that, averaged down, and RDKit's drawing with its truth. All ways draw the same molecules at the
same bond lengths; the time is processor time, which other work on the machine disturbs little.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from inchify.chemistry.convert import molecule_of_inchi
from inchify.rendering.bms_style import BOND_PIXELS, competition_mask, draw
from inchify.rendering.depictor import depict, random_style
from inchify.rendering.drawn_picture import SCAN_LINES, draw_picture
from inchify.rendering.indigo import DrawingError, render
from inchify.rendering.png import png_bytes
from inchify.rendering.rasterizer import Drawing, cover
from inchify.rendering.rdkit_style import draw_rdkit_picture
from inchify.synthetic.bms_noise import add_noise
from inchify.synthetic.molecules.competition import (
    MoleculeSettings,
    choose_molecules,
    read_molecules,
)

MOLECULES = Path(__file__).parents[4] / "input" / "sample" / "molecules.smi.gz"

Draw = Callable[[str, int], np.ndarray]


class Speed(NamedTuple):
    """Pictures per second of processor time, milliseconds for one picture, pictures that failed."""

    rate: float
    milliseconds: float
    failed: int


def ours(inchi: str, bond: int) -> np.ndarray:
    """Draw in the competition's style: SVG, shapes, the project's rasteriser.

    Args:
        inchi: The molecule.
        bond: Bond length in pixels.

    Returns:
        Foreground, bool (H, W).
    """
    return competition_mask(draw(inchi), bond)


def ours_to_file(inchi: str, bond: int) -> np.ndarray:
    """As ``ours``, with noise and encoded; returns the bytes of a PNG."""
    intensity = add_noise(ours(inchi, bond), np.random.default_rng(0))
    return np.frombuffer(png_bytes(np.where(intensity, np.uint8(0), np.uint8(255))), np.uint8)


def own_style(inchi: str, bond: int) -> np.ndarray:
    """Draw in a random depictor style ("own"), with the truth graph.

    Args:
        inchi: The molecule.
        bond: Bond length in pixels.

    Returns:
        Foreground intensity, uint8 (H, W).
    """
    return draw_picture(read(inchi), np.random.default_rng(bond), bond_pixels=bond).intensity


def own_raster(inchi: str, bond: int) -> np.ndarray:
    """Rasterise a drawing of the style "own" that is already laid out."""
    drawing = laid_out(inchi)
    left, top, right, bottom = drawing.box
    size = (int((bottom - top) * bond) + 2, int((right - left) * bond) + 2)
    return cover(drawing, (bond, bond), (1 - left * bond, 1 - top * bond), size, SCAN_LINES)


@cache
def laid_out(inchi: str) -> Drawing:
    """A drawing of the style "own", made before the clock runs."""
    generator = np.random.default_rng(0)
    return depict(read(inchi), random_style(generator), generator).drawing


def by_rdkit(inchi: str, bond: int) -> np.ndarray:
    """Draw by RDKit with random options and the truth graph."""
    return draw_rdkit_picture(read(inchi), np.random.default_rng(bond), bond_pixels=bond).intensity


def read(inchi: str) -> Any:
    molecule = molecule_of_inchi(inchi)
    if molecule is None:
        raise DrawingError("RDKit does not read this InChI")
    return molecule


def indigo_png(finer: int) -> Draw:
    """Indigo's PNG drawn ``finer`` times as large and averaged down."""

    def drawn(inchi: str, bond: int) -> np.ndarray:
        coded = np.frombuffer(render(inchi, "png", bond * finer), np.uint8)
        gray = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
        assert gray is not None
        if finer > 1:
            size = (round(gray.shape[1] / finer), round(gray.shape[0] / finer))
            gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
        return np.asarray(gray < 128)

    return drawn


STYLES: dict[str, Draw] = {
    "competition": ours,
    "competition, noise, file": ours_to_file,
    "own, truth included": own_style,
    "own, rasteriser alone": own_raster,
    "RDKit, truth included": by_rdkit,
    "Indigo PNG": indigo_png(1),
    "Indigo PNG 4x": indigo_png(4),
}


def speed(drawn: Draw, molecules: Sequence[str]) -> Speed:
    """Draw every molecule once, alternating the competition's two bond lengths.

    Args:
        drawn: The way to draw.
        molecules: InChIs.

    Returns:
        Its speed, and the number of molecules that it cannot draw.
    """
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
    """Measure every way to draw and print a table.

    Args:
        count: Number of molecules.
        seed: Decides the molecules.
        list: A list of molecules.
        match_lengths: Whether InChIs have lengths as in the competition.

    Returns:
        The speed by name of the way.
    """
    settings = MoleculeSettings(count=count, seed=seed, match_lengths=match_lengths)
    molecules = choose_molecules(read_molecules(Path(list)), settings)
    for drawn in STYLES.values():  # libraries load and letters are parsed outside the clock
        speed(drawn, molecules if drawn is own_raster else molecules[:5])
    speeds = {name: speed(drawn, molecules) for name, drawn in STYLES.items()}
    print(f"{len(molecules)} molecules of {list}; per core (processor time)")
    print(f"{'style':26}{'pictures/s':>12}{'ms a picture':>14}{'failed':>8}")
    for name, row in speeds.items():
        print(f"{name:26}{row.rate:12.0f}{row.milliseconds:14.2f}{row.failed:8d}")
    return speeds
