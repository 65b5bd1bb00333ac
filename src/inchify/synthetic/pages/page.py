"""Random synthetic pages with ground truth."""

from __future__ import annotations

import math

import numpy as np

from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.pages.canvas import DrawnPage, PageCanvas
from inchify.synthetic.pages.columns import Column, fill, frame_page
from inchify.synthetic.pages.context import PageTools
from inchify.synthetic.pages.geometry import cropped, finished, quarter_turned, skewed
from inchify.synthetic.pages.schemes import draw_figure, draw_scheme
from inchify.synthetic.pages.settings import LAYOUTS, PageSettings
from inchify.synthetic.pages.structures import Structures
from inchify.synthetic.pages.tables import draw_grid, draw_table, table_style
from inchify.synthetic.pages.typesetter import Typesetter
from inchify.synthetic.pages.words import caption, heading

PAPERS = ((8.27, 11.69), (8.5, 11.0))
# Pixels at 200 dots per inch that two drawings are apart: 1.3 mm.
APART = 10
Margins = tuple[float, float, float, float]


def draw_page(
    library: MoleculeLibrary,
    generator: np.random.Generator,
    settings: PageSettings | None = None,
) -> DrawnPage:
    """One clean page; the same for the same state of the generator."""
    settings = settings or PageSettings()
    shares = np.array(settings.layout_shares)
    layout = LAYOUTS[int(generator.choice(len(LAYOUTS), p=shares / shares.sum()))]
    width, height, margins, window = _sizes(layout, generator, settings)
    sheet = PageCanvas(height, width, max(3, round(APART * settings.dots_per_inch / 200)))
    press = Typesetter(generator, settings.dots_per_inch)
    tools = PageTools(sheet, press, Structures(library, generator, settings), generator, settings)
    _LAYOUTS[layout](tools, margins)
    if layout == "figure" and sheet.marks.any():
        used = int(np.flatnonzero(sheet.marks.any(axis=1))[-1]) + round(margins[3])
        sheet = cropped(sheet, 0, 0, width, min(max(used, 32), height))
    if window is not None:
        x = int(generator.integers(0, width - window[0] + 1))
        y = int(generator.integers(0, height - window[1] + 1))
        sheet = cropped(sheet, x, y, *window)
    if generator.random() < settings.skewed:
        sheet = skewed(sheet, float(generator.uniform(-1, 1)) * settings.max_skew)
    if generator.random() < settings.quarter:
        sheet = quarter_turned(sheet, int(generator.integers(1, 4)))
    return finished(sheet, settings.dots_per_inch, layout)


def _sizes(
    layout: str, generator: np.random.Generator, settings: PageSettings
) -> tuple[int, int, Margins, tuple[int, int] | None]:
    """Width, height and margins of the sheet, and the (width, height) of the window on it that is
    kept, None for all of it."""
    dots, scale = settings.dots_per_inch, settings.dots_per_inch / 200
    part = bool(generator.random() < settings.part)
    if layout == "figure":
        return (*_figure_size(generator, scale), None)
    if part:
        side = settings.part_side * scale
        shape = math.exp(generator.uniform(-0.25, 0.25))
        window = (round(side * shape), round(side / shape))
        overhang = generator.uniform(0, 0.15, 2) * (generator.random() < 0.7)
        width, height = (round(size * (1 + o)) for size, o in zip(window, overhang, strict=True))
        edges = generator.uniform(4, 70, 4) * scale
        return width, height, _margins(edges), window
    inches = PAPERS[int(generator.random() < 0.4)]
    edges = generator.uniform((0.5, 0.6, 0.5, 0.6), (1.2, 1.3, 1.2, 1.3)) * dots
    if generator.random() < 0.7:
        edges[2] = edges[0]
    return round(inches[0] * dots), round(inches[1] * dots), _margins(edges), None


def _margins(edges: np.ndarray) -> Margins:
    left, top, right, bottom = (float(value) for value in edges)
    return left, top, right, bottom


def _figure_size(generator: np.random.Generator, scale: float) -> tuple[int, int, Margins]:
    """A figure's width, height and margins: as in papers, at half the size of their files."""
    width = float(
        np.interp(generator.random(), (0, 0.05, 0.5, 0.95, 1), (420, 550, 700, 1400, 1600))
    )
    height = float(
        np.interp(generator.random(), (0, 0.05, 0.5, 0.95, 1), (200, 300, 700, 1300, 1600))
    )
    margins = _margins(generator.uniform(2, 30, 4) * scale)
    return round(width * scale), round(height * scale), margins


def _column(tools: PageTools, margins: Margins, left: float, right: float) -> Column:
    adjust = "justified" if tools.chance(0.7) else "left"
    indent = tools.between(15, 45) if tools.chance(0.5) else 0.0
    return Column(left, right, margins[1], tools.sheet.height - margins[3], adjust, indent)


def _journal(tools: PageTools, margins: Margins) -> None:
    frame_page(tools, margins)
    left, right = margins[0], tools.sheet.width - margins[2]
    columns = 2 if right - left > 900 * tools.scale else 1
    gap = tools.between(30, 60)
    width = (right - left - gap * (columns - 1)) / columns
    top = margins[1]
    if tools.chance(0.5):
        maximum = tools.between(300, 1000) if columns == 2 else tools.between(250, 600)
        maximum = min(maximum, 0.7 * (tools.sheet.height - margins[3] - top))
        bottom = draw_figure(tools, left, top, right - left, maximum)
        if bottom is not None:
            top = bottom + tools.between(20, 50)
    shares = {"text": 0.5, "figure": 0.42, "heading": 0.1, "other": 0.08, "references": 0.03}
    adjust = _column(tools, margins, left, right)
    for index in range(columns):
        start = left + index * (width + gap)
        column = Column(start, start + width, top, adjust.bottom, adjust.adjust, adjust.indent)
        fill(tools, column, shares, dense=65)


def _patent(tools: PageTools, margins: Margins) -> None:
    frame_page(tools, margins)
    left, right = margins[0], tools.sheet.width - margins[2]
    columns = 2 if right - left > 1100 * tools.scale and tools.chance(0.25) else 1
    gap = tools.between(50, 80)
    width = (right - left - gap * (columns - 1)) / columns
    model = _column(tools, margins, left, right)
    shares = {"text": 0.3, "structures": 0.42, "claim": 0.16, "heading": 0.1, "other": 0.03}
    if tools.chance(0.3):
        shares["figure"] = 0.15
    if tools.chance(0.45):
        _line_numbers(tools, margins, left + width + gap / 2 if columns == 2 else None)
    for index in range(columns):
        start = left + index * (width + gap)
        column = Column(start, start + width, model.y, model.bottom, model.adjust, model.indent)
        fill(tools, column, shares, dense=50)


def _line_numbers(tools: PageTools, margins: Margins, gutter: float | None) -> None:
    """5, 10, 15 ... beside the text or between its columns."""
    face = tools.press.small
    step = 5 * tools.press.step(tools.press.body)
    right = margins[0] - tools.between(8, 30)
    y, count = margins[1] + step, 5
    while y < tools.sheet.height - margins[3]:
        if gutter is not None:
            tools.write(str(count), face, "body", center=gutter, baseline=y)
        elif right > 3 * face.size:
            tools.write(str(count), face, "body", right=right, baseline=y)
        y, count = y + step, count + 5


def _table(tools: PageTools, margins: Margins) -> None:
    frame_page(tools, margins)
    left, right = margins[0], tools.sheet.width - margins[2]
    top, bottom = margins[1], tools.sheet.height - margins[3]
    if tools.chance(0.4):
        words = caption(tools.generator, "Table") if tools.chance(0.6) else heading(tools.generator)
        kind = "caption" if words.startswith("Table") else "body"
        face = tools.press.caption
        top = tools.write_block(words, face, kind, left, top, right - left)  # type: ignore[arg-type]
        top += tools.between(6, 20)
    if tools.chance(0.3):
        bottom = top + float(tools.generator.uniform(0.4, 1.0)) * (bottom - top)
    if tools.chance(0.22):
        end = draw_grid(tools, left, top, right - left, bottom)
    else:
        maximum = max(int((right - left) / (460 * tools.scale)), 1)
        count = tools.integer(1, min(maximum, 3))
        gap = tools.between(0, 30)
        if count == 1:
            right = left + float(tools.generator.uniform(0.6, 1.0)) * (right - left)
        width = (right - left - gap * (count - 1)) / count
        style = table_style(tools, width)
        ends = [
            draw_table(tools, left + index * (width + gap), top, width, bottom, style)
            for index in range(count)
        ]
        end = max(ends)
    limit = tools.sheet.height - margins[3]
    if limit - end > 6 * tools.press.body.size:
        right = tools.sheet.width - margins[2]
        column = Column(left, right, end + tools.between(20, 40), limit)
        fill(tools, column, {"text": 0.6, "heading": 0.15, "claim": 0.25})


def _figure(tools: PageTools, margins: Margins) -> None:
    left, right = margins[0], tools.sheet.width - margins[2]
    height = tools.sheet.height - margins[1] - margins[3]
    bottom = None
    if tools.chance(0.5):
        bottom = draw_figure(tools, left, margins[1], right - left, height)
    if bottom is None:
        bottom = draw_scheme(tools, left, margins[1], right - left, height)
    if bottom is None:
        structure = tools.structures.draw(right - left, height)
        if structure is not None:
            tools.sheet.molecule(structure.intensity, left, margins[1], structure.angle)


def _text(tools: PageTools, margins: Margins) -> None:
    frame_page(tools, margins)
    left, right = margins[0], tools.sheet.width - margins[2]
    columns = 2 if right - left > 900 * tools.scale and tools.chance(0.5) else 1
    gap = tools.between(30, 60)
    width = (right - left - gap * (columns - 1)) / columns
    model = _column(tools, margins, left, right)
    for index in range(columns):
        start = left + index * (width + gap)
        column = Column(start, start + width, model.y, model.bottom, model.adjust, model.indent)
        shares = {"text": 0.45, "other": 0.4, "heading": 0.1, "references": 0.05, "claim": 0.03}
        fill(tools, column, shares)


_LAYOUTS = {
    "patent": _patent,
    "table": _table,
    "journal": _journal,
    "figure": _figure,
    "text": _text,
}
