"""Charts and spectra: axes, curves, bars, points, contours."""

from __future__ import annotations

import cv2
import numpy as np

from inchify.synthetic.no_molecule.sketch import Sketch, sheet, smooth_walk
from inchify.synthetic.pages.words import ordinary_word

_Frame = tuple[float, float, float, float]


def _axes(page: Sketch, *, ticks: bool | None = None) -> _Frame:
    """Axes with ticks, numbers and words; the plot's left, top, right and bottom."""
    size = page.letters
    left, top = page.between(0.5, 3.5) * size + 4, page.between(0.5, 1.5) * size
    right, bottom = page.width - page.between(0.3, 2) * size, page.height - 2.6 * size
    page.line([(left, top), (left, bottom), (right, bottom)])
    if page.chance(0.4):
        page.box(left, top, right, bottom)
    if page.chance(0.25):
        for share in np.linspace(0, 1, page.integer(4, 8)):
            y = top + share * (bottom - top)
            page.line([(left, y), (right, y)], width=min(page.pen, 1.0))
    if page.chance(0.75) if ticks is None else ticks:
        count, long = page.integer(3, 11), page.between(3, 8)
        inward = -1 if page.chance(0.3) else 1
        for number, share in enumerate(np.linspace(0, 1, count)):
            x, y = left + share * (right - left), bottom - share * (bottom - top)
            page.line([(x, bottom), (x, bottom + inward * long)])
            page.line([(left, y), (left - inward * long, y)])
            if page.chance(0.9):
                page.write(str(number), (x, bottom + size), size=0.7 * size, anchor="centre")
                page.write(f"{10 * number}", (left - 9, y), size=0.7 * size, anchor="right")
    if page.chance(0.6):
        middle = (left + right) / 2
        page.write(ordinary_word(page.generator), (middle, bottom + 2 * size), anchor="centre")
        page.write(ordinary_word(page.generator), (2, (top + bottom) / 2), upright=False)
    return left, top, right, bottom


def _placed(frame: _Frame, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Points of the unit square in the plot."""
    left, top, right, bottom = frame
    return np.stack([left + x * (right - left), bottom - y * (bottom - top)], axis=1)


def _mark(page: Sketch, at: np.ndarray, kind: str, size: float) -> None:
    x, y = float(at[0]), float(at[1])
    if kind == "circle":
        page.ellipse((x, y), size)
    elif kind == "dot":
        page.ellipse((x, y), size, filled=255)
    elif kind == "square":
        page.box(x - size, y - size, x + size, y + size)
    elif kind == "cross":
        page.line([(x - size, y - size), (x + size, y + size)])
        page.line([(x - size, y + size), (x + size, y - size)])
    elif kind == "triangle":
        page.line([(x - size, y + size), (x + size, y + size), (x, y - size)], closed=True)


_MARKS = ("circle", "dot", "square", "cross", "triangle", "none")


def line_chart(generator: np.random.Generator) -> Sketch:
    """Straight pieces from point to point, perhaps with marks and error bars."""
    page = sheet(generator, 200, 900, tall=(0.5, 0.9))
    frame = _axes(page)
    bars = page.chance(0.2)
    for _ in range(page.integer(1, 4)):
        count = page.integer(4, 16)
        y = 0.05 + 0.9 * smooth_walk(generator, count, 0.4)
        points = _placed(frame, np.linspace(0, page.between(0.85, 1), count), y)
        if page.chance(0.9):
            page.line(points)
        kind, size = page.one_of(_MARKS), page.between(2, 6)
        for point in points:
            _mark(page, point, kind, size)
            if bars:
                x, high = float(point[0]), page.between(4, 20)
                page.line([(x, point[1] - high), (x, point[1] + high)])
                for end in (point[1] - high, point[1] + high):
                    page.line([(x - 4, end), (x + 4, end)])
    return page


def curves(generator: np.random.Generator) -> Sketch:
    """Smooth curves, with or without axes."""
    page = sheet(generator, 200, 900, tall=(0.4, 0.9))
    frame = _axes(page) if page.chance(0.8) else (8, 8, page.width - 8, page.height - 8)
    for _ in range(page.integer(1, 4)):
        x = np.linspace(0, 1, 200)
        kind = page.integer(0, 3)
        if kind == 0:
            y = smooth_walk(generator, 200, 0)
        elif kind == 1:
            y = 1 / (1 + np.exp(-page.between(6, 20) * (x - page.between(0.3, 0.7))))
        elif kind == 2:
            y = np.exp(-page.between(1, 6) * x)
        else:
            y = 0.5 + 0.4 * np.sin(2 * np.pi * page.between(1, 7) * x + page.between(0, 6))
        page.line(_placed(frame, x, 0.03 + 0.9 * y))
    return page


def scatter(generator: np.random.Generator) -> Sketch:
    """Marks strewn over a plot, perhaps with a line through them."""
    page = sheet(generator, 200, 800, tall=(0.6, 1.0))
    frame = _axes(page)
    count = page.integer(8, 120)
    x = generator.random(count)
    spread = page.between(0.02, 0.5)
    y = np.clip(page.between(0.2, 1) * x + spread * generator.normal(size=count), 0.02, 0.98)
    kind, size = page.one_of(_MARKS[:-1]), page.between(1.5, 5)
    for point in _placed(frame, x, y):
        _mark(page, point, kind, size)
    if page.chance(0.5):
        page.line(_placed(frame, np.array([0.0, 1.0]), np.array([0.1, 0.8])))
    return page


def bars(generator: np.random.Generator) -> Sketch:
    """Bars, filled, hatched or empty."""
    page = sheet(generator, 200, 800, tall=(0.5, 0.9))
    left, top, right, bottom = _axes(page)
    count, share = page.integer(3, 20), page.between(0.4, 1.0)
    wide = (right - left) / count
    kind = page.one_of(("filled", "empty", "hatched", "mixed"))
    for number in range(count):
        x, y = left + number * wide, bottom - page.between(0.03, 0.97) * (bottom - top)
        if kind == "filled" or (kind == "mixed" and number % 2):
            page.fill([(x, y), (x + share * wide, y), (x + share * wide, bottom), (x, bottom)])
        page.box(x, y, x + share * wide, bottom)
        if kind == "hatched":
            for line in np.arange(y, bottom, page.between(5, 9)):
                page.line([(x, line), (x + share * wide, max(line - share * wide, y))], width=1)
        if page.chance(0.3):
            middle = x + share * wide / 2
            page.line([(middle, y), (middle, y - 10)])
            page.line([(middle - 4, y - 10), (middle + 4, y - 10)])
    return page


def pie(generator: np.random.Generator) -> Sketch:
    """Sectors of a circle with words beside them."""
    page = sheet(generator, 200, 700, tall=(0.6, 0.9))
    middle = (page.width / 2, page.height / 2)
    radius = 0.33 * page.height
    page.ellipse(middle, radius)
    angle, hole = page.between(0, 360), page.chance(0.3)
    while angle < 720:
        step = page.between(15, 110)
        if page.chance(0.3):
            arc = np.radians(np.linspace(angle, angle + step, 24))
            rim = np.array(middle) + radius * np.stack([np.cos(arc), np.sin(arc)], axis=1)
            page.fill(np.concatenate([[middle], rim]))
        end = np.array(middle) + radius * np.array(_unit_vector(angle))
        page.line([middle, end])
        page.write(
            ordinary_word(generator),
            tuple(np.array(middle) + 1.3 * radius * np.array(_unit_vector(angle))),
            anchor="centre",
        )
        angle += step
    if hole:
        page.ellipse(middle, 0.5 * radius, filled=0)
        page.ellipse(middle, 0.5 * radius)
    return page


def _unit_vector(degrees: float) -> tuple[float, float]:
    angle = np.radians(degrees)
    return float(np.cos(angle)), float(np.sin(angle))


def spectrum(generator: np.random.Generator) -> Sketch:
    """NMR (sharp peaks upwards), infrared (bands downwards), mass (sticks) or a chromatogram."""
    page = sheet(generator, 250, 1000, tall=(0.3, 0.7))
    page.pen = min(page.pen, 2.0)
    kind = page.one_of(("nmr", "nmr", "infrared", "mass", "chromatogram"))
    bottom = page.height - 2.2 * page.letters
    frame = (6.0, 8.0, page.width - 6.0, bottom)
    page.line([(frame[0], bottom), (frame[2], bottom)])
    for number, share in enumerate(np.linspace(0, 1, page.integer(5, 12))):
        x = frame[0] + share * (frame[2] - frame[0])
        page.line([(x, bottom), (x, bottom + 5)])
        page.write(
            str(number), (x, bottom + page.letters), size=0.7 * page.letters, anchor="centre"
        )
    x = np.linspace(0, 1, 1500)
    if kind == "mass":
        for at in generator.random(page.integer(8, 60)):
            high = page.between(0.02, 1) ** 2
            page.line(_placed(frame, np.array([at, at]), np.array([0, high])))
            if high > 0.3:
                label = f"{generator.uniform(50, 900):.1f}"
                page.write(
                    label,
                    tuple(_placed(frame, np.array([at]), np.array([high + 0.04]))[0]),
                    size=0.7 * page.letters,
                    anchor="centre",
                )
        return page
    y = np.zeros_like(x)
    wide = {"nmr": (0.0005, 0.002), "infrared": (0.004, 0.03), "chromatogram": (0.003, 0.012)}[kind]
    for _ in range(page.integer(4, 25)):
        at, high, width = page.between(0.02, 0.98), page.between(0.03, 1) ** 2, page.between(*wide)
        for step in range(page.integer(1, 4) if kind == "nmr" else 1):
            y = np.maximum(y, high / (1 + ((x - at - 0.006 * step) / width) ** 2))
    y += 0.004 * generator.normal(size=len(x)) * page.chance(0.5)
    y = 0.9 - 0.85 * y if kind == "infrared" else 0.04 + 0.9 * y
    page.line(_placed(frame, x, y))
    return page


def contour(generator: np.random.Generator) -> Sketch:
    """Lines of equal height: ellipses in one another, or of a random surface."""
    page = sheet(generator, 180, 700, tall=(0.7, 1.0))
    if page.chance(0.4):
        middle, turned = (page.width / 2, page.height / 2), page.between(0, 180)
        across, down = 0.44 * page.width, page.between(0.2, 0.44) * page.height
        if page.chance(0.5):
            turned = 0.0
        for share in np.linspace(page.between(0.05, 0.2), 1, page.integer(3, 11)):
            page.ellipse(middle, share * across, share * down, turned=turned)
        return page
    coarse = generator.normal(size=(page.integer(3, 7), page.integer(3, 7))).astype(np.float32)
    high, wide = int(page.height), int(page.width)
    surface = cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_CUBIC)
    for level in np.linspace(surface.min(), surface.max(), page.integer(4, 14))[1:-1]:
        above = (surface > level).astype(np.uint8)
        for line in cv2.findContours(above, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]:
            if len(line) > 8:
                page.line(line[::3, 0].astype(float), closed=True)
    return page
