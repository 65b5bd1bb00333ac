"""Page columns filled with running text, headings, figures and other blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from inchify.synthetic.pages.compound_id_placement import place_compound_id
from inchify.synthetic.pages.context import PageTools
from inchify.synthetic.pages.distractors import OTHERS
from inchify.synthetic.pages.schemes import draw_figure
from inchify.synthetic.pages.words import (
    heading,
    page_title,
    paragraph,
    reference,
    sentence,
)

Box = tuple[float, float, float, float]


@dataclass
class Column:
    """A column and how its text is set; ``y`` is where the next thing starts."""

    left: float
    right: float
    y: float
    bottom: float
    adjust: str = "justified"
    indent: float = 0.0

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def space(self) -> float:
        return self.bottom - self.y


def add_text(tools: PageTools, column: Column, words: int) -> None:
    """A paragraph."""
    face = tools.press.body
    text = paragraph(tools.generator, words)
    column.y = tools.write_block(
        text,
        face,
        "body",
        column.left,
        column.y,
        column.width,
        bottom=column.bottom,
        adjust=column.adjust,
        indent=column.indent,
    )
    column.y += tools.press.step(face) * 0.45


def add_heading(tools: PageTools, column: Column) -> None:
    face = tools.press.heading
    column.y += tools.between(4, 22)
    adjust = "centre" if tools.chance(0.2) else "left"
    words = heading(tools.generator)
    column.y = tools.write_block(
        words,
        face,
        "body",
        column.left,
        column.y,
        column.width,
        bottom=column.bottom,
        adjust=adjust,
    )
    column.y += tools.between(6, 18)


def add_references(tools: PageTools, column: Column) -> None:
    for _ in range(tools.integer(3, 14)):
        if column.space < 2 * tools.press.small.size:
            return
        text = reference(tools.generator)
        column.y = tools.write_block(
            text, tools.press.small, "body", column.left, column.y, column.width,
            bottom=column.bottom,
        )  # fmt: skip
        column.y += 0.3 * tools.press.small.size


def add_figure(tools: PageTools, column: Column) -> None:
    column.y += tools.between(8, 30)
    maximum = min(column.space, tools.between(260, 900))
    bottom = draw_figure(tools, column.left, column.y, column.width, maximum)
    if bottom is not None:
        column.y = bottom + tools.between(14, 40)


def add_other(tools: PageTools, column: Column) -> None:
    """A thing that is neither text nor structure."""
    column.y += tools.between(8, 30)
    name = tools.weighted({name: 1.0 for name in OTHERS})
    bottom = OTHERS[name](tools, column.left, column.y, column.width, column.space)
    if bottom is not None:
        column.y = bottom + tools.between(14, 40)


def add_structures(tools: PageTools, column: Column) -> None:
    """One to three structures in a row between paragraphs, their labels below or beside them."""
    column.y += tools.between(10, 30)
    count = int(tools.weighted({"1": 0.65, "2": 0.25, "3": 0.1}))
    beside = count == 1 and tools.chance(0.5)
    cell = column.width / count
    maximum = min(column.space - 3 * tools.press.body.size, tools.between(140, 420))
    if maximum < 60 * tools.scale:
        column.y = column.bottom
        return
    lowest = column.y
    centered = tools.chance(0.5)
    for index in range(count):
        structure = tools.structures.draw(0.8 * cell, maximum)
        if structure is None:
            continue
        x = column.left + index * cell
        x += (cell - structure.width) / 2 if centered else 0.05 * cell
        region = tools.sheet.molecule(structure.intensity, x, column.y, structure.angle)
        if region is None:
            continue
        box = (x, column.y, x + structure.width, column.y + structure.height)
        lowest = max(lowest, box[3])
        if beside:
            _label_beside(tools, column, region, box)
        elif tools.chance(0.75):
            lowest = max(lowest, place_compound_id(tools, region, box))
    column.y = lowest + tools.between(12, 36)


def _label_beside(tools: PageTools, column: Column, region: int, box: Box) -> None:
    """Numbers at the edge of the column, as formulas have them, or near the drawing."""
    printed = tools.press.line(next(tools.numbers), tools.press.label)
    if printed is None:
        return
    baseline = (box[1] + box[3] + printed.height) / 2
    if tools.chance(0.35):
        baseline = box[3]
    x = column.right - printed.width
    kind = tools.weighted({"edge": 0.5, "near": 0.3, "left": 0.2})
    if kind == "near":
        x = min(x, box[2] + tools.between(15, 80))
    elif kind == "left":
        x = max(box[0] - printed.width - tools.between(10, 60), column.left)
    line = tools.sheet.line(printed, x, baseline, "label", margin=3)
    tools.sheet.pair(region, line)


def add_claim(tools: PageTools, column: Column) -> None:
    """Short lines as in claims: 'wherein', 'or', numbered sentences."""
    face = tools.press.body
    for _ in range(tools.integer(1, 3)):
        chance = tools.generator.random()
        if chance < 0.2:
            text = ("or", "and", "wherein", "wherein:", "or a salt thereof,")[tools.integer(0, 4)]
        elif chance < 0.6:
            text = f"{tools.integer(1, 40)}. {sentence(tools.generator, 12)}"
        else:
            text = f"[{tools.integer(1, 999):04d}] {sentence(tools.generator, 18)}"
        column.y = tools.write_block(
            text, face, "body", column.left, column.y, column.width,
            bottom=column.bottom, adjust=column.adjust,
        )  # fmt: skip
        column.y += 0.5 * face.size


Block = Callable[[PageTools, Column], None]


def fill(tools: PageTools, column: Column, shares: dict[str, float], *, dense: int = 60) -> None:
    """Blocks by their shares until the column is full; ``dense``: words of a usual paragraph."""
    blocks: dict[str, Block] = {
        "heading": add_heading,
        "references": add_references,
        "figure": add_figure,
        "other": add_other,
        "structures": add_structures,
        "claim": add_claim,
    }
    before = ""
    while column.space > 2.2 * tools.press.body.size:
        full = len(tools.sheet.regions) >= tools.settings.max_regions
        name = tools.weighted(shares)
        again = name == before and name in ("heading", "figure")
        if again or (full and name in ("figure", "structures")):
            name = "text"
        at = column.y
        if name == "text":
            add_text(tools, column, tools.integer(dense // 3, 2 * dense))
        else:
            blocks[name](tools, column)
        if column.y <= at:
            column.y += tools.press.body.size
        before = name


def frame_page(tools: PageTools, margins: Box, *, number: bool = True) -> None:
    """What stands above and below the text: a title, rules, the page's number.

    ``margins`` are left, top, right and bottom; nothing is put where they are narrow.
    """
    face, sheet = tools.press.small, tools.sheet
    left, top, right, bottom = margins
    height = sheet.height
    if top > 3.5 * face.size and tools.chance(0.8):
        baseline = top - tools.between(24, 60) if top > 80 * tools.scale else top - 1.5 * face.size
        tools.write(page_title(tools.generator), face, "body", left=left, baseline=baseline)
        if tools.chance(0.6):
            words = page_title(tools.generator)
            tools.write(words, face, "body", right=sheet.width - right, baseline=baseline)
        if tools.chance(0.3):
            y = baseline + 0.5 * face.size
            sheet.rule(left, y, sheet.width - right, y + tools.stroke)
    if bottom > 3 * face.size and number and tools.chance(0.85):
        page = tools.integer(1, 999)
        text = (f"{page}", f"- {page} -", f"Page {page}", f"– {page} –")[tools.integer(0, 3)]
        baseline = height - bottom + min(tools.between(40, 90), bottom - 0.6 * face.size)
        middle = sheet.width / 2
        if tools.chance(0.7):
            tools.write(text, face, "body", center=middle, baseline=baseline)
        else:
            tools.write(text, face, "body", right=sheet.width - right, baseline=baseline)
        if tools.chance(0.2):
            words = sentence(tools.generator, 6)
            tools.write(words, face, "body", left=left, baseline=baseline)
