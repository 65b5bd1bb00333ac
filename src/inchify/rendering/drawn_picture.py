"""A rendered picture together with the graph that it shows.

Shape letters: H and W pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inchify.rendering.depictor import DrawingStyle, depict, random_style
from inchify.rendering.depictor.print_programs import program_of
from inchify.rendering.depictor.rare_styles import style_of_kinds
from inchify.rendering.indigo import DrawingError
from inchify.rendering.rasterizer import cover
from inchify.types import MoleculeGraph

# Pixels a bond; the second for what must be seen at a large scale.
USUAL, LARGE = (8.0, 60.0), (15.0, 120.0)
FINE = frozenset(("fine_hashes", "small_letters", "thin_lines"))
# The share of pictures whose pixels are black or white.
BILEVEL = 0.4
# Scan lines per row of pixels: the error of a pixel's gray stays below a twelfth.
SCAN_LINES = 6
# Drawings of rare kinds with more pixels a bond need fewer: they are made smaller afterwards.
COARSE_FROM, COARSE_LINES = 40.0, 3
# The thinnest strokes of letters where they are not an eighth of a capital's height.
THINNEST = {
    **{"serif": 0.05, "dejavu-serif": 0.07},
    **{"termes": 0.05, "scientific": 0.05, "cursor": 0.07},
}
# Larger pictures are refused: such molecules are not printed in one piece.
LARGEST = 4096


@dataclass(frozen=True)
class DrawnPicture:
    """A drawn molecule with its ground truth.

    ``intensity`` is uint8 (H, W), 255 = full foreground. ``graph`` is in pixels of the picture; the
    first pixel's center is (0.5, 0.5). ``bond_pixels`` is the usual length of a bond. ``inchi`` is
    the drawn molecule's standard InChI, "" where it has none.
    """

    intensity: np.ndarray
    graph: MoleculeGraph
    bond_pixels: float
    inchi: str = ""


def draw_picture(
    molecule: Any,
    generator: np.random.Generator,
    *,
    style: DrawingStyle | None = None,
    bond_pixels: float | None = None,
    bilevel: bool | None = None,
    with_inchi: bool = False,
    kinds: frozenset[str] = frozenset(),
) -> DrawnPicture:
    """Draw an RDKit molecule in a random style, size and margin.

    Args:
        molecule: RDKit molecule.
        generator: Source of all random choices.
        style: Style of the drawing, random if None.
        bond_pixels: Pixels per bond length, random if None.
        bilevel: Whether pixels are black or white only, random if None.
        with_inchi: Compute the InChI of what is drawn.
        kinds: Rare kinds (field names of ``KindSettings``), which change the style.

    Returns:
        The picture and its graph in pixels.

    Raises:
        DrawingError: The molecule cannot be drawn, or the picture would be too large.
        ValueError: ``bond_pixels`` is not above 0.
    """
    style = random_style(generator) if style is None else style
    style = style_of_kinds(style, kinds, generator) if kinds else style
    program = program_of(kinds)
    usual = LARGE if kinds & FINE else USUAL
    if bond_pixels is None:
        limits = usual if program is None else program.bond_pixels
        bond_pixels = math.exp(generator.uniform(*np.log(limits)))
    if not bond_pixels > 0:
        raise ValueError(f"'bond_pixels' is {bond_pixels}; it must be more than 0")
    # Few small pictures are bilevel: their letters would break.
    usual_share = BILEVEL if bond_pixels > 14 else BILEVEL / 3
    chance = generator.random() < (usual_share if program is None else program.bilevel)
    bilevel = chance if bilevel is None else bilevel
    depiction = depict(molecule, legible(style, bond_pixels, bilevel=bilevel), generator)
    left, top, right, bottom = depiction.drawing.box
    margins = margin_pixels(bond_pixels, generator)
    shift = (float(margins[0] - left * bond_pixels), float(margins[1] - top * bond_pixels))
    width = math.ceil((right - left) * bond_pixels + margins[0] + margins[2])
    height = math.ceil((bottom - top) * bond_pixels + margins[1] + margins[3])
    if max(width, height) > LARGEST:
        raise DrawingError(f"the picture would have {width} x {height} pixels")
    scale = (bond_pixels, bond_pixels)
    large = (kinds & FINE or program) and bond_pixels > COARSE_FROM
    lines = COARSE_LINES if large else SCAN_LINES
    share = cover(depiction.drawing, scale, shift, (height, width), lines)
    if depiction.watermark is not None:
        bilevel = False  # a scan would lose it
        level = generator.uniform(0.08, 0.3)
        watermark_share = cover(depiction.watermark, scale, shift, (height, width), COARSE_LINES)
        share = np.maximum(share, level * watermark_share)
    if bilevel:
        intensity = np.where(share > generator.uniform(0.3, 0.48), 255, 0).astype(np.uint8)
    else:
        intensity = np.rint(share * 255).astype(np.uint8)
    graph = depiction.graph.moved(bond_pixels, shift)
    return DrawnPicture(intensity, graph, bond_pixels, depiction.inchi() if with_inchi else "")


def legible(style: DrawingStyle, bond_pixels: float, *, bilevel: bool) -> DrawingStyle:
    """The style with lines and letters made legible at this resolution."""
    # A line of one pixel covers at least half of one in every place.
    thin = (1.0 if bilevel else 0.6) / bond_pixels
    cap = max(style.cap, min((6.5 if bilevel else 5.0) / bond_pixels, 0.62))
    weight = style.weight
    if bilevel:
        # In hundredths, so that the outlines can be kept.
        lacking = thin / cap - THINNEST.get(style.face, 0.12)
        weight = max(weight, min(math.ceil(50 * lacking) / 100, 0.08))
    return replace(
        style,
        line=max(style.line, thin),
        hash_line=max(style.hash_line, thin),
        double_spacing=max(style.double_spacing, min(2.6 / bond_pixels, 0.27)),
        triple_spacing=max(style.triple_spacing, min(2.6 / bond_pixels, 0.27)),
        cap=cap,
        weight=weight,
        wedge_width=max(style.wedge_width, min(thin + 0.14, 0.35)),
        bold_width=max(style.bold_width, thin + 0.08),
        wavy_width=max(style.wavy_width, min(2 * thin, 0.25)),
        mark_cap=max(style.mark_cap, min(4.5 / bond_pixels, 0.4)),
    )


def margin_pixels(bond_pixels: float, generator: np.random.Generator) -> np.ndarray:
    """Random margins (left, top, right, bottom): from a few pixels to some bond lengths; float64
    (4,)."""
    if generator.random() < 0.5:
        return generator.uniform(1, 6, 4)
    return generator.uniform(2, 2 + bond_pixels * generator.uniform(0.5, 3), 4)
