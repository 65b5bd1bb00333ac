"""Fischer projections and chairs, by Pillow."""

from __future__ import annotations

from inchify.benchmarks.fresh_cases.drawings import Hand, font, inchi_of
from inchify.benchmarks.fresh_cases.labels import Answer
from inchify.benchmarks.fresh_cases.no_molecule import board

# Top, rows of left and right, bottom, and what they mean.
CROSSES = (
    ("CHO", ("H OH",), "CH2OH", "OC[C@@H](O)C=O"),
    ("COOH", ("H2N H",), "CH3", "C[C@H](N)C(=O)O"),
    ("COOH", ("H OH", "HO H"), "COOH", "O[C@H]([C@@H](O)C(=O)O)C(=O)O"),
    ("CHO", ("HO H", "H OH", "H OH"), "CH2OH", "O=C[C@@H](O)[C@H](O)[C@H](O)CO"),
    ("CHO", ("H OH", "HO H", "H OH", "H OH"), "CH2OH", "O=C[C@H](O)[C@@H](O)[C@H](O)[C@H](O)CO"),
)
# A chair in bonds, the oxygen first, then C1 to C5; what points aside there.
RING = ((0.72, -0.5), (1.65, 0.36), (0.72, 0.22), (-0.72, 0.41), (-1.65, -0.46), (-0.72, -0.31))
ASIDE = ((0.8, -0.14), (0.75, 0.6), (-0.75, 0.14), (-0.75, 0.19), (-0.2, -0.75))
# Of pyranoses the substituents at C1 to C4, up (1) or down (0); C5 bears CH2OH upwards.
CHAIRS = (
    ((1, 0, 1, 0), "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"),
    ((1, 0, 1, 1), "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@H]1O"),
    ((0, 0, 1, 0), "OC[C@H]1O[C@H](O)[C@H](O)[C@@H](O)[C@@H]1O"),
)


def fischer(hand: Hand) -> Answer:
    """Crosses below one another; the labels above and below stand with C on the chain."""
    top, rows, bottom, smiles = hand.next_of(CROSSES, "cross")
    unit, width = hand.integer(36, 60), hand.integer(2, 3)
    picture, pen = board(7 * unit, (len(rows) + 3) * unit)
    letters = font(round(0.42 * unit), 1)
    x, first = 3 * unit, 2 * unit
    last = first + (len(rows) - 1) * unit
    pen.line((x, first - 0.7 * unit, x, last + 0.7 * unit), fill="black", width=width)
    half = letters.getlength("C") / 2
    for text, y in ((top, first - unit), (bottom, last + unit)):
        pen.text((x - half, y), text, fill="black", font=letters, anchor="lm")
    for number, row in enumerate(rows):
        y = first + number * unit
        pen.line((x - 0.7 * unit, y, x + 0.7 * unit, y), fill="black", width=width)
        left, right = row.split()
        pen.text((x - 0.8 * unit, y), left, fill="black", font=letters, anchor="rm")
        pen.text((x + 0.8 * unit, y), right, fill="black", font=letters, anchor="lm")
    return picture, inchi_of(smiles)


def chair(hand: Hand) -> Answer:
    """A pyranose as a chair."""
    ups, smiles = hand.next_of(CHAIRS, "chair")
    unit, width = hand.integer(50, 80), 2
    picture, pen = board(7 * unit, 5 * unit)
    letters = font(round(0.36 * unit), 1)
    ring = [(3.5 * unit + x * unit, 2.4 * unit + y * unit) for x, y in RING]
    pen.line([*ring, ring[0]], fill="black", width=width)
    radius = 0.22 * unit
    pen.ellipse(
        (ring[0][0] - radius, ring[0][1] - radius, ring[0][0] + radius, ring[0][1] + radius),
        fill="white",
    )
    pen.text(ring[0], "O", fill="black", font=letters, anchor="mm")
    for place, up in enumerate((*ups, 1), start=1):
        upright = up == (place + 1) % 2
        x, y = (0.0, -0.85 if up else 0.85) if upright else ASIDE[place - 1]
        end = (ring[place][0] + x * unit, ring[place][1] + y * unit)
        pen.line([ring[place], end], fill="black", width=width)
        left = x < -0.3
        text = "CH2OH" if place == 5 else "HO" if left else "OH"
        half = letters.getlength(text[-1] if left else text[0]) / 2
        at = end[0] + (half if left else -half), end[1] + 0.2 * unit * (1 if y > 0.3 else -1)
        if abs(y) < 0.3:
            at = end[0] + (-0.06 if left else 0.06) * unit, end[1]
        pen.text(at, text, fill="black", font=letters, anchor="rm" if left else "lm")
    return picture, inchi_of(smiles)
