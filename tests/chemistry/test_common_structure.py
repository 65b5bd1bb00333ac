"""What a read molecule shares with the true one."""

from __future__ import annotations

from inchify.chemistry.common_substructure import common_structure
from inchify.chemistry.convert import inchi_of_smiles, quiet_chem
from inchify.chemistry.molfiles import heavy_atom_points, molfile_of_inchi


def molfile(smiles: str) -> str:
    """Atoms in the order of the SMILES."""
    from rdkit.Chem import rdDepictor

    molecule = quiet_chem().MolFromSmiles(smiles)
    rdDepictor.Compute2DCoords(molecule)
    return str(quiet_chem().MolToMolBlock(molecule))


def inchi(smiles: str) -> str:
    found = inchi_of_smiles(smiles)
    assert found
    return found


def test_the_same_molecule_is_shared_whole() -> None:
    common = common_structure(molfile("OC(=O)c1ccncc1"), inchi("OC(=O)c1ccncc1"))
    assert common.atoms == frozenset(range(9))
    assert not (common.other_elements or common.other_hydrogens or common.missing)


def test_another_element_at_the_same_place_is_named() -> None:
    common = common_structure(molfile("CCCSCCC"), inchi("CCCNCCC"))
    assert common.other_elements == ((3, "N"),)
    assert common.atoms == {0, 1, 2, 4, 5, 6} and common.other_hydrogens == {3}


def test_what_was_not_read_is_told_at_its_neighbor() -> None:
    common = common_structure(molfile("CCCCCO"), inchi("CCCC(C)CO"))
    assert 3 in common.missing and len(common.atoms) == 6


def test_a_bond_of_another_order_is_doubtful() -> None:
    common = common_structure(molfile("CCC=CCO"), inchi("CCCCCO"))
    assert common.doubtful == {(2, 3)} and common.other_hydrogens == {2, 3}


def test_no_molecule_shares_nothing() -> None:
    assert not common_structure("", inchi("CCO")).atoms
    assert not common_structure(molfile("CCO"), "InChI=1S/none").atoms
    assert heavy_atom_points("").shape == (0, 2)
    assert heavy_atom_points(molfile_of_inchi(inchi("CCO"))).shape == (3, 2)
