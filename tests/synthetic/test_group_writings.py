"""Groups written in full read back as what they were."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("rdkit")

from tests.rendering.graph_inchi import inchi_with_labels

from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.convert import quiet_chem
from inchify.synthetic.molecules.group_formulas import group_queries, with_group_formulas


def test_every_writing_is_read_from_both_sides() -> None:
    chem, count = quiet_chem(), 0
    for query, writings in group_queries():
        for left, right in writings:
            one, other = expand_label(left, 1, "left"), expand_label(right, 1, "right")
            assert one is not None and other is not None, (left, right)
            assert one.smiles == other.smiles, (left, right)
            molecule = chem.MolFromSmiles(one.smiles)
            assert molecule.GetNumAtoms() == query.GetNumAtoms()
            assert molecule.HasSubstructMatch(query), left
            count += 1
    assert count > 50


@pytest.mark.parametrize(
    "smiles",
    [
        "CCCCCCc1ccc(S(N)(=O)=O)cc1",
        "CCOC(=O)C[C@H](NC(C)=O)c1ccccc1",
        "CC(C)O[C@@H]1CCCN(CCN(CC)CC)C1",
        "C[C@](O)(CCCCCC)C(C)(C)C",
    ],
)
def test_groups_are_written_and_the_molecule_stays(smiles: str) -> None:
    chem = quiet_chem()
    molecule, labels = chem.MolFromSmiles(smiles), set()
    for seed in range(20):
        changed = with_group_formulas(molecule, np.random.default_rng(seed))
        assert inchi_with_labels(changed) == chem.MolToInchi(molecule)
        labels |= {atom.GetProp("label") for atom in changed.GetAtoms() if atom.HasProp("label")}
    assert len(labels) >= 2
    assert chem.MolToSmiles(molecule) == chem.CanonSmiles(smiles)


def test_rings_ions_and_the_rest_of_a_small_molecule_stay() -> None:
    chem, generator = quiet_chem(), np.random.default_rng(1)
    for smiles in ("C1CCCCC1", "CCO", "CCC[NH3+]", "C[N+](C)(C)C", "CC(=O)O"):
        molecule = chem.MolFromSmiles(smiles)
        assert with_group_formulas(molecule, generator) is molecule
