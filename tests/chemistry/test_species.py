"""Texts of counter-ions and solvates beside a drawing name their molecules, other texts none."""

from __future__ import annotations

import pytest

from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.convert import inchi_of_smiles
from inchify.chemistry.species import species_of_text


@pytest.mark.parametrize(
    ("text", "smiles"),
    [
        ("HCl", "Cl"),
        ("ClH", "Cl"),
        ("HI", "I"),
        ("2 HCl", "Cl.Cl"),
        ("2HCl", "Cl.Cl"),
        ("\u2022 2 Na", "[Na+].[Na+]"),
        ("\u00b7 2 HCl", "Cl.Cl"),
        (". HCl", "Cl"),
        ("x 2 HCl", "Cl.Cl"),
        ("2 \u00d7 HCl", "Cl.Cl"),
        ("(HCl)2", "Cl.Cl"),
        ("HCl x 2", "Cl.Cl"),
        ("HCl X 2", "Cl.Cl"),
        ("X 2 HCl", "Cl.Cl"),
        ("H-Cl", "Cl"),
        ("Br-H", "Br"),
        ("2 H-Cl", "Cl.Cl"),
        ("3 H2O", "O.O.O"),
        ("3H2O", "O.O.O"),
        ("TFA", "OC(=O)C(F)(F)F"),
        ("CF3COOH", "OC(=O)C(F)(F)F"),
        ("2 CF3CO2H", "OC(=O)C(F)(F)F.OC(=O)C(F)(F)F"),
        ("H2SO4", "OS(O)(=O)=O"),
        ("H3PO4", "OP(O)(O)=O"),
        ("MeSO3H", "CS(O)(=O)=O"),
        ("HCO2H", "OC=O"),
        ("Br-", "[Br-]"),
        ("2 Br\u2212", "[Br-].[Br-]"),
        ("2 Br \u2212", "[Br-].[Br-]"),
        ("K+", "[K+]"),
        ("2 Na+", "[Na+].[Na+]"),
        ("Ca2+", "[Ca+2]"),
        ("NaOH", "[Na+].[OH-]"),
        ("MeOH", "CO"),
        ("EtOH", "CCO"),
        ("DMSO", "CS(C)=O"),
        ("fumaric acid", "OC(=O)/C=C/C(=O)O"),
        ("Maleic acid", "OC(=O)/C=C\\C(=O)O"),
        ("oxalate", "OC(=O)C(=O)O"),
        ("dihydrochloride", "Cl.Cl"),
        ("trihydrate", "O.O.O"),
        ("HCl \u2022 H2O", "Cl.O"),
        ("2 HCl \u00b7 3 H2O", "Cl.Cl.O.O.O"),
        ("NBu4+", "CCCC[N+](CCCC)(CCCC)CCCC"),
        ("PF6-", "F[P-](F)(F)(F)(F)F"),
        ("C2H5OH", "CCO"),
        ("2 CH3CO2H", "CC(=O)O.CC(=O)O"),
        ("I3-", "I[I-]I"),
        ("2 HCI", "Cl.Cl"),
        ("2HC1", "Cl.Cl"),
        ("3 H20", "O.O.O"),
        ("H2S04", "OS(O)(=O)=O"),
        ("TFA salt", "OC(=O)C(F)(F)F"),
    ],
)
def test_species_and_their_counts(text: str, smiles: str) -> None:
    found = species_of_text(text)
    assert found is not None and found.error == ""
    assert inchi_of_smiles(found.smiles) == inchi_of_smiles(smiles)
    label = expand_label(text, 0)
    assert label is not None and inchi_of_smiles(label.smiles) == inchi_of_smiles(smiles)


@pytest.mark.parametrize("text", ["xHCl", "x HCl", "n H2O", "0.5 H2O", "\u00bd H2O", "hemihydrate"])
def test_open_and_broken_counts_are_named(text: str) -> None:
    found = species_of_text(text)
    assert found is not None
    assert text in found.error and found.smiles == "" and found.balanced(1) == ""
    assert expand_label(text, 0) is None


NO_SPECIES = (
    "A B C N I II 1 12 12a (12a) S1 R1 R X Ar H D 2H Me OH NH2 CO NO Ph Boc n=2 90% rt a (S) OMe "
    "CH3 C6H13 N2 H2 HO NC M+ + - Z IC50 HIV In As He C4H4O4 S2-"
)


@pytest.mark.parametrize("text", NO_SPECIES.split())
def test_other_texts_name_nothing(text: str) -> None:
    assert species_of_text(text) is None


def test_salts_named_in_words_balance_the_charge() -> None:
    def balanced(text: str, charge: int) -> str:
        found = species_of_text(text)
        assert found is not None
        return found.balanced(charge)

    assert balanced("chloride", 1) == "[Cl-]"
    assert balanced("chloride", 0) == "Cl"
    assert balanced("2 Cl", 2) == "[Cl-].[Cl-]"
    assert balanced("2 HCl", 1) == "[Cl-].Cl"
    assert balanced("sulfate", 2) == "[O-]S(=O)(=O)[O-]"
    assert balanced("H2O", 1) == "O"
    assert balanced("DCHA", -1) == "C1CCC(CC1)[NH2+]C1CCCCC1"
