"""Training data of the text-line recognizers: batches of line pictures with their texts.

A batch is a function of (seed, epoch, number) alone: whoever makes it, it is the same.

Shape letters: B lines, H and W pixels, L letters of a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
import torch

from inchify.chemistry.abbreviations.printed_variants import random_printed_label
from inchify.chemistry.abbreviations.text_variants import random_atom_label
from inchify.data.degrade import DegradeSettings, degrade
from inchify.data.line_pictures import padded, prepared
from inchify.synthetic.text_lines.atom_labels import LabelPicture, draw_label, draw_printed_label
from inchify.synthetic.text_lines.irregular_labels import draw_irregular_label
from inchify.synthetic.text_lines.pictures import draw_text, line_fonts
from inchify.synthetic.text_lines.words import line_text
from inchify.tasks.text_recognition.real_lines import RealLines, real_picture
from inchify.tasks.text_recognition.settings import TextDataSettings, TextSettings

# Minimum share of the clean foreground that must be left, and maximum share that may be added;
# otherwise the line would be illegible.
MIN_FOREGROUND, MAX_ADDED = 0.82, 0.25
DEGRADE_TRIES = 3
CAPITAL = 0.5  # the usual height of capitals in bond lengths
MIN_CAPITAL = 7.0  # pixels of an awkward label's capital as the network gets it
TWO_ROWS = 0.4  # of awkward labels
USUAL_TEXTS = 0.4  # of printed labels, written as in other drawings
SMALL = 10.0  # pixels of a capital below which rough handling leaves nothing to read


class Line(NamedTuple):
    """A prepared picture and its text; ``folded``: capitals in the text may be small in print."""

    intensity: np.ndarray
    text: str
    folded: bool = False


@dataclass(frozen=True)
class TextBatch:
    """Lines padded to one width with background.

    ``images_BCHW`` uint8, C = 1, 255 = full foreground; ``widths_B`` int64, the unpadded widths;
    ``ids_BL`` int64, letters from 1 on, padded with 0; ``lengths_B`` int64, letters of each;
    ``texts`` the same as words. ``folded_B`` bool: whose capitals may be small letters in print.
    """

    texts: tuple[str, ...]
    images_BCHW: torch.Tensor
    widths_B: torch.Tensor
    ids_BL: torch.Tensor
    lengths_B: torch.Tensor
    folded_B: torch.Tensor

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def image_ids(self) -> tuple[str, ...]:
        """What names the pictures in logs: their texts."""
        return self.texts

    @property
    def tokens(self) -> int:
        """Letters in all."""
        return int(self.lengths_B.sum())

    def to(self, device: torch.device | str) -> TextBatch:
        """The same batch on another device; widths and lengths stay, for they steer the loop."""
        return replace(
            self,
            images_BCHW=self.images_BCHW.to(device, non_blocking=True),
            ids_BL=self.ids_BL.to(device, non_blocking=True),
            folded_B=self.folded_B.to(device, non_blocking=True),
        )


def encoded(text: str, alphabet: str) -> list[int]:
    """The letters' ids. Raises ValueError naming a letter that is not in the alphabet."""
    places = {letter: number for number, letter in enumerate(alphabet, 1)}
    for letter in text:
        if letter not in places:
            raise ValueError(f"letter {letter!r} of {text!r} is not in the alphabet")
    return [places[letter] for letter in text]


def text_batch(lines: Sequence[tuple[np.ndarray, str] | Line], alphabet: str) -> TextBatch:
    """Prepared pictures and their texts as a batch."""
    named = [Line(*line) for line in lines]
    images, widths = padded([line.intensity for line in named])
    images_BCHW, widths_B = torch.from_numpy(images), torch.tensor(widths)
    ids = [encoded(line.text, alphabet) for line in named]
    ids_BL = torch.zeros(len(ids), max(map(len, ids)), dtype=torch.int64)
    for row, letters in zip(ids_BL, ids, strict=True):
        row[: len(letters)] = torch.tensor(letters)
    lengths_B = torch.tensor([len(letters) for letters in ids])
    folded_B = torch.tensor([line.folded for line in named])
    texts = tuple(line.text for line in named)
    return TextBatch(texts, images_BCHW, widths_B, ids_BL, lengths_B, folded_B)


def letter_cases(alphabet: str) -> torch.Tensor:
    """Ids of capitals and of their small letters, int64 (2, pairs)."""
    pairs = [
        (place, alphabet.index(letter.lower()) + 1)
        for place, letter in enumerate(alphabet, 1)
        if letter.lower() != letter and letter.lower() in alphabet
    ]
    return torch.tensor(pairs, dtype=torch.int64).reshape(-1, 2).T


def columns_needed(text: str) -> int:
    """The fewest columns in which CTC can write a text: a blank stands between equal letters."""
    return len(text) + sum(first == second for first, second in pairwise(text))


def fits(text: str, width: int, settings: TextSettings) -> bool:
    """Whether a network of these settings can write the text of a picture of this width."""
    columns = settings.columns(width)
    return columns is None or columns >= columns_needed(text)


class LineDrawer:
    """Draws the lines of a source; the fonts are searched for once."""

    def __init__(self, settings: TextSettings) -> None:
        self.settings, self.alphabet = settings, settings.alphabet
        self.shape = settings.shape
        self.fonts: tuple[str, ...] = ()
        if settings.data.source == "lines":
            self.fonts = line_fonts()
        elif settings.data.source == "characters":
            self.fonts = line_fonts(self.alphabet)

    def draw(self, generator: np.random.Generator, longest: int | None = None) -> Line:
        """Draw a random line, degraded and prepared for the network.

        Args:
            generator: Makes all random decisions.
            longest: Largest number of letters; atom labels may exceed it. None for no limit but the
                settings'.

        Returns:
            The picture and its text, which fits the network's columns.
        """
        data = self.settings.data
        while True:
            text, intensity, capital = self.crop(generator, longest)
            picture = prepared(intensity, self.shape)
            if not picture.any() or not fits(text, picture.shape[1], self.settings):
                continue
            # a label squeezed that much is no longer one
            roomy = picture.shape[1] >= 6 * len(text) or data.fixed_width
            high = capital * self.shape.height >= MIN_CAPITAL * len(intensity)
            if data.source != "labels" or roomy or (data.irregular and high):
                return Line(picture, text)

    def crop(
        self, generator: np.random.Generator, longest: int | None = None
    ) -> tuple[str, np.ndarray, float]:
        """Draw a random line, degraded but at its original size.

        Args:
            generator: Makes all random decisions.
            longest: Largest number of letters; atom labels may exceed it. None for no limit but the
                settings'.

        Returns:
            Its text, the picture (H, W), and the height of its capitals in pixels.
        """
        data = self.settings.data
        if data.source == "labels":
            label = _label(data, generator)
            text, intensity, capital, scanned = (
                label.text,
                label.intensity,
                label.capital,
                label.scanned,
            )
        else:
            text, intensity, capital = self._line(generator, longest or data.limits[1])
            scanned = False
        if not scanned:
            intensity = _legibly_degraded(intensity, capital, data.degrade, generator)
        return text, intensity, capital

    def _line(self, generator: np.random.Generator, longest: int) -> tuple[str, np.ndarray, float]:
        data = self.settings.data
        if data.source == "lines":
            text = line_text(generator, (data.limits[0], longest))
        else:
            count = int(generator.integers(data.limits[0], longest + 1))
            places = generator.integers(len(self.alphabet), size=count)
            text = "".join(self.alphabet[place] for place in places.tolist())
        line = draw_text(text, generator, self.fonts)
        return line.text, line.intensity, line.capital


def _label(data: TextDataSettings, generator: np.random.Generator) -> LabelPicture:
    if data.printed and generator.random() < data.printed:
        usual = generator.random() < USUAL_TEXTS
        text = random_atom_label(generator) if usual else random_printed_label(generator)
        return draw_printed_label(text, generator)
    text = random_atom_label(generator)
    if not data.irregular or generator.random() >= data.irregular:
        return draw_label(text, generator)
    below = random_atom_label(generator) if generator.random() < TWO_ROWS else ""
    return draw_irregular_label(text, generator, below=below)


def _legibly_degraded(
    intensity: np.ndarray, capital: float, settings: DegradeSettings, generator: np.random.Generator
) -> np.ndarray:
    if capital < SMALL:
        settings = replace(settings, strokes=settings.strokes / 3, rough=0.0, breaks=0.0, chain=0.0)
    for _ in range(DEGRADE_TRIES):
        worse = degrade(intensity, capital / CAPITAL, settings, generator)
        if _legible(intensity, worse, capital):
            return worse
    return intensity


def _legible(clean: np.ndarray, worse: np.ndarray, capital: float) -> bool:
    """Whether the strokes are still in place and the background between them is still empty."""
    dark = clean > 0.5 * clean.max()
    maximum = float(worse.max())
    kept = float((worse > 0.4 * maximum)[dark].mean())
    side = 2 * max(1, round(0.07 * capital)) + 1
    neighborhood = cv2.dilate(dark.view(np.uint8), np.ones((side, side), np.uint8)).astype(bool)
    excess = float((worse > 0.5 * maximum)[~neighborhood].sum()) / max(float(dark.sum()), 1.0)
    return maximum > 0 and kept >= MIN_FOREGROUND and excess <= MAX_ADDED


class TextSource:
    """``pool`` batches of lines at a time, by number."""

    def __init__(
        self,
        settings: TextSettings,
        drawer: LineDrawer,
        real: RealLines | None,
        *,
        epoch: int,
        pools: Sequence[int],
    ) -> None:
        self.settings, self.drawer, self.real = settings, drawer, real
        self.epoch, self.pools = epoch, pools

    def __len__(self) -> int:
        return len(self.pools)

    def __getitem__(self, place: int) -> list[TextBatch]:
        data = self.settings.data
        number = self.pools[place]
        generator = np.random.default_rng([self.settings.seed, self.epoch, number])
        longest = data.longest(self.epoch * data.epoch + number * data.pool)
        lines = [self._line(generator, longest) for _ in range(data.batch * data.pool)]
        lines.sort(key=lambda line: line[0].shape[1])
        order = generator.permutation(data.pool).tolist()
        size = data.batch
        parts = (lines[size * part : size * (part + 1)] for part in order)
        return [text_batch(lines, self.drawer.alphabet) for lines in parts]

    def _line(self, generator: np.random.Generator, longest: int) -> Line:
        if self.real is not None and generator.random() < self.settings.data.real_share:
            line = self.real.training[int(generator.integers(len(self.real.training)))]
            picture = prepared(real_picture(line, generator), self.drawer.shape)
            short = len(line.text) <= longest
            if short and picture.any() and fits(line.text, picture.shape[1], self.settings):
                return Line(picture, line.text, self.settings.data.real_case_folded)
        return self.drawer.draw(generator, longest)
