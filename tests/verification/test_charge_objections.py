"""A counter-ion without its ion says that a sign was missed."""

from __future__ import annotations

import pytest

from inchify.chemistry.convert import inchi_of_smiles
from inchify.verification.objections.charges import is_unbalanced_salt


@pytest.mark.parametrize(
    ("smiles", "unbalanced"),
    [
        ("CC(=O)OC.[K+]", True),
        ("CCN.[Na+].[Na+]", True),
        ("[Cl-].[Cl-].C[N+](C)(C)C", True),
        ("CC(=O)[O-].[K+]", False),
        ("[O-]C(=O)C(=O)[O-].[Na+].[Na+]", False),
        ("C[N+](C)(C)C.[Cl-]", False),
        ("CC(=O)O.CCN", False),
        ("C[N+](C)(C)C", False),
        ("CC[NH3+]", False),
        ("C[N+](=O)[O-].Cl", False),
        ("CC[NH3+].[Cl-]", False),
    ],
)
def test_charges_that_do_not_balance(smiles: str, unbalanced: bool) -> None:
    assert is_unbalanced_salt(str(inchi_of_smiles(smiles))) is unbalanced
