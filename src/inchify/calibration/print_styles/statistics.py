"""How real pictures are drawn, in bond lengths, as percentiles: what the programs of
``rendering/depictor/print_programs.py`` were set by.

    python -m inchify.calibration.print_styles.statistics FOLDER... [--every N]

A folder has ``labels.csv`` (image_id, InChI) and, beside a picture, perhaps a molfile in the
drawing's own layout; without any molfile the shipped reader locates what it reads right. The tenth
that is kept out is not looked at. Shape letters: H and W pixels.
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
Found = dict[str, list[float]]


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
        """Pieces of foreground across the bond at a share of its length, up to ``reach`` pixels
        away."""
        origin = self.start + at * self.length * self.along
        return self._runs(origin, self.across, -reach, reach)

    def runs_along(self, aside: float, low: float, high: float) -> list[Run]:
        """Pieces of foreground on a parallel of the bond, from pixel ``low`` to ``high`` of its
        length."""
        return self._runs(self.start + aside * self.across, self.along, low, high)

    def _runs(self, origin: np.ndarray, way: np.ndarray, low: float, high: float) -> list[Run]:
        steps = np.arange(low, high, STEP)
        values = sampled(self.share, origin + steps[:, None] * way)
        foreground = np.concatenate([[False], values > 0.5, [False]])
        edges = np.flatnonzero(foreground[1:] != foreground[:-1]).reshape(-1, 2)
        return [Run(low + STEP * (a + b - 1) / 2, STEP * (b - a)) for a, b in edges.tolist()]


def measure(intensity: np.ndarray, graph: MoleculeGraph) -> Found:
    """What one picture shows, each value of every bond or letter, in bond lengths."""
    share = intensity.astype(np.float32)
    lines = [(bond, Line(share, graph, bond)) for bond in graph.bonds]
    bond_pixels = float(np.median([line.length for _, line in lines]))
    found: Found = defaultdict(list)
    for bond, line in lines:
        if line.length > 0.5 * bond_pixels:
            measure_bond(found, graph, bond, line, bond_pixels)
    capitals(found, intensity, graph, bond_pixels)
    pixels = {"line pixels": found["line"], "capital pixels": found["capital"]}
    medians = {name: [float(np.median(values))] for name, values in found.items() if values}
    medians |= {
        name: [float(np.median(values)) * bond_pixels] for name, values in pixels.items() if values
    }
    circled = any(bond.kind == "aromatic" for bond in graph.bonds)
    return medians | {"bond pixels": [bond_pixels], "rings with circles (share)": [float(circled)]}


def measure_bond(
    found: Found, graph: MoleculeGraph, bond: GraphBond, line: Line, bond_pixels: float
) -> None:
    """One bond's values, in place; a bond that has no foreground at its middle gives none."""
    middle = line.runs_across(0.5, 0.35 * bond_pixels)
    if bond.kind == "single":
        near = [run for run in middle if abs(run.middle) < 0.12 * bond_pixels]
        if len(near) == 1 and near[0].length < 0.2 * bond_pixels:
            found["line"].append(near[0].length / bond_pixels)
            gaps(found, graph, bond, line, bond_pixels)
    elif bond.kind == "double" and len(middle) == 2:
        double(found, graph, bond, line, middle, bond_pixels)
    elif bond.kind == "triple" and len(middle) == 3:
        spread = (middle[2].middle - middle[0].middle) / 2
        found["triple spacing"].append(spread / bond_pixels)
    elif bond.kind == "wedge":
        wedge(found, line, bond_pixels)
    elif bond.kind == "hash":
        hashes(found, line, bond_pixels)


def gaps(
    found: Found, graph: MoleculeGraph, bond: GraphBond, line: Line, bond_pixels: float
) -> None:
    """The paper between a bond and the letter at one end of it."""
    symbols = graph.atoms[bond.begin].symbol, graph.atoms[bond.end].symbol
    if bool(symbols[0]) == bool(symbols[1]):
        return
    runs = line.runs_along(0.0, 0.0, line.length)
    over = [n for n, run in enumerate(runs) if run.start < line.length / 2 < run.stop]
    if not over:
        return
    own, letter = over[0], over[0] + (1 if symbols[1] else -1)
    if not 0 <= letter < len(runs):
        return
    if symbols[1]:
        gap, reach = runs[letter].start - runs[own].stop, line.length - runs[own].stop
    else:
        gap, reach = runs[own].start - runs[letter].stop, runs[own].start
    if gap > 0 and reach < 0.6 * bond_pixels:
        found["gap"].append(gap / bond_pixels)
        found["letter's middle to bond"].append(reach / bond_pixels)


def double(
    found: Found,
    graph: MoleculeGraph,
    bond: GraphBond,
    line: Line,
    runs: list[Run],
    bond_pixels: float,
) -> None:
    """Spacing, side and how much shorter the second line is."""
    spacing = runs[1].middle - runs[0].middle
    if not 0.05 * bond_pixels < spacing < 0.4 * bond_pixels:
        return
    found["double spacing"].append(spacing / bond_pixels)
    inner = max(runs, key=lambda run: abs(run.middle))
    centered = min(abs(run.middle) for run in runs) > 0.25 * spacing
    degree = [sum(end in (b.begin, b.end) for b in graph.bonds) for end in (bond.begin, bond.end)]
    if min(degree) == 1:
        found["centred at an end (share)"].append(float(centered))
    else:
        found["centred inside (share)"].append(float(centered))
    bare = not (graph.atoms[bond.begin].symbol or graph.atoms[bond.end].symbol)
    if centered or not bare or min(degree) == 1:
        return
    seen = [
        run
        for run in line.runs_along(inner.middle, 0.0, line.length)
        if run.start < line.length / 2 < run.stop
    ]
    if seen:
        shorter = (line.length - seen[0].length) / 2
        found["inner line shorter at each end"].append(shorter / bond_pixels)
        found["trim in spacings"].append(shorter / spacing)


def wedge(found: Found, line: Line, bond_pixels: float) -> None:
    """The width at a wedge's wide end."""
    shares, widths = [], []
    for at in (0.35, 0.45, 0.55, 0.65):
        near = [r for r in line.runs_across(at, 0.3 * bond_pixels) if r.start <= 0 <= r.stop]
        if near:
            shares.append(at)
            widths.append(near[0].length / bond_pixels)
    if len(shares) > 2:
        slope, start = np.polyfit(shares, widths, 1)
        if slope > 0.03:
            found["wedge width"].append(float(start + slope))
            found["wedge tip"].append(float(start))


def hashes(found: Found, line: Line, bond_pixels: float) -> None:
    """How many lines a hashed wedge has, how far apart and how thick they are, and its width."""
    runs = line.runs_along(0.0, 0.05 * line.length, 0.98 * line.length)
    runs = [run for run in runs if run.length < 0.2 * bond_pixels]
    if len(runs) < 3:
        return
    pitch = np.diff([run.middle for run in runs])
    inner = runs[1:-1]
    found["hash pitch"].append(float(np.median(pitch)) / bond_pixels)
    found["hash line"].append(float(np.median([run.length for run in inner])) / bond_pixels)
    found["hash lines on a whole bond"].append(line.length / float(np.median(pitch)))
    widths = [
        max(r.length for r in line.runs_across(run.middle / line.length, 0.3 * bond_pixels))
        for run in inner
        if line.runs_across(run.middle / line.length, 0.3 * bond_pixels)
    ]
    if widths and max(widths) < 0.08 * bond_pixels:
        found["dashed along the bond (share)"].append(1.0)
        return
    found["dashed along the bond (share)"].append(0.0)
    if len(widths) > 2:
        at = np.array([run.middle / line.length for run in inner])[: len(widths)]
        slope, start = np.polyfit(at, np.array(widths) / bond_pixels, 1)
        found["hash width at its end"].append(float(start + slope))
        found["hash width at its begin"].append(float(start))


def capitals(found: Found, intensity: np.ndarray, graph: MoleculeGraph, bond_pixels: float) -> None:
    """Heights of capitals, of small figures, and how far a hydrogen stands over its nitrogen."""
    count, _, boxes_K5, _ = cv2.connectedComponentsWithStats(
        intensity.astype(np.uint8), connectivity=8
    )
    boxes = [tuple(map(float, box[:4])) for box in boxes_K5[1:count].tolist()]
    for atom in graph.atoms:
        if atom.symbol not in ("N", "O", "F", "S", "H"):
            continue
        own = [
            (left, top, width, height)
            for left, top, width, height in boxes
            if abs(left + width / 2 - atom.x) < 0.12 * bond_pixels
            and abs(top + height / 2 - atom.y) < 0.12 * bond_pixels
            and 0.15 < height / bond_pixels < 0.8 > width / bond_pixels
        ]
        if len(own) != 1:
            continue
        left, top, width, height = own[0]
        found["capital"].append(height / bond_pixels)
        for x, y, wide, high in boxes:
            center = x + wide / 2 - left - width / 2
            if abs(center) < 0.25 * height and 0.9 < high / height < 1.1 and wide < 1.1 * height:
                rise = abs(y - top) / height
                if 0.9 < rise < 1.9:
                    found["stack in capitals"].append(rise)
            drop = (y + high - top - height) / height
            small = 0.45 < high / height < 0.9 and 0.08 < drop < 0.6
            if small and 0 < x - left - width < 1.6 * height and wide < 0.8 * height:
                found["figure size in capitals"].append(high / height)
                found["figure drop in capitals"].append(drop)


def table_of(values: dict[str, list[float]]) -> str:
    """Percentiles over pictures, one row a measure."""
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
    arguments = parser.parse_args()
    for folder in arguments.folders:
        has_layout = any(folder.glob("*.mol"))
        locate = fitted_graph if has_layout else reader_graphs()
        collected: dict[str, list[float]] = defaultdict(list)
        pictures = located = 0
        for intensity, graph in pictures_with_graphs(folder, arguments.every, locate):
            pictures += 1
            if graph is None or not graph.bonds:
                continue
            located += 1
            for name, numbers in measure(intensity, graph).items():
                collected[name] += numbers
        print(f"{folder.name}: {pictures} pictures, {located} located\n{table_of(collected)}\n")


if __name__ == "__main__":
    main()
