"""Crops of labels come in, their texts come out, each with how sure the reader is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from inchify.chem.label_table import entries
from inchify.decoding.ctc import prefix_beam
from inchify.models.text.crnn import BLANK
from inchify.tasks.label import LoadedLabelNetwork, load_label_network
from inchify.tasks.label_data import decoded, padded, prepared


@dataclass(frozen=True, kw_only=True)
class LabelReaderSettings:
    """``batch`` labels at once; ``beams`` texts followed; a label that chemists use counts as
    ``exp(bonus)`` times as likely as other letters in a row."""

    batch: int = 32
    beams: int = 8
    bonus: float = 2.0

    def __post_init__(self) -> None:
        for name in ("batch", "beams"):
            if getattr(self, name) < 1:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be at least 1")


class LabelReader:
    """Reads labels with one network; the same crop gives the same text whatever else is read."""

    def __init__(
        self, loaded: LoadedLabelNetwork, settings: LabelReaderSettings | None = None
    ) -> None:
        self.network, self.alphabet = loaded.network, loaded.alphabet
        self.digest = loaded.digest
        self.settings = settings or LabelReaderSettings()
        self._lexicon = _lexicon(self.alphabet)

    @classmethod
    def load(cls, folder: Path, settings: LabelReaderSettings | None = None) -> LabelReader:
        """The reader of a checkpoint, run or weights folder. Raises ValueError as
        ``load_label_network`` does."""
        return cls(load_label_network(Path(folder)), settings)

    def read(self, crops: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        """(text, confidence in 0..1) of each crop, uint8 ink (H, W) with 255 full ink; ("", 0.0)
        where there is no ink."""
        return [readings[0] for readings in self.readings(crops, 1)]

    @torch.inference_mode()
    def readings(self, crops: Sequence[np.ndarray], most: int) -> list[list[tuple[str, float]]]:
        """The same, with up to ``most`` texts of each crop, the likeliest first."""
        found: list[list[tuple[str, float]]] = [[("", 0.0)]] * len(crops)
        pictures = [prepared(crop) for crop in crops]
        inked = [place for place, picture in enumerate(pictures) if picture.any()]
        # labels of about one width together: little padding
        inked.sort(key=lambda place: pictures[place].shape[1])
        for start in range(0, len(inked), self.settings.batch):
            places = inked[start : start + self.settings.batch]
            images_BCHW, widths_B = padded([pictures[place] for place in places])
            log_probs_BTV = self.network(images_BCHW, widths_B)
            columns = self.network.columns(widths_B).tolist()
            for place, log_probs_TV, count in zip(places, log_probs_BTV, columns, strict=True):
                found[place] = self._read_one(log_probs_TV[:count], most)
        return found

    def _read_one(self, log_probs_TV: torch.Tensor, most: int) -> list[tuple[str, float]]:
        best = prefix_beam(
            log_probs_TV,
            beams=self.settings.beams,
            blank=BLANK,
            lexicon=self._lexicon,
            bonus=self.settings.bonus,
        )[:most]
        return [(decoded(one.ids, self.alphabet), min(1.0, math.exp(one.score))) for one in best]


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
