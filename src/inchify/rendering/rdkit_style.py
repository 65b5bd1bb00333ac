"""RDKit rendering with randomized options, together with the graph that the picture shows.

RDKit's options are drawn at random. The picture is the one of its Cairo drawer; the letters' places
come from its SVG drawer, which sets the same outlines at the same places. Wedges are put on the
bonds before drawing, so that the graph has those that are drawn. Shape letters: N corners.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from inchify.chemistry.convert import quiet_chem
from inchify.rendering.depictor.glyphs import face_file
from inchify.rendering.depictor.style import print_face
from inchify.rendering.drawn_picture import FINE, DrawnPicture
from inchify.rendering.indigo import FONT_FOLDER, DrawingError
from inchify.rendering.png import decoded_png
from inchify.types import BondKind, GraphAtom, GraphBond, MoleculeGraph

BOND_RANGE, FINE_BOND_RANGE = (8.0, 50.0), (15.0, 110.0)
# Molecules with more atoms are polymers that are not drawn as one picture.
MAX_ATOMS = 200
MAX_PIXELS = 4000
HEAVY_HYDROGEN = {2: "D", 3: "T"}
BUILTIN_FONTS = ("", "", "BuiltinRobotoRegular")

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Glyph:
    """One letter as RDKit set it: its box in pixels and the commands of its outline."""

    box: Box
    commands: str

    @property
    def middle(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


def draw_rdkit_picture(
    molecule: Any,
    generator: np.random.Generator,
    *,
    bond_pixels: float | None = None,
    with_inchi: bool = False,
    kinds: frozenset[str] = frozenset(),
) -> DrawnPicture:
    """Draw a molecule in a random style of RDKit's, with its graph.

    Args:
        molecule: RDKit molecule. Atoms of number 0 are written as their property ``label``
            (``label_reversed`` where the label runs to the left).
        generator: Source of all random choices.
        bond_pixels: Pixels per bond length, random if None. RDKit fits the drawing to its
            canvas, which takes up to a tenth of it.
        with_inchi: Compute the InChI.
        kinds: Rare kinds, of which those that RDKit has options for are drawn.

    Returns:
        The gray picture and its graph in pixels.

    Raises:
        DrawingError: RDKit cannot draw the molecule, or the picture would be too large.
    """
    inchi = inchi_of(molecule) if with_inchi else ""
    limits = FINE_BOND_RANGE if kinds & FINE else BOND_RANGE
    bond = bond_pixels or float(np.exp(generator.uniform(*np.log(limits))))
    try:
        prepared = laid_out(molecule, generator, open_geometry="open_geometry" in kinds)
        style = chosen_style(generator, bond) | style_of_kinds(kinds, generator, bond)
        median = usual_bond([tuple(p) for p in prepared.GetConformer().GetPositions()], prepared)
        if not median > 0:
            raise DrawingError("the atoms stand on one another")
        style["scalingFactor"] = bond / median
        mark_labels(prepared, generator)
        cairo, svg = (drawn(kind, prepared, style) for kind in ("MolDraw2DCairo", "MolDraw2DSVG"))
    except (RuntimeError, ValueError) as error:
        raise DrawingError(f"RDKit: {error}") from error
    points = map(cairo.GetDrawCoords, range(prepared.GetNumAtoms()))
    places = [(point.x, point.y) for point in points]
    other = svg.GetDrawCoords(0)
    shift = (places[0][0] - other.x, places[0][1] - other.y)
    glyphs = glyphs_of(svg.GetDrawingText(), shift)
    graph = graph_of(prepared, places, glyphs, style)
    margins = generator.integers(0, max(int(0.6 * bond), 1), (2, 2))
    intensity = np.pad(decoded_png(cairo.GetDrawingText()), margins)
    graph = graph.moved(1.0, (float(margins[1, 0]), float(margins[0, 0])))
    drawn_bond = usual_bond(places, prepared) if prepared.GetNumBonds() else bond
    return DrawnPicture(intensity, graph, drawn_bond, inchi)


def inchi_of(molecule: Any) -> str:
    """The standard InChI, "" where the molecule has none."""
    if any(atom.GetAtomicNum() == 0 for atom in molecule.GetAtoms()):
        return ""
    return str(quiet_chem().MolToInchi(molecule) or "")


def laid_out(molecule: Any, generator: np.random.Generator, *, open_geometry: bool = False) -> Any:
    """A copy with new coordinates, kekulized or not, its wedges on the bonds; ``open_geometry``:
    open double bonds are crossed or stand beside a wavy bond."""
    chem = quiet_chem()
    from rdkit.Chem import rdCoordGen, rdDepictor
    from rdkit.Chem.Draw import rdMolDraw2D

    coordgen, kekulize, some_wavy, straight = (
        generator.uniform(size=4) < (0.3, 0.93, 0.05, 0.3)
    ).tolist()
    count = molecule.GetNumAtoms()
    if not 0 < count <= MAX_ATOMS:
        raise DrawingError(f"{count} atoms; there must be between 1 and {MAX_ATOMS}")
    if any(atom.GetNumRadicalElectrons() for atom in molecule.GetAtoms()):
        raise DrawingError("a radical")
    copy = chem.Mol(molecule)
    copy.RemoveAllConformers()
    wavy = open_geometry and generator.random() < 0.5
    if open_geometry:
        mark_open_double_bonds(copy)
    if coordgen:
        rdCoordGen.AddCoords(copy)
    else:
        rdDepictor.Compute2DCoords(copy)
    if straight:
        rdDepictor.StraightenDepiction(copy)
    return rdMolDraw2D.PrepareMolForDrawing(*(copy, kekulize, True, True, False, wavy or some_wavy))


def mark_open_double_bonds(molecule: Any) -> None:
    """Marks double bonds without a geometry, in place, that RDKit draws them so."""
    chem = quiet_chem()
    for stereo in chem.FindPotentialStereo(molecule):
        if stereo.type == chem.StereoType.Bond_Double:
            bond = molecule.GetBondWithIdx(stereo.centeredOn)
            if stereo.specified == chem.StereoSpecified.Unspecified and not bond.IsInRing():
                bond.SetStereo(chem.BondStereo.STEREOANY)


def style_of_kinds(
    kinds: frozenset[str], generator: np.random.Generator, bond: float
) -> dict[str, Any]:
    """RDKit's options for the rare kinds of a drawing, for the given number of pixels per bond."""
    style: dict[str, Any] = {}
    if "print_faces" in kinds:
        style["fontFile"] = str(face_file(print_face(generator)))
    if "atom_numbers" in kinds:
        style["addAtomIndices"] = True
        style["annotationFontScale"] = generator.uniform(0.4, 0.7)
    if "written_carbons" in kinds:
        style["explicitMethyl"] = True
    if kinds & frozenset(("thin_lines", "fine_hashes")):
        style["bondLineWidth"] = max(bond * generator.uniform(0.018, 0.03), 0.7)
    if "small_letters" in kinds:
        style["fixedFontSize"] = max(round(bond * generator.uniform(0.3, 0.42)), 5)
    return style


def chosen_style(generator: np.random.Generator, bond: float) -> dict[str, Any]:
    """Random RDKit options by name, for the given number of pixels per bond."""
    chance = generator.uniform(size=16).tolist()
    width = max(bond * float(np.exp(generator.uniform(*np.log((0.025, 0.085))))), 0.7)
    letters = bond * generator.uniform(0.3, 0.52)
    rotation = (
        0.0
        if chance[0] < 0.4
        else 30.0 * int(generator.integers(12))
        if chance[0] < 0.7
        else 90.0 * int(generator.integers(4))
        if chance[0] < 0.85
        else generator.uniform(0, 360)
    )
    fonts = font_files()
    font = int(generator.integers(len(fonts)))
    return {
        "prepareMolsBeforeDrawing": False,
        "bondLineWidth": width,
        "scaleBondWidth": False,
        "multipleBondOffset": generator.uniform(0.1, 0.22),
        "additionalAtomLabelPadding": generator.uniform(0.0, 0.15),
        "padding": generator.uniform(0.015, 0.05),
        "rotate": rotation,
        "explicitMethyl": chance[1] < 0.06,
        "singleColourWedgeBonds": chance[2] < 0.5,
        "addStereoAnnotation": chance[3] < 0.03,
        "comicMode": chance[4] < 0.02,
        "simplifiedStereoGroupLabel": chance[5] < 0.1,
        "atomLabelDeuteriumTritium": chance[6] < 0.6,
        "fontFile": fonts[font] if chance[7] < 0.8 else "",
        "fixedFontSize" if chance[8] < 0.3 else "baseFontSize": (
            max(round(letters), 5) if chance[8] < 0.3 else letters / bond * 1.5
        ),
        "minFontSize": 4,
        "maxFontSize": -1,
        "palette": "BW" if chance[9] < 0.8 else "Default" if chance[9] < 0.95 else "CDK",
    }


@lru_cache(maxsize=1)
def font_files() -> tuple[str, ...]:
    """RDKit's own fonts and those of the package."""
    folders = (FONT_FOLDER, Path(__file__).parent / "depictor" / "font")
    files = [str(path) for folder in folders for path in sorted(folder.glob("*.ttf"))]
    return (*BUILTIN_FONTS, *files)


def apply_style(options: Any, style: dict[str, Any]) -> None:
    """Set RDKit's drawing options, in place; those that this version lacks are ignored.

    Args:
        options: Of a drawer.
        style: Values by the options' names.
    """
    for name, value in style.items():
        if name == "palette":
            getattr(options, f"use{value}AtomPalette", options.useBWAtomPalette)()
        elif hasattr(options, name):
            setattr(options, name, value)


def drawn(kind: str, molecule: Any, style: dict[str, Any]) -> Any:
    """A finished drawer of that kind, its canvas as large as the molecule needs."""
    from rdkit.Chem.Draw import rdMolDraw2D

    span = np.ptp(molecule.GetConformer().GetPositions()[:, :2], axis=0).max()
    if span * style["scalingFactor"] > MAX_PIXELS:
        raise DrawingError(f"the picture is wider than {MAX_PIXELS} pixels")
    drawer = getattr(rdMolDraw2D, kind)(-1, -1)
    apply_style(drawer.drawOptions(), style)
    drawer.DrawMolecule(molecule)
    drawer.FinishDrawing()
    return drawer


def mark_labels(molecule: Any, generator: np.random.Generator) -> None:
    """Gives RDKit the labels of atoms of number 0, digits lowered (or raised in R1) mostly."""
    set_small = generator.uniform() < 0.8
    for atom in molecule.GetAtoms():
        if atom.GetAtomicNum() or not atom.HasProp("label"):
            continue
        label = atom.GetProp("label")
        backward = atom.GetProp("label_reversed") if atom.HasProp("label_reversed") else label
        for name, text in (("_displayLabel", label), ("_displayLabelW", backward)):
            atom.SetProp(name, small_digits(text) if set_small else text)


def small_digits(text: str) -> str:
    """Digits after a letter or a bracket in RDKit's markup: raised in R1, else lowered."""
    if re.fullmatch(r"[A-Z][0-9]{1,2}", text) and text[0] not in "CNOHFSP":
        return f"{text[0]}<sup>{text[1:]}</sup>"
    return re.sub(r"(?<=[A-Za-z)])([0-9]+)", r"<sub>\1</sub>", text)


def glyphs_of(svg: str, shift: tuple[float, float]) -> dict[int, list[Glyph]]:
    """The letters of every atom that has some, moved by ``shift``."""
    glyphs: dict[int, list[Glyph]] = {}
    for atom, path in re.findall(r"<path class='atom-(\d+)' d='([^']*)' fill='#", svg):
        if path.strip():  # a space in a label has no outline
            glyphs.setdefault(int(atom), []).append(glyph_of(path, shift))
    return glyphs


def glyph_of(path: str, shift: tuple[float, float] = (0.0, 0.0)) -> Glyph:
    corners_N2 = np.array(re.findall(r"-?[0-9.]+", path), float).reshape(-1, 2) + shift
    left, top = corners_N2.min(axis=0).tolist()
    right, bottom = corners_N2.max(axis=0).tolist()
    return Glyph((left, top, right, bottom), re.sub(r"[^A-Z]", "", path))


@lru_cache(maxsize=1024)
def letter_commands(letter: str, font: str, comic: bool) -> str:
    """The commands of a letter's outline in a font, by which it is known again."""
    from rdkit.Chem.Draw import rdMolDraw2D
    from rdkit.Geometry import Point2D

    drawer = rdMolDraw2D.MolDraw2DSVG(100, 100)
    apply_style(drawer.drawOptions(), {"fontFile": font, "comicMode": comic})
    drawer.DrawMolecule(quiet_chem().MolFromSmiles("C"))
    before = len(drawer.GetDrawingText())
    drawer.DrawString(letter, Point2D(0, 0))
    drawer.FinishDrawing()
    paths = re.findall(r" d='([^']*)'", drawer.GetDrawingText()[before:])
    return glyph_of(paths[0]).commands if paths else ""


def graph_of(
    molecule: Any,
    places: Sequence[tuple[float, float]],
    glyphs: dict[int, list[Glyph]],
    style: dict[str, Any],
) -> MoleculeGraph:
    """The graph of what is drawn, in pixels."""
    atoms = []
    for atom, place in zip(molecule.GetAtoms(), places, strict=True):
        atom_glyphs = glyphs.get(atom.GetIdx())
        atoms.append(
            written_atom(atom, place, atom_glyphs, style) if atom_glyphs else bare_atom(atom, place)
        )
    return MoleculeGraph(tuple(atoms), tuple(graph_bond(bond) for bond in molecule.GetBonds()))


def bare_atom(atom: Any, place: tuple[float, float]) -> GraphAtom:
    if atom.GetAtomicNum() != 6 or atom.GetFormalCharge() or atom.GetIsotope():
        raise DrawingError(f"an atom {atom.GetSymbol()} without a label")
    return GraphAtom(*place)


def written_atom(
    atom: Any, place: tuple[float, float], glyphs: list[Glyph], style: dict[str, Any]
) -> GraphAtom:
    """An atom with a label; it stands at the middle of its symbol's capital letter."""
    sides = np.array([glyph.box for glyph in glyphs])
    left, top = sides[:, :2].min(axis=0).tolist()
    right, bottom = sides[:, 2:].max(axis=0).tolist()
    box = (left, top, right, bottom)

    def distance(glyph: Glyph) -> float:
        return float(np.hypot(glyph.middle[0] - place[0], glyph.middle[1] - place[1]))

    if not atom.GetAtomicNum():
        text, capitals = long_text(atom, glyphs, min(glyphs, key=distance))
        x, y = min(capitals, key=distance).middle
        return GraphAtom(x, y, "", text, box=box)
    isotope, charge, hydrogens = atom.GetIsotope(), atom.GetFormalCharge(), atom.GetTotalNumHs()
    symbol, plain = atom.GetSymbol(), atom.GetAtomicNum() == 1
    heavy = HEAVY_HYDROGEN.get(isotope, "") if plain and style["atomLabelDeuteriumTritium"] else ""
    commands = letter_commands((heavy or symbol)[0], style["fontFile"], style["comicMode"])
    alike = [glyph for glyph in glyphs if glyph.commands == commands]
    x, y = min(alike or glyphs, key=distance).middle
    text = label_text(heavy or symbol, 0 if heavy else isotope, hydrogens, charge)
    short = label_text(heavy or symbol, 0 if heavy else isotope, 0, charge)
    if symbol == "C" and len(glyphs) == len(short) < len(text):
        # RDKit writes no hydrogens at a carbon with bonds: there the valence decides
        return GraphAtom(x, y, symbol, short, charge, None, isotope, box)
    return GraphAtom(x, y, symbol, text, charge, hydrogens, isotope, box)


def long_text(atom: Any, glyphs: list[Glyph], nearest: Glyph) -> tuple[str, list[Glyph]]:
    """A long label as it is written, and its capitals. ``nearest`` is the letter at the atom."""
    if not atom.HasProp("label"):
        raise DrawingError("an atom of number 0 without a label")
    in_order = sorted(glyphs, key=lambda glyph: glyph.box[0])
    backward = in_order.index(nearest) > (len(glyphs) - 1) / 2 and atom.HasProp("label_reversed")
    text = atom.GetProp("label_reversed" if backward else "label")
    if len(glyphs) != len(text):
        return text, glyphs
    pairs = zip(in_order, text, strict=True)
    return text, [glyph for glyph, letter in pairs if letter.isupper()] or glyphs


def label_text(symbol: str, isotope: int, hydrogens: int, charge: int) -> str:
    """A label, symbol first, whatever side the hydrogens stand on."""
    number = str(hydrogens) if hydrogens > 1 else ""
    size = str(abs(charge)) if abs(charge) > 1 else ""
    sign = "" if not charge else "+" if charge > 0 else "-"
    return f"{isotope or ''}{symbol}{'H' * (hydrogens > 0)}{number}{size}{sign}"


def graph_bond(bond: Any) -> GraphBond:
    """A bond as it is drawn. Raises DrawingError for kinds that have no name here."""
    kinds: tuple[BondKind, ...] = ("single", "double", "triple", "aromatic", "dative")
    marks: dict[str, BondKind] = {"BEGINWEDGE": "wedge", "BEGINDASH": "hash", "UNKNOWN": "wavy"}
    kind = {name.upper(): name for name in kinds}.get(bond.GetBondType().name)
    if kind is None:
        raise DrawingError(f"a bond of type {bond.GetBondType().name}")
    if kind == "single":
        kind = marks.get(bond.GetBondDir().name, kind)
    if kind == "double" and bond.GetStereo().name == "STEREOANY":
        kind = "crossed"
    begin, end = bond.GetBeginAtom(), bond.GetEndAtom()
    if kind == "wavy" and has_open_double_bond(end) and not has_open_double_bond(begin):
        # the wavy bond says something of the atom at its start
        begin, end = end, begin
    return GraphBond(begin.GetIdx(), end.GetIdx(), kind)


def has_open_double_bond(atom: Any) -> bool:
    """Whether a double bond that may have a geometry ends at the atom."""
    return any(
        bond.GetBondTypeAsDouble() == 2
        and not bond.IsInRing()
        and bond.GetOtherAtom(atom).GetDegree() > 1
        for bond in atom.GetBonds()
    )


def usual_bond(places: Sequence[tuple[float, ...]], molecule: Any) -> float:
    """The median length of the bonds, 1.5 (RDKit's usual one) where there is none."""
    ends = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in molecule.GetBonds()]
    pairs = [(places[begin], places[end]) for begin, end in ends]
    lengths = [np.hypot(a[0] - b[0], a[1] - b[1]) for a, b in pairs]
    return float(np.median(lengths)) if lengths else 1.5
