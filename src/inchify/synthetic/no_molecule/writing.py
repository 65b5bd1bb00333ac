"""Pictures of text without a molecule: words, formulas, tables, mathematics, scribbles."""

from __future__ import annotations

import numpy as np

from inchify.synthetic.no_molecule.sketch import Sketch, sheet, smooth_walk
from inchify.synthetic.pages.words import (
    amount,
    caption,
    chemical_name,
    compound_number,
    conditions,
    heading,
    one_of,
    ordinary_word,
    paragraph,
    sentence,
)

_OPERATORS = ("=", "+", "-", "<", ">", "·", "≈", "→", "×")
_TERMS = (
    "∫ f(x) dx", "Σ aₙ xⁿ", "x²", "y", "sin θ", "exp(-kt)", "∂u/∂t", "n!", "log p", "a/b", "π r²",
    "E(x)", "∇²φ", "P(A|B)", "(x+1)(x-1)", "e^{iωt}", "k B T", "λ", "0.05", "ΔG", "dy/dx", "lim",
)  # fmt: skip


def words(generator: np.random.Generator) -> Sketch:
    """One to four words in a line."""
    count = int(generator.integers(1, 5))
    text = " ".join(ordinary_word(generator) for _ in range(count))
    text = text if len(text) > 4 else sentence(generator, 3)
    return _line(generator, one_of(generator, (text, text.capitalize(), text.upper())))


def title(generator: np.random.Generator) -> Sketch:
    """A heading, a caption, a name, a label with words."""
    texts = (
        heading(generator),
        caption(generator, one_of(generator, ("Table", "Figure", "Scheme")))[:60],
        chemical_name(generator),
        f"Compound {compound_number(generator)}, {amount(generator)}",
        f"FIG. {generator.integers(1, 40)}",
        f"{generator.uniform(0, 100):.2f} ± {generator.uniform(0, 9):.2f} mg",
    )
    return _line(generator, one_of(generator, texts))


def sum_formula(generator: np.random.Generator) -> Sketch:
    """A molecular formula, perhaps with its mass."""
    parts = [("C", 6, 60), ("H", 6, 90), ("N", 0, 8), ("O", 0, 12), ("S", 0, 2), ("Cl", 0, 3)]
    text = ""
    for symbol, low, high in parts:
        count = int(generator.integers(low, high + 1))
        text += symbol + (str(count) if count > 1 else "") if count else ""
    words_ = (
        text,
        text,
        f"MW = {generator.uniform(90, 900):.2f}",
        f"{text} ({generator.uniform(90, 900):.1f})",
    )
    return _line(generator, one_of(generator, words_))


def _line(generator: np.random.Generator, text: str) -> Sketch:
    size = float(generator.uniform(12, 44))
    page = Sketch(generator, size * generator.uniform(1.5, 3), 40 + 0.9 * size * len(text))
    page.write(text, (float(generator.uniform(4, 30)), page.height / 2), size=size)
    return page


def paragraphs(generator: np.random.Generator) -> Sketch:
    """Lines of prose, reagents and conditions."""
    page = sheet(generator, 250, 900, tall=(0.12, 1.2))
    size = page.between(10, 20)
    step = size * page.between(1.1, 1.7)
    text = paragraph(generator, 220)
    if page.chance(0.3):
        text = "; ".join(conditions(generator, 8)) + ". " + text
    left, y = page.between(4, 20), step
    letters = int((page.width - 2 * left) / (0.52 * size))
    while y < page.height - step / 2 and len(text) > 5:
        cut = text.rfind(" ", 0, letters)
        cut = cut if cut > 0 else letters
        page.write(text[:cut], (left, y), size=size)
        text, y = text[cut:].strip(), y + step
        if page.chance(0.08):
            text, y = text[text.find(" ") :].strip(), y + step
    return page


def mathematics(generator: np.random.Generator) -> Sketch:
    """Formulas with fractions, roots and brackets."""
    page = sheet(generator, 200, 700, tall=(0.15, 0.5))
    size = page.between(14, 34)
    y = size * 1.3
    while y < page.height:
        x = page.between(5, 30)
        for _ in range(page.integer(2, 5)):
            x += page.write(page.one_of(_TERMS), (x, y), size=size) + 0.3 * size
            if page.chance(0.35):
                wide = page.write(page.one_of(_TERMS), (x, y - 0.7 * size), size=0.8 * size)
                page.write(page.one_of(_TERMS)[:3], (x, y + 0.7 * size), size=0.8 * size)
                page.line([(x, y), (x + wide, y)], width=max(1.0, size / 18))
                x += wide + 0.2 * size
            if page.chance(0.2):
                top = y - 0.7 * size
                points = [(x, y), (x + 0.2 * size, y + 0.5 * size), (x + 0.5 * size, top)]
                page.line([*points, (x + 2.5 * size, top)], width=max(1.0, size / 18))
                x += 0.6 * size
            x += page.write(page.one_of(_OPERATORS), (x, y), size=size) + 0.3 * size
        y += size * page.between(1.8, 2.8)
    return page


def table(generator: np.random.Generator) -> Sketch:
    """Cells of words and numbers, with or without rules."""
    page = sheet(generator, 250, 900, tall=(0.25, 1.0))
    rows, columns = page.integer(3, 12), page.integer(2, 7)
    high, wide = page.height / rows, page.width / columns
    size = min(high * 0.5, page.between(10, 20))
    ruled = page.one_of(("grid", "grid", "rows", "three", "none"))
    for row in range(rows):
        for column in range(columns):
            text = ordinary_word(generator) if not row or not column else _cell(generator)
            maximum = max(1, int(wide / (0.6 * size)))
            at = ((column + 0.5) * wide, (row + 0.5) * high)
            page.write(text[:maximum], at, size=size, anchor="centre")
    for row in range(rows + 1):
        if ruled in ("grid", "rows") or (ruled == "three" and row in (0, 1, rows)):
            y = min(max(row * high, 2), page.height - 2)
            page.line([(2, y), (page.width - 2, y)])
    for column in range(columns + 1):
        if ruled == "grid":
            x = min(max(column * wide, 2), page.width - 2)
            page.line([(x, 2), (x, page.height - 2)])
    return page


def _cell(generator: np.random.Generator) -> str:
    cells = (
        f"{generator.uniform(0, 100):.1f}",
        str(generator.integers(1, 999)),
        compound_number(generator),
        "+",
        "-",
        "n.d.",
        f">{generator.integers(1, 90)}",
    )
    return one_of(generator, cells)


def handwriting(generator: np.random.Generator) -> Sketch:
    """Loops of a pen: a signature, a note, a wave."""
    page = sheet(generator, 150, 600, tall=(0.25, 0.7))
    for _ in range(page.integer(1, 3)):
        points = page.integer(60, 220)
        x = np.linspace(0.06, 0.94, points) + 0.1 * (smooth_walk(generator, points, 0) - 0.5)
        waves = page.integer(3, 14)
        loop = np.sin(np.linspace(0, 2 * np.pi * waves, points) + generator.uniform(0, 6))
        y = 0.5 + page.between(0.05, 0.3) * loop * smooth_walk(generator, points, 0)
        x += page.between(0, 0.03) * np.cos(np.linspace(0, 2 * np.pi * waves, points))
        y += page.between(0, 0.4) * (smooth_walk(generator, points, 0) - 0.5)
        page.line(np.stack([x * page.width, y * page.height], axis=1), width=page.between(1, 4.5))
    if page.chance(0.3):
        y = page.between(0.7, 0.9) * page.height
        page.line([(5, y), (page.width - 5, y)])
    return page


def crossword(generator: np.random.Generator) -> Sketch:
    """A grid with black cells and numbers or letters."""
    page = sheet(generator, 200, 700, tall=(0.8, 1.0))
    cells = page.integer(5, 15)
    side = (min(page.height, page.width) - 6) / cells
    filled, written = page.between(0.05, 0.35), page.between(0, 0.6)
    for row in range(cells):
        for column in range(cells):
            left, top = 3 + column * side, 3 + row * side
            if page.chance(filled):
                corners = [(left, top), (left + side, top), (left + side, top + side)]
                page.fill([*corners, (left, top + side)])
            elif page.chance(written):
                letter = "ABCDEFGHIJKLMNOPRSTUVW123456789"[page.integer(0, 30)]
                page.write(
                    letter, (left + side / 2, top + side / 2), size=side * 0.6, anchor="centre"
                )
            page.box(left, top, left + side, top + side)
    return page
