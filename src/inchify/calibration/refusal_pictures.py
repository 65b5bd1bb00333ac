"""Pictures with and without a molecule, drawn and real, on which the refusal of pictures is fitted.

Shape letters: H and W pixels. Pictures are gray uint8 (H, W), paper 255.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from inchify.data.degrade import DegradeSettings, degrade
from inchify.data.pictures.preparation import PictureError, read_picture
from inchify.rendering.drawn_picture import DrawnPicture
from inchify.rendering.indigo import DrawingError
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.molecules.special import cage
from inchify.synthetic.no_molecule.draw import FAMILIES, draw_no_molecule
from inchify.synthetic.style_mix import StyleMix, competition_noise, draw_molecule, pick_style
from inchify.tasks.molecule_graph.pictures import legibly_degraded
from inchify.tasks.molecule_graph.settings import GraphDataSettings

# Molecules of few atoms, of which there is little to see.
TINY = (
    "O", "N", "C", "S", "CC", "CO", "CN", "C=O", "C#N", "CCl", "CBr", "CI", "CF", "C=C", "C#C",
    "O=C=O", "S=C=S", "ClCCl", "CCO", "CC=O", "CC#N", "CCN", "CCBr", "CCCl", "CCI", "CC(=O)O",
    "CC(C)=O", "CCC", "C=CC", "CN(C)C", "COC", "CSC", "CS(C)=O", "OO", "NN", "OCCO", "[O-]CC",
    "C[N+](=O)[O-]", "OC=O", "NC=O", "CC(C)C", "ClC(Cl)Cl", "C1CC1", "C1CO1", "CC(C)O",
    "CC(C)(C)C", "CC(C)(C)O", "FC(F)F", "C[Si](C)(C)C", "OS(=O)(=O)O",
)  # fmt: skip
# Rings, chains and cages that drawings without a molecule resemble most.
LIKE_PATTERNS = (
    "C1CCCCC1", "c1ccccc1", "C1CCCC1", "C1CCC1", "C1CCCCCC1", "C1CCCCCCC1", "c1ccc2ccccc2c1",
    "C1CCC2CCCCC2C1", "CCCCCC", "CCCCCCCCCC", "C1=CC=CCC1", "c1ccc2cc3ccccc3cc2c1",
    "c1cc2ccc3cccc4ccc(c1)c2c34", "C1CC2CCC1C2", "CC(C)(C)C", "C1C2CC3CC1CC(C2)C3",
    "C12C3C4C1C5C2C3C45", "CCCCCCCCCCCCCCCCCC", "Cc1ccccc1", "Oc1ccccc1", "C1CCNCC1", "C1COCCO1",
    "c1ccncc1", "c1ccc(-c2ccccc2)cc1", "C1CCCCCCCCCCC1", "C1CCCCCCCCCCCCCC1", "c1ccsc1",
    "C1CC2(C1)CCC2", "CC1CCC(C(C)C)CC1", "C=CC=CC=CC=C", "CCCCCCCC(=O)O", "C1CCC(CC1)C1CCCCC1",
    "CC(C)CC(C)(C)C", "Fc1ccccc1",
)  # fmt: skip
# What long chains end in, and what they may have within.
CHAIN_ENDS = (
    "C", "C", "O", "N", "Br", "S", "C(=O)O", "C(=O)OC", "C(=O)N", "C(=O)NCCO", "C#N", "C(C)C", "C=C"
)  # fmt: skip
CHAIN_LINKS = ("/C=C/C", "/C=C\\C", "C(O)", "OCC", "C#C", "C(C)", "C(=O)NC", "SC")
CHAIN_LENGTHS = (6, 27)
# Relative frequencies of the families among drawings of molecules.
SHARES = {
    "mixed": 48, "tiny": 17, "like_patterns": 12, "cages": 7, "chains": 5, "open_ends": 6,
    "marked": 5,
}  # fmt: skip
HELD_OUT = 10
# Families without a molecule that look most like one are drawn twice as often.
HARD = (
    *("honeycomb", "hexagon_logo", "polygon_logo", "plus", "circuit", "network", "shapes"),
    *("paragraphs", "mathematics", "title", "handwriting"),
)
# What degradation takes for the pixels of a bond where there are none.
USUAL_BOND = 24.0


@dataclass(frozen=True)
class Example:
    """A picture and whether it shows a molecule (``molecule``). ``family`` groups it in reports;
    ``held_out`` is whether it is kept out of the fit."""

    name: str
    family: str
    molecule: bool
    held_out: bool
    gray: np.ndarray


def drawn_examples(
    molecules: Path, count: int, seed: int, *, competition: bool = False
) -> Iterator[Example]:
    """Draw pictures with and without a molecule, in turns.

    One in ``HELD_OUT`` is held out, with a molecule that no training may use.

    Args:
        molecules: A list of SMILES.
        count: Number of pictures with a molecule, and of pictures without.
        seed: Decides all of them.
        competition: Whether all are in the competition's style: black and white, with noise.

    Returns:
        The examples, gray uint8 (H, W).
    """
    known, held_back = (MoleculeLibrary.load(molecules, held_back=held) for held in (False, True))
    families = (*FAMILIES, *HARD)
    for number in range(count):
        held_out = number % HELD_OUT == HELD_OUT - 1
        generator = np.random.default_rng([seed, number, 1])
        library = held_back if held_out else known
        family, drawn = _drawn_molecule(library, generator, competition=competition)
        gray = np.asarray(255 - drawn.intensity, dtype=np.uint8)
        yield Example(f"molecule {number}", family, True, held_out, gray)
        generator = np.random.default_rng([seed, number, 0])
        blank = draw_no_molecule(generator, families[number % len(families)])
        gray = _as_seen(blank.intensity, generator, competition=competition)
        yield Example(f"none {number}", blank.family, False, held_out, gray)


def _drawn_molecule(
    library: MoleculeLibrary, generator: np.random.Generator, *, competition: bool
) -> tuple[str, DrawnPicture]:
    """A family and a drawing, half of them degraded; what cannot be drawn is redrawn."""
    names, weights = tuple(SHARES), np.array(list(SHARES.values()), dtype=float)
    while True:
        family = names[int(generator.choice(len(names), p=weights / weights.sum()))]
        smiles = library.draw(generator)
        if family == "chains":
            smiles = _chain(generator)
        if family == "tiny":
            smiles = TINY[int(generator.integers(len(TINY)))]
        elif family == "like_patterns":
            smiles = LIKE_PATTERNS[int(generator.integers(len(LIKE_PATTERNS)))]
        elif family == "cages":
            smiles = cage(library, generator)
        style = "competition" if competition else pick_style(StyleMix(), generator)
        kinds = frozenset({"cages"} if family == "cages" and not competition else ())
        try:
            contracted = 0.9 if family == "open_ends" else 0.3
            drawn = draw_molecule(smiles, style, generator, contracted=contracted, kinds=kinds)
        except DrawingError:
            continue
        except Exception:  # RDKit and Indigo raise many kinds, all about this molecule
            continue
        if family == "marked":
            drawn = replace(drawn, intensity=_marked(drawn, generator))
        if style == "competition":
            return family, competition_noise(drawn, generator)
        if generator.random() < 0.5:
            intensity = legibly_degraded(drawn, GraphDataSettings(), generator)
            drawn = replace(drawn, intensity=intensity)
        return family, drawn


def _chain(generator: np.random.Generator) -> str:
    """The SMILES of a long chain, as fatty acids, surfactants and linkers have it."""
    parts = ["C"] * int(generator.integers(*CHAIN_LENGTHS))
    for place in generator.integers(1, len(parts) - 1, size=int(generator.integers(0, 3))):
        parts[place] = CHAIN_LINKS[int(generator.integers(len(CHAIN_LINKS)))]
    end = CHAIN_ENDS[int(generator.integers(len(CHAIN_ENDS)))]
    return CHAIN_ENDS[int(generator.integers(6))] + "".join(parts) + end


def _marked(drawn: DrawnPicture, generator: np.random.Generator) -> np.ndarray:
    """Add pale discs on atoms or small digits beside them."""
    intensity = drawn.intensity.copy()
    bond = drawn.bond_pixels
    digits = generator.random() < 0.5
    for number, atom in enumerate(drawn.graph.atoms):
        if digits:
            place = (int(atom.x + 0.15 * bond), int(atom.y - 0.15 * bond))
            cv2.putText(intensity, str(number + 1), place, 0, bond / 90, 255, 1, cv2.LINE_AA)
        elif generator.random() < 0.4:
            disc = np.zeros_like(intensity)
            cv2.circle(disc, (int(atom.x), int(atom.y)), max(2, int(0.3 * bond)), 90, -1)
            intensity = np.maximum(intensity, disc)
    return intensity


def _as_seen(
    intensity: np.ndarray, generator: np.random.Generator, *, competition: bool
) -> np.ndarray:
    """Gray pixels of a drawing without a molecule, as those with one are made."""
    if competition:
        intensity = np.where((intensity > 127) & (generator.random(intensity.shape) >= 0.1), 255, 0)
    elif generator.random() < 0.5:
        intensity = degrade(intensity, USUAL_BOND, DegradeSettings(clean=0.0), generator)
    return np.asarray(255 - intensity, dtype=np.uint8)


def real_examples(
    folder: Path, max_pictures: int, seed: int, *, molecule: bool, parts: bool = False
) -> Iterator[Example]:
    """Read pictures of a folder; one in ``HELD_OUT``, by a hash of its name, is held out.

    Args:
        folder: A folder of PNG pictures. Unreadable ones are skipped.
        max_pictures: Largest number of pictures, which are picked at random.
        seed: Decides the pictures and the parts.
        molecule: Whether they show molecules.
        parts: Whether random parts of each picture follow it.

    Returns:
        The examples, gray uint8 (H, W).
    """
    paths = sorted(folder.glob("*.png"))
    generator = np.random.default_rng([seed, zlib.crc32(folder.name.encode())])
    order = generator.permutation(len(paths))[:max_pictures]
    for path in (paths[place] for place in sorted(order)):
        try:
            gray = read_picture(path)
        except PictureError:
            continue
        held_out = zlib.crc32(path.stem.encode()) % HELD_OUT == 0
        yield Example(path.name, folder.name, molecule, held_out, gray)
        for part in _parts(gray, generator) if parts else ():
            yield Example(path.name, f"{folder.name} parts", molecule, held_out, part)


def _parts(gray: np.ndarray, generator: np.random.Generator) -> Iterator[np.ndarray]:
    """Up to three random rectangles with foreground, as segmentation of a page may cut them."""
    count = 0
    for _ in range(30):
        high, wide = (int(side * generator.uniform(0.15, 0.6)) for side in gray.shape)
        top = int(generator.integers(0, gray.shape[0] - high + 1))
        left = int(generator.integers(0, gray.shape[1] - wide + 1))
        part = gray[top : top + high, left : left + wide]
        if part.size and (part < 128).mean() > 0.01 and min(part.shape) > 24:
            count += 1
            yield np.ascontiguousarray(part)
        if count == 3:
            return
