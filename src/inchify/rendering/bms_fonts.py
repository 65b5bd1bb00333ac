"""Replacement of the letters of a competition-style drawing by those of another typeface.

Indigo draws with whatever sans face its system has; nearly all of the competition's pictures have
the one in ``font``. The letters are known by their outlines; where another face makes a label wider
or narrower, its middle stays, and what stands beside it moves. Shape letters: E edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from inchify.rendering.bms_style import (
    FINE_BOND_PIXELS,
    box_of,
    chosen_scale,
    competition_mask,
    fitted_drawing,
    label_edges,
    side_of,
)
from inchify.rendering.depictor.glyphs import NARROWED, flattened, font, glyph
from inchify.rendering.indigo import FONT_FOLDER, DrawingError, render
from inchify.rendering.rasterizer import Drawing, same_way_round
from inchify.rendering.svg import Letter, SvgShapes, shapes_of_svg

# Faces of the package, like Helvetica, that Indigo might have used on another system.
OTHER_FACES = ("sans", "narrow")
# The competition's face in the package, and the size of its symbols in fine pixels.
OWN_FACE, FONT_PIXELS = "dejavu-sans", 40.0
# All that Indigo's labels are made of.
CHARACTERS = "ABCDFHIKLMNOPRSTUVWXYZabcdefgilmnorstu0123456789"
# Parts of a letter's height by which its shape may differ from the font's.
SAME_SHAPE = 0.06


def chosen_face(share: float, generator: np.random.Generator) -> str:
    """Pick another typeface for a share of the competition's pictures.

    Args:
        share: Probability of another face; with 0 no random number is drawn.
        generator: Source of the choice.

    Returns:
        A face of ``OTHER_FACES``, or "" for the competition's.
    """
    if not share or generator.random() >= share:
        return ""
    return OTHER_FACES[int(generator.integers(len(OTHER_FACES)))]


def draw_in(face: str, inchi: str) -> Drawing:
    """Draw an InChI in the competition's style with the letters of a given face.

    Args:
        face: A face of the package, "" for the competition's.
        inchi: The InChI to draw.

    Returns:
        The drawing in bond lengths.

    Raises:
        DrawingError: Indigo cannot draw the InChI, or a letter is unknown.
        ValueError: The package has no such face.
    """
    shapes = shapes_of_svg(render(inchi, "svg", FINE_BOND_PIXELS))
    return fitted_drawing(replace_typeface(shapes, face) if face else shapes)


def draw_competition_in(
    face: str, inchi: str, generator: np.random.Generator, bond_pixels: float | None = None
) -> np.ndarray:
    """Draw a clean picture in the competition's style with the letters of a given face.

    Args:
        face: A face of the package, "" for the competition's.
        inchi: The InChI to draw.
        generator: Source of the scale and the sub-pixel shift.
        bond_pixels: Pixels per bond length, one of ``BOND_PIXELS`` at random if None.

    Returns:
        Foreground mask, bool (H, W).

    Raises:
        DrawingError: The InChI cannot be drawn.
        ValueError: The package has no such face.
    """
    drawing = draw_in(face, inchi)
    bond, offset = chosen_scale(generator, bond_pixels)
    return competition_mask(drawing, bond, offset)


def replace_typeface(shapes: SvgShapes, face: str) -> SvgShapes:
    """Replace the letters of a drawing by those of another typeface.

    Args:
        shapes: The shapes of Indigo's SVG in the competition's typeface, in its pixels.
        face: A face of the package.

    Returns:
        The shapes with new labels; each keeps its middle, hydrogens beside it move along.

    Raises:
        DrawingError: A letter is not of the competition's font.
        ValueError: The package has no such face.
    """
    labels: list[tuple[Letter, ...]] = []
    moves: list[tuple[float, float]] = []
    gains: list[float] = []
    boxes = [box_of(label_edges(label)) for label in shapes.labels]
    for place, (label, old) in enumerate(zip(shapes.labels, boxes, strict=True)):
        letters = set_in(label, face)
        new = box_of(label_edges(letters))
        gains.append(new[2] - new[0] - old[2] + old[0])
        side = side_of(old, boxes[place - 1]) if place else 0
        if side:  # what an atom's symbol gained moves its hydrogens, which keep its base line
            move = moves[-1][0] + side * (gains[-1] + gains[-2]) / 2, moves[-1][1]
        else:
            move = 0.0, (old[1] + old[3] - new[1] - new[3]) / 2
        moves.append(move)
        along = (old[0] + old[2] - new[0] - new[2]) / 2 + move[0]
        labels.append(
            tuple(replace(letter, x=letter.x + along, y=letter.y + move[1]) for letter in letters)
        )
    return replace(shapes, labels=tuple(labels))


def set_in(label: Sequence[Letter], face: str) -> tuple[Letter, ...]:
    """The letters of a label in another face, from the same pen position on."""
    known = [character_of(letter.edges_E4.tobytes()) for letter in label]
    return written(face, known, label[0].x, label[0].y)


def written(
    face: str, characters: Sequence[tuple[str, float]], x: float, y: float
) -> tuple[Letter, ...]:
    """Characters, each with its font size in pixels, from a pen position on; "" as a face is the
    competition's own."""
    letters = []
    for character, em in characters:
        shape, capital = glyph(face or OWN_FACE, character), em * capital_share(face or OWN_FACE)
        letters.append(Letter(shape.edges_E4 * capital, x, y))
        x += shape.advance * capital
    return tuple(letters)


def written_in(face: str, text: str, label: Sequence[Letter]) -> tuple[Letter, ...]:
    """Set another text in place of a label.

    Args:
        face: A face of the package, "" for the competition's.
        text: The new text.
        label: The letters to replace, in pixels of the SVG.

    Returns:
        The new letters, with the middle of their box at that of the label's.

    Raises:
        ValueError: The package has no such face, or the face lacks a character.
    """
    old = box_of(label_edges(label))
    sizes = [(character, FONT_PIXELS) for character in text]
    letters = written(face, sizes, label[0].x, label[0].y)
    new = box_of(label_edges(letters))
    along = (old[0] + old[2] - new[0] - new[2]) / 2
    down = (old[1] + old[3] - new[1] - new[3]) / 2
    return tuple(replace(letter, x=letter.x + along, y=letter.y + down) for letter in letters)


def text_of(label: Sequence[Letter]) -> str:
    """Recognize the text of a label by the outlines of its letters.

    Args:
        label: Letters in the competition's typeface.

    Returns:
        The characters in their order.

    Raises:
        DrawingError: A letter is not of the competition's font.
    """
    return "".join(character_of(letter.edges_E4.tobytes())[0] for letter in label)


@lru_cache(maxsize=16)
def capital_share(face: str) -> float:
    """The height of a capital over the size of the font."""
    outlines, _, _, capital = font(NARROWED.get(face, (face, 1.0))[0])
    return capital / float(outlines.font["head"].unitsPerEm)


@lru_cache(maxsize=512)
def character_of(edges: bytes) -> tuple[str, float]:
    """Which character of the competition's font has these edges (float64 (E, 4), y down) around its
    origin, and the size of the font in pixels. Raises DrawingError for none."""
    shape_5, height = shape_of(np.frombuffer(edges).reshape(-1, 4))
    known = own_shapes()
    name = min(known, key=lambda character: float(np.abs(known[character][0] - shape_5).max()))
    if np.abs(known[name][0] - shape_5).max() > SAME_SHAPE:
        raise DrawingError("a letter that is not of the competition's font")
    return name, height / known[name][1]


def shape_of(edges_E4: np.ndarray) -> tuple[np.ndarray, float]:
    """Left, right, bottom, area and the middle of the area of an outline in its heights, and its
    height."""
    x0, y0, x1, y1 = edges_E4.T
    height = float(y0.max() - y0.min())
    twice = x0 * y1 - x1 * y0
    area = float(twice.sum()) / 2
    middle = float(((y0 + y1) * twice).sum()) / (6 * area)
    numbers = (x0.min() / height, x0.max() / height, y0.max() / height)
    return np.array((*numbers, abs(area) / height**2, middle / height)), height


@lru_cache(maxsize=1)
def own_shapes() -> dict[str, tuple[np.ndarray, float]]:
    """The shape of every character of the competition's font, and its height in font sizes."""
    from fontTools.ttLib import TTFont

    file = TTFont(FONT_FOLDER / "letters.ttf", lazy=False)
    outlines, names, em = file.getGlyphSet(), file.getBestCmap(), file["head"].unitsPerEm
    shapes = {}
    for character in CHARACTERS:
        if ord(character) in names:
            contours = [part / em for part in flattened(outlines[names[ord(character)]])]
            edges = np.concatenate([np.hstack([c, np.roll(c, -1, axis=0)]) for c in contours])
            edges[:, [1, 3]] *= -1.0
            shapes[character] = shape_of(same_way_round(edges))
    return shapes
