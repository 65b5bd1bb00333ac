"""Technical drawings: flow charts, circuits, trees, networks, plans, machines, maps."""

from __future__ import annotations

from itertools import cycle

import numpy as np

from inchify.synthetic.no_molecule.sketch import Point, Sketch, sheet, smooth_walk
from inchify.synthetic.pages.words import ordinary_word


def flow_chart(generator: np.random.Generator) -> Sketch:
    """Boxes, diamonds and ovals with words, joined by arrows."""
    page = sheet(generator, 300, 1000, tall=(0.6, 1.5))
    columns, rows = page.integer(1, 3), page.integer(3, 8)
    wide, high = page.width / columns, page.height / rows
    size = min(page.letters, 0.3 * high)
    head = page.between(5, 11)
    for column in range(columns):
        for row in range(rows):
            x, y = (column + 0.5) * wide, (row + 0.5) * high
            _node(page, (x, y), 0.36 * wide, 0.3 * high, size)
            if row and page.chance(0.9):
                page.arrow((x, y - 0.7 * high), (x, y - 0.3 * high), head=head)
            if column and page.chance(0.4):
                page.arrow((x - 0.64 * wide, y), (x - 0.36 * wide, y), head=head)
            if page.chance(0.3):
                page.write(f"S{page.integer(1, 400)}", (x + 0.38 * wide, y - 0.3 * high), size=size)
    return page


def _node(page: Sketch, middle: Point, across: float, down: float, size: float) -> None:
    x, y = middle
    kind = page.one_of(("box", "box", "box", "diamond", "oval", "circle"))
    if kind == "diamond":
        page.line([(x - across, y), (x, y - down), (x + across, y), (x, y + down)], closed=True)
    elif kind == "oval":
        page.ellipse(middle, across, down)
    elif kind == "circle":
        page.ellipse(middle, min(across, down))
    else:
        page.box(x - across, y - down, x + across, y + down)
    maximum = max(2, int(1.6 * across / (0.6 * size)))
    lines = page.integer(0, 2)
    for number in range(lines):
        text = f"{ordinary_word(page.generator)} {ordinary_word(page.generator)}"[:maximum]
        place = (x, y + (number - (lines - 1) / 2) * 1.2 * size)
        page.write(text.upper() if page.chance(0.3) else text, place, size=size, anchor="centre")


_PARTS = ("R1", "C", "L1", "R2", "C1", "V", "Q1", "D1", "R3", "C2", "U1", "Vcc", "R", "L")


def circuit(generator: np.random.Generator) -> Sketch:
    """Wires with resistors, capacitors, coils, sources and earth."""
    page = sheet(generator, 200, 800, tall=(0.3, 0.8))
    step = page.between(50, 110)
    rows = max(1, int(page.height / step) - 1)
    columns = max(2, int(page.width / step) - 1)
    unit = step / 10
    names = cycle(_PARTS)
    for row in range(rows + 1):
        for column in range(columns):
            y, x = (row + 0.6) * step, (column + 0.5) * step
            if page.chance(0.85):
                part = page.one_of(("wire", "resistor", "capacitor", "coil", "box", "source"))
                _part(page, (x, y), (x + step, y), part, unit)
                if part != "wire" and page.chance(0.8):
                    at = (x + step / 2, y - 2.6 * unit)
                    page.write(next(names), at, size=min(page.letters, 3 * unit), anchor="centre")
            if row and page.chance(0.5):
                part = page.one_of(("wire", "wire", "resistor", "capacitor"))
                _part(page, (x, y - step), (x, y), part, unit)
            if page.chance(0.15):
                page.ellipse((x, y), 0.25 * unit + 1, filled=255)
    return page


def _part(page: Sketch, begin: Point, end: Point, kind: str, unit: float) -> None:
    """One element between two points, along x or y."""
    first, last = np.array(begin), np.array(end)
    along = (last - first) / max(float(np.hypot(*(last - first))), 1e-6)
    across = np.array([-along[1], along[0]])
    middle = (first + last) / 2
    if kind == "wire":
        page.line([first, last])
        return
    half = 2.5 * unit if kind != "capacitor" else 0.6 * unit
    page.line([first, middle - half * along])
    page.line([middle + half * along, last])
    if kind == "resistor":
        steps = np.linspace(-1, 1, 8)
        sides = [0, 1, -1, 1, -1, 1, -1, 0]
        page.line(
            [
                middle + s * half * along + 1.2 * unit * a * across
                for s, a in zip(steps, sides, strict=True)
            ]
        )
    elif kind == "capacitor":
        for side in (-1, 1):
            plate = middle + side * half * along
            page.line([plate - 2 * unit * across, plate + 2 * unit * across])
    elif kind == "coil":
        for share in (-0.75, -0.25, 0.25, 0.75):
            at = middle + share * half * along
            page.ellipse((float(at[0]), float(at[1])), half / 4)
    elif kind == "source":
        page.ellipse((float(middle[0]), float(middle[1])), half)
        page.write("~", (float(middle[0]), float(middle[1])), anchor="centre")
    else:
        corners = [(-half, -unit), (half, -unit), (half, unit), (-half, unit)]
        page.line([middle + a * along + b * across for a, b in corners], closed=True)


_NAMES = "E. coli|M. musculus|H. sapiens|S. cer.|D. mel.|A. thaliana|C. elegans|R. norv.|B. taurus"


def tree(generator: np.random.Generator) -> Sketch:
    """A dendrogram, a pedigree, an organization: branches with names at their ends."""
    page = sheet(generator, 200, 800, tall=(0.6, 1.2))
    leaves = page.integer(4, 18)
    slanted, named = page.chance(0.35), page.chance(0.75)
    right = page.width * (0.68 if named else 0.95)
    heights = np.linspace(0.05, 0.95, leaves) * page.height
    nodes = [(right, float(y)) for y in heights]
    size = min(page.letters, 0.7 * page.height / leaves)
    for x, y in nodes if named else []:
        page.write(page.one_of(_NAMES.split("|")), (x + 4, y), size=size)
    upright = page.chance(0.25)
    while len(nodes) > 1:
        place = page.integer(0, len(nodes) - 2)
        (x0, y0), (x1, y1) = nodes[place], nodes[place + 1]
        x, y = min(x0, x1) - page.between(0.3, 1.2) * right / leaves - 4, (y0 + y1) / 2
        x = max(x, 4.0)
        if slanted:
            page.line([(x0, y0), (x, y), (x1, y1)])
        else:
            page.line([(x0, y0), (x, y0), (x, y1), (x1, y1)])
        nodes[place : place + 2] = [(x, y)]
    if upright:
        page.rotate()
    return page


def network(generator: np.random.Generator) -> Sketch:
    """Circles or boxes joined by lines: a graph, a state machine, a network."""
    page = sheet(generator, 200, 800, tall=(0.6, 1.0))
    count = page.integer(4, 14)
    at = generator.uniform(0.1, 0.9, (count, 2)) * [page.width, page.height]
    radius = page.between(0.02, 0.07) * page.width
    arrows, curved = page.chance(0.5), page.chance(0.3)
    for first in range(count):
        away = np.hypot(*(at - at[first]).T)
        for second in np.argsort(away)[1 : page.integer(2, 4)]:
            along = (at[second] - at[first]) / max(float(away[second]), 1e-6)
            if away[second] < 2.2 * radius:
                continue
            begin, end = at[first] + radius * along, at[second] - radius * along
            if curved:
                bend = 0.15 * away[second] * np.array([-along[1], along[0]])
                share = np.linspace(0, 1, 20)[:, None]
                page.line(begin + share * (end - begin) + 4 * share * (1 - share) * bend)
            elif arrows:
                page.arrow(tuple(begin), tuple(end), head=7)
            else:
                page.line([begin, end])
    filled = page.chance(0.2)
    for number, (x, y) in enumerate(at.tolist()):
        page.ellipse((x, y), radius, filled=255 if filled else 0)
        page.ellipse((x, y), radius)
        if not filled and page.chance(0.9):
            page.write(str(number + 1), (x, y), size=1.1 * radius, anchor="centre")
    return page


def floor_plan(generator: np.random.Generator) -> Sketch:
    """Rooms with walls, doors and names."""
    page = sheet(generator, 250, 900, tall=(0.6, 1.0))
    wall = page.between(2, 8)
    todo = [(10.0, 10.0, page.width - 10, page.height - 10)]
    page.box(*todo[0], width=wall)
    for _ in range(page.integer(3, 9)):
        todo.sort(key=lambda space: -(space[2] - space[0]) * (space[3] - space[1]))
        left, top, right, bottom = todo.pop(0)
        share = page.between(0.35, 0.65)
        if right - left > bottom - top:
            x = left + share * (right - left)
            page.line([(x, top), (x, bottom)], width=wall)
            todo += [(left, top, x, bottom), (x, top, right, bottom)]
            _door(page, (x, top + 0.3 * (bottom - top)), 0.2 * (bottom - top), wall)
        else:
            y = top + share * (bottom - top)
            page.line([(left, y), (right, y)], width=wall)
            todo += [(left, top, right, y), (left, y, right, bottom)]
    for left, top, right, bottom in todo:
        if page.chance(0.6):
            middle = ((left + right) / 2, (top + bottom) / 2)
            page.write(ordinary_word(generator), middle, anchor="centre")
    return page


def _door(page: Sketch, at: Point, size: float, wall: float) -> None:
    page.line([at, (at[0], at[1] + size)], width=wall + 2, intensity=0)
    page.line([at, (at[0] + size, at[1])], width=1.0)
    page.ellipse(at, size, span=(0, 90), width=1.0)


def street_map(generator: np.random.Generator) -> Sketch:
    """Borders or streets with names."""
    page = sheet(generator, 250, 800, tall=(0.6, 1.0))
    for _ in range(page.integer(4, 12)):
        points = page.integer(30, 120)
        along = np.linspace(-0.05, 1.05, points)
        other = page.between(0, 1) + page.between(0.05, 0.5) * (
            smooth_walk(generator, points, 0.02) - 0.5
        )
        xy = (along, other) if page.chance(0.5) else (other, along)
        line = np.stack([xy[0] * page.width, xy[1] * page.height], axis=1)
        page.line(line, width=page.between(0.8, 4))
    for _ in range(page.integer(2, 10)):
        at = (page.between(0.05, 0.8) * page.width, page.between(0.05, 0.95) * page.height)
        page.write(ordinary_word(generator).capitalize(), at)
        page.ellipse((at[0] - 6, at[1]), 2.5, filled=255)
    return page


def block_diagram(generator: np.random.Generator) -> Sketch:
    """Boxes anywhere, joined at right angles or by slanted lines, with numbers."""
    page = sheet(generator, 250, 900, tall=(0.5, 1.0))
    boxes: list[tuple[float, float, float, float]] = []
    for _ in range(40):
        wide, high = page.between(0.1, 0.25) * page.width, page.between(0.06, 0.16) * page.height
        x, y = page.between(0, page.width - wide), page.between(0, page.height - high)
        apart = (
            x > r + 12 or x + wide < a - 12 or y > d + 12 or y + high < b - 12
            for a, b, r, d in boxes
        )
        if all(apart) and len(boxes) < 9:
            boxes.append((x, y, x + wide, y + high))
    for number, (left, top, right, bottom) in enumerate(boxes):
        page.box(left, top, right, bottom)
        maximum = max(2, int((right - left) / (0.65 * page.letters)))
        middle = ((left + right) / 2, (top + bottom) / 2)
        page.write(ordinary_word(generator)[:maximum], middle, anchor="centre")
        if page.chance(0.5):
            page.write(str(10 * number + 10), (right + 4, top - 4), size=0.8 * page.letters)
        if number:
            begin = ((boxes[number - 1][0] + boxes[number - 1][2]) / 2, boxes[number - 1][3])
            end = (middle[0], top)
            half = (begin[1] + end[1]) / 2
            path = (
                [begin, (begin[0], half), (end[0], half), end] if page.chance(0.7) else [begin, end]
            )
            page.line(path)
            if page.chance(0.6):
                page.arrow(path[-2], end, head=8)
    return page


def apparatus(generator: np.random.Generator) -> Sketch:
    """Glassware and tubes: flasks, columns, test tubes."""
    page = sheet(generator, 150, 500, tall=(0.8, 1.5))
    count = page.integer(1, 3)
    for number in range(count):
        x, wide = (number + 0.5) * page.width / count, 0.3 * page.width / count
        neck, shoulder, ground = 0.15 * page.height, 0.45 * page.height, 0.85 * page.height
        thin = 0.35 * wide
        kind = page.integer(0, 2)
        if kind == 0:
            left = [(x - thin, neck), (x - thin, shoulder), (x - wide, ground)]
            right = [(x + wide, ground), (x + thin, shoulder), (x + thin, neck)]
            page.line([*left, *right])
            level = (shoulder + ground) / 2
            page.line([(x - 0.7 * wide, level), (x + 0.7 * wide, level)])
        elif kind == 1:
            page.ellipse((x, ground - wide), wide, span=(-70, 250))
            for side in (-thin, thin):
                page.line([(x + side, neck), (x + side, ground - 1.9 * wide)])
        else:
            page.line([(x - thin, neck), (x - thin, ground), (x + thin, ground), (x + thin, neck)])
            for level in np.linspace(shoulder, ground, page.integer(3, 9)):
                page.line([(x - thin, level), (x, level)])
        if page.chance(0.5):
            page.write(ordinary_word(generator), (x, page.height - 12), anchor="centre")
    return page


def sectors(generator: np.random.Generator) -> Sketch:
    """Straight lines with angles: geometry, rays, perspective."""
    page = sheet(generator, 200, 700, tall=(0.5, 1.0))
    corners = generator.uniform(0.08, 0.92, (page.integer(3, 6), 2)) * [page.width, page.height]
    page.line(corners, closed=True)
    for number, (x, y) in enumerate(corners.tolist()):
        page.write("ABCDEFGH"[number], (x + 8, y - 8))
        if page.chance(0.4):
            page.ellipse(
                (x, y), page.between(10, 30), span=(page.between(0, 90), page.between(100, 200))
            )
    for _ in range(page.integer(0, 3)):
        begin, end = generator.uniform(0.05, 0.95, (2, 2)) * [page.width, page.height]
        if page.chance(0.5):
            page.dashed(tuple(begin), tuple(end))
        else:
            page.line([begin, end])
    if page.chance(0.3):
        page.ellipse((page.width / 2, page.height / 2), 0.4 * page.height)
    return page
