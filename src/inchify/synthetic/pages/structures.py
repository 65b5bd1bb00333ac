"""Drawings of random molecules for one page, in the page's style.

Shape letters: H and W pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from inchify.rendering.depictor import random_style
from inchify.rendering.drawn_picture import draw_picture
from inchify.rendering.indigo import DrawingError
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.pages.settings import PageSettings
from inchify.types import MoleculeGraph

TRIES = 14
MIN_SHRINKING = 0.8
# Fainter foreground than this is ignored: boxes should hold what a reader sees.
FAINT = 16


@dataclass(frozen=True)
class Structure:
    """A tightly cropped drawing: ``intensity`` uint8 (H, W), rotated clockwise by ``angle``
    degrees."""

    intensity: np.ndarray
    angle: float = 0.0

    @property
    def width(self) -> int:
        return int(self.intensity.shape[1])

    @property
    def height(self) -> int:
        return int(self.intensity.shape[0])


class Structures:
    """Draws the molecules of one page."""

    def __init__(
        self, library: MoleculeLibrary, generator: np.random.Generator, settings: PageSettings
    ) -> None:
        self.library, self.generator, self.settings = library, generator, settings
        low, high = settings.bond_pixels
        bond = math.exp(generator.uniform(math.log(low), math.log(high)))
        self.bond_pixels = bond * settings.dots_per_inch / 200
        self.by_rdkit = generator.random() < settings.rdkit
        self.mixed = generator.random() < settings.mixed
        share = float(generator.uniform(0.2, 1.0))
        self.contracted = share if generator.random() < settings.contracted else 0.0
        self._style = replace(random_style(generator), clutter=False)
        self._bilevel = bool(generator.random() < 0.25)
        self._seed = int(generator.integers(2**31))

    def draw(self, max_width: float, max_height: float, *, wide: float = 0.8) -> Structure | None:
        """A molecule that fits; ``wide``: the chance that a high one is laid on its side."""
        area = max_width * max_height / self.bond_pixels**2
        max_letters = min(max(int(0.8 * area), 14), 160)
        for _ in range(TRIES):
            smiles = self.library.draw(self.generator)
            if len(smiles) > max_letters or ("." in smiles and self.generator.random() < 0.8):
                continue
            try:
                intensity = self._picture(smiles, max_width, max_height, wide)
            except DrawingError:
                continue
            angle = 0.0
            if self.generator.random() < self.settings.turned:
                angle = float(self.generator.uniform(0, 360))
                intensity = turned(intensity, angle)
            intensity = shrunk(trimmed(intensity), max_width, max_height)
            height, width = intensity.shape
            if width <= max_width and height <= max_height and min(width, height) > 8:
                return Structure(intensity, angle)
            max_letters = max(min(max_letters, len(smiles) - 4), 12)
        return None

    def _picture(self, smiles: str, max_width: float, max_height: float, wide: float) -> np.ndarray:
        from rdkit import Chem

        molecule = Chem.MolFromSmiles(smiles)
        if molecule is None:
            raise DrawingError("RDKit cannot read this SMILES")
        if self.generator.random() < self.contracted:
            from inchify.chemistry.abbreviations.contraction import contract

            molecule = contract(molecule, self.generator, 0.6)
        style = self._style
        if self.mixed:
            style = replace(random_style(self.generator), clutter=False)
        if self.by_rdkit and not (self.mixed and self.generator.random() < 0.5):
            from inchify.rendering.rdkit_style import draw_rdkit_picture

            # The same seed: all molecules of a page in one style of RDKit's.
            seed = int(self.generator.integers(2**31)) if self.mixed else self._seed
            chance = np.random.default_rng(seed)
            return draw_rdkit_picture(molecule, chance, bond_pixels=self.bond_pixels).intensity
        style = replace(style, rotation=math.pi / 6 * int(self.generator.integers(12)))
        picture = draw_picture(
            molecule,
            self.generator,
            style=style,
            bond_pixels=self.bond_pixels,
            bilevel=self._bilevel,
        )
        height, width = picture.intensity.shape
        if max(width, height) > 2 * max(max_width, max_height):
            raise DrawingError("the drawing is far too large")
        slant = widest_turn(picture.graph) * (-1 if style.mirror else 1)
        lies = self.generator.random() < wide
        if (lies and abs(slant) > 0.5) or width > max_width or height > max_height:
            upright = replace(style, rotation=style.rotation + slant, snap=True)
            picture = draw_picture(
                molecule,
                self.generator,
                style=upright,
                bond_pixels=self.bond_pixels,
                bilevel=self._bilevel,
            )
        return picture.intensity


def widest_turn(graph: MoleculeGraph) -> float:
    """Radians, in steps of 30 degrees, by which a drawing turns to lie at its widest."""
    places_N2 = np.array([(atom.x, atom.y) for atom in graph.atoms])
    best, chosen = -math.inf, 0.0
    for step in (0, 1, -1, 2, -2, 3):
        angle = step * math.pi / 6
        cosine, sine = math.cos(angle), math.sin(angle)
        x = places_N2 @ (cosine, sine)
        y = places_N2 @ (-sine, cosine)
        value = float(np.ptp(x) - 1.5 * np.ptp(y)) - 0.01 * abs(step)
        if value > best:
            best, chosen = value, angle
    return chosen


def turned(intensity: np.ndarray, degrees: float) -> np.ndarray:
    """The picture rotated clockwise on a canvas that is large enough."""
    import cv2

    height, width = intensity.shape
    radians = math.radians(degrees)
    cosine, sine = abs(math.cos(radians)), abs(math.sin(radians))
    new_width = math.ceil(width * cosine + height * sine) + 4
    new_height = math.ceil(width * sine + height * cosine) + 4
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
    matrix[:, 2] += ((new_width - width) / 2, (new_height - height) / 2)
    return cv2.warpAffine(intensity, matrix, (new_width, new_height), flags=cv2.INTER_LINEAR)


def shrunk(intensity: np.ndarray, max_width: float, max_height: float) -> np.ndarray:
    """Shrink a drawing that is slightly too large; others stay as they are."""
    import cv2

    height, width = intensity.shape
    factor = min(max_width / width, max_height / height)
    if not MIN_SHRINKING <= factor < 1:
        return intensity
    size = (max(int(width * factor), 1), max(int(height * factor), 1))
    return trimmed(cv2.resize(intensity, size, interpolation=cv2.INTER_AREA))


def trimmed(intensity: np.ndarray) -> np.ndarray:
    """Crop to the foreground, ignoring the faintest. Never raises: a blank picture becomes 1 x
    1."""
    intensity = np.where(intensity < FAINT, 0, intensity)
    rows, columns = np.flatnonzero(intensity.any(axis=1)), np.flatnonzero(intensity.any(axis=0))
    if not len(rows):
        return np.zeros((1, 1), np.uint8)
    return np.ascontiguousarray(intensity[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
