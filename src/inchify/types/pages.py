"""What stands on a page: regions of molecules, lines of text, and which belong together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inchify.types.graphs import Box

LineKind = Literal["", "label", "caption", "body", "part"]
"""What a line of text is to the drawings beside it: a compound's number or name, a figure's words,
running text, or letters of a molecule. "" where nobody has said yet."""


@dataclass(frozen=True)
class Region:
    """A molecule on a page. ``box`` is the axis-aligned bounding box of its pixels; ``angle``:
    degrees by which the drawing is rotated clockwise; ``score`` in 0..1."""

    box: Box
    kind: Literal["molecule"] = "molecule"
    angle: float = 0.0
    score: float = 1.0


@dataclass(frozen=True)
class TextLine:
    """A line of text on a page. ``score``: confidence of the detector, ``confidence``: that of the
    recognizer, both in 0..1; ``angle``: degrees by which it is rotated clockwise."""

    box: Box
    text: str = ""
    confidence: float = 0.0
    kind: LineKind = ""
    score: float = 1.0
    angle: float = 0.0


@dataclass(frozen=True)
class Page:
    """The content of a page, in its pixels. ``pairs``: (index in ``regions``, index in ``lines``)
    of molecules and their compound ids. A page that could not be read has only an ``error``."""

    number: int
    width: int
    height: int
    regions: tuple[Region, ...] = ()
    lines: tuple[TextLine, ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()
    error: str = ""
