"""Whole pages with their truth in; how well molecules, labels and pairs are found, and how long
each stage takes, out.

    python -m tests.benchmarks.pages [FOLDER] [--drawn N] [--regions DIR] [--text-lines DIR]
        [--lines DIR] [--seed S] [--each]

FOLDER holds pictures of pages and ``truth.json`` (``pairs`` of ``label``, ``label_bbox`` and
``mol_bbox``; ``extra_mols``; boxes are [x, y, width, height]). ``--drawn``: so many pages drawn
with molecules that no training saw. Weights default to the shipped ones; without those of a stage
the stage is left out, and the report says so. One core; molecules are not read. Every stage is
told with true and with found inputs, so that an error has a place. Nothing may be tuned on FOLDER.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from tests.benchmarks.page_scores import PageScores, TruePage, f1, overlap, same_text, spread

from inchify.data.pictures.scaling import intensity_of_gray
from inchify.documents.compound_id_patterns import is_second_line
from inchify.documents.crops import line_crop
from inchify.documents.label_matching import pair
from inchify.documents.mask_expansion import grow
from inchify.documents.page_reader import PageReader
from inchify.readers.pretrained import shipped
from inchify.types import Box, Page, TextLine

MOLECULES = Path("input/sample/molecules.smi.gz")
# Share of an own drawing's ink that a map of owners may lack, and of others' that it may have.
FORGIVEN = 0.002
INKED = 64


@dataclass(frozen=True)
class Sheet:
    """A page (``gray`` uint8 (H, W), 255 paper) with its truth. ``region_ids``: uint8 (H, W), k + 1
    where molecule k has ink, where that is known."""

    name: str
    gray: np.ndarray
    dots_per_inch: float
    truth: TruePage
    region_ids: np.ndarray | None = None


@dataclass
class Clock:
    """Seconds of each stage."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def timed(self, stage: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            begin = time.perf_counter()
            try:
                return act(*arguments)
            finally:
                self.seconds[stage] += time.perf_counter() - begin

        return timed


class Regions:
    """A finder of molecules whose time is taken."""

    def __init__(self, detector: Any, clock: Clock) -> None:
        self.look = clock.timed("finding molecules", detector.look)
        self.find = clock.timed("finding molecules", detector.find)


class Lines:
    """A finder of lines whose time is taken; without one no line is found."""

    def __init__(self, detector: Any, clock: Clock) -> None:
        found = detector.find if detector is not None else lambda *seen: []
        self.find = clock.timed("finding lines", found)


class Text:
    """A reader of lines whose time is taken; without one nothing is read."""

    def __init__(self, reader: Any, clock: Clock) -> None:
        self.read = clock.timed("reading text", reader.read if reader is not None else _nothing)


def _nothing(crops: Sequence[np.ndarray]) -> list[tuple[str, float]]:
    return [("", 0.0)] * len(crops)


def pages_of(folder: Path) -> Iterator[Sheet]:
    """The pages that a folder's truth.json names."""
    from inchify.documents.sources import PageSource

    content = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for entry in content["pages"]:
        with PageSource(folder / entry["file"]) as source:
            picture = source.page(1)
        if picture.error:
            raise ValueError(picture.error)
        pairs = entry["pairs"]
        molecules = [_box(one["mol_bbox"]) for one in pairs]
        molecules += [_box(box) for box in entry.get("extra_mols", ())]
        truth = TruePage(
            tuple(molecules),
            tuple((_box(one["label_bbox"]), one["label"]) for one in pairs),
            tuple((place, place) for place in range(len(pairs))),
        )
        yield Sheet(entry["file"], picture.gray, picture.dots_per_inch, truth)


def drawn_pages(count: int, seed: int) -> Iterator[Sheet]:
    """Drawn pages of molecules that no training has seen."""
    from inchify.synthetic.molecules.library import MoleculeLibrary
    from inchify.synthetic.pages import draw_page

    library = MoleculeLibrary.load(MOLECULES, held_back=True)
    for number in range(count):
        drawn = draw_page(library, np.random.default_rng([seed, number]))
        places = [
            place
            for place, line in enumerate(drawn.lines)
            if line.kind == "label" and line.text and not is_second_line(line.text)
        ]
        label = {place: new for new, place in enumerate(places)}
        truth = TruePage(
            tuple(region.box for region in drawn.regions),
            tuple((drawn.lines[place].box, drawn.lines[place].text) for place in places),
            tuple((region, label[line]) for region, line in drawn.pairs if line in label),
        )
        name = f"drawn {number} ({drawn.layout})"
        yield Sheet(name, 255 - drawn.intensity, drawn.dots_per_inch, truth, drawn.region_ids)


def without_second_lines(page: Page) -> Page:
    """The page as truth has it: yields and ratios below a label are no labels and in no pair."""
    kinds = [
        "body" if line.kind == "label" and is_second_line(line.text) else line.kind
        for line in page.lines
    ]
    lines = tuple(replace(line, kind=kind) for line, kind in zip(page.lines, kinds, strict=True))
    pairs = tuple(one for one in page.pairs if kinds[one[1]] == "label")
    return replace(page, lines=lines, pairs=pairs)


def _box(box: Sequence[float]) -> Box:
    x, y, width, height = box
    return x, y, x + width, y + height


@dataclass
class Figures:
    """Sums over a set of pages."""

    raw: PageScores = field(default_factory=PageScores)
    grown: PageScores = field(default_factory=PageScores)
    whole: PageScores = field(default_factory=PageScores)
    each: list[PageScores] = field(default_factory=list)
    ious: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    clock: Clock = field(default_factory=Clock)
    pages: int = 0


def measure(
    sheets: Iterator[Sheet], regions: Any, lines: Any, text: Any, tell: Callable[[str], None]
) -> Figures:
    """Every page through every stage that there is."""
    figures = Figures()
    reader: PageReader | None = None
    if regions is not None:
        reader = PageReader(
            Regions(regions, figures.clock), Lines(lines, figures.clock), Text(text, figures.clock)
        )
    for sheet in sheets:
        figures.pages += 1
        intensity = intensity_of_gray(sheet.gray)
        _with_true_boxes(figures, sheet, intensity, text)
        if reader is None:
            continue
        found = regions.look(intensity, sheet.dots_per_inch)
        grown = grow(found.regions, intensity, found.chances)
        inked = [region for place, region in enumerate(grown.regions) if grown.has_ink(place)]
        height, width = intensity.shape
        for scores, boxes in ((figures.raw, found.regions), (figures.grown, inked)):
            scores.add(sheet.truth, Page(1, width, height, tuple(boxes)), intensity)
        _ownership(figures, sheet, grown.regions, grown.region_HW, intensity)
        begin = time.perf_counter()
        read = reader.read(sheet.gray, 1, sheet.dots_per_inch)
        figures.clock.seconds["all of it"] += time.perf_counter() - begin
        if read.page.error:
            raise RuntimeError(f"{sheet.name}: {read.page.error}")
        before = figures.whole.pairs_right
        figures.each.append(PageScores())
        for scores in (figures.whole, figures.each[-1]):
            scores.add(sheet.truth, without_second_lines(read.page), intensity)
        tell(
            f"{sheet.name}: {len(read.page.regions)} of {len(sheet.truth.molecules)} molecules, "
            f"{figures.whole.pairs_right - before} of {len(sheet.truth.pairs)} pairs"
        )
    return figures


def _ownership(
    figures: Figures,
    sheet: Sheet,
    regions: Sequence[Any],
    region_HW: np.ndarray,
    intensity: np.ndarray,
) -> None:
    """Boxes after growing against the true ones; whose ink is whose, where that is known."""
    free = set(range(len(regions)))
    inked = intensity > INKED
    for place, box in enumerate(sheet.truth.molecules):
        best = max(((overlap(box, regions[one].box), one) for one in free), default=(0.0, -1))
        if best[0] < 0.5:
            continue
        free.remove(best[1])
        figures.ious.append(best[0])
        if sheet.region_ids is None:
            continue
        own, got = (sheet.region_ids == place + 1) & inked, (region_HW == best[1] + 1) & inked
        figures.counts["owners"] += 1
        figures.counts["all ink"] += int((own & ~got).sum()) <= FORGIVEN * own.sum()
        figures.counts["no other ink"] += int((got & ~own).sum()) <= FORGIVEN * own.sum()


def _with_true_boxes(figures: Figures, sheet: Sheet, intensity: np.ndarray, text: Any) -> None:
    """The reader on true boxes of labels, the rule of pairs on true boxes of both."""
    truth, counts = sheet.truth, figures.counts
    pairs = pair(truth.molecules, [box for box, _ in truth.labels])
    counts["pairs"] += len(truth.pairs)
    counts["pairs found"] += len(pairs)
    counts["pairs right"] += len(set(pairs) & set(truth.pairs))
    counts["labels"] += len(truth.labels)
    if text is not None and truth.labels:
        read = text.read([line_crop(intensity, TextLine(box)) for box, _ in truth.labels])
        counts["labels read"] += sum(
            same_text(found, true) for (found, _), (_, true) in zip(read, truth.labels, strict=True)
        )


def told(name: str, figures: Figures, missing: Sequence[str]) -> list[str]:
    """The figures as lines of text."""
    counts, lines = figures.counts, [f"## {name}: {figures.pages} pages"]
    if figures.raw.molecules and "regions" not in missing:
        lines += ["| molecules | AP50 | AP75 | P | R | complete |", "|---" * 6 + "|"]
        for kind, scores in (("found", figures.raw), ("grown", figures.grown)):
            shown = scores.report()
            cells = ("AP50", "AP75", "precision50", "recall50", "complete")
            lines.append(f"| {kind} | {' | '.join(f'{shown[cell]:.3f}' for cell in cells)} |")
        if figures.ious:
            lines.append(f"IoU of grown boxes in the middle: {np.median(figures.ious):.3f}")
        if owners := counts["owners"]:
            lines.append(
                f"of {owners} molecules {counts['all ink'] / owners:.2%} with all their ink, "
                f"{counts['no other ink'] / owners:.2%} without any other"
            )
    rule = f1(counts["pairs right"], counts["pairs"], counts["pairs found"])
    lines.append(f"pairs with true boxes: F1 {rule:.3f} ({counts['pairs']} pairs)")
    if "lines" not in missing and counts["labels"]:
        exact = counts["labels read"] / counts["labels"]
        lines.append(f"labels with true boxes: {exact:.3f} read exactly ({counts['labels']})")
    if "regions" in missing:
        return lines
    if not {"text_lines", "lines"} & set(missing):
        shown = figures.whole.report()
        labels = spread(figures.each, "labels_read", "labels", "labels_found")
        pairs = spread(figures.each, "pairs_right", "pairs", "pairs_found")
        lines.append(
            f"end to end: AP50 {shown['AP50']:.3f}, labels F1 {shown['label_f1']:.3f} ± "
            f"{labels:.3f}, pairs F1 {shown['pair_f1']:.3f} ± {pairs:.3f}"
        )
    clock = dict(figures.clock.seconds)
    whole = clock.pop("all of it", 0.0)
    clock["all else (turning, growing, crops)"] = whole - sum(clock.values())
    clock["together"] = whole
    lines += ["| stage | seconds a page |", "|---|---|"]
    lines += [f"| {stage} | {value / figures.pages:.2f} |" for stage, value in clock.items()]
    return lines


def finders(folders: dict[str, Path | None]) -> tuple[dict[str, Any], list[str]]:
    """What could be loaded, and the names of what is missing."""
    loaded: dict[str, Any] = {}
    for name, folder in folders.items():
        folder = folder or shipped(name)
        if folder is None:
            continue
        if name == "regions":
            from inchify.readers.molecule_detector import MoleculeDetector

            loaded[name] = MoleculeDetector.load(folder)
        elif name == "lines":
            from inchify.readers.line_recognizer import LineRecognizer

            loaded[name] = LineRecognizer.load(folder)
        else:
            from inchify.readers.line_detector import FOR_PAGES, LineDetector

            loaded[name] = LineDetector.load(folder, FOR_PAGES)
    return loaded, [name for name in folders if name not in loaded]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--drawn", type=int, default=0, help="drawn pages")
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--regions", type=Path)
    parser.add_argument("--text-lines", type=Path)
    parser.add_argument("--lines", type=Path)
    parser.add_argument("--each", action="store_true", help="a line of text for each page")
    arguments = parser.parse_args()
    if arguments.folder is None and not arguments.drawn:
        parser.error("name a FOLDER, or --drawn pages")
    import torch

    torch.set_num_threads(1)
    loaded, missing = finders(
        {
            "regions": arguments.regions,
            "text_lines": arguments.text_lines,
            "lines": arguments.lines,
        }
    )
    for name in missing:
        print(f"no weights of {name} (src/inchify/weights/{name}): its stages are left out")
    sets: list[tuple[str, Iterator[Sheet]]] = []
    if arguments.folder is not None:
        sets.append((arguments.folder.name, pages_of(arguments.folder)))
    if arguments.drawn:
        sets.append(("drawn pages", drawn_pages(arguments.drawn, arguments.seed)))
    tell: Callable[[str], None] = print if arguments.each else lambda words: None
    for name, sheets in sets:
        regions, lines, text = (loaded.get(part) for part in ("regions", "text_lines", "lines"))
        print(
            "\n".join(told(name, measure(sheets, regions, lines, text, tell), missing)), flush=True
        )


if __name__ == "__main__":
    main()
