"""An InChI comes in, a molfile goes out: for answers behind which no drawing stands."""

from __future__ import annotations

from inchify.chem.convert import molecule_of_inchi, quiet_chem


def molfile_of_inchi(inchi: str) -> str:
    """A worker's job (RDKit may crash or hang): a molfile laid out by RDKit, "" where there is no
    molecule. V2000, or V3000 where that is too small."""
    molecule = molecule_of_inchi(inchi)
    if molecule is None:
        return ""
    from rdkit.Chem import rdDepictor

    rdDepictor.Compute2DCoords(molecule)
    return str(quiet_chem().MolToMolBlock(molecule))
