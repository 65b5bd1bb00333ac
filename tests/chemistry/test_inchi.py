"""Layers, formulas and sizes of InChI strings, without any chemistry software."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.chemistry.standard_form import is_standard

from inchify.chemistry.inchi import (
    formula_counts,
    heavy_atoms,
    join_layers,
    layer_table,
    remove_layers,
    split_layers,
    without_stereo,
)

FULL = "InChI=1S/C3H8O/c1-3(2)4/h3-4H,1-2H3/t3-/m1/s1/i1D3/t3-"


def test_layers_of_a_full_string() -> None:
    assert split_layers(FULL) == [
        ("formula", "C3H8O"),
        ("c", "1-3(2)4"),
        ("h", "3-4H,1-2H3"),
        ("t", "3-"),
        ("m", "1"),
        ("s", "1"),
        ("i", "1D3/t3-"),
    ]


@given(text=st.text(alphabet="CHNO123/cbhtmsi()-,+", max_size=40))
@example(text="i/i/")
def test_nothing_is_lost(text: str) -> None:
    inchi = "InChI=1S/" + text
    assert join_layers(split_layers(inchi)) == inchi
    once = without_stereo(inchi)
    assert without_stereo(once) == once
    layer_table(inchi)
    is_standard(inchi)


def test_stereo_goes_in_the_isotope_layer_too() -> None:
    assert without_stereo(FULL) == "InChI=1S/C3H8O/c1-3(2)4/h3-4H,1-2H3/i1D3"
    assert without_stereo("InChI=1S/CH4/i/t1-") == "InChI=1S/CH4"
    assert without_stereo("no InChI/t3-") == "no InChI/t3-"
    assert remove_layers(FULL, "i") == FULL[: FULL.index("/i")]


def test_no_prefix_no_layers() -> None:
    assert layer_table("C3H8O/c1-3(2)4") == {}
    with pytest.raises(ValueError, match="InChI=1S/"):
        split_layers("InChI=1/CH4/h1H4")


@pytest.mark.parametrize(
    ("formula", "counts"),
    [
        ("C2H6O", {"C": 2, "H": 6, "O": 1}),
        ("C2H6O.2ClH", {"C": 2, "H": 8, "O": 1, "Cl": 2}),
        ("H2O", {"H": 2, "O": 1}),
    ],
)
def test_formula_counts(formula: str, counts: dict[str, int]) -> None:
    assert formula_counts(formula) == counts


@pytest.mark.parametrize("formula", ["", "C2h6", "2", "C.", "(CH2)3", "C-1"])
def test_no_formula(formula: str) -> None:
    with pytest.raises(ValueError, match="no formula"):
        formula_counts(formula)


def test_sizes_and_formulas_of_molecules(inchis: list[str]) -> None:
    from inchify.chemistry.convert import quiet_chem

    for inchi in inchis:
        assert is_standard(inchi), inchi
    for inchi in inchis[20:60]:
        assert quiet_chem().MolFromInchi(inchi).GetNumHeavyAtoms() == heavy_atoms(inchi)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "InChI=1/CH4/h1H4",
        "InChI=1S/",
        "InChI=1S//c1-2",
        "InChI=1S/CH4/h1H4/h1H4",
        "InChI=1S/CH4/h1H4/c1",
        "InChI=1S/CH4/x1",
        "InChI=1S/CH4/h",
        "InChI=1S/CH4/h1H4\n",
        "InChI=1S/CH4/h1H4 ",
        "InChI=1S/CH4/h1H4/i",
        "InChI=1S/CH4/h1H4/i1D/h",
        "InChI=1S/CH4/h1H4é",
        "InChI=1S/c1-2",
    ],
)
def test_not_standard(text: str) -> None:
    assert not is_standard(text)
