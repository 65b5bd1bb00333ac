"""Marks added to a drawing that are not atoms: atom numbers, lone pairs, arrows, brackets, frames.

Atom numbers, lone pairs, curly arrows, brackets with n and frames of windows stand where they hide
neither letters nor bonds. Lengths are bond lengths, y down. Shape letters: B bonds, L boxes.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from inchify.rendering.depictor.clutter import joined, put_text
from inchify.rendering.depictor.free_space import FreeSpace, away_from_bonds, beside_atom
from inchify.rendering.depictor.glyphs import Box
from inchify.rendering.depictor.labels import Label, Line
from inchify.rendering.depictor.pen import Pen, Point
from inchify.rendering.depictor.skeleton import Skeleton
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.depictor.wording import letters_near
from inchify.rendering.rasterizer import Drawing

MARKS = ("lone_pairs", "atom_numbers", "letters_near", "brackets", "curly_arrows", "frames")
# Lone pairs of elements by symbol.
_PAIRS = {"O": 2, "S": 2, "Se": 2, "N": 1, "P": 1, "F": 3, "Cl": 3, "Br": 3, "I": 3}
_TRIES = 20


def add_marks(
    drawing: Drawing,
    skeleton: Skeleton,
    places: list[Point],
    labels: list[Label | None],
    symbols: list[str],
    style: DrawingStyle,
    generator: np.random.Generator,
) -> Drawing:
    """The drawing with the marks that ``style.marks`` names; ``symbols`` are the atoms' ("" where a
    longer label stands)."""
    ends = [(*places[begin], *places[end]) for begin, end in skeleton.ends]
    boxes = [
        box
        for label, place in zip(labels, places, strict=True)
        if label
        for box in label.boxes_at(*place)
    ]
    ground = FreeSpace(
        *(skeleton, places, labels, symbols, np.array(ends).reshape(-1, 4), boxes),
        *(Pen(), style, generator),
    )
    makers = {
        "lone_pairs": lone_pairs,
        "atom_numbers": atom_numbers,
        "letters_near": letters_near,
        "curly_arrows": curly_arrows,
        "brackets": brackets,
        "frames": frame,
    }
    box = drawing.box
    for name in MARKS:
        if name in style.marks:
            box = joined(box, makers[name](ground, box))
    pen = ground.pen
    return replace(
        drawing,
        strokes_S5=np.concatenate([drawing.strokes_S5, pen.strokes_S5()]),
        outlines_E4=np.concatenate([drawing.outlines_E4, pen.outlines_E4()]),
        frame=box,
    )


def atom_numbers(ground: FreeSpace, box: Box) -> Box:
    """Atom numbers from 0 or 1 beside the atoms, in small letters, where there is space."""
    generator, style = ground.generator, ground.style
    first, every = int(generator.random() < 0.6), generator.random() < 0.75
    size = style.mark_cap
    for atom, place in enumerate(ground.places):
        if not every and ground.labels[atom] is not None:
            continue
        text = str(atom + first)
        half = 0.36 * size * len(text), 0.5 * size
        for angle in away_from_bonds(ground, atom):
            x, y = beside_atom(ground, atom, angle, half)
            spot = (x - half[0], y - half[1], x + half[0], y + half[1])
            if ground.is_free(spot) and math.hypot(x - place[0], y - place[1]) < 1.2:
                drawn = put_text(ground.pen, text, spot[:2], size, style)
                ground.boxes.append(drawn)
                box = joined(box, drawn)
                break
    return box


def lone_pairs(ground: FreeSpace, box: Box) -> Box:
    """Two dots for every lone pair of labeled hetero atoms, where there is space."""
    generator = ground.generator
    radius = max(generator.uniform(0.028, 0.05), 0.6 * ground.style.line)
    apart = 2 * radius + generator.uniform(0.04, 0.09)
    for atom, symbol in enumerate(ground.symbols):
        wanted = _PAIRS.get(symbol, 0) if ground.labels[atom] is not None else 0
        for angle in (0.0, math.pi, math.pi / 2, -math.pi / 2):
            if not wanted:
                break
            upright = abs(math.cos(angle)) > 0.5
            half = (radius, apart / 2 + radius) if upright else (apart / 2 + radius, radius)
            x, y = beside_atom(ground, atom, angle, half)
            spot = (x - half[0], y - half[1], x + half[0], y + half[1])
            if not ground.is_free(spot):
                continue
            for side in (-apart / 2, apart / 2):
                at = (x, y + side) if upright else (x + side, y)
                ground.pen.disc(*at, radius)
            ground.boxes.append(spot)
            box = joined(box, spot)
            wanted -= 1
    return box


def curly_arrows(ground: FreeSpace, box: Box) -> Box:
    """One or two curved arrows from a bond or an atom to another, over empty background."""
    generator = ground.generator
    for _ in range(1 + int(generator.random() < 0.4)):
        for _ in range(_TRIES):
            points = arrow_points(ground)
            if points is None:
                continue
            head = arrow_head(ground, points)
            spots = [(x - 0.03, y - 0.03, x + 0.03, y + 0.03) for x, y in [*points, *head]]
            if not all(ground.is_free(spot) for spot in spots):
                continue
            ground.pen.curve(points, ground.style.line)
            ground.pen.polygon(head)
            ground.boxes += spots
            for x, y in points:
                box = joined(box, (x - 0.15, y - 0.15, x + 0.15, y + 0.15))
            break
    return box


def arrow_points(ground: FreeSpace) -> list[Point] | None:
    """A curved path from near the middle of one bond or atom to near another one; None where these
    are too close or too far apart."""
    generator, places = ground.generator, ground.places
    spots = [
        *places,
        *(
            ((places[a][0] + places[b][0]) / 2, (places[a][1] + places[b][1]) / 2)
            for a, b in ground.skeleton.ends
        ),
    ]
    start, stop = (spots[int(generator.integers(len(spots)))] for _ in range(2))
    dx, dy = stop[0] - start[0], stop[1] - start[1]
    length = math.hypot(dx, dy)
    if not 0.8 < length < 2.6:
        return None
    bend = generator.uniform(0.5, 0.9) * (1 if generator.random() < 0.5 else -1)
    top = ((start[0] + stop[0]) / 2 - bend * dy, (start[1] + stop[1]) / 2 + bend * dx)

    def from_near(point: Point) -> Point:
        """A point slightly towards the bend, away from the atom or bond itself."""
        away = math.hypot(top[0] - point[0], top[1] - point[1])
        step = generator.uniform(0.18, 0.3) / max(away, 0.4)
        return (
            point[0] + step * (top[0] - point[0]),
            point[1] + step * (top[1] - point[1]),
        )

    a, b = from_near(start), from_near(stop)
    ways = [step / 12 for step in range(13)]
    return [
        tuple(  # type: ignore[misc]
            (1 - t) ** 2 * p + 2 * t * (1 - t) * m + t * t * q
            for p, m, q in zip(a, top, b, strict=True)
        )
        for t in ways
    ]


def arrow_head(ground: FreeSpace, points: list[Point]) -> list[Point]:
    """The corners of a full or half head at the last point."""
    generator = ground.generator
    (x0, y0), (x, y) = points[-2], points[-1]
    length = max(math.hypot(x - x0, y - y0), 1e-6)
    ux, uy = (x - x0) / length, (y - y0) / length
    head, half = generator.uniform(0.14, 0.24), generator.uniform(0.05, 0.1) + ground.style.line / 2
    sides = (-half, half) if generator.random() < 0.85 else (0.0, half)
    tip = (x + 0.06 * ux, y + 0.06 * uy)
    back = [(x - head * ux - side * uy, y - head * uy + side * ux) for side in sides]
    return [tip, *back]


def brackets(ground: FreeSpace, box: Box) -> Box:
    """Brackets or parentheses with n, around all or across the outermost bonds at the left and
    right (a polymer)."""
    generator, style = ground.generator, ground.style
    sides = outermost_bonds(ground) if generator.random() < 0.6 else None
    away = generator.uniform(0.2, 0.5)
    x0, x1 = sides if sides else (box[0] - away, box[2] + away)
    if x1 - x0 < 0.8:
        return box
    top, bottom = box[1] - generator.uniform(0.0, 0.3), box[3] + generator.uniform(0.0, 0.3)
    hook, rounded = generator.uniform(0.12, 0.3), generator.random() < 0.4
    for x, way in ((x0, 1), (x1, -1)):
        corners = [(x + way * hook, top), (x, top), (x, bottom), (x + way * hook, bottom)]
        if rounded:
            steps = [step / 10 for step in range(11)]
            corners = [(x + way * hook * (2 * t - 1) ** 2, top + t * (bottom - top)) for t in steps]
        ground.pen.curve(corners, style.line)
    text = "nmxpn234"[int(generator.integers(8))]
    size = style.cap * generator.uniform(0.6, 1.0)
    number = put_text(ground.pen, text, (x1 + 0.08, bottom - 0.7 * size), size, style)
    ground.boxes += [(x0, top, x0 + 0.05, bottom), (x1 - 0.05, top, x1, bottom), number]
    return joined(joined(box, (x0 - 0.05, top - 0.05, x1 + 0.05, bottom + 0.05)), number)


def outermost_bonds(ground: FreeSpace) -> tuple[float, float] | None:
    """The x positions where a vertical line crosses only the single bond at the left end, and at
    the right end; None where there are none."""
    positions = []
    places = ground.places
    for way in (1, -1):
        ends = sorted(range(len(places)), key=lambda atom: way * places[atom][0])[:1]
        neighbors = ground.skeleton.neighbors[ends[0]] if ends else []
        if len(neighbors) != 1:
            return None
        (x0, y0), (x1, y1) = places[ends[0]], places[neighbors[0]]
        x, y = 0.45 * x0 + 0.55 * x1, 0.45 * y0 + 0.55 * y1
        number = next(
            place
            for place, pair in enumerate(ground.skeleton.ends)
            if set(pair) == {ends[0], neighbors[0]}
        )
        if not ground.is_free((x - 0.01, y - 9.0, x + 0.01, y + 9.0), beside=number):
            return None
        positions.append(x)
    return positions[0], positions[1]


def frame(ground: FreeSpace, box: Box) -> Box:
    """The frame of a window or a figure around all, sometimes with a bar of title and buttons."""
    generator, style = ground.generator, ground.style
    width = style.line * generator.uniform(0.5, 2.5)
    left, top, right, bottom = (
        side + way * generator.uniform(0.5, 2.5)
        for side, way in zip(box, (-1, -1, 1, 1), strict=True)
    )
    bar = generator.uniform(0.5, 0.9) if generator.random() < 0.5 else 0.0
    corners = [(left, top - bar), (right, top - bar), (right, bottom), (left, bottom)]
    for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
        ground.pen.line(a, b, width)
    if bar:
        ground.pen.line((left, top), (right, top), width)
        title_bar(ground, (left, top - bar, right, top))
    return (left - width, top - bar - width, right + width, bottom + width)


def title_bar(ground: FreeSpace, bar: Box) -> None:
    """Buttons at the right or left of a window's bar, and a word."""
    generator, style = ground.generator, ground.style
    left, top, right, bottom = bar
    middle, size = (top + bottom) / 2, 0.3 * (bottom - top)
    at_left = generator.random() < 0.4
    for number in range(3):
        x = left + (2 + 3 * number) * size if at_left else right - (2 + 3 * number) * size
        if not left + size < x < right - size:
            return
        if generator.random() < 0.5:
            ground.pen.disc(x, middle, 0.7 * size)
        else:
            half = 0.6 * size
            ground.pen.line((x - half, middle - half), (x + half, middle + half), style.line)
            ground.pen.line((x - half, middle + half), (x + half, middle - half), style.line)
    words = ("Structure", "Molecule", "Editor", "View", "Untitled", "File Edit")
    text = words[int(generator.integers(len(words)))]
    x = right - (2 + 0.8 * len(text)) * size * 1.6 if at_left else left + size
    if left < x and (at_left or x + 1.6 * size * len(text) < right - 10 * size):
        put_text(ground.pen, text, (x, middle - 0.7 * size), 1.4 * size, style)


def watermark(box: Box, style: DrawingStyle, generator: np.random.Generator) -> Drawing:
    """Large letters across the box, level or slanting, to be laid under a drawing in pale gray."""
    words = ("SAMPLE", "DRAFT", "CONFIDENTIAL", "Copyright", "ChemSite", "PREVIEW", "www.chem.org")
    line = Line(replace(style, letter_space=0.05))
    line.put((words[int(generator.integers(len(words)))], "plain"))
    edges_E4 = np.concatenate(line.edges)
    points = edges_E4.reshape(-1, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    angle = float(generator.choice((0.0, -0.5, -math.pi / 4, 0.5)))
    span = max(box[2] - box[0], box[3] - box[1], 2.0)
    size = generator.uniform(0.5, 0.95) * span / float(high[0] - low[0])
    cosine, sine = math.cos(angle), math.sin(angle)
    turned = (points - (low + high) / 2) @ np.array(((cosine, sine), (-sine, cosine))) * size
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return Drawing(np.zeros((0, 5)), (turned + middle).reshape(-1, 4))
