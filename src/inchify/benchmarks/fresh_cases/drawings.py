"""Pictures of a molecule as several programs draw it, with their right InChIs.

Programs are RDKit (its defaults, its ACS 1996 mode, CoordGen's layout), Indigo and the project's
own drawer. Right answers are the standard InChI of the RDKit molecule that was drawn.
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
Thing = TypeVar("Thing")
PROGRAMS = ("rdkit", "acs", "coordgen", "lines", "indigo", "own")


@dataclass(frozen=True)
class Hand:
    """What chooses for one input: ``number`` of the inputs of its kind, a generator of its own, and
    the seed of the kind, so that inputs of one kind take different things from a list."""

    number: int
    seed: tuple[int, ...]
    generator: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        generator = np.random.default_rng((*self.seed, self.number))
        object.__setattr__(self, "generator", generator)

    def turn(self, things: Sequence[Thing], name: str = "") -> Thing:
        """The next thing of a list in an order of the seed's; lists with names are independent."""
        order = np.random.default_rng((*self.seed, len(things), *name.encode()))
        return things[int(order.permutation(len(things))[self.number % len(things)])]

    def one_of(self, things: Sequence[Thing]) -> Thing:
        return things[int(self.generator.integers(len(things)))]

    def between(self, low: float, high: float) -> float:
        return float(self.generator.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return int(self.generator.integers(low, high + 1))


def molecule_of(smiles: str) -> Any:
    """The RDKit molecule of a SMILES with CXSMILES."""
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise ValueError(f"{smiles!r} is no SMILES")
    return molecule


def inchi_of(molecule: Any) -> str:
    """The standard InChI of a molecule or a SMILES."""
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
    """A picture by the next of the programs; ``options`` of RDKit's leave out the programs that do
    not know them, ``gray`` leaves out colors."""
    known = [one for one in programs if not options or one not in {"indigo", "own"}]
    program = hand.turn(known, "program")
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
    """Foreground, uint8 (H, W) with 255 where it is full, on white paper with a narrow margin."""
    return Image.fromarray(np.pad(255 - intensity, 6, constant_values=255)).convert("RGB")


def by_rdkit(
    molecule: Any, hand: Hand, program: str, *, gray: bool = False, **options: Any
) -> Image.Image:
    """RDKit's drawing: ``acs`` on a canvas that fits it, others on one of usual sizes; ``gray``
    leaves colors out."""
    if not molecule.GetNumConformers():
        lay_out(molecule, coordgen=program == "coordgen")
    marked = {name: options.pop(name) for name in tuple(options) if name.startswith("highlight")}
    sides = options.pop("size", (hand.whole(280, 480), hand.whole(240, 400)))
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
    """Makes everything of the ACS 1996 mode so many times as large."""
    options.scalingFactor *= factor
    options.fixedBondLength *= factor
    options.bondLineWidth *= factor
    if options.fixedFontSize > 0:
        options.fixedFontSize = round(options.fixedFontSize * factor)


def finished(drawer: Any, molecule: Any, marked: dict[str, Any], **options: Any) -> Image.Image:
    """The picture (RGBA or RGB) of a Cairo drawer with these options."""
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
    """Indigo's drawing of RDKit's or of its own layout."""
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
    """The picture with more white paper."""
    size = (picture.width + left + right, picture.height + top + bottom)
    whole = Image.new("RGB", size, "white")
    whole.paste(picture, (left, top))
    return whole


@lru_cache(maxsize=64)
def font(size: int, number: int = 0) -> Any:
    """One of the package's fonts: the same on every machine."""
    files = [file for file in font_files() if file.endswith(".ttf")]
    return ImageFont.truetype(files[number % len(files)], size)


def written(text: str, size: int, number: int = 0, color: Color = (0, 0, 0)) -> Image.Image:
    """A line of words on white, cut to them."""
    letters = font(size, number)
    left, top, right, bottom = (int(one) for one in letters.getbbox(text))
    line = Image.new("RGB", (right - left + 2, bottom - top + 2), "white")
    ImageDraw.Draw(line).text((1 - left, 1 - top), text, fill=color, font=letters)
    return line
