"""A clean drawing's own graph may be verified; what it does not explain forbids that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from inchify.benchmarks.verification.words import render_text
from inchify.chemistry.convert import quiet_chem
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.drawn_picture import DrawnPicture, draw_picture
from inchify.types import BondKind, GraphAtom, GraphBond, MoleculeGraph
from inchify.verification.graph_match.match import inspected
from inchify.verification.objections.corners import (
    CornerSettings,
    foreground_beside_strokes,
    lettered_corners,
    parted_corners,
    straight_corners,
    twin_ends,
)
from inchify.verification.objections.label_agreement import (
    LabelTexts,
    is_caption,
    is_rare,
    written_forms,
)
from inchify.verification.objections.lost_lines import (
    LostLineSettings,
    has_only_parallel_strokes,
    vanished_lines,
)
from inchify.verification.objections.objections import Objection, objections
from inchify.verification.objections.plain_bonds import StrokeSettings, doubtful_strokes
from inchify.verification.objections.possible_centers import possible_centers
from inchify.verification.objections.second_lines import doubtful_lines
from inchify.verification.objections.wedges import WedgeSettings, doubtful_wedges

STYLE = DrawingStyle(line=0.05, hash_line=0.03, wedge_width=0.2)


def drawn(smiles: str, bond: float = 40.0, seed: int = 1) -> DrawnPicture:
    molecule = quiet_chem().MolFromSmiles(smiles)
    generator = np.random.default_rng(seed)
    return draw_picture(molecule, generator, style=STYLE, bond_pixels=bond, bilevel=False)


def against(
    intensity: np.ndarray, graph: MoleculeGraph, texts: LabelTexts | None = None, **more: object
) -> list[Objection]:
    inspection = inspected(intensity, graph)
    assert inspection is not None
    return objections(intensity, inspection, texts=texts, **more)  # type: ignore[arg-type]


def reading(*found: str) -> LabelTexts:
    """A reader that reads every crop as these texts, in turn."""

    def texts(crops: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        return [(found[place % len(found)], 0.99) for place in range(len(crops))]

    return texts


@pytest.mark.parametrize("smiles", ["CCCc1ccc(F)cc1", "C[C@H](Cl)c1ccccc1", "C1CCC(CC1)C1CCCC1"])
@pytest.mark.parametrize("bond", [24.0, 40.0, 70.0])
def test_a_drawings_own_graph_has_no_objections(smiles: str, bond: float) -> None:
    picture = drawn(smiles, bond)
    assert against(picture.intensity, picture.graph) == []


@pytest.mark.parametrize("bond", [20.0, 40.0, 70.0])
@pytest.mark.parametrize("kind", ["hash", "wedge"])
def test_a_wedge_that_is_read_as_a_plain_bond(bond: float, kind: str) -> None:
    found = 0
    for smiles in ("C[C@H](Cl)c1ccccc1", "C[C@@H](Cl)c1ccccc1", "CC[C@H](F)C1CCCC1"):
        picture = drawn(smiles, bond)
        if kind not in {one.kind for one in picture.graph.bonds}:
            continue
        bonds = tuple(
            replace(one, kind="single") if one.kind == kind else one for one in picture.graph.bonds
        )
        told = against(picture.intensity, MoleculeGraph(picture.graph.atoms, bonds))
        assert told, (smiles, bond)
        found += 1
    assert found


@pytest.mark.parametrize("bond", [18.0, 24.0, 40.0])
@pytest.mark.parametrize("kind", ["hash", "wedge"])
def test_a_wedge_that_is_read_as_the_other_kind(bond: float, kind: str) -> None:
    found = 0
    for smiles in ("C[C@H](Cl)c1ccccc1", "C[C@@H](Cl)c1ccccc1", "CC[C@H](F)C1CCCC1"):
        picture = drawn(smiles, 3 * bond)
        if kind not in {one.kind for one in picture.graph.bonds}:
            continue
        # the bars of a hashed wedge melt together where a picture is reduced
        intensity = cv2.resize(
            picture.intensity, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA
        )
        atoms = tuple(replace(a, x=a.x / 3, y=a.y / 3) for a in picture.graph.atoms)
        other: BondKind = "wedge" if kind == "hash" else "hash"
        bonds = tuple(
            replace(one, kind=other) if one.kind == kind else one for one in picture.graph.bonds
        )
        inspection = inspected(intensity, MoleculeGraph(atoms, bonds))
        assert inspection is not None
        assert list(doubtful_wedges(intensity, inspection, WedgeSettings())), (smiles, bond)
        found += 1
    assert found


def test_a_stereo_bond_as_long_as_two_or_from_no_center() -> None:
    picture = drawn("C[C@H](Cl)c1ccccc1")
    number, bond = next((n, b) for n, b in enumerate(picture.graph.bonds) if b.kind != "single")
    atoms, bonds = list(picture.graph.atoms), list(picture.graph.bonds)
    begin, end = atoms[bond.begin], atoms[bond.end]

    def doubts() -> list[str]:
        inspection = inspected(picture.intensity, MoleculeGraph(tuple(atoms), tuple(bonds)))
        assert inspection is not None
        found = doubtful_wedges(picture.intensity, inspection, WedgeSettings())
        return [why for place, why in found if place == number]

    assert doubts() == []
    x, y = (2 * getattr(end, one) - getattr(begin, one) for one in "xy")
    atoms[bond.end] = replace(end, x=x, y=y, box=None)
    assert "longer than a bond" in doubts()
    atoms[bond.end] = end
    ring = next(n for n, one in enumerate(bonds) if one.kind == "double")
    bonds[number] = replace(bond, begin=bonds[ring].begin)
    assert "its narrow end is no centre" in doubts()


def test_a_bond_and_an_atom_too_few() -> None:
    picture = drawn("CCCc1ccc(F)cc1")
    last = next(n for n, atom in enumerate(picture.graph.atoms) if atom.symbol == "F")
    kept = [n for n in range(len(picture.graph.atoms)) if n != last]
    number = {old: new for new, old in enumerate(kept)}
    bonds = tuple(
        replace(one, begin=number[one.begin], end=number[one.end])
        for one in picture.graph.bonds
        if last not in (one.begin, one.end)
    )
    graph = MoleculeGraph(tuple(picture.graph.atoms[n] for n in kept), bonds)
    assert "unexplained foreground" in {one.kind for one in against(picture.intensity, graph)}


def test_text_beside_forbids_until_it_is_known() -> None:
    picture = drawn("CCCc1ccc(F)cc1")
    text = render_text("TFA", 16.0, np.random.default_rng(2))
    height, width = picture.intensity.shape
    intensity = np.zeros((height + 60, max(width, text.shape[1] + 20)), np.uint8)
    intensity[:height, :width] = picture.intensity
    intensity[height + 15 : height + 15 + text.shape[0], 10 : 10 + text.shape[1]] = text
    assert [one.kind for one in against(intensity, picture.graph)] == ["text beside"]
    assert [one.kind for one in against(intensity, picture.graph, reading("TFA"))] == [
        "text beside"
    ]
    box = (0.0, float(height), float(intensity.shape[1]), float(intensity.shape[0]))
    assert against(intensity, picture.graph, explained_boxes=[box]) == []
    assert against(intensity, picture.graph, reading("12a")) == []


def test_a_label_that_is_read_otherwise() -> None:
    picture = drawn("CCCc1ccc(O)cc1")
    assert against(picture.intensity, picture.graph, reading("HO")) == []
    (told,) = against(picture.intensity, picture.graph, reading("TfO"))
    assert told.kind == "label" and "TfO" in told.detail


def test_rare_elements_need_a_second_reading() -> None:
    picture = drawn("CCC[Se]c1ccccc1")
    assert [one.kind for one in against(picture.intensity, picture.graph)] == ["label"]
    assert against(picture.intensity, picture.graph, reading("Se")) == []
    assert [one.kind for one in against(picture.intensity, picture.graph, reading("S"))] == [
        "label"
    ]


def test_a_drawing_cut_through_is_not_whole() -> None:
    picture = drawn("CCCCCCc1ccccc1")
    graph = picture.graph
    ends = [
        n for n in range(len(graph.atoms)) if sum(n in (b.begin, b.end) for b in graph.bonds) == 1
    ]
    (end,) = ends
    (bond,) = (one for one in graph.bonds if end in (one.begin, one.end))
    other = graph.atoms[bond.begin + bond.end - end]
    x = (graph.atoms[end].x + other.x) / 2
    y = (graph.atoms[end].y + other.y) / 2
    left = graph.atoms[end].x < other.x
    atoms = list(graph.atoms)
    atoms[end] = replace(atoms[end], x=x, y=y)
    shift = float(int(x)) if left else 0.0
    intensity = picture.intensity[:, int(x) :] if left else picture.intensity[:, : int(x)]
    cut = MoleculeGraph(tuple(atoms), graph.bonds).moved(1.0, (-shift, 0.0))
    assert "cut off" in {one.kind for one in against(np.ascontiguousarray(intensity), cut)}


def test_what_a_label_may_be_read_as() -> None:
    amine = GraphAtom(0, 0, "N", "NH2", hydrogens=2)
    assert {"NH2", "H2N"} <= written_forms(amine) and "N" not in written_forms(amine)
    heavy = GraphAtom(0, 0, "N", "15NH2", hydrogens=2, isotope=15)
    assert is_rare(heavy, 1) and written_forms(heavy).isdisjoint(written_forms(amine))
    iodine = GraphAtom(0, 0, "I", "I")
    assert not is_rare(iodine, 1) and is_rare(iodine, 3)


@pytest.mark.parametrize(("text", "known"), [("12a", True), ("(3)", True), ("2 HCl", False)])
def test_numbers_of_compounds_are_captions(text: str, known: bool) -> None:
    assert is_caption([(text, 0.9)]) is known
    assert not is_caption([(text, 0.2)])


def test_centers_that_no_wedge_marks() -> None:
    marked = drawn("C[C@H](Cl)c1ccccc1").graph
    assert not possible_centers(marked).any()
    plain = MoleculeGraph(
        marked.atoms,
        tuple(
            replace(b, kind="single") if b.kind in ("hash", "wedge") else b for b in marked.bonds
        ),
    )
    assert possible_centers(plain).sum() == 1


def test_hydrogens_that_nobody_wrote_forbid() -> None:
    picture = drawn("CCCc1ccc(O)cc1")
    bare = MoleculeGraph(
        tuple(
            replace(atom, text="O", hydrogens=0) if atom.symbol == "O" else atom
            for atom in picture.graph.atoms
        ),
        picture.graph.bonds,
    )
    # a lost charge and a lost bond look like this
    (told,) = against(picture.intensity, bare, reading("O"))
    assert told.kind == "label" and "hydrogens" in told.detail
    ether = drawn("CCOCC")
    assert against(ether.intensity, ether.graph, reading("O")) == []


def without_a_hydrogen(smiles: str, bond: float = 40.0) -> tuple[np.ndarray, MoleculeGraph]:
    """The ink and graph of a drawing in which the H beside one NH is wiped out."""
    picture = drawn(smiles, bond)
    intensity, atoms = picture.intensity.copy(), list(picture.graph.atoms)
    number = next(n for n, atom in enumerate(atoms) if atom.symbol == "N")
    box = atoms[number].box
    assert box is not None
    kept = list(box)
    # the letters stand side by side or one over the other
    level, upright = (0, 2, atoms[number].x), (1, 3, atoms[number].y)
    first, last, at = level if box[2] - box[0] > box[3] - box[1] else upright
    middle = box[first] + (box[last] - box[first]) * (0.44 if first == 0 else 0.5)
    kept[last if at < middle else first] = middle
    intensity[int(box[1]) : int(box[3]) + 1, int(box[0]) : int(box[2]) + 2] = 0
    window = slice(round(kept[1]), round(kept[3]) + 1), slice(round(kept[0]), round(kept[2]) + 1)
    intensity[window] = picture.intensity[window]
    whole = (kept[0], kept[1], kept[2], kept[3])
    atoms[number] = replace(atoms[number], text="N", hydrogens=0, box=whole)
    return intensity, MoleculeGraph(tuple(atoms), picture.graph.bonds)


def test_nitrogens_may_all_be_written_without_their_hydrogen() -> None:
    intensity, graph = without_a_hydrogen("C1CCNCC1")
    assert against(intensity, graph, reading("N")) == []
    (told,) = against(intensity, graph, reading("O"))
    assert told.kind == "label" and "read 'O'" in told.detail
    (told,) = against(intensity, graph)
    assert told.detail == "never read a second time"


def test_what_is_read_as_nh_and_written_as_n_is_inspected_as_n() -> None:
    def inspected_labels(intensity: np.ndarray, graph: MoleculeGraph) -> list[str]:
        inspection = inspected(intensity, graph)
        assert inspection is not None
        return [atom.text for atom in inspection.graph.atoms if atom.symbol == "N"]

    intensity, graph = without_a_hydrogen("C1CCNCC1")
    told = tuple(
        replace(atom, text="NH", hydrogens=1) if atom.symbol == "N" else atom
        for atom in graph.atoms
    )
    assert inspected_labels(intensity, MoleculeGraph(told, graph.bonds)) == ["N"]
    for smiles in ("C1CCNCC1", "CCNCC"):
        picture = drawn(smiles)
        assert inspected_labels(picture.intensity, picture.graph) in (["NH"], ["HN"])


def test_a_nitrogen_without_hydrogen_beside_one_with_it_forbids() -> None:
    told = against(*without_a_hydrogen("C1CCNC(C1)C1CCNCC1"), reading("NH"))
    assert [one.detail for one in told] == ["'N' wants hydrogens that are not written"]


def test_a_nitrogen_whose_third_line_may_have_vanished_forbids() -> None:
    intensity, graph = without_a_hydrogen("C1CCNCC1", 22.0)
    bilevel = np.where(intensity > 127, 255, 0).astype(np.uint8)
    told = against(bilevel, graph, reading("N"))
    assert "'N' wants hydrogens that are not written" in [one.detail for one in told]


def test_elements_that_nobody_draws_forbid() -> None:
    picture = drawn("C[Se]c1ccccc1")
    graph = MoleculeGraph(
        tuple(
            replace(atom, symbol="Lr", text="Lr") if atom.symbol == "Se" else atom
            for atom in picture.graph.atoms
        ),
        picture.graph.bonds,
    )
    (told,) = against(picture.intensity, graph, reading("Lr"))
    assert "hardly ever drawn" in told.detail


def test_a_second_reading_must_be_sure_of_rare_labels() -> None:
    picture = drawn("CCCc1ccc([Se]C)cc1")

    def unsure(crops: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        return [("Se", 0.5)] * len(crops)

    assert [one.kind for one in against(picture.intensity, picture.graph, unsure)] == ["label"]


def test_a_letter_of_one_stroke_where_bonds_do_not_meet() -> None:
    picture = drawn("CI(Cl)c1ccccc1", 40.0)
    graph = MoleculeGraph(
        tuple(
            replace(atom, symbol="C", text="", hydrogens=None, box=None)
            if atom.symbol == "I"
            else atom
            for atom in picture.graph.atoms
        ),
        picture.graph.bonds,
    )
    inspection = inspected(picture.intensity, graph)
    assert inspection is not None
    iodine = next(n for n, atom in enumerate(picture.graph.atoms) if atom.symbol == "I")
    assert parted_corners(picture.intensity, inspection) == [iodine]
    whole = drawn("CC(Cl)c1ccccc1", 40.0)
    inspection = inspected(whole.intensity, whole.graph)
    assert inspection is not None and parted_corners(whole.intensity, inspection) == []


def test_an_atom_more_on_the_stroke_to_a_label() -> None:
    picture = drawn("CCCc1ccc(F)cc1")
    label = next(n for n, atom in enumerate(picture.graph.atoms) if atom.symbol == "F")
    bond = next(one for one in picture.graph.bonds if label in (one.begin, one.end))
    ends = [picture.graph.atoms[one] for one in (bond.begin, bond.end)]
    share = 0.4 if bond.end == label else 0.6
    x, y = (getattr(ends[0], a) * (1 - share) + getattr(ends[1], a) * share for a in "xy")
    atoms = (*picture.graph.atoms, GraphAtom(x, y))
    halves = (replace(bond, end=len(atoms) - 1), replace(bond, begin=len(atoms) - 1))
    bonds = (*(one for one in picture.graph.bonds if one != bond), *halves)
    inspection = inspected(picture.intensity, MoleculeGraph(atoms, bonds))
    assert inspection is not None
    assert list(straight_corners(inspection)) == [len(atoms) - 1]
    assert "a stroke does not bend" in [
        one.detail for one in objections(picture.intensity, inspection)
    ]


def test_a_ring_of_three_that_is_taken_apart() -> None:
    """Its corner is read as the ends of two bonds that do not meet."""
    picture = drawn("ClCC1CS1")
    whole = inspected(picture.intensity, picture.graph)
    assert whole is not None and twin_ends(whole) == []
    sulphur = next(n for n, atom in enumerate(picture.graph.atoms) if atom.symbol == "S")
    bond = next(
        bond
        for bond in picture.graph.bonds
        if sulphur in (bond.begin, bond.end) and _degree(picture.graph, bond, sulphur) == 2
    )
    corner = picture.graph.atoms[bond.begin + bond.end - sulphur]
    atoms = (*picture.graph.atoms, replace(corner, x=corner.x - 8.0))
    bonds = tuple(
        GraphBond(sulphur, len(atoms) - 1) if one == bond else one for one in picture.graph.bonds
    )
    graph = MoleculeGraph(atoms, bonds)
    inspection = inspected(picture.intensity, graph)
    assert inspection is not None and len(twin_ends(inspection)) == 2
    assert "an end beside another atom" in [one.detail for one in against(picture.intensity, graph)]


def _degree(graph: MoleculeGraph, bond: GraphBond, atom: int) -> int:
    other = bond.begin + bond.end - atom
    return sum(other in (one.begin, one.end) for one in graph.bonds)


@pytest.mark.parametrize("pale", [130, 255])
def test_a_small_sign_beside_a_label(pale: int) -> None:
    picture = drawn("CCCc1ccc(O)cc1", 24.0)
    intensity = np.pad(picture.intensity, 12)
    graph = picture.graph.moved(1.0, (12.0, 12.0))
    assert against(intensity, graph, reading("OH", "HO")) == []
    (box,) = (atom.box for atom in graph.atoms if atom.symbol == "O" and atom.box)
    x, y = round(box[2]) + 2, round(box[1])
    intensity[y : y + 1, x : x + 5] = pale
    found = against(intensity, graph, reading("OH", "HO"))
    assert found and {one.kind for one in found} == {"unexplained foreground"}


@pytest.mark.parametrize("bond", [20.0, 40.0])
def test_strokes_of_a_letter_do_not_go_on_from_a_triple_bond(bond: float) -> None:
    """An N read as three bonds: its strokes do not touch the bond that ends before it."""
    picture = drawn("CC#N", bond)
    nitrogen = next(n for n, atom in enumerate(picture.graph.atoms) if atom.symbol == "N")
    atom = picture.graph.atoms[nitrogen]
    assert atom.box is not None
    left, top, right, bottom = atom.box
    corners = [(left, bottom), (left, top), (right, bottom), (right, top)]
    places = (nitrogen, *range(len(picture.graph.atoms), len(picture.graph.atoms) + 3))
    atoms = list(picture.graph.atoms)
    atoms[nitrogen] = GraphAtom(*corners[0])
    atoms += [GraphAtom(*corner) for corner in corners[1:]]
    strokes = tuple(GraphBond(one, two) for one, two in pairwise(places))
    graph = MoleculeGraph(tuple(atoms), (*picture.graph.bonds, *strokes))
    inspection = inspected(picture.intensity, graph)
    assert inspection is not None and nitrogen in parted_corners(picture.intensity, inspection)
    alkyne = drawn("CC#CC", bond)
    whole = inspected(alkyne.intensity, alkyne.graph)
    assert whole is not None and parted_corners(alkyne.intensity, whole) == []


@pytest.mark.parametrize(("bond", "told"), [(18.0, True), (40.0, False)])
def test_a_corner_that_the_reader_is_not_sure_of(bond: float, told: bool) -> None:
    """Strokes of many pixels tell themselves that no letter stands there."""
    picture = drawn("CCCc1ccc(F)cc1", bond)
    atoms = list(picture.graph.atoms)
    bare = next(n for n, atom in enumerate(atoms) if not atom.text)
    atoms[bare] = replace(atoms[bare], confidence=0.6)
    found = against(picture.intensity, MoleculeGraph(tuple(atoms), picture.graph.bonds))
    assert [one.detail for one in found] == ["a letter may stand there"] * told


def test_a_letters_stroke_that_is_read_as_the_last_bond() -> None:
    """An F that its bond touches, read as a corner and a stroke."""
    picture = drawn("FC(F)CC", 26.0)
    number = next(n for n, atom in enumerate(picture.graph.atoms) if atom.symbol == "F")
    label = picture.graph.atoms[number]
    assert label.box is not None
    left, top, _, bottom = label.box
    atoms = list(picture.graph.atoms)
    atoms[number] = GraphAtom(left + 1.0, top)
    atoms.append(GraphAtom(left + 1.0, bottom))
    bonds = (*picture.graph.bonds, GraphBond(number, len(atoms) - 1))
    inspection = inspected(picture.intensity, MoleculeGraph(tuple(atoms), bonds))
    assert inspection is not None
    found = lettered_corners(picture.intensity, inspection, CornerSettings())
    assert found == [len(atoms) - 1]


def test_a_bare_corner_with_two_double_bonds() -> None:
    picture = drawn("CN=C=NC")
    atoms = tuple(
        GraphAtom(a.x, a.y, "C", "") if a.symbol == "C" else a for a in picture.graph.atoms
    )
    bare = replace(picture.graph, atoms=atoms)
    found = against(picture.intensity, bare, reading("N"))
    assert [one.detail for one in found].count("a letter may stand there") == 1


@pytest.mark.parametrize("bond", [24.0, 40.0, 70.0])
@pytest.mark.parametrize("smiles", ["CCOCC", "CCN(C)C", "C1CCSC1", "CN=C=O"])
def test_foreground_beside_the_strokes_of_a_corner(smiles: str, bond: float) -> None:
    picture = drawn(smiles, bond)
    for number, atom in enumerate(picture.graph.atoms):
        others = [one for one in picture.graph.bonds if number in (one.begin, one.end)]
        if len(others) < 2:
            continue
        atoms = list(picture.graph.atoms)
        atoms[number] = GraphAtom(atom.x, atom.y, "C", "")
        inspection = inspected(picture.intensity, MoleculeGraph(tuple(atoms), picture.graph.bonds))
        assert inspection is not None
        amount = foreground_beside_strokes(picture.intensity, inspection, number)
        assert amount > 0.05 if atom.text else amount < 0.02


def test_thin_lines_that_meet_are_not_parted() -> None:
    """A bilevel picture of 66 pixels a bond with lines of one pixel."""
    picture = drawn("CC(C)C1CCCCC1", 66.0, seed=3)
    intensity = np.zeros_like(picture.intensity)
    for bond in picture.graph.bonds:
        ends = [picture.graph.atoms[place] for place in (bond.begin, bond.end)]
        places = np.rint([(atom.x, atom.y) for atom in ends]).astype(np.int32)
        cv2.polylines(intensity, [places], False, 255, 1, cv2.LINE_8)
    inspection = inspected(intensity, picture.graph)
    assert inspection is not None
    assert parted_corners(intensity, inspection) == []


@pytest.mark.parametrize("gaps", [True, False])
def test_a_pale_stroke_without_gaps(gaps: bool) -> None:
    """At a possible centre; where the gaps of a hashed wedge would be seen it is a plain bond."""
    picture = drawn("CC(O)C1CCCCC1", 60.0)
    number = next(
        place
        for place, one in enumerate(picture.graph.bonds)
        if not any(picture.graph.atoms[end].text for end in (one.begin, one.end))
        and possible_centers(picture.graph)[[one.begin, one.end]].all()
    )
    one = picture.graph.bonds[number]
    ends = [picture.graph.atoms[place] for place in (one.begin, one.end)]
    places = np.rint([(atom.x, atom.y) for atom in ends]).astype(int).tolist()
    mask = np.zeros_like(picture.intensity)
    cv2.line(mask, *places, 1, 12)
    intensity = np.where(mask > 0, picture.intensity * 0.7, picture.intensity).astype(np.uint8)
    if gaps:
        intensity[::6][mask[::6] > 0] = 0
        intensity[:, ::6][mask[:, ::6] > 0] = 0
    inspection = inspected(intensity, picture.graph)
    assert inspection is not None
    assert (number in dict(doubtful_strokes(intensity, inspection, StrokeSettings()))) == gaps


@pytest.mark.parametrize("bond", [16.0, 24.0, 40.0, 70.0])
@pytest.mark.parametrize("smiles", ["Cc1ccccc1", "CC(=O)C=CC", "C1=CCCC1"])
def test_second_lines(smiles: str, bond: float) -> None:
    """Read with a double bond more or less than is drawn."""
    picture = drawn(smiles, bond)
    inspection = inspected(picture.intensity, picture.graph)
    assert inspection is not None and not list(doubtful_lines(picture.intensity, inspection))
    for number, one in enumerate(picture.graph.bonds):
        other: BondKind = "single" if one.kind == "double" else "double"
        bonds = list(picture.graph.bonds)
        bonds[number] = replace(one, kind=other)
        inspection = inspected(picture.intensity, replace(picture.graph, bonds=tuple(bonds)))
        assert inspection is not None
        assert number in dict(doubtful_lines(picture.intensity, inspection)), (number, other)


def test_a_line_of_a_ring_that_may_have_vanished() -> None:
    """A thin bilevel drawing of a ring that lacks one level double bond to be aromatic."""
    found = {}
    for smiles in ("Cc1ccccc1", "CC1=CC=CCC1"):
        picture = drawn(smiles, 17.0)
        intensity = np.where(picture.intensity > 100, 255, 0).astype(np.uint8)
        inspection = inspected(intensity, picture.graph)
        assert inspection is not None
        settings = LostLineSettings(thin=3.0, level=45.0)
        found[smiles] = len(list(vanished_lines(intensity, inspection, settings)))
        assert not list(
            vanished_lines(picture.intensity, inspection, replace(settings, gray_share=0.0))
        )
        assert not list(vanished_lines(intensity, inspection, replace(settings, thin=0.5)))
    assert found == {"Cc1ccccc1": 0, "CC1=CC=CCC1": 1}


@pytest.mark.parametrize(
    ("smiles", "parallel"),
    [("CC", True), ("C=C", True), ("CC#CC", True), ("S=S", True), ("CCC", False), ("CCl", False)],
)
def test_strokes_of_one_direction_may_be_a_sign(smiles: str, parallel: bool) -> None:
    assert has_only_parallel_strokes(drawn(smiles).graph) == parallel


@pytest.mark.parametrize("smiles", ["CC(C)(C)[S@](N)=O", "CC(C)(C)[S@@](N)=O"])
def test_a_letter_at_the_narrow_end_of_a_wedge_that_is_read_as_a_corner(smiles: str) -> None:
    picture = drawn(smiles, 32.0)
    atoms = tuple(
        GraphAtom(atom.x, atom.y, "C", "") if atom.symbol == "S" else atom
        for atom in picture.graph.atoms
    )
    told = against(
        picture.intensity, MoleculeGraph(atoms, picture.graph.bonds), reading("NH2", "O")
    )
    assert any("letter" in one.detail or "meet" in one.detail for one in told)


@pytest.mark.parametrize("kind", ["single", "double", "bold"])
def test_crossing_strokes_that_are_read_as_another_bond(kind: BondKind) -> None:
    molecule = quiet_chem().MolFromSmiles("CCC(C)=NO")
    pictures = [
        draw_picture(
            molecule,
            np.random.default_rng(seed),
            style=STYLE,
            bond_pixels=30.0,
            bilevel=False,
            kinds=frozenset(("open_geometry",)),
        )
        for seed in range(8)
    ]
    picture = next(p for p in pictures if "crossed" in {one.kind for one in p.graph.bonds})
    bonds = tuple(
        replace(one, kind=kind) if one.kind == "crossed" else one for one in picture.graph.bonds
    )
    told = against(picture.intensity, MoleculeGraph(picture.graph.atoms, bonds))
    assert "crossing strokes" in {one.detail for one in told}
    right = against(picture.intensity, picture.graph)
    assert "crossing strokes" not in {one.detail for one in right}


def test_a_terminal_stroke_with_a_gap_is_no_bond_to_a_bare_corner() -> None:
    """The I of an iodine below its bond looks so."""
    picture = drawn("CCCC")
    bond = picture.graph.bonds[0]
    begin, end = picture.graph.atoms[bond.begin], picture.graph.atoms[bond.end]
    intensity = picture.intensity.copy()
    x, y = round(begin.x + 0.35 * (end.x - begin.x)), round(begin.y + 0.35 * (end.y - begin.y))
    assert intensity[y - 3 : y + 4, x - 1 : x + 2].any()
    intensity[:, x - 1 : x + 2] = np.where(
        np.arange(len(intensity))[:, None] // 12 == y // 12, 0, intensity[:, x - 1 : x + 2]
    )
    assert any("parted" in one.detail for one in against(intensity, picture.graph))
    assert against(picture.intensity, picture.graph) == []


def test_the_stub_of_a_bond_that_goes_on_beyond_the_border() -> None:
    picture = drawn("c1ccccc1", 30.0)
    right = max(picture.graph.atoms, key=lambda atom: atom.x)
    intensity = picture.intensity[:, : round(right.x) + 6].copy()
    assert against(intensity, picture.graph) == []
    intensity[round(right.y) - 1 : round(right.y) + 1, round(right.x) :] = 255
    assert "cut off" in {one.kind for one in against(intensity, picture.graph)}


def test_a_drawing_that_fills_its_picture_is_not_cut_off() -> None:
    picture = drawn("CCC1CCCCC1C", 30.0)
    rows, columns = (np.flatnonzero((picture.intensity > 96).any(axis=axis)) for axis in (1, 0))
    intensity = picture.intensity[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    graph = picture.graph.moved((1.0, 1.0), (-float(columns[0]), -float(rows[0])))
    assert {one.kind for one in against(intensity, graph)} <= {"stroke"}


@pytest.mark.parametrize("broken", [True, False])
def test_a_part_of_an_f_that_is_read_as_an_i(broken: bool) -> None:
    picture = drawn("CCCc1ccc(I)cc1", 40.0)
    intensity = picture.intensity.copy()
    (box,) = (atom.box for atom in picture.graph.atoms if atom.symbol == "I" and atom.box)
    left, top, right, bottom = (round(side) for side in box)
    intensity[top:bottom, left:right] = 0
    middle = (left + right) // 2
    intensity[top:bottom, middle - 1 : middle + 2] = 255
    if broken:
        intensity[top : top + 3, middle : middle + 8] = 255
    atoms = tuple(
        replace(atom, box=(*box[:2], middle + 8.0 if broken else box[2], box[3]))
        if atom.symbol == "I"
        else atom
        for atom in picture.graph.atoms
    )
    told = [
        one.detail for one in against(intensity, replace(picture.graph, atoms=atoms), reading("I"))
    ]
    assert ("'I' is not the same upside down" in told) == broken


def test_chairs_are_never_verified() -> None:
    picture = drawn("OC1CCCCC1")
    assert not [
        one for one in against(picture.intensity, picture.graph) if one.kind == "projection"
    ]
    spots = ((22, -13), (49, 9), (22, 5), (-22, 10), (-49, -11), (-22, -8))
    atoms = tuple(GraphAtom(60.0 + x, 30.0 + y) for x, y in spots)
    bonds = tuple(GraphBond(number, (number + 1) % 6) for number in range(6))
    intensity = np.zeros((60, 120), np.uint8)
    for bond in bonds:
        one, other = (atoms[place] for place in (bond.begin, bond.end))
        ends = (round(one.x), round(one.y)), (round(other.x), round(other.y))
        cv2.line(intensity, *ends, 255, 2)
    found = against(intensity, MoleculeGraph(atoms, bonds))
    assert [one.detail for one in found if one.kind == "projection"] == ["chair"]
