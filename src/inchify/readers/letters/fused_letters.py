"""Connected components that are several touching letters, as the serifs of N and H are in print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inchify.readers.letters.connected_components import Component, ComponentMap


@dataclass(frozen=True, kw_only=True)
class FusedLetterSettings:
    """Which components are several letters. In heights of a capital: the minimum (capitals) and
    maximum (with a subscript) ``height``, and the width, more than ``narrowest`` and at most
    ``widest``. ``fill``: minimum share of the box that is foreground. ``crossings``: minimum number
    of strokes that a horizontal line crosses per capital's height of width, the median of those at
    the shares ``levels`` of a component's height; letters have two or three, a zigzag chain that is
    as low as letters half a one. ``flat``: columns with lower foreground belong to a stroke that
    touches a letter if more than ``dash`` of them are adjacent within the component, or ``end`` at
    one of its ends."""

    height: tuple[float, float] = (0.85, 1.45)
    narrowest: float = 1.6
    widest: float = 14.0
    fill: float = 0.15
    crossings: float = 1.1
    levels: tuple[float, ...] = (0.25, 0.4, 0.55, 0.7)
    flat: float = 0.35
    dash: float = 0.7
    end: float = 0.35


def fused_letters(
    picture: ComponentMap, capital: float, settings: FusedLetterSettings | None = None
) -> list[Component]:
    """Find components that are several letters side by side.

    Args:
        picture: All components.
        capital: Height of a capital in pixels, 0 if unknown (a component's height is used then).
        settings: What counts as letters.

    Returns:
        Those of the picture's components, in the same order.
    """
    settings = settings or FusedLetterSettings()
    return [c for c in picture.components if _is_fused(picture, c, capital or c.height, settings)]


def _is_fused(
    picture: ComponentMap, piece: Component, capital: float, settings: FusedLetterSettings
) -> bool:
    low, high = (share * capital for share in settings.height)
    if not low <= piece.height <= high or piece.fill < settings.fill:
        return False
    if not settings.narrowest * capital < piece.width <= settings.widest * capital:
        return False
    least = settings.crossings * piece.width / capital
    if _crossings(picture, piece, settings.levels) < least:
        return False
    return not _has_dash(picture, piece, capital, settings)


def _has_dash(
    picture: ComponentMap, piece: Component, capital: float, settings: FusedLetterSettings
) -> bool:
    """Whether a part of a component is a horizontal stroke: a bond that touches a letter."""
    box = picture.numbers_HW[piece.top : piece.bottom, piece.left : piece.right] == piece.number
    high_W = box.shape[0] - box.argmax(axis=0) - box[::-1].argmax(axis=0)
    tall = np.flatnonzero(high_W >= settings.flat * capital)
    if not len(tall):
        return True
    gaps = np.diff(tall, prepend=-1, append=len(high_W)) - 1
    ends = max(gaps[0], gaps[-1])
    within = gaps[1:-1].max(initial=0)
    return bool(ends > settings.end * capital or within > settings.dash * capital)


def _crossings(picture: ComponentMap, piece: Component, levels: Sequence[float]) -> float:
    """Number of strokes of a component that horizontal lines cross: the median of lines at these
    shares of its height."""
    rows = [piece.top + int(share * piece.height) for share in levels]
    inside = picture.numbers_HW[rows, piece.left : piece.right] == piece.number
    starts = np.diff(inside.astype(np.int8), axis=1, prepend=0) > 0
    return float(np.median(starts.sum(axis=1)))
