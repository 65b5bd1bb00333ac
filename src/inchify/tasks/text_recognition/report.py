"""Statistics of the training lines of a text-recognition configuration.

Sizes, contrast, letters, doubles, and what the network could not learn from. Shape letters: H and W
pixels. Pictures are uint8, 255 where there is full foreground.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

from inchify.data.line_pictures import prepared
from inchify.tasks.text_recognition.data import LineDrawer, fits
from inchify.tasks.text_recognition.real_lines import RealLines, plain_picture
from inchify.tasks.text_recognition.settings import TextSettings

SHARES = (0.0, 0.05, 0.5, 0.95, 1.0)
Crop = tuple[np.ndarray, str]  # the picture as it was cut, and its text


@dataclass(frozen=True)
class TextReport:
    """Statistics of the lines of one source. ``measures``: name -> values at ``SHARES`` of the
    lines; ``letters`` -> how often; ``left_out``: reason -> lines that are no use; ``doubles``:
    what is there twice -> lines beyond the first; ``examples``."""

    name: str
    lines: int
    measures: dict[str, tuple[float, ...]]
    letters: Counter[str]
    left_out: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    doubles: dict[str, int] = field(default_factory=dict)
    missing: str = ""
    examples: tuple[Crop, ...] = ()

    def rows(self) -> list[tuple[str, str]]:
        """The report as names and values."""
        rows = [("lines", f"{self.lines:,}")]
        for name, values in self.measures.items():
            rows.append((name, "  ".join(f"{value:.4g}" for value in values)))
        common = "".join(letter for letter, _ in self.letters.most_common(30))
        rows.append(("letters", f"{sum(self.letters.values()):,}, {len(self.letters)} different"))
        rows.append(("commonest letters", common))
        rows.append(("letters of the alphabet that never come", self.missing or "none"))
        odd = ", ".join(f"{letter!r} {count}" for letter, count in self.unknown.items())
        rows.append(("letters that the alphabet lacks", odd or "none"))
        rows += [(f"left out: {reason}", f"{count:,}") for reason, count in self.left_out.items()]
        rows += [(f"doubles: {what}", f"{count:,}") for what, count in self.doubles.items()]
        return rows

    def brief(self) -> list[str]:
        """The report in five lines."""

        def middle(name: str) -> str:
            low, high = self.measures[name][1], self.measures[name][3]
            return f"{self.measures[name][2]:.4g} ({low:.4g} to {high:.4g})"

        left = ", ".join(f"{count} {why}" for why, count in self.left_out.items() if count)
        return [
            f"{self.name}: {self.lines:,} lines; left out: {left or 'none'}",
            f"  height {middle('height')} px, ratio {middle('width / height')}",
            f"  {middle('letters of a line')} letters, {len(self.letters)} different; lacking in "
            f"the alphabet: {''.join(self.unknown) or 'none'}",
            f"  contrast {middle('contrast')} of 255, sharpness {middle('sharpness')}",
            "  doubles: " + ", ".join(f"{count} {what}" for what, count in self.doubles.items()),
        ]


def drawn_report(settings: TextSettings, count: int, *, seed: int = 0) -> TextReport:
    """Statistics of synthetic lines, before they are resized.

    Args:
        settings: The configuration.
        count: Number of lines to draw.
        seed: Determines the lines.

    Returns:
        The report.
    """
    drawer, generator = LineDrawer(settings), np.random.default_rng([seed, 1])
    crops = (drawer.crop(generator) for _ in range(count))
    return _report("drawn", ((intensity, text) for text, intensity, _ in crops), settings)


def real_report(settings: TextSettings, real: RealLines) -> TextReport:
    """Statistics of the real lines that are not held out.

    Args:
        settings: The configuration.
        real: The lines.

    Returns:
        The report, with the lines left out and the unknown letters.
    """
    lines = (*real.training, *real.validation)
    report = _report("real", ((plain_picture(line), line.text) for line in lines), settings)
    left_out = {**real.left_out, **report.left_out}
    return TextReport(**{**vars(report), "left_out": left_out, "unknown": real.unknown})


def _report(name: str, crops: Iterable[Crop], settings: TextSettings) -> TextReport:
    measures: dict[str, list[float]] = {}
    letters: Counter[str] = Counter()
    texts: Counter[str] = Counter()
    pictures: Counter[bytes] = Counter()
    left_out = Counter({"columns fewer than letters": 0, "no contrast": 0})
    examples: list[Crop] = []
    for intensity, text in crops:
        for measure, value in _measured(intensity, text):
            measures.setdefault(measure, []).append(value)
        letters.update(text)
        texts[text] += 1
        pictures[hashlib.sha256(repr(intensity.shape).encode() + intensity.tobytes()).digest()] += 1
        picture = prepared(intensity, settings.shape)
        left_out["no contrast"] += not picture.any()
        left_out["columns fewer than letters"] += not fits(text, picture.shape[1], settings)
        if len(examples) < 200:
            examples.append((intensity, text))
    lines = sum(texts.values())
    return TextReport(
        name,
        lines,
        {key: tuple(np.quantile(values, SHARES).tolist()) for key, values in measures.items()},
        letters,
        dict(left_out),
        doubles={"texts": lines - len(texts), "pictures": lines - len(pictures)},
        missing="".join(letter for letter in settings.alphabet if letter not in letters),
        examples=tuple(examples),
    )


def _measured(intensity: np.ndarray, text: str) -> Iterator[tuple[str, float]]:
    height, width = intensity.shape
    paper, dark = np.quantile(intensity, (0.1, 0.97)).tolist()
    yield "height", height
    yield "width", width
    yield "width / height", width / height
    yield "width / height of a letter", width / height / len(text)
    yield "letters of a line", len(text)
    yield "paper", paper
    yield "contrast", dark - paper
    # how steep edges are beside what the contrast allows
    edges = cv2.Laplacian(intensity, cv2.CV_32F)
    yield "sharpness", float(edges.std()) / max(dark - paper, 1.0)
