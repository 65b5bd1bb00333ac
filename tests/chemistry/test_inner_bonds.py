"""Bonds that end at atoms inside a written chain go to the atoms whose letters they point at."""

from __future__ import annotations

import pytest

from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.abbreviations.inner_bonds import inner_bonds
from inchify.chemistry.convert import quiet_chem

CHAINS = [
    ("OCH2CHCH2", (0.0, 0.6, 1.0), (1, 1, 1), "[*:1]OCC([*:2])C[*:3]"),
    ("NHCHCH2", (0.0, 0.4, 1.0), (1, 1, 1), "[*:1]NC([*:2])C[*:3]"),
    ("CH2CHO", (0.0, 0.5, 1.0), (1, 1, 1), "[*:1]CC([*:2])O[*:3]"),
    ("SO2NHCH2CHCH2OH", (0.0, 0.66), (1, 1), "[*:1]S(=O)(=O)NCC([*:2])CO"),
    ("HOCH2CHCH2O", (0.5, 1.0), (1, 1), "OCC([*:1])CO[*:2]"),
    ("HOH2CHC", (0.9, 1.0), (1, 1), "OCC([*:1])[*:2]"),
    ("SO2NHCH2CH", (0.0, 1.0, 1.0), (1, 1, 1), "[*:1]S(=O)(=O)NCC([*:2])[*:3]"),
    ("COCH2N", (0.0, 1.0, 1.0), (1, 1, 1), "[*:1]C(=O)CN([*:2])[*:3]"),
    ("CHCH2NHSO2", (0.0, 0.0, 1.0), (1, 1, 1), "[*:1]C([*:2])CNS(=O)(=O)[*:3]"),
    ("NCH2CH2N", (0.0, 0.0, 1.0, 1.0), (1, 1, 1, 1), "[*:1]N([*:2])CCN([*:3])[*:4]"),
    ("CHOCH", (0.0, 0.0, 1.0, 1.0), (1, 1, 1, 1), "[*:1]C([*:2])OC([*:3])[*:4]"),
    ("CH2CCH2", (0.0, 0.5, 1.0), (1, 2, 1), "[*:1]CC(=[*:2])C[*:3]"),
    ("NHCNH", (0.0, 0.5, 1.0), (1, 2, 1), "[*:1]NC(=[*:2])N[*:3]"),
    ("CH2CHCH2CH", (0.0, 0.4, 1.0, 1.0), (1, 1, 1, 1), "[*:1]CC([*:2])CC([*:3])[*:4]"),
    ("C(CH3)2", (0.3, 1.0), (1, 1), "[*:1]C(C)(C)[*:2]"),
]


@pytest.mark.parametrize(("text", "spots", "orders", "smiles"), CHAINS)
def test_each_bond_goes_to_the_atom_that_it_points_at(
    text: str, spots: tuple[float, ...], orders: tuple[int, ...], smiles: str
) -> None:
    read = expand_label(text, len(spots), None, orders, spots)
    assert read is not None
    assert read.smiles == quiet_chem().CanonSmiles(smiles)


@pytest.mark.parametrize(
    ("text", "spots"),
    [
        ("OCH2CHCH2", (0.0, 0.2, 1.0)),  # over an O and a CH2 that have no room
        ("CH2CH2CH2", (0.0, 0.5, 1.0)),
        ("CHCH2CH2CH2CH2", (0.0, 0.8, 1.0)),  # the CH is far from it
        ("Boc", (0.0, 0.5, 1.0)),
    ],
)
def test_a_bond_that_no_atom_near_it_has_room_for_is_not_guessed(
    text: str, spots: tuple[float, ...]
) -> None:
    assert expand_label(text, len(spots), None, None, spots) is None


def test_with_two_bonds_valences_say_where_they_go() -> None:
    read = expand_label("CHCH2CH2CH2CH3", 2, None, None, (0.0, 0.9))
    assert read is not None
    assert read.smiles == quiet_chem().CanonSmiles("CCCCC([*:1])[*:2]")


def test_a_text_without_atoms_has_no_inner_bonds() -> None:
    assert inner_bonds("(", (0.5,), (1,), lambda text: "C") is None


def test_wrong_spots_are_named() -> None:
    with pytest.raises(ValueError, match="spots are from 0 to 1"):
        expand_label("CHCH2", 2, None, None, (0.0, 1.5))
    with pytest.raises(ValueError, match="spots are from 0 to 1"):
        expand_label("CHCH2", 2, None, None, (0.0,))
