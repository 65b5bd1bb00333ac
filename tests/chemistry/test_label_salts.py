"""Ions, acids and metals in one label with a group are read as salts of it."""

from __future__ import annotations

import pytest

from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.abbreviations.label_salts import metal_salt
from inchify.chemistry.convert import quiet_chem


@pytest.mark.parametrize(
    ("text", "smiles"),
    [
        ("NH3+Cl-", "[*:1][NH3+].[Cl-]"),
        ("N+(CH3)3Cl-", "[*:1][N+](C)(C)C.[Cl-]"),
        ("N(CH3)3+I-", "[*:1][N+](C)(C)C.[I-]"),
        ("Br-N+(CH3)3", "[*:1][N+](C)(C)C.[Br-]"),
        ("N2+BF4-", "[*:1][N+]#N.F[B-](F)(F)F"),
        ("NH2.HCl", "[*:1]N.Cl"),
        ("NH2HCl", "[*:1]N.Cl"),
        ("NHCH3.HBr", "[*:1]NC.Br"),
        ("CH2NH2.TFA", "[*:1]CN.OC(=O)C(F)(F)F"),
        ("OPO3Na2", "[*:1]OP(=O)([O-])[O-].[Na+].[Na+]"),
        ("PO3K2", "[*:1]P(=O)([O-])[O-].[K+].[K+]"),
        ("SO3Na", "[*:1]S(=O)(=O)[O-].[Na+]"),
    ],
)
def test_labels_of_salts(text: str, smiles: str) -> None:
    read = expand_label(text, 1, "left")
    assert read is not None
    canonical = quiet_chem().CanonSmiles
    assert canonical(read.smiles) == canonical(smiles)


def test_an_anion_beside_a_neutral_group_and_a_chloramine_are_no_salts() -> None:
    assert expand_label("NH2Cl-", 1, "left") is None
    chloramine = expand_label("NHCl", 1, "left")
    assert chloramine is not None and chloramine.smiles == "ClN[*:1]"


def test_as_many_metals_as_acidic_hydrogens() -> None:
    assert metal_salt("OP(=O)(O)[*:1]", "Na", 3) is None
    assert metal_salt("OP(=O)(O)[*:1]", "Na", 2) is not None


@pytest.mark.parametrize("text", ["SO2N", "CO2N", "NSO2", "SO2NHCH2CH", "CONHCH2CH"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_chain_that_lost_its_end_is_not_closed(text: str, side: str) -> None:
    assert expand_label(text, 1, side) is None
