"""Logos: hexagons and other shapes with words or initials, thick, doubled or filled.

A thin hexagon that stands alone is cyclohexane, so none is drawn here: something must tell the
two apart, be it the width of its strokes, a filled area, or letters inside.
"""

from __future__ import annotations

import numpy as np

from inchify.synthetic.no_molecule.sketch import Sketch, polygon, sheet
from inchify.synthetic.pages.words import ordinary_word


def hexagon_logo(generator: np.random.Generator) -> Sketch:
    """A hexagon as firms have it."""
    return _logo(generator, 6)


def polygon_logo(generator: np.random.Generator) -> Sketch:
    """The same with another shape."""
    return _logo(generator, int(generator.choice([3, 4, 5, 7, 8, 60])))


def _logo(generator: np.random.Generator, corners: int) -> Sketch:
    page = sheet(generator, 80, 500, tall=(0.8, 1.0))
    radius = page.between(0.28, 0.46) * page.height
    middle = (page.width / 2, page.height / 2)
    turned = page.one_of(("0", "30", "90")) if page.chance(0.8) else str(page.integer(0, 59))
    outer = polygon(middle, radius, corners, float(turned))
    kind = page.one_of(("thick", "filled", "double", "written", "written", "spokes", "beside"))
    name = _name(page)
    if kind == "filled":
        page.fill(outer)
        page.write(name[:5], middle, size=0.5 * radius, anchor="centre", intensity=0)
        return page
    width = radius * (page.between(0.14, 0.35) if kind == "thick" else page.between(0.02, 0.16))
    page.line(outer, closed=True, width=width)
    if kind == "double":
        inner = polygon(middle, radius * page.between(0.45, 0.8), corners, float(turned))
        if page.chance(0.5):
            page.fill(inner)
        else:
            page.line(inner, closed=True, width=width)
    if kind == "spokes":
        _spokes(page, outer, middle, width)
    if kind == "beside" or (kind != "written" and page.chance(0.3)):
        page.write(
            name,
            (middle[0], page.height - 10),
            size=page.between(0.2, 0.4) * radius,
            anchor="centre",
        )
        kind = "written" if kind == "beside" else kind
    if kind in ("written", "double"):
        size = min(page.between(0.3, 0.8) * radius, 2.2 * radius / max(len(name), 1))
        page.write(name, middle, size=size, anchor="centre")
    return page


def _spokes(page: Sketch, outer: np.ndarray, middle: tuple[float, float], width: float) -> None:
    """A cube or a wheel: lines from the middle to the corners, some sides filled."""
    step = 2 if len(outer) == 6 else 1
    for place in range(0, len(outer), step):
        page.line([middle, outer[place]], width=width)
    for place in range(0, len(outer), 2):
        if page.chance(0.35):
            page.fill([middle, outer[place], outer[(place + 1) % len(outer)]])


def _name(page: Sketch) -> str:
    """Initials or an invented word, no element's symbol."""
    if page.chance(0.4):
        letters = [page.one_of("ABDEGJKLMQRTVWXYZ") for _ in range(page.integer(2, 4))]
        return "".join(letters)
    word = ordinary_word(page.generator)
    return word.upper() if page.chance(0.5) else word.capitalize()
