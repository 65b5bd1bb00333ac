"""Degraded training pictures of the graph reader at the network's scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from inchify.data.annotated_pictures import AnnotatedPicture
from inchify.data.degrade import degrade
from inchify.data.pictures.scaling import normalize_contrast, rescale
from inchify.rendering.drawn_picture import DrawnPicture
from inchify.synthetic.style_mix import Style, competition_noise
from inchify.tasks.molecule_graph.settings import GraphDataSettings
from inchify.types import Box, MoleculeGraph, mapped_box

# Where a point (x, y) goes.
Place = Callable[[float, float], tuple[float, float]]
# A picture is degraded anew when more than this share of its bonds' points has no foreground left.
LOST_BONDS, FAINT, DEGRADE_TRIES = 0.03, 64, 3
# Largest rotation of real pictures in degrees.
REAL_TURN = 3.0


class TrainingPicture(NamedTuple):
    """A training picture at the network's scale: uint8 (H, W), 255 = full foreground, and its graph
    in those pixels. A negative has an empty graph and no style; ``ignored`` boxes of a real picture
    have no ground truth."""

    intensity: np.ndarray
    graph: MoleculeGraph
    smiles: str
    style: Style | None
    inchi: str
    kinds: frozenset[str] = frozenset()
    ignored: tuple[Box, ...] = ()


class CleanDrawing(NamedTuple):
    """A drawing before it is degraded and scaled."""

    drawn: DrawnPicture
    smiles: str
    style: Style
    kinds: frozenset[str]


def degraded_drawing(
    drawing: CleanDrawing, settings: GraphDataSettings, generator: np.random.Generator
) -> TrainingPicture:
    """A clean drawing degraded as by a scanner or the competition, at the network's scale."""
    drawn, smiles, style, kinds = drawing
    bond = pick_bond(settings, generator)
    if style == "competition" and generator.random() < 0.85:
        noisy = competition_noise(drawn, generator)
        intensity, graph = noisy.intensity, noisy.graph
    else:
        intensity, graph = legibly_degraded(drawn, settings, generator), drawn.graph
    result = scaled(intensity, bond / drawn.bond_pixels, settings, generator)
    return TrainingPicture(
        result.intensity, graph.mapped(result.place), smiles, style, drawn.inchi, kinds
    )


def degraded_real_picture(
    real: AnnotatedPicture,
    intensity: np.ndarray,
    settings: GraphDataSettings,
    generator: np.random.Generator,
) -> TrainingPicture:
    """An annotated picture, slightly rotated and degraded further, at the network's scale."""
    graph, boxes = real.graph, real.ignored
    if generator.random() < 0.5:
        intensity, place = rotated(intensity, float(generator.uniform(-REAL_TURN, REAL_TURN)))
        graph, boxes = graph.mapped(place), tuple(mapped_box(box, place) for box in boxes)
    bond = pick_bond(settings, generator)
    drawn = DrawnPicture(intensity, graph, real.bond_pixels, real.inchi)
    degraded = legibly_degraded(drawn, settings, generator)
    result = scaled(degraded, bond / real.bond_pixels, settings, generator)
    return TrainingPicture(
        result.intensity,
        graph.mapped(result.place),
        "",
        None,
        real.inchi,
        ignored=tuple(mapped_box(box, result.place) for box in boxes),
    )


def rotated(intensity: np.ndarray, angle: float) -> tuple[np.ndarray, Place]:
    """A picture rotated by ``angle`` degrees about the middle, on a canvas that holds all of it,
    and where its points went."""
    height, width = intensity.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    wide, high = round(width * cosine + height * sine), round(width * sine + height * cosine)
    matrix[:, 2] += ((wide - width) / 2, (high - height) / 2)
    turned = cv2.warpAffine(intensity, matrix, (wide, high), flags=cv2.INTER_LINEAR)

    def place(x: float, y: float) -> tuple[float, float]:
        across, down = (matrix @ np.array([x, y, 1.0])).tolist()
        return across, down

    return turned, place


class Scaled(NamedTuple):
    """A picture at the network's scale, with the transform of its points."""

    intensity: np.ndarray
    factors: tuple[float, float]
    shift: tuple[float, float]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A point of the picture in pixels of ``intensity``."""
        return x * self.factors[0] + self.shift[0], y * self.factors[1] + self.shift[1]


def scaled(
    intensity: np.ndarray,
    factor: float,
    settings: GraphDataSettings,
    generator: np.random.Generator,
) -> Scaled:
    """A picture rescaled by about ``factor``, slightly stretched and cropped to its foreground."""
    stretch = np.exp(generator.uniform(-settings.stretch, settings.stretch) / 2)
    small = normalize_contrast(rescale(intensity, (factor * stretch, factor / stretch)))
    factors = small.shape[1] / intensity.shape[1], small.shape[0] / intensity.shape[0]
    cut, (left, top) = crop_with_margin(small, generator)
    return Scaled(cut, factors, (-float(left), -float(top)))


def legibly_degraded(
    drawn: DrawnPicture, settings: GraphDataSettings, generator: np.random.Generator
) -> np.ndarray:
    """Degrade a picture so that the molecule stays legible: lost bonds would teach guessing.

    Args:
        drawn: The clean drawing.
        settings: Settings of the training data.
        generator: Makes all random decisions.

    Returns:
        The degraded picture, uint8 (H, W); the clean one if ``DEGRADE_TRIES`` tries lost bonds.
    """
    points = bond_points(drawn.graph)
    for _ in range(DEGRADE_TRIES):
        intensity = degrade(drawn.intensity, drawn.bond_pixels, settings.degrade, generator)
        if missing_share(intensity, points, drawn.bond_pixels) <= LOST_BONDS:
            return intensity
    return drawn.intensity


def bond_points(graph: MoleculeGraph) -> np.ndarray:
    """Three points on every bond, x and y, (points, 2)."""
    ends = np.array(
        [
            (
                graph.atoms[b.begin].x,
                graph.atoms[b.begin].y,
                graph.atoms[b.end].x,
                graph.atoms[b.end].y,
            )
            for b in graph.bonds
        ]
    ).reshape(-1, 4)
    shares = np.array([0.35, 0.5, 0.65])[:, None, None]
    return (ends[:, :2] * (1 - shares) + ends[:, 2:] * shares).reshape(-1, 2)


def missing_share(intensity: np.ndarray, points_P2: np.ndarray, bond: float) -> float:
    """The share of points without foreground within a sixth of a bond."""
    if not len(points_P2):
        return 0.0
    side = 2 * max(1, round(bond / 6)) + 1
    neighborhood = cv2.dilate(intensity, np.ones((side, side), np.uint8))
    columns, rows = points_P2.astype(np.int64).T
    rows, columns = rows.clip(0, intensity.shape[0] - 1), columns.clip(0, intensity.shape[1] - 1)
    return float((neighborhood[rows, columns] < FAINT).mean())


def pick_bond(settings: GraphDataSettings, generator: np.random.Generator) -> float:
    """Pixels a bond for one picture."""
    if generator.random() < settings.wide:
        low, high = np.log([settings.wide_low, settings.wide_high])
        return float(np.exp(generator.uniform(low, high)))
    return float(generator.uniform(settings.bond_low, settings.bond_high))


def crop_with_margin(
    intensity: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, tuple[int, int]]:
    """Crop to the foreground with a random margin of 2 to 12 pixels, so that little background is
    learned; also returns the upper left corner of the crop (x, y)."""
    left, top, width, height = cv2.boundingRect((intensity > 96).astype(np.uint8))
    if not width:
        return intensity, (0, 0)
    margins = generator.integers(2, 13, 4).tolist()
    top, left = top - margins[0], left - margins[1]
    bottom, right = top + height + margins[0] + margins[2], left + width + margins[1] + margins[3]
    high, wide = intensity.shape
    top, left = max(top, 0), max(left, 0)
    return intensity[top : min(bottom, high), left : min(right, wide)], (left, top)
