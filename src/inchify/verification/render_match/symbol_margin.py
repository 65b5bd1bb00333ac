"""Margin by which each symbol of an aligned rendering explains the picture better than any other
symbol, and each label better than background.

A drawing's worst window forgives a letter a little, for pictures with letters of another face are
to be read too; so a letter is held against all others, in every sans face that Indigo may find.
Shape letters: H and W pixels, F faces, L labels, S symbols.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from inchify.rendering.bms_fonts import OTHER_FACES, replace_typeface, text_of, written_in
from inchify.rendering.bms_style import (
    FINE_BOND_PIXELS,
    box_of,
    drawing_of,
    fit_labels,
    label_edges,
)
from inchify.rendering.indigo import render
from inchify.rendering.rasterizer import Drawing, cover
from inchify.rendering.svg import Letter, shapes_of_svg
from inchify.verification.render_match.match import SCAN_LINES, Place, Rendering
from inchify.verification.render_match.pixel_likelihood import (
    Noise,
    PixelSettings,
    chance_of_black,
    fitted,
    log_likelihood,
    pepper_of,
)

# The symbols that the competition's labels have, and with which of them a molecule stays one; a
# hydrogen stands at a center.
SYMBOLS = ("B", "Br", "Cl", "F", "H", "I", "N", "O", "P", "S", "Si")
ALIKE = (("O", "S"), ("N", "P", "B"), ("F", "Cl", "Br", "I", "H"))
# A hydrogen's label nearer to the one before, in fine pixels, is a part of that.
BESIDE = 60.0
FACES = ("", *OTHER_FACES)
# Pixels around a letter that belong to its window.
RIM = 1
# Nats by which another face must be likelier than the competition's.
FACE_LEAD = 3.0


@dataclass(frozen=True)
class LetterSupport:
    """``margin``: nats by which the least certain symbol explains its place better than any other
    symbol in any face, or the least certain label (hydrogens too) its place better than none;
    ``symbol`` it and ``rival`` the other, "" for none; ``face``: the likeliest of the whole
    picture, "" for the competition's."""

    margin: float
    symbol: str = ""
    rival: str = ""
    face: str = ""


def letter_support(
    intensity_HW: np.ndarray, inchi: str, drawn: Rendering, settings: PixelSettings
) -> LetterSupport:
    """Measure how certain the symbols of an answer are.

    Indigo may crash on the InChI: call this in an isolated process.

    Args:
        intensity_HW: Bool foreground.
        inchi: The answer.
        drawn: Its rendering on that foreground.
        settings: The noise.

    Returns:
        The margin of the least certain symbol or label, and the likeliest typeface.

    Raises:
        DrawingError: If the InChI cannot be drawn.
    """
    shapes = shapes_of_svg(render(inchi, "svg", FINE_BOND_PIXELS))
    texts = [text_of(label) for label in shapes.labels]
    places = [place for place in range(len(texts)) if _is_atom(shapes.labels, texts, place)]
    if not places:
        return LetterSupport(np.inf)
    upright = np.ascontiguousarray(np.rot90(intensity_HW, drawn.turns))
    cover_HW = cover(drawing_of(shapes, fit_labels(shapes.labels)), *drawn.place, upright.shape)
    noise = fitted(pepper_of(upright, settings), upright, cover_HW, settings)

    def windows(face: str, some: Sequence[int]) -> Iterator[_Window]:
        labels = replace_typeface(shapes, face).labels if face else shapes.labels
        for place in some:
            others = fit_labels([label for other, label in enumerate(labels) if other != place])
            rest = drawing_of(shapes, others)
            yield _Window(upright, rest, labels[place], drawn.place, noise, settings)

    logs_FLS = [
        [
            [window.log_likelihood(symbol, face) for symbol in SYMBOLS]
            for window in windows(face, places)
        ]
        for face in FACES
    ]
    logs_LFS = np.array(logs_FLS).swapaxes(0, 1)
    own_L = np.array([SYMBOLS.index(texts[place]) for place in places])
    face = FACES[_likeliest_face(logs_LFS)]
    support = _least_sure(logs_LFS, own_L, face)
    present_L = [window.presence() for window in windows(face, range(len(texts)))]
    least = int(np.argmin(present_L))
    if present_L[least] < support.margin:
        return LetterSupport(present_L[least], texts[least], "", face)
    return support


def _is_atom(labels: Sequence[Sequence[Letter]], texts: Sequence[str], place: int) -> bool:
    """Whether a label is an atom's symbol, not hydrogens of the one before or a count."""
    if texts[place] != "H" or not place:
        return texts[place] in SYMBOLS
    boxes = np.array([box_of(label_edges(label)) for label in labels[place - 1 : place + 1]])
    middle_22 = (boxes[:, :2] + boxes[:, 2:]) / 2
    return bool(np.hypot(*(middle_22[1] - middle_22[0])) > BESIDE)


def _least_sure(logs_LFS: np.ndarray, own_L: np.ndarray, face: str) -> LetterSupport:
    """Of symbols ``own_L`` in a face that which explains its place least better than another."""
    own_LF = logs_LFS[np.arange(len(own_L)), :, own_L]
    rival_LS = np.where(_may_stand_for()[own_L], logs_LFS.max(axis=1), -np.inf)
    margin_L = own_LF[:, FACES.index(face)] - rival_LS.max(axis=1)
    worst = int(margin_L.argmin())
    rival = SYMBOLS[int(rival_LS[worst].argmax())]
    return LetterSupport(float(margin_L[worst]), SYMBOLS[own_L[worst]], rival, face)


def _likeliest_face(logs_LFS: np.ndarray) -> int:
    """The face of a picture's letters, whichever symbols they are: the answer may have a wrong one
    of which another face is nearer to what is there."""
    log_F = logs_LFS.max(axis=2).sum(axis=0)
    log_F[1:] -= FACE_LEAD
    return int(log_F.argmax())


@cache
def _may_stand_for() -> np.ndarray:
    """Bool (S, S): which other symbols may stand in the place of each."""
    pairs_SS = np.zeros((len(SYMBOLS), len(SYMBOLS)), bool)
    for group in ALIKE:
        numbers = [SYMBOLS.index(symbol) for symbol in group]
        pairs_SS[np.ix_(numbers, numbers)] = True
    return pairs_SS & ~np.eye(len(SYMBOLS), dtype=bool)


class _Window:
    """The place of one symbol in the picture, with all that is drawn there beside it."""

    def __init__(
        self,
        intensity_HW: np.ndarray,
        rest: Drawing,
        label: Sequence[Letter],
        place: Place,
        noise: Noise,
        settings: PixelSettings,
    ) -> None:
        left, top, right, bottom = box_of(label_edges(label))
        self.label, self.noise, self.settings = label, noise, settings
        middle, half = (left + right) / 2, 0.6 * (bottom - top)
        (across, down), (x, y) = place
        edges = np.array([middle - 1.4 * half, top, middle + 1.4 * half, bottom]) / FINE_BOND_PIXELS
        edges = edges * np.tile((across, down), 2) + np.tile((x, y), 2)
        high, wide = intensity_HW.shape
        first = max(int(edges[1]) - RIM, 0), max(int(edges[0]) - RIM, 0)
        last = min(int(edges[3]) + 1 + RIM, high), min(int(edges[2]) + 1 + RIM, wide)
        self.intensity_HW = intensity_HW[first[0] : last[0], first[1] : last[1]]
        self.scale, self.shift = (across, down), (x - first[1], y - first[0])
        self.rest_HW = cover(rest, self.scale, self.shift, self.intensity_HW.shape, SCAN_LINES)

    def log_likelihood(self, symbol: str, face: str) -> float:
        """Nats of the window's pixels if that symbol stands there."""
        return self._log_likelihood(written_in(face, symbol, self.label))

    def presence(self) -> float:
        """Nats by which the label as it is explains the window better than paper in its place."""
        return self._log_likelihood(self.label) - self._log_likelihood(())

    def _log_likelihood(self, label: Sequence[Letter]) -> float:
        drawn_HW = self.rest_HW
        if label:
            (edges,) = fit_labels([label])
            alone = Drawing(np.zeros((0, 5)), edges / FINE_BOND_PIXELS)
            own_HW = cover(alone, self.scale, self.shift, self.intensity_HW.shape, SCAN_LINES)
            drawn_HW = np.maximum(own_HW, self.rest_HW)
        return log_likelihood(
            self.intensity_HW, chance_of_black(drawn_HW, self.noise, self.settings)
        )
