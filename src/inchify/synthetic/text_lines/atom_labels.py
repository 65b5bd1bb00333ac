"""Synthetic crops of atom labels as they would be cut from a drawing.

Letters come from the package's fonts. The surroundings of a label reach into the picture: ends of
bonds, parts of other letters, lines at its corners.

Shape letters: E edges, H and W pixels. Lengths are heights of capitals, y down, base line at 0.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

import numpy as np

from inchify.chemistry.abbreviations.text_variants import count_of_species
from inchify.rendering.depictor.glyphs import Box
from inchify.rendering.depictor.labels import Level, Line, Run, around
from inchify.rendering.depictor.pen import DISC_E4, Pen, Point, shifted
from inchify.rendering.depictor.style import DrawingStyle, label_choices
from inchify.rendering.rasterizer import Drawing, cover

SMALLEST, LARGEST = 6.0, 40.0  # pixels of a capital
SCAN_LINES = 8
# This share of the labels has capitals of at most this many pixels.
SMALL_CAPITAL, SMALL_SHARE = 9.0, 0.22
# Of labels in print: pixels of a capital at 300 dpi and in reduced drawings, the share without any
# bond (as one cuts connected components), the level of coverage from which a pixel is black.
PRINTED_CAPITAL, PRINTED_BARE, PRINTED_LEVEL = (8.0, 34.0), 0.5, (0.22, 0.6)
# The share of labels with a bond that touches a letter or nearly does.
TOUCHING = 0.15
BARS, DOT = "≡", "."
NEIGHBORS = "CHNOSFBP23+-14RXlID("
# A count and the mass number after it (H3 13C), a mass number after a symbol (H 18O), a number of
# repeats, digits, signs, letters.
_MASSES = r"(?:1[1345](?=C(?![\da-z]))|1[35](?=N)|1[78](?=O))"
_TOKENS = re.compile(
    rf"(?<=[A-Za-z])\d(?={_MASSES})|(?<=[A-Za-z\d]){_MASSES}|(?<=[)\]])[nmpqxy](?:[+-]1)?"
    r"|\d+m(?=Tc)|\d+|[+-]+|[^\d+-]"
)
_MASS_INSIDE = re.compile(rf"(?<=[A-Za-z]){_MASSES}|(?<=[A-Za-z]\d){_MASSES}")
# Names of compounds, whose numbers are no charges: I-12, (II-3), D-8-23.
_NAME = re.compile(r"[(\[]?(?:[A-Z]|[IVX]+[a-d]?|\d)-\d+(?:-\d+)?[)\]]?")
_PREFIX = re.compile(r"(?:[nstiopmNOSc]|sec|tert|cis)-")


@dataclass(frozen=True)
class LabelPicture:
    """Synthetic picture of an atom label: ``intensity`` uint8 (H, W), 255 = full foreground;
    ``capital`` is the height of its capitals in pixels; ``scanned`` tells that it is bilevel, as
    from a scanner."""

    intensity: np.ndarray
    text: str
    capital: float
    scanned: bool = False


def draw_label(text: str, generator: np.random.Generator) -> LabelPicture:
    """Draw a clean picture of a label.

    Args:
        text: What is written.
        generator: Source of all random choices.

    Returns:
        The gray picture.

    Raises:
        ValueError: The fonts lack a letter.
    """
    style = replace(
        DrawingStyle(**label_choices(generator)),  # type: ignore[arg-type]
        line=math.exp(generator.uniform(math.log(0.03), math.log(0.11))),
        gap=generator.uniform(0.03, 0.2) if generator.random() > TOUCHING else 0.0,
    )
    drawing, frame = _drawing_of(text, style, (0.12, 0.65, 0.18, 0.05), generator)
    largest = SMALL_CAPITAL if generator.random() < SMALL_SHARE else LARGEST
    capital = math.exp(generator.uniform(math.log(SMALLEST), math.log(largest)))
    return LabelPicture(picture_of(drawing, frame, capital, generator), text, capital)


def draw_printed_label(
    text: str, generator: np.random.Generator, *, scanned: float = 0.6, face: str = ""
) -> LabelPicture:
    """A label as patents and journals print it: a face of print, thin lines, one bit a pixel.

    Args:
        text: What is written.
        generator: Decides everything that is not given.
        scanned: The share of pictures with one bit a pixel.
        face: One of the package's faces; drawn by its share in print where it is "".

    Raises:
        ValueError: For letters that the fonts lack.
    """
    choices = label_choices(generator, print_faces=1.0)
    style = replace(
        DrawingStyle(**choices),  # type: ignore[arg-type]
        line=math.exp(generator.uniform(math.log(0.02), math.log(0.07))),
        gap=generator.uniform(0.03, 0.2) if generator.random() > TOUCHING else 0.0,
        weight=float(choices["weight"]) if generator.random() < 0.3 else 0.0,  # type: ignore[arg-type]
    )
    style = replace(style, face=face or style.face)
    bonds = (PRINTED_BARE, 0.35, 0.12, 0.03)
    flat = _NAME.fullmatch(text) is not None
    drawing, frame = _drawing_of(text, style, bonds, generator, flat=flat)
    smallest, largest = PRINTED_CAPITAL
    capital = math.exp(generator.uniform(math.log(smallest), math.log(largest)))
    intensity = picture_of(drawing, frame, capital, generator)
    if generator.random() >= scanned:
        return LabelPicture(intensity, text, capital)
    dark = 255 * generator.uniform(*PRINTED_LEVEL)
    return LabelPicture(np.where(intensity > dark, np.uint8(255), np.uint8(0)), text, capital, True)


def _drawing_of(
    text: str,
    style: DrawingStyle,
    bonds: tuple[float, float, float, float],
    generator: np.random.Generator,
    *,
    flat: bool = False,
) -> tuple[Drawing, Box]:
    """The letters with what stands around them, and the box that is cut out; ``bonds`` are the
    probabilities of none, one, two and three of them, ``flat`` sets all letters on the line."""
    line = set_text(text, style, generator, flat=flat)
    box = around(tuple(line.boxes))
    frame = frame_around(box, generator)
    pen = Pen()
    for _ in range(int(generator.choice(4, p=bonds))):
        _bond(pen, line, box, style, generator)
    if generator.random() < 0.12:
        _stray_line(pen, box, frame, style, generator)
    letters = list(line.edges)
    if generator.random() < 0.15:
        letters += _neighbor(frame, box, style, generator)
    return Drawing(pen.strokes_S5(), pen.outlines_E4(), tuple(letters)), frame


def set_text(
    text: str, style: DrawingStyle, generator: np.random.Generator, *, flat: bool = False
) -> Line:
    """Set a label with counts as subscripts, charges and isotopes as superscripts.

    Args:
        text: What is written.
        style: Style of the letters.
        generator: Source of all random choices.
        flat: Set all letters on the base line.

    Returns:
        The letters in heights of capitals.

    Raises:
        ValueError: The fonts lack a letter.
    """
    line = Line(style)
    if flat:
        line.put((text, "plain"))
        return line
    italic = replace(style, shear=0.2) if generator.random() < 0.3 else style
    prefix = _PREFIX.match(text)
    start = prefix.end() if prefix else 0
    line.style = italic
    for letter in text[:start]:
        line.put((letter, "plain"))
    line.style = style
    count = count_of_species(text)
    if count:
        _put_count(line, text, count, generator)
        start = text.index(count) + len(count)
    runs = label_runs(text[start:], style, generator)
    for number, (letters, level) in enumerate(runs):
        if letters == BARS:
            _bars(line)
        elif letters == DOT and len(runs) > 1 and number in (0, len(runs) - 1):
            _dot(line, generator)
        else:
            line.put((letters, level))
    return line


def _put_count(line: Line, text: str, count: str, generator: np.random.Generator) -> None:
    """The number of ions or solvent molecules, on the line, with or without a space after it."""
    if text.startswith(DOT):
        _dot(line, generator)
    line.put((count, "plain"))
    line.pen += generator.uniform(0.1, 0.6) if generator.random() < 0.75 else 0.0


def _dot(line: Line, generator: np.random.Generator) -> None:
    """A radical's dot or the one before a counter-ion: round, on the line, half or full height."""
    radius = generator.uniform(0.07, 0.16)
    x, y = line.pen + radius + 0.05, -float(generator.choice((radius, 0.5, 0.5, 0.85)))
    line.edges.append(shifted(DISC_E4 * radius, x, y))
    line.boxes.append((x - radius, y - radius, x + radius, y + radius))
    line.pen += 2 * radius + generator.uniform(0.1, 0.35)


def label_runs(text: str, style: DrawingStyle, generator: np.random.Generator) -> list[Run]:
    """Runs of a label with their levels."""
    flat = generator.random() < 0.06
    raised = style.raised_numbers and re.fullmatch(r"[A-Z][a-z]?\d+", text) is not None
    masses = {match.start() for match in _MASS_INSIDE.finditer(text)}
    runs: list[Run] = []
    parts = _TOKENS.findall(text)
    place = 0
    for number, piece in enumerate(parts):
        last = number == len(parts) - 1
        before = parts[number - 1] if number else ""
        if flat:
            level: Level = "plain"
        elif place in masses:
            level = "super"
        elif piece[0].isdigit() and before in ("", "["):
            # an isotope; but a place on a ring (4-ClC6H4) stays on the line
            level = "super" if not last and parts[number + 1][0].isalpha() else "plain"
        elif piece[0].isdigit():
            lowered = before[-1].isalpha() or before[-1] in ")]"
            level = "super" if raised or (last and before[-1] in "+-") else "sub"
            level = level if lowered or level == "super" else "plain"
        elif before in (")", "]") and piece[0] in "nmpqxy":
            level = "sub"
        elif piece[0] in "+-" and (last or not before or piece[0] == "+") and len(text) > 1:
            level = "circled" if style.circled_charges and len(piece) == 1 else "super"
        elif piece in "'*" and generator.random() < 0.5:
            level = "super"
        else:
            level = "plain"
        runs.append((piece, level))
        place += len(piece)
    return _sized_charge(runs)


def _sized_charge(runs: list[Run]) -> list[Run]:
    """A digit before a last sign is the size of the charge after a count (SO4 2-) or a metal."""
    if len(runs) > 2 and runs[-1][1] == "super" and runs[-1][0] in "+-":
        digits, level = runs[-2]
        metal = re.fullmatch("(?:Mg|Ca|Zn|Cu|Fe|Al)", "".join(piece for piece, _ in runs[:-2]))
        if level == "sub" and metal:
            runs[-2] = (digits, "super")
        elif level == "sub" and len(digits) == 2:
            runs[-2:-1] = [(digits[0], "sub"), (digits[1], "super")]
    return runs


def _bars(line: Line) -> None:
    """The sign of a triple bond, which fonts lack."""
    left, right = line.pen + 0.08, line.pen + 0.68
    for y in (-0.72, -0.45, -0.18):
        corners = [(left, y - 0.04), (right, y - 0.04), (right, y + 0.04), (left, y + 0.04)]
        line.edges.append(
            np.array([(*a, *b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)])
        )
    line.boxes.append((left, -0.76, right, -0.14))
    line.pen += 0.76


def frame_around(box: Box, generator: np.random.Generator) -> Box:
    """The crop: the label with an uneven margin, as in a detector's box."""
    left, top, right, bottom = box
    height = max(bottom - top, 0.8)
    if generator.random() < 0.2:
        sides = generator.uniform(0.0, 0.9, 4) * (1, 0.5, 1, 0.5)
    else:
        spread = generator.standard_normal(4) * (0.2, 0.1, 0.2, 0.1)
        sides = np.clip(0.12 * height + spread, (-0.06, -0.04, -0.06, -0.04), 0.8)
    a, b, c, d = sides.tolist()
    return left - a, top - b, right + c, bottom + d


def _bond(
    pen: Pen, line: Line, box: Box, style: DrawingStyle, generator: np.random.Generator
) -> None:
    """A bond that ends at the first or last letter, or at any where there is but one; none where it
    would run through letters."""
    places = [0, len(line.boxes) - 1, int(generator.integers(len(line.boxes)))]
    left, top, right, bottom = line.boxes[places[int(generator.choice(3, p=(0.5, 0.38, 0.12)))]]
    angle = generator.uniform(-math.pi, math.pi)
    if generator.random() < 0.7:
        angle = round(angle / (math.pi / 6)) * math.pi / 6
    x, y = (left + right) / 2, (top + bottom) / 2
    step = math.cos(angle), math.sin(angle)
    half = max((right - left) / 2, 1e-6), max((bottom - top) / 2, 1e-6)
    reach = min(h / abs(s) if abs(s) > 1e-6 else math.inf for h, s in zip(half, step, strict=True))
    start = reach + style.gap / style.cap
    width = style.line / style.cap
    for along in np.arange(start, start + 3.0, 0.15).tolist():
        spot = x + along * step[0], y + along * step[1]
        # the first places may touch the letter that the bond ends at
        margin = width / 2 + 0.04 if style.gap or along > start + 0.2 else -0.02
        if any(_inside(spot, other, margin) for other in line.boxes):
            return
    end = start + generator.uniform(1.0, 3.0)
    kind = generator.random()
    across = -step[1], step[0]
    offsets = (0.0,) if kind < 0.72 else (-0.16, 0.16) if kind < 0.9 else (0.0, 0.3)
    if kind > 0.96:
        wide = generator.uniform(0.1, 0.3)
        tip = _beside((x, y), step, start, across, 0.0)
        far = [_beside((x, y), step, end, across, side) for side in (-wide, wide)]
        pen.polygon([tip, *far])
        return
    for offset in offsets:
        begin = _beside((x, y), step, start, across, offset)
        pen.line(begin, _beside((x, y), step, end, across, offset), width)


def _beside(
    origin: Point, step: tuple[float, float], along: float, across: tuple[float, float], by: float
) -> Point:
    return (
        origin[0] + along * step[0] + by * across[0],
        origin[1] + along * step[1] + by * across[1],
    )


def _inside(point: Point, box: Box, margin: float) -> bool:
    return (
        box[0] - margin < point[0] < box[2] + margin
        and box[1] - margin < point[1] < box[3] + margin
    )


def _stray_line(
    pen: Pen, box: Box, frame: Box, style: DrawingStyle, generator: np.random.Generator
) -> None:
    """A bond that passes a corner of the picture beside the label."""
    left, top, right, bottom = frame
    x = left if generator.random() < 0.5 else right
    y = top if generator.random() < 0.5 else bottom
    across, down = generator.uniform(0.05, 0.8, 2).tolist()
    begin = (x + (across if x == left else -across), y)
    end = (x, y + (down if y == top else -down))
    for share in np.linspace(0, 1, 9).tolist():
        spot = begin[0] + share * (end[0] - begin[0]), begin[1] + share * (end[1] - begin[1])
        if _inside(spot, box, 0.1):
            return
    pen.line(begin, end, style.line / style.cap)


def _neighbor(
    frame: Box, box: Box, style: DrawingStyle, generator: np.random.Generator
) -> list[np.ndarray]:
    """A letter of another label, a part of which reaches into the picture."""
    other = Line(style)
    letter = NEIGHBORS[int(generator.integers(len(NEIGHBORS)))]
    other.put((letter, "plain"))
    a, b, c, d = around(tuple(other.boxes))
    reach = float(generator.uniform(0.02, 0.3 if generator.random() < 0.7 else 0.5))
    left, top, right, bottom = frame
    side = int(generator.integers(4))
    if side < 2:
        y = generator.uniform(top, bottom)
        x = left + reach - c if side == 0 else right - reach - a
    else:
        x = generator.uniform(left, right)
        y = top + reach - d if side == 2 else bottom - reach - b
    placed = (a + x, b + y, c + x, d + y)
    apart = (
        placed[2] < box[0] - 0.1
        or placed[0] > box[2] + 0.1
        or placed[3] < box[1] - 0.1
        or placed[1] > box[3] + 0.1
    )
    return [shifted(edges, x, y) for edges in other.edges] if apart else []


def picture_of(
    drawing: Drawing, frame: Box, capital: float, generator: np.random.Generator
) -> np.ndarray:
    """The picture within the frame, uint8, sometimes slightly rotated and stretched."""
    left, top, right, bottom = frame
    stretch = math.exp(generator.uniform(-0.08, 0.08)) if generator.random() < 0.4 else 1.0
    scale = (capital * stretch, capital / stretch)
    width = max(4, round((right - left) * scale[0]))
    height = max(4, round((bottom - top) * scale[1]))
    edges = drawing.all_edges_E4
    if generator.random() < 0.15:
        angle = float(np.clip(generator.normal(0, 0.015), -0.035, 0.035))
        middle = np.array(((left + right) / 2, (top + bottom) / 2))
        rotation = np.array(
            ((math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle)))
        )
        edges = ((edges.reshape(-1, 2) - middle) @ rotation + middle).reshape(-1, 4)
    plain = Drawing(np.zeros((0, 5)), edges)
    part_x, part_y = generator.uniform(-0.5, 0.5, 2).tolist()
    shift = (part_x - left * scale[0], part_y - top * scale[1])
    intensity = cover(plain, scale, shift, (height, width), SCAN_LINES)
    return (intensity * 255.0 + 0.5).astype(np.uint8)
