"""Pages put together from drawn molecules and printed words, with all their truth; finders that
know it. Processes can import this quickly.

Shape letters: H and W pixels.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from inchify.documents.page_reader import PageReader, PageSettings
from inchify.readers.files.pool import Question, ReadingSettings
from inchify.types import Box, Prediction, Region, TextLine

SMILES = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1CCC[C@H]1c1cccnc1",
    "O=C(O)CC(O)(CC(=O)O)C(=O)O",
    "Clc1ccc(cc1)C(c1ccccc1)N1CCNCC1",
    "COc1ccc2[nH]cc(CCN)c2c1",
    "CC(C)(C)OC(=O)N1CCC(O)CC1",
)


METHANE = """
     inchify

  1  0  0  0  0  0  0  0  0  0999 V2000
   12.0000   -7.0000    0.0000 C   0  0
M  END
"""


@dataclass(frozen=True)
class Composed:
    """``intensity`` uint8 (H, W), 255 full; ``region_ids`` uint8 (H, W): k + 1 where region k has
    ink."""

    intensity: np.ndarray
    regions: tuple[Region, ...]
    lines: tuple[TextLine, ...]
    pairs: tuple[tuple[int, int], ...]
    region_ids: np.ndarray

    @property
    def gray(self) -> np.ndarray:
        """The page as a scanner gives it."""
        return 255 - self.intensity


@cache
def drawings() -> tuple[np.ndarray, ...]:
    """Ink of some molecules, cut to it, as large as 300 x 260 pixels allow."""
    from inchify.data.pictures.scaling import rescale
    from inchify.synthetic.style_mix import draw_molecule

    found = []
    for seed, smiles in enumerate(SMILES):
        intensity = draw_molecule(smiles, "rdkit", np.random.default_rng(seed)).intensity
        scale = min(300 / intensity.shape[1], 260 / intensity.shape[0])
        # RDKit's coloured letters are pale
        intensity = np.minimum(rescale(intensity, (scale, scale)) * 2.5, 255).astype(np.uint8)
        rows, columns = np.nonzero(intensity > 64)
        found.append(intensity[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
    return tuple(found)


def words(text: str, size: int = 24) -> np.ndarray:
    """Ink of a printed line."""
    from inchify.synthetic.text_lines.fonts import page_fonts, render_text

    return render_text(text, page_fonts(text)[0], size).intensity


class Sheet:
    """A page on which things are put."""

    def __init__(self, height: int = 1100, width: int = 900) -> None:
        self.intensity = np.zeros((height, width), np.uint8)
        self.region_ids = np.zeros((height, width), np.uint8)
        self.regions: list[Region] = []
        self.lines: list[TextLine] = []
        self.pairs: list[tuple[int, int]] = []

    def put(self, intensity: np.ndarray, left: int, top: int) -> Box:
        """Ink at a place; returns its box."""
        height, width = intensity.shape
        window = self.intensity[top : top + height, left : left + width]
        assert window.shape == intensity.shape, "this is beside the page"
        np.maximum(window, intensity, out=window)
        return float(left), float(top), float(left + width), float(top + height)

    def molecule(self, number: int, left: int, top: int, turn: int = 0) -> int:
        """A drawing, turned by so many quarters clockwise; returns its place."""
        intensity = np.rot90(drawings()[number % len(SMILES)], -turn)
        box = self.put(intensity, left, top)
        self.regions.append(Region(box, angle=90.0 * turn))
        place = (slice(top, top + intensity.shape[0]), slice(left, left + intensity.shape[1]))
        self.region_ids[place][intensity > 64] = len(self.regions)
        return len(self.regions) - 1

    def line(self, text: str, left: int, top: int, kind: str = "body", size: int = 24) -> int:
        """A printed line; returns its place."""
        box = self.put(words(text, size), left, top)
        self.lines.append(TextLine(box, text, 1.0, kind))  # type: ignore[arg-type]
        return len(self.lines) - 1

    def labelled(self, number: int, left: int, top: int, text: str) -> None:
        """A drawing with its label below."""
        region = self.molecule(number, left, top)
        box = self.regions[region].box
        label = words(text)
        middle = int((box[0] + box[2] - label.shape[1]) / 2)
        line = self.line(text, middle, int(box[3]) + 14, "label")
        self.pairs.append((region, line))

    def done(self) -> Composed:
        return Composed(
            self.intensity,
            tuple(self.regions),
            tuple(self.lines),
            tuple(self.pairs),
            self.region_ids,
        )


@cache
def page(number: int = 1) -> Composed:
    """Four molecules with labels in two rows, running text above, a caption below."""
    sheet = Sheet()
    sheet.line(f"{number} molecules were found in the leaves of this plant and", 60, 40)
    sheet.line("all of them were drawn with their numbers as they are here", 60, 76)
    labels = (f"{number}a", f"{number}b, 92%", f"(±)-{number}c", f"rac-{number}d")
    for place, label in enumerate(labels):
        left, top = 90 + 420 * (place % 2), 180 + 400 * (place // 2)
        sheet.labelled(number + place, left, top, label)
    sheet.line(f"Figure {number}. Molecules of this page.", 60, 1010, "caption")
    return sheet.done()


@dataclass(frozen=True)
class KnowingFinder:
    """Finds what stands on the composed page that it is shown; boxes cut by ``cut`` of a side."""

    pages: Sequence[Composed]
    cut: float = 0.06

    def find(self, intensity: np.ndarray, dots_per_inch: float = 200.0) -> list[Region]:
        found = self._page(intensity)
        return [replace(one, box=shrunk(one.box, self.cut)) for one in found.regions]

    def _page(self, intensity: np.ndarray) -> Composed:
        same = [page for page in self.pages if page.intensity.shape == intensity.shape]
        if not same:
            return Composed(intensity, (), (), (), intensity)
        sample = intensity[::7, ::7].astype(int)
        return min(same, key=lambda page: int(np.abs(page.intensity[::7, ::7] - sample).sum()))


@dataclass(frozen=True)
class KnowingLines(KnowingFinder):
    """The same for lines of text."""

    def find(self, intensity: np.ndarray, dots_per_inch: float = 200.0) -> list[TextLine]:  # type: ignore[override]
        return [replace(line, kind="") for line in self._page(intensity).lines]


class NoText:
    """Reads nothing: the lines bring their texts."""

    def read(self, crops: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        return [("", 0.0)] * len(crops)


def shrunk(box: Box, share: float) -> Box:
    """A box whose sides lie further in by a share of its sides."""
    wide, high = share * (box[2] - box[0]), share * (box[3] - box[1])
    return box[0] + wide, box[1] + high, box[2] - wide, box[3] - high


def knowing_reader(count: int = 3, settings: PageSettings | None = None) -> PageReader:
    """A reader of the composed pages 1 to ``count``."""
    pages = [page(number) for number in range(1, count + 1)]
    return PageReader(KnowingFinder(pages), KnowingLines(pages), NoText(), settings=settings)


def answer(question: Question, settings: ReadingSettings) -> Prediction:
    """Stands for the molecules' reader: an answer made from the crop's bytes."""
    import hashlib

    assert isinstance(question.path, np.ndarray)
    digest = hashlib.sha256(question.path.tobytes()).hexdigest()
    chance = int(digest[:2], 16) / 256
    return Prediction(
        question.image_id, "InChI=1S/CH4/h1H4", "C", chance, verified=chance > 0.5, molfile=METHANE
    )


def bare_answer(question: Question, settings: ReadingSettings) -> Prediction:
    """An InChI that no graph stands behind."""
    return Prediction(question.image_id, "InChI=1S/C2H6/c1-2/h1-2H3", "CC", 0.5)


def refusing_answer(question: Question, settings: ReadingSettings) -> Prediction:
    """The same, but the second region of a page shows no molecule."""
    if question.image_id.endswith("_m02"):
        error = "no molecule found (chance of a molecule 0.02)"
        return Prediction(question.image_id, "", error=error)
    return answer(question, settings)


def slow_answer(question: Question, settings: ReadingSettings) -> Prediction:
    """The same, later."""
    time.sleep(0.15)
    return answer(question, settings)
