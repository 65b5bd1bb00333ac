"""Patterns and signs: tilings, boards, codes, staves, textures, arrows, plus signs, frames."""

from __future__ import annotations

import cv2
import numpy as np

from inchify.synthetic.no_molecule.sketch import Sketch, polygon, sheet, smooth_walk
from inchify.synthetic.pages.words import conditions, ordinary_word


def honeycomb(generator: np.random.Generator) -> Sketch:
    """A tiling with hexagons, larger than the picture or with gaps, as no molecule is drawn."""
    page = sheet(generator, 200, 800, tall=(0.6, 1.0))
    radius = page.between(0.03, 0.12) * page.width
    gap = page.between(0.86, 0.97) if page.chance(0.5) else 1.0
    flat, filled = page.chance(0.5), page.between(0, 0.4) if page.chance(0.4) else 0.0
    up, across = radius * 1.5, radius * np.sqrt(3)
    for row in range(-1, int(page.height / up) + 2):
        for column in range(-1, int(page.width / across) + 2):
            x, y = (column + 0.5 * (row % 2)) * across, row * up
            x, y = (y, x) if flat else (x, y)
            corners = polygon((x, y), gap * radius, 6, 0 if flat else 30)
            if page.chance(filled):
                page.fill(corners)
            page.line(corners, closed=True)
    return page


def tiles(generator: np.random.Generator) -> Sketch:
    """Squares, bricks, triangles, diamonds."""
    page = sheet(generator, 150, 700, tall=(0.6, 1.0))
    side = page.between(0.05, 0.2) * page.width
    kind = page.one_of(("squares", "bricks", "triangles", "diamonds"))
    for row in range(int(page.height / side) + 2):
        y = row * side
        if kind in ("squares", "bricks", "triangles"):
            page.line([(0, y), (page.width, y)])
        for column in range(-row, int(page.width / side) + row + 2):
            x = column * side
            if kind == "squares":
                page.line([(x, 0), (x, page.height)])
            elif kind == "bricks":
                page.line([(x + row % 2 * side / 2, y), (x + row % 2 * side / 2, y + side)])
            elif kind == "triangles":
                half = (row % 2) * side / 2
                page.line([(x + half, y), (x + half + side / 2, y + side), (x + half + side, y)])
            else:
                page.line([(x, y), (x + side / 2, y + side / 2), (x, y + side)])
                page.line([(x, y), (x - side / 2, y + side / 2), (x, y + side)])
    return page


def chess_board(generator: np.random.Generator) -> Sketch:
    """A board with filled squares and pieces as letters."""
    page = sheet(generator, 150, 600, tall=(1.0, 1.0))
    cells = page.integer(4, 10)
    side = (page.width - 8) / cells
    for row in range(cells):
        for column in range(cells):
            x, y = 4 + column * side, 4 + row * side
            if (row + column) % 2:
                page.fill([(x, y), (x + side, y), (x + side, y + side), (x, y + side)])
            elif page.chance(0.2):
                middle = (x + side / 2, y + side / 2)
                page.write(page.one_of("KQRBNP"), middle, size=0.7 * side, anchor="centre")
    page.box(4, 4, 4 + cells * side, 4 + cells * side)
    return page


def code(generator: np.random.Generator) -> Sketch:
    """A QR code or a bar code."""
    page = sheet(generator, 100, 500, tall=(0.9, 1.0))
    if page.chance(0.6):
        cells = 4 * page.integer(5, 10) + 1
        bits = (generator.random((cells, cells)) < 0.5).astype(np.uint8) * 255
        finder = np.full((7, 7), 255, np.uint8)
        finder[1:6, 1:6] = 0
        finder[2:5, 2:5] = 255
        for rows, columns in (
            (slice(7), slice(7)),
            (slice(7), slice(-7, None)),
            (slice(-7, None), slice(7)),
        ):
            bits[rows, columns] = finder
        side = int(page.width) - 10
        page.stamp(cv2.resize(bits, (side, side), interpolation=cv2.INTER_NEAREST), (5, 5))
        return page
    page = sheet(generator, 150, 500, tall=(0.3, 0.6))
    x, unit = 8.0, page.between(1, 3.5)
    while x < page.width - 12:
        wide = unit * page.integer(1, 4)
        page.fill([(x, 6), (x + wide, 6), (x + wide, page.height - 22), (x, page.height - 22)])
        x += wide + unit * page.integer(1, 4)
    page.write(
        str(generator.integers(10**9, 10**11)), (page.width / 2, page.height - 10), anchor="centre"
    )
    return page


def music(generator: np.random.Generator) -> Sketch:
    """Staves with notes."""
    page = sheet(generator, 200, 800, tall=(0.25, 0.8))
    gap = page.between(6, 14)
    top = 2.5 * gap
    while top + 6 * gap < page.height:
        for line in range(5):
            page.line([(5, top + line * gap), (page.width - 5, top + line * gap)], width=1.2)
        x = 30.0
        while x < page.width - 20:
            y = top + page.integer(0, 8) * gap / 2
            page.ellipse(
                (x, y), 0.6 * gap, 0.42 * gap, turned=-20, filled=255 if page.chance(0.7) else None
            )
            page.line([(x + 0.55 * gap, y), (x + 0.55 * gap, y - 3 * gap)], width=1.3)
            x += page.between(1.8, 5) * gap
            if page.chance(0.15):
                page.line([(x, top), (x, top + 4 * gap)], width=1.3)
                x += 1.5 * gap
        top += 8 * gap
    return page


def texture(generator: np.random.Generator) -> Sketch:
    """Grays without lines, as photographs have them, or dots of a halftone."""
    page = sheet(generator, 100, 500, tall=(0.6, 1.0))
    high, wide = int(page.height), int(page.width)
    field = np.zeros((high, wide), np.float32)
    for octave in range(1, page.integer(3, 7)):
        cells = 2**octave
        coarse = generator.normal(size=(cells + 1, cells + 1)).astype(np.float32)
        field += cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_CUBIC) / octave
    field = (field - field.min()) / max(float(np.ptp(field)), 1e-6)
    for _ in range(page.integer(0, 5)):
        at = (page.integer(0, wide), page.integer(0, high))
        gray = page.between(0, 1)
        cv2.ellipse(
            field,
            at,
            (page.integer(5, wide // 3), page.integer(5, high // 3)),
            30,
            0,
            360,
            gray,
            -1,
        )
    if page.chance(0.3):
        field = (field > generator.random((high, wide))).astype(np.float32)
    page.stamp((255 * np.clip(field, 0, 1)).astype(np.uint8), (0, 0))
    return page


def arrow(generator: np.random.Generator) -> Sketch:
    """A reaction arrow, alone or with conditions."""
    page = sheet(generator, 80, 500, tall=(0.2, 0.5))
    page.pen = page.between(1, 0.03 * page.width + 1)
    y = page.height * page.between(0.4, 0.7)
    left, right = 0.06 * page.width, 0.94 * page.width
    head = page.between(0.05, 0.15) * page.width
    kind = page.one_of(("plain", "plain", "both", "retro", "double"))
    if kind == "plain":
        page.arrow((left, y), (right, y), head=head)
    elif kind == "double":
        page.arrow((left, y), (right, y), head=head)
        page.arrow((right, y), (left, y), head=head)
    elif kind == "both":
        page.arrow((left, y - 4), (right, y - 4), head=head)
        page.arrow((right, y + 4), (left, y + 4), head=head)
    else:
        for step in (-4, 4):
            page.line([(left, y + step), (right - 0.6 * head, y + step)])
        page.line([(right - head, y - head), (right, y), (right - head, y + head)])
    if page.chance(0.55):
        size = min(0.25 * page.height, 22)
        text = page.one_of((*conditions(generator, 2), "NaH, DMF", "Δ", "reflux", "H2, Pd/C"))
        page.write(text, (page.width / 2, y - 0.28 * page.height), size=size, anchor="centre")
    if page.chance(0.2):
        page.rotate()
    return page


def plus(generator: np.random.Generator) -> Sketch:
    """A plus sign, a cross or an equals sign, with strokes as thick as signs have them."""
    page = sheet(generator, 40, 250, tall=(1.0, 1.0))
    middle, arm = (page.width / 2, page.height / 2), page.between(0.2, 0.46) * page.width
    kind, width = (
        page.one_of(("plus", "plus", "times", "letter", "asterisk")),
        arm * page.between(0.15, 0.5),
    )
    if kind == "letter":
        page.write(page.one_of("+×*#&%@=?!"), middle, size=2 * arm, anchor="centre")
        return page
    turns = {"plus": (0, 90), "times": (45, 135), "asterisk": (0, 60, 120)}[kind]
    for turned in turns:
        along = np.array([np.cos(np.radians(turned)), np.sin(np.radians(turned))])
        across = np.array([-along[1], along[0]]) * width / 2
        ends = np.array(middle) - arm * along, np.array(middle) + arm * along
        page.fill([ends[0] + across, ends[1] + across, ends[1] - across, ends[0] - across])
    return page


def frame(generator: np.random.Generator) -> Sketch:
    """An empty frame, rules, a bracket, a legend's box."""
    page = sheet(generator, 100, 800, tall=(0.3, 1.2))
    edge = page.between(3, 20)
    kind = page.one_of(("frame", "double", "rules", "crossed", "rounded"))
    if kind in ("frame", "double", "crossed"):
        page.box(edge, edge, page.width - edge, page.height - edge)
    if kind == "double":
        page.box(2 * edge, 2 * edge, page.width - 2 * edge, page.height - 2 * edge)
    if kind == "crossed":
        page.line([(edge, edge), (page.width - edge, page.height - edge)])
        page.line([(edge, page.height - edge), (page.width - edge, edge)])
    if kind == "rules":
        for y in np.linspace(edge, page.height - edge, page.integer(4, 14)):
            page.line([(edge, y), (page.width - edge, y)])
    if kind == "rounded":
        page.ellipse(
            (page.width / 2, page.height / 2), page.width / 2 - edge, page.height / 2 - edge
        )
    if page.chance(0.3):
        page.write(ordinary_word(generator), (page.width / 2, page.height / 2), anchor="centre")
    return page


def shapes(generator: np.random.Generator) -> Sketch:
    """Stars, spirals, dots, waves, scribbles: what people draw to try a program."""
    page = sheet(generator, 100, 500, tall=(0.7, 1.0))
    middle = (page.width / 2, page.height / 2)
    radius = 0.42 * min(page.width, page.height)
    kind = page.one_of(("star", "spiral", "dots", "waves", "scribble", "sun", "circle", "face"))
    if kind == "star":
        outer, inner = polygon(middle, radius, 5, -90), polygon(middle, 0.4 * radius, 5, -54)
        page.line(np.stack([outer, inner], axis=1).reshape(-1, 2), closed=True)
    elif kind == "spiral":
        angles = np.linspace(0, 2 * np.pi * page.integer(3, 8), 400)
        reach = np.linspace(0, radius, 400)
        page.line(
            np.array(middle) + np.stack([reach * np.cos(angles), reach * np.sin(angles)], axis=1)
        )
    elif kind == "dots":
        for x, y in (
            generator.random((page.integer(5, 80), 2)) * [page.width, page.height]
        ).tolist():
            page.ellipse((x, y), page.between(1, 6), filled=255)
    elif kind == "waves":
        for share in np.linspace(0.2, 0.8, page.integer(1, 6)):
            x = np.linspace(0.03, 0.97, 200)
            y = share + page.between(0.02, 0.12) * np.sin(2 * np.pi * page.integer(2, 9) * x)
            page.line(np.stack([x * page.width, y * page.height], axis=1))
    elif kind == "scribble":
        x, y = smooth_walk(generator, 300, 0), smooth_walk(generator, 300, 0)
        page.line(np.stack([0.05 + 0.9 * x, 0.05 + 0.9 * y], axis=1) * [page.width, page.height])
    elif kind == "sun":
        page.ellipse(middle, 0.4 * radius)
        for end in polygon(middle, radius, page.integer(7, 20)):
            page.line([np.array(middle) + 0.55 * (end - np.array(middle)), end])
    else:
        page.ellipse(middle, radius)
        if kind == "face":
            for side in (-0.35, 0.35):
                page.ellipse(
                    (middle[0] + side * radius, middle[1] - 0.3 * radius), 0.08 * radius, filled=255
                )
            page.ellipse(middle, 0.55 * radius, span=(30, 150))
    return page
