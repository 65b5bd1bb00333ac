"""Words of the sentence or list in which a drawing stands.

None of it is an atom. Lengths are bond lengths, y down.
"""

from __future__ import annotations

import math

import numpy as np

from inchify.rendering.depictor.clutter import Box, joined, put_text
from inchify.rendering.depictor.free_space import FreeSpace, away_from_bonds, beside_atom
from inchify.rendering.depictor.pen import Pen
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.depictor.surroundings import with_marks
from inchify.rendering.rasterizer import Drawing

SENTENCE = (
    *(", or", ", or", ", and", "; and", "; or", "or", "and", ", wherein", "; wherein", ", where"),
    *(". or", ", in which", "and/or", ", its salt", "; or a", ", provided", "is", "wherein"),
)
_HEADS = (
    "Compound",
    "Example",
    "Formula",
    "Intermediate",
    "Comp.",
    "Ex.",
    "Preparation",
    "Process",
)
_STEMS = (
    *("Dihydrex", "Flupenth", "Metopr", "Cipro", "Nabum", "Oxazep", "Tolter", "Raclo", "Quinpir"),
    *("Amino", "Carbid", "Benzo", "Pipamp", "Sulpir", "Domper", "Venla", "Zolpi", "Fenoter"),
)
_ENDINGS = (
    "idine",
    "ixol",
    "olol",
    "floxacin",
    "etone",
    "am",
    "odine",
    "pride",
    "ole",
    "opa",
    "one",
)
_SALTS = ("", "", "", "", " hydrochloride", " maleate", " sodium", " mesylate")


def add_sentence_words(
    drawing: Drawing, style: DrawingStyle, generator: np.random.Generator
) -> Drawing:
    """ ", or" and the like behind a drawing, on the line of its lowest label or of its middle."""
    text = str(generator.choice(SENTENCE))
    size = style.cap * generator.uniform(0.8, 1.2)
    pen, (_, top, right, bottom) = Pen(), drawing.box
    base = generator.uniform((top + bottom) / 2, bottom)
    if drawing.labels and generator.random() < 0.6:
        base = max(float(edges[:, 1].max()) for edges in drawing.labels)
    apart = generator.uniform(0.12, 0.7) if text[0] in ",;." else generator.uniform(0.4, 1.2)
    # A comma that hangs below the line makes the text's box higher than its capitals.
    _, above, _, below = put_text(Pen(), text, (0.0, 0.0), size, style)
    at = (right + apart, base - (below - above) * 0.85)
    return with_marks(drawing, pen, joined(drawing.box, put_text(pen, text, at, size, style)))


def add_captions(drawing: Drawing, style: DrawingStyle, generator: np.random.Generator) -> Drawing:
    """One or two lines below a drawing, or above it, in letters up to twice as large as its own, as
    where a wide drawing was reduced; some are underlined."""
    pen, box = Pen(), drawing.box
    size = style.cap * math.exp(generator.uniform(math.log(0.9), math.log(2.2)))
    lines = [caption_text(generator) for _ in range(1 + int(generator.random() < 0.2))]
    underlined = generator.random() < 0.3
    below = generator.random() < 0.8
    for text in lines:
        _, _, width, height = put_text(Pen(), text, (0.0, 0.0), size, style)
        x = (box[0] + box[2] - width) / 2
        x += generator.choice((0.0, 0.0, generator.normal(0, 1), (box[0] - box[2] + width) / 2))
        away = generator.uniform(0.35, 1.2)
        y = box[3] + away if below else box[1] - away - height
        caption_box = put_text(pen, text, (float(x), y), size, style)
        if underlined:
            caption_box = under_line(pen, caption_box, size, style)
        box = joined(box, caption_box)
    return with_marks(drawing, pen, box)


def under_line(pen: Pen, box: Box, size: float, style: DrawingStyle) -> Box:
    """A line below a text; the box of both."""
    y = box[3] + 0.15 * size
    pen.line((box[0], y), (box[2], y), max(0.07 * size, style.line))
    return joined(box, (box[0], y, box[2], y + 0.07 * size))


def caption_text(generator: np.random.Generator) -> str:
    """A compound's number, a name, a name with its number."""
    number = int(generator.integers(1, 600))
    head = str(generator.choice(_HEADS))
    kind = int(generator.integers(6))
    if kind < 2:
        return f"{head} {number}{'abcd'[number % 4] if generator.random() < 0.2 else ''}"
    if kind == 2:
        return f"{head} {'ABCDEFGH'[number % 8]}"
    name = str(generator.choice(_STEMS)) + str(generator.choice(_ENDINGS))
    if kind == 3:
        return f"(interm. {number % 40})" if generator.random() < 0.5 else f"{name} ({number})"
    return name + str(generator.choice(_SALTS))


def center_letters(ground: FreeSpace, box: Box) -> Box:
    """(R) and (S), or R and S, beside corners with three or four plain bonds."""
    style, generator = ground.style, ground.generator
    brackets = generator.random() < 0.8
    size = style.cap * generator.uniform(0.5, 0.85)
    doubled = {
        atom
        for ends, kind in zip(ground.skeleton.ends, ground.skeleton.kinds, strict=True)
        if kind != "single"
        for atom in ends
    }
    for atom, label in enumerate(ground.labels):
        if label is not None or atom in doubled or ground.skeleton.degree(atom) < 3:
            continue
        letter = "RS"[int(generator.integers(2))]
        text = f"({letter})" if brackets else letter
        box = near_atom(ground, box, atom, text, size)
    return box


def question_marks(ground: FreeSpace, box: Box) -> Box:
    """One to three question marks among the bonds where there is space, half of them in circles, as
    for letters that were illegible."""
    generator, style = ground.generator, ground.style
    circled = generator.random() < 0.5
    size = style.cap * generator.uniform(0.7, 1.1)
    for _ in range(int(generator.integers(1, 4))):
        radius = (0.85 if circled else 0.6) * size
        for _ in range(12):
            x, y = generator.uniform(box[0], box[2]), generator.uniform(box[1], box[3])
            spot = (x - radius, y - radius, x + radius, y + radius)
            if not ground.is_free(spot):
                continue
            _, _, width, height = put_text(Pen(), "?", (0.0, 0.0), size, style)
            put_text(ground.pen, "?", (x - width / 2, y - height / 2), size, style)
            if circled:
                angles = [math.pi / 16 * step for step in range(33)]
                rim = [(x + radius * math.cos(t), y + radius * math.sin(t)) for t in angles]
                ground.pen.curve(rim, max(0.6 * style.line, 0.02))
            ground.boxes.append(spot)
            box = joined(box, spot)
            break
    return box


def near_atom(ground: FreeSpace, box: Box, atom: int, text: str, size: float) -> Box:
    """Write a text beside an atom where it hides nothing; nothing is written where there is no such
    place."""
    _, _, width, height = put_text(Pen(), text, (0.0, 0.0), size, ground.style)
    half = width / 2, height / 2
    for angle in away_from_bonds(ground, atom):
        x, y = beside_atom(ground, atom, angle, half)
        spot = (x - half[0], y - half[1], x + half[0], y + half[1])
        if ground.is_free(spot):
            drawn = put_text(ground.pen, text, spot[:2], size, ground.style)
            ground.boxes.append(drawn)
            return joined(box, drawn)
    return box


def letters_near(ground: FreeSpace, box: Box) -> Box:
    """Letters at centers, or question marks."""
    if ground.generator.random() < 0.6:
        return center_letters(ground, box)
    return question_marks(ground, box)
