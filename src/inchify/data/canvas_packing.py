"""Bin packing of pictures of many sizes onto canvases of one size.

A dense network learns from pixels that hold something; many drawings on one canvas waste few.

Shape letters: H and W pixels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

Item = TypeVar("Item")


class Place(NamedTuple):
    """Position of a picture: index of the canvas, and its upper left corner there in pixels."""

    canvas: int
    top: int
    left: int


class Packer:
    """Free rectangles of some canvases (the guillotine method with the best short side first)."""

    def __init__(self, canvases: int, height: int, width: int) -> None:
        self.free = [(number, 0, 0, height, width) for number in range(canvases)]

    def place(self, height: int, width: int) -> Place | None:
        """A place for a picture of that size, or None where there is none left."""
        fitting = [
            (min(high - height, wide - width), index)
            for index, (_, _, _, high, wide) in enumerate(self.free)
            if high >= height and wide >= width
        ]
        if not fitting:
            return None
        canvas, top, left, high, wide = self.free.pop(min(fitting)[1])
        # cut along the side that leaves the larger whole rectangle
        if (wide - width) * high > (high - height) * wide:
            self.free.append((canvas, top, left + width, high, wide - width))
            self.free.append((canvas, top + height, left, high - height, width))
        else:
            self.free.append((canvas, top, left + width, height, wide - width))
            self.free.append((canvas, top + height, left, high - height, wide))
        return Place(canvas, top, left)


def fill(
    pictures: Iterator[tuple[np.ndarray, Item]],
    canvases: int,
    size: tuple[int, int],
    *,
    misses: int = 4,
) -> tuple[np.ndarray, list[tuple[Place, Item]]]:
    """Pack pictures onto canvases until some did not fit.

    A picture larger than a canvas is cut at its lower and right side.

    Args:
        pictures: Pictures, uint8 (h, w), each with an item that belongs to it; taken as needed.
        canvases: Number of canvases.
        size: Height and width of a canvas in pixels.
        misses: Number of pictures that find no place before the packing ends.

    Returns:
        The canvases, uint8 (canvases, H, W), and the place of each packed picture with its item.
    """
    height, width = size
    packer = Packer(canvases, height, width)
    canvas = np.zeros((canvases, height, width), dtype=np.uint8)
    placed: list[tuple[Place, Item]] = []
    while misses:
        picture, item = next(pictures)
        picture = picture[:height, :width]
        place = packer.place(*picture.shape)
        if place is None:
            misses -= 1
            continue
        bottom, right = place.top + picture.shape[0], place.left + picture.shape[1]
        canvas[place.canvas, place.top : bottom, place.left : right] = picture
        placed.append((place, item))
    return canvas, placed


def padded(intensity: np.ndarray, multiple: int, margin: int = 0) -> np.ndarray:
    """Pad a picture with background.

    Args:
        intensity: uint8 (h, w), 255 where there is full foreground.
        multiple: Height and width of the result are multiples of it.
        margin: Minimum background on each side, in pixels; the picture begins there.

    Returns:
        uint8 (H, W).
    """
    high, wide = (-(-(side + 2 * margin) // multiple) * multiple for side in intensity.shape)
    canvas = np.zeros((high, wide), dtype=np.uint8)
    canvas[margin : margin + intensity.shape[0], margin : margin + intensity.shape[1]] = intensity
    return canvas


def cut_square(picture: np.ndarray, top: int, left: int, side: int) -> np.ndarray:
    """Cut a square from a picture, padded with background where it reaches beyond it.

    Args:
        picture: uint8 (H, W), 0 in the background.
        top: First row of the square; may be negative.
        left: First column of the square; may be negative.
        side: Side of the square in pixels.

    Returns:
        uint8 (side, side).
    """
    piece = np.zeros((side, side), dtype=np.uint8)
    height, width = picture.shape
    rows = slice(max(top, 0), min(top + side, height))
    columns = slice(max(left, 0), min(left + side, width))
    part = picture[rows, columns]
    down, across = rows.start - top, columns.start - left
    piece[down : down + part.shape[0], across : across + part.shape[1]] = part
    return piece


def random_square(
    shape: tuple[int, ...],
    side: int,
    points: Sequence[tuple[float, float]],
    share: float,
    generator: np.random.Generator,
) -> tuple[int, int]:
    """Place a square at random on a picture, or around it where the square is larger.

    Args:
        shape: Height and width of the picture in pixels.
        side: Side of the square in pixels.
        points: (x, y) in pixels.
        share: Probability that the square is placed so that it contains a random one of ``points``.
        generator: Source of random choices.

    Returns:
        Top and left of the square.
    """
    height, width = shape
    top = int(generator.integers(min(0, height - side), max(0, height - side) + 1))
    left = int(generator.integers(min(0, width - side), max(0, width - side) + 1))
    if points and generator.random() < share:
        x, y = points[int(generator.integers(len(points)))]
        top, left = (int(place - generator.random() * side) for place in (y, x))
    return top, left
