"""Reaction schemes: drawings in rows with compound ids, arrows and signs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inchify.synthetic.pages.compound_id_placement import place_compound_id
from inchify.synthetic.pages.context import PageTools, draw_arrow_picture, draw_bracket_picture
from inchify.synthetic.pages.structures import Structure
from inchify.synthetic.pages.typesetter import Face, PrintedLine
from inchify.synthetic.pages.words import caption, conditions, group_lines

# Drawings in a scheme: quantiles, as measured on figures.
COUNT_SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
COUNTS = (1, 1, 2, 4, 6, 11, 20)


@dataclass
class Arrow:
    """An arrow with what stands above and below it."""

    intensity: np.ndarray
    above: list[PrintedLine]
    below: list[PrintedLine]
    width: int
    height: int


@dataclass
class Plus:
    printed: PrintedLine
    width: int
    height: int


Item = Structure | Arrow | Plus


def draw_scheme(
    tools: PageTools, left: float, top: float, width: float, max_height: float
) -> float | None:
    """A scheme from ``top`` on; returns the y below it, None where nothing was drawn."""
    kind = tools.weighted({"reactions": 0.55, "gallery": 0.45})
    count = round(float(np.interp(tools.generator.random(), COUNT_SHARES, COUNTS)))
    space = 1.15 * tools.press.step(tools.press.label) + 25 * tools.scale
    y, drawn, misses = top, 0, 0
    columns = tools.integer(2, 5)
    aligned = tools.chance(0.35)
    second = tools.chance(0.3)
    labelled = 0.0 if tools.chance(0.12) else float(tools.generator.uniform(0.7, 1.0))
    # In some figures drawings stand so close that their boxes overlap.
    tight = kind == "gallery" and tools.chance(0.3)
    gap = tools.between(-20, 8) if tight else tools.between(18, 60)
    while drawn < count and len(tools.sheet.regions) < tools.settings.max_regions:
        height = top + max_height - y - space
        if height < 70 * tools.scale:
            break
        height = min(height, tools.between(160, 420))
        if kind == "gallery":
            cell = (width - gap * (columns - 1)) / columns
            row = _gallery_row(tools, min(columns, count - drawn), cell, height)
        else:
            row = _reaction_row(tools, width, height, gap, first=drawn == 0)
        structures = [item for item in row if isinstance(item, Structure)]
        if not structures:
            misses += 1
            if misses == 3:
                break
            continue
        in_cells = kind == "gallery" and not tight and tools.chance(0.7)
        cells = (width + gap) / columns if in_cells else 0.0
        y = _place_row(tools, row, (left, y, width), gap, (aligned, second, labelled), cells=cells)
        drawn += len(structures)
        if tools.chance(0.12):
            y = _legend(tools, left, y, width, top + max_height)
        y += tools.between(-14, 8) if tight else tools.between(6, 30)
        if kind == "reactions" and tools.chance(0.08):
            y = _down_arrow(tools, left + float(tools.generator.uniform(0.1, 0.8)) * width, y)
    return y if drawn else None


def _gallery_row(tools: PageTools, count: int, cell: float, height: float) -> list[Item]:
    row: list[Item] = []
    for _ in range(count):
        structure = tools.structures.draw(cell, height)
        if structure is not None:
            row.append(structure)
    return row


def _reaction_row(
    tools: PageTools, width: float, height: float, gap: float, *, first: bool
) -> list[Item]:
    """Drawings with arrows and plus signs between, as many as fit."""
    row: list[Item] = []
    used = 0.0
    if not first or tools.chance(0.05):
        row.append(_arrow(tools))
        used += row[-1].width + gap
    while True:
        left_over = width - used
        if left_over < 90 * tools.scale:
            break
        maximum = min(left_over, max(0.45 * width, 300 * tools.scale), 560 * tools.scale)
        structure = tools.structures.draw(maximum, height)
        if structure is None:
            break
        row.append(structure)
        used += structure.width + gap
        between: Item = _plus(tools) if tools.chance(0.2) else _arrow(tools)
        if used + between.width + 120 * tools.scale > width:
            break
        row.append(between)
        used += between.width + gap
    while row and not isinstance(row[-1], Structure):
        row.pop()
    return row


def _arrow(tools: PageTools) -> Arrow:
    press, generator = tools.press, tools.generator
    face = press.label.scaled(float(generator.uniform(0.75, 1.0)))
    above_count, below_count = tools.integer(0, 2), tools.integer(0, 2)
    above = [press.line(text, face) for text in conditions(generator, above_count)]
    below = [press.line(text, face) for text in conditions(generator, below_count)]
    texts = [printed for printed in (*above, *below) if printed is not None]
    widest = max((printed.width for printed in texts), default=0)
    length = max(round(tools.between(70, 180)), round(widest * 1.08 + 10 * tools.scale))
    kind = tools.weighted({"plain": 0.65, "open": 0.2, "both": 0.1, "retro": 0.05})
    head = max(round(tools.between(7, 16)), 4)
    intensity = draw_arrow_picture(length, head, min(tools.stroke, 3), kind)
    height = intensity.shape[0] + 2 * press.step(face) * max(above_count, below_count)
    return Arrow(intensity, [a for a in above if a], [b for b in below if b], length, height)


def _plus(tools: PageTools) -> Plus:
    face = tools.press.label.scaled(float(tools.generator.uniform(1.0, 1.8)))
    printed = tools.press.line("+", face)
    assert printed is not None
    return Plus(printed, printed.width, printed.height)


def _place_row(
    tools: PageTools,
    row: list[Item],
    place: tuple[float, float, float],
    gap: float,
    habits: tuple[bool, bool, float],
    *,
    cells: float = 0.0,
) -> float:
    """Puts a row with its labels at (left, top, width); returns the y below it."""
    left, top, width = place
    aligned, second, labelled = habits
    tallest = max(item.height for item in row)
    middle = top + tallest / 2
    used = sum(item.width for item in row) + gap * (len(row) - 1)
    spare = max(width - used, 0.0)
    extra = spare / max(len(row) - 1, 1) * float(tools.generator.uniform(0, 0.8))
    extra = extra if gap > 8 * tools.scale else 0.0
    x = left if tools.chance(0.6) else left + (spare - extra * (len(row) - 1)) / 2
    lowest = top + tallest
    put: list[tuple[int, Structure, float, float]] = []
    for index, item in enumerate(row):
        if cells > 0:
            x = left + index * cells + max(cells - gap - item.width, 0) / 2
        y = middle - item.height / 2
        if isinstance(item, Structure):
            if aligned and cells:
                y = top + tallest - item.height if tools.chance(0.5) else y
            number = tools.sheet.molecule(item.intensity, x, y, item.angle)
            for _ in range(3):
                if number is None:
                    x += 12 * tools.scale
                    number = tools.sheet.molecule(item.intensity, x, y, item.angle)
            if number is not None:
                put.append((number, item, x, y))
        elif isinstance(item, Arrow):
            _place_arrow(tools, item, x, middle)
        else:
            tools.sheet.line(
                item.printed, x, middle - item.height / 2 + item.printed.baseline, "body"
            )
        x += item.width + gap + extra
    floor = top + tallest if aligned else None
    for number, item, x, y in put:
        if tools.chance(labelled):
            box = (x, y, x + item.width, y + item.height)
            lowest = max(lowest, place_compound_id(tools, number, box, floor=floor, second=second))
        if tools.chance(0.02):
            _brackets(tools, (x, y, x + item.width, y + item.height))
    return lowest


def _place_arrow(tools: PageTools, arrow: Arrow, x: float, middle: float) -> None:
    half = arrow.intensity.shape[0] / 2
    tools.sheet.other(arrow.intensity, x, middle - half)
    pad = tools.between(1, 5)
    y = middle - half - pad
    for printed in reversed(arrow.above):
        start = x + (arrow.width - printed.width) / 2
        tools.sheet.line(printed, start, y - printed.height + printed.baseline, "body", margin=0)
        y -= printed.height + pad + 2
    y = middle + half + pad
    for printed in arrow.below:
        start = x + (arrow.width - printed.width) / 2
        tools.sheet.line(printed, start, y + printed.baseline, "body", margin=0)
        y += printed.height + pad + 2


def _legend(tools: PageTools, left: float, top: float, width: float, bottom: float) -> float:
    """What the groups of the drawings above mean; returns the y below it."""
    face = tools.press.label.scaled(0.9)
    x = left + float(tools.generator.uniform(0, 0.6)) * width
    y = top + tools.between(4, 14)
    for text in group_lines(tools.generator, tools.integer(1, 3)):
        printed = tools.press.line(text, face)
        if printed is None or y + printed.height > bottom or x + printed.width > left + width:
            break
        if tools.sheet.line(printed, x, y + printed.baseline, "body") is None:
            break
        y += tools.press.step(face)
    return y


def _down_arrow(tools: PageTools, x: float, top: float) -> float:
    """An arrow to the next row with words at its side; returns the y below it."""
    intensity = np.rot90(
        draw_arrow_picture(round(tools.between(50, 110)), 10, min(tools.stroke, 3), "plain"), -1
    )
    if not tools.sheet.free((x, top, x + intensity.shape[1], top + intensity.shape[0]), 2):
        return top
    tools.sheet.other(intensity, x, top)
    baseline = top + 0.3 * intensity.shape[0]
    for text in conditions(tools.generator, tools.integer(0, 2)):
        tools.write(
            text, tools.press.label, "body", left=x + intensity.shape[1] + 6, baseline=baseline
        )
        baseline += tools.press.step(tools.press.label)
    return top + intensity.shape[0] + tools.between(4, 12)


def _brackets(tools: PageTools, box: tuple[float, float, float, float]) -> None:
    """Square brackets around a drawing, a transition state's sign perhaps."""
    left, top, right, bottom = box
    pad, width = round(tools.between(5, 10)), round(tools.between(6, 14))
    high = round(bottom - top) + 2 * pad
    stroke = min(tools.stroke, 3)
    for start, is_right in ((left - pad - width, False), (right + pad, True)):
        free = (start, top - pad, start + width, top - pad + high)
        if not tools.sheet.free(free):
            return
        tools.sheet.other(
            draw_bracket_picture(high, width, stroke, right=is_right), start, top - pad
        )
    if tools.chance(0.5):
        face = tools.press.label
        tools.write("‡", face, "body", left=right + pad + width + 3, baseline=top + 3)


def draw_figure(
    tools: PageTools,
    left: float,
    top: float,
    width: float,
    max_height: float,
    *,
    face: Face | None = None,
) -> float | None:
    """A scheme with its caption below (mostly) or above."""
    face = face or tools.press.caption
    name = tools.weighted({"Scheme": 0.5, "Figure": 0.35, "Chart": 0.08, "Table": 0.07})
    words = caption(tools.generator, name)
    lines = len(tools.press.wrap(words, face, width))
    space = lines * tools.press.step(face) + 14 * tools.scale
    if max_height - space < 110 * tools.scale:
        return None
    adjust = "centre" if lines == 1 and tools.chance(0.4) else "left"
    start = top
    if tools.chance(0.25):
        start = tools.write_block(words, face, "caption", left, top, width, adjust=adjust)
        return (
            draw_scheme(tools, left, start + tools.between(8, 24), width, max_height - space)
            or start
        )
    bottom = draw_scheme(tools, left, top, width, max_height - space)
    if bottom is None:
        return None
    start = bottom + tools.between(6, 26)
    return tools.write_block(words, face, "caption", left, start, width, adjust=adjust)
