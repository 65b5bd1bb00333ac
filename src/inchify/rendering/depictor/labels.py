"""Atom label layout: letters and their positions around an atom.

Shape letters: E edges.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from inchify.rendering.depictor.glyphs import Box, glyph
from inchify.rendering.depictor.pen import shifted
from inchify.rendering.depictor.style import DrawingStyle

Level = Literal["plain", "sub", "super", "circled"]
Run = tuple[str, Level]
Side = Literal["right", "left", "above", "below"]
MINUS = "\u2212"
BEADS = "●○"
# Labels between two bonds whose rest may stand above or below their first symbol: SO2, NMe, CF2.
STACKED_LABEL = re.compile(
    r"(S|N|C|P|Si)((?:O|H|F|Cl|D)\d?|Me2?|Et2?|Ph2?|Bn|Boc|Ts|Ac|Cbz|Bz|CH3)"
)


@dataclass(frozen=True)
class Written:
    """What stands at an atom. ``long`` and ``long_reversed`` are labels of several atoms; with
    ``hidden`` the atom has hydrogens by its valence that are not written."""

    symbol: str = ""
    hydrogens: int = 0
    charge: int = 0
    isotope: int = 0
    long: str = ""
    long_reversed: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Label:
    """Letters in bond lengths around (0, 0), the point that the bonds aim at.

    ``boxes`` are those of the letters, ``box`` is around them all; ``center`` is the middle of the
    symbol's capital; ``text`` is what is written.
    """

    text: str
    edges_E4: np.ndarray
    boxes: tuple[Box, ...]
    box: Box
    center: tuple[float, float]

    def boxes_at(self, x: float, y: float) -> tuple[Box, ...]:
        """Boxes of the letters of a placed label.

        Args:
            x: Position of the label's origin in bond lengths.
            y: The same, downwards.

        Returns:
            (left, top, right, bottom) of every letter.
        """
        return tuple((a + x, b + y, c + x, d + y) for a, b, c, d in self.boxes)


@dataclass
class Line:
    """Letters set one after the other; heights of capitals, base line at 0."""

    style: DrawingStyle
    pen: float = 0.0
    edges: list[np.ndarray] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    text: str = ""

    def put(self, run: Run) -> None:
        """Append a run of text.

        Args:
            run: The text and its level: plain, subscript, superscript or a circled charge.

        Raises:
            ValueError: The fonts lack a character.
        """
        style, (text, level) = self.style, run
        size, shift = 1.0, 0.0
        if level == "sub":
            size, shift = style.sub_size, style.sub_drop
        elif level != "plain":
            size, shift = style.super_size, -style.super_rise - 0.3
        for character in text.replace("-", MINUS) if level in ("super", "circled") else text:
            shape = glyph(style.face, character, style.weight, style.shear)
            if character in BEADS:
                size = style.bead_size
                shift = 0.5 * (size - 1)  # its center stays at half a capital's height
            if not len(shape.edges_E4):
                self.pen += size * shape.advance
                continue
            left, top, right, bottom = shape.box
            at = self.pen
            if level == "circled":
                at += 0.12
                self.circle(at + size * (left + right) / 2, shift + size * (top + bottom) / 2, size)
            self.edges.append(shape.edges_E4 * size + (at, shift, at, shift))
            self.boxes.append(
                (at + size * left, shift + size * top, at + size * right, shift + size * bottom)
            )
            self.pen = at + size * shape.advance + style.letter_space
            self.pen += 0.12 if level == "circled" else 0.0
        self.text += text

    def circle(self, x: float, y: float, size: float) -> None:
        """Append a thin ring around a charge.

        Args:
            x: Center in heights of capitals.
            y: The same, downwards.
            size: Size of the charge relative to plain letters.
        """
        angle = np.linspace(0, 2 * math.pi, 17)
        unit = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        for radius, way in ((0.56 * size, 1), (0.56 * size - 0.07, -1)):
            ring = (unit * radius + (x, y))[::way]
            self.edges.append(np.hstack([ring[:-1], ring[1:]]))
        radius = 0.56 * size
        self.boxes.append((x - radius, y - radius, x + radius, y + radius))


class Lettering:
    """Sets the labels of one picture; equal labels are set once."""

    def __init__(self, style: DrawingStyle) -> None:
        self.style = style
        self.known: dict[tuple[Written, Side], Label] = {}

    def label(self, written: Written, side: Side) -> Label:
        """Set a label; equal labels are set once.

        Args:
            written: What stands at the atom.
            side: Where its hydrogens, or the rest of a long label, stand.

        Returns:
            The label in bond lengths.

        Raises:
            ValueError: The fonts lack a character.
        """
        key = (written, side)
        if key not in self.known:
            make = self.long_label if written.long else self.atom_label
            self.known[key] = make(written, side)
        return self.known[key]

    def charge_run(self, charge: int) -> list[Run]:
        """Run of a charge.

        Args:
            charge: Formal charge.

        Returns:
            Its one run, none for a charge of 0.
        """
        if not charge:
            return []
        text = (str(abs(charge)) if abs(charge) > 1 else "") + ("+" if charge > 0 else "-")
        return [(text, "circled" if self.style.circled_charges and len(text) == 1 else "super")]

    def atom_label(self, written: Written, side: Side) -> Label:
        """Set the label of one atom: isotope, symbol, hydrogens and charge.

        Args:
            written: What stands at the atom.
            side: Where its hydrogens stand.

        Returns:
            The label in bond lengths.
        """
        symbol, isotope = written.symbol, written.isotope
        if symbol == "H" and isotope in (2, 3) and self.style.deuterium:
            symbol, isotope = "DT"[isotope - 2], 0
        before: list[Run] = [(str(isotope), "super")] if isotope else []
        charge = self.charge_run(written.charge)
        hydrogens: list[Run] = [("H", "plain")] if written.hydrogens else []
        if written.hydrogens > 1:
            hydrogens.append((str(written.hydrogens), "sub"))
        if side in ("above", "below"):
            return self.stacked(before, symbol, charge, hydrogens, side)
        if side == "left":
            runs, place = [*hydrogens, *before, (symbol, "plain"), *charge], len(hydrogens + before)
        else:
            runs, place = [*before, (symbol, "plain"), *hydrogens, *charge], len(before)
        return self.finished(*self.set_runs(runs, place, len(symbol)))

    def set_runs(self, runs: list[Run], place: int, length: int) -> tuple[Line, Box, Box]:
        """Set runs one after the other.

        Args:
            runs: Texts with their levels.
            place: Index of the symbol's run.
            length: Number of letters of the symbol.

        Returns:
            The line, the box of the symbol's capital and the box that the bonds point to, all in
            heights of capitals.
        """
        line = Line(self.style)
        first = 0
        for index, run in enumerate(runs):
            if index == place:
                first = len(line.boxes)
            line.put(run)
        capital = line.boxes[first]
        last = line.boxes[first + length - 1]
        symbol_box = (capital[0], capital[1], last[2], capital[3])
        return line, capital, symbol_box if self.style.whole_symbol_centered else capital

    def finished(self, line: Line, capital: Box, anchor: Box) -> Label:
        """Convert a line to a label.

        Args:
            line: The letters, in heights of capitals.
            capital: Box of the symbol's capital.
            anchor: The box that the bonds point to; its middle is the label's origin.

        Returns:
            The label in bond lengths.
        """
        cap = self.style.cap
        x, y = (anchor[0] + anchor[2]) / 2, -0.5
        edges = (np.concatenate(line.edges) - (x, y, x, y)) * cap
        boxes = tuple(
            ((a - x) * cap, (b - y) * cap, (c - x) * cap, (d - y) * cap)
            for a, b, c, d in line.boxes
        )
        center = ((capital[0] + capital[2]) / 2 - x) * cap, 0.0
        return Label(line.text, edges, boxes, around(boxes), center)

    def stacked(
        self, before: list[Run], symbol: str, charge: list[Run], hydrogens: list[Run], side: Side
    ) -> Label:
        """Set a label with its hydrogens above or below the symbol.

        Args:
            before: Runs before the symbol (isotope).
            symbol: The element.
            charge: Runs of the charge.
            hydrogens: Runs of the hydrogens, or of the rest of a long label.
            side: "above" or "below".

        Returns:
            The label in bond lengths.
        """
        line, capital, anchor = self.set_runs(
            [*before, (symbol, "plain"), *charge], len(before), len(symbol)
        )
        if hydrogens:
            other, hydrogen, _ = self.set_runs(hydrogens, 0, 1)
            x = (anchor[0] + anchor[2] - hydrogen[0] - hydrogen[2]) / 2
            y = self.style.stack if side == "below" else -self.style.stack
            if side == "above" and len(hydrogens) > 1:
                y -= 0.6 * self.style.sub_drop + (0.3 if charge else 0.0)
            line.edges += [shifted(edges, x, y) for edges in other.edges]
            line.boxes += [(a + x, b + y, c + x, d + y) for a, b, c, d in other.boxes]
            line.text = line.text.replace(symbol, symbol + other.text, 1)
        return self.finished(line, capital, anchor)

    def long_label(self, written: Written, side: Side) -> Label:
        """Set a label of several atoms.

        The bond points to its first or, reversed, its last atom. A short name ("Boc") keeps the
        order of its letters; on the left its last letter is at the bond.

        Args:
            written: What stands at the atom.
            side: Where the rest of the label stands.

        Returns:
            The label in bond lengths.
        """
        parts = STACKED_LABEL.fullmatch(written.long)
        if side in ("above", "below") and parts is not None:
            symbol, rest = parts.groups()
            return self.stacked([], symbol, [], long_runs(symbol + rest)[len(symbol) :], side)
        reverse = side == "left" and bool(written.long_reversed)
        text = written.long_reversed if reverse else written.long
        capitals = [match.start() for match in re.finditer("[A-Z]", text)] or [0]
        place = capitals[-1] if reverse else capitals[0]
        if side == "left" and not reverse and re.fullmatch("[A-Z][a-z]+", text):
            place = len(text) - 1
        line = Line(self.style)
        runs = long_runs(text)
        if self.style.raised_numbers and re.fullmatch(r"[RXYZ]\d+", text):
            runs = [(text[0], "plain"), (text[1:], "super")]
        for run in runs:
            line.put(run)
        capital = line.boxes[min(place, len(line.boxes) - 1)]
        return self.finished(line, capital, capital)


def long_runs(text: str) -> list[Run]:
    """Runs of a long label: counts are subscripts, a charge at its end is a superscript."""
    runs: list[Run] = []
    for piece in re.findall(r"(?<=[A-Za-z)\]])\d+|\d*[+-]$|.", text):
        if piece[0].isdigit() and runs and piece[-1] not in "+-":
            lowered = bool(re.match(r"[A-Za-z)\]]", runs[-1][0][-1]))
            runs.append((piece, "sub" if lowered else "plain"))
        elif piece[-1] in "+-" and runs and runs[-1][0][-1] not in ",-(" and len(text) > 1:
            runs.append((piece, "super"))
        else:
            runs.append((piece, "plain"))
    # A hyphen inside ("t-Bu") is no charge.
    return [
        (piece, "plain") if level == "super" and index < len(runs) - 1 else (piece, level)
        for index, (piece, level) in enumerate(runs)
    ]


def around(boxes: tuple[Box, ...]) -> Box:
    """Bounding box of boxes.

    Args:
        boxes: At least one box.

    Returns:
        Left, top, right, bottom.
    """
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def freest_side(directions: list[tuple[float, float]], stacking: bool) -> Side:
    """Where hydrogens go, by the unit vectors (x, y down) to the atom's neighbors."""
    if not directions:
        return "right"

    def crowd(x: float, y: float) -> float:
        return sum(max(0.0, x * dx + y * dy) ** 3 for dx, dy in directions)

    right, left = crowd(1, 0), crowd(-1, 0)
    best: Side = "right" if right <= left + 0.02 else "left"
    if not stacking or min(right, left) < 0.35:
        return best
    above, below = crowd(0, -1), crowd(0, 1)
    if min(above, below) < min(right, left) - 0.1:
        return "above" if above < below - 0.02 else "below"
    return best
