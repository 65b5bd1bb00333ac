"""Renderings of candidates as evidence, made in a process that may die.

Indigo can crash or hang on a string that a network generated; here that costs one candidate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache

import numpy as np

from inchify.rendering.bms_style import BOND_PIXELS
from inchify.rendering.indigo import DrawingError
from inchify.rendering.rasterizer import Drawing
from inchify.verification.ambiguity.invisible_bonds import invisible_bonds_of, invisible_carbons
from inchify.verification.ambiguity.ring_strain import is_strained
from inchify.verification.ambiguity.stereo_variants import likely_variants, variants
from inchify.verification.ambiguity.wedge_placement import best_wedges
from inchify.verification.render_match.match import Rendering, RenderSettings, compared, drawing_of
from inchify.verification.render_match.symbol_margin import LetterSupport, letter_support
from inchify.verification.single_edits import edits


@dataclass(frozen=True)
class PackedForeground:
    """A bilevel picture as bits, small enough to be sent with every question."""

    bits: bytes
    size: tuple[int, int]

    @classmethod
    def of(cls, intensity_HW: np.ndarray) -> PackedForeground:
        """Pack a bilevel picture.

        Args:
            intensity_HW: Bool, True where there is foreground.

        Returns:
            The picture, one bit for each pixel.
        """
        return cls(
            np.packbits(intensity_HW).tobytes(), (intensity_HW.shape[0], intensity_HW.shape[1])
        )


@lru_cache(maxsize=1)
def unpacked(packed: PackedForeground) -> np.ndarray:
    """Bool (H, W)."""
    height, width = packed.size
    bits = np.unpackbits(np.frombuffer(packed.bits, np.uint8), count=height * width)
    return bits.reshape(height, width).astype(bool)


class Effort(Enum):
    """How a candidate is drawn: as Indigo does, a hair off too (a rival whose line may vanish),
    with play for its parts, or with its wedges on those bonds where the picture may have them."""

    PLAIN = "plain"
    SHIFTED = "shifted"
    PLAY = "play"
    WEDGES = "wedges"


@dataclass(frozen=True)
class RenderQuestion:
    """Does this InChI's drawing, with letters of a face ("" for the competition's), explain this
    picture?"""

    intensity: PackedForeground
    inchi: str
    effort: Effort
    settings: RenderSettings
    face: str = ""


@dataclass(frozen=True)
class LetterQuestion:
    """How sure are the symbols of this InChI, which is drawn as the rendering says, and of which
    face are the picture's letters?"""

    intensity: PackedForeground
    inchi: str
    drawn: Rendering
    settings: RenderSettings


@dataclass(frozen=True)
class RivalQuestion:
    """Which other molecules may the same picture of that size (height, width; upright) show, where
    this one is drawn as the rendering says?"""

    inchi: str
    drawn: Rendering
    size: tuple[int, int]


@dataclass(frozen=True)
class VariantQuestion:
    """Which molecules differ in the geometry of double bonds only?"""

    inchi: str


@dataclass(frozen=True)
class EditQuestion:
    """Which molecules, at most ``max_edits`` of them, differ in one place only?"""

    inchi: str
    max_edits: int


@dataclass(frozen=True)
class Rivals:
    """``chances``: molecules that may look the same, itself among them, with the logarithms of how
    often each is meant. ``unknown``: they could not be sought."""

    chances: Mapping[str, float] = field(default_factory=dict)
    unknown: bool = False

    def joined(self, inchi: str, others: Rivals) -> Rivals:
        """With the rivals of one of these, ``inchi``, which are meant as much more often than it as
        they are, whatever these say of it."""
        reference = others.chances.get(inchi, 0.0)
        start = self.chances.get(inchi, reference)
        more = {other: start + chance - reference for other, chance in others.chances.items()}
        return Rivals({**more, **self.chances}, self.unknown or others.unknown)


def answer(
    question: RenderQuestion | RivalQuestion | VariantQuestion | EditQuestion | LetterQuestion,
) -> Rendering | Rivals | list[str] | LetterSupport:
    """Answer one question about a candidate, in a process that may die.

    Args:
        question: What to find out.

    Returns:
        For a ``RenderQuestion`` the rendering, for a ``RivalQuestion`` the rivals, for a
        ``VariantQuestion`` or an ``EditQuestion`` InChIs, for a ``LetterQuestion`` the support of
        the letters.

    Raises:
        DrawingError: If rivals or letters are asked of a molecule that cannot be drawn.
    """
    if isinstance(question, EditQuestion):
        return edits(question.inchi, question.max_edits)
    if isinstance(question, VariantQuestion):
        return variants(question.inchi)
    if isinstance(question, RivalQuestion):
        return rivals_of(question)
    intensity_HW, settings = unpacked(question.intensity), question.settings
    if isinstance(question, LetterQuestion):
        return letter_support(intensity_HW, question.inchi, question.drawn, settings.pixels)
    drawing = drawing_of(question.inchi, question.face)
    if not isinstance(drawing, Drawing):
        return Rendering(error=str(drawing))
    rendering = compared(
        intensity_HW,
        drawing,
        settings,
        play=question.effort is Effort.PLAY,
        shifted=question.effort is Effort.SHIFTED,
    )
    if question.effort is Effort.WEDGES and rendering.fits:
        rendering = best_wedges(
            intensity_HW, question.inchi, settings, rendering, face=question.face
        )
    return replace(rendering, strained=rendering.fits and is_strained(question.inchi))


def rivals_of(question: RivalQuestion) -> Rivals:
    """Open and stated geometry that are drawn alike, and where lines are thin, bonds of which a
    line or all vanishes."""
    chances = dict(likely_variants(question.inchi, known_drawing))
    if question.drawn.bond != min(BOND_PIXELS):
        return Rivals(chances)
    chances.update(invisible_bonds_of(question.inchi))
    chances.update(invisible_carbons(question.inchi, question.drawn.place, question.size))
    return Rivals(chances)


def known_drawing(inchi: str) -> Drawing:
    """The drawing, from memory where it is there. Raises DrawingError."""
    drawing = drawing_of(inchi)
    if isinstance(drawing, DrawingError):
        raise drawing
    return drawing


def warm_up() -> None:
    """Imports Indigo and draws something."""
    drawing_of("InChI=1S/CH4/h1H4")
