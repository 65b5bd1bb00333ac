"""Molecules with written labels (open ends, groups, repeat groups, isotopes, elements), small ones,
cages, centers at hetero-atoms, species beside a drawing, polymers: picture and right answer."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from rdkit import Chem
from rdkit.Chem import rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D
from rdkit.Geometry import Point2D

from inchify.benchmarks.fresh_cases import molecules
from inchify.benchmarks.fresh_cases.drawings import (
    Hand,
    by_indigo,
    by_rdkit,
    drawn,
    finished,
    font,
    inchi_of,
    lay_out,
    molecule_of,
    widened,
    written,
)

Answer = tuple[Image.Image, str]
OPEN = "empty InChI, error naming the label, SMILES with *"
BRACKETS = "empty InChI, error (brackets with n are no molecule)"
# Programs that can write a custom label.
LABELLING = ("acs", "lines", "rdkit")


def labelled(frame: str, right: str, left: str) -> Any:
    """Label the open place of a frame.

    Args:
        frame: SMILES with one dummy atom (*).
        right: The label at a bond from the left.
        left: The label at a bond from the right.

    Returns:
        The RDKit molecule.
    """
    molecule = molecule_of(frame)
    for atom in molecule.GetAtoms():
        if not atom.GetAtomicNum():
            atom.SetProp("_displayLabel", right)
            atom.SetProp("_displayLabelW", left)
    return molecule


def filled(frame: str, group: str) -> str:
    """Attach a group at the open place of a frame.

    Args:
        frame: SMILES with one dummy atom (*).
        group: SMILES of the group, its first atom attached.

    Returns:
        The InChI.
    """
    place = Chem.MolFromSmarts("[#0]")
    (complete, *_) = Chem.ReplaceSubstructs(molecule_of(frame), place, molecule_of(group))
    return inchi_of(Chem.MolToSmiles(complete))


def open_end(hand: Hand) -> Answer:
    right, left = hand.next_of(molecules.OPEN_ENDS)
    return drawn(labelled(hand.next_of(molecules.FRAMES), right, left), hand, LABELLING), OPEN


def long_label(hand: Hand) -> Answer:
    right, left, group = hand.next_of(molecules.GROUPS)
    frame = hand.next_of(molecules.FRAMES)
    return drawn(labelled(frame, right, left), hand, LABELLING), filled(frame, group)


def repeat_group(hand: Hand) -> Answer:
    """Two ends with a written chain between them, with longer bonds to make room for it; every
    third input has carbons written with their hydrogens instead."""
    if hand.number % 3 == 2:
        return written_carbons(hand)
    left, right = hand.next_of(molecules.CHAIN_ENDS)
    count = hand.integer(3, 9)
    label = f"(CH<sub>2</sub>)<sub>{count}</sub>"
    molecule = labelled(f"{left}*{right}", label, label)
    make_room(molecule)
    return drawn(molecule, hand, ("lines", "rdkit")), inchi_of(left + "C" * count + right)


def written_carbons(hand: Hand) -> Answer:
    """Write all carbons outside rings, or all carbons, with their hydrogens."""
    smiles = hand.next_of(molecules.WRITTEN_CARBONS)
    molecule = molecule_of(smiles)
    everywhere = bool(hand.generator.random() < 0.4)
    for atom in molecule.GetAtoms():
        if atom.GetSymbol() == "C" and (everywhere or not atom.IsInRing()):
            count = atom.GetTotalNumHs()
            written = "" if not count else f"H<sub>{count}</sub>" if count > 1 else "H"
            atom.SetProp("_displayLabel", "C" + written)
            atom.SetProp("_displayLabelW", written + "C")
    return drawn(molecule, hand, LABELLING), inchi_of(smiles)


def make_room(molecule: Any) -> None:
    """Lay out a chain with its written part between its ends in a row, in place; the end that comes
    first in the molecule is on the left."""
    (label,) = (atom for atom in molecule.GetAtoms() if not atom.GetAtomicNum())
    left, right = sorted(atom.GetIdx() for atom in label.GetNeighbors())
    row = {left: (-2.2, 0.5), label.GetIdx(): (0.0, 0.0), right: (2.7, 0.5)}
    places = {atom: Point2D(*place) for atom, place in row.items()}
    rdDepictor.Compute2DCoords(molecule, coordMap=places)


def isotope(hand: Hand) -> Answer:
    smiles = hand.next_of(molecules.ISOTOPES)
    molecule = molecule_of(smiles)
    if hand.next_of(("indigo", "rdkit", "rdkit"), "drawer") == "indigo":
        return by_indigo(molecule, hand), inchi_of(smiles)
    letters = bool(hand.generator.random() < 0.6)
    picture = drawn(molecule, hand, LABELLING, atomLabelDeuteriumTritium=letters)
    return picture, inchi_of(smiles)


def element(hand: Hand) -> Answer:
    smiles = hand.next_of(molecules.ELEMENTS)
    return drawn(smiles, hand, ("acs", "rdkit", "lines", "indigo", "own")), inchi_of(smiles)


def tiny(hand: Hand) -> Answer:
    smiles = hand.next_of(molecules.TINY)
    return drawn(smiles, hand, ("acs", "lines", "rdkit", "indigo")), inchi_of(smiles)


def cage(hand: Hand) -> Answer:
    """Cages by RDKit's templates, its usual layout or CoordGen's."""
    smiles = hand.next_of(molecules.CAGES)
    molecule = molecule_of(smiles)
    layout = hand.next_of(("templates", "coordgen", "usual"), "layout")
    if layout == "coordgen":
        lay_out(molecule, coordgen=True)
    else:
        rdDepictor.Compute2DCoords(molecule, useRingTemplates=layout == "templates")
    return drawn(molecule, hand, ("acs", "rdkit", "lines")), inchi_of(smiles)


def hetero_center(hand: Hand) -> Answer:
    smiles = hand.next_of(molecules.HETERO_CENTERS)
    inchi = inchi_of(smiles)
    if "/t" not in inchi:
        raise ValueError(f"{smiles} has no centre")
    return drawn(smiles, hand, ("acs", "rdkit", "lines", "own")), inchi


def species_beside(hand: Hand) -> Answer:
    """A species with its count, after a dot, beside a drawing."""
    words, species = hand.next_of(molecules.SPECIES)
    smiles = hand.next_of(molecules.AMINES)
    picture = drawn(smiles, hand, ("acs", "lines", "indigo", "rdkit")).convert("RGB")
    line = written(words, hand.integer(16, 26), hand.integer(1, 2))
    canvas = widened(picture, 8, 8, line.width + 40, 8)
    middle, x = canvas.height // 2, picture.width + 14
    if hand.generator.random() < 0.7:
        radius = hand.integer(2, 3)
        pen = ImageDraw.Draw(canvas)
        pen.ellipse((x, middle - radius, x + 2 * radius, middle + radius), fill="black")
    canvas.paste(line, (x + 16, middle - line.height // 2))
    return canvas, inchi_of(f"{smiles}.{species}")


def polymer(hand: Hand) -> Answer:
    """A repeating unit by RDKit; brackets and n around it by Pillow."""
    molecule = molecule_of(hand.next_of(molecules.POLYMERS))
    ends = [atom for atom in molecule.GetAtoms() if not atom.GetAtomicNum()]
    chain = Chem.GetShortestPath(molecule, *(atom.GetIdx() for atom in ends))
    zigzag = {atom: Point2D(1.3 * at, 0.375 * (-1) ** at) for at, atom in enumerate(chain)}
    rdDepictor.Compute2DCoords(molecule, coordMap=zigzag)
    for atom in ends:
        # bonds that end in nothing, as they are drawn
        atom.SetProp("_displayLabel", " ")
    drawer = rdMolDraw2D.MolDraw2DCairo(hand.integer(240, 420), hand.integer(220, 340))
    options: Any = drawer.drawOptions()  # RDKit's stubs know the options without their types
    options.padding = 0.12
    options.bondLineWidth = hand.integer(1, 3)
    picture = widened(finished(drawer, molecule, {}).convert("RGB"), 0, 0, 20, 50)
    places = np.array([[*drawer.GetDrawCoords(atom)] for atom in chain])
    unit = float(np.linalg.norm(places[1] - places[0]))
    (left, top), (right, bottom) = places[:2].mean(axis=0), places[-2:].mean(axis=0)
    middle, half, foot = (top + bottom) / 2, 0.8 * unit, 0.2 * unit
    pen, width = ImageDraw.Draw(picture), hand.integer(1, 2)
    for x, inwards in ((left, foot), (right, -foot)):
        low, high = middle + half, middle - half
        corners = [(x + inwards, high), (x, high), (x, low), (x + inwards, low)]
        pen.line(corners, fill="black", width=width)
    letters = font(max(9, round(0.4 * unit)), 1)
    sign = hand.one_of("nnm")
    pen.text((right + 0.12 * unit, middle + half), sign, fill="black", font=letters, anchor="lm")
    return picture, BRACKETS


def radical(hand: Hand) -> Answer:
    smiles = hand.next_of(molecules.RADICALS)
    return drawn(smiles, hand, ("acs", "rdkit")), inchi_of(smiles)


def open_geometry(hand: Hand) -> Answer:
    """A double bond that is crossed or stands beside a wavy bond, or a wavy bond at a center."""
    form = hand.next_of(("crossed", "wavy", "centre"), "form")
    known = molecules.OPEN_CENTERS if form == "centre" else molecules.OPEN_GEOMETRY
    molecule = molecule_of(hand.next_of(known))
    inchi, program = inchi_of(molecule), hand.next_of(("rdkit", "acs"), "program")
    if form != "wavy":
        return by_rdkit(molecule, hand, program, unspecifiedStereoIsUnknown=True), inchi
    for place in Chem.FindPotentialStereo(molecule):
        if place.type == Chem.StereoType.Bond_Double:
            molecule.GetBondWithIdx(place.centeredOn).SetStereo(Chem.BondStereo.STEREOANY)
    lay_out(molecule, coordgen=False)
    molecule = rdMolDraw2D.PrepareMolForDrawing(molecule, wavyBonds=True)
    return by_rdkit(molecule, hand, program, prepareMolsBeforeDrawing=False), inchi
