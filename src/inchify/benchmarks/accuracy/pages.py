"""Accuracy of molecules, labels and pairs on complete pages, and the time of each stage.

    python -m inchify.benchmarks.accuracy.pages [FOLDER] [--drawn N] [--regions DIR] [--text-lines
    DIR]
        [--lines DIR] [--seed S] [--each]

FOLDER holds pictures of pages and ``truth.json`` (``pairs`` of ``label``, ``label_bbox`` and
``mol_bbox``; ``extra_mols``; boxes are [x, y, width, height]). ``--drawn``: number of drawn pages,
with molecules that no training used. Weights default to the shipped ones; a stage without weights
is left out, and the report says so. One core; molecules are not read. Every stage is measured with
true and with detected inputs, to locate errors. Nothing may be tuned on FOLDER.
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

from inchify.benchmarks.accuracy.page_scores import (
    PageScores,
    TruePage,
    f1,
    overlap,
    same_text,
    spread,
)
from inchify.data.pictures.scaling import intensity_of_gray
from inchify.documents.compound_id_patterns import is_second_line
from inchify.documents.crops import line_crop
from inchify.documents.label_matching import pair
from inchify.documents.mask_expansion import expand_masks
from inchify.documents.page_reader import PageReader
from inchify.readers.pretrained import shipped
from inchify.types import Box, Page, TextLine

MOLECULES = Path("input/sample/molecules.smi.gz")
# Largest share of a molecule's foreground that its assigned region may lack, and of other
# foreground that it may contain.
FORGIVEN = 0.002
FOREGROUND_LEVEL = 64


@dataclass(frozen=True)
class Sheet:
    """A page (``gray`` uint8 (H, W), 255 paper) with its truth. ``region_ids``: uint8 (H, W), k + 1
    where molecule k has foreground, where that is known."""

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
    """A molecule detector with its time measured."""

    def __init__(self, detector: Any, clock: Clock) -> None:
        self.analyze = clock.timed("finding molecules", detector.analyze)
        self.find = clock.timed("finding molecules", detector.find)


class Lines:
    """A text-line detector with its time measured; without a detector there are no lines."""

    def __init__(self, detector: Any, clock: Clock) -> None:
        find = detector.find if detector is not None else lambda *pictures: []
        self.find = clock.timed("finding lines", find)


class Text:
    """A line reader with its time measured; without a reader all texts are empty."""

    def __init__(self, reader: Any, clock: Clock) -> None:
        self.read = clock.timed("reading text", reader.read if reader is not None else _nothing)


def _nothing(crops: Sequence[np.ndarray]) -> list[tuple[str, float]]:
    return [("", 0.0)] * len(crops)


def pages_of(folder: Path) -> Iterator[Sheet]:
    """Read the pages that a folder's truth.json names. Raises ValueError for unreadable pages."""
    from inchify.documents.sources import PageSource

    content = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for entry in content["pages"]:
        with PageSource(folder / entry["file"]) as source:
            picture = source.page(1)
        if picture.error:
            raise ValueError(picture.error)
        pairs = entry["pairs"]
        molecules = [_box(item["mol_bbox"]) for item in pairs]
        molecules += [_box(box) for box in entry.get("extra_mols", ())]
        truth = TruePage(
            tuple(molecules),
            tuple((_box(item["label_bbox"]), item["label"]) for item in pairs),
            tuple((place, place) for place in range(len(pairs))),
        )
        yield Sheet(entry["file"], picture.gray, picture.dots_per_inch, truth)


def drawn_pages(count: int, seed: int) -> Iterator[Sheet]:
    """Draw ``count`` pages with molecules that no training used."""
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
    """Adapt a page to the truth's convention: yields and ratios below a label are neither labels
    nor in pairs."""
    kinds = [
        "body" if line.kind == "label" and is_second_line(line.text) else line.kind
        for line in page.lines
    ]
    lines = tuple(replace(line, kind=kind) for line, kind in zip(page.lines, kinds, strict=True))
    pairs = tuple(item for item in page.pairs if kinds[item[1]] == "label")
    return replace(page, lines=lines, pairs=pairs)


def _box(box: Sequence[float]) -> Box:
    x, y, width, height = box
    return x, y, x + width, y + height


@dataclass
class Figures:
    """Sums over a set of pages."""

    raw: PageScores = field(default_factory=PageScores)
    expanded: PageScores = field(default_factory=PageScores)
    end_to_end: PageScores = field(default_factory=PageScores)
    each: list[PageScores] = field(default_factory=list)
    ious: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    clock: Clock = field(default_factory=Clock)
    pages: int = 0


def measure(
    sheets: Iterator[Sheet], regions: Any, lines: Any, text: Any, tell: Callable[[str], None]
) -> Figures:
    """Run every page through every stage that has weights.

    Args:
        sheets: The pages with their truth.
        regions: A molecule detector, or None.
        lines: A text-line detector, or None.
        text: A line reader, or None.
        tell: Takes a line of text about each page.

    Returns:
        The sums over all pages.

    Raises:
        RuntimeError: If the page reader reports an error.
    """
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
        analysis = regions.analyze(intensity, sheet.dots_per_inch)
        expanded = expand_masks(analysis.regions, intensity, analysis.chances)
        foreground = [
            region
            for place, region in enumerate(expanded.regions)
            if expanded.has_foreground(place)
        ]
        height, width = intensity.shape
        for scores, boxes in ((figures.raw, analysis.regions), (figures.expanded, foreground)):
            scores.add(sheet.truth, Page(1, width, height, tuple(boxes)), intensity)
        _region_assignment(figures, sheet, expanded.regions, expanded.region_HW, intensity)
        begin = time.perf_counter()
        read = reader.read(sheet.gray, 1, sheet.dots_per_inch)
        figures.clock.seconds["all of it"] += time.perf_counter() - begin
        if read.page.error:
            raise RuntimeError(f"{sheet.name}: {read.page.error}")
        before = figures.end_to_end.pairs_right
        figures.each.append(PageScores())
        for scores in (figures.end_to_end, figures.each[-1]):
            scores.add(sheet.truth, without_second_lines(read.page), intensity)
        tell(
            f"{sheet.name}: {len(read.page.regions)} of {len(sheet.truth.molecules)} molecules, "
            f"{figures.end_to_end.pairs_right - before} of {len(sheet.truth.pairs)} pairs"
        )
    return figures


def _region_assignment(
    figures: Figures,
    sheet: Sheet,
    regions: Sequence[Any],
    region_HW: np.ndarray,
    intensity: np.ndarray,
) -> None:
    """Count expanded boxes against the true ones, and the assignment of foreground to molecules
    where the truth has it."""
    free = set(range(len(regions)))
    foreground = intensity > FOREGROUND_LEVEL
    for place, box in enumerate(sheet.truth.molecules):
        best = max(
            ((overlap(box, regions[candidate].box), candidate) for candidate in free),
            default=(0.0, -1),
        )
        if best[0] < 0.5:
            continue
        free.remove(best[1])
        figures.ious.append(best[0])
        if sheet.region_ids is None:
            continue
        true_HW, assigned_HW = (
            (sheet.region_ids == place + 1) & foreground,
            (region_HW == best[1] + 1) & foreground,
        )
        figures.counts["assigned"] += 1
        figures.counts["all ink"] += int((true_HW & ~assigned_HW).sum()) <= FORGIVEN * true_HW.sum()
        figures.counts["no other ink"] += (
            int((assigned_HW & ~true_HW).sum()) <= FORGIVEN * true_HW.sum()
        )


def _with_true_boxes(figures: Figures, sheet: Sheet, intensity: np.ndarray, text: Any) -> None:
    """Count the line reader on true boxes of labels, and the pairing rule on true boxes of both."""
    truth, counts = sheet.truth, figures.counts
    pairs = pair(truth.molecules, [box for box, _ in truth.labels])
    counts["pairs"] += len(truth.pairs)
    counts["pairs found"] += len(pairs)
    counts["pairs right"] += len(set(pairs) & set(truth.pairs))
    counts["labels"] += len(truth.labels)
    if text is not None and truth.labels:
        read = text.read([line_crop(intensity, TextLine(box)) for box, _ in truth.labels])
        counts["labels read"] += sum(
            same_text(text_read, true)
            for (text_read, _), (_, true) in zip(read, truth.labels, strict=True)
        )


def report_lines(name: str, figures: Figures, missing: Sequence[str]) -> list[str]:
    """Format the figures as Markdown.

    Args:
        name: Name of the set of pages.
        figures: The sums over its pages.
        missing: Names of the stages without weights.

    Returns:
        Lines of text.
    """
    counts, lines = figures.counts, [f"## {name}: {figures.pages} pages"]
    if figures.raw.molecules and "regions" not in missing:
        lines += ["| molecules | AP50 | AP75 | P | R | complete |", "|---" * 6 + "|"]
        for kind, scores in (("found", figures.raw), ("grown", figures.expanded)):
            shown = scores.report()
            cells = ("AP50", "AP75", "precision50", "recall50", "complete")
            lines.append(f"| {kind} | {' | '.join(f'{shown[cell]:.3f}' for cell in cells)} |")
        if figures.ious:
            lines.append(f"IoU of grown boxes in the middle: {np.median(figures.ious):.3f}")
        if assigned_regions := counts["assigned"]:
            lines.append(
                f"of {assigned_regions} molecules "
                f"{counts['all ink'] / assigned_regions:.2%} with all their foreground, "
                f"{counts['no other ink'] / assigned_regions:.2%} without any other"
            )
    rule = f1(counts["pairs right"], counts["pairs"], counts["pairs found"])
    lines.append(f"pairs with true boxes: F1 {rule:.3f} ({counts['pairs']} pairs)")
    if "lines" not in missing and counts["labels"]:
        exact = counts["labels read"] / counts["labels"]
        lines.append(f"labels with true boxes: {exact:.3f} read exactly ({counts['labels']})")
    if "regions" in missing:
        return lines
    if not {"text_lines", "lines"} & set(missing):
        shown = figures.end_to_end.report()
        labels = spread(figures.each, "labels_read", "labels", "labels_found")
        pairs = spread(figures.each, "pairs_right", "pairs", "pairs_found")
        lines.append(
            f"end to end: AP50 {shown['AP50']:.3f}, labels F1 {shown['label_f1']:.3f} ± "
            f"{labels:.3f}, pairs F1 {shown['pair_f1']:.3f} ± {pairs:.3f}"
        )
    clock = dict(figures.clock.seconds)
    total = clock.pop("all of it", 0.0)
    clock["all else (turning, growing, crops)"] = total - sum(clock.values())
    clock["together"] = total
    lines += ["| stage | seconds a page |", "|---|---|"]
    lines += [f"| {stage} | {value / figures.pages:.2f} |" for stage, value in clock.items()]
    return lines


def finders(folders: dict[str, Path | None]) -> tuple[dict[str, Any], list[str]]:
    """Load the given or shipped readers by stage, and name the stages without weights."""
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
    args = parser.parse_args()
    if args.folder is None and not args.drawn:
        parser.error("name a FOLDER, or --drawn pages")
    import torch

    torch.set_num_threads(1)
    loaded, missing = finders(
        {
            "regions": args.regions,
            "text_lines": args.text_lines,
            "lines": args.lines,
        }
    )
    for name in missing:
        print(f"no weights of {name} (src/inchify/weights/{name}): its stages are left out")
    sets: list[tuple[str, Iterator[Sheet]]] = []
    if args.folder is not None:
        sets.append((args.folder.name, pages_of(args.folder)))
    if args.drawn:
        sets.append(("drawn pages", drawn_pages(args.drawn, args.seed)))
    tell: Callable[[str], None] = print if args.each else lambda words: None
    for name, sheets in sets:
        regions, lines, text = (loaded.get(part) for part in ("regions", "text_lines", "lines"))
        print(
            "\n".join(report_lines(name, measure(sheets, regions, lines, text, tell), missing)),
            flush=True,
        )


if __name__ == "__main__":
    main()
