"""PDF pages with vector molecules: form fields, one large structure, several structures, light
strokes on a dark block, a larger unit of the page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rdkit.Chem.Draw import rdMolDraw2D

from inchify.benchmarks.fresh_cases import molecules
from inchify.benchmarks.fresh_cases.drawings import Hand, inchi_of, lay_out, molecule_of
from inchify.benchmarks.fresh_cases.pdf_files import pdf_file, stream_object

A4 = (595.0, 842.0)
SLIDE = (960.0, 540.0)
BLACK = (0.0, 0.0, 0.0)
PATH = re.compile(r"<path class='([^']*)' d='([^']*)'\s*([^>]*)/>", re.DOTALL)
WIDTH = re.compile(r"stroke-width:([\d.]+)px")
SIZE = re.compile(r"width='(\d+)px' height='(\d+)px'")
Tone = tuple[float, float, float]
Fresh = tuple[Path, str]


@dataclass(frozen=True)
class Vectors:
    """A drawing as PDF operators in a box of ``width`` by ``height`` points, y up."""

    operators: str
    width: float
    height: float


def vectors(
    smiles: str, bond: float, *, tone: Tone = BLACK, line: float = 0.04, coordgen: bool = False
) -> Vectors:
    """Draw a molecule by RDKit as PDF operators in one color.

    Args:
        smiles: The molecule.
        bond: Bond length in points.
        tone: The color, red, green and blue in 0 to 1.
        line: Line width in bonds.
        coordgen: Whether CoordGen lays it out.

    Returns:
        The drawing.
    """
    molecule = molecule_of(smiles)
    lay_out(molecule, coordgen=coordgen)
    # Drawn a hundred times as large, for RDKit rounds its numbers to tenths.
    drawer = rdMolDraw2D.MolDraw2DSVG(-1, -1)
    options: Any = drawer.drawOptions()  # RDKit's stubs know the options without their types
    options.scalingFactor, options.bondLineWidth = 100 / 1.5, 100 * line
    options.scaleBondWidth, options.baseFontSize, options.maxFontSize = False, 0.6, -1
    options.useBWAtomPalette()
    drawer.DrawMolecule(molecule)
    drawer.FinishDrawing()
    text = drawer.GetDrawingText()
    size = SIZE.search(text)
    assert size is not None
    wide, high = (int(side) for side in size.groups())
    scale = bond / 100
    color = " ".join(f"{channel:.3f}" for channel in tone)
    parts = [f"{color} RG {color} rg {scale:.5f} 0 0 {-scale:.5f} 0 {high * scale:.3f} cm"]
    parts += [painted(path, style) for _, path, style in PATH.findall(text)]
    return Vectors("\n".join(parts), wide * scale, high * scale)


def painted(path: str, style: str) -> str:
    """Convert a path of an SVG to PDF operators.

    Args:
        path: The path's data.
        style: The path's style.

    Returns:
        The operators.
    """
    operators: list[str] = []
    here = (0.0, 0.0)
    for letter, numbers in re.findall(r"([MLQZ])([^MLQZ]*)", path):
        points = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if letter == "Z":
            operators.append("h")
            continue
        end = (points[-2], points[-1])
        if letter == "Q":
            bow = [
                (at + 2 * (points[place % 2] - at) / 3) for place, at in enumerate((*here, *end))
            ]
            operators.append(" ".join(f"{number:.2f}" for number in (*bow, *end)) + " c")
        else:
            operators.append(f"{end[0]:.2f} {end[1]:.2f} {letter.lower()}")
        here = end
    width = WIDTH.search(style)
    finish = "S" if "fill:none" in style else "B" if width else "f"
    line = f"{width.group(1)} w " if width else ""
    return f"{line}{' '.join(operators)} {finish}"


def placed(drawing: Vectors, x: float, y: float) -> str:
    """The drawing with its lower left corner at a point."""
    return f"q 1 0 0 1 {x:.2f} {y:.2f} cm\n{drawing.operators}\nQ"


def words(text: str, x: float, y: float, size: float = 11.0, tone: Tone = BLACK) -> str:
    color = " ".join(f"{channel:.3f}" for channel in tone)
    return f"BT {color} rg /F1 {size:.1f} Tf {x:.1f} {y:.1f} Td ({text}) Tj ET"


def page(
    parts: Sequence[str],
    size: tuple[float, float] = A4,
    *,
    entries: str = "",
    catalog: str = "",
    more: Sequence[bytes] = (),
) -> bytes:
    """Write a PDF of one page.

    Args:
        parts: Operators of the content.
        size: Width and height in points.
        entries: Further entries of the page.
        catalog: Further entries of the catalog.
        more: Further objects, from number 6.

    Returns:
        The file's bytes.
    """
    return pdf_file(
        [
            f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]:.2f} {size[1]:.2f}] "
            f"/Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> {entries} >>".encode(),
            stream_object("\n".join(parts).encode()),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            *more,
        ]
    )


def saved(stem: Path, content: bytes, smiles: Sequence[str]) -> Fresh:
    path = stem.with_suffix(".pdf")
    path.write_bytes(content)
    return path, " ; ".join(inchi_of(molecule) for molecule in smiles)


def form_field(hand: Hand, stem: Path) -> Fresh:
    """A drawing that is the appearance of a button or of a signature field."""
    smiles = hand.next_of(molecules.PLAIN)
    drawing = vectors(smiles, hand.between(16, 24))
    left, low = hand.between(60, 120), hand.between(300, 520)
    box = f"{left:.1f} {low:.1f} {left + drawing.width:.1f} {low + drawing.height:.1f}"
    kind = hand.next_of(("/FT /Btn /Ff 65536 /F 4", "/FT /Sig /F 132"), "field")
    field = f"<< /Type /Annot /Subtype /Widget {kind} /T (a) /Rect [{box}] /AP << /N 7 0 R >> >>"
    content = drawing.operators.encode()
    head = f"<< /Type /XObject /Subtype /Form /BBox [0 0 {drawing.width:.2f} {drawing.height:.2f}] "
    form = head.encode() + b"/Length %d >>\nstream\n%s\nendstream" % (len(content), content)
    text = words("The structure is shown in the field below.", 72, 760)
    catalog = "/AcroForm << /Fields [6 0 R] >>"
    document = page([text], entries="/Annots [6 0 R]", catalog=catalog, more=[field.encode(), form])
    return saved(stem, document, [smiles])


def full_page(hand: Hand, stem: Path) -> Fresh:
    """A large structure on a page or a slide."""
    smiles = hand.next_of((*molecules.CHIRAL, *molecules.PLAIN[:10]))
    size = hand.next_of((A4, SLIDE), "size")
    unit = vectors(smiles, 1.0)
    bond = min(0.8 * size[0] / unit.width, 0.7 * size[1] / unit.height, hand.between(55, 110))
    drawing = vectors(smiles, bond, line=hand.between(0.025, 0.06))
    x, y = (size[0] - drawing.width) / 2, (size[1] - drawing.height) / 2
    parts = [placed(drawing, x, y)]
    if hand.generator.random() < 0.5:
        parts.append(words("Structure of the compound", 40, size[1] - 40, 20))
    return saved(stem, page(parts, size), [smiles])


def several(
    hand: Hand, count: int, bond: float, *, tone: Tone = BLACK, line: float = 0.045
) -> tuple[list[str], list[str]]:
    """Text above and molecules in two columns with numbers below, on A4.

    Args:
        hand: The random choices.
        count: Number of molecules.
        bond: Bond length in points.
        tone: The color.
        line: Line width in bonds.

    Returns:
        Operators and SMILES.

    Raises:
        ValueError: If fewer molecules fit.
    """
    pool = (*molecules.PLAIN, *molecules.CHIRAL)
    order = hand.generator.permutation(len(pool))
    chosen: list[str] = []
    parts = [
        words("The compounds below were prepared as described in the general", 72, 770, 11, tone),
        words("procedure. All yields refer to isolated material.", 72, 754, 11, tone),
    ]
    for place in order.tolist():
        drawing = vectors(pool[place], bond, tone=tone, line=line)
        if drawing.width > 220 or drawing.height > 140:
            continue
        column, row = len(chosen) % 2, len(chosen) // 2
        x, y = 80 + 240 * column, 560 - 200 * row
        parts.append(placed(drawing, x, y))
        label = str(hand.number * 10 + len(chosen) + 1)
        parts.append(words(label, x + drawing.width / 2, y - 16, 10, tone))
        chosen.append(pool[place])
        if len(chosen) == count:
            return parts, chosen
    raise ValueError(f"fewer than {count} molecules fit with bonds of {bond} points")


def printed_page(hand: Hand, stem: Path) -> Fresh:
    """Small aromatic drawings, thin lines or a dark header: foreground that pages lose."""
    line = hand.next_of((0.02, 0.045, 0.06), "line")
    parts, smiles = several(hand, 4, hand.between(14.4, 20), line=line)
    if hand.generator.random() < 0.4:
        band = "0.05 0.15 0.4 rg 0 792 595 50 re f"
        parts = [band, words("Chapter 5: Analgesics", 60, 810, 16, (1, 1, 1)), *parts]
    return saved(stem, page(parts), smiles)


def inverted_block(hand: Hand, stem: Path) -> Fresh:
    """Light molecules on a dark block."""
    ground = hand.next_of(("0.1 0.2 0.5", "0 0 0", "0.3 0.1 0.3", "0.05 0.35 0.25"), "ground")
    tone = hand.next_of(((1.0, 1.0, 1.0), (1.0, 0.95, 0.6)), "tone")
    parts, smiles = several(hand, 4, hand.between(15, 20), tone=tone)
    block = f"{ground} rg 50 300 495 440 re f"
    text = parts[:2]
    dark = [words("The compounds below were prepared as described.", 72, 770)]
    return saved(stem, page([*dark, block, *parts[len(text) :]]), smiles)


def user_unit(hand: Hand, stem: Path) -> Fresh:
    """A page whose unit is several points."""
    unit = hand.next_of((2, 3, 5, 8), "unit")
    parts, smiles = several(hand, 4, hand.between(15, 20))
    shrunk = [f"{1 / unit:.6f} 0 0 {1 / unit:.6f} 0 0 cm", *parts]
    size = (A4[0] / unit, A4[1] / unit)
    return saved(stem, page(shrunk, size, entries=f"/UserUnit {unit}"), smiles)


PAGES: dict[str, Any] = {
    "C17_pdf_forms": form_field,
    "C18_fullpage_split": full_page,
    "C19_page_ink_lost": printed_page,
    "C20_inverted_block": inverted_block,
    "C21_userunit": user_unit,
}
