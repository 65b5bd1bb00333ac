"""Drawings with colors, numbers, marks and uneven light."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from rdkit import Chem
from rdkit.Chem.Draw import rdMolDraw2D

from inchify.benchmarks.fresh_cases import molecules
from inchify.benchmarks.fresh_cases.drawings import (
    Color,
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
)
from inchify.benchmarks.fresh_cases.labels import Answer, radical
from inchify.benchmarks.fresh_cases.no_molecule import board
from inchify.benchmarks.fresh_cases.projections import chair, fischer

LIGHTS: tuple[Color, ...] = ((255, 180, 180), (180, 255, 180), (170, 190, 255), (255, 235, 130))


def highlights(hand: Hand) -> Answer:
    """Rings, or an atom and its neighbors, on colored discs and bands."""
    smiles = hand.next_of(molecules.PLAIN)
    molecule = molecule_of(smiles)
    ring = set(hand.one_of(molecule.GetRingInfo().AtomRings()))
    bonds = [
        b.GetIdx() for b in molecule.GetBonds() if {b.GetBeginAtomIdx(), b.GetEndAtomIdx()} <= ring
    ]
    light = tuple(channel / 255 for channel in hand.one_of(LIGHTS))
    picture = by_rdkit(
        molecule,
        hand,
        hand.next_of(("rdkit", "acs", "coordgen"), "program"),
        highlightAtoms=sorted(ring),
        highlightBonds=bonds,
        highlightAtomColors={atom: light for atom in ring},
        highlightBondColors={bond: light for bond in bonds},
    )
    return picture, inchi_of(smiles)


def atom_numbers(hand: Hand) -> Answer:
    """Numbers at all atoms, CIP letters, or marks of enhanced stereo."""
    form = hand.next_of(("numbers", "cip", "or1", "numbers"), "form")
    smiles = hand.next_of(molecules.CHIRAL if form != "numbers" else molecules.PLAIN[:10])
    molecule = molecule_of(smiles)
    options: dict[str, Any] = {"addStereoAnnotation": form != "numbers"}
    options["annotationFontScale"] = hand.between(0.6, 0.8)
    if form == "numbers":
        for atom in molecule.GetAtoms():
            atom.SetProp("atomNote", str(atom.GetIdx() + 1))
    elif form == "or1":
        centers = [at for at, _ in Chem.FindMolChiralCenters(molecule)]
        smiles_with_group = (
            f"{Chem.MolToSmiles(molecule, canonical=False)} |o1:{','.join(map(str, centers))}|"
        )
        molecule = molecule_of(smiles_with_group)
    return drawn(molecule, hand, ("acs", "rdkit", "lines"), **options), inchi_of(smiles)


def white_on_transparent(hand: Hand) -> Answer:
    """White strokes on a transparent canvas, RGBA or gray with alpha."""
    smiles = hand.next_of((*molecules.CHIRAL, *molecules.PLAIN))
    intensity = ImageChops.invert(
        drawn(smiles, hand, ("acs", "rdkit", "lines", "own"), gray=True).convert("L")
    )
    white = Image.new("L", intensity.size, 255)
    if hand.generator.random() < 0.4:
        return Image.merge("LA", (white, intensity)), inchi_of(smiles)
    return Image.merge("RGBA", (white, white, white, intensity)), inchi_of(smiles)


def fine_hash(hand: Hand) -> Answer:
    """Hashed wedges of many thin strokes."""
    molecule = hashed(hand.next_of(molecules.CHIRAL))
    if hand.next_of(("lines", "indigo", "rdkit"), "drawer") == "indigo":
        return by_indigo(molecule, hand), inchi_of(molecule)
    thin = hand.between(0.8, 1.4)
    return drawn(molecule, hand, ("lines", "rdkit"), bondLineWidth=thin), inchi_of(molecule)


def hashed(smiles: str) -> Any:
    """The molecule, or its mirror image where all wedges of its drawing would be solid."""
    molecule = molecule_of(smiles)
    for _ in range(2):
        lay_out(molecule, coordgen=False)
        wedged = rdMolDraw2D.PrepareMolForDrawing(molecule)
        if any(bond.GetBondDir() == Chem.BondDir.BEGINDASH for bond in wedged.GetBonds()):
            break
        for atom in molecule.GetAtoms():
            atom.InvertChirality()
    return molecule


def small_letters(hand: Hand) -> Answer:
    """Letters that are small for their bonds, on a large canvas, or a drawing of few pixels."""
    smiles = hand.next_of((*molecules.PLAIN, *molecules.CHIRAL))
    form = hand.next_of(("large", "huge", "small"), "form")
    if form == "small":
        side = hand.integer(260, 330)
        return by_rdkit(molecule_of(smiles), hand, "rdkit", size=(side, side)), inchi_of(smiles)
    if form == "huge":
        # letters have a largest size, which does not depend on the bonds
        wide = hand.integer(2200, 3600)
        size = (wide, round(0.6 * wide))
        return by_rdkit(molecule_of(smiles), hand, "rdkit", size=size), inchi_of(smiles)
    wide = hand.integer(900, 2000)
    size = (wide, round(0.7 * wide))
    picture = by_rdkit(
        molecule_of(smiles),
        hand,
        "rdkit",
        size=size,
        fixedFontSize=hand.integer(wide // 60, wide // 35),
    )
    return picture, inchi_of(smiles)


def dark_mode(hand: Hand) -> Answer:
    """RDKit's dark palette, or light strokes on a dark ground."""
    smiles = hand.next_of(molecules.CHIRAL)
    if hand.next_of(("rdkit", "ground"), "form") == "rdkit":
        drawer = rdMolDraw2D.MolDraw2DCairo(hand.integer(320, 480), hand.integer(280, 380))
        rdMolDraw2D.SetDarkMode(drawer)
        return finished(drawer, molecule_of(smiles), {}), inchi_of(smiles)
    share = np.asarray(drawn(smiles, hand, ("acs", "lines")).convert("L"))[..., None] / 255.0
    ground = np.array(hand.one_of(((20, 24, 32), (40, 44, 52), (0, 43, 54), (30, 30, 30))))
    light = np.array(hand.one_of(((230, 230, 230), (255, 255, 255), (220, 210, 180))))
    return Image.fromarray((share * ground + (1 - share) * light).astype(np.uint8)), inchi_of(
        smiles
    )


def marked(hand: Hand) -> Answer:
    """A watermark across, a curved arrow above, or an editor's window around a drawing."""
    smiles = hand.next_of(molecules.PLAIN)
    picture = drawn(smiles, hand, ("acs", "lines", "rdkit")).convert("RGB")
    form = hand.next_of((watermark, curved_arrow, window), "form")
    return form(picture, hand), inchi_of(smiles)


def watermark(picture: Image.Image, hand: Hand) -> Image.Image:
    size = round(0.16 * picture.width)
    words = hand.one_of(("DRAFT", "SAMPLE", "PREVIEW", "COPY"))
    layer = Image.new("L", picture.size, 255)
    middle = (picture.width // 2, picture.height // 2)
    gray = hand.integer(205, 228)
    ImageDraw.Draw(layer).text(middle, words, fill=gray, font=font(size, 2), anchor="mm")
    layer = layer.rotate(hand.between(15, 35), fillcolor=255, resample=Image.Resampling.BICUBIC)
    return ImageChops.darker(picture, layer.convert("RGB"))


def curved_arrow(picture: Image.Image, hand: Hand) -> Image.Image:
    canvas = widened(picture, 10, 70, 10, 10)
    pen = ImageDraw.Draw(canvas)
    middle, half = canvas.width // 2, hand.integer(30, 55)
    pen.arc((middle - half, 20, middle + half, 90), 200, 340, fill="black", width=2)
    x = middle + half * math.cos(math.radians(340))
    y = 55 + 35 * math.sin(math.radians(340))
    pen.polygon([(x + 4, y + 8), (x - 9, y), (x + 5, y - 8)], fill="black")
    return canvas


def window(picture: Image.Image, hand: Hand) -> Image.Image:
    bar = hand.one_of(((60, 63, 65), (0, 90, 158), (225, 225, 225)))
    canvas = Image.new("RGB", (picture.width + 110, picture.height + 80), (240, 240, 240))
    pen = ImageDraw.Draw(canvas)
    pen.rectangle((0, 0, canvas.width, 28), fill=bar)
    intensity = "black" if bar[0] > 128 else "white"
    pen.text(
        (10, 5),
        hand.one_of(("untitled - Sketcher", "mol_17.cdx", "Draw")),
        fill=intensity,
        font=font(15, 1),
    )
    for place in range((canvas.height - 50) // 30):
        pen.rectangle((10, 40 + 30 * place, 32, 62 + 30 * place), outline=(120, 120, 120))
    canvas.paste(picture, (80, 54))
    return canvas


def other_kind(hand: Hand) -> Answer:
    """Stereo by shape (Haworth, Fischer, a chair), a radical, or a photograph of a drawing."""
    return hand.next_of((sugar, radical, photograph, fischer, chair), "form")(hand)


# Substituents of pyranoses as drawn in perspective, ring oxygen at the upper right, C1 at the
# right: up (1) or down (0) at C1 to C4; C5 bears CH2OH upwards.
SUGARS = (
    ((1, 0, 1, 0), "C([C@@H]1[C@H]([C@@H]([C@H]([C@@H](O1)O)O)O)O)O"),
    ((0, 1, 1, 0), "C([C@@H]1[C@H]([C@@H]([C@@H]([C@H](O1)O)O)O)O)O"),
    ((0, 0, 1, 1), "C([C@@H]1[C@@H]([C@@H]([C@H]([C@H](O1)O)O)O)O)O"),
    ((1, 0, 1, 1), "C([C@@H]1[C@@H]([C@@H]([C@H]([C@@H](O1)O)O)O)O)O"),
)


def sugar(hand: Hand) -> Answer:
    """A pyranose in perspective, by Pillow: its front bonds bold."""
    ups, smiles = hand.next_of(SUGARS)
    picture, pen = board(440, 340)
    c5, oxygen, c1 = (140, 100), (270, 100), (330, 170)
    c2, c3, c4 = (270, 230), (140, 230), (80, 170)
    letters = font(20, 1)
    pen.line([c4, c5, (258, 100)], fill="black", width=2)
    pen.line([(281, 112), c1], fill="black", width=2)
    pen.text(oxygen, "O", fill="black", font=letters, anchor="mm")
    pen.polygon([c4, (140, 225), (140, 235)], fill="black")
    pen.polygon([c1, (270, 225), (270, 235)], fill="black")
    pen.line([c3, c2], fill="black", width=10)
    pen.line([c5, (140, 58)], fill="black", width=2)
    pen.text((130, 44), "CH2OH", fill="black", font=letters, anchor="lm")
    for (x, y), up in zip((c1, c2, c3, c4), ups, strict=True):
        end = y - 40 if up else y + 40
        pen.line([(x, y), (x, end)], fill="black", width=2)
        left = x < 200
        text, anchor, at = ("HO", "rm", x + 8) if left else ("OH", "lm", x - 8)
        pen.text(
            (at, end - 13 if up else end + 13), text, fill="black", font=letters, anchor=anchor
        )
    return picture, inchi_of(smiles)


def photograph(hand: Hand) -> Answer:
    """A drawing under uneven light, a little blurred and noisy."""
    smiles = hand.next_of(molecules.CHIRAL)
    picture = drawn(smiles, hand, ("lines", "rdkit"))
    gray = np.asarray(widened(picture.convert("RGB"), 20, 20, 20, 20).convert("L"), dtype=float)
    high, wide = gray.shape
    x, y = np.meshgrid(np.linspace(-1, 1, wide), np.linspace(-1, 1, high))
    angle = hand.between(0, 2 * math.pi)
    light = hand.between(150, 190) + hand.between(25, 45) * (
        x * math.cos(angle) + y * math.sin(angle)
    )
    shaded = gray / 255 * light + 30 + hand.generator.normal(0, 3, gray.shape)
    photo = Image.fromarray(shaded.clip(0, 255).astype(np.uint8))
    return photo.filter(ImageFilter.GaussianBlur(hand.between(0.5, 1.0))), inchi_of(smiles)
