"""Drawings of every kind that verification is measured on, each with its InChI.

Plain ones and irregular ones that readers may misread, of molecules held out from all trainings.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from inchify.benchmarks.verification.molecule_parts import (
    CAPTIONS,
    GROUPS,
    HETERO,
    ISOTOPES,
    PARTS,
    SALTS,
    SWAPS,
)
from inchify.benchmarks.verification.words import render_text
from inchify.chemistry.abbreviations.table import entries
from inchify.chemistry.convert import inchi_of_smiles, quiet_chem
from inchify.rendering.depictor.style import random_style
from inchify.rendering.drawn_picture import draw_picture
from inchify.rendering.indigo import DrawingError
from inchify.rendering.png import decoded_png
from inchify.rendering.rdkit_style import apply_style, font_files
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.style_mix import Style, draw_molecule

TRIES = 40


@dataclass(frozen=True)
class VerificationPicture:
    """``inchi`` is "" where no complete molecule is shown: then every verified answer is wrong."""

    kind: str
    intensity: np.ndarray
    inchi: str


def draw(library: MoleculeLibrary, number: int, seed: int) -> VerificationPicture:
    """Draw a picture of a mixture in which kinds take turns.

    Args:
        library: The molecules to draw.
        number: Number of the picture, which decides its kind.
        seed: Decides, with ``number``, the rest.

    Raises:
        RuntimeError: If ``TRIES`` molecules in a row cannot be drawn.
    """
    kind = tuple(KINDS)[number % len(KINDS)]
    generator = np.random.default_rng((seed, number))
    for _ in range(TRIES):
        try:
            intensity, inchi = KINDS[kind](library, generator)
        except (DrawingError, ValueError, RuntimeError):
            continue
        if min(intensity.shape) > 10 and intensity.max() > 127:
            return VerificationPicture(kind, intensity, inchi)
    raise RuntimeError(f"kind {kind!r}: {TRIES} molecules in a row could not be drawn")


def _smiles(library: MoleculeLibrary, generator: np.random.Generator, sign: str = "") -> str:
    for _ in range(2000):
        smiles = library.draw(generator)
        if sign not in smiles or "*" in smiles or not inchi_of_smiles(smiles):
            continue
        if not _has_open_geometry(smiles):
            return smiles
    raise ValueError(f"no molecule with {sign!r}")


def _has_open_geometry(smiles: str) -> bool:
    """Whether a double bond has no stated geometry, although a plain drawing must show one."""
    chem = quiet_chem()
    return any(
        element.type == chem.StereoType.Bond_Double
        and element.specified == chem.StereoSpecified.Unspecified
        for element in chem.FindPotentialStereo(chem.MolFromSmiles(smiles))
    )


def _plain(style: Style, contracted: float = 0.0) -> Drawer:
    def drawn(library: MoleculeLibrary, generator: np.random.Generator) -> tuple[np.ndarray, str]:
        smiles = _smiles(library, generator)
        intensity = draw_molecule(smiles, style, generator, contracted=contracted).intensity
        return intensity, str(inchi_of_smiles(smiles))

    return drawn


def rdkit_picture(
    molecule: Any, generator: np.random.Generator, bond: float, *, letters: float = 0.4, **more: Any
) -> np.ndarray:
    """Draw by RDKit with bonds of ``bond`` pixels, fonts of ``letters`` bonds, further options of
    RDKit (``more``), and a margin."""
    from rdkit.Chem.Draw import rdMolDraw2D

    prepared = rdMolDraw2D.PrepareMolForDrawing(molecule)
    drawer = rdMolDraw2D.MolDraw2DCairo(-1, -1)
    style = {
        "prepareMolsBeforeDrawing": False,
        "scalingFactor": bond / 1.5,
        "bondLineWidth": max(0.8, bond * float(generator.uniform(0.03, 0.07))),
        "scaleBondWidth": False,
        "baseFontSize": 1.5 * letters,
        "minFontSize": 4,
        "maxFontSize": -1,
        "rotate": float(generator.choice((0.0, 0.0, 30.0, 90.0))),
        "fontFile": font_files()[int(generator.integers(len(font_files())))],
        "palette": "BW",
        **more,
    }
    apply_style(drawer.drawOptions(), style)
    drawer.DrawMolecule(prepared)
    drawer.FinishDrawing()
    return np.pad(decoded_png(drawer.GetDrawingText()), int(0.2 * bond))


def _bond(generator: np.random.Generator, low: float = 18.0, high: float = 60.0) -> float:
    return math.exp(generator.uniform(math.log(low), math.log(high)))


def _edited(edit: Callable[[Any, np.random.Generator], Any]) -> Drawer:
    """Drawings of molecules that an edit makes of usual ones."""

    def drawn(library: MoleculeLibrary, generator: np.random.Generator) -> tuple[np.ndarray, str]:
        chem = quiet_chem()
        molecule = edit(chem.MolFromSmiles(_smiles(library, generator)), generator)
        smiles = chem.MolToSmiles(molecule)
        inchi = inchi_of_smiles(smiles)
        if not inchi:
            raise ValueError(f"{smiles} has no InChI")
        if generator.random() < 0.5:
            return draw_picture(molecule, generator).intensity, inchi
        return rdkit_picture(molecule, generator, _bond(generator)), inchi

    return drawn


def _isotope(molecule: Any, generator: np.random.Generator) -> Any:
    chem = quiet_chem()
    edited = chem.RWMol(molecule)
    if generator.random() < 0.4:
        free = [a.GetIdx() for a in edited.GetAtoms() if a.GetTotalNumHs() and a.GetSymbol() == "C"]
        heavy = chem.Atom(1)
        heavy.SetIsotope(int(generator.choice((2, 3))))
        place = edited.AddAtom(heavy)
        edited.AddBond(int(generator.choice(free)), place, chem.BondType.SINGLE)
    else:
        known = [a for a in edited.GetAtoms() if a.GetAtomicNum() in ISOTOPES]
        atom = known[int(generator.integers(len(known)))]
        atom.SetIsotope(int(generator.choice(ISOTOPES[atom.GetAtomicNum()])))
    chem.SanitizeMol(edited)
    return edited.GetMol()


def _element(molecule: Any, generator: np.random.Generator) -> Any:
    chem = quiet_chem()
    pattern, numbers = SWAPS[int(generator.integers(len(SWAPS)))]
    matches = molecule.GetSubstructMatches(chem.MolFromSmarts(pattern))
    if not matches:
        raise ValueError(f"no {pattern}")
    edited = chem.RWMol(molecule)
    atom = edited.GetAtomWithIdx(matches[int(generator.integers(len(matches)))][0])
    atom.SetAtomicNum(int(generator.choice(numbers)))
    chem.SanitizeMol(edited)
    return edited.GetMol()


def _group(library: MoleculeLibrary, generator: np.random.Generator) -> tuple[np.ndarray, str]:
    """A molecule with one hydrogen replaced by a group that is written as a label."""
    chem = quiet_chem()
    rows = [row for row in entries() if row.attachments == 1 and row.drawn[0] and row.weight]
    if generator.random() < 0.6:
        text = str(generator.choice(tuple(GROUPS)))
        smiles = GROUPS[text]
    else:
        row = rows[int(generator.integers(len(rows)))]
        text, smiles = str(generator.choice(row.forms("left"))), row.smiles
    molecule = chem.MolFromSmiles(_smiles(library, generator))
    free = [a.GetIdx() for a in molecule.GetAtoms() if a.GetTotalNumHs() and a.GetSymbol() == "C"]
    place = int(generator.choice(free))
    fragment = chem.MolFromSmiles(smiles)
    first = 0
    if "[*:1]" in smiles:
        star = next(a for a in fragment.GetAtoms() if a.GetAtomicNum() == 0)
        (neighbor,) = star.GetNeighbors()
        first = neighbor.GetIdx() - (star.GetIdx() < neighbor.GetIdx())
        editable = chem.RWMol(fragment)
        editable.RemoveAtom(star.GetIdx())
        fragment = editable.GetMol()
    complete = chem.RWMol(chem.CombineMols(molecule, fragment))
    complete.AddBond(place, molecule.GetNumAtoms() + first, chem.BondType.SINGLE)
    chem.SanitizeMol(complete)
    drawn = chem.RWMol(molecule)
    star = drawn.AddAtom(chem.Atom(0))
    drawn.AddBond(place, star, chem.BondType.SINGLE)
    drawn.GetAtomWithIdx(star).SetProp("_displayLabel", text)
    chem.SanitizeMol(drawn)
    inchi = inchi_of_smiles(chem.MolToSmiles(complete))
    if not inchi:
        raise ValueError("no InChI")
    return rdkit_picture(drawn.GetMol(), generator, _bond(generator)), inchi


def _fine_hash(library: MoleculeLibrary, generator: np.random.Generator) -> tuple[np.ndarray, str]:
    """Thin lines: a hashed wedge is gray, or strokes of one pixel."""
    smiles = _smiles(library, generator, "@")
    molecule, inchi = quiet_chem().MolFromSmiles(smiles), str(inchi_of_smiles(smiles))
    bond = _bond(generator, 16, 90)
    if generator.random() < 0.5:
        thin = max(0.7, bond * float(generator.uniform(0.012, 0.03)))
        return rdkit_picture(molecule, generator, bond, bondLineWidth=thin), inchi
    style = replace(
        random_style(generator),
        hash_line=float(generator.uniform(0.015, 0.03)),
        line=float(generator.uniform(0.02, 0.04)),
        wedge_width=float(generator.uniform(0.12, 0.2)),
    )
    return draw_picture(molecule, generator, style=style, bond_pixels=bond).intensity, inchi


def _hetero_stereo(
    library: MoleculeLibrary, generator: np.random.Generator
) -> tuple[np.ndarray, str]:
    first, other = generator.choice(len(PARTS), 2, replace=False).tolist()
    form = HETERO[int(generator.integers(len(HETERO)))]
    smiles = form.format(PARTS[first] if first else "C", PARTS[other])
    inchi = inchi_of_smiles(smiles)
    if not inchi or "/t" not in inchi:
        raise ValueError(f"{smiles} has no centre")
    molecule = quiet_chem().MolFromSmiles(smiles)
    bond = _bond(generator)
    if generator.random() < 0.5:
        return draw_picture(molecule, generator).intensity, inchi
    return rdkit_picture(molecule, generator, bond), inchi


def _small_letters(
    library: MoleculeLibrary, generator: np.random.Generator
) -> tuple[np.ndarray, str]:
    smiles = _smiles(library, generator)
    molecule, bond = quiet_chem().MolFromSmiles(smiles), _bond(generator, 40, 120)
    letters = float(generator.uniform(0.16, 0.26))
    intensity = rdkit_picture(molecule, generator, bond, letters=letters)
    return intensity, str(inchi_of_smiles(smiles))


def _like_competition(
    library: MoleculeLibrary, generator: np.random.Generator
) -> tuple[np.ndarray, str]:
    """Black and white in the competition's margin, but not drawn by its program."""
    smiles = _smiles(library, generator)
    bond = float(generator.choice((25.0, 40.0)))
    molecule = quiet_chem().MolFromSmiles(smiles)
    if generator.random() < 0.5:
        molecule = _isotope(molecule, generator)
        smiles = quiet_chem().MolToSmiles(molecule)
    intensity = rdkit_picture(
        molecule, generator, bond, bondLineWidth=float(generator.uniform(1, 2.5))
    )
    intensity = np.where(intensity > generator.uniform(90, 140), 255, 0).astype(np.uint8)
    x, y, wide, high = cv2.boundingRect(intensity)
    return np.pad(intensity[y : y + high, x : x + wide], int(bond) + 1), str(
        inchi_of_smiles(smiles)
    )


def _annotated(library: MoleculeLibrary, generator: np.random.Generator) -> tuple[np.ndarray, str]:
    """Atoms' numbers or CIP codes beside them."""
    smiles = _smiles(library, generator)
    option = str(generator.choice(("addAtomIndices", "addStereoAnnotation", "addBondIndices")))
    sign = "@" if option == "addStereoAnnotation" else ""
    smiles = _smiles(library, generator, sign)
    molecule = quiet_chem().MolFromSmiles(smiles)
    intensity = rdkit_picture(molecule, generator, _bond(generator), **{option: True})
    return intensity, str(inchi_of_smiles(smiles))


def _beside(
    intensity: np.ndarray, text: np.ndarray, gap: int, generator: np.random.Generator
) -> Any:
    """The two beside or below one another."""
    if generator.random() < 0.5:
        intensity, text = intensity.T, text.T
        turned = True
    else:
        turned = False
    wide = max(intensity.shape[1], text.shape[1])

    def widened(part: np.ndarray) -> np.ndarray:
        left = (wide - part.shape[1]) // 2
        return np.pad(part, ((0, 0), (left, wide - part.shape[1] - left)))

    stacked = np.vstack([widened(intensity), np.zeros((gap, wide), np.uint8), widened(text)])
    return np.ascontiguousarray(np.pad(stacked.T if turned else stacked, 4))


def _side_text(belongs: bool) -> Drawer:
    """Drawings with text beside them: a salt that belongs to the molecule, or a caption."""

    def drawn(library: MoleculeLibrary, generator: np.random.Generator) -> tuple[np.ndarray, str]:
        smiles = _smiles(library, generator)
        picture = draw_molecule(smiles, "own", generator)
        text = str(generator.choice(tuple(SALTS) if belongs else CAPTIONS))
        if belongs:
            smiles += "." + SALTS[text]
        bond = picture.bond_pixels
        words = render_text(text, max(7.0, bond * generator.uniform(0.35, 0.5)), generator)
        x, y, wide, high = cv2.boundingRect(picture.intensity)
        gap = round(bond * generator.uniform(0.3, 1.5))
        intensity = _beside(picture.intensity[y : y + high, x : x + wide], words, gap, generator)
        return intensity, str(inchi_of_smiles(smiles))

    return drawn


def _marked(library: MoleculeLibrary, generator: np.random.Generator) -> tuple[np.ndarray, str]:
    """A curly arrow, a stroke or an extra letter on or beside the drawing."""
    smiles = _smiles(library, generator)
    picture = draw_molecule(smiles, "own", generator)
    intensity, bond = picture.intensity.copy(), picture.bond_pixels
    spot = generator.uniform((0, 0), intensity.shape[::-1])
    if generator.random() < 0.4:
        mark = render_text(str(generator.choice(list("FNO*2+"))), max(7.0, 0.4 * bond), generator)
        y, x = (int(v) for v in spot[::-1] * (1 - np.array(mark.shape) / intensity.shape).clip(0))
        part = intensity[y : y + mark.shape[0], x : x + mark.shape[1]]
        np.maximum(part, mark[: part.shape[0], : part.shape[1]], out=part)
    else:
        bow = np.cumsum([spot, *(generator.normal(0, 0.7 * bond, (2, 2)))], axis=0)
        share = np.linspace(0, 1, 20)[:, None]
        line = (1 - share) ** 2 * bow[0] + 2 * share * (1 - share) * bow[1] + share**2 * bow[2]
        width = max(1, round(0.06 * bond))
        points = np.rint(line * 16).astype(np.int32)
        cv2.polylines(intensity, [points], False, 255, width, cv2.LINE_AA, 4)
    return intensity, str(inchi_of_smiles(smiles))


def _cut_off(library: MoleculeLibrary, generator: np.random.Generator) -> tuple[np.ndarray, str]:
    """A drawing with a side missing, as after a wrong segmentation of a page."""
    picture = draw_molecule(_smiles(library, generator), "own", generator)
    x, y, wide, high = cv2.boundingRect(picture.intensity)
    intensity = picture.intensity[y : y + high, x : x + wide]
    intensity = np.rot90(intensity, int(generator.integers(4)))
    kept = int(intensity.shape[1] * generator.uniform(0.5, 0.9))
    if generator.random() < 0.5:
        return np.ascontiguousarray(intensity[:, :kept]), ""
    cut = np.pad(intensity[:, :kept], ((6, 6), (6, 0)))
    return np.ascontiguousarray(cut), ""


def _open_geometry(
    library: MoleculeLibrary, generator: np.random.Generator
) -> tuple[np.ndarray, str]:
    """Double bonds of unknown geometry, crossed, and centers with a wavy bond."""
    chem = quiet_chem()
    molecule = chem.MolFromSmiles(_smiles(library, generator, "/"))
    doubles = [b for b in molecule.GetBonds() if b.GetStereo() > chem.BondStereo.STEREOANY]
    if not doubles:
        raise ValueError("no double bond with a geometry")
    doubles[0].SetStereo(chem.BondStereo.STEREOANY)
    plain = chem.Mol(molecule)
    for bond in plain.GetBonds():
        if bond.GetStereo() == chem.BondStereo.STEREOANY:
            bond.SetStereo(chem.BondStereo.STEREONONE)
    inchi = inchi_of_smiles(chem.MolToSmiles(plain))
    return rdkit_picture(molecule, generator, _bond(generator)), str(inchi)


Drawer = Callable[[MoleculeLibrary, np.random.Generator], tuple[np.ndarray, str]]
KINDS: dict[str, Drawer] = {
    "own": _plain("own"),
    "rdkit": _plain("rdkit"),
    "indigo": _plain("indigo"),
    "own labels": _plain("own", 1.0),
    "rdkit labels": _plain("rdkit", 1.0),
    "own again": _plain("own"),
    "isotope": _edited(_isotope),
    "element": _edited(_element),
    "group": _group,
    "fine hash": _fine_hash,
    "hetero stereo": _hetero_stereo,
    "small letters": _small_letters,
    "like competition": _like_competition,
    "annotated": _annotated,
    "salt text": _side_text(True),
    "caption": _side_text(False),
    "marked": _marked,
    "cut off": _cut_off,
    "open geometry": _open_geometry,
}
