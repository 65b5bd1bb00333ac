"""Our own drawer: the graph says what is drawn, random molecules can be drawn, foreground stands
where the graph says."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rdkit")

from rdkit import Chem, rdBase

from inchify.rendering.depictor import DrawingStyle, depict, random_style
from inchify.rendering.depictor.glyphs import FACES, FONT_FOLDER, PRINT_FACES, PRINT_FOLDER, glyph
from inchify.rendering.depictor.labels import long_runs
from inchify.rendering.drawn_picture import draw_picture
from inchify.rendering.indigo import DrawingError
from inchify.types import MoleculeGraph

SMILES = Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz"
# Bond kinds -> type and CFG of a V3000 block.
BLOCK_BONDS = {
    **{"single": (1, 0), "bold": (1, 0), "wavy": (1, 2), "wedge": (1, 1), "hash": (1, 3)},
    **{"double": (2, 0), "triple": (3, 0)},
}


def molecules(count: int, seed: int) -> list[str]:
    lines = gzip.decompress(SMILES.read_bytes()).decode().split()
    return [str(one) for one in np.random.default_rng(seed).choice(lines, count, replace=False)]


def inchi_of(graph: MoleculeGraph, scale: float) -> str:
    """InChI of a graph without long labels, by way of a molfile."""
    valence = [0] * len(graph.atoms)
    bonds = []
    for number, bond in enumerate(graph.bonds, 1):
        order, mark = BLOCK_BONDS[bond.kind]
        valence[bond.begin] += order
        valence[bond.end] += order
        bonds.append(f"M  V30 {number} {order} {bond.begin + 1} {bond.end + 1} CFG={mark}")
    atoms = []
    for number, atom in enumerate(graph.atoms, 1):
        line = f"M  V30 {number} {atom.symbol} {atom.x / scale:.4f} {-atom.y / scale:.4f} 0 0"
        line += f" CHG={atom.charge}" + (f" MASS={atom.isotope}" if atom.isotope else "")
        if atom.hydrogens is not None:
            line += f" VAL={(valence[number - 1] + atom.hydrogens) or -1}"
        atoms.append(line)
    head = ["", "", "", "  0  0  0     0  0            999 V3000", "M  V30 BEGIN CTAB"]
    head.append(f"M  V30 COUNTS {len(atoms)} {len(bonds)} 0 0 0")
    block = [*head, "M  V30 BEGIN ATOM", *atoms, "M  V30 END ATOM", "M  V30 BEGIN BOND", *bonds]
    block += ["M  V30 END BOND", "M  V30 END CTAB", "M  END"]
    molecule = Chem.MolFromMolBlock("\n".join(block))
    return "" if molecule is None else str(Chem.MolToInchi(molecule))


def test_the_graph_is_the_molecule_that_is_drawn() -> None:
    generator = np.random.default_rng(7)
    good = total = failed = 0
    with rdBase.BlockLogs():
        for smiles in molecules(150, 3):
            style = replace(random_style(generator), aromatic="kekule")
            molecule = Chem.MolFromSmiles(smiles)
            try:
                picture = draw_picture(
                    molecule, generator, style=style, bond_pixels=12.0, with_inchi=True
                )
            except DrawingError:
                failed += 1
                continue
            total += 1
            good += inchi_of(picture.graph, 12.0) == picture.inchi
    assert failed <= 6
    assert good >= 0.98 * total


def test_ink_stands_along_bonds_and_in_boxes() -> None:
    generator = np.random.default_rng(1)
    for smiles in molecules(25, 5):
        style = replace(random_style(generator), clutter=False, crossing_gap=0.0)
        try:
            picture = draw_picture(
                Chem.MolFromSmiles(smiles), generator, style=style, bond_pixels=20.0
            )
        except DrawingError:
            continue
        intensity, graph = picture.intensity, picture.graph
        for bond in graph.bonds:
            a, b = graph.atoms[bond.begin], graph.atoms[bond.end]
            x, y = int((a.x + b.x) / 2), int((a.y + b.y) / 2)
            assert intensity[max(0, y - 4) : y + 5, max(0, x - 4) : x + 5].any()
        for atom in graph.atoms:
            if atom.box:
                left, top, right, bottom = atom.box
                assert left < atom.x < right and top < atom.y < bottom
                inside = intensity[int(top) : int(bottom) + 1, int(left) : int(right) + 1]
                assert inside[0].any() or inside[1].any()
                assert inside[:, 0].any() or inside[:, 1].any()


def test_labels_are_told_as_they_are_written() -> None:
    style, generator = DrawingStyle(), np.random.default_rng(0)
    molecule = Chem.MolFromSmiles("*CC[NH3+]")
    molecule.GetAtomWithIdx(0).SetProp("label", "CO2Et")
    molecule.GetAtomWithIdx(0).SetProp("label_reversed", "EtO2C")
    texts = set()
    for mirror in (False, True):
        graph = depict(molecule, replace(style, mirror=mirror), generator).graph
        ester, amine = graph.atoms[0], graph.atoms[3]
        assert ester.symbol == "" and amine.symbol == "N"
        assert (amine.charge, amine.hydrogens, graph.atoms[1].text) == (1, 3, "")
        assert (ester.text == "EtO2C") == (ester.x < graph.atoms[1].x)
        texts |= {ester.text, amine.text}
    assert texts == {"CO2Et", "EtO2C", "NH3+", "H3N+"}
    deuterated = depict(Chem.MolFromSmiles("[2H][13CH2]O"), style, generator).graph
    assert deuterated.atoms[0].text == "D"
    assert deuterated.atoms[1].isotope == 13 and deuterated.atoms[1].text.startswith("13C")


def test_long_labels_lower_their_counts() -> None:
    assert long_runs("CO2Et") == [
        ("C", "plain"),
        ("O", "plain"),
        ("2", "sub"),
        ("E", "plain"),
        ("t", "plain"),
    ]
    assert long_runs("t-Bu")[1] == ("-", "plain")
    assert long_runs("BF3-")[-1] == ("-", "super")


def test_wedges_begin_at_the_stereo_center() -> None:
    generator = np.random.default_rng(2)
    molecule = Chem.MolFromSmiles("C[C@H](O)CC")
    for _ in range(20):
        style = replace(random_style(generator), stereo_hydrogen_chance=0.0)
        graph = depict(molecule, style, generator).graph
        marked = [bond for bond in graph.bonds if bond.kind in ("wedge", "hash")]
        assert marked and all(bond.begin == 1 for bond in marked)


@pytest.mark.parametrize("smiles", ["", "[Cu]$[Cu]"])
def test_what_cannot_be_drawn_says_so(smiles: str) -> None:
    with pytest.raises(DrawingError):
        depict(Chem.MolFromSmiles(smiles), DrawingStyle(), np.random.default_rng(0))


def test_every_font_has_its_letters_and_is_small() -> None:
    for face in (*FACES, *PRINT_FACES):
        for character in "ABCXYZabcxyz019()+-[],.'=*@#/:;%αβγδ−":
            assert glyph(face, character).advance > 0
    files = [path for folder in (FONT_FOLDER, PRINT_FOLDER) for path in folder.glob("*.ttf")]
    assert len(files) == 9 and all(path.stat().st_size < 20_000 for path in files)
    assert all((path.parent / "LICENSE").exists() for path in files)
    with pytest.raises(ValueError, match="face"):
        glyph("comic", "A")


def test_equal_seeds_give_equal_pictures() -> None:
    molecule = Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O")
    one, other = (draw_picture(molecule, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one.intensity, other.intensity) and one.graph == other.graph
