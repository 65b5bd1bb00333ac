"""Draw the figures of the README with the project itself.

    python docs/figures/draw.py            (or: make figures)

``levofloxacin.png`` is the picture of the README's first command, ``molecule.png`` shows it with
its overlay and its answer drawn again, ``page.png`` is the overlay of a page. Both inputs are drawn
by this project, the page with random words, so they may be passed on.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from rdkit import Chem
from rdkit.Chem.Draw import rdMolDraw2D

from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.drawn_picture import draw_picture
from inchify.reports.overlay import write_png
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.pages import PageSettings, draw_page

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Levofloxacin: fused rings, a stereocentre, letters with hydrogens.
SMILES = "C[C@H]1COc2c(N3CCN(C)CC3)c(F)cc3c(=O)c(C(=O)O)cn1c23"
# Line widths, spacings and letters of US patent applications, in bond lengths.
PATENT = DrawingStyle(
    line=0.033,
    double_spacing=0.12,
    cap=0.31,
    gap=0.1,
    face="termes",
    hash_line=0.032,
    hash_pitch=0.11,
    wedge_width=0.2,
    stack=1.2,
    mirror=True,
)
BOND_PIXELS = 48.0
FIGURE_PAGE = PageSettings(
    patent=0.0,
    table=0.0,
    journal=0.0,
    figure=1.0,
    text=0.0,
    skewed=0.0,
    quarter=0.0,
    turned=0.0,
)
GAP, TITLE, PAPER = 18, 34, 255
FONT = cv2.FONT_HERSHEY_SIMPLEX


def patent_picture(smiles: str) -> np.ndarray:
    """A bilevel drawing as a patent prints it, uint8 (H, W), black on white."""
    drawn = draw_picture(
        Chem.MolFromSmiles(smiles),
        np.random.default_rng(5),
        style=PATENT,
        bond_pixels=BOND_PIXELS,
        bilevel=True,
    )
    return np.pad(255 - drawn.intensity, 12, constant_values=PAPER)


def inchify(*words: object) -> None:
    """One command, as a user types it."""
    subprocess.run([sys.executable, "-m", "inchify", *map(str, words)], check=True)


def read(picture: Path, folder: Path) -> tuple[dict[str, str], np.ndarray, str]:
    """The table row of ``inchify predict``, its overlay (BGR) and its molfile."""
    table, sdf, seen = folder / "answers.csv", folder / "answers.sdf", folder / "seen"
    inchify("predict", picture, "--output", table, "--sdf", sdf, "--overlays", seen)
    with table.open(newline="", encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    (overlay,) = seen.iterdir()
    return row, decoded(overlay.read_bytes()), sdf.read_text(encoding="utf-8")


def decoded(png: bytes) -> np.ndarray:
    """The pixels of a PNG, BGR."""
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("this is not a picture")
    return picture


def redrawn(molfile: str, shape: tuple[int, int]) -> np.ndarray:
    """The answer in the layout of the picture, BGR of that shape."""
    molecule = Chem.MolFromMolBlock(molfile)
    if molecule is None:
        raise ValueError("the answer's molfile cannot be read")
    height, width = shape
    # RDKit's sizes of letters and lines are meant for bonds of 1.5
    for atom in range(molecule.GetNumAtoms()):
        place = molecule.GetConformer().GetAtomPosition(atom)
        molecule.GetConformer().SetAtomPosition(atom, place * (1.5 / BOND_PIXELS))
    drawer = rdMolDraw2D.MolDraw2DCairo(2 * width, 2 * height)
    options = drawer.drawOptions()
    options.useBWAtomPalette()
    options.padding = 0.05  # type: ignore[assignment]
    options.bondLineWidth = 3  # type: ignore[assignment]
    drawer.DrawMolecule(molecule)
    drawer.FinishDrawing()
    return decoded(drawer.GetDrawingText())


def without_caption(overlay: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The part of an overlay that shows the picture of that shape: above the grey rule, centred."""
    bottom = int(np.flatnonzero((overlay == 225).all(axis=(1, 2)))[0])
    width = min(overlay.shape[1], round(bottom * shape[1] / shape[0]))
    left = (overlay.shape[1] - width) // 2
    return overlay[:bottom, left : left + width]


def fitted(picture: np.ndarray, width: int) -> np.ndarray:
    """The picture at that width, BGR."""
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    height = round(picture.shape[0] * width / picture.shape[1])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def composed(panels: list[tuple[str, np.ndarray]]) -> np.ndarray:
    """Panels side by side, each below its title, BGR."""
    height = max(picture.shape[0] for _, picture in panels)
    columns = []
    for title, picture in panels:
        column = np.full((height + TITLE, picture.shape[1], 3), PAPER, np.uint8)
        top = TITLE + (height - picture.shape[0]) // 2
        column[top : top + picture.shape[0]] = picture
        cv2.putText(column, title, (6, 22), FONT, 0.55, (90, 90, 90), 1, cv2.LINE_AA)
        columns += [column, np.full((height + TITLE, GAP, 3), PAPER, np.uint8)]
    return np.hstack(columns[:-1])


def page_overlay(folder: Path) -> Path:
    """The overlay that ``inchify read`` writes for a drawn figure of nine molecules."""
    library = MoleculeLibrary.load(ROOT / "input" / "sample" / "molecules.smi.gz")
    page = draw_page(library, np.random.default_rng([3, 8]), FIGURE_PAGE)
    write_png(folder / "page.png", 255 - page.intensity)
    inchify("read", folder / "page.png", "--output", folder / "found", "--quiet")
    return folder / "found" / "overlay" / "p001.png"


def molecule_figure(picture: np.ndarray, folder: Path, width: int) -> np.ndarray:
    """Picture, overlay and answer side by side, BGR; ValueError when the answer is wrong."""
    row, overlay, molfile = read(folder / "levofloxacin.png", folder)
    if row["InChI"] != (truth := Chem.MolToInchi(Chem.MolFromSmiles(SMILES))):
        raise ValueError(f"read as {row['InChI']}, drawn was {truth}")
    print(f"{row['SMILES']}, confidence {row['confidence']}, verified {row['verified']}")
    panels = [
        ("picture", picture),
        ("what is seen, by confidence", without_caption(overlay, picture.shape)),
        ("the answer, redrawn", redrawn(molfile, picture.shape)),
    ]
    return composed([(title, fitted(panel, width)) for title, panel in panels])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=Path, default=HERE, help="the folder to write")
    parser.add_argument("--width", type=int, default=420, help="of a panel, in pixels")
    args = parser.parse_args()
    picture = patent_picture(SMILES)
    write_png(args.output / "levofloxacin.png", picture)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_png(folder / "levofloxacin.png", picture)
        write_png(args.output / "molecule.png", molecule_figure(picture, folder, args.width))
        shutil.copyfile(page_overlay(folder), args.output / "page.png")
    for path in sorted(args.output.glob("*.png")):
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
