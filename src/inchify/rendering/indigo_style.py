"""Indigo rendering with randomized options, together with the graph that the picture shows.

Indigo's options are drawn at random and set in a session of their own, so that the competition's
style never sees them. The molecule is rotated before it is drawn: letters are always upright.
"""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from math import cos, radians, sin
from typing import Any

import numpy as np

from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.molecule_expansion import usual_bond
from inchify.rendering.bms_graph import graph_of, laid_atoms
from inchify.rendering.bms_style import FINE_BOND_PIXELS, drawing_of, label_edges
from inchify.rendering.drawn_picture import DrawnPicture
from inchify.rendering.indigo import DrawingError, rendered, use_own_font
from inchify.rendering.rasterizer import Drawing, cover
from inchify.rendering.svg import shapes_of_svg
from inchify.types import MoleculeGraph

BOND_RANGE = (8.0, 55.0)
MAX_ATOMS = 150
MAX_PIXELS = 4000
# Indigo's own line and letters in its pixels, at FINE_BOND_PIXELS a bond.
LINE_PIXELS, FONT_PIXELS = 10 / 3, 40.0
# Lines thinner than this many pixels are lost in print.
THINNEST = 0.9
BILEVEL = 0.35
LABEL_MODES = ("hetero", "terminal-hetero", "all")
STEREO_STYLES = ("none", "old", "ext")


def draw_indigo_picture(
    text: str,
    generator: np.random.Generator,
    *,
    bond_pixels: float | None = None,
    with_inchi: bool = True,
    kinds: frozenset[str] = frozenset(),
) -> DrawnPicture:
    """Draw a molecule in a random style of Indigo's, gray or bilevel, with its graph.

    Args:
        text: SMILES or InChI.
        generator: Source of all random choices.
        bond_pixels: Pixels per bond length, random if None.
        with_inchi: Compute the InChI of a SMILES.
        kinds: Rare kinds, of which those that Indigo has options for are drawn.

    Returns:
        The picture and its graph in pixels.

    Raises:
        DrawingError: The molecule cannot be drawn, or the picture would be too large.
    """
    bond = bond_pixels or float(np.exp(generator.uniform(*np.log(BOND_RANGE))))
    kekulized, inchi = understood(text, with_inchi=with_inchi)
    drawing, graph = styled(kekulized, generator, bond, kinds)
    left, top, right, bottom = drawing.box
    margins = generator.uniform(1.0, max(0.6 * bond, 2.0), 4).tolist()
    size = (
        int(np.ceil((bottom - top) * bond + margins[0] + margins[1])),
        int(np.ceil((right - left) * bond + margins[2] + margins[3])),
    )
    if max(size) > MAX_PIXELS:
        raise DrawingError(f"the picture would have {size[0]} x {size[1]} pixels")
    shift = (margins[2] - left * bond, margins[0] - top * bond)
    share = np.clip(cover(drawing, (bond, bond), shift, size), 0, 1)
    if generator.uniform() < BILEVEL:
        share = share > generator.uniform(0.3, 0.5)
    placed = graph.moved(bond, shift)
    intensity = np.rint(share * 255.0).astype(np.uint8)
    return DrawnPicture(intensity, placed, float(usual_bond(placed) or bond), inchi)


def understood(text: str, *, with_inchi: bool) -> tuple[str, str]:
    """The text that Indigo is to load, and the InChI. RDKit kekulizes, because Indigo cannot
    kekulize everything that RDKit calls aromatic. Raises DrawingError."""
    if text.startswith("InChI="):
        return text, text
    chem = quiet_chem()
    molecule = chem.MolFromSmiles(text)
    if molecule is None:
        raise DrawingError(f"RDKit cannot read {text!r}")
    inchi = str(chem.MolToInchi(molecule) or "") if with_inchi else ""
    try:
        chem.Kekulize(molecule, clearAromaticFlags=True)
    except ValueError as error:
        raise DrawingError(f"RDKit: {error}") from error
    return chem.MolToSmiles(molecule, kekuleSmiles=True), inchi


def styled(
    text: str, generator: np.random.Generator, bond: float, kinds: frozenset[str] = frozenset()
) -> tuple[Drawing, MoleculeGraph]:
    """Indigo's drawing in a random style and its graph, in bond lengths. Raises DrawingError."""
    from indigo import IndigoException

    indigo, renderer, reader = own_session()
    options = chosen_options(generator, bond) | options_of_kinds(kinds)
    angle = chosen_angle(generator)
    circles = generator.uniform() < 0.08
    set_options(indigo, options)
    try:
        loaded = reader.loadMolecule if text.startswith("InChI=") else indigo.loadMolecule
        molecule = loaded(text)
        if not 0 < molecule.countAtoms() <= MAX_ATOMS:
            raise DrawingError(
                f"{molecule.countAtoms()} atoms; there must be between 1 and {MAX_ATOMS}"
            )
        molecule.layout()
        turn_molecule(molecule, angle)
        laid = laid_atoms(molecule)  # Indigo does not count the hydrogens of every aromatic atom
        if circles:
            molecule.aromatize()
        svg = rendered(renderer, molecule)
        shapes = shapes_of_svg(svg)
        drawing = drawing_of(shapes, tuple(label_edges(label) for label in shapes.labels))
        if not len(drawing.all_edges_E4):
            raise DrawingError("the drawing is empty")
        graph = graph_of(
            molecule,
            svg,
            shapes,
            drawing,
            laid,
            clutter=options["render-stereo-style"] != ("none",),
            hydrogens=options["render-implicit-hydrogens-visible"][0],
        )
    except IndigoException as error:
        raise DrawingError(f"Indigo: {error}") from error
    return drawing, graph


@lru_cache(maxsize=1)
def own_session() -> tuple[Any, Any, Any]:
    """Indigo, its renderer and its InChI reader, other than those of the competition's style."""
    from indigo import Indigo
    from indigo.inchi import IndigoInchi
    from indigo.renderer import IndigoRenderer

    use_own_font()
    indigo = Indigo()
    return indigo, IndigoRenderer(indigo), IndigoInchi(indigo)


def chosen_options(generator: np.random.Generator, bond: float) -> dict[str, tuple[Any, ...]]:
    """All options that are ever set, for the given number of pixels per bond."""
    thick = float(np.exp(generator.uniform(np.log(0.6), np.log(2.4))))
    thick = max(thick, THINNEST * FINE_BOND_PIXELS / bond / LINE_PIXELS)
    font = FONT_PIXELS * generator.uniform(0.85, 1.5)
    chance = generator.uniform(size=8).tolist()
    return {
        "render-output-format": ("svg",),
        "render-bond-length": (float(FINE_BOND_PIXELS),),
        "render-coloring": (False,),
        "render-background-color": (1.0, 1.0, 1.0),
        "render-atom-ids-visible": (False,),
        "render-relative-thickness": (1.0,),
        "render-bond-line-width": (thick,),
        "render-font-size-unit": ("px",),
        "render-font-size-sub-unit": ("px",),
        "render-font-size": (font if chance[0] < 0.8 else -1.0,),
        "render-font-size-sub": (-1.0,),
        "render-stereo-bond-width-unit": ("px",),
        "render-stereo-bond-width": (generator.uniform(12.0, 30.0) if chance[1] < 0.5 else -1.0,),
        "render-label-mode": (pick(LABEL_MODES, (0.68, 0.29), chance[2]),),
        "render-stereo-style": (pick(STEREO_STYLES, (0.92, 0.04), chance[3]),),
        "render-implicit-hydrogens-visible": (chance[4] >= 0.02,),
        "render-center-double-bond-when-stereo-adjacent": (chance[5] < 0.3,),
        "smart-layout": (chance[6] < 0.3,),
    }


def options_of_kinds(kinds: frozenset[str]) -> dict[str, tuple[Any, ...]]:
    """Indigo's options for the rare kinds of a drawing."""
    options: dict[str, tuple[Any, ...]] = {}
    if "bare_hetero_atoms" in kinds:
        options["render-implicit-hydrogens-visible"] = (False,)
    if "written_carbons" in kinds:
        options["render-label-mode"] = ("all",)
    return options


def pick(values: tuple[str, ...], shares: tuple[float, ...], chance: float) -> str:
    """The value selected by ``chance`` in 0..1; the last one takes the rest of the shares."""
    return values[int(np.searchsorted(np.cumsum(shares), chance, side="right"))]


def set_options(indigo: Any, options: dict[str, tuple[Any, ...]]) -> None:
    """Set the options; those that this version of Indigo lacks are ignored."""
    from indigo import IndigoException

    for name, values in options.items():
        with suppress(IndigoException):
            indigo.setOption(name, *values)


def chosen_angle(generator: np.random.Generator) -> float:
    """Degrees: none, a multiple of 30, or any."""
    chance, thirds, free = generator.uniform(), generator.integers(12), generator.uniform(0, 360)
    return 0.0 if chance < 0.4 else 30.0 * int(thirds) if chance < 0.75 else float(free)


def turn_molecule(molecule: Any, degrees: float) -> None:
    """Rotate a laid out molecule in its plane, in place; its wedges are kept."""
    if not degrees:
        return
    along, across = cos(radians(degrees)), sin(radians(degrees))
    for atom in molecule.iterateAtoms():
        x, y, _ = atom.xyz()
        atom.setXYZ(along * x - across * y, across * x + along * y, 0.0)
