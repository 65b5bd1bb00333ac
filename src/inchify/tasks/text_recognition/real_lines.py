"""Real text lines for training and validation, from folders of annotated pages.

Shape letters: H and W pixels. Pictures are uint8, 255 where there is full foreground.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from inchify.chemistry.line_characters import unknown_letters, written
from inchify.data.degrade import DegradeSettings, degrade
from inchify.data.icdar_lines import RealLine, cut_lines, split_pages

# Real lines are worn already; a little more, and differently every time, so that few lines are not
# learned by heart.
WORSE = DegradeSettings(
    clean=0.5,
    strokes=0.25,
    rough=0.05,
    breaks=0.05,
    specks=0.05,
    chain=0.15,
    blur=0.2,
    threshold=0.15,
    tone=0.3,
    noise=0.2,
    jpeg=0.2,
)


@dataclass(frozen=True)
class RealLines:
    """``training`` and ``validation`` lines with texts in the alphabet's spelling; ``left_out``:
    reason -> number of lines; ``unknown``: character -> count."""

    training: tuple[RealLine, ...]
    validation: tuple[RealLine, ...]
    left_out: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)


def read_real_lines(
    folders: Sequence[str | Path],
    alphabet: str,
    *,
    held_out: int,
    validation: float = 0.0,
    limits: tuple[int, int] = (1, 60),
) -> RealLines:
    """The lines of the pages that are not held out; a share of them, by a hash of their position,
    is for validation. Raises ValueError where a folder or a page cannot be read, or nothing is
    left."""
    training: list[RealLine] = []
    judging: list[RealLine] = []
    left_out: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for folder in folders:
        pages, _ = split_pages(Path(folder), held_out)
        for page in pages:
            for line in cut_lines(page):
                text = written(line.text)
                odd = unknown_letters(text, alphabet)
                unknown.update(odd)
                if odd:
                    left_out["letters that the alphabet lacks"] += 1
                elif not limits[0] <= len(text) <= limits[1]:
                    left_out["too short or too long"] += 1
                else:
                    share = zlib.crc32(f"{Path(folder).name}/{line.name}".encode()) / 2**32
                    (judging if share < validation else training).append(replace(line, text=text))
    if not training:
        raise ValueError(f"no line to learn from in {', '.join(map(str, folders))}")
    return RealLines(tuple(training), tuple(judging), dict(left_out), dict(unknown))


def plain_picture(line: RealLine) -> np.ndarray:
    """Cut a line from its page.

    Args:
        line: The line with its surroundings.

    Returns:
        The pixels in the line's box.
    """
    left, top, right, bottom = line.frame
    return line.intensity[top:bottom, left:right]


def real_picture(line: RealLine, generator: np.random.Generator) -> np.ndarray:
    """The line with a random crop, stretch, rotation and degradation."""
    left, top, right, bottom = line.frame
    tall = bottom - top
    a, b, c, d = (tall * np.clip(generator.normal(0.03, 0.07, 4), -0.04, 0.25)).tolist()
    x, y = max(0, round(left - a)), max(0, round(top - b))
    intensity = line.intensity[y : max(round(bottom + d), y + 2), x : max(round(right + c), x + 2)]
    if generator.random() < 0.4:
        stretch = math.exp(generator.uniform(-0.18, 0.18))
        wide = max(4, round(intensity.shape[1] * stretch))
        intensity = cv2.resize(intensity, (wide, intensity.shape[0]), interpolation=cv2.INTER_AREA)
    if generator.random() < 0.25:
        height, width = intensity.shape
        maximum = min(0.02, 0.12 * height / width)
        angle = math.degrees(float(np.clip(generator.normal(0, 0.008), -maximum, maximum)))
        rotation = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
        intensity = cv2.warpAffine(
            intensity, rotation, (width, height), borderMode=cv2.BORDER_REPLICATE
        )
    return degrade(np.ascontiguousarray(intensity), 1.4 * tall, WORSE, generator)
