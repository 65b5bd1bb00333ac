"""Bond geometry: strokes and outlines of bonds from their positions, kinds and labels (y down)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from inchify.rendering.depictor.glyphs import Box
from inchify.rendering.depictor.pen import Pen, Point
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.indigo import DrawingError
from inchify.types import BondKind

# A bond whose visible part between two labels is shorter than the first is not drawn; below the
# second there is little space.
SHORTEST, SHORT = 0.1, 0.22


@dataclass
class BondToDraw:
    """A bond between two atoms' places.

    ``side`` says where a double bond's second line stands: +1 and -1 to its sides, 0 for both
    lines at equal distance. ``joined`` says for each end whether other bonds meet there at a bare
    corner, ``crowded`` whether any other bond is there. ``cuts`` are the places where a bond above
    this one leaves a gap in it. ``stroke`` is how it is drawn where that is not usual for
    its kind.
    """

    begin: int
    end: int
    kind: BondKind
    side: int = 0
    dashed: bool = False
    joined: tuple[bool, bool] = (False, False)
    crowded: tuple[bool, bool] = (False, False)
    cuts: tuple[tuple[Point, float], ...] = ()
    stroke: Literal["", "bold", "dashes"] = ""


def way_out(
    boxes: tuple[Box, ...], a: Point, u: Point, limit: float, gap: float, round_gap: bool
) -> float:
    """Distance at which a bond leaves the letters of its label.

    Args:
        boxes: Boxes of the letters.
        a: The bond's start, in the same coordinates.
        u: Unit vector along the bond.
        limit: Length of the bond; letters that begin beyond 0.6 of it do not count.
        gap: Gap around the letters.
        round_gap: Leave an ellipse around each letter free instead of a rectangle.

    Returns:
        Distance from ``a`` along ``u``, 0 where no letter is in the way.
    """
    free = 0.0
    for left, top, right, bottom in boxes:
        low, high = -1e9, 1e9
        if round_gap:
            # An ellipse through points a little inside of the box's corners.
            ax = (right - left) * 0.6 + gap
            ay = (bottom - top) * 0.6 + gap
            px, py = (a[0] - (left + right) / 2) / ax, (a[1] - (top + bottom) / 2) / ay
            vx, vy = u[0] / ax, u[1] / ay
            square, half = vx * vx + vy * vy, px * vx + py * vy
            root = half * half - square * (px * px + py * py - 1)
            if root <= 0:
                continue
            root = math.sqrt(root)
            low, high = (-half - root) / square, (-half + root) / square
        else:
            for position, step, small, large in (
                (a[0], u[0], left - gap, right + gap),
                (a[1], u[1], top - gap, bottom + gap),
            ):
                if abs(step) < 1e-9:
                    if not small < position < large:
                        low, high = 1.0, 0.0
                    continue
                to_small, to_large = (small - position) / step, (large - position) / step
                low, high = max(low, min(to_small, to_large)), min(high, max(to_small, to_large))
        if low < high and high > free and low < limit * 0.6:
            free = high
    return free


class BondDrawer:
    """Draws the bonds of one picture with a pen."""

    def __init__(
        self,
        pen: Pen,
        style: DrawingStyle,
        places: list[Point],
        letters: list[tuple[Box, ...]],
    ) -> None:
        self.pen, self.style, self.places, self.letters = pen, style, places, letters

    def visible(self, bond: BondToDraw, shift: float = 0.0) -> tuple[Point, Point, float, float]:
        """The unit vector, the shifted begin, and from where to where the bond can be drawn.

        Raises DrawingError when labels leave no space.
        """
        (x0, y0), (x1, y1) = self.places[bond.begin], self.places[bond.end]
        length = math.hypot(x1 - x0, y1 - y0)
        u = ((x1 - x0) / length, (y1 - y0) / length)
        # The second lines of double bonds stand to the side; -u rotated left in y-down.
        a = (x0 - u[1] * shift, y0 + u[0] * shift)
        b = (x1 - u[1] * shift, y1 + u[0] * shift)
        first, last = self.letters[bond.begin], self.letters[bond.end]
        if not first and not last:
            return u, a, 0.0, length
        back, style = (-u[0], -u[1]), self.style
        # Where there is little space, the gap around the letters shrinks.
        for gap, round_gap, minimum in (
            (style.gap, style.round_gap, SHORT),
            (min(style.gap, 0.07), False, SHORT),
            (min(style.gap, 0.03), False, SHORTEST),
        ):
            start = way_out(first, a, u, length, gap, round_gap) if first else 0.0
            stop = length - (way_out(last, b, back, length, gap, round_gap) if last else 0.0)
            if stop - start > minimum:
                return u, a, start, stop
        raise DrawingError("labels leave no room for a bond")

    def draw(self, bond: BondToDraw) -> None:
        """Draws one bond."""
        style, kind = self.style, bond.kind
        if bond.stroke == "bold":
            self.single(bond, 0.0, style.bold_width)
        elif bond.stroke == "dashes":
            self.dashes(bond)
        elif kind == "double":
            self.double(bond)
        elif kind == "crossed":
            self.crossed(bond)
        elif kind == "triple":
            for shift in (-style.triple_spacing, 0.0, style.triple_spacing):
                self.single(bond, shift, style.line)
        elif kind == "wedge":
            self.wedge(bond)
        elif kind == "hash":
            self.hash(bond)
        elif kind == "wavy":
            self.wavy(bond)
        elif kind == "dative":
            self.arrow(bond)
        elif kind == "aromatic" and bond.dashed:
            self.single(bond, 0.0, style.line)
            self.inner(bond, dashed=True)
        else:
            self.single(bond, 0.0, style.bold_width if kind == "bold" else style.line)

    def single(self, bond: BondToDraw, shift: float, width: float) -> None:
        """One line along the complete bond."""
        u, a, start, stop = self.visible(bond, shift)
        style = self.style
        if style.cap_style != "round":
            more = (0.29 if style.cap_style == "flat" else 0.5) * width
            if shift == 0.0:
                start -= more if bond.joined[0] else 0.0
                stop += more if bond.joined[1] else 0.0
        first = (a[0] + start * u[0], a[1] + start * u[1])
        last = (a[0] + stop * u[0], a[1] + stop * u[1])
        self.pen.line(first, last, width, list(bond.cuts))
        if style.cap_style == "round":
            self.pen.disc(*first, width / 2)
            self.pen.disc(*last, width / 2)

    def double(self, bond: BondToDraw) -> None:
        """Two lines, one of them on the bond's axis unless ``side`` is 0."""
        style = self.style
        if bond.side == 0:
            for shift in (-style.double_spacing / 2, style.double_spacing / 2):
                self.single(bond, shift, style.line)
            return
        self.single(bond, 0.0, style.line)
        self.inner(bond, dashed=False)

    def crossed(self, bond: BondToDraw) -> None:
        """Two lines that cross in the bond's middle."""
        style = self.style
        u, a, start, stop = self.visible(bond)
        half = max(style.double_spacing, 0.14) / 2
        for side in (-half, half):
            first = (a[0] + start * u[0] - side * u[1], a[1] + start * u[1] + side * u[0])
            last = (a[0] + stop * u[0] + side * u[1], a[1] + stop * u[1] - side * u[0])
            self.pen.line(first, last, style.line)
            if style.cap_style == "round":
                self.pen.disc(*first, style.line / 2)
                self.pen.disc(*last, style.line / 2)

    def inner(self, bond: BondToDraw, *, dashed: bool) -> None:
        """The line beside the bond's axis."""
        style, width = self.style, self.style.line
        u, a, start, stop = self.visible(bond, bond.side * style.double_spacing)
        length = stop - start
        short = style.trim * style.double_spacing
        if dashed:
            short = max(short, 0.5 * style.double_spacing)
        start += short if bond.crowded[0] and not self.letters[bond.begin] else 0.0
        stop -= short if bond.crowded[1] and not self.letters[bond.end] else 0.0
        if stop - start < 0.3 * length:
            middle = (start + stop) / 2
            start, stop = middle - 0.15 * length, middle + 0.15 * length
        spans = [(start, stop)]
        if dashed:
            step = (stop - start) / 6.2
            spans = [(start + k * 2.1 * step, start + (k * 2.1 + 1.4) * step) for k in range(3)]
        for low, high in spans:
            first = (a[0] + low * u[0], a[1] + low * u[1])
            last = (a[0] + high * u[0], a[1] + high * u[1])
            self.pen.line(first, last, width, list(bond.cuts))
            if style.cap_style == "round":
                self.pen.disc(*first, width / 2)
                self.pen.disc(*last, width / 2)

    def wedge(self, bond: BondToDraw) -> None:
        """A filled triangle, its tip at the start."""
        u, a, start, stop = self.visible(bond)
        tip, wide = self.style.wedge_tip / 2, self.style.wedge_width / 2
        first = (a[0] + start * u[0], a[1] + start * u[1])
        last = (a[0] + stop * u[0], a[1] + stop * u[1])
        nx, ny = -u[1], u[0]
        self.pen.polygon(
            [
                (first[0] + tip * nx, first[1] + tip * ny),
                (last[0] + wide * nx, last[1] + wide * ny),
                (last[0] - wide * nx, last[1] - wide * ny),
                (first[0] - tip * nx, first[1] - tip * ny),
            ]
        )

    def hash(self, bond: BondToDraw) -> None:
        """Short lines across the bond, longer towards its end or all of one length."""
        style = self.style
        if style.hash_dashed:
            self.dashes(bond)
            return
        u, a, start, stop = self.visible(bond)
        length = stop - start
        wanted = round(length / style.hash_pitch) if style.hash_pitch else style.hash_lines
        # With little space fewer lines, so that gaps remain between them.
        lines = max(2, min(wanted, int(length / (style.hash_line + 0.04))))
        tip = max(style.wedge_tip, style.line) / 2
        for index in range(lines):
            share = (index + 0.5) / lines
            at = start + share * length
            half = tip + share * (style.wedge_width / 2 - tip)
            if not style.hash_tapered:
                half = style.wedge_width * 0.4
            x, y = a[0] + at * u[0], a[1] + at * u[1]
            self.pen.line(
                (x - half * u[1], y + half * u[0]),
                (x + half * u[1], y - half * u[0]),
                style.hash_line,
            )

    def dashes(self, bond: BondToDraw) -> None:
        """Short strokes along a bond, half of it gaps; the pitch decides their number."""
        u, a, start, stop = self.visible(bond)
        style, length = self.style, stop - start
        count = max(2, round(length / (style.hash_pitch or length / style.hash_lines) + 0.5))
        pitch = length / (count - 0.5)
        for index in range(count):
            low = start + index * pitch
            high = low + pitch / 2
            self.pen.line(
                (a[0] + low * u[0], a[1] + low * u[1]),
                (a[0] + high * u[0], a[1] + high * u[1]),
                style.line,
            )

    def wavy(self, bond: BondToDraw) -> None:
        """A sine."""
        style = self.style
        u, a, start, stop = self.visible(bond)
        count = max(8, int(style.wavy_turns * 8))
        points = []
        for index in range(count + 1):
            at = start + (stop - start) * index / count
            out = style.wavy_width / 2 * math.sin(2 * math.pi * style.wavy_turns * index / count)
            points.append((a[0] + at * u[0] - out * u[1], a[1] + at * u[1] + out * u[0]))
        self.pen.curve(points, style.line)

    def arrow(self, bond: BondToDraw) -> None:
        """A line with a filled head at its end."""
        u, a, start, stop = self.visible(bond)
        head = min(0.3, 0.5 * (stop - start))
        half = max(0.4 * head, 1.2 * self.style.line)
        neck = stop - head
        self.pen.line(
            (a[0] + start * u[0], a[1] + start * u[1]),
            (a[0] + (neck + 0.02) * u[0], a[1] + (neck + 0.02) * u[1]),
            self.style.line,
        )
        x, y = a[0] + neck * u[0], a[1] + neck * u[1]
        self.pen.polygon(
            [
                (x - half * u[1], y + half * u[0]),
                (a[0] + stop * u[0], a[1] + stop * u[1]),
                (x + half * u[1], y - half * u[0]),
            ]
        )


def crossing_cuts(bonds: list[BondToDraw], places: list[Point], gap: float) -> None:
    """Leaves gaps in the later of two bonds that cross; only plain single and double ones."""
    import numpy as np

    if len(bonds) < 2:
        return
    at = np.array(places)
    ends = np.array([(bond.begin, bond.end) for bond in bonds])
    p, r = at[ends[:, 0]], at[ends[:, 1]] - at[ends[:, 0]]
    between = p[None] - p[:, None]
    cross = r[:, None, 0] * r[None, :, 1] - r[:, None, 1] * r[None, :, 0]
    safe = np.where(np.abs(cross) < 1e-9, 1e9, cross)
    t = (between[..., 0] * r[None, :, 1] - between[..., 1] * r[None, :, 0]) / safe
    s = (between[..., 0] * r[:, None, 1] - between[..., 1] * r[:, None, 0]) / safe
    met = (t > 0.02) & (t < 0.98) & (s > 0.02) & (s < 0.98)
    for upper, lower in zip(*np.nonzero(np.triu(met)), strict=True):
        if bonds[lower].kind in ("single", "double"):
            x, y = p[upper] + t[upper, lower] * r[upper]
            sine = abs(float(cross[upper, lower])) / max(
                float(np.hypot(*r[upper]) * np.hypot(*r[lower])), 1e-9
            )
            radius = (gap + 0.06) / max(sine, 0.4)
            bonds[lower].cuts += (((float(x), float(y)), radius),)
