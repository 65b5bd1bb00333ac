"""Distractors on pages: blocks that are not structures.

Each function returns the y below what it drew, None where there was no space.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from inchify.synthetic.pages.context import PageTools
from inchify.synthetic.pages.words import (
    amount,
    caption,
    chemical_name,
    compound_number,
    heading,
    one_of,
    phrases,
)

AXES = phrases(
    """Wavelength (nm)|Time / h|Concentration (μM)|Intensity (a.u.)|δ / ppm|Absorbance
    |Temperature (°C)|Conversion (%)|Potential / V|Wavenumber (cm⁻¹)|2θ (°)|m/z
    |Retention time (min)"""
)
Other = Callable[[PageTools, float, float, float, float], "float | None"]


def number_table(
    tools: PageTools, left: float, top: float, width: float, space: float
) -> float | None:
    """A table of numbers with rules, its title above."""
    face, generator = tools.press.small, tools.generator
    step = tools.press.step(face) * float(generator.uniform(1.0, 1.4))
    rows = min(tools.integer(3, 16), int(space / step) - 4)
    if rows < 2:
        return None
    columns = tools.integer(2, max(2, min(7, int(width / (85 * tools.scale)))))
    y = tools.write_block(caption(generator, "Table"), face, "caption", left, top, width)
    y += 0.5 * face.size
    rules = tools.weighted({"three": 0.45, "grid": 0.4, "none": 0.15})
    cell, first = width / columns, y
    kinds = [tools.integer(0, 4) for _ in range(columns)]
    bounds = [y]
    for row in range(rows + 1):
        baseline = y + 0.5 * step + 0.32 * face.size
        if baseline + step > top + space:
            break
        for column in range(columns):
            text = value_cell(generator, kinds[column]) if row else heading(generator).split()[-1]
            x = left + (column + 0.5) * cell
            printed = tools.press.line(text, face)
            if printed is not None and printed.width < cell - 8:
                tools.sheet.line(printed, x - printed.width / 2, baseline, "body", margin=0)
        y += step
        bounds.append(y)
    stroke = min(tools.stroke, 3)
    for index, bound in enumerate(bounds):
        if rules == "grid" or (rules == "three" and index in (0, 1, len(bounds) - 1)):
            tools.sheet.rule(left, bound, left + width, bound + stroke)
    if rules == "grid":
        for column in range(columns + 1):
            x = left + column * cell
            tools.sheet.rule(x, first, x + stroke, y + stroke)
    return y + stroke


def value_cell(generator: np.random.Generator, kind: int) -> str:
    if kind == 0:
        return compound_number(generator)
    if kind == 1:
        return f"{generator.uniform(0, 100):.{int(generator.integers(0, 3))}f}"
    if kind == 2:
        return one_of(generator, ("+", "++", "+++", "n.a.", "n.d.", ">10", "<0.1"))
    if kind == 3:
        return f"{generator.uniform(0, 20):.2f} ± {generator.uniform(0, 2):.2f}"
    return amount(generator)


def plot(tools: PageTools, left: float, top: float, width: float, space: float) -> float | None:
    """A curve or a spectrum between axes, with ticks and words at them."""
    generator, press = tools.generator, tools.press
    face = press.small.scaled(0.85)
    height = min(
        space - 5 * face.size, width * float(generator.uniform(0.4, 0.9)), 600 * tools.scale
    )
    if height < 110 * tools.scale:
        return None
    stroke = max(min(tools.stroke, 2), 1)
    across = float(generator.uniform(0.7, 1.0)) * width
    x0, y0 = left + 3.2 * face.size + 6, top + height
    wide = across - (x0 - left) - 4
    inner = int(height) - 4
    for _ in range(tools.integer(1, 3)):
        tools.sheet.other(_curve(tools, inner, int(wide), stroke), x0 + 2, top + 2)
    tools.sheet.rule(x0, y0, x0 + wide, y0 + stroke)
    tools.sheet.rule(x0, top, x0 + stroke, y0)
    if tools.chance(0.5):
        tools.sheet.rule(x0, top, x0 + wide, top + stroke)
        tools.sheet.rule(x0 + wide, top, x0 + wide + stroke, y0 + stroke)
    ticks, tick = tools.integer(3, 7), round(tools.between(4, 9))
    unit = tools.integer(1, 50)
    for index in range(ticks):
        x = x0 + wide * index / ticks
        tools.sheet.rule(x, y0 + stroke, x + stroke, y0 + stroke + tick)
        tools.write(str(index * unit), face, "body", center=x, baseline=y0 + tick + 1.1 * face.size)
        y = y0 - height * 0.95 * index / ticks
        tools.sheet.rule(x0 - tick, y, x0, y + stroke)
        tools.write(f"{index * 0.2:.1f}", face, "body", right=x0 - tick - 3, baseline=y + 5)
    below = y0 + tick + 2.4 * face.size
    tools.write(_axis(generator), face, "body", center=x0 + wide / 2, baseline=below)
    side = press.line(_axis(generator), face)
    if side is not None and side.width < height and tools.chance(0.7):
        tools.sheet.line(side, left - 2, top + (height - side.width) / 2, "body", angle=270)
    words = caption(generator, "Figure")
    return tools.write_block(words, press.caption, "caption", left, below + 10, width)


def _axis(generator: np.random.Generator) -> str:
    return one_of(generator, AXES)


def _curve(tools: PageTools, height: int, width: int, stroke: int) -> np.ndarray:
    import cv2

    generator = tools.generator
    x = np.linspace(0, 1, max(width // 2, 8))
    y = np.zeros_like(x)
    sharp = tools.chance(0.5)
    for _ in range(tools.integer(1, 14 if sharp else 3)):
        spread = generator.uniform(0.002, 0.01) if sharp else generator.uniform(0.05, 0.4)
        y += generator.uniform(0.1, 1) * np.exp(-(((x - generator.random()) / spread) ** 2))
    if tools.chance(0.4):
        y += generator.normal(0, 0.02, len(x))
    y = (y - y.min()) / max(float(np.ptp(y)), 1e-6)
    points = np.stack([x * (width - 1), (1 - 0.9 * y) * (height - 1) - 1], 1)
    intensity = np.zeros((height, width), np.uint8)
    cv2.polylines(intensity, [np.rint(points).astype(np.int32)], False, 255, stroke, cv2.LINE_AA)
    if not sharp and tools.chance(0.4):
        for px, py in points[:: max(len(points) // 9, 1)]:
            cv2.circle(intensity, (int(px), int(py)), round(4 * tools.scale), 255, -1, cv2.LINE_AA)
    return intensity


def photo(tools: PageTools, left: float, top: float, width: float, space: float) -> float | None:
    """Gray patches: a photograph, a gel with lanes."""
    import cv2

    generator = tools.generator
    wide = int(width * generator.uniform(0.4, 1.0))
    height = int(min(space - 4 * tools.press.caption.size, wide * generator.uniform(0.4, 0.9)))
    if height < 60 * tools.scale:
        return None
    coarse = generator.random((int(generator.integers(3, 12)), int(generator.integers(3, 16))))
    gray = cv2.resize(coarse.astype(np.float32), (wide, height), interpolation=cv2.INTER_CUBIC)
    if tools.chance(0.5):
        gray = 0.25 * gray + 0.1
        lanes = tools.integer(4, 10)
        for lane in range(lanes):
            x = int((lane + 0.2) * wide / lanes)
            for _ in range(tools.integer(1, 5)):
                y, thick = int(generator.integers(4, height - 4)), tools.integer(3, 9)
                end = (x + int(0.6 * wide / lanes), y + thick)
                cv2.rectangle(gray, (x, y), end, float(generator.uniform(0.4, 1)), -1)
        gray = cv2.GaussianBlur(gray, (0, 0), 1.5 * tools.scale)
    noise = cv2.resize(generator.normal(0, 0.05, (height // 2 + 1, wide // 2 + 1)), (wide, height))
    intensity = np.clip((gray + noise) * 255, 1, 255).astype(np.uint8)
    tools.sheet.other(intensity, left + (width - wide) / 2, top)
    words = caption(generator, "Figure")
    return tools.write_block(words, tools.press.caption, "caption", left, top + height + 10, width)


def flow_chart(
    tools: PageTools, left: float, top: float, width: float, space: float
) -> float | None:
    """Boxes with words, one below the other, arrows between."""
    face, generator = tools.press.small, tools.generator
    y, x = top, left + width / 2
    drawn = False
    for _ in range(tools.integer(2, 5)):
        words = heading(generator)
        lines = tools.press.wrap(words, face, 0.6 * width)
        high = len(lines) * tools.press.step(face) + tools.between(10, 24)
        if y + high + 40 * tools.scale > top + space:
            break
        if drawn:
            stroke, gap = min(tools.stroke, 3), tools.between(24, 44)
            tools.sheet.rule(x - stroke / 2, y, x + stroke / 2, y + gap)
            for row in range(round(9 * tools.scale)):
                half = round(9 * tools.scale - row) / 2
                tools.sheet.rule(x - half, y + gap - 9 + row, x + half, y + gap - 8 + row)
            y += gap
        wide = float(generator.uniform(0.65, 0.8)) * width
        tools.write_block(
            words, face, "body", x - 0.3 * width, y + 0.25 * face.size, 0.6 * width,
            adjust="centre", bottom=y + high,
        )  # fmt: skip
        frame(tools, x - wide / 2, y, x + wide / 2, y + high)
        y, drawn = y + high, True
    return y if drawn else None


def frame(tools: PageTools, left: float, top: float, right: float, bottom: float) -> None:
    """The rules of a box."""
    stroke = min(tools.stroke, 3)
    for y in (top, bottom - stroke):
        tools.sheet.rule(left, y, right, y + stroke)
    for x in (left, right - stroke):
        tools.sheet.rule(x, top, x + stroke, bottom)


def equation(tools: PageTools, left: float, top: float, width: float, space: float) -> float | None:
    """A line of signs with a number at the right edge; some have a fraction."""
    face = tools.press.body.scaled(1.15)
    if space < 4 * face.size:
        return None
    generator = tools.generator
    baseline, x = top + 1.6 * face.size, left + 0.15 * width
    letters = "xyzkKEGRTpqabcn"
    name = one_of(generator, ("k", "ΔG‡", "E", "pH", "ln K", "[A]", "v", "θ"))
    head = tools.press.line(f"{name} =", face)
    if head is None:
        return None
    tools.sheet.line(head, x, baseline, "body", margin=0)
    x += head.width + 0.4 * face.size

    def term() -> str:
        signs = (" + ", " − ", "·", " / ")
        return one_of(generator, signs).join(
            one_of(generator, letters) + one_of(generator, ("", "", "₁", "₂", "²"))
            for _ in range(tools.integer(1, 3))
        )

    if tools.chance(0.6):
        numerator, denominator = tools.press.line(term(), face), tools.press.line(term(), face)
        if numerator is not None and denominator is not None:
            wide, middle = max(numerator.width, denominator.width) + 6, baseline - 0.3 * face.size
            start = x + (wide - numerator.width) / 2
            tools.sheet.line(
                numerator,
                start,
                middle - 5 - numerator.height + numerator.baseline,
                "body",
                margin=0,
            )
            start = x + (wide - denominator.width) / 2
            tools.sheet.line(
                denominator, start, middle + 7 + denominator.baseline, "body", margin=0
            )
            tools.sheet.rule(x, middle, x + wide, middle + max(tools.stroke // 2, 1))
    else:
        tools.write(f"{term()} + {term()} (1 − {term()})", face, "body", left=x, baseline=baseline)
    mark = f"({tools.integer(1, 30)})"
    tools.write(mark, tools.press.body, "body", right=left + width, baseline=baseline)
    return top + 3 * face.size


def name_list(
    tools: PageTools, left: float, top: float, width: float, space: float
) -> float | None:
    """Numbers and names of compounds, one below the other."""
    face = tools.press.small
    y = top
    for _ in range(tools.integer(3, 12)):
        if y + 2 * tools.press.step(face) > top + space:
            break
        words = f"{compound_number(tools.generator)}. {chemical_name(tools.generator)}"
        y = tools.write_block(words, face, "body", left, y, width) + 0.25 * face.size
    return y if y > top else None


def logo(tools: PageTools, left: float, top: float, width: float, space: float) -> float | None:
    """A mark of filled and hollow shapes, a barcode."""
    import cv2

    side = round(tools.between(50, 120))
    if space < 2 * side:
        return None
    intensity = np.zeros((side, side), np.uint8)
    generator = tools.generator
    if tools.chance(0.4):
        for x in range(0, side, 3):
            intensity[:, x : x + tools.integer(0, 3)] = 255
    else:
        for _ in range(tools.integer(1, 4)):
            middle = tuple(int(value) for value in generator.integers(side // 4, 3 * side // 4, 2))
            thick = tools.integer(-1, 4) or 1
            cv2.circle(
                intensity, middle, tools.integer(side // 10, side // 4), 255, thick, cv2.LINE_AA
            )
    tools.sheet.other(intensity, left + float(generator.uniform(0, max(width - side, 1))), top)
    return top + side


OTHERS: dict[str, Other] = {
    "table": number_table,
    "plot": plot,
    "photo": photo,
    "flow chart": flow_chart,
    "equation": equation,
    "names": name_list,
    "logo": logo,
}
