"""Habits of print that were misread: drawn as print does, with the truth that a reader needs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rdkit")

from tests.rendering.graph_inchi import same_but_double_bonds

from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.molecule import read_molecule
from inchify.chemistry.stereo.projections import HAWORTH, unprojected
from inchify.rendering.depictor import DrawingStyle, depict
from inchify.rendering.depictor.flat_bonds import flat_strokes, possible_centers
from inchify.rendering.depictor.haworth import sugar_ring
from inchify.rendering.depictor.perspective import cages, perspective_places
from inchify.rendering.depictor.wording import SENTENCE, caption_text
from inchify.rendering.indigo import DrawingError
from inchify.synthetic.molecules.atom_edits import with_halogens_at_centers
from inchify.synthetic.molecules.generated import MAKERS
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.types import MoleculeGraph

LACTATE = "C[C@H](OC)C(=O)Nc1ccccc1"
RIBOSIDE = "OC[C@H]1O[C@@H](OC)[C@H](O)[C@@H]1O"


def molecule_of(smiles: str) -> Any:
    return quiet_chem().MolFromSmiles(smiles)


def inchi_of(smiles: str) -> str:
    return str(quiet_chem().MolToInchi(molecule_of(smiles)))


def kinds_of(graph: MoleculeGraph) -> Counter[str]:
    return Counter(bond.kind for bond in graph.bonds)


def test_a_broad_stroke_at_a_center_is_a_wedge() -> None:
    wedges = 0
    for smiles in (LACTATE, LACTATE.replace("@", "@@")):
        molecule = molecule_of(smiles)
        for seed in range(4):
            style = DrawingStyle(rotation=seed, snap=False, bold_width=0.15, wedge_width=0.15)
            usual, bold = (
                depict(molecule, replace(style, bold_stereo=way), np.random.default_rng(seed))
                for way in (False, True)
            )
            assert usual.graph == bold.graph
            assert read_molecule(bold.graph).inchi == inchi_of(smiles)
            broad = (bold.drawing.strokes_S5[:, 4] == style.bold_width).sum()
            assert broad == kinds_of(bold.graph)["wedge"]
            wedges += broad
            assert not (usual.drawing.strokes_S5[:, 4] == style.bold_width).any()
    assert wedges >= 2


def test_between_two_centers_a_wedge_stays_a_triangle() -> None:
    smiles = "O[C@H]1CC[C@@]2(C)CC[C@H](Cl)C[C@]12F"
    style = DrawingStyle(bold_stereo=True, bold_width=0.15)
    graph = depict(molecule_of(smiles), style, np.random.default_rng(0)).graph
    assert read_molecule(graph).inchi == inchi_of(smiles)


def test_dashes_without_a_center_are_plain_bonds_in_the_truth() -> None:
    style = DrawingStyle(flat_dash_chance=1.0, hash_pitch=0.2)
    seen: Counter[str] = Counter()
    for smiles in ("CC(C)(C)c1ccccc1", "CC(C)C=CC(=O)O", "FC(F)(F)c1ccncc1", LACTATE, "CC(O)CC"):
        molecule = molecule_of(smiles)
        for seed in range(6):
            drawn = depict(molecule, style, np.random.default_rng(seed))
            assert same_but_double_bonds(inchi_of(smiles), read_molecule(drawn.graph).inchi)
            plain = depict(molecule, DrawingStyle(), np.random.default_rng(seed))
            if len(drawn.drawing.strokes_S5) > len(plain.drawing.strokes_S5):
                seen["dashed"] += 1
            seen.update(kinds_of(drawn.graph))
    assert seen["dashed"] >= 12 and seen["bold"] >= 4


def test_no_bond_of_a_possible_center_is_dashed_without_a_cause() -> None:
    molecule = molecule_of("CC(O)C(C)(C)CC(F)C(C)C")
    quiet_chem().Kekulize(molecule)
    centers = possible_centers(molecule)
    assert len(centers) == 2
    from rdkit.Chem import rdDepictor

    rdDepictor.Compute2DCoords(molecule)
    style = DrawingStyle(flat_dash_chance=1.0)
    found = set()
    for seed in range(20):
        strokes = flat_strokes(molecule, {0}, style, np.random.default_rng(seed))
        assert 0 not in strokes
        found |= set(strokes)
        for index in strokes:
            bond = molecule.GetBondWithIdx(index)
            assert not centers & {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()}
    assert len(found) >= 4


@pytest.mark.parametrize(
    ("symbols", "texts"), [("C", {"C", "OH"}), ("O", {"O", "CH3"}), ("CO", {"C", "O"})]
)
def test_ends_are_written_without_their_hydrogens(symbols: str, texts: set[str]) -> None:
    smiles = "C=CCC(C)CO"
    style = DrawingStyle(bare_ends=frozenset(symbols), methyl="C" not in symbols)
    graph = depict(molecule_of(smiles), style, np.random.default_rng(0)).graph
    ends = {atom.text for atom in graph.atoms if atom.text and "CH2" not in atom.text}
    assert {text.replace("HO", "OH").replace("H3C", "CH3") for text in ends} == texts
    assert all(atom.hydrogens is None for atom in graph.atoms if atom.text in symbols)
    assert read_molecule(graph).inchi == inchi_of(smiles)


def test_halogens_stand_at_centers() -> None:
    chem, generator = quiet_chem(), np.random.default_rng(0)
    molecule = molecule_of("C[C@H](O)CC[C@@H](N)c1ccccc1")
    for _ in range(6):
        changed = with_halogens_at_centers(molecule, generator)
        halogens = [a for a in changed.GetAtoms() if a.GetSymbol() in ("F", "Cl", "Br")]
        assert 1 <= len(halogens) <= 2
        assert all(int(a.GetNeighbors()[0].GetChiralTag()) for a in halogens)
        assert changed.GetNumAtoms() == molecule.GetNumAtoms()
    plain = molecule_of("CCO")
    assert chem.MolToSmiles(with_halogens_at_centers(plain, generator)) == "CCO"


@pytest.mark.parametrize("beside", ["sentence_words", "captions"])
def test_words_stand_beside_the_drawing(beside: str) -> None:
    molecule = molecule_of("CC(=O)Nc1ccc(O)cc1")
    for seed in range(8):
        plain, more = (
            depict(molecule, DrawingStyle(**{beside: way}), np.random.default_rng(seed))
            for way in (False, True)
        )
        assert plain.graph == more.graph
        left, top, right, bottom = plain.drawing.box
        intensity = more.drawing.outlines_E4[len(plain.drawing.outlines_E4) :, :2]
        assert len(intensity) > 20
        apart = 0.05 if beside == "sentence_words" else 0.2
        near = (intensity > (left - apart, top - apart)) & (
            intensity < (right + apart, bottom + apart)
        )
        assert not near.all(axis=1).any()
    assert len(set(SENTENCE)) > 12
    texts = {caption_text(np.random.default_rng(seed)) for seed in range(60)}
    assert len(texts) > 40 and any("mp" in text or "ine" in text for text in texts)


def test_letters_and_question_marks_hide_no_atom() -> None:
    molecule = molecule_of("CC(O)C1CCC(C(=O)OCC)CC1")
    style, added = DrawingStyle(cap=0.35), 0
    for seed in range(12):
        plain, marked = (
            depict(molecule, replace(style, marks=frozenset(marks)), np.random.default_rng(seed))
            for marks in ((), ("letters_near",))
        )
        assert plain.graph == marked.graph
        intensity = marked.drawing.outlines_E4[len(plain.drawing.outlines_E4) :].reshape(-1, 2)
        added += len(intensity) > 0
        for atom in plain.graph.atoms:
            left, top, right, bottom = atom.box or (atom.x, atom.y, atom.x, atom.y)
            inside = (intensity > (left, top)).all(axis=1) & (intensity < (right, bottom)).all(
                axis=1
            )
            assert not inside.any()
    assert added >= 8


def test_cages_are_laid_out_in_perspective() -> None:
    generator = np.random.default_rng(0)
    for query, layouts in cages():
        assert query.GetNumAtoms() == len(layouts[0])
    for smiles in ("CC12CC3CC(C1)CC(C3)C2", "C1CC2CCC1C2", "C1CN2CCC1CC2", "C1CC2CCC(C1)C2"):
        molecule = molecule_of(smiles)
        assert len(perspective_places(molecule, generator)) >= 7
        graph = depict(molecule, DrawingStyle(perspective=True, cap=0.3), generator).graph
        assert read_molecule(graph).inchi == inchi_of(smiles)
    assert not perspective_places(molecule_of("c1ccc2ccccc2c1"), generator)
    cube = molecule_of("C12C3C4C1C5C2C3C45")
    places = perspective_places(cube, generator)
    along = [places[b.GetBeginAtomIdx()] - places[b.GetEndAtomIdx()] for b in cube.GetBonds()]
    assert len({round(abs(way.y / (way.x or 1e-9)), 6) for way in along}) == 3
    # a ring more is another ring system
    assert not perspective_places(molecule_of("C1CC2CC1C1C3CCC(C3)C21"), generator)


def test_bent_groups_leave_the_molecule_as_it_is() -> None:
    smiles = "C[C@H](NC(=O)/C=C/c1ccccc1OCC)C(=O)NCCO"
    moved = 0
    for seed in range(8):
        style = DrawingStyle(bend=0.6)
        try:
            bent = depict(molecule_of(smiles), style, np.random.default_rng(seed)).graph
        except DrawingError:
            continue
        assert read_molecule(bent).inchi == inchi_of(smiles)
        usual = depict(molecule_of(smiles), DrawingStyle(), np.random.default_rng(seed)).graph
        places = [np.array([(a.x, a.y) for a in graph.atoms]) for graph in (bent, usual)]
        moved += not np.allclose(places[0], places[1])
    assert moved >= 4


def test_an_azo_bond_of_a_ring_is_level() -> None:
    molecule = molecule_of("c1ccc2nnnn2c1")
    for seed in range(4):
        style = DrawingStyle(level_azo=True, rotation=seed)
        graph = depict(molecule, style, np.random.default_rng(seed)).graph
        azo = [
            bond
            for bond in graph.bonds
            if bond.kind == "double"
            and {graph.atoms[bond.begin].symbol, graph.atoms[bond.end].symbol} == {"N"}
        ]
        assert len(azo) == 1
        assert graph.atoms[azo[0].begin].y == pytest.approx(graph.atoms[azo[0].end].y, abs=1e-6)


@pytest.mark.parametrize("bold", [True, False])
def test_sugars_seen_from_the_front_are_read_as_they_are(bold: bool) -> None:
    generator, drawn = np.random.default_rng(5), 0
    for turns in range(16):
        parts = RIBOSIDE.replace("@@", "@").split("@")
        marks = ["@" * (1 + (turns >> place & 1)) for place in range(len(parts) - 1)]
        smiles = parts[0] + "".join(map("".join, zip(marks, parts[1:], strict=True)))
        style = DrawingStyle(haworth=True, bold_front=bold, cap=0.3, bold_width=0.15)
        graph = depict(molecule_of(smiles), style, generator).graph
        assert read_molecule(graph).inchi == inchi_of(smiles)
        kinds = kinds_of(graph)
        if unprojected(graph).name == HAWORTH:
            drawn += 1
            assert (kinds["wedge"], kinds["bold"], kinds["hash"]) == (
                (2, 1, 0) if bold else (0, 0, 0)
            )
    assert drawn >= 8


def test_only_a_ring_of_sugars_with_all_its_centers_is_drawn_from_the_front() -> None:
    generator = np.random.default_rng(0)
    ring = sugar_ring(molecule_of(RIBOSIDE), generator)
    assert ring is not None and len(ring.atoms) == 5 and len(ring.above) == 4
    for smiles in ("OCC1OC(OC)C(O)C1O", "C1CCOCC1", "c1ccoc1", "C[C@H]1CCCO1"):
        assert sugar_ring(molecule_of(smiles), generator) is None


def test_made_molecules_of_the_new_kinds_are_molecules() -> None:
    library = MoleculeLibrary(["CCOc1ccccc1", "CC(=O)NCCO", "C1CCNCC1"])
    wanted = {"fused_tetrazoles": "N=N|nn", "perspective_cages": "", "sugar_rings": "@"}
    for kind in (*wanted, "flat_dashes"):
        generator = np.random.default_rng(1)
        molecules = [molecule_of(MAKERS[kind](library, generator)) for _ in range(60)]
        assert None not in molecules
        assert len({quiet_chem().MolToSmiles(molecule) for molecule in molecules}) > 12
