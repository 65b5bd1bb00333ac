"""Percentiles of how real pictures are drawn, in bond lengths, from which the programs of
``rendering/depictor/print_programs.py`` were set.

    python -m inchify.calibration.print_styles.statistics FOLDER... [--every N]

A folder has ``labels.csv`` (image_id, InChI), and possibly molfiles with the drawings' layouts
beside the pictures; without any molfile the shipped reader locates what it reads right. The tenth
that is kept out is not used. Shape letters: H and W pixels.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from inchify.calibration.print_styles.layout import (
    fitted_graph,
    pictures_with_graphs,
    reader_graphs,
    sampled,
)
from inchify.types import GraphBond, MoleculeGraph

PERCENTILES = (2, 10, 25, 50, 75, 90, 98)
STEP = 0.25  # pixels between the points of a profile
Measures = dict[str, list[float]]


@dataclass(frozen=True)
class Run:
    """A connected component along a profile: its middle and its length, in pixels."""

    middle: float
    length: float

    @property
    def start(self) -> float:
        return self.middle - self.length / 2

    @property
    def stop(self) -> float:
        return self.middle + self.length / 2


class Line:
    """The way along one bond through the picture."""

    def __init__(self, share: np.ndarray, graph: MoleculeGraph, bond: GraphBond) -> None:
        first, last = graph.atoms[bond.begin], graph.atoms[bond.end]
        self.share, self.start = share, np.array((first.x, first.y))
        self.along = np.array((last.x, last.y)) - self.start
        self.length = float(np.hypot(*self.along))
        self.along /= max(self.length, 1e-6)
        self.across = np.array((-self.along[1], self.along[0]))

    def runs_across(self, at: float, reach: float) -> list[Run]:
        """Runs of foreground across the bond.

        Args:
            at: Place along the bond, as a share of its length.
            reach: Largest distance from the bond's axis, in pixels.

        Returns:
            Runs in pixels from the axis.
        """
        origin = self.start + at * self.length * self.along
        return self._runs(origin, self.across, -reach, reach)

    def runs_along(self, aside: float, low: float, high: float) -> list[Run]:
        """Runs of foreground on a parallel of the bond.

        Args:
            aside: Distance of the parallel from the bond's axis, in pixels.
            low: Where it begins, in pixels from the bond's first atom.
            high: Where it ends.

        Returns:
            Runs in pixels from the first atom.
        """
        return self._runs(self.start + aside * self.across, self.along, low, high)

    def _runs(self, origin: np.ndarray, way: np.ndarray, low: float, high: float) -> list[Run]:
        steps = np.arange(low, high, STEP)
        values = sampled(self.share, origin + steps[:, None] * way)
        foreground = np.concatenate([[False], values > 0.5, [False]])
        edges = np.flatnonzero(foreground[1:] != foreground[:-1]).reshape(-1, 2)
        return [Run(low + STEP * (a + b - 1) / 2, STEP * (b - a)) for a, b in edges.tolist()]


def measure(intensity: np.ndarray, graph: MoleculeGraph) -> Measures:
    """Measure how a picture is drawn.

    Args:
        intensity: Foreground, bool (H, W).
        graph: The molecule's graph in pixels, with at least one bond.

    Returns:
        For each measure its median over bonds or letters, in bond lengths unless its name has
        another unit.
    """
    share = intensity.astype(np.float32)
    lines = [(bond, Line(share, graph, bond)) for bond in graph.bonds]
    bond_pixels = float(np.median([line.length for _, line in lines]))
    measures: Measures = defaultdict(list)
    for bond, line in lines:
        if line.length > 0.5 * bond_pixels:
            measure_bond(measures, graph, bond, line, bond_pixels)
    capitals(measures, intensity, graph, bond_pixels)
    pixels = {"line pixels": measures["line"], "capital pixels": measures["capital"]}
    medians = {name: [float(np.median(values))] for name, values in measures.items() if values}
    medians |= {
        name: [float(np.median(values)) * bond_pixels] for name, values in pixels.items() if values
    }
    circled = any(bond.kind == "aromatic" for bond in graph.bonds)
    return medians | {"bond pixels": [bond_pixels], "rings with circles (share)": [float(circled)]}


def measure_bond(
    measures: Measures, graph: MoleculeGraph, bond: GraphBond, line: Line, bond_pixels: float
) -> None:
    """Append a bond's values to ``measures``; a bond without foreground at its middle has none."""
    middle = line.runs_across(0.5, 0.35 * bond_pixels)
    if bond.kind == "single":
        central = [run for run in middle if abs(run.middle) < 0.12 * bond_pixels]
        if len(central) == 1 and central[0].length < 0.2 * bond_pixels:
            measures["line"].append(central[0].length / bond_pixels)
            gaps(measures, graph, bond, line, bond_pixels)
    elif bond.kind == "double" and len(middle) == 2:
        double(measures, graph, bond, line, middle, bond_pixels)
    elif bond.kind == "triple" and len(middle) == 3:
        spread = (middle[2].middle - middle[0].middle) / 2
        measures["triple spacing"].append(spread / bond_pixels)
    elif bond.kind == "wedge":
        wedge(measures, line, bond_pixels)
    elif bond.kind == "hash":
        hashes(measures, line, bond_pixels)


def gaps(
    measures: Measures, graph: MoleculeGraph, bond: GraphBond, line: Line, bond_pixels: float
) -> None:
    """Append the gap between a bond and the letter at one of its ends."""
    symbols = graph.atoms[bond.begin].symbol, graph.atoms[bond.end].symbol
    if bool(symbols[0]) == bool(symbols[1]):
        return
    runs = line.runs_along(0.0, 0.0, line.length)
    at_middle = [n for n, run in enumerate(runs) if run.start < line.length / 2 < run.stop]
    if not at_middle:
        return
    stroke, letter = at_middle[0], at_middle[0] + (1 if symbols[1] else -1)
    if not 0 <= letter < len(runs):
        return
    if symbols[1]:
        gap, reach = runs[letter].start - runs[stroke].stop, line.length - runs[stroke].stop
    else:
        gap, reach = runs[stroke].start - runs[letter].stop, runs[stroke].start
    if gap > 0 and reach < 0.6 * bond_pixels:
        measures["gap"].append(gap / bond_pixels)
        measures["letter's middle to bond"].append(reach / bond_pixels)


def double(
    measures: Measures,
    graph: MoleculeGraph,
    bond: GraphBond,
    line: Line,
    runs: list[Run],
    bond_pixels: float,
) -> None:
    """Append a double bond's spacing, whether it is centered, and the trim of its second line."""
    spacing = runs[1].middle - runs[0].middle
    if not 0.05 * bond_pixels < spacing < 0.4 * bond_pixels:
        return
    measures["double spacing"].append(spacing / bond_pixels)
    inner = max(runs, key=lambda run: abs(run.middle))
    centered = min(abs(run.middle) for run in runs) > 0.25 * spacing
    degree = [sum(end in (b.begin, b.end) for b in graph.bonds) for end in (bond.begin, bond.end)]
    if min(degree) == 1:
        measures["centred at an end (share)"].append(float(centered))
    else:
        measures["centred inside (share)"].append(float(centered))
    bare = not (graph.atoms[bond.begin].symbol or graph.atoms[bond.end].symbol)
    if centered or not bare or min(degree) == 1:
        return
    inner_runs = [
        run
        for run in line.runs_along(inner.middle, 0.0, line.length)
        if run.start < line.length / 2 < run.stop
    ]
    if inner_runs:
        shorter = (line.length - inner_runs[0].length) / 2
        measures["inner line shorter at each end"].append(shorter / bond_pixels)
        measures["trim in spacings"].append(shorter / spacing)


def wedge(measures: Measures, line: Line, bond_pixels: float) -> None:
    """Append a wedge's widths at both ends."""
    shares, widths = [], []
    for at in (0.35, 0.45, 0.55, 0.65):
        central = [r for r in line.runs_across(at, 0.3 * bond_pixels) if r.start <= 0 <= r.stop]
        if central:
            shares.append(at)
            widths.append(central[0].length / bond_pixels)
    if len(shares) > 2:
        slope, start = np.polyfit(shares, widths, 1)
        if slope > 0.03:
            measures["wedge width"].append(float(start + slope))
            measures["wedge tip"].append(float(start))


def hashes(measures: Measures, line: Line, bond_pixels: float) -> None:
    """Append the pitch, thickness, number and widths of a hashed wedge's lines."""
    runs = line.runs_along(0.0, 0.05 * line.length, 0.98 * line.length)
    runs = [run for run in runs if run.length < 0.2 * bond_pixels]
    if len(runs) < 3:
        return
    pitch = np.diff([run.middle for run in runs])
    inner = runs[1:-1]
    measures["hash pitch"].append(float(np.median(pitch)) / bond_pixels)
    measures["hash line"].append(float(np.median([run.length for run in inner])) / bond_pixels)
    measures["hash lines on a whole bond"].append(line.length / float(np.median(pitch)))
    widths = [
        max(r.length for r in line.runs_across(run.middle / line.length, 0.3 * bond_pixels))
        for run in inner
        if line.runs_across(run.middle / line.length, 0.3 * bond_pixels)
    ]
    if widths and max(widths) < 0.08 * bond_pixels:
        measures["dashed along the bond (share)"].append(1.0)
        return
    measures["dashed along the bond (share)"].append(0.0)
    if len(widths) > 2:
        at = np.array([run.middle / line.length for run in inner])[: len(widths)]
        slope, start = np.polyfit(at, np.array(widths) / bond_pixels, 1)
        measures["hash width at its end"].append(float(start + slope))
        measures["hash width at its begin"].append(float(start))


def capitals(
    measures: Measures, intensity: np.ndarray, graph: MoleculeGraph, bond_pixels: float
) -> None:
    """Append heights of capitals and of small figures, and the rise of a hydrogen stacked on its
    nitrogen."""
    count, _, boxes_K5, _ = cv2.connectedComponentsWithStats(
        intensity.astype(np.uint8), connectivity=8
    )
    boxes = [tuple(map(float, box[:4])) for box in boxes_K5[1:count].tolist()]
    for atom in graph.atoms:
        if atom.symbol not in ("N", "O", "F", "S", "H"):
            continue
        letter_boxes = [
            (left, top, width, height)
            for left, top, width, height in boxes
            if abs(left + width / 2 - atom.x) < 0.12 * bond_pixels
            and abs(top + height / 2 - atom.y) < 0.12 * bond_pixels
            and 0.15 < height / bond_pixels < 0.8 > width / bond_pixels
        ]
        if len(letter_boxes) != 1:
            continue
        left, top, width, height = letter_boxes[0]
        measures["capital"].append(height / bond_pixels)
        for x, y, wide, high in boxes:
            center = x + wide / 2 - left - width / 2
            if abs(center) < 0.25 * height and 0.9 < high / height < 1.1 and wide < 1.1 * height:
                rise = abs(y - top) / height
                if 0.9 < rise < 1.9:
                    measures["stack in capitals"].append(rise)
            drop = (y + high - top - height) / height
            small = 0.45 < high / height < 0.9 and 0.08 < drop < 0.6
            if small and 0 < x - left - width < 1.6 * height and wide < 0.8 * height:
                measures["figure size in capitals"].append(high / height)
                measures["figure drop in capitals"].append(drop)


def table_of(values: dict[str, list[float]]) -> str:
    """Format percentiles over pictures, one row for each measure.

    Args:
        values: For each measure its values.

    Returns:
        The table as lines of text.
    """
    rows = [f"{'in bond lengths':32}{'n':>5}" + "".join(f"{p:>8}%" for p in PERCENTILES)]
    for name, numbers in sorted(values.items()):
        if name.endswith("(share)"):
            rows.append(f"{name:32}{len(numbers):5}    mean {np.mean(numbers):.2f}")
            continue
        cells = "".join(f"{value:9.3f}" for value in np.percentile(numbers, PERCENTILES))
        rows.append(f"{name:32}{len(numbers):5}{cells}")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=1)
    args = parser.parse_args()
    for folder in args.folders:
        has_layout = any(folder.glob("*.mol"))
        locate = fitted_graph if has_layout else reader_graphs()
        collected: dict[str, list[float]] = defaultdict(list)
        pictures = located = 0
        for intensity, graph in pictures_with_graphs(folder, args.every, locate):
            pictures += 1
            if graph is None or not graph.bonds:
                continue
            located += 1
            for name, numbers in measure(intensity, graph).items():
                collected[name] += numbers
        print(f"{folder.name}: {pictures} pictures, {located} located\n{table_of(collected)}\n")


if __name__ == "__main__":
    main()
