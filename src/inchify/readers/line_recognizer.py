"""Recognition of text lines and atom labels (CRNN with CTC, SAR).

Atom labels, printed lines and lines of characters are decoded in the same way, by CTC or
autoregressively; the weights folder determines which.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from inchify.chemistry.abbreviations.table import entries
from inchify.data.line_pictures import decoded, padded, prepared
from inchify.readers.loading import load_recognizer
from inchify.readers.networks import LineSearch, LoadedLineRecognizer
from inchify.readers.views.crops import without_margins
from inchify.readers.views.orientation import read_with_turns

MAX_WIDTHS = 4096  # pixels of a line that CTC reads, however long those were that it learned from
Texts = list[tuple[str, float]]


@dataclass(frozen=True, kw_only=True)
class LineRecognizerSettings:
    """``batch`` lines at once; ``beams`` texts followed; a label that chemists use counts as
    ``exp(bonus)`` times as likely as other letters in a row (readers of labels by CTC alone).
    ``turns``: crops higher than wide are read on either side too, and the best is kept."""

    batch: int = 32
    beams: int = 8
    bonus: float = 2.0
    turns: bool = False

    def __post_init__(self) -> None:
        for name in ("batch", "beams"):
            if getattr(self, name) < 1:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be at least 1")


class LineRecognizer:
    """Reads lines with one network; the same crop gives the same text whatever else is read."""

    def __init__(
        self,
        loaded: LoadedLineRecognizer,
        settings: LineRecognizerSettings | None = None,
    ) -> None:
        self.network, self.alphabet = loaded.network, loaded.alphabet
        self.digest = loaded.digest
        self.settings = settings or LineRecognizerSettings()
        self.source, self.shape = loaded.source, loaded.shape
        if self.source != "labels" and loaded.ctc:
            self.shape = replace(self.shape, max_width=max(MAX_WIDTHS, self.shape.max_width))
        self._lexicon = _lexicon(self.alphabet) if self.source == "labels" else frozenset()

    @classmethod
    def load(
        cls, folder: Path, settings: LineRecognizerSettings | None = None, *, threads: int = 1
    ) -> LineRecognizer:
        """The reader of a checkpoint, run or weights folder, or of an exported network, which
        computes with so many ``threads``. Raises ValueError as ``load_recognizer`` does."""
        return cls(load_recognizer(Path(folder), threads=threads), settings)

    def read(self, crops: Sequence[np.ndarray]) -> Texts:
        """(text, confidence in 0..1) of each crop, uint8 foreground (H, W) with 255 full
        foreground; ("", 0.0) where there is no foreground."""
        return [readings[0] for readings in self.readings(crops, 1)]

    def readings(self, crops: Sequence[np.ndarray], most: int) -> list[Texts]:
        """The same, with up to ``most`` texts of each crop, the likeliest first."""
        if self.settings.turns:
            return read_with_turns(crops, lambda turned: self._as_they_are(turned, most))
        return self._as_they_are(crops, most)

    def _as_they_are(self, crops: Sequence[np.ndarray], most: int) -> list[Texts]:
        found: list[Texts] = [[("", 0.0)]] * len(crops)
        pictures = [prepared(self._cut(crop), self.shape) for crop in crops]
        foreground = [place for place, picture in enumerate(pictures) if picture.any()]
        # lines of about one width together: little padding
        foreground.sort(key=lambda place: pictures[place].shape[1])
        for start in range(0, len(foreground), self.settings.batch):
            places = foreground[start : start + self.settings.batch]
            images_BCHW, widths = padded([pictures[place] for place in places])
            for place, texts in zip(places, self._read(images_BCHW, widths, most), strict=True):
                found[place] = texts
        return found

    def _cut(self, crop: np.ndarray) -> np.ndarray:
        """Printed lines come in cells of tables too; labels are cut by who knows their atoms."""
        return without_margins(crop) if self.source == "lines" and crop.size else crop

    def _read(self, images_BCHW: np.ndarray, widths: Sequence[int], most: int) -> list[Texts]:
        search = LineSearch(
            beams=self.settings.beams,
            n_best=most,
            lexicon=self._lexicon,
            bonus=self.settings.bonus,
        )
        found = self.network.readings(images_BCHW, widths, search)
        return [[self._text(one.ids, one.score) for one in texts] for texts in found]

    def _text(self, ids: Sequence[int], score: float) -> tuple[str, float]:
        return decoded(ids, self.alphabet), min(1.0, math.exp(score))


@lru_cache(maxsize=4)
def _lexicon(alphabet: str) -> frozenset[tuple[int, ...]]:
    """The texts of the table in an alphabet's ids."""
    ids = {letter: number for number, letter in enumerate(alphabet, 1)}
    return frozenset(
        tuple(ids[letter] for letter in text)
        for entry in entries()
        for text in (*entry.left, *entry.right)
        if all(letter in ids for letter in text)
    )
