"""Placement of compound ids beside the drawings of a page."""

from __future__ import annotations

import numpy as np

from inchify.synthetic.pages.compound_ids import yield_line
from inchify.synthetic.pages.context import PageTools
from inchify.synthetic.pages.typesetter import PrintedLine

# Quantiles of the gap below a drawing in pixels at 200 dpi: slightly less than measured on figures,
# because ids that would touch foreground are moved down.
GAP_SHARES = (0.0, 0.25, 0.5, 0.75, 0.95, 1.0)
GAPS = (-24.0, -1.0, 9.0, 21.0, 42.0, 58.0)
# The label's middle right of the drawing's, in widths: quartiles at 6 %.
OFFSET = 0.089
SIDES = {"below": 0.75, "inside": 0.2, "right": 0.03, "left": 0.02}


def place_compound_id(
    tools: PageTools,
    region: int,
    box: tuple[float, float, float, float],
    *,
    floor: float | None = None,
    second: bool = False,
    side: str = "",
    text: str = "",
) -> float:
    """Place the compound id of a drawing, usually below it, moved where there is foreground.
    Returns the y below."""
    press, generator, face = tools.press, tools.generator, tools.press.label
    left, top, right, bottom = box
    printed = press.line(text or next(tools.numbers), face)
    if printed is None:
        return bottom
    side = side or tools.weighted(SIDES)
    high, wide = printed.height, printed.width
    gap = float(np.interp(generator.random(), GAP_SHARES, GAPS)) * tools.scale
    x = (left + right - wide) / 2 + float(generator.normal(0, OFFSET)) * (right - left)
    y = bottom + gap
    if floor is not None and side == "below":
        # Labels of a row stand on one line, unless that were far from their drawings.
        y = max(y, floor + max(gap, 0)) if floor - bottom < 40 * tools.scale else y
    if side == "inside":
        x, y = _free_place(tools, box, printed) or (x, y)
    elif side in ("right", "left"):
        away = tools.between(6, 24)
        x = right + away if side == "right" else left - away - wide
        y = (top + bottom - high) / 2 + float(generator.uniform(-0.2, 0.3)) * (bottom - top)
    x = min(max(x, 2), tools.sheet.width - wide - 2)
    line, step = None, 2 * tools.scale
    for _ in range(40):
        line = tools.sheet.line(printed, x, y + printed.baseline, "label", margin=2)
        if line is not None:
            break
        y += step
    if line is None:
        return bottom
    tools.sheet.pair(region, line)
    below = y + high
    if second and tools.chance(0.8):
        more = press.line(yield_line(generator), face)
        if more is not None:
            start = min(max(x + (wide - more.width) / 2, 2), tools.sheet.width - more.width - 2)
            base = max(below + 3, y + printed.baseline + press.step(face) - more.baseline)
            tools.sheet.line(more, start, base + more.baseline, "label", margin=1)
            below = base + more.height
    return max(below, bottom)


def _free_place(
    tools: PageTools, box: tuple[float, float, float, float], printed: PrintedLine
) -> tuple[float, float] | None:
    """Free position (left, top) for a compound id at the lower edge of a drawing's box."""
    left, _, right, bottom = box
    for _ in range(8):
        x = float(tools.generator.uniform(left, max(right - printed.width, left + 1)))
        y = bottom - float(tools.generator.uniform(0.5, 1.3)) * printed.height
        if tools.sheet.free((x, y, x + printed.width, y + printed.height), 4):
            return x, y
    return None
