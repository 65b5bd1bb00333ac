"""A seed comes in; batches of drawn labels with their letters come out, as training goes.

A batch is a function of (seed, epoch, number) alone: whoever makes it, it is the same.

Shape letters: B labels, H and W pixels, L letters of a label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import torch

from inchify.chem.abbreviations import ALPHABET, random_label
from inchify.data.dataset import LoaderSettings
from inchify.data.degrade import DegradeSettings, degrade
from inchify.models.text.crnn import HEIGHT
from inchify.synth.label_pictures import draw_label

NARROWEST, WIDEST = 8, 640
# Of the clean ink, what must be left, and what may be too much; else nobody could read it.
LEAST_INK, MOST_ADDED = 0.82, 0.25
DEGRADE_TRIES = 3
CAPITAL = 0.5  # the usual height of capitals in bond lengths
SMALL = 10.0  # pixels of a capital below which rough handling leaves nothing to read
_PAPER_SHARE, _INK_SHARE, _LEAST_CONTRAST = 0.1, 0.97, 24
_IDS = {letter: number for number, letter in enumerate(ALPHABET, 1)}


@dataclass(frozen=True, kw_only=True)
class LabelDataSettings:
    """``labels`` in a batch, ``epoch`` batches in an epoch (there is no end of drawings). Labels
    are drawn for ``pool`` batches at once and sorted by width, so that little is padding."""

    labels: int = 40
    pool: int = 8
    epoch: int = 1000
    degrade: DegradeSettings = field(
        default_factory=lambda: DegradeSettings(clean=0.2, rough=0.2, breaks=0.1, specks=0.15)
    )
    loader: LoaderSettings = field(default_factory=LoaderSettings)

    def __post_init__(self) -> None:
        for name in ("labels", "pool", "epoch"):
            if getattr(self, name) < 1:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be at least 1")
        if self.epoch % self.pool:
            raise ValueError(f"'epoch' is {self.epoch}; it must be a multiple of {self.pool}")


@dataclass(frozen=True)
class LabelBatch:
    """Labels padded to one width with paper.

    ``images_BCHW`` uint8 ink, C = 1; ``widths_B`` int64, the unpadded widths; ``ids_BL`` int64,
    letters from 1 on, padded with 0; ``lengths_B`` int64, letters of each.
    """

    image_ids: tuple[str, ...]
    images_BCHW: torch.Tensor
    widths_B: torch.Tensor
    ids_BL: torch.Tensor
    lengths_B: torch.Tensor

    def __len__(self) -> int:
        return len(self.image_ids)

    @property
    def tokens(self) -> int:
        """Letters in all."""
        return int(self.lengths_B.sum())

    def to(self, device: torch.device | str) -> LabelBatch:
        """The same batch on another device; widths and lengths stay, for they steer the loop."""
        return replace(
            self,
            images_BCHW=self.images_BCHW.to(device, non_blocking=True),
            ids_BL=self.ids_BL.to(device, non_blocking=True),
        )


def encoded(text: str) -> list[int]:
    """The letters' ids. Raises ValueError naming a letter that is not in the alphabet."""
    for letter in text:
        if letter not in _IDS:
            raise ValueError(f"letter {letter!r} of {text!r} is not in the alphabet of labels")
    return [_IDS[letter] for letter in text]


def decoded(ids: Sequence[int], alphabet: str = ALPHABET) -> str:
    """The text of letter ids."""
    return "".join(alphabet[number - 1] for number in ids)


def prepared(ink: np.ndarray) -> np.ndarray:
    """A crop as the network wants it: uint8 (32, W), levelled, its ratio kept within 8 to 640."""
    height, width = ink.shape
    wide = min(max(round(width * HEIGHT / max(height, 1)), NARROWEST), WIDEST)
    if not ink.size:
        return np.zeros((HEIGHT, NARROWEST), dtype=np.uint8)
    shrinking = height >= HEIGHT
    method = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return cv2.resize(levelled(ink), (wide, HEIGHT), interpolation=method)


def levelled(ink: np.ndarray) -> np.ndarray:
    """Paper brought to 0 and ink to 255. A crop is full of letters, so its lightest tenth counts as
    paper; one without contrast becomes empty."""
    paper, dark = np.quantile(ink, (_PAPER_SHARE, _INK_SHARE)).tolist()
    if dark - paper < _LEAST_CONTRAST:
        return np.zeros_like(ink)
    stretched = (ink.astype(np.float32) - paper) * (255.0 / (dark - paper))
    return np.clip(stretched, 0, 255).astype(np.uint8)


def padded(pictures: Sequence[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures of one height as (images_BCHW, widths_B), with paper at their right."""
    widths = [picture.shape[1] for picture in pictures]
    images = np.zeros((len(pictures), 1, HEIGHT, max(widths)), dtype=np.uint8)
    for image, picture in zip(images, pictures, strict=True):
        image[0, :, : picture.shape[1]] = picture
    return torch.from_numpy(images), torch.tensor(widths)


def label_batch(labels: Sequence[tuple[np.ndarray, str]]) -> LabelBatch:
    """Prepared pictures and their texts as a batch."""
    images_BCHW, widths_B = padded([picture for picture, _ in labels])
    ids = [encoded(text) for _, text in labels]
    ids_BL = torch.zeros(len(ids), max(map(len, ids)), dtype=torch.int64)
    for row, one in zip(ids_BL, ids, strict=True):
        row[: len(one)] = torch.tensor(one)
    lengths_B = torch.tensor([len(one) for one in ids])
    return LabelBatch(tuple(text for _, text in labels), images_BCHW, widths_B, ids_BL, lengths_B)


def drawn_label(
    settings: LabelDataSettings, generator: np.random.Generator
) -> tuple[np.ndarray, str]:
    """A prepared picture of a random label, drawn and degraded, and its text."""
    while True:
        text = random_label(generator)
        picture = draw_label(text, generator)
        ink = _legibly_degraded(picture.ink, picture.capital, settings.degrade, generator)
        prepared_ink = prepared(ink)
        # paths need a column for every letter and a blank between equal ones
        if prepared_ink.shape[1] >= 6 * len(text) and prepared_ink.max() > 0:
            return prepared_ink, text


def _legibly_degraded(
    ink: np.ndarray, capital: float, settings: DegradeSettings, generator: np.random.Generator
) -> np.ndarray:
    if capital < SMALL:
        settings = replace(settings, strokes=settings.strokes / 3, rough=0.0, breaks=0.0, chain=0.0)
    for _ in range(DEGRADE_TRIES):
        worse = degrade(ink, capital / CAPITAL, settings, generator)
        if _legible(ink, worse, capital):
            return worse
    return ink


def _legible(clean: np.ndarray, worse: np.ndarray, capital: float) -> bool:
    """Whether strokes are still where they were and the paper between them still is paper."""
    dark = clean > 0.5 * clean.max()
    most = float(worse.max())
    kept = float((worse > 0.4 * most)[dark].mean())
    side = 2 * max(1, round(0.07 * capital)) + 1
    near = cv2.dilate(dark.view(np.uint8), np.ones((side, side), np.uint8)).astype(bool)
    added = float((worse > 0.5 * most)[~near].sum()) / max(float(dark.sum()), 1.0)
    return most > 0 and kept >= LEAST_INK and added <= MOST_ADDED


class LabelSource(torch.utils.data.Dataset):
    """Place n holds the batches of pool ``first + n`` of one epoch."""

    def __init__(self, settings: LabelDataSettings, *, seed: int, epoch: int, pools: range) -> None:
        self.settings, self.seed, self.epoch, self.pools = settings, seed, epoch, pools

    def __len__(self) -> int:
        return len(self.pools)

    def __getitem__(self, place: int) -> list[LabelBatch]:
        settings = self.settings
        generator = np.random.default_rng([self.seed, self.epoch, self.pools[place]])
        count = settings.labels * settings.pool
        labels = [drawn_label(settings, generator) for _ in range(count)]
        labels.sort(key=lambda label: label[0].shape[1])
        order = generator.permutation(settings.pool).tolist()
        size = settings.labels
        return [label_batch(labels[size * n : size * (n + 1)]) for n in order]
