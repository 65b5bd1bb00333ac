"""Tables of structures with compound ids, as in patents."""

from __future__ import annotations

from dataclasses import dataclass

from inchify.synthetic.pages.compound_id_placement import place_compound_id
from inchify.synthetic.pages.context import PageTools
from inchify.synthetic.pages.distractors import value_cell
from inchify.synthetic.pages.structures import Structure
from inchify.synthetic.pages.typesetter import Face, PrintedLine
from inchify.synthetic.pages.words import chemical_name

HEADS = ("Structure", "Compound", "Structural Formula", "Chemical structure", "Formula")
NUMBER_HEADS = ("#", "No.", "Ex.", "Cpd", "Compound No.", "Example", "Entry")
VALUE_HEADS = ("MS (m/z)", "IC₅₀", "Yield", "M+1", "Data", "mp (°C)", "Rt (min)")


@dataclass
class TableStyle:
    """Style shared by all tables of a page; lengths in pixels."""

    number_width: float
    value_widths: tuple[float, ...]
    max_height: float
    pad: float
    rules: str
    face: Face
    stroke: int
    name_column: bool


def draw_table(
    tools: PageTools, left: float, top: float, width: float, bottom: float, style: TableStyle
) -> float:
    """Rows of number | structure | values until the table is full; returns the y below it."""
    edges = [left, left + style.number_width]
    edges.append(left + width - sum(style.value_widths))
    for value in style.value_widths:
        edges.append(edges[-1] + value)
    y = top + 1.5 * style.face.size + style.pad
    bounds = [top, y]
    kinds = [tools.integer(1, 4) for _ in style.value_widths]
    while len(tools.sheet.regions) < tools.settings.max_regions:
        cell = edges[2] - edges[1] - 2 * style.pad
        height = min(style.max_height, bottom - y - 2 * style.pad)
        if height < 45 * tools.scale:
            break
        structure = tools.structures.draw(cell, height, wide=0.95)
        if structure is None:
            break
        y = _row(tools, edges, y, structure, kinds, style)
        bounds.append(y)
        if tools.chance(0.01):
            break
    if len(bounds) == 2:
        return top
    _head(tools, edges, bounds, style)
    _rules(tools, edges, bounds, style)
    return y


def _head(tools: PageTools, edges: list[float], bounds: list[float], style: TableStyle) -> None:
    words = [NUMBER_HEADS[tools.integer(0, 6)], HEADS[tools.integer(0, 4)]]
    words += [VALUE_HEADS[tools.integer(0, 6)] for _ in style.value_widths]
    middle = (bounds[0] + bounds[1]) / 2
    for index, word in enumerate(words):
        printed = tools.press.line(word, style.face)
        if printed is not None and printed.width < edges[index + 1] - edges[index] - 6:
            _centered(tools, printed, edges[index], edges[index + 1], middle, "body")


def _centered(
    tools: PageTools, printed: PrintedLine, left: float, right: float, middle: float, kind: str
) -> int | None:
    x = (left + right - printed.width) / 2
    baseline = middle - printed.height / 2 + printed.baseline
    return tools.sheet.line(printed, x, baseline, "label" if kind == "label" else "body", margin=1)


def _row(
    tools: PageTools,
    edges: list[float],
    top: float,
    structure: Structure,
    kinds: list[int],
    style: TableStyle,
) -> float:
    high = structure.height + 2 * style.pad
    if tools.chance(0.4):
        high += tools.between(0, 14)
    middle = top + high / 2
    x = (edges[1] + edges[2] - structure.width) / 2
    if style.name_column:
        x = edges[1] + style.pad
    region = tools.sheet.molecule(
        structure.intensity, x, middle - structure.height / 2, structure.angle
    )
    printed = _number(tools, style)
    if printed is not None:
        at = middle if tools.chance(0.9) else top + style.pad + printed.height / 2
        line = _centered(tools, printed, edges[0], edges[1], at, "label")
        tools.sheet.pair(region, line)
    for index, kind in enumerate(kinds):
        left, right = edges[index + 2], edges[index + 3]
        if right - left > 180 * tools.scale:
            width = right - left - 16
            text = chemical_name(tools.generator)
            lines = len(tools.press.wrap(text, style.face, width))
            start = middle - lines * tools.press.step(style.face) / 2
            tools.write_block(text, style.face, "body", left + 8, start, width, bottom=top + high)
            continue
        value = tools.press.line(value_cell(tools.generator, kind), style.face)
        if value is not None and value.width < right - left - 6:
            _centered(tools, value, left, right, middle, "body")
    return top + high


def _number(tools: PageTools, style: TableStyle) -> PrintedLine | None:
    """The next label that fits into its column."""
    for _ in range(4):
        printed = tools.press.line(next(tools.numbers), style.face)
        if printed is not None and printed.width < style.number_width - 6 * tools.scale:
            return printed
    return None


def _rules(tools: PageTools, edges: list[float], bounds: list[float], style: TableStyle) -> None:
    stroke, last = style.stroke, len(bounds) - 1
    for index, y in enumerate(bounds):
        if style.rules in ("grid", "rows") or index in (0, 1, last):
            tools.sheet.rule(edges[0], y, edges[-1] + stroke, y + stroke)
    if style.rules == "grid":
        for x in edges:
            tools.sheet.rule(x, bounds[0], x + stroke, bounds[-1] + stroke)


def table_style(tools: PageTools, width: float) -> TableStyle:
    """A style for tables of this width."""
    extra = 0
    if width > 520 * tools.scale:
        extra = int(tools.weighted({"0": 0.5, "1": 0.3, "2": 0.2}))
    face = tools.press.label if tools.chance(0.5) else tools.press.small
    number = max(tools.between(58, 110), 2.4 * face.size)
    values = tuple(tools.between(90, 260) for _ in range(extra))
    while sum(values) > 0.5 * width:
        values = values[1:]
    return TableStyle(
        number_width=number,
        value_widths=values,
        max_height=tools.between(95, 220 if width < 700 * tools.scale else 340),
        pad=tools.between(5, 16),
        rules=tools.weighted({"grid": 0.7, "rows": 0.15, "three": 0.15}),
        face=face,
        stroke=min(tools.stroke, 3),
        name_column=tools.chance(0.15),
    )


def draw_grid(tools: PageTools, left: float, top: float, width: float, bottom: float) -> float:
    """Cells with a structure and its label below, with or without rules."""
    columns = max(min(tools.integer(2, 5), int(width / (230 * tools.scale))), 1)
    cell, y = width / columns, top
    ruled, stroke = tools.chance(0.5), min(tools.stroke, 3)
    bounds = [y]
    maximum = tools.between(130, 300)
    face = tools.press.label
    while len(tools.sheet.regions) + columns <= tools.settings.max_regions:
        space = bottom - y - 3 * face.size
        if space < 60 * tools.scale:
            break
        row = [tools.structures.draw(0.86 * cell, min(maximum, space)) for _ in range(columns)]
        high = max((drawn.height for drawn in row if drawn is not None), default=0)
        if not high:
            break
        pad = tools.between(8, 18)
        lowest = y + pad + high
        for index, drawn in enumerate(row):
            if drawn is None:
                continue
            x = left + index * cell + (cell - drawn.width) / 2
            start = y + pad + (high - drawn.height) / 2
            region = tools.sheet.molecule(drawn.intensity, x, start, drawn.angle)
            if region is not None:
                box = (x, start, x + drawn.width, start + drawn.height)
                floor = y + pad + high if ruled else None
                lowest = max(
                    lowest, place_compound_id(tools, region, box, floor=floor, side="below")
                )
        y = lowest + tools.between(6, 14)
        bounds.append(y)
    if ruled and len(bounds) > 1:
        for bound in bounds:
            tools.sheet.rule(left, bound, left + width, bound + stroke)
        for index in range(columns + 1):
            x = left + index * cell
            tools.sheet.rule(x, top, x + stroke, y + stroke)
    return y
