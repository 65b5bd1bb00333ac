"""Rare kinds of drawings: what is drawn is what the truth says, and nothing else is changed."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rdkit")

from tests.rendering.graph_inchi import (
    expanded_inchi,
    inchi_with_labels,
    same_but_double_bonds,
    sample_smiles,
    without_double_bonds,
)

from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.molecule import read_molecule
from inchify.chemistry.species import species_of_text
from inchify.rendering.depictor import DrawingStyle, depict, random_style
from inchify.rendering.depictor.label_placement import stacked_sides
from inchify.rendering.depictor.rare_styles import style_of_kinds
from inchify.rendering.depictor.style import PRINT_FACE_SHARES, label_choices
from inchify.rendering.depictor.surroundings import cut_off
from inchify.rendering.drawn_picture import DrawnPicture
from inchify.rendering.indigo import DrawingError
from inchify.synthetic import style_mix as mix
from inchify.synthetic.molecules.generated import MAKERS
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.synthetic.molecules.molecule_edits import EDITS, FILLED_BEAD, with_open_ends
from inchify.synthetic.molecules.special import CAGES, SMALL, is_cage, sample_molecule
from inchify.synthetic.rare_kinds import OF_PRINT, KindSettings
from inchify.synthetic.style_mix import Style, draw_molecule

KINDS = [one.name for one in fields(KindSettings)]
CLOSED = [kind for kind in KINDS if kind not in ("open_ends", "complexes")]
MARKS = ("atom_numbers", "lone_pairs", "curly_arrows", "frames", "watermarks", "brackets")


def library() -> MoleculeLibrary:
    return MoleculeLibrary(sample_smiles(5)[:3000])


def drawn(
    kind: str, style: Style, count: int, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[DrawnPicture, Any, str]]:
    """Pictures, the molecules after their edits (None where nothing edits) and SMILES."""
    generator, source = np.random.default_rng(sum(map(ord, kind))), library()
    kept: list[Any] = []

    def kept_edited(molecule: Any, *rest: Any) -> Any:
        from inchify.synthetic.molecules.molecule_edits import edited

        kept.append(edited(molecule, *rest))
        return kept[-1]

    monkeypatch.setattr(mix, "edited", kept_edited)
    found: list[tuple[DrawnPicture, Any, str]] = []
    for _ in range(4 * count):
        kept.clear()
        smiles = sample_molecule(source, frozenset((kind,)), generator)
        try:
            picture = draw_molecule(smiles, style, generator, kinds=frozenset((kind,)))
        except DrawingError:
            continue
        found.append((picture, kept[-1] if kept else None, smiles))
        if len(found) == count:
            break
    return found


def inside(picture: DrawnPicture) -> bool:
    """Whether atoms and their labels stand on the picture."""
    height, width = picture.intensity.shape
    for atom in picture.graph.atoms:
        left, top, right, bottom = atom.box or (atom.x, atom.y, atom.x, atom.y)
        if not (0 <= left <= right <= width and 0 <= top <= bottom <= height):
            return False
    return True


def has_open_count(molecule: Any) -> bool:
    """Whether a species with an open count stands beside a molecule."""
    texts = [atom.GetProp("label") for atom in molecule.GetAtoms() if atom.HasProp("label")]
    return any(species is not None and species.error for species in map(species_of_text, texts))


@pytest.mark.parametrize("style", ["own", "rdkit", "indigo"])
@pytest.mark.parametrize("kind", CLOSED)
def test_the_truth_of_a_kind_gives_the_molecule(
    kind: str, style: Style, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = drawn(kind, style, 8 if style == "own" else 4, monkeypatch)
    assert len(pictures) == (8 if style == "own" else 4)
    right = 0
    for picture, molecule, smiles in pictures:
        assert inside(picture)
        if molecule is None:
            molecule = quiet_chem().MolFromSmiles(smiles)
        if has_open_count(molecule):  # xHCl says no molecule
            right += not expanded_inchi(picture.graph)
            continue
        truth, read = inchi_with_labels(molecule), expanded_inchi(picture.graph)
        if kind in MAKERS:  # many open centers and double bonds in one molecule
            truth, read = without_double_bonds(truth), without_double_bonds(read)
        right += same_but_double_bonds(truth, read)
    assert right == len(pictures)


@pytest.mark.parametrize("style", ["own", "rdkit"])
def test_open_ends_stand_in_the_truth_with_their_labels(
    style: Style, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = 0
    for picture, molecule, _ in drawn("open_ends", style, 10, monkeypatch):
        assert inside(picture)
        wanted = [a for a in molecule.GetAtoms() if a.HasProp("label")]
        texts = [{a.GetProp("label"), a.GetProp("label_reversed")} for a in wanted]
        ends = [atom for atom in picture.graph.atoms if not atom.symbol]
        assert len(ends) == len(texts)
        assert all(any(end.text in pair for pair in texts) for end in ends)
        reading = read_molecule(picture.graph)
        assert not reading.inchi or not ends
        labels += len(ends)
    assert labels >= 10


def test_a_metal_is_bound_by_dative_bonds(monkeypatch: pytest.MonkeyPatch) -> None:
    arrows = 0
    for picture, molecule, _ in drawn("complexes", "own", 8, monkeypatch):
        dative = [b for b in molecule.GetBonds() if b.GetBondType().name == "DATIVE"]
        arrows += len(dative)
        drawn_ones = {(b.begin, b.end) for b in picture.graph.bonds if b.kind == "dative"}
        assert {(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in dative} == drawn_ones
        assert inside(picture) and read_molecule(picture.graph).inchi
    assert arrows >= 4


def test_without_kinds_nothing_changes() -> None:
    settings = KindSettings()
    one, other = np.random.default_rng(3), np.random.default_rng(3)
    assert settings.chosen(one) == frozenset()
    assert one.random() == other.random()
    for smiles in sample_smiles(9)[:3]:
        first, second = (
            draw_molecule(smiles, "own", np.random.default_rng(1), kinds=kinds)
            for kinds in (frozenset(), settings.chosen(one))
        )
        assert np.array_equal(first.intensity, second.intensity)


def test_shares_are_checked_and_drawn() -> None:
    with pytest.raises(ValueError, match="'cages' is 2"):
        KindSettings(cages=2)
    settings = KindSettings(cages=0.5, frames=1.0)
    chosen = [settings.chosen(np.random.default_rng(seed)) for seed in range(200)]
    assert all("frames" in kinds and kinds <= {"cages", "frames"} for kinds in chosen)
    assert 60 < sum("cages" in kinds for kinds in chosen) < 140


def test_open_geometry_is_drawn_crossed_or_wavy(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = [
        bond.kind
        for picture, *_ in drawn("open_geometry", "own", 25, monkeypatch)
        for bond in picture.graph.bonds
    ]
    assert "crossed" in kinds and "wavy" in kinds


def test_hydrogens_are_left_out_at_every_hetero_atom() -> None:
    style = replace(DrawingStyle(), bare_hetero_atoms=True)
    molecule = quiet_chem().MolFromSmiles("OCCNC(=O)c1ccc[nH]1")
    graph = depict(molecule, style, np.random.default_rng(0)).graph
    texts = sorted(atom.text for atom in graph.atoms if atom.text)
    assert texts == ["N", "N", "O", "O"]
    carbonyl = next(a for a in graph.atoms if a.text == "O" and a.hydrogens == 0)
    assert sum(atom.hydrogens is None for atom in graph.atoms if atom.text) == 3
    assert carbonyl.symbol == "O"
    assert read_molecule(graph).inchi == quiet_chem().MolToInchi(molecule)


def test_carbons_are_written_with_their_hydrogens() -> None:
    style = replace(DrawingStyle(), written_carbons="all", cap=0.3)
    molecule = quiet_chem().MolFromSmiles("CC(=O)C=C")
    graph = depict(molecule, style, np.random.default_rng(0)).graph
    assert all(atom.text for atom in graph.atoms)
    assert sorted(atom.hydrogens or 0 for atom in graph.atoms) == [0, 0, 1, 2, 3]
    assert read_molecule(graph).inchi == quiet_chem().MolToInchi(molecule)


@pytest.mark.parametrize("mark", MARKS)
def test_marks_add_ink_that_hides_neither_letters_nor_atoms(mark: str) -> None:
    molecule = quiet_chem().MolFromSmiles("CC(=O)Nc1ccc(O)cc1")
    added = 0
    for seed in range(8):
        style = replace(random_style(np.random.default_rng(seed)), clutter=False)
        plain, marked = (
            depict(molecule, replace(style, marks=frozenset(marks)), np.random.default_rng(seed))
            for marks in ((), (mark,))
        )
        assert plain.graph == marked.graph
        if mark == "watermarks":
            assert marked.watermark is not None and len(marked.watermark.outlines_E4)
            added += 1
            continue
        strokes = marked.drawing.strokes_S5[len(plain.drawing.strokes_S5) :, :4]
        outlines = marked.drawing.outlines_E4[len(plain.drawing.outlines_E4) :]
        intensity = np.concatenate([strokes, outlines]).reshape(-1, 2)
        added += len(intensity) > 0
        for atom in plain.graph.atoms:
            left, top, right, bottom = atom.box or (atom.x, atom.y, atom.x, atom.y)
            inside_box = (intensity > (left, top)).all(axis=1) & (intensity < (right, bottom)).all(
                axis=1
            )
            assert not inside_box.any()
        left, top, right, bottom = marked.drawing.box
        assert (
            (intensity > (left - 0.3, top - 0.3)) & (intensity < (right + 0.3, bottom + 0.3))
        ).all()
    assert added >= 6


def test_fine_styles_have_thin_and_many_lines() -> None:
    base = DrawingStyle()
    styles = [
        style_of_kinds(base, frozenset(("fine_hashes", "thin_lines", "small_letters")), generator)
        for generator in map(np.random.default_rng, range(60))
    ]
    assert min(s.hash_lines for s in styles) == 4 and max(s.hash_lines for s in styles) == 16
    assert min(s.line for s in styles) < 0.02 and max(s.line for s in styles) <= 0.03
    assert all(0.25 <= s.cap <= 0.4 for s in styles)


def test_small_molecules_and_cages_are_molecules() -> None:
    chem = quiet_chem()
    for smiles in SMALL:
        molecule = chem.MolFromSmiles(smiles)
        assert molecule is not None and chem.MolToInchi(molecule)
        assert molecule.GetNumHeavyAtoms() <= 5
    assert sum(is_cage(smiles) for smiles in CAGES) >= len(CAGES) - 4
    generator, source = np.random.default_rng(0), library()
    assert (
        sum(is_cage(sample_molecule(source, frozenset(("cages",)), generator)) for _ in range(20))
        > 15
    )
    assert not is_cage("CCO") and is_cage("C1CC2CCC1C2")


@pytest.mark.parametrize("style", ["own", "rdkit", "indigo"])
def test_a_molecule_without_bonds_has_letters_of_the_usual_size(style: Style) -> None:
    generator = np.random.default_rng(1)
    for _ in range(4):
        picture = draw_molecule("O", style, generator)
        (atom,) = picture.graph.atoms
        assert atom.box is not None and not picture.graph.bonds
        height = (atom.box[3] - atom.box[1]) / picture.bond_pixels
        assert 0.25 < height < 1.9


def test_a_bead_is_a_round_label() -> None:
    molecule = quiet_chem().MolFromSmiles("*c1ccccc1")
    for name in ("label", "label_reversed"):
        molecule.GetAtomWithIdx(0).SetProp(name, FILLED_BEAD)
    atom = depict(molecule, DrawingStyle(bead_size=1.5), np.random.default_rng(0)).graph.atoms[0]
    assert atom.text == FILLED_BEAD and atom.symbol == "" and atom.box is not None
    left, top, right, bottom = atom.box
    assert right - left == pytest.approx(bottom - top) == pytest.approx(1.5 * 0.5)
    assert (left + right) / 2 == pytest.approx(atom.x)


def test_edits_leave_the_given_molecule_alone() -> None:
    chem, generator = quiet_chem(), np.random.default_rng(4)
    for smiles in sample_smiles(2)[:10]:
        molecule = chem.MolFromSmiles(smiles)
        before = chem.MolToSmiles(molecule)
        for edit in EDITS.values():
            edit(molecule, generator)
        assert chem.MolToSmiles(molecule) == before
    closed = chem.MolFromSmiles("ClC(Cl)(Cl)Cl")
    assert with_open_ends(closed, generator) is closed


def test_kinds_of_print_leave_the_draws_of_the_others_alone() -> None:
    plain, more = KindSettings(cages=0.5, frames=0.2), KindSettings(cages=0.5, frames=0.2)
    more = replace(more, **{kind: 0.5 for kind in OF_PRINT})
    met = set()
    for seed in range(60):
        one, other = np.random.default_rng(seed), np.random.default_rng(seed)
        first, second = plain.chosen(one), more.chosen(other)
        assert first == second - set(OF_PRINT)
        met |= second
        expected = np.random.default_rng(seed)
        expected.random(len(fields(KindSettings)) - len(OF_PRINT))
        assert one.random() == expected.random()
    assert set(OF_PRINT) <= met


def test_faces_of_print_are_chosen_where_they_are_asked_for() -> None:
    base = label_choices(np.random.default_rng(1))
    assert base == label_choices(np.random.default_rng(1), print_faces=0.0)
    faces = [label_choices(np.random.default_rng(n), print_faces=1.0)["face"] for n in range(150)]
    assert set(faces) == set(PRINT_FACE_SHARES)
    others = label_choices(np.random.default_rng(1), print_faces=1.0)
    assert others | {"face": ""} == base | {"face": ""}
    assert sum(PRINT_FACE_SHARES.values()) == pytest.approx(1)


def test_carbons_of_some_classes_are_written() -> None:
    molecule = quiet_chem().MolFromSmiles("CC(C)(C)C=CCCC1CCC(C)C1")
    whole = quiet_chem().MolToInchi(molecule)
    counts = {"quaternary": 1, "unsaturated": 2, "chain": 2, "ring": 5, "branch": 0}
    for one, count in counts.items():
        style = replace(DrawingStyle(), written_classes=frozenset((one,)), cap=0.3)
        graph = depict(molecule, style, np.random.default_rng(0)).graph
        assert sum(atom.text != "" for atom in graph.atoms) == count
        assert same_but_double_bonds(whole, read_molecule(graph).inchi)


@pytest.mark.parametrize("side", ["above", "below"])
def test_hydrogens_are_stacked_where_there_is_room(side: str) -> None:
    molecule = quiet_chem().MolFromSmiles("CCNC(=O)C1CCNC1")
    stacked = 0
    for seed in range(12):
        style = replace(DrawingStyle(), stacked=side, rotation=0.52 * seed)
        graph = depict(molecule, style, np.random.default_rng(seed)).graph
        assert read_molecule(graph).inchi == quiet_chem().MolToInchi(molecule)
        for atom in graph.atoms:
            if atom.hydrogens == 1 and atom.text == "NH" and atom.box is not None:
                left, top, right, bottom = atom.box
                stacked += bottom - top > 1.5 * (right - left)
    assert stacked >= 12
    bent = [(-0.87, 0.5), (0.87, 0.5)]
    assert stacked_sides(bent, "below") == ["below", "above"]
    assert stacked_sides([(-0.3, 0.95), (0.9, 0.4)], "below") == ["above"]
    assert stacked_sides([(0.0, 1.0)], "below") == ["above"]
    assert stacked_sides([(1.0, 0.0)], "above") == []


@pytest.mark.parametrize("beside", ["side_texts", "punctuation", "contamination"])
def test_what_stands_beside_a_drawing_is_no_atom_and_far_away(beside: str) -> None:
    molecule = quiet_chem().MolFromSmiles("CC(=O)Nc1ccc(O)cc1")
    seen = 0
    for seed in range(10):
        style = replace(random_style(np.random.default_rng(seed)), clutter=False)
        plain, more = (
            depict(molecule, replace(style, **{beside: way}), np.random.default_rng(seed))
            for way in (False, True)
        )
        assert plain.graph == more.graph
        left, top, right, bottom = plain.drawing.box
        own = {tuple(row) for row in plain.drawing.all_edges_E4.tolist()}
        edges = more.drawing.all_edges_E4.tolist()
        added = np.array([row for row in edges if tuple(row) not in own]).reshape(-1, 4)
        seen += len(added) > 0
        apart = 0.03 if beside == "punctuation" else 0.2
        inside = (added[:, :2] > (left - apart, top - apart)).all(axis=1)
        inside &= (added[:, :2] < (right + apart, bottom + apart)).all(axis=1)
        assert not inside.any()
    assert seen >= 8


def test_the_rest_of_a_label_between_two_bonds_is_stacked() -> None:
    molecule = quiet_chem().MolFromSmiles("CC*CC")
    for name in ("label", "label_reversed"):
        molecule.GetAtomWithIdx(2).SetProp(name, "SO2")
    style = replace(DrawingStyle(), stacked="above", rotation=0.0)
    found = set()
    for seed in range(6):
        graph = depict(molecule, replace(style, mirror=seed % 2 == 0), np.random.default_rng(seed))
        atom = next(a for a in graph.graph.atoms if not a.symbol)
        assert atom.text == "SO2" and atom.box is not None
        left, top, right, bottom = atom.box
        found.add(bottom - top > right - left)
    assert True in found


def test_hydrogens_of_hetero_atoms_are_drawn_as_atoms() -> None:
    molecule = quiet_chem().MolFromSmiles("CC(=O)NCCO")
    style = DrawingStyle(drawn_hydrogen_chance=1.0)
    graph = depict(molecule, style, np.random.default_rng(0)).graph
    assert sum(atom.symbol == "H" for atom in graph.atoms) == 2
    assert all(not atom.hydrogens for atom in graph.atoms if atom.symbol in ("N", "O"))
    assert read_molecule(graph).inchi == quiet_chem().MolToInchi(molecule)


@pytest.mark.parametrize(("axis", "way"), [(0, 1), (0, -1), (1, 1), (1, -1)])
def test_a_neighbor_ends_at_the_edge(axis: int, way: int) -> None:
    generator = np.random.default_rng(axis + 2)
    strokes_S5 = generator.uniform(-2, 2, (40, 5))
    kept = cut_off(strokes_S5, axis, way, 0.3)
    ends = kept[:, [axis, 2 + axis]]
    assert 0 < len(kept) < 40 and (way * ends).max() <= way * 0.3 + 1e-9
    whole = (way * strokes_S5[:, [axis, 2 + axis]] < way * 0.3).all(axis=1)
    assert {tuple(row) for row in strokes_S5[whole].tolist()} <= {tuple(r) for r in kept.tolist()}
