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

MAX_WIDTHS = 4096  # pixels of a line that CTC reads, even if its training lines were shorter
Texts = list[tuple[str, float]]


@dataclass(frozen=True, kw_only=True)
class LineRecognizerSettings:
    """``batch`` lines at once; ``beams``: width of the beam search; a label that chemists use
    counts as ``exp(bonus)`` times as likely as other texts (only recognizers of labels by CTC).
    ``turns``: crops higher than wide are read in three orientations, and the best is kept."""

    batch: int = 32
    beams: int = 8
    bonus: float = 2.0
    turns: bool = False

    def __post_init__(self) -> None:
        for name in ("batch", "beams"):
            if getattr(self, name) < 1:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be at least 1")


class LineRecognizer:
    """Recognizes lines with one network; the text of a crop does not depend on the other crops."""

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
        """Load a recognizer.

        Args:
            folder: A checkpoint, run or weights folder, or an exported network.
            settings: Batches and search.
            threads: Threads that an exported network computes with.

        Raises:
            ValueError: As ``load_recognizer``.
        """
        return cls(load_recognizer(Path(folder), threads=threads), settings)

    def read(self, crops: Sequence[np.ndarray]) -> Texts:
        """Recognize the text of crops.

        Args:
            crops: Foreground of each crop, uint8 (H, W), 255 full foreground.

        Returns:
            (text, confidence in 0..1) of each crop, ("", 0.0) where there is no foreground.
        """
        return [readings[0] for readings in self.readings(crops, 1)]

    def readings(self, crops: Sequence[np.ndarray], n_best: int) -> list[Texts]:
        """Recognize the text of crops, with alternatives.

        Args:
            crops: Foreground of each crop, uint8 (H, W), 255 full foreground.
            n_best: Largest number of texts for a crop.

        Returns:
            (text, confidence in 0..1) of each crop, the likeliest first.
        """
        if self.settings.turns:
            return read_with_turns(crops, lambda turned: self._as_they_are(turned, n_best))
        return self._as_they_are(crops, n_best)

    def _as_they_are(self, crops: Sequence[np.ndarray], n_best: int) -> list[Texts]:
        result: list[Texts] = [[("", 0.0)]] * len(crops)
        pictures = [prepared(self._cut(crop), self.shape) for crop in crops]
        foreground = [place for place, picture in enumerate(pictures) if picture.any()]
        # lines of about one width together: little padding
        foreground.sort(key=lambda place: pictures[place].shape[1])
        for start in range(0, len(foreground), self.settings.batch):
            places = foreground[start : start + self.settings.batch]
            images_BCHW, widths = padded([pictures[place] for place in places])
            for place, texts in zip(places, self._read(images_BCHW, widths, n_best), strict=True):
                result[place] = texts
        return result

    def _cut(self, crop: np.ndarray) -> np.ndarray:
        """Printed lines may be cells of tables, whose margins are cut; labels are cut already."""
        return without_margins(crop) if self.source == "lines" and crop.size else crop

    def _read(self, images_BCHW: np.ndarray, widths: Sequence[int], n_best: int) -> list[Texts]:
        search = LineSearch(
            beams=self.settings.beams,
            n_best=n_best,
            lexicon=self._lexicon,
            bonus=self.settings.bonus,
        )
        results = self.network.readings(images_BCHW, widths, search)
        return [[self._text(item.ids, item.score) for item in texts] for texts in results]

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
