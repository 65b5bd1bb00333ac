"""Molecules put together of pieces are molecules of the wanted kind."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("rdkit")

from tests.rendering.graph_inchi import sample_smiles

from inchify.chemistry.convert import quiet_chem
from inchify.synthetic.molecules.generated import MAKERS, bonded, sample_generated
from inchify.synthetic.molecules.library import MoleculeLibrary, heavy_atoms
from inchify.synthetic.molecules.special import sample_molecule

COUNT = 25


def made(kind: str) -> list[str]:
    library, generator = MoleculeLibrary(sample_smiles(5)[:2000]), np.random.default_rng(8)
    return [sample_molecule(library, frozenset((kind,)), generator) for _ in range(COUNT)]


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_every_kind_gives_molecules_and_many_of_them(kind: str) -> None:
    found = made(kind)
    assert len(set(found)) >= 0.9 * COUNT - 1
    molecules = [quiet_chem().MolFromSmiles(smiles) for smiles in found]
    assert all(quiet_chem().MolToInchi(molecule) for molecule in molecules)
    sizes = [molecule.GetNumHeavyAtoms() for molecule in molecules]
    assert max(sizes) <= 125
    if kind == "large_molecules":
        assert sum(size >= 38 for size in sizes) > 0.8 * COUNT
    if kind == "long_chains":
        chain = quiet_chem().MolFromSmarts("[CX4;!R]~[CX4;!R]~[*;!R]~[*;!R]~[*;!R]~[*;!R]~[*;!R]")
        assert all(molecule.HasSubstructMatch(chain) for molecule in molecules)
    if kind == "macrocycles":
        rings = [max(map(len, m.GetRingInfo().AtomRings())) for m in molecules]
        assert sum(size >= 9 for size in rings) > 0.7 * COUNT
    if kind == "crowded_groups":
        ortho = quiet_chem().MolFromSmarts("*-!@[r]~@[r]-!@*")
        assert all(molecule.HasSubstructMatch(ortho) for molecule in molecules)


def test_two_molecules_are_bonded_by_a_link() -> None:
    generator = np.random.default_rng(0)
    whole = bonded("CO", "c1ccccc1", "C(=O)N", generator)
    assert whole is not None
    molecule = quiet_chem().MolFromSmiles(whole)
    assert molecule.GetNumHeavyAtoms() == 11
    assert molecule.HasSubstructMatch(quiet_chem().MolFromSmarts("C(=O)Nc1ccccc1"))
    assert bonded("[Na+].[Cl-]", "CO", "C", generator) is None
    assert bonded("FC(F)(F)F", "CO", "C", generator) is None


def test_other_kinds_draw_no_number() -> None:
    library, generator = MoleculeLibrary(["CCO", "CCN"]), np.random.default_rng(3)
    assert sample_generated(frozenset(("cages", "frames")), library, generator) is None
    assert generator.random() == np.random.default_rng(3).random()


def test_large_molecules_of_a_list_are_kept_beside_it() -> None:
    large, salt = "C" * 70, "C" * 70 + ".[Na+]"
    library = MoleculeLibrary(["CCO", large, salt, "CCN"], max_atoms=60)
    assert large not in library.entries and library.large == [large]
    assert heavy_atoms("[Na+].ClCCBr") == 5
