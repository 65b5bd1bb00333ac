"""Detection of polymers: pairs of square brackets with a sign at their foot."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inchify.readers.labels.picture_text import PictureText
from inchify.readers.letters.connected_components import Component, ComponentMap


@dataclass(frozen=True, kw_only=True)
class BracketSettings:
    """``least_height``: minimum height of a bracket in pixels; its two horizontal ends are
    ``shortest`` to ``longest`` of its height long, and the heights of both brackets differ by at
    most ``alike`` of it. The sign stands at most ``sign`` of the height from the foot of the right
    bracket."""

    least_height: int = 20
    shortest: float = 0.04
    longest: float = 0.4
    alike: float = 0.12
    sign: float = 0.4


@dataclass(frozen=True)
class Bracket:
    """A bracket's vertical stroke at ``x`` from ``top`` to ``bottom``; ``opens``: "right" or
    "left"."""

    x: float
    top: int
    bottom: int
    opens: str


def polymer_error(text: PictureText, settings: BracketSettings | None = None) -> str:
    """Detect a polymer: a pair of square brackets with a sign at its foot.

    Args:
        text: Recognized text of the picture, with its components.
        settings: Sizes of brackets.

    Returns:
        Message about the first pair, "" if there is none.
    """
    settings = settings or BracketSettings()
    foreground = text.components.intensity > 127
    candidates = brackets(foreground, settings)
    for opening in candidates:
        for closing in candidates:
            height = opening.bottom - opening.top
            if opening.opens != "right" or closing.opens != "left" or closing.x <= opening.x:
                continue
            apart = max(abs(opening.top - closing.top), abs(opening.bottom - closing.bottom))
            if apart > settings.alike * height:
                continue
            sign = _sign_at(text.components, closing, settings.sign * height)
            if sign is None:
                continue
            texts = [row for row in text.rows if sign in row.letters]
            name = texts[0].text if texts and texts[0].text.isalnum() else "n"
            return f"polymer brackets with {name} at ({closing.x:.0f}, {closing.bottom})"
    return ""


def _sign_at(picture: ComponentMap, bracket: Bracket, reach: float) -> Component | None:
    """The small component to the right of a bracket's foot, None if there is none."""
    height = bracket.bottom - bracket.top
    for piece in picture.components:
        beside = bracket.x < piece.left <= bracket.x + reach
        middle = (piece.top + piece.bottom) / 2
        if beside and abs(middle - bracket.bottom) < reach and piece.height < 0.4 * height:
            return piece
    return None


def brackets(foreground_HW: np.ndarray, settings: BracketSettings) -> list[Bracket]:
    """Detect vertical strokes with a horizontal stroke at both ends on the same side.

    Args:
        foreground_HW: Foreground, bool.
        settings: Sizes of brackets.

    Returns:
        All single brackets, not paired.
    """
    kernel = np.ones((settings.least_height, 1), np.uint8)
    upright = cv2.morphologyEx(foreground_HW.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    _, _, stats, _ = cv2.connectedComponentsWithStats(upright, connectivity=8)
    result = []
    for left, top, width, height, _ in stats[1:].tolist():
        if width > 0.25 * height:
            continue
        for opens in ("right", "left"):
            side = (
                foreground_HW[:, left + width :]
                if opens == "right"
                else foreground_HW[:, :left][:, ::-1]
            )
            ends = (top, top + height - 1)
            if all(_is_level_end(side, end, width, height, settings) for end in ends):
                result.append(Bracket(left + width / 2, top, top + height, opens))
    return result


def _is_level_end(
    side_HW: np.ndarray, end: int, thick: int, height: int, settings: BracketSettings
) -> bool:
    """Whether a horizontal stroke of a bracket's length begins at a vertical stroke's ``end`` and
    does not continue, as the next bond of a ring would.

    ``side_HW``: the foreground beside the vertical stroke. Foreground that is only close to the
    horizontal stroke, but not connected to it, does not count."""
    rows = range(max(0, end - thick), min(len(side_HW), end + thick + 1))
    run, row = max((_run(side_HW[row]), row) for row in rows)
    if not settings.shortest * height <= run <= settings.longest * height:
        return False
    reach = max(3, round(0.1 * height))
    span = max(2 * reach, thick)
    top = max(0, end - span)
    window = side_HW[top : end + span + 1, : run + 1 + reach]
    _, numbers = cv2.connectedComponents(window.astype(np.uint8), connectivity=8)
    return not (numbers[:, run + 1 :] == numbers[row - top, 0]).any()


def _run(line_W: np.ndarray) -> int:
    """Length of the run of foreground at the start of a line of pixels."""
    paper = np.flatnonzero(~line_W)
    return int(paper[0]) if len(paper) else len(line_W)
