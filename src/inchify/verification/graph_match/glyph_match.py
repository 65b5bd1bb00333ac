"""Template correlation of a label's letters with its text, against other texts.

Texts are drawn in the package's faces, in several weights and arrangements, and stretched like the
foreground to one small grid. Shape letters: M drawings, G cells of the grid, R drawings of rival
texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from inchify.rendering.depictor.glyphs import FACES
from inchify.rendering.depictor.labels import Label, Lettering, Side, Written
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.rasterizer import Drawing, cover
from inchify.types import GraphAtom

# The grid of short labels; longer ones get ``LETTER`` columns a letter.
ROWS, COLUMNS, LETTER, MOST_LETTERS = 16, 32, 12, 12
SHORT = 4
# Pixels of a capital while drawing.
CAPITAL = 20.0
# weight, size and drop of subscripts, rise of superscripts, space between letters; the last flat
_VARIANTS = (
    (0.0, 0.72, 0.3, 0.45, 0.0),
    (0.04, 0.65, 0.2, 0.6, 0.08),
    (-0.02, 0.85, 0.15, 0.35, -0.03),
    (0.0, 1.0, 0.0, 0.45, 0.0),
)
_FLAT_FACES = ("sans", "serif")
# Rivals, written symbol:hydrogens:charge; rare ones and groups must be more like by ``PENALTY``.
_USUAL = "N N:1 N:2 N:0:1 O O:1 O:0:-1 S F Cl Br I H C:3 P C:2 C:1"
_RARE_RIVALS = (
    "N:1:1 N:2:1 N:3:1 N:0:-1 O:0:1 S:1 S:0:-1 S:0:1 P:1 P:0:1 F:1 F:0:-1 Cl:1 Cl:0:-1 Br:1 "
    "Br:0:-1 I:1 I:0:-1 H:0:1 C C:0:-1 B B:1 B:2 Si Si:1 Se Na Na:0:1 K:0:1"
)
_GROUPS = "R X CN NC Me Et Ph R1 R2"
PENALTY = 0.03
# A label may be narrower or wider than drawn by this factor (a logarithm); more has a price.
ASPECT, ASPECT_PRICE = 0.12, 0.3


class LetterFit(NamedTuple):
    """``like``: how like the foreground is to the text, 0..1; ``other``: to the best other text;
    ``margin``: how far the foreground lies on the text's side of the nearest border to another
    text, below 0 beyond it; ``capital``: the height of capitals in pixels if this is the text."""

    like: float
    other: float
    margin: float
    capital: float


NOTHING = LetterFit(0.0, 0.0, -1.0, 0.0)


def written_of(atom: GraphAtom) -> Written:
    """What should stand at an atom that has a label."""
    if not atom.symbol:
        return Written(long=atom.text)
    return Written(atom.symbol, atom.hydrogens or 0, atom.charge, atom.isotope)


def letter_fit(crops: Sequence[np.ndarray], written: Written) -> tuple[int, LetterFit]:
    """Choose the crop that is most like a text.

    Args:
        crops: Crops of foreground, float32 (H, W). An earlier one is preferred where they are about
            equal.
        written: The text.

    Returns:
        The crop's number and its fit; ``NOTHING`` for letters that the fonts lack.
    """
    columns = _columns(written)
    drawn_MG, size_M2 = drawings_of(written, columns)
    if not len(drawn_MG):
        return 0, NOTHING
    best, place, drawing = -1.0, 0, 0
    for number, crop in enumerate(crops):
        like_M = _similarity(crop, drawn_MG, size_M2, columns)
        if like_M.max() > best + 0.01:
            best, place, drawing = float(like_M.max()), number, int(like_M.argmax())
    rival_RG, rival_R2, region_R, price_R = _rivals()
    crop = crops[place]
    other_R = _similarity(crop, rival_RG, rival_R2, COLUMNS) - price_R
    others_R = region_R != (_COMMON.index(written) if written in _COMMON else -1)
    apart_R = np.full(len(other_R), 2.0)
    if columns == COLUMNS:
        apart_R -= 2.0 * (rival_RG @ drawn_MG[drawing])
    margin_R = (best - other_R) / np.sqrt(apart_R + 0.02)
    return place, LetterFit(
        max(best, 0.0),
        float(other_R[others_R].max()),
        float(margin_R[others_R].min()),
        float(crop.shape[0] / size_M2[drawing, 1]),
    )


def _similarity(
    crop: np.ndarray, drawn_MG: np.ndarray, size_M2: np.ndarray, columns: int
) -> np.ndarray:
    """The cosine to every drawing, less what the box's proportions speak against it."""
    aspect = np.log(crop.shape[1] / crop.shape[0])
    off_M = np.abs(aspect - np.log(size_M2[:, 0] / size_M2[:, 1]))
    like_M: np.ndarray = drawn_MG @ _on_grid(crop, columns)
    return like_M - ASPECT_PRICE * np.maximum(off_M - ASPECT, 0.0)


def _on_grid(gray: np.ndarray, columns: int) -> np.ndarray:
    """The foreground stretched to the grid, soft, as a vector of length 1 (G,)."""
    method = cv2.INTER_AREA if gray.shape[0] > ROWS else cv2.INTER_LINEAR
    grid = cv2.GaussianBlur(cv2.resize(gray, (columns, ROWS), interpolation=method), (3, 3), 0.8)
    return np.asarray(grid.ravel() / max(float(np.linalg.norm(grid)), 1e-6))


def _columns(written: Written) -> int:
    long = len(written.long)
    return COLUMNS if long <= SHORT else LETTER * min(long, MOST_LETTERS)


@lru_cache(maxsize=512)
def drawings_of(written: Written, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """The text's drawings, float32 (M, G), and their width and height in capitals (M, 2); none for
    letters that the fonts lack."""
    drawn, sizes = [], []
    for label in _labels(written):
        left, top, right, bottom = label.box
        size = right - left, bottom - top
        pixels = int(np.ceil(size[1] * CAPITAL)), int(np.ceil(size[0] * CAPITAL))
        shift = -left * CAPITAL, -top * CAPITAL
        outline = Drawing(np.zeros((0, 5)), label.edges_E4)
        drawn.append(_on_grid(cover(outline, (CAPITAL, CAPITAL), shift, pixels, 4), columns))
        sizes.append(size)
    if not drawn:
        return np.zeros((0, ROWS * columns), np.float32), np.ones((0, 2))
    return np.array(drawn, np.float32), np.array(sizes)


def _labels(written: Written) -> Iterator[Label]:
    """The text in every style, its hydrogens on every side."""
    sides: tuple[Side, ...] = ("right", "left", "above", "below")
    for style in _styles(bool(written.charge)):
        lettering = Lettering(style)
        for side in sides if written.hydrogens else sides[:1]:
            try:
                yield lettering.label(written, side)
            except ValueError:
                return


@lru_cache(maxsize=2)
def _styles(charged: bool) -> tuple[DrawingStyle, ...]:
    """Every face in several weights; for charges also with a ring around them."""
    styles = [
        DrawingStyle(
            **{"face": face, "weight": weight, "cap": 1.0, "sub_size": size, "sub_drop": drop},  # type: ignore[arg-type]
            super_size=0.7,
            super_rise=rise,
            letter_space=space,
        )
        for face in FACES
        for weight, size, drop, rise, space in _VARIANTS[: None if face in _FLAT_FACES else -1]
    ]
    if charged:
        styles += [replace(style, circled_charges=True) for style in styles[::3]]
    return tuple(styles)


def _parsed(text: str) -> Written:
    symbol, *numbers = text.split(":")
    hydrogens, charge = (*map(int, numbers), 0, 0)[:2]
    return Written(symbol, hydrogens, charge)


_COMMON = (
    *map(_parsed, _USUAL.split()),
    *map(_parsed, _RARE_RIVALS.split()),
    *(Written(long=text) for text in _GROUPS.split()),
)


@lru_cache(maxsize=1)
def _rivals() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All drawings of common labels (R, G), their sizes (R, 2), whose they are and their price."""
    parts = [drawings_of(written, COLUMNS) for written in _COMMON]
    region_R = np.repeat(np.arange(len(_COMMON)), [len(drawn) for drawn, _ in parts])
    price_R = PENALTY * (region_R >= len(_USUAL.split()))
    drawn_RG = np.concatenate([drawn for drawn, _ in parts])
    return drawn_RG, np.concatenate([size for _, size in parts]), region_R, price_R
