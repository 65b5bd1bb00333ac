"""Typesetting of printed lines, and the fonts of one page.

Words are set one by one and kept for the page, so that a text can be justified and common words
cost nothing. Shape letters: H and W pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from inchify.synthetic.text_lines.fonts import RenderedText, has_letters, page_fonts, render_text

# What is set where a font lacks a sign.
_INSTEAD = {
    **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)),
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)),
    **{"⁻": "-", "⁺": "+", "−": "-", "–": "-", "′": "'", "″": '"', "·": ".", "Δ": "D", "‡": "*"},
    **{"α": "a", "β": "b", "γ": "g", "δ": "d", "π": "p", "μ": "u", "ν": "v", "→": "-", "½": "1/2"},
    **{"±": "+/-", "°": "o", "Å": "A", "θ": "q", "λ": "l", "ü": "u", "ß": "ss", "σ": "s"},
    **{"∫": "S", "∑": "S", "√": "V", "≤": "<", "≥": ">", "∂": "d", "∞": "oo", "×": "x"},
}
_ODD: tuple[str, ...] = (
    "bold",
    "italic",
    "oblique",
    "black",
    "thin",
    "hairline",
    "heavy",
    "demi",
    "-bd",
    "_r",
)
_ODD += ("lato-light", "sans-light", "condlight", "extralight", "lightital", "lato-medium", "_m.")
_RARE_FACES = ("mono", "courier", "z003", "_k.", "_dr.", "mathtex")
# Of Computer Modern's many faces only these stand upright and are plain.
_PLAIN_CMU = ("cmunrm.", "cmunss.", "cmunorm.")
_BOLD = ("bold", "-bd.", "semibold", "demi.", "cmunbx.", "cmunsx.", "_rb.")
_SLANTED = ("-italic", "italic.", "oblique.", "cmunti.", "cmunsi.", "_ri.")


# Lines whose spaces would be stretched by more than this stay ragged.
MAX_SPREAD = 3.5


@dataclass(frozen=True)
class Face:
    """A font file and the pixels of its em."""

    font: str
    size: int

    def scaled(self, factor: float) -> Face:
        return replace(self, size=max(round(self.size * factor), 6))


@dataclass(frozen=True)
class PrintedLine:
    """A printed line: ``intensity`` uint8 (H, W) cut to the letters, ``baseline`` its row counted
    from the top, ``text`` what it says."""

    intensity: np.ndarray
    baseline: int
    text: str

    @property
    def width(self) -> int:
        return int(self.intensity.shape[1])

    @property
    def height(self) -> int:
        return int(self.intensity.shape[0])


class Typesetter:
    """Sets the text of one page in the page's faces."""

    def __init__(self, generator: np.random.Generator, dots_per_inch: int) -> None:
        point = dots_per_inch / 72
        size = point * float(generator.uniform(8.0, 12.0))
        fonts = page_fonts()
        plain = [f for f in fonts if _is_plain(f)]
        usual = [f for f in plain if not _named(f, _RARE_FACES)] or plain
        if generator.random() < 0.06:
            usual = plain
        self.body = Face(_pick(usual, generator), round(size))
        bold = [f for f in fonts if _named(f, _BOLD) and not _named(f, ("italic", "oblique"))]
        slanted = [f for f in fonts if _named(f, _SLANTED)]
        other = Face(_pick(usual, generator), self.body.size)
        heavy = Face(_pick(bold or usual, generator), self.body.size)
        leaning = Face(_pick(slanted or usual, generator), self.body.size)
        self.heading = (heavy if generator.random() < 0.6 else self.body).scaled(
            float(generator.uniform(1.0, 1.3))
        )
        figure = (self.body, other, heavy)[int(generator.choice(3, p=(0.4, 0.3, 0.3)))]
        self.label = figure.scaled(float(generator.uniform(0.8, 1.1)))
        self.small = (self.body if generator.random() < 0.5 else other).scaled(0.8)
        choice = int(generator.choice(3, p=(0.7, 0.15, 0.15)))
        self.caption = (self.body, other, leaning)[choice].scaled(
            float(generator.uniform(0.8, 1.0))
        )
        self.leading = float(generator.uniform(1.12, 1.5))
        self._kept: dict[tuple[str, Face], RenderedText | None] = {}
        self._spaces: dict[Face, float] = {}

    def word(self, text: str, face: Face) -> RenderedText | None:
        """One word, None where nothing is visible."""
        key = (text, face)
        if key not in self._kept:
            try:
                self._kept[key] = render_text(text, face.font, face.size)
            except ValueError:
                self._kept[key] = None
        return self._kept[key]

    def space(self, face: Face) -> float:
        """The pixels of a space."""
        if face not in self._spaces:
            pair, single = self.word("n n", face), self.word("n", face)
            known = pair is not None and single is not None
            width = pair.advance - 2 * single.advance if known else 0.0  # type: ignore[union-attr]
            self._spaces[face] = width if width > 1 else 0.27 * face.size
        return self._spaces[face]

    def line(self, text: str, face: Face, *, width: float | None = None) -> PrintedLine | None:
        """A line of text, justified to ``width`` if given; None where nothing is visible."""
        words = [
            (text, intensity)
            for text in printable(text, face).split()
            if (intensity := self.word(text, face))
        ]
        if not words:
            return None
        space = self.space(face)
        natural = sum(intensity.advance for _, intensity in words) + space * (len(words) - 1)
        if width is not None and len(words) > 1:
            wider = space + (width - natural) / (len(words) - 1)
            space = wider if wider < MAX_SPREAD * space else space
        starts, pen = [], 0.0
        for _, intensity in words:
            starts.append(round(pen) + intensity.left)
            pen += intensity.advance + space
        left = min(starts)
        right = max(
            start + intensity.intensity.shape[1]
            for start, (_, intensity) in zip(starts, words, strict=True)
        )
        above = max(intensity.baseline for _, intensity in words)
        below = max(intensity.intensity.shape[0] - intensity.baseline for _, intensity in words)
        picture = np.zeros((above + below, right - left), np.uint8)
        for start, (_, intensity) in zip(starts, words, strict=True):
            row, column = above - intensity.baseline, start - left
            height, length = intensity.intensity.shape
            part = picture[row : row + height, column : column + length]
            np.maximum(part, intensity.intensity, out=part)
        return PrintedLine(picture, above, " ".join(text for text, _ in words))

    def wrap(self, text: str, face: Face, width: float, *, indent: float = 0.0) -> list[str]:
        """The text as lines of at most this many pixels; ``indent`` shortens the first. Words that
        do not fit are divided, most at their hyphens."""
        lines: list[list[str]] = [[]]
        space, pen = self.space(face), indent
        waiting = printable(text, face).split()[::-1]
        while waiting:
            text_word = waiting.pop()
            intensity = self.word(text_word, face)
            advance = intensity.advance if intensity else 0.0
            if pen + advance > width:
                head = self._head(text_word, face, width - pen, forced=not lines[-1])
                if head:
                    lines[-1].append(head)
                    text_word = text_word.removeprefix(head.rstrip("-")).lstrip("-")
                if text_word:
                    waiting.append(text_word)
                lines.append([])
                pen = 0.0
                continue
            lines[-1].append(text_word)
            pen += advance + space
        return [" ".join(words) for words in lines if words]

    def _head(self, word: str, face: Face, space: float, *, forced: bool) -> str:
        """The part of a word that still fits on a line, "" for none; some if ``forced``."""
        places = [place + 1 for place, sign in enumerate(word) if sign == "-" and place > 1]
        places = [place for place in places if place < len(word) - 1]
        if not places and len(word) > 7 and word.isalpha():
            places = [len(word) // 2]
        for place in reversed(places):
            head = word[:place].rstrip("-") + "-"
            intensity = self.word(head, face)
            if intensity is not None and intensity.advance <= space:
                return head
        if not forced:
            return ""
        return word[: max(int(len(word) * 0.9 * space / max(self._advance(word, face), 1.0)), 1)]

    def _advance(self, word: str, face: Face) -> float:
        intensity = self.word(word, face)
        return intensity.advance if intensity is not None else 0.0

    def step(self, face: Face) -> int:
        """Pixels from one baseline to the next."""
        return round(face.size * self.leading)


def printable(text: str, face: Face) -> str:
    """The text in letters that the font has."""
    if text.isascii():
        return text
    letters = []
    for letter in text:
        if letter.isascii() or has_letters(face.font, letter):
            letters.append(letter)
        else:
            letters.append(_INSTEAD.get(letter, ""))
    return "".join(letters)


def _is_plain(path: str) -> bool:
    if _named(path, ("cmun",)):
        return _named(path, _PLAIN_CMU)
    return _named(path, ("_r.",)) or not _named(path, _ODD)


def _named(path: str, parts: Sequence[str]) -> bool:
    name = Path(path).name.lower()
    return any(part in name for part in parts)


def _pick(fonts: Sequence[str], generator: np.random.Generator) -> str:
    return fonts[int(generator.integers(len(fonts)))]
