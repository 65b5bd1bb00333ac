"""Molfiles of InChIs, for answers without a drawn graph, and the coordinates of a molfile."""

from __future__ import annotations

import numpy as np

from inchify.chemistry.convert import molecule_of_inchi, quiet_chem


def molfile_of_inchi(inchi: str) -> str:
    """Lay out the molecule of an InChI. RDKit may crash or hang: to be run in a worker process.

    Args:
        inchi: The InChI.

    Returns:
        A molfile, V2000, or V3000 where that is too small; "" where there is no molecule.
    """
    molecule = molecule_of_inchi(inchi)
    if molecule is None:
        return ""
    from rdkit.Chem import rdDepictor

    rdDepictor.Compute2DCoords(molecule)
    return str(quiet_chem().MolToMolBlock(molecule))


def heavy_atom_points(molfile: str) -> np.ndarray:
    """Coordinates of a molfile's atoms without plain hydrogens.

    Args:
        molfile: Content of the molfile.

    Returns:
        x and y, float (N, 2), in the unit of the molfile; (0, 2) where it is no molecule.
    """
    molecule = quiet_chem().MolFromMolBlock(molfile, removeHs=True)
    if molecule is None:
        return np.zeros((0, 2))
    return np.asarray(molecule.GetConformer().GetPositions())[:, :2]
