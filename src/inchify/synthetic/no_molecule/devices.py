"""Drawings of devices: parts with reference numbers and lead lines, as patents have them."""

from __future__ import annotations

import numpy as np

from inchify.synthetic.no_molecule.sketch import Point, Sketch, polygon, sheet, smooth_walk


def machine(generator: np.random.Generator) -> Sketch:
    """Parts of a device with reference numbers and lead lines."""
    page = sheet(generator, 300, 1000, tall=(0.5, 1.3))
    for _ in range(page.integer(3, 9)):
        x, y = page.between(0.15, 0.85) * page.width, page.between(0.15, 0.85) * page.height
        size = page.between(0.05, 0.22) * page.width
        kind = page.one_of(
            ("gear", "box", "cylinder", "rings", "hatched", "cube", "spring", "blob")
        )
        _DEVICES[kind](page, (x, y), size)
        if page.chance(0.85):
            end = (x + page.between(-1.5, 1.5) * size, y + page.between(-1.5, 1.5) * size)
            page.line([(x, y), end], width=min(page.pen, 1.5))
            page.write(str(page.integer(1, 400)), end, anchor="centre")
    if page.chance(0.5):
        page.write(
            f"FIG. {page.integer(1, 30)}", (page.width / 2, page.height - 14), anchor="centre"
        )
    return page


def _gear(page: Sketch, at: Point, size: float) -> None:
    teeth = page.integer(6, 18)
    angles = np.linspace(0, 2 * np.pi, 4 * teeth, endpoint=False)
    radius = size * np.where(np.arange(4 * teeth) % 4 < 2, 1.0, 0.82)
    page.line(
        np.array(at) + np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1),
        closed=True,
    )
    page.ellipse(at, 0.3 * size)


def _plain_box(page: Sketch, at: Point, size: float) -> None:
    high = size * page.between(0.3, 1.0)
    page.box(at[0] - size, at[1] - high, at[0] + size, at[1] + high)
    if page.chance(0.5):
        page.box(at[0] - 0.7 * size, at[1] - 0.7 * high, at[0] + 0.7 * size, at[1] + 0.7 * high)


def _cylinder(page: Sketch, at: Point, size: float) -> None:
    (x, y), high = at, size * page.between(0.8, 2)
    page.ellipse((x, y - high), size, 0.3 * size)
    page.ellipse((x, y + high), size, 0.3 * size, span=(0, 180))
    for side in (-size, size):
        page.line([(x + side, y - high), (x + side, y + high)])


def _rings(page: Sketch, at: Point, size: float) -> None:
    for share in np.linspace(0.2, 1, page.integer(2, 6)):
        page.ellipse(at, share * size)
    if page.chance(0.5):
        for bolt in polygon(at, 0.75 * size, page.integer(4, 8)):
            page.ellipse((float(bolt[0]), float(bolt[1])), 0.08 * size)


def _hatched(page: Sketch, at: Point, size: float) -> None:
    left, top, right, bottom = at[0] - size, at[1] - size / 2, at[0] + size, at[1] + size / 2
    page.box(left, top, right, bottom)
    for x in np.arange(left, right, page.between(4, 10)):
        page.line([(x, bottom), (min(x + size, right), max(top, bottom - (right - x)))], width=1.0)


def _cube(page: Sketch, at: Point, size: float) -> None:
    (x, y), deep = at, 0.4 * size
    page.box(x - size, y - size, x + size, y + size)
    page.line(
        [
            (x - size, y - size),
            (x - size + deep, y - size - deep),
            (x + size + deep, y - size - deep),
            (x + size + deep, y + size - deep),
            (x + size, y + size),
        ]
    )
    page.line([(x + size, y - size), (x + size + deep, y - size - deep)])


def _spring(page: Sketch, at: Point, size: float) -> None:
    turns = np.linspace(0, 2 * np.pi * page.integer(4, 10), 200)
    x = at[0] + size * (np.linspace(-1, 1, 200) + 0.12 * np.cos(turns))
    page.line(np.stack([x, at[1] + 0.35 * size * np.sin(turns)], axis=1))


def _blob(page: Sketch, at: Point, size: float) -> None:
    angles = np.linspace(0, 2 * np.pi, 80)
    walk = smooth_walk(page.generator, 80, 0)
    radius = size * (0.6 + 0.4 * walk * np.sin(angles / 2) ** 2)
    page.line(
        np.array(at) + np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1),
        closed=True,
    )


_DEVICES = {
    "gear": _gear,
    "box": _plain_box,
    "cylinder": _cylinder,
    "rings": _rings,
    "hatched": _hatched,
    "cube": _cube,
    "spring": _spring,
    "blob": _blob,
}
