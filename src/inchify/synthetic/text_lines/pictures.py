"""Synthetic crops of text lines as they would be cut from a page.

What stands around a line on a page reaches into the picture: rules, the edges of other lines.

Shape letters: H and W pixels. Pictures are uint8, 255 where there is full foreground.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from inchify.chemistry.line_characters import LOWERED, PLAIN
from inchify.synthetic.text_lines.fonts import RenderedText, has_letters, page_fonts, render_text

SMALLEST, LARGEST = 10.0, 46.0  # pixels of a font's em
CAPITAL = 0.7  # of an em
# lines are not set in key caps or hairlines
_UNUSUAL = ("_k.", "hairline", "cmunbi", "initial")
_Run = tuple[str, float, float, str]  # letters, size and rise in ems, font


@dataclass(frozen=True)
class TextPicture:
    """``intensity`` uint8 (H, W), 255 where there is full foreground; ``capital``: about how many
    pixels the capitals of the line are high."""

    intensity: np.ndarray
    text: str
    capital: float


@lru_cache(maxsize=8)
def line_fonts(letters: str = "") -> tuple[str, ...]:
    """Fonts that lines are set in.

    Args:
        letters: Characters that the fonts must have.

    Returns:
        Paths of font files, at least one.

    Raises:
        ValueError: No font on this machine has all of the letters.
    """
    fonts = tuple(
        path
        for path in page_fonts(letters)
        if not any(part in Path(path).name.lower() for part in _UNUSUAL)
    )
    if not fonts:
        raise ValueError(
            f"no font on this machine has all of the letters {letters[:20]!r}; install one that has"
        )
    return fonts


def draw_text(
    text: str, generator: np.random.Generator, fonts: Sequence[str] | None = None
) -> TextPicture:
    """Draw a clean picture of a text line.

    Args:
        text: What is written.
        generator: Source of all random choices.
        fonts: Paths of the fonts to choose from, by default ``line_fonts()``.

    Returns:
        The gray picture.

    Raises:
        ValueError: No font has a letter.
    """
    fonts = fonts or line_fonts()
    size = round(math.exp(generator.uniform(math.log(SMALLEST), math.log(LARGEST))))
    if generator.random() < 0.4:
        fonts = _upright(tuple(fonts)) or fonts  # half of a machine's fonts are slanted, few lines
    font = fonts[int(generator.integers(len(fonts)))]
    tracking = float(generator.uniform(-0.02, 0.16) * size) if generator.random() < 0.15 else 0.0
    intensity, line = set_line(text, font, size, generator, tracking=tracking)
    if generator.random() < 0.35:
        stretch = math.exp(generator.uniform(-0.3, 0.25))
        wide = max(2, round(intensity.shape[1] * stretch))
        intensity = cv2.resize(intensity, (wide, intensity.shape[0]), interpolation=cv2.INTER_AREA)
    if CAPITAL * size >= 14 and generator.random() < 0.05:
        intensity = _dotted(intensity, CAPITAL * size, generator)
    if generator.random() < 0.25:
        intensity, line = _turned(intensity, generator), None
    intensity = _framed(intensity, line, size, font, generator)
    if generator.random() < 0.08:
        faint = max(
            float(generator.uniform(0.25, 0.7)), min(1.0, 90 / max(int(intensity.max()), 1))
        )
        intensity = (intensity * faint).astype(np.uint8)
    if generator.random() < 0.015:
        intensity = 255 - intensity
    return TextPicture(intensity, text, CAPITAL * size)


@lru_cache(maxsize=8)
def _upright(fonts: tuple[str, ...]) -> tuple[str, ...]:
    slanted = ("ital", "obli", "it.", "ti.", "bi.", "_ri", "-bdi")
    names = [Path(font).name.lower() for font in fonts]
    pairs = zip(fonts, names, strict=True)
    return tuple(font for font, name in pairs if not any(part in name for part in slanted))


def set_line(
    text: str, font: str, size: int, generator: np.random.Generator, *, tracking: float = 0.0
) -> tuple[np.ndarray, tuple[float, float] | None]:
    """The picture of a line, cropped to its letters, and the rows between which its font sets
    letters."""
    parts: list[tuple[float, int, RenderedText]] = []
    pen = 0.0
    for letters, share, rise, face in _runs(text, font, generator):
        small = max(5, round(share * size))
        if letters.strip():
            part = render_text(letters, face, small, tracking=tracking)
            parts.append((pen + part.left, -part.baseline - round(rise * size), part))
            pen += part.advance
        else:
            pen += 0.28 * size * len(letters)
    left = min(x for x, _, _ in parts)
    top = min(y for _, y, _ in parts)
    width = math.ceil(max(x - left + part.intensity.shape[1] for x, _, part in parts)) + 1
    height = max(y - top + part.intensity.shape[0] for _, y, part in parts)
    intensity = np.zeros((height, width), dtype=np.uint8)
    for x, y, part in parts:
        rows, columns = part.intensity.shape
        place = intensity[y - top : y - top + rows, round(x - left) : round(x - left) + columns]
        np.maximum(place, part.intensity[:, : place.shape[1]], out=place)
    return intensity, (-0.95 * size - top, 0.28 * size - top)


def _runs(text: str, font: str, generator: np.random.Generator) -> list[_Run]:
    """Runs of a text: subscripts and superscripts are glyphs of the font or small letters; what the
    font lacks is set in another."""
    from_font = generator.random() < 0.5
    share = float(generator.uniform(0.55, 0.72))
    down, up = float(generator.uniform(-0.22, -0.08)), float(generator.uniform(0.28, 0.42))
    runs: list[_Run] = []
    for letter in text:
        run: _Run
        if letter in PLAIN and not (from_font and _shows(font, letter)):
            plain = "−" if PLAIN[letter] == "-" and _shows(font, "−") else PLAIN[letter]
            run = (plain, share, down if letter in LOWERED else up, font)
        elif _shows(font, letter):
            run = (letter, 1.0, 0.0, font)
        else:
            run = (letter, 1.0, 0.0, _other_font(letter, generator))
        if runs and runs[-1][1:] == run[1:]:
            runs[-1] = (runs[-1][0] + run[0], *run[1:])
        else:
            runs.append(run)
    return runs


@lru_cache(maxsize=65536)
def _shows(font: str, letter: str) -> bool:
    """Whether a font has a letter and draws something for it; some have empty ones."""
    if letter == " " or not has_letters(font, letter):
        return letter == " "
    try:
        return render_text(letter, font, 24).intensity.max() > 100
    except ValueError:
        return False


def _other_font(letter: str, generator: np.random.Generator) -> str:
    fonts = _having(letter)
    return fonts[int(generator.integers(len(fonts)))]


@lru_cache(maxsize=1024)
def _having(letter: str) -> tuple[str, ...]:
    fonts = tuple(font for font in line_fonts(letter) if _shows(font, letter))
    if not fonts:
        raise ValueError(f"no font on this machine can draw {letter!r}; install one that can")
    return fonts


def _dotted(intensity: np.ndarray, capital: float, generator: np.random.Generator) -> np.ndarray:
    """Dot-matrix print: about nine rows of dots in a capital."""
    pitch = capital / generator.uniform(7, 10)
    height, width = intensity.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32) * (2 * np.pi / pitch)
    grid = 0.5 + 0.25 * (np.cos(rows) + np.cos(columns))
    hard = generator.uniform(0.4, 1.0)
    return (intensity * np.clip(1.0 - hard + 2 * hard * grid, 0, 1)).astype(np.uint8)


def _turned(intensity: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Slightly rotated; long lines less, because their ends would leave the picture."""
    height, width = intensity.shape
    maximum = min(0.035, 0.35 * height / width)
    angle = float(np.clip(generator.normal(0, 0.012), -maximum, maximum))
    rise = math.ceil(abs(angle) * width / 2 + 1)
    turning = cv2.getRotationMatrix2D((width / 2, height / 2), math.degrees(angle), 1.0)
    turning[:, 2] += (2, rise)
    space = (width + 4, height + 2 * rise)
    turned = cv2.warpAffine(intensity, turning, space, flags=cv2.INTER_LINEAR)
    rows = np.flatnonzero(turned.max(axis=1) > 40)
    return turned[rows[0] : rows[-1] + 1] if len(rows) else turned


def _framed(
    intensity: np.ndarray,
    line: tuple[float, float] | None,
    size: int,
    font: str,
    generator: np.random.Generator,
) -> np.ndarray:
    """The crop: the line with an uneven margin, as in a detector's box."""
    height, width = intensity.shape
    top, bottom = 0.0, float(height)
    if line is not None and generator.random() < 0.4:
        top, bottom = min(line[0], top), max(line[1], bottom)
    tall = max(bottom - top, 0.3 * size)
    margins = generator.beta(1.2, 3.0, 4) * 0.29 - 0.04
    above, below = top - margins[0] * tall, bottom + margins[1] * tall
    if bottom - top < 0.45 * size:  # a dash or a dot: detectors give such boxes wider margins
        space = generator.uniform(0.1, 0.5, 2) * size
        above, below = above - space[0], below + space[1]
    before, after = (generator.beta(1.2, 3.0, 2) * 0.5 - 0.03) * tall
    rows, first = max(4, round(below - above)), round(-above)
    columns, left = max(4, round(width + before + after)), round(before)
    page = np.zeros((rows, columns), dtype=np.uint8)
    _put(page, intensity, left, first)
    if generator.random() < 0.16:
        _neighbor(page, first, first + height, size, font, generator)
    if generator.random() < 0.12:
        _rule(page, first, first + height, size, generator)
    return page


def _put(page: np.ndarray, intensity: np.ndarray, left: int, top: int) -> None:
    """Paste a picture onto a canvas; what reaches over the edge is cut off."""
    height, width = page.shape
    x, y = max(left, 0), max(top, 0)
    part = intensity[y - top : height - top, x - left : width - left]
    if part.size:
        place = page[y : y + part.shape[0], x : x + part.shape[1]]
        np.maximum(place, part, out=place)


def _neighbor(
    page: np.ndarray, top: int, bottom: int, size: int, font: str, generator: np.random.Generator
) -> None:
    """The feet of the line above or the heads of that below, which keep off this line's letters."""
    letters = "aegjpqytbdfhlkABGQ27(,;"
    count = int(generator.integers(3, 30))
    text = "".join(letters[int(n)] for n in generator.integers(0, len(letters), count))
    other = render_text(text, font, size).intensity
    gap = max(1, round(0.06 * size))
    left = int(generator.integers(-other.shape[1] // 2, max(page.shape[1], 1)))
    above = generator.random() < 0.5
    space = (top if above else page.shape[0] - bottom) - gap
    reach = min(space, round(generator.uniform(0.03, 0.3) * size))
    if reach < 1:
        return
    _put(page, other, left, reach - other.shape[0] if above else page.shape[0] - reach)


def _rule(
    page: np.ndarray, top: int, bottom: int, size: int, generator: np.random.Generator
) -> None:
    """A line of a table or under a heading, or a cell's side."""
    thick = max(1, round(generator.uniform(0.02, 0.1) * size))
    height, width = page.shape
    if generator.random() < 0.3:
        x = 0 if generator.random() < 0.5 else width - thick
        page[:, x : x + thick] = 255
        return
    low = generator.random() < 0.7
    space = (height - bottom if low else top) - thick
    if space < 1:
        return
    y = bottom + int(generator.integers(space)) if low else int(generator.integers(space))
    dash = int(generator.integers(2, 8)) if generator.random() < 0.2 else 0
    columns = np.arange(width)
    page[y : y + thick, (columns // dash % 2 == 0) if dash else slice(None)] = 255
