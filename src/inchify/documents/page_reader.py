"""Layout analysis of a page: molecules, text lines, labels and crops.

A detector is any object with ``find``. Detections are made on the upright page and returned in
pixels of the original page.

Shape letters: H and W pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import numpy as np

from inchify.data.pictures.scaling import intensity_of_gray
from inchify.documents.compound_id_patterns import is_label, is_second_line, may_be_atoms
from inchify.documents.compound_ids import named
from inchify.documents.connected_components import Components, components_of
from inchify.documents.crops import drawing_crop, is_cut, line_crop, signed
from inchify.documents.label_matching import PairingSettings
from inchify.documents.line_classification import classify, first_kinds, joined
from inchify.documents.line_refinement import missed, refined, without_bonds
from inchify.documents.mask_expansion import ExpandedRegions, expand_masks, votes_of
from inchify.documents.orientation import (
    Straightening,
    legibility,
    majority_rotation,
    skew_of,
    turn_of_text,
)
from inchify.types import Box, Page, Prediction, Region, TextLine

Turn = Literal["auto", 0, 90, 180, 270]
# The least confidence in the text of a line that no detector found.
MIN_TEXT_CONFIDENCE = 0.5
# The number of lines that are read to find a page's orientation.
TRIED = 16
TURNS: tuple[Turn, ...] = ("auto", 0, 90, 180, 270)


class MoleculeDetector(Protocol):
    """Finds drawings. Where it has ``analyze``, which returns ``regions`` and ``chances`` (a map of
    how likely foreground is a molecule's), that is called instead."""

    def find(self, intensity: np.ndarray, dots_per_inch: float) -> Sequence[Region]: ...


class LineDetector(Protocol):
    """Finds lines of text."""

    def find(self, intensity: np.ndarray, dots_per_inch: float) -> Sequence[TextLine]: ...


class LineRecognizer(Protocol):
    """Reads crops of lines, foreground uint8 (h, w): (text, confidence) of each."""

    def read(self, crops: Sequence[np.ndarray]) -> list[tuple[str, float]]: ...


@dataclass(frozen=True, kw_only=True)
class PageSettings:
    """``turn``: degrees by which pages stand rotated clockwise, "auto" to ask the drawings;
    ``deskew``: whether crooked scans are straightened; ``least_line`` score of a line."""

    turn: Turn = "auto"
    deskew: bool = True
    least_line: float = 0.0
    pairing: PairingSettings = field(default_factory=PairingSettings)

    def __post_init__(self) -> None:
        if self.turn not in TURNS:
            raise ValueError(
                f"'turn' is {self.turn!r}; it must be one of {', '.join(map(str, TURNS))}"
            )
        if not 0 <= self.least_line <= 1:
            raise ValueError(f"'least_line' is {self.least_line}; it must be between 0 and 1")


@dataclass(frozen=True)
class ReadPage:
    """A page and what belongs to it. ``crops``: gray uint8 (h, w), 255 paper, of each region's
    foreground alone, upright; ``labels``: for each region the line that names it, or None;
    ``molecules``: one prediction for each region where the reader has a function for them; ``cut``:
    for each region whether foreground that its crop does not show touches it: such a molecule is
    never verified."""

    page: Page
    crops: tuple[np.ndarray, ...] = field(default=(), repr=False)
    labels: tuple[int | None, ...] = ()
    molecules: tuple[Prediction, ...] = ()
    cut: tuple[bool, ...] = ()
    turn: int = 0
    skew: float = 0.0


@dataclass(frozen=True)
class _Upright:
    """A page made upright: its foreground, the drawings found there and how likely foreground is
    theirs."""

    straightening: Straightening
    intensity: np.ndarray
    regions: list[Region]
    chances: np.ndarray | None


def unless_cut(prediction: Prediction, cut: bool) -> Prediction:
    """The prediction, not verified where its drawing was cut off."""
    return replace(prediction, verified=prediction.verified and not cut)


class PageReader:
    """Reads pages with given finders and readers. ``molecules``: crops -> predictions, if crops
    are to be read at once."""

    def __init__(
        self,
        regions: MoleculeDetector,
        lines: LineDetector,
        text: LineRecognizer,
        molecules: Callable[[Sequence[np.ndarray]], Sequence[Prediction]] | None = None,
        settings: PageSettings | None = None,
    ) -> None:
        self.regions, self.lines, self.text = regions, lines, text
        self.molecules, self.settings = molecules, settings or PageSettings()

    def read(self, gray: np.ndarray, number: int = 1, dots_per_inch: float = 200.0) -> ReadPage:
        """Analyze a page.

        Args:
            gray: uint8 (H, W), on a light or dark background.
            number: The page's number, from 1.
            dots_per_inch: Its resolution.

        Returns:
            The page, its crops and labels. A page that breaks the analysis has an ``error``.

        Raises:
            ValueError: For an array of another type or shape.
        """
        if gray.ndim != 2 or gray.dtype != np.uint8 or not gray.size:
            raise ValueError(
                f"the page is an array of {gray.dtype} {gray.shape}; "
                "it must be uint8 (height, width)"
            )
        height, width = gray.shape
        try:
            return self._read(intensity_of_gray(gray), number, dots_per_inch)
        except Exception as error:  # a page is one of a thousand
            message = f"page {number}: {type(error).__name__}: {error}"
            return ReadPage(Page(number, width, height, error=message))

    def _read(self, intensity: np.ndarray, number: int, dots_per_inch: float) -> ReadPage:
        height, width = intensity.shape
        upright = self._upright(intensity, dots_per_inch)
        components, lines = self._lines(upright, dots_per_inch)
        if more := self._turn_of_text(upright.intensity, lines, dots_per_inch):
            upright = self._analyze(intensity, upright.straightening.quarters + more, dots_per_inch)
            components, lines = self._lines(upright, dots_per_inch)
        intensity = upright.intensity
        hints = first_kinds(lines, upright.regions)
        expanded = expand_masks(upright.regions, intensity, upright.chances, hints, components)
        regions, region_HW = _with_foreground(expanded)
        lines = classify(
            self._read_again(lines, intensity, region_HW), regions, intensity, region_HW
        )
        lines, pairs, labels = named(regions, lines, self.settings.pairing)
        crops = tuple(
            drawing_crop(intensity, region, region_HW, place)
            for place, region in enumerate(regions)
        )
        back = upright.straightening
        page = Page(
            number,
            width,
            height,
            tuple(_region_back(region, back) for region in regions),
            tuple(
                replace(line, box=back.box_back(line.box), angle=_angle_back(line.angle, back))
                for line in lines
            ),
            tuple(pairs),
        )
        cut = tuple(
            is_cut(intensity, region, region_HW, place) for place, region in enumerate(regions)
        )
        molecules = tuple(self.molecules(crops)) if self.molecules and crops else ()
        molecules = tuple(map(unless_cut, molecules, cut))
        rotation = (-90 * back.quarters) % 360
        return ReadPage(page, crops, labels, molecules, cut, rotation, -back.degrees or 0.0)

    def _upright(self, intensity: np.ndarray, dots_per_inch: float) -> _Upright:
        """The page as it should be read, and the drawings on it."""
        wanted = self.settings.turn
        quarters = 0 if wanted == "auto" else (-wanted // 90) % 4
        upright = self._analyze(intensity, quarters, dots_per_inch)
        if wanted == "auto" and (more := majority_rotation(upright.regions)):
            upright = self._analyze(intensity, more, dots_per_inch)
        return upright

    def _analyze(self, intensity: np.ndarray, quarters: int, dots_per_inch: float) -> _Upright:
        height, width = intensity.shape
        way = Straightening(height, width, quarters)
        upright = way.apply(intensity)
        if self.settings.deskew and (skew := skew_of(upright)):
            way = replace(way, degrees=-skew)
            upright = way.apply(intensity)
        if (analyze := getattr(self.regions, "analyze", None)) is not None:
            analysis = analyze(upright, dots_per_inch)
            return _Upright(way, upright, list(analysis.regions), analysis.chances)
        return _Upright(way, upright, list(self.regions.find(upright, dots_per_inch)), None)

    def _turn_of_text(
        self, intensity: np.ndarray, lines: Sequence[TextLine], dots_per_inch: float
    ) -> int:
        """Quarter turns clockwise by which the text is read best, where ``turn`` is "auto"."""
        if self.settings.turn != "auto":
            return 0

        def turned(quarters: int) -> float:
            rotated = np.ascontiguousarray(np.rot90(intensity, -quarters))
            slim_lines = sorted(self.lines.find(rotated, dots_per_inch), key=_slimness)[-TRIED:]
            return legibility(self.text.read([line_crop(rotated, line) for line in slim_lines]))

        return turn_of_text(legibility((line.text, line.confidence) for line in lines), turned)

    def _lines(self, upright: _Upright, dots_per_inch: float) -> tuple[Components, list[TextLine]]:
        """The components of a page's foreground; the lines of the detector, refined and read, and
        labels that it missed."""
        intensity = upright.intensity
        components = components_of(intensity, [region.box for region in upright.regions])
        votes_N = votes_of(components, upright.chances)
        candidates = self.lines.find(intensity, dots_per_inch)
        detected = [line for line in candidates if line.score >= self.settings.least_line]
        detected = refined(detected, components, votes_N)
        lines = self._with_texts(detected, [line_crop(intensity, line) for line in detected])
        if votes_N is None:  # an atom's letters could not be told from a label's
            return components, joined(lines)
        lines = without_bonds(lines, components, votes_N)
        more = missed(lines, components, votes_N)
        more = self._with_texts(more, [line_crop(intensity, line) for line in more])
        more = without_bonds(more, components, votes_N)
        more = [line for line in more if line.confidence >= MIN_TEXT_CONFIDENCE and _names(line)]
        return components, joined(lines + more)

    def _with_texts(self, lines: Sequence[TextLine], crops: Sequence[np.ndarray]) -> list[TextLine]:
        """Lines with what was read; a detector may have read them already."""
        open_places = [place for place, line in enumerate(lines) if not line.text]
        read = self.text.read([crops[place] for place in open_places]) if open_places else []
        texts = dict(zip(open_places, read, strict=True))
        return [
            line
            if place not in texts
            else replace(line, text=texts[place][0], confidence=texts[place][1])
            for place, line in enumerate(lines)
        ]

    def _read_again(
        self, lines: list[TextLine], intensity: np.ndarray, region_HW: np.ndarray
    ) -> list[TextLine]:
        """Lines into whose boxes a drawing reaches are read without its foreground."""
        clean = [line_crop(intensity, line, region_HW) for line in lines]
        again = [
            place
            for place, line in enumerate(lines)
            if clean[place].any() and not np.array_equal(clean[place], line_crop(intensity, line))
        ]
        if not again:
            return lines
        texts = self.text.read([clean[place] for place in again])
        lines = list(lines)
        for place, (text, confidence) in zip(again, texts, strict=True):
            lines[place] = replace(lines[place], text=text, confidence=confidence)
        return lines


def reading_order(boxes: Sequence[Box]) -> list[int]:
    """Places of boxes row by row from the top, in a row from the left. Boxes stand in one row where
    they share half of the lower one's height."""
    rows: list[list[int]] = []
    for place in sorted(range(len(boxes)), key=lambda index: (boxes[index][1], boxes[index][0])):
        top, bottom = boxes[place][1], boxes[place][3]
        for row in rows:
            first = boxes[row[0]]
            shared = min(bottom, first[3]) - max(top, first[1])
            if shared >= 0.5 * min(bottom - top, first[3] - first[1]):
                row.append(place)
                break
        else:
            rows.append([place])
    return [place for row in rows for place in sorted(row, key=lambda index: boxes[index][0])]


def _with_foreground(expanded: ExpandedRegions) -> tuple[list[Region], np.ndarray]:
    """Regions with foreground, in reading order, and the map of regions in that order."""
    assigned = set(np.unique(expanded.region_HW).tolist())
    kept = [place for place in range(len(expanded.regions)) if place + 1 in assigned]
    kept = [kept[place] for place in reading_order([expanded.regions[place].box for place in kept])]
    table = np.zeros(len(expanded.regions) + 1, np.uint16)
    for new, old in enumerate(kept, 1):
        table[old + 1] = new
    return [expanded.regions[place] for place in kept], table[expanded.region_HW]


def _slimness(line: TextLine) -> float:
    left, top, right, bottom = line.box
    return (right - left) / max(bottom - top, 1.0)


def _names(line: TextLine) -> bool:
    """Whether a line that no detector found is useful: a label, or what follows one."""
    if is_second_line(line.text):
        return True
    return is_label(line.text) and not may_be_atoms(line.text)


def _region_back(region: Region, way: Straightening) -> Region:
    angle = _angle_back(region.angle, way)
    return replace(region, box=way.box_back(region.box), angle=angle)


def _angle_back(angle: float, way: Straightening) -> float:
    return round(signed(way.angle_back(angle)), 2) or 0.0
