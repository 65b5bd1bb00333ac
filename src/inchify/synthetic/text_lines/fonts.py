"""Fonts for printed lines, and rendering of text with them.

Fonts of the package always exist; those of the system (Debian's, say) make pages look as different
as pages do. Text is set by Pillow (FreeType), so that accents and kerning are right.

Shape letters: H and W pixels.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_PACKAGE_FONTS = Path(__file__).parents[2] / "rendering" / "depictor" / "font"
_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts")
# Families without Latin text, or of which a page would have nothing.
_LEFT_OUT = ("symbol", "dingbat", "emoji", "ornament", "jsmath", "d050000l", "s050000l", "droid")
_LATIN = "AZaz019"
_EAST_ASIA = "\u2e80"


@dataclass(frozen=True)
class RenderedText:
    """Rendered text: ``intensity`` uint8 (H, W), 255 = full foreground, cropped to the letters;
    ``baseline``: its row, counted from the top; ``left``: columns from the pen's start to the
    first; ``advance``: pixels to the pen's end."""

    intensity: np.ndarray
    baseline: int
    left: int
    advance: float


@lru_cache(maxsize=1)
def font_files() -> tuple[str, ...]:
    """Scalable fonts for Latin text: the package's, then the system's, each in order of names."""
    files = sorted(str(path) for path in _PACKAGE_FONTS.glob("*.ttf"))
    for folder in (*_FOLDERS, os.path.expanduser("~/.local/share/fonts")):
        paths = sorted(str(path) for path in Path(folder).rglob("*") if _may_be_text(path))
        files += [path for path in paths if has_letters(path, _LATIN)]
    return tuple(files)


def _may_be_text(path: Path) -> bool:
    name = path.name.lower()
    return path.suffix.lower() in (".ttf", ".otf") and not any(part in name for part in _LEFT_OUT)


@lru_cache(maxsize=1)
def font_collections() -> tuple[str, ...]:
    """The system's collections (.ttc), which hold the fonts of East Asia, in order of names."""
    collections = {path for folder in _FOLDERS for path in Path(folder).rglob("*.ttc")}
    return tuple(sorted(map(str, collections)))


def page_fonts(letters: str = "") -> tuple[str, ...]:
    """The fonts that have all of these letters; never none where the package's have them.

    Collections are looked into for letters of East Asia alone: for Latin they have nothing new.
    """
    files = font_files()
    if any(letter >= _EAST_ASIA for letter in letters):
        files += font_collections()
    return tuple(path for path in files if has_letters(path, letters))


@lru_cache(maxsize=512)
def _coverage(path: str) -> frozenset[int]:
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError, KeyError, AssertionError):
        return frozenset()


def has_letters(path: str, letters: Sequence[str]) -> bool:
    """Whether a font has a glyph for every letter but the space."""
    have = _coverage(path)
    return all(ord(letter) in have for letter in letters if letter != " ")


@lru_cache(maxsize=256)
def _font(path: str, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(path, size)


def render_text(text: str, font: str, size: int, *, tracking: float = 0.0) -> RenderedText:
    """The text set in ``font`` at ``size`` pixels of its em; ``tracking``: pixels added behind each
    letter. Raises ValueError where nothing would be visible."""
    from PIL import Image, ImageDraw

    face = _font(font, size)
    if tracking:
        steps = np.cumsum([0.0] + [face.getlength(letter) + tracking for letter in text])
        advance = float(steps[-1])
    else:
        steps, advance = np.zeros(1), face.getlength(text)
    space = size
    picture = Image.new("L", (int(advance) + 2 * space, 3 * size), 0)
    pen = ImageDraw.Draw(picture)
    if tracking:
        for letter, step in zip(text, steps, strict=False):
            pen.text((space + step, 2 * size), letter, fill=255, font=face, anchor="ls")
    else:
        pen.text((space, 2 * size), text, fill=255, font=face, anchor="ls")
    box = picture.getbbox()
    if box is None:
        raise ValueError(f"the font {Path(font).name} draws nothing for the text {text!r}")
    intensity = np.asarray(picture.crop(box))
    return RenderedText(intensity, 2 * size - box[1], box[0] - space, advance)
