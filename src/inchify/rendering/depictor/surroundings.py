"""Surroundings of a drawing: words beside it and parts of neighboring drawings.

None of it is an atom. Lengths are bond lengths, y down.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from inchify.rendering.depictor.clutter import AWAY, ROMAN, Box, joined, put_text
from inchify.rendering.depictor.glyphs import glyph
from inchify.rendering.depictor.pen import Pen, shifted
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.indigo import DrawingError
from inchify.rendering.rasterizer import Drawing

DrawNeighbor = Callable[[str, DrawingStyle], Drawing]
# Long molecules, of which no margin shows the far end.
NEIGHBORS = (
    "CCOC(=O)c1ccc(NC(=O)CCCN2CCN(c3ccccc3Cl)CC2)cc1",
    "COc1ccc(CCNC(=O)CSc2nnc(-c3ccncc3)n2C)cc1OC",
    "O=C(O)CCCCCCCCCCCCO",
    "Cc1ccc(S(=O)(=O)NCCCOc2ccc(C(=O)O)cc2)cc1",
    "Clc1ccc(C(c2ccc(Cl)cc2)N2CCN(CCOCCO)CC2)cc1",
    "N#Cc1ccc(OCCCCCOc2ccc(C(=N)N)cc2)cc1",
    "CC(C)(C)OC(=O)NCCCCCCNC(=O)c1ccc(F)cc1",
    "O=C(Nc1ccc2c(c1)OCO2)C1CCN(Cc2ccc(Br)cc2)CC1",
)
LONG = 4.5
REAGENTS = (
    "DIEA, DMSO",
    "Mg, THF",
    "NaH",
    "TFA",
    "Pd/C, H2",
    "K2CO3",
    "EDCI, HOBt",
    "LiAlH4",
    "HCl",
)
CONDITIONS = ("DCM", "THF", "rt", "80 C", "MeOH", "DMF, 2 h", "reflux", "dioxane", "step 2", "95%")
EDGE_LETTERS = ("OH", "HO", "O", "N", "NH", "NH2", "H2N", "CH3", "H3C", "Cl", "F", "S", "Me", "R")


def side_text(generator: np.random.Generator) -> str:
    """Words as they stand beside a drawing in patents, reports and drawing programs."""
    number, other = int(generator.integers(1, 400)), int(generator.integers(1, 60))
    letter = "ABCDEFGHIKLMNPQRSTUVWXYZ"[int(generator.integers(24))]
    roman = ROMAN[int(generator.integers(len(ROMAN)))]
    mass = int(generator.integers(150, 900))
    kinds = (
        *("Chiral", "Chiral", "CHIRAL", "Abs", "abs", "racemic", "Racemic", "rac", "trans", "cis"),
        *("and enantiomer", "+ enantiomer", "or", "and", "mixture", "rel", "or1", "isomer A"),
        *(f"[Formula {other}]", f"[Chem. {other}]", f"[{number}]", f"(Formula {roman})"),
        *(f"({roman})", f"({roman}-{other})", f"Formula {roman}", f"({number})", f"{number}"),
        *(f"No. {letter}-{number % 20}-{other}", f"No. {number}", f"{letter}-{number}"),
        *(
            f"MS {mass} (M+H)",
            f"MS {mass} (M+)",
            f"MS: {mass} (M+H)+",
            f"M+H = {mass}",
            f"mp {mass}",
        ),
        *(f"Example {number}", f"EXAMPLE {number}", f"Ex. {number}", f"Compound {number}"),
        *(f"{number}{'abcd'[other % 4]}", f"({number}{'abcd'[other % 4]})", f"Cpd {number}"),
        *(
            f"X{other % 4}:",
            "R =",
            "A:",
            "wherein",
            "indicates text missing or illegible when filed",
        ),
        *(f"MW {mass}", f"m/z {mass}", f"ID {number}", f"mp {mass}", f"{other}%"),
    )
    return kinds[int(generator.integers(len(kinds)))]


def add_side_texts(
    drawing: Drawing, style: DrawingStyle, generator: np.random.Generator
) -> Drawing:
    """One or two words at any side or corner of a drawing."""
    pen, box = Pen(), drawing.box
    for _ in range(1 + int(generator.random() < 0.3)):
        size = style.cap * generator.uniform(0.75, 1.25)
        text = side_text(generator)
        _, _, width, height = put_text(Pen(), text, (0.0, 0.0), size, style)
        left, top, right, bottom = box
        away = generator.uniform(0.35, 1.6)
        across, down = generator.uniform(left, right), generator.uniform(top, bottom)
        x, y = (
            (across - width / 2, bottom + away),
            (across - width / 2, top - away - height),
            (right + away, down),
            (left - away - width, down),
            (right - width / 2, top - away - height),
        )[int(generator.choice(5, p=(0.35, 0.15, 0.2, 0.1, 0.2)))]
        box = joined(box, put_text(pen, text, (x, y), size, style))
    return with_marks(drawing, pen, box)


def add_punctuation(
    drawing: Drawing, style: DrawingStyle, generator: np.random.Generator
) -> Drawing:
    """A full stop, comma or semicolon behind a drawing, as in a sentence: close behind its last
    label, or lower at its right."""
    mark = str(generator.choice((".", ",", ",", ";", ";", ":")))
    pen, (_, top, right, bottom) = Pen(), drawing.box
    x, base = right + generator.uniform(0.08, 0.6), generator.uniform(top, bottom)
    if drawing.labels and generator.random() < 0.8:
        last = max(drawing.labels, key=lambda edges_E4: float(edges_E4[:, 0].max()))
        if float(last[:, 0].max()) > right - 0.05:
            low, high = float(last[:, 1].max()), float(last[:, 1].min())
            x = right + generator.uniform(0.04, 0.14)
            base = min(low, high + 1.05 * style.cap)
    shape = glyph(style.face, mark, style.weight, style.shear)
    at = (x, base + shape.box[1] * style.cap)
    return with_marks(drawing, pen, joined(drawing.box, put_text(pen, mark, at, style.cap, style)))


def add_contamination(
    drawing: Drawing,
    style: DrawingStyle,
    generator: np.random.Generator,
    draw_neighbor: DrawNeighbor,
) -> Drawing:
    """Contamination of a loose crop: parts of neighboring drawings at one to three sides, letters
    at an edge, a plus sign or an arrow before the next drawing.

    Args:
        drawing: The drawing in the middle.
        style: The style of all drawings of the page.
        generator: Source of all random choices.
        draw_neighbor: Draws a SMILES in a style. Its DrawingError leaves that neighbor out.
    """
    pen, box = Pen(), drawing.box
    sides = generator.permutation(4)[: int(generator.choice((1, 2, 3), p=(0.6, 0.3, 0.1)))]
    for side in sides.tolist():
        if generator.random() < 0.7:
            smiles = NEIGHBORS[int(generator.integers(len(NEIGHBORS)))]
            box = neighbor_part(pen, box, side, draw_neighbor, smiles, style, generator)
        else:
            box = edge_letters(pen, box, side, style, generator)
    chance = generator.random()
    if chance < 0.2:
        size = style.cap * generator.uniform(0.9, 1.6)
        y = generator.uniform(box[1], box[3])
        box = joined(box, put_text(pen, "+", (box[2] + AWAY, y), size, style))
    elif chance < 0.35:
        box = reaction(pen, box, style, generator)
    return with_marks(drawing, pen, box)


def reaction(pen: Pen, box: Box, style: DrawingStyle, generator: np.random.Generator) -> Box:
    """A reaction's arrow at the right with reagents above it and conditions below."""
    reagents = REAGENTS[int(generator.integers(len(REAGENTS)))]
    conditions = CONDITIONS[int(generator.integers(len(CONDITIONS)))]
    size, x = 0.9 * style.cap, box[2] + AWAY
    y = (box[1] + box[3]) / 2
    sizes = [put_text(Pen(), text, (0.0, 0.0), size, style) for text in (reagents, conditions)]
    length = max(sizes[0][2], sizes[1][2]) + 0.6
    half = 0.08 + style.line
    pen.line((x, y), (x + length - 0.2, y), style.line)
    pen.polygon([(x + length, y), (x + length - 0.25, y - half), (x + length - 0.25, y + half)])
    box = joined(box, (x, y - half, x + length, y + half))
    for text, place, (_, _, width, height) in ((reagents, -1, sizes[0]), (conditions, 1, sizes[1])):
        top = y - 0.15 - height if place < 0 else y + 0.15
        at = (x + (length - width) / 2, top)
        box = joined(box, put_text(pen, text, at, size, style))
    return box


def neighbor_part(
    pen: Pen,
    box: Box,
    side: int,
    draw_neighbor: DrawNeighbor,
    smiles: str,
    style: DrawingStyle,
    generator: np.random.Generator,
) -> Box:
    """A neighbor's near end, cut off as by a crop's edge; ``side``: right, left, below, above."""
    axis, way = side // 2, 1 - 2 * (side % 2)
    for rotation in (0.0, math.pi / 2):
        plain = replace(style, rotation=generator.uniform(-0.5, 0.5) + rotation, snap=False)
        try:
            other = draw_neighbor(smiles, plain)
        except DrawingError:
            return box
        if other.box[2 + axis] - other.box[axis] >= LONG:
            break
    else:
        return box
    shift = [0.0, 0.0]
    start = box[2 + axis] + AWAY if way > 0 else box[axis] - AWAY
    start += way * generator.uniform(0.0, 0.6)
    shift[axis] = start - (other.box[axis] if way > 0 else other.box[2 + axis])
    middle = generator.uniform(box[1 - axis], box[3 - axis])
    shift[1 - axis] = middle - (other.box[1 - axis] + other.box[3 - axis]) / 2
    cut = start + way * generator.uniform(0.1, 1.6)
    strokes_S5 = other.strokes_S5 + np.array((*shift, *shift, 0.0))
    pen.strokes += [tuple(stroke) for stroke in cut_off(strokes_S5, axis, way, cut).tolist()]
    for edges in other.labels:
        letters = shifted(edges, *shift)
        if (way * letters[:, axis]).max() < way * cut:
            pen.letters.append(letters)
    parts = list(box)
    parts[2 + axis if way > 0 else axis] = cut
    return (parts[0], parts[1], parts[2], parts[3])


def cut_off(strokes_S5: np.ndarray, axis: int, way: int, limit: float) -> np.ndarray:
    """The strokes' parts on the near side of an upright (axis 0) or horizontal line at
    ``limit``."""
    first, last = way * (limit - strokes_S5[:, axis]), way * (limit - strokes_S5[:, 2 + axis])
    kept = strokes_S5[(first > 0) | (last > 0)].copy()
    first, last = first[(first > 0) | (last > 0)], last[(first > 0) | (last > 0)]
    share = (first / np.where(first == last, 1.0, first - last))[:, None]
    crossing = kept[:, :2] + share * (kept[:, 2:4] - kept[:, :2])
    kept[:, 2:4] = np.where((last < 0)[:, None], crossing, kept[:, 2:4])
    kept[:, :2] = np.where((first < 0)[:, None], crossing, kept[:, :2])
    return kept


def edge_letters(
    pen: Pen, box: Box, side: int, style: DrawingStyle, generator: np.random.Generator
) -> Box:
    """A neighbor's label of which the edge shows a part or all."""
    text = EDGE_LETTERS[int(generator.integers(len(EDGE_LETTERS)))]
    axis, way = side // 2, 1 - 2 * (side % 2)
    at = [generator.uniform(box[0], box[2]), generator.uniform(box[1], box[3])]
    away = AWAY + generator.uniform(0.0, 0.8)
    extent = put_text(Pen(), text, (0.0, 0.0), style.cap, style)
    reach = extent[2 + axis]
    at[axis] = box[2 + axis] + away if way > 0 else box[axis] - away - reach
    left, top, right, bottom = put_text(pen, text, (at[0], at[1]), style.cap, style)
    low, high = (left, right) if axis == 0 else (top, bottom)
    shown = generator.uniform(0.3, 1.0) * (high - low)
    parts = list(box)
    parts[2 + axis if way > 0 else axis] = low + shown if way > 0 else high - shown
    return (parts[0], parts[1], parts[2], parts[3])


def with_marks(drawing: Drawing, pen: Pen, box: Box) -> Drawing:
    """The drawing with everything that the pen drew, framed by the box."""
    return replace(
        drawing,
        strokes_S5=np.concatenate([drawing.strokes_S5, pen.strokes_S5()]),
        outlines_E4=np.concatenate([drawing.outlines_E4, pen.outlines_E4()]),
        frame=box,
    )
