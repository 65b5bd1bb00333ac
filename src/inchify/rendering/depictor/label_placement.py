"""Placement of atom labels so that they overlap nothing else.

Shape letters: B bonds, L labels.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from inchify.rendering.depictor.glyphs import Box
from inchify.rendering.depictor.labels import (
    STACKED_LABEL,
    Label,
    Lettering,
    Side,
    Written,
    freest_side,
)
from inchify.rendering.depictor.pen import Point
from inchify.rendering.depictor.skeleton import Skeleton
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.indigo import DrawingError

# Written with their hydrogens first when alone: H2O, HCl.
HYDROGENS_FIRST = ("O", "S", "Se", "F", "Cl", "Br", "I")
# The gap between two labels, and the margin around a letter's box.
APART = 0.06
# The cosine of a bond's angle to the vertical from which on no hydrogens are put there.
UPRIGHT = 0.6
MARGINS = np.array((-0.02, -0.02, 0.02, 0.02))


def place_labels(
    skeleton: Skeleton, written: list[Written | None], places: list[Point], style: DrawingStyle
) -> tuple[list[Label | None], list[Box | None]]:
    """Place the labels and their boxes in the drawing, with hydrogens on the side with the most
    free space.

    Raises DrawingError when letters would overlap other bonds or each other.
    """
    lettering = Lettering(style)
    labels: list[Label | None] = [None] * len(written)
    boxes: list[Box | None] = [None] * len(written)
    atoms = [index for index, content in enumerate(written) if content is not None]
    tried: dict[int, list[Side]] = {}
    for atom in atoms:
        content = written[atom]
        assert content is not None
        tried[atom] = sides_of(skeleton, atom, content, places, style.stacked)
        set_label(lettering, content, tried[atom][0], atom, places, labels, boxes)
    for attempt in range(1, 4):
        bad = colliding(skeleton, atoms, labels, boxes, places, touching=style.bend > 0)
        if not bad:
            return labels, boxes
        moved = False
        for atom in bad:
            content = written[atom]
            if content is not None and len(tried[atom]) > attempt:
                set_label(lettering, content, tried[atom][attempt], atom, places, labels, boxes)
                moved = True
        if not moved:
            break
    raise DrawingError("a label stands on a foreign bond or label")


def set_label(
    lettering: Lettering,
    written: Written,
    side: Side,
    atom: int,
    places: list[Point],
    labels: list[Label | None],
    boxes: list[Box | None],
) -> None:
    """Sets one atom's label, in place."""
    try:
        label = lettering.label(written, side)
    except ValueError as error:
        raise DrawingError(str(error)) from error
    (x, y), (a, b, c, d) = places[atom], label.box
    labels[atom], boxes[atom] = label, (a + x, b + y, c + x, d + y)


def sides_of(
    skeleton: Skeleton,
    atom: int,
    written: Written,
    places: list[Point],
    stacked: Literal["", "above", "below"] = "",
) -> list[Side]:
    """On which sides of the symbol the rest of the label may stand, the best first; where it is
    ``stacked``, hydrogens above or below it come before those beside it."""
    x, y = places[atom]
    directions = []
    for neighbor in skeleton.neighbors[atom]:
        dx, dy = places[neighbor][0] - x, places[neighbor][1] - y
        length = math.hypot(dx, dy)
        directions.append((dx / length, dy / length))
    if not directions and written.symbol in HYDROGENS_FIRST and not written.charge:
        return ["left"]
    if written.long:
        best = freest_side(directions, False)
        if stacked and len(directions) == 2 and STACKED_LABEL.fullmatch(written.long):
            upright = stacked_sides(directions, stacked)
            return [*upright, best, "left" if best == "right" else "right"]
        return [best, "left" if best == "right" else "right"]
    if not written.hydrogens:
        return ["right"]
    best = freest_side(directions, len(directions) > 1)
    others: tuple[Side, ...] = ("right", "left", "above", "below")
    if stacked:
        upright = stacked_sides(directions, stacked)
        return [*upright, best, *(side for side in others if side not in (*upright, best))]
    if len(directions) < 2:
        others = ("right", "left")
    return [best, *(side for side in others if side != best)]


def stacked_sides(
    directions: list[tuple[float, float]], first: Literal["above", "below"]
) -> list[Side]:
    """Of above and below those to which no bond points nearly, the wanted one first; at an end only
    on from an upright bond."""
    order: tuple[Side, Side] = ("above", "below") if first == "above" else ("below", "above")
    ways = {"above": -1.0, "below": 1.0}
    free = [side for side in order if all(y * ways[side] < UPRIGHT for _, y in directions)]
    if len(directions) == 1:
        return [side for side in free if directions[0][1] * ways[side] < -0.8]
    return free


def colliding(
    skeleton: Skeleton,
    atoms: list[int],
    labels: list[Label | None],
    boxes: list[Box | None],
    places: list[Point],
    *,
    touching: bool = False,
) -> list[int]:
    """The atoms whose letters overlap other bonds or labels; ``touching`` allows contact."""
    if not atoms:
        return []
    at = np.array(atoms)
    margins, apart = (0 * MARGINS, 0.0) if touching else (MARGINS, APART)
    box_L4 = np.array([boxes[atom] for atom in atoms]) + margins
    low, high = box_L4[:, None, :2], box_L4[:, None, 2:]
    overlap: np.ndarray = ((low < high[None, :, 0] + apart) & (high + apart > low[None, :, 0])).all(
        2
    )
    np.fill_diagonal(overlap, False)
    bad = np.array(overlap.any(axis=1))
    ends_B2 = np.array(skeleton.ends, dtype=np.int64).reshape(-1, 2)
    if len(ends_B2):
        place_N2 = np.array(places)
        begin = place_N2[ends_B2[:, 0]]
        along = place_N2[ends_B2[:, 1]] - begin
        along = np.where(np.abs(along) < 1e-9, 1e-9, along)
        to_low, to_high = (low - begin) / along, (high - begin) / along
        enter = np.minimum(to_low, to_high).max(axis=2)
        leave = np.maximum(to_low, to_high).min(axis=2)
        hit = (np.maximum(enter, 0) < np.minimum(leave, 1)) & (ends_B2 != at[:, None, None]).all(2)
        for row, bond in zip(*np.nonzero(hit), strict=True):
            bad[row] |= letters_hit(
                labels[atoms[row]], places[atoms[row]], begin[bond], along[bond], margins
            )
    return [atom for atom, wrong in zip(atoms, bad, strict=True) if wrong]


def letters_hit(
    label: Label | None, place: Point, begin: np.ndarray, along: np.ndarray, margins: np.ndarray
) -> bool:
    """Whether a bond runs through one of the label's letters with ``margins`` around them, not only
    through its box."""
    assert label is not None
    boxes = np.array(label.boxes_at(*place)) + margins
    to_low, to_high = (boxes[:, :2] - begin) / along, (boxes[:, 2:] - begin) / along
    enter, leave = np.minimum(to_low, to_high).max(axis=1), np.maximum(to_low, to_high).min(axis=1)
    return bool((np.maximum(enter, 0) < np.minimum(leave, 1)).any())
