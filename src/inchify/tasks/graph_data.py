"""Molecules go in; canvases full of their drawings, with the truth, come out.

A batch is a function of (seed, epoch, number) alone: whoever makes it, it is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import torch

from inchify.data.canvases import fill
from inchify.data.degrade import degrade
from inchify.data.scaling import level_ink, rescale
from inchify.models.dense.layout import MapLayout
from inchify.synth.indigo import DrawingError
from inchify.synth.library import MoleculeLibrary
from inchify.synth.mix import Style, competition_noise, draw_molecule, pick_style
from inchify.synth.picture import DrawnPicture
from inchify.synth.special_molecules import wanted_molecule
from inchify.tasks.graph_batch import GraphBatch, graph_batch
from inchify.tasks.graph_negatives import picture_without_molecule
from inchify.tasks.graph_settings import GraphDataSettings
from inchify.types import GraphBond, MoleculeGraph

# A degraded picture is drawn anew when more than this share of its bonds' points has no ink left.
LOST_BONDS, FAINT, DEGRADE_TRIES = 0.03, 64, 3
# Molecules in a row that may fail in an unforeseen way.
STUMBLES = 20


class TrainingPicture(NamedTuple):
    """A drawing as the network shall see it: uint8 ink (H, W) and its graph in those pixels. One
    without a molecule has an empty graph and no style."""

    ink: np.ndarray
    graph: MoleculeGraph
    smiles: str
    style: Style | None
    inchi: str
    kinds: frozenset[str] = frozenset()


def training_picture(
    library: MoleculeLibrary,
    settings: GraphDataSettings,
    generator: np.random.Generator,
    *,
    style: Style | None = None,
    with_inchi: bool = False,
) -> TrainingPicture:
    """Draws molecules until one suits its style, then degrades and scales the picture.

    RDKit stumbles over a molecule now and then, which costs that molecule. RuntimeError where it
    does so over many in a row.
    """
    stumbles = 0
    while True:
        kinds = settings.styles.kinds.chosen(generator)
        smiles = wanted_molecule(library, kinds, generator)
        chosen = style or pick_style(settings.styles, generator)
        try:
            drawn = draw_molecule(
                smiles,
                chosen,
                generator,
                contracted=settings.styles.contracted,
                other_faces=settings.styles.other_faces,
                kinds=kinds,
                with_inchi=with_inchi,
            )
            ink, graph = seen_picture(drawn, chosen, settings, generator)
        except DrawingError:
            continue
        except Exception as error:  # of many kinds, all about this molecule
            stumbles += 1
            if stumbles == STUMBLES:
                raise RuntimeError(f"drawing {smiles!r} in style {chosen!r}: {error!r}") from error
            continue
        return TrainingPicture(ink, graph, smiles, chosen, drawn.inchi, kinds)


def seen_picture(
    drawn: DrawnPicture,
    style: Style,
    settings: GraphDataSettings,
    generator: np.random.Generator,
) -> tuple[np.ndarray, MoleculeGraph]:
    """A clean drawing as it comes from a scanner or the competition, at the network's scale."""
    bond = pick_bond(settings, generator)
    if style == "competition" and generator.random() < 0.85:
        drawn = competition_noise(drawn, generator)
        ink = drawn.ink
    else:
        ink = legibly_degraded(drawn, settings, generator)
    stretch = np.exp(generator.uniform(-settings.stretch, settings.stretch) / 2)
    factor = bond / drawn.bond_pixels
    small = level_ink(rescale(ink, (factor * stretch, factor / stretch)))
    across, down = small.shape[1] / ink.shape[1], small.shape[0] / ink.shape[0]
    graph = drawn.graph.moved((across, down))
    return cut_round(small, graph, generator)


def legibly_degraded(
    drawn: DrawnPicture, settings: GraphDataSettings, generator: np.random.Generator
) -> np.ndarray:
    """The ink after changes that leave the molecule readable: lost bonds would teach guessing."""
    points = bond_points(drawn.graph)
    for _ in range(DEGRADE_TRIES):
        ink = degrade(drawn.ink, drawn.bond_pixels, settings.degrade, generator)
        if lost_share(ink, points, drawn.bond_pixels) <= LOST_BONDS:
            return ink
    return drawn.ink


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


def lost_share(ink: np.ndarray, points_P2: np.ndarray, bond: float) -> float:
    """The share of points with no ink within a sixth of a bond."""
    if not len(points_P2):
        return 0.0
    side = 2 * max(1, round(bond / 6)) + 1
    near = cv2.dilate(ink, np.ones((side, side), np.uint8))
    columns, rows = points_P2.astype(np.int64).T
    rows, columns = rows.clip(0, ink.shape[0] - 1), columns.clip(0, ink.shape[1] - 1)
    return float((near[rows, columns] < FAINT).mean())


def pick_bond(settings: GraphDataSettings, generator: np.random.Generator) -> float:
    """Pixels a bond for one picture."""
    if generator.random() < settings.wide:
        low, high = np.log([settings.wide_low, settings.wide_high])
        return float(np.exp(generator.uniform(low, high)))
    return float(generator.uniform(settings.bond_low, settings.bond_high))


def cut_round(
    ink: np.ndarray, graph: MoleculeGraph, generator: np.random.Generator
) -> tuple[np.ndarray, MoleculeGraph]:
    """Cut to the ink with a random margin of 2 to 12 pixels, so that little paper is learned."""
    left, top, width, height = cv2.boundingRect((ink > 96).astype(np.uint8))
    if not width:
        return ink, graph
    margins = generator.integers(2, 13, 4).tolist()
    top, left = top - margins[0], left - margins[1]
    bottom, right = top + height + margins[0] + margins[2], left + width + margins[1] + margins[3]
    high, wide = ink.shape
    cut = ink[max(top, 0) : min(bottom, high), max(left, 0) : min(right, wide)]
    return cut, graph.moved(1.0, (-float(max(left, 0)), -float(max(top, 0))))


def cut_graph(graph: MoleculeGraph, height: int, width: int) -> MoleculeGraph:
    """Without the bonds and labels that a canvas' edge cuts off; atoms outside stay as ends."""

    def inside(x: float, y: float) -> bool:
        return 0 <= x < width and 0 <= y < height

    bonds: list[GraphBond] = []
    for bond in graph.bonds:
        one, two = graph.atoms[bond.begin], graph.atoms[bond.end]
        if inside((one.x + two.x) / 2, (one.y + two.y) / 2):
            bonds.append(bond)
    return MoleculeGraph(graph.atoms, tuple(bonds))


class CanvasSource(torch.utils.data.Dataset):
    """Place n is batch ``start + n`` of one epoch."""

    def __init__(
        self,
        library: MoleculeLibrary,
        settings: GraphDataSettings,
        layout: MapLayout,
        stride: int,
        *,
        seed: int,
        epoch: int,
        numbers: range,
    ) -> None:
        self.library, self.settings = library, settings
        self.layout, self.stride = layout, stride
        self.seed, self.epoch, self.numbers = seed, epoch, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, place: int) -> GraphBatch:
        generator = np.random.default_rng([self.seed, self.epoch, self.numbers[place]])
        side = self.settings.canvas
        canvases, placed = fill(
            self._pictures(generator), self.settings.canvases, (side, side), misses=5
        )
        graphs = [
            (
                where.canvas,
                cut_graph(picture.graph.moved(1.0, (where.left, where.top)), side, side),
            )
            for where, picture in placed
        ]
        return graph_batch(
            canvases,
            graphs,
            [picture.smiles for _, picture in placed],
            stride=self.stride,
            layout=self.layout,
        )

    def _pictures(
        self, generator: np.random.Generator
    ) -> Iterator[tuple[np.ndarray, TrainingPicture]]:
        share = self.settings.no_molecule
        while True:
            if share and generator.random() < share:
                ink = picture_without_molecule(self.settings, generator)
                picture = TrainingPicture(ink, MoleculeGraph(), "", None, "")
            else:
                picture = training_picture(self.library, self.settings, generator)
            yield picture.ink, picture
