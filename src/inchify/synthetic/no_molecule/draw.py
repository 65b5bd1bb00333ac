"""Random pictures without a molecule, from many families."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inchify.synthetic.no_molecule import charts, devices, logos, patterns, schematics, writing
from inchify.synthetic.no_molecule.sketch import Sketch

FAMILIES: dict[str, Callable[[np.random.Generator], Sketch]] = {
    family.__name__: family
    for family in (
        writing.words,
        writing.title,
        writing.sum_formula,
        writing.paragraphs,
        writing.mathematics,
        writing.table,
        writing.handwriting,
        writing.crossword,
        charts.line_chart,
        charts.curves,
        charts.scatter,
        charts.bars,
        charts.pie,
        charts.spectrum,
        charts.contour,
        schematics.flow_chart,
        schematics.circuit,
        schematics.tree,
        schematics.network,
        schematics.floor_plan,
        devices.machine,
        schematics.street_map,
        schematics.block_diagram,
        schematics.apparatus,
        schematics.sectors,
        patterns.honeycomb,
        patterns.tiles,
        patterns.chess_board,
        patterns.code,
        patterns.music,
        patterns.texture,
        patterns.arrow,
        patterns.plus,
        patterns.frame,
        patterns.shapes,
        logos.hexagon_logo,
        logos.polygon_logo,
    )
}
# Pictures with fewer foreground pixels than this are discarded.
MIN_FOREGROUND = 20


@dataclass(frozen=True)
class NoMolecule:
    """``intensity`` uint8 (H, W), 255 full foreground; ``family``: a key of ``FAMILIES``."""

    intensity: np.ndarray
    family: str


def draw_no_molecule(generator: np.random.Generator, family: str | None = None) -> NoMolecule:
    """Draw one clean picture without a molecule.

    Args:
        generator: decides everything that is drawn.
        family: a key of ``FAMILIES``; drawn at random when left out.

    Raises:
        ValueError: for a family that does not exist.
    """
    if family is not None and family not in FAMILIES:
        raise ValueError(f"'family' is {family!r}; it must be one of {', '.join(FAMILIES)}")
    names = tuple(FAMILIES)
    while True:
        name = family or names[int(generator.integers(len(names)))]
        intensity = FAMILIES[name](generator).intensity
        if int((intensity > 127).sum()) >= MIN_FOREGROUND:
            return NoMolecule(intensity, name)
