"""Fischer and Haworth projections say their stereo by shape; ordinary drawings are left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.chemistry.drawn_graphs import drawn_graph, sample_smiles

from inchify.chemistry.convert import inchi_of_smiles
from inchify.chemistry.molecule import read_molecule
from inchify.chemistry.molecule_expansion import expand
from inchify.chemistry.stereo.projections import CHAIR, FISCHER, HAWORTH, unprojected
from inchify.types import BondKind, GraphAtom, GraphBond, MoleculeGraph

LABELS = {"OH": ("O", 1), "HO": ("O", 1), "H": ("H", 0), "NH2": ("N", 2), "H2N": ("N", 2)}
LABELS |= {"O": ("O", 0), "Cl": ("Cl", 0), "CH3": ("C", 3)}
# Where a Haworth ring's atoms stand, y down; the oxygen is the first.
PYRANOSE = ((14, -12), (36, 0), (16, 14), (-16, 14), (-36, 0), (-14, -12))
FURANOSE = ((0, -16), (28, -2), (14, 14), (-14, 14), (-28, -2))
# A chair's atoms, the oxygen first, and where what points aside at C1 to C5 stands.
CHAIR_RING = ((22, -13), (49, 9), (22, 5), (-22, 10), (-49, -11), (-22, -8))
ASIDE = ((24, -4), (18, 15), (-22, 4), (-22, 5), (-16, -14))


class Sketch:
    """A graph that is put down atom by atom."""

    def __init__(self) -> None:
        self.atoms: list[GraphAtom] = []
        self.bonds: list[GraphBond] = []

    def put(
        self, x: float, y: float, text: str = "", to: int | None = None, kind: BondKind = "single"
    ) -> int:
        atom = GraphAtom(x, y)
        if text:
            symbol, hydrogens = LABELS[text]
            atom = replace(atom, symbol=symbol, text=text, hydrogens=hydrogens)
        self.atoms.append(atom)
        if to is not None:
            self.bonds.append(GraphBond(to, len(self.atoms) - 1, kind))
        return len(self.atoms) - 1

    def end(self, x: float, y: float, way: int, text: str, to: int) -> None:
        """CHO, COOH, CH2OH or a label at the end of a chain; ``way`` is 1 downwards."""
        if text in LABELS:
            self.put(x, y, text, to)
            return
        place = self.put(x, y, "", to)
        if text != "CH2OH":
            self.put(x + 17, y + 10 * way, "O", place, "double")
        if text != "CHO":
            self.put(x - 17, y + 10 * way, "OH", place)

    def graph(self) -> MoleculeGraph:
        return MoleculeGraph(tuple(self.atoms), tuple(self.bonds))


def fischer(top: str, rows: list[str], bottom: str) -> MoleculeGraph:
    """A chain downwards; a row is ``left right``."""
    sketch, before, first = Sketch(), None, 0
    for number, row in enumerate(rows):
        here = sketch.put(0, 20 * number, "", before)
        for text, x in zip(row.split(), (-20, 20), strict=True):
            sketch.put(x, 20 * number, text, here)
        before = here
    assert before is not None
    sketch.end(0, -20, -1, top, first)
    sketch.end(0, 20 * len(rows), 1, bottom, before)
    return sketch.graph()


def haworth(above: str, below: str, *, bold: bool, furanose: bool = False) -> MoleculeGraph:
    """A ring with labels above and below C1, C2, ...; ``-`` is nothing."""
    places = FURANOSE if furanose else PYRANOSE
    sketch = Sketch()
    for number, (x, y) in enumerate(places):
        sketch.put(x, y, "" if number else "O")
    front: dict[int, BondKind] = {1: "wedge", 2: "bold", 3: "wedge"}
    count = len(places)
    for number in range(count):
        ends = (number, (number + 1) % count)
        kind = front.get(number, "single") if bold else "single"
        sketch.bonds.append(GraphBond(*(ends[::-1] if number == 3 else ends), kind))
    for texts, way in ((above, -1), (below, 1)):
        for place, text in enumerate(texts.split(), 1):
            if text != "-":
                x, y = places[place]
                sketch.end(x, y + 20 * way, way, text, place)
    return sketch.graph()


@pytest.mark.parametrize(
    ("top", "rows", "bottom", "smiles"),
    [
        ("CHO", "H OH", "CH2OH", "OC[C@@H](O)C=O"),
        ("CHO", "HO H", "CH2OH", "OC[C@H](O)C=O"),
        ("CHO", "H OH|HO H|H OH|H OH", "CH2OH", "O=C[C@H](O)[C@@H](O)[C@H](O)[C@H](O)CO"),
        ("CHO", "H OH|HO H|HO H|H OH", "CH2OH", "O=C[C@H](O)[C@@H](O)[C@@H](O)[C@H](O)CO"),
        ("COOH", "H2N H", "CH3", "C[C@H](N)C(=O)O"),
        ("COOH", "H OH|HO H", "COOH", "O[C@H]([C@@H](O)C(=O)O)C(=O)O"),
        ("COOH", "H OH|H OH", "COOH", "O[C@@H]([C@@H](O)C(=O)O)C(=O)O"),
        ("COOH", "H Cl", "CH3", "C[C@@H](Cl)C(=O)O"),
    ],
)
def test_sides_of_a_cross_point_to_the_viewer(
    top: str, rows: str, bottom: str, smiles: str
) -> None:
    drawn = fischer(top, rows.split("|"), bottom)
    reading = read_molecule(drawn)
    assert (reading.inchi, reading.projection) == (inchi_of_smiles(smiles), FISCHER)
    tilted = MoleculeGraph(
        tuple(replace(a, x=a.x + 0.1 * a.y, y=a.y - 0.1 * a.x) for a in drawn.atoms), drawn.bonds
    )
    assert read_molecule(tilted).inchi == reading.inchi
    plain = tuple(
        replace(a, text="CH3", symbol="C", hydrogens=3) if a.symbol == "H" else a
        for a in drawn.atoms
    )
    assert read_molecule(replace(drawn, atoms=plain)).projection == ""


@pytest.mark.parametrize("bold", [True, False])
@pytest.mark.parametrize(
    ("above", "below", "smiles"),
    [
        ("OH - OH - CH2OH", "- OH - OH -", "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"),
        ("- - OH - CH2OH", "OH OH - OH -", "OC[C@H]1O[C@H](O)[C@H](O)[C@@H](O)[C@@H]1O"),
        ("OH - OH OH CH2OH", "- OH - - -", "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@H]1O"),
        ("OH H OH H CH2OH", "H OH H OH H", "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"),
        ("H H OH H CH2OH", "OH NH2 H OH H", "OC[C@H]1O[C@H](O)[C@H](N)[C@@H](O)[C@@H]1O"),
    ],
)
def test_what_points_up_is_above_a_haworth_ring(
    above: str, below: str, smiles: str, bold: bool
) -> None:
    reading = read_molecule(haworth(above, below, bold=bold))
    assert (reading.inchi, reading.projection) == (inchi_of_smiles(smiles), HAWORTH)


def test_a_furanose() -> None:
    drawn = haworth("OH - - CH2OH", "- OH OH -", bold=False, furanose=True)
    assert read_molecule(drawn).inchi == inchi_of_smiles("OC[C@H]1O[C@@H](O)[C@H](O)[C@@H]1O")


def test_ordinary_drawings_are_no_projections() -> None:
    texts = sample_smiles(200, np.random.default_rng(8))
    texts += ["CC(C)(C)C", "CC1(C)CCOC1", "OC1CCOC1(C)C", "[2H]C([2H])([2H])O", "C[Si](C)(C)C"]
    texts += ["OC[C@H]1O[C@H](O)[C@H](O)[C@@H](O)[C@@H]1O", "FC(F)(F)C(O)(C(F)(F)F)C(F)(F)F"]
    for number, text in enumerate(texts):
        drawn = drawn_graph(text, hydrogens=number % 2 == 0)
        assert unprojected(drawn) == type(unprojected(drawn))(drawn)


def test_two_haworth_rings_share_an_oxygen() -> None:
    """Beta-maltose: the first ring's bond to the second goes down, the second's too."""
    sketch = Sketch()
    rings = []
    for shift, labels in ((0, "OH OH OH"), (110, "OH OH -")):
        rings.append(len(sketch.atoms))
        for number, (x, y) in enumerate(PYRANOSE):
            sketch.put(x + shift, y, "" if number else "O")
        for number in range(6):
            sketch.bonds.append(GraphBond(rings[-1] + number, rings[-1] + (number + 1) % 6))
        for place, way, text in zip((2, 3, 4), (1, -1, 1), labels.split(), strict=True):
            if text != "-":
                x, y = PYRANOSE[place]
                sketch.put(x + shift, y + 20 * way, text, rings[-1] + place)
        sketch.end(PYRANOSE[5][0] + shift, PYRANOSE[5][1] - 20, -1, "CH2OH", rings[-1] + 5)
    sketch.put(PYRANOSE[1][0] + 110, PYRANOSE[1][1] - 20, "OH", rings[1] + 1)
    bridge = sketch.put(55, 22, "O", rings[0] + 1)
    sketch.bonds.append(GraphBond(rings[1] + 4, bridge))
    reading = read_molecule(sketch.graph())
    maltose = "OC[C@H]1O[C@H](O[C@H]2[C@H](O)[C@@H](O)[C@H](O)O[C@@H]2CO)[C@H](O)[C@@H](O)[C@@H]1O"
    assert (reading.inchi, reading.projection) == (inchi_of_smiles(maltose), HAWORTH)


def chair(above: str, below: str) -> MoleculeGraph:
    """A chair with labels above and below C1, C2, ...; ``-`` is nothing."""
    sketch = Sketch()
    for number, (x, y) in enumerate(CHAIR_RING):
        sketch.put(x, y, "" if number else "O")
    sketch.bonds.extend(GraphBond(number, (number + 1) % 6) for number in range(6))
    for texts, way in ((above, -1), (below, 1)):
        for place, text in enumerate(texts.split(), 1):
            if text != "-":
                x, y = CHAIR_RING[place]
                upright = way == (1 if place % 2 else -1)
                out_x, out_y = (0, 22 * way) if upright else ASIDE[place - 1]
                sketch.end(x + out_x, y + out_y, way, text, place)
    return sketch.graph()


@pytest.mark.parametrize(
    ("above", "below", "smiles"),
    [
        ("OH - OH - CH2OH", "- OH - OH -", "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"),
        ("- - OH - CH2OH", "OH OH - OH -", "OC[C@H]1O[C@H](O)[C@H](O)[C@@H](O)[C@@H]1O"),
        ("OH - OH OH CH2OH", "- OH - - -", "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@H]1O"),
        ("OH H OH H CH2OH", "H NH2 H OH H", "OC[C@H]1O[C@@H](O)[C@H](N)[C@@H](O)[C@@H]1O"),
        ("OH - OH - -", "- OH - OH -", "O[C@@H]1CO[C@@H](O)[C@H](O)[C@H]1O"),
    ],
)
def test_the_corners_of_a_chair_say_what_is_above(above: str, below: str, smiles: str) -> None:
    drawn = chair(above, below)
    reading = read_molecule(drawn)
    assert (reading.inchi, reading.projection) == (inchi_of_smiles(smiles), CHAIR)
    assert not reading.error


def test_what_leaves_its_stereo_open_is_named() -> None:
    drawn = chair("OH - OH - CH2OH", "- OH - OH -")
    place = next(b.end for b in drawn.bonds if b.begin == 2 and b.end > 5)
    atoms = list(drawn.atoms)
    # at C2, which lies above, a bond that rises steeply aside
    atoms[place] = replace(atoms[place], x=atoms[2].x + 14, y=atoms[2].y - 18)
    found = read_molecule(replace(drawn, atoms=tuple(atoms)))
    assert "/t" not in found.inchi and found.error == "chair: its stereo could not be read"
    level = haworth("OH - OH - CH2OH", "- OH - OH -", bold=False)
    atoms = list(level.atoms)
    place = next(b.end for b in level.bonds if b.begin == 1 and b.end > 5)
    atoms[place] = replace(atoms[place], x=56, y=0)
    found = read_molecule(replace(level, atoms=tuple(atoms)))
    assert "/t" not in found.inchi
    assert found.error == "Haworth projection: its stereo could not be read"


@pytest.mark.parametrize(("top", "left"), [("COOH", -8), ("HOOC", -8), ("CHO", -8)])
def test_a_wide_label_stands_above_by_its_letter(top: str, left: int) -> None:
    """The middle of a label above a cross is beside it; the letter above the cross is bonded."""
    label = GraphAtom(left + 6 * len(top), -28, "", top, box=(left, -36, left + 12 * len(top), -20))
    sketch = Sketch()
    center = sketch.put(0, 0)
    for x, text in ((-20, "H"), (20, "OH")):
        sketch.put(x, 0, text, center)
    sketch.put(0, 20, "CH3", center)
    sketch.atoms.append(label)
    sketch.bonds.append(GraphBond(center, len(sketch.atoms) - 1))
    group = {"COOH": "*C(=O)O", "HOOC": "*C(=O)O", "CHO": "*C=O"}[top]
    reading = read_molecule(expand(sketch.graph(), {len(sketch.atoms) - 1: group}))
    assert reading.projection == FISCHER and "/t" in reading.inchi
