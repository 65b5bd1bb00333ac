"""Training data of the graph reader: canvases packed with drawings and their true graphs.

A batch is a function of (seed, epoch, number) alone: whoever makes it, it is the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from inchify.data.canvas_packing import fill
from inchify.models.dense.layout import GraphLayout
from inchify.rendering.indigo import DrawingError
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.molecules.special import sample_molecule
from inchify.synthetic.style_mix import Style, draw_molecule, pick_style
from inchify.tasks.molecule_graph.batch import GraphBatch, graph_batch
from inchify.tasks.molecule_graph.negatives import picture_without_molecule
from inchify.tasks.molecule_graph.pictures import (
    CleanDrawing,
    TrainingPicture,
    degraded_drawing,
    degraded_real_picture,
)
from inchify.tasks.molecule_graph.real_pictures import RealPictures
from inchify.tasks.molecule_graph.settings import GraphDataSettings
from inchify.types import GraphBond, MoleculeGraph

# Maximum number of consecutive molecules that may fail unexpectedly.
STUMBLES = 20


def training_picture(
    library: MoleculeLibrary,
    settings: GraphDataSettings,
    generator: np.random.Generator,
    *,
    style: Style | None = None,
    with_inchi: bool = False,
) -> TrainingPicture:
    """Draw a random molecule, then degrade and scale the picture.

    Args:
        library: The molecules.
        settings: Settings of the training data.
        generator: Makes all random decisions.
        style: Style of the drawing; None picks one.
        with_inchi: Compute the InChI of the molecule.

    Returns:
        The picture at the network's scale, with its graph.

    Raises:
        RuntimeError: Drawing failed unexpectedly ``STUMBLES`` times in a row.
    """
    drawing = clean_drawing(library, settings, generator, style=style, with_inchi=with_inchi)
    return degraded_drawing(drawing, settings, generator)


def clean_drawing(
    library: MoleculeLibrary,
    settings: GraphDataSettings,
    generator: np.random.Generator,
    *,
    style: Style | None = None,
    with_inchi: bool = False,
) -> CleanDrawing:
    """Draw molecules until one suits its style.

    RDKit stumbles over a molecule now and then, which costs that molecule. RuntimeError where it
    does so over many in a row.
    """
    stumbles = 0
    while True:
        kinds = settings.styles.kinds.chosen(generator)
        smiles = sample_molecule(library, kinds, generator)
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
        except DrawingError:
            continue
        except Exception as error:  # errors of many kinds, all about this molecule
            stumbles += 1
            if stumbles == STUMBLES:
                raise RuntimeError(f"drawing {smiles!r} in style {chosen!r}: {error!r}") from error
            continue
        return CleanDrawing(drawn, smiles, chosen, kinds)


def cut_graph(graph: MoleculeGraph, height: int, width: int) -> MoleculeGraph:
    """The graph without the bonds and labels that the edge of a canvas cuts off; atoms outside stay
    as ends."""

    def inside(x: float, y: float) -> bool:
        return 0 <= x < width and 0 <= y < height

    bonds: list[GraphBond] = []
    for bond in graph.bonds:
        begin_atom, end_atom = graph.atoms[bond.begin], graph.atoms[bond.end]
        if inside((begin_atom.x + end_atom.x) / 2, (begin_atom.y + end_atom.y) / 2):
            bonds.append(bond)
    return MoleculeGraph(graph.atoms, tuple(bonds))


class CanvasSource(torch.utils.data.Dataset[GraphBatch]):
    """Place n is batch ``start + n`` of one epoch."""

    def __init__(
        self,
        library: MoleculeLibrary,
        settings: GraphDataSettings,
        layout: GraphLayout,
        stride: int,
        *,
        seed: int,
        epoch: int,
        numbers: range,
        real: RealPictures | None = None,
    ) -> None:
        self.library, self.settings, self.real = library, settings, real
        self.layout, self.stride = layout, stride
        self.seed, self.epoch, self.numbers = seed, epoch, numbers
        self._group, self._drawings = -1, list[CleanDrawing]()

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, place: int) -> GraphBatch:
        number = self.numbers[place]
        generator = np.random.default_rng([self.seed, self.epoch, number])
        side = self.settings.canvas
        canvases, placed = fill(
            self._pictures(number, generator), self.settings.canvases, (side, side), misses=5
        )
        graphs = [
            (
                where.canvas,
                cut_graph(picture.graph.moved(1.0, (where.left, where.top)), side, side),
            )
            for where, picture in placed
        ]
        ignored = [
            (where.canvas, (x0 + where.left, y0 + where.top, x1 + where.left, y1 + where.top))
            for where, picture in placed
            for x0, y0, x1, y1 in picture.ignored
        ]
        return graph_batch(
            canvases,
            graphs,
            [picture.smiles for _, picture in placed],
            stride=self.stride,
            layout=self.layout,
            ignored=ignored,
        )

    def _pictures(
        self, number: int, generator: np.random.Generator
    ) -> Iterator[tuple[np.ndarray, TrainingPicture]]:
        share = self.settings.no_molecule
        drawings = self._clean_drawings(number, generator)
        while True:
            real = self.real.pick(generator) if self.real is not None else None
            if real is not None:
                picture = degraded_real_picture(*real, self.settings, generator)
            elif share and generator.random() < share:
                intensity = picture_without_molecule(self.settings, generator)
                picture = TrainingPicture(intensity, MoleculeGraph(), "", None, "")
            else:
                picture = degraded_drawing(next(drawings), self.settings, generator)
            yield picture.intensity, picture

    def _clean_drawings(
        self, number: int, generator: np.random.Generator
    ) -> Iterator[CleanDrawing]:
        """Drawings for a batch: those of its group, kept while the group's batches follow."""
        uses = self.settings.drawing_uses
        if uses == 1:
            while True:
                yield clean_drawing(self.library, self.settings, generator)
        if self._group != number // uses:
            self._group, self._drawings = number // uses, []
        place = 0
        while True:
            if place == len(self._drawings):
                seeds = [self.seed, self.epoch, self._group, place]
                fresh = np.random.default_rng(seeds)
                self._drawings.append(clean_drawing(self.library, self.settings, fresh))
            yield self._drawings[place]
            place += 1
