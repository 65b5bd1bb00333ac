"""Pictures of a molecule as several programs draw it, with their right InChIs.

Programs are RDKit (its defaults, its ACS 1996 mode, CoordGen's layout), Indigo and the project's
depictor ("own"). Right answers are the standard InChI of the RDKit molecule that was drawn.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rdkit import Chem
from rdkit.Chem import rdCoordGen, rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D

from inchify.benchmarks.verification.drawings import rdkit_picture
from inchify.rendering.depictor.style import random_style
from inchify.rendering.drawn_picture import draw_picture
from inchify.rendering.indigo import drawing_session, rendered
from inchify.rendering.rdkit_style import font_files

Color = tuple[int, int, int]
Item = TypeVar("Item")
PROGRAMS = ("rdkit", "acs", "coordgen", "lines", "indigo", "own")


@dataclass(frozen=True)
class Hand:
    """The random choices for an input: ``number`` among the inputs of its kind, an independent
    generator, and the seed of the kind, so that inputs of one kind take different items of a list.
    """

    number: int
    seed: tuple[int, ...]
    generator: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        generator = np.random.default_rng((*self.seed, self.number))
        object.__setattr__(self, "generator", generator)

    def next_of(self, items: Sequence[Item], name: str = "") -> Item:
        """The next item of a list in a random order that all inputs of the kind share.

        Args:
            items: The list.
            name: Lists with different names have independent orders.

        Returns:
            The item at the input's number.
        """
        order = np.random.default_rng((*self.seed, len(items), *name.encode()))
        return items[int(order.permutation(len(items))[self.number % len(items)])]

    def one_of(self, items: Sequence[Item]) -> Item:
        return items[int(self.generator.integers(len(items)))]

    def between(self, low: float, high: float) -> float:
        return float(self.generator.uniform(low, high))

    def integer(self, low: int, high: int) -> int:
        """A random integer, both ends included."""
        return int(self.generator.integers(low, high + 1))


def molecule_of(smiles: str) -> Any:
    """Parse a SMILES, with CXSMILES.

    Args:
        smiles: The text.

    Returns:
        The RDKit molecule.

    Raises:
        ValueError: If it is no SMILES.
    """
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise ValueError(f"{smiles!r} is no SMILES")
    return molecule


def inchi_of(molecule: Any) -> str:
    """The standard InChI of a molecule.

    Args:
        molecule: An RDKit molecule or a SMILES.

    Returns:
        The InChI.

    Raises:
        ValueError: If there is none.
    """
    made = molecule_of(molecule) if isinstance(molecule, str) else molecule
    inchi = Chem.MolToInchi(made)
    if not inchi:
        raise ValueError(f"{Chem.MolToSmiles(made)} has no InChI")
    return str(inchi)


def drawn(
    molecule: Any,
    hand: Hand,
    programs: Sequence[str] = PROGRAMS,
    *,
    gray: bool = False,
    **options: Any,
) -> Image.Image:
    """Draw a molecule by the next of the programs.

    Args:
        molecule: An RDKit molecule or a SMILES.
        hand: The random choices.
        programs: The programs to choose from.
        gray: Whether RDKit draws without colors.
        options: Drawing options of RDKit; with them, Indigo and the depictor are not chosen.

    Returns:
        The picture.
    """
    known = [program for program in programs if not options or program not in {"indigo", "own"}]
    program = hand.next_of(known, "program")
    molecule = molecule_of(molecule) if isinstance(molecule, str) else Chem.Mol(molecule)
    if program == "indigo":
        return by_indigo(molecule, hand)
    if program == "own":
        size = math.exp(hand.between(math.log(18), math.log(45)))
        style = replace(random_style(hand.generator), clutter=False)
        return paper(
            draw_picture(molecule, hand.generator, style=style, bond_pixels=size).intensity
        )
    if program == "lines":
        return paper(rdkit_picture(molecule, hand.generator, hand.between(24, 50), **options))
    return by_rdkit(molecule, hand, program, gray=gray, **options)


def paper(intensity: np.ndarray) -> Image.Image:
    """Convert intensity, uint8 (H, W), to a picture on white paper with a narrow margin."""
    return Image.fromarray(np.pad(255 - intensity, 6, constant_values=255)).convert("RGB")


def by_rdkit(
    molecule: Any, hand: Hand, program: str, *, gray: bool = False, **options: Any
) -> Image.Image:
    """Draw by RDKit: ``acs`` on a canvas that fits the drawing, others on a canvas of usual size.

    Args:
        molecule: An RDKit molecule; without coordinates it is laid out in place.
        hand: The random choices.
        program: "rdkit", "acs" or "coordgen".
        gray: Whether to draw without colors.
        options: Drawing options of RDKit, highlights, and the canvas' ``size``.

    Returns:
        The picture.
    """
    if not molecule.GetNumConformers():
        lay_out(molecule, coordgen=program == "coordgen")
    marked = {name: options.pop(name) for name in tuple(options) if name.startswith("highlight")}
    sides = options.pop("size", (hand.integer(280, 480), hand.integer(240, 400)))
    if program == "acs":
        sides = (-1, -1)
    drawer = rdMolDraw2D.MolDraw2DCairo(*sides)
    if program == "acs":
        # 14.4 points a bond, as the journal wants it, at 115 to 200 dots per inch.
        rdMolDraw2D.SetACS1996Mode(drawer.drawOptions(), rdMolDraw2D.MeanBondLength(molecule))
        scale_acs(drawer.drawOptions(), hand.between(1.6, 2.8))
    if gray:
        drawer.drawOptions().useBWAtomPalette()
    return finished(drawer, molecule, marked, **options)


def scale_acs(options: Any, factor: float) -> None:
    """Scale everything in the ACS 1996 mode.

    Args:
        options: RDKit's drawing options, changed in place.
        factor: The scale.
    """
    options.scalingFactor *= factor
    options.fixedBondLength *= factor
    options.bondLineWidth *= factor
    if options.fixedFontSize > 0:
        options.fixedFontSize = round(options.fixedFontSize * factor)


def finished(drawer: Any, molecule: Any, marked: dict[str, Any], **options: Any) -> Image.Image:
    """Draw a molecule on a Cairo drawer.

    Args:
        drawer: RDKit's drawer.
        molecule: The molecule.
        marked: Highlights.
        options: Drawing options.

    Returns:
        The picture, RGBA or RGB.
    """
    settings = drawer.drawOptions()
    for name, value in options.items():
        setattr(settings, name, value)
    drawer.DrawMolecule(molecule, **marked)
    drawer.FinishDrawing()
    return Image.open(io.BytesIO(drawer.GetDrawingText()))


def lay_out(molecule: Any, *, coordgen: bool) -> None:
    """New coordinates, in place."""
    if coordgen:
        rdCoordGen.AddCoords(molecule)
    else:
        rdDepictor.Compute2DCoords(molecule)


def by_indigo(molecule: Any, hand: Hand) -> Image.Image:
    """Draw by Indigo, in RDKit's or Indigo's layout.

    Args:
        molecule: An RDKit molecule, laid out in place.
        hand: The random choices.

    Returns:
        The picture.
    """
    indigo, renderer, _ = drawing_session("png", hand.between(22, 55))
    lay_out(molecule, coordgen=False)
    loaded = indigo.loadMolecule(Chem.MolToMolBlock(molecule))
    if hand.generator.random() < 0.5:
        loaded.layout()
    indigo.setOption("render-coloring", bool(hand.generator.random() < 0.5))
    # Metals get Roman numerals otherwise.
    indigo.setOption("render-valences-visible", False)
    try:
        return Image.open(io.BytesIO(rendered(renderer, loaded))).convert("RGB")
    finally:
        indigo.setOption("render-coloring", False)
        indigo.setOption("render-valences-visible", True)


def widened(picture: Image.Image, left: int, top: int, right: int, bottom: int) -> Image.Image:
    """Add white margins.

    Args:
        picture: The picture.
        left: Pixels on the left.
        top: Pixels above.
        right: Pixels on the right.
        bottom: Pixels below.

    Returns:
        The larger picture, RGB.
    """
    size = (picture.width + left + right, picture.height + top + bottom)
    canvas = Image.new("RGB", size, "white")
    canvas.paste(picture, (left, top))
    return canvas


@lru_cache(maxsize=64)
def font(size: int, number: int = 0) -> Any:
    """One of the package's fonts: the same on every machine."""
    files = [file for file in font_files() if file.endswith(".ttf")]
    return ImageFont.truetype(files[number % len(files)], size)


def written(text: str, size: int, number: int = 0, color: Color = (0, 0, 0)) -> Image.Image:
    """Draw a line of words on white, cropped to them.

    Args:
        text: The words.
        size: Font size in pixels.
        number: Number of the font.
        color: Color of the letters.

    Returns:
        The picture.
    """
    letters = font(size, number)
    left, top, right, bottom = (int(edge) for edge in letters.getbbox(text))
    line = Image.new("RGB", (right - left + 2, bottom - top + 2), "white")
    ImageDraw.Draw(line).text((1 - left, 1 - top), text, fill=color, font=letters)
    return line
