"""Conversion between SMILES and standard InChI."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

# Longer strings are polymers and peptides that no picture here holds and that can take minutes.
LONGEST_SMILES = 1000


@lru_cache(maxsize=1)
def quiet_chem() -> Any:
    """RDKit's Chem module, its messages silenced, loaded on first use."""
    from rdkit import Chem, rdBase

    rdBase.DisableLog("rdApp.*")
    return Chem


def inchi_of_smiles(smiles: str) -> str | None:
    """Convert a SMILES to a standard InChI.

    Args:
        smiles: The SMILES; more than ``LONGEST_SMILES`` characters are not converted.

    Returns:
        The InChI, or None where RDKit cannot read or convert the SMILES.
    """
    if not smiles or len(smiles) > LONGEST_SMILES:
        return None
    chem = quiet_chem()
    molecule = chem.MolFromSmiles(smiles)
    return (chem.MolToInchi(molecule) or None) if molecule is not None else None


def smiles_of_inchi(inchi: str) -> str | None:
    """Convert an InChI to a canonical SMILES.

    Args:
        inchi: The InChI.

    Returns:
        The SMILES, or None where RDKit cannot read the InChI.
    """
    chem = quiet_chem()
    molecule = chem.MolFromInchi(inchi)
    return (chem.MolToSmiles(molecule) or None) if molecule is not None else None


def smiles_of_molfile(molfile: str) -> str | None:
    """Convert a molfile to a canonical SMILES.

    Args:
        molfile: Content of the molfile, V2000 or V3000.

    Returns:
        The SMILES, or None where RDKit cannot read the molfile.
    """
    molecule = quiet_chem().MolFromMolBlock(molfile)
    return (quiet_chem().MolToSmiles(molecule) or None) if molecule is not None else None


def molecule_of_inchi(inchi: str) -> Any | None:
    """Parse an InChI.

    Args:
        inchi: The InChI.

    Returns:
        RDKit's molecule, or None where RDKit cannot read the InChI.
    """
    return quiet_chem().MolFromInchi(inchi)


def skeleton_key(inchi: str) -> str:
    """The first block of the InChIKey: the same for all stereoisomers and isotopologues.

    Args:
        inchi: The InChI.

    Returns:
        14 letters.
    """
    from rdkit.Chem import InchiToInchiKey

    return str(InchiToInchiKey(inchi)).partition("-")[0]
