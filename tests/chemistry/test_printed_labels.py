"""Labels as patents print them: all are written in the alphabet, and what they say is known."""

from __future__ import annotations

import numpy as np
import pytest

from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.abbreviations.printed_variants import PRINTED_KINDS, random_printed_label
from inchify.chemistry.abbreviations.text_variants import ALPHABET
from inchify.chemistry.convert import quiet_chem


def canonical(smiles: str) -> str:
    return quiet_chem().CanonSmiles(smiles)


@pytest.mark.parametrize("kind", PRINTED_KINDS)
def test_every_kind_is_of_many_texts_in_the_alphabet(kind: str) -> None:
    generator = np.random.default_rng(5)
    texts = {random_printed_label(generator, kind) for _ in range(120)}
    assert len(texts) > 10 and "" not in texts
    assert set("".join(texts)) <= set(ALPHABET)


def test_shares_sum_to_one_and_a_seed_gives_the_same_labels() -> None:
    assert sum(share for share, _ in PRINTED_KINDS.values()) == pytest.approx(1.0)
    one, other = (np.random.default_rng(3) for _ in range(2))
    assert [random_printed_label(one) for _ in range(50)] == [
        random_printed_label(other) for _ in range(50)
    ]


def test_every_group_has_a_structure() -> None:
    generator = np.random.default_rng(1)
    texts = {random_printed_label(generator, "groups") for _ in range(600)}
    assert not [text for text in texts if expand_label(text, 1) is None]


@pytest.mark.parametrize(
    ("text", "smiles"),
    [
        ("C4H9(n)", "*CCCC"),
        ("C4H9-n", "*CCCC"),
        ("(n)C8H17O", "*OCCCCCCCC"),
        ("OC4H9(t)", "*OC(C)(C)C"),
        ("t-C4H9O", "*OC(C)(C)C"),
        ("i-C3H7", "*C(C)C"),
        ("NHC3H7-i", "*NC(C)C"),
        ("OC5H11(t)", "*OC(C)(C)CC"),
        ("H45C22", "*" + "C" * 22),
        ("(CH2)19COOH", "*" + "C" * 19 + "C(=O)O"),
        ("NH3+Cl-", "*[NH3+].[Cl-]"),
        ("Br-+(CH3)3N", "*[N+](C)(C)C.[Br-]"),
    ],
)
def test_ways_in_which_patents_write_groups(text: str, smiles: str) -> None:
    found = expand_label(text, 1)
    assert found is not None
    assert canonical(found.smiles) == canonical(smiles.replace("*", "[*:1]"))


@pytest.mark.parametrize(
    ("text", "smiles"),
    [
        ("CH2CH2", "[*:1]CC[*:2]"),
        ("OCH2", "[*:1]OC[*:2]"),
        ("CH2O", "[*:1]CO[*:2]"),
        ("H2CO", "[*:1]CO[*:2]"),
        ("SO2NH", "[*:1]S(=O)(=O)N[*:2]"),
        ("NHSO2", "[*:1]NS(=O)(=O)[*:2]"),
        ("N(CH3)CH2", "[*:1]N(C)C[*:2]"),
        ("CH2N(CH3)", "[*:1]CN(C)[*:2]"),
        ("CONH", "[*:1]C(=O)N[*:2]"),
        ("OOC", "[*:1]OC(=O)[*:2]"),
        ("CH=N", "[*:1]C=N[*:2]"),
        ("C(CH3)2", "[*:1]C(C)(C)[*:2]"),
        ("O(CH2)3NH", "[*:1]OCCCN[*:2]"),
    ],
)
def test_both_bonds_of_a_label_in_the_middle_of_a_chain(text: str, smiles: str) -> None:
    found = expand_label(text, 2)
    assert found is not None
    assert found.smiles == canonical(smiles)


def test_silicon_is_not_taken_for_an_iso_group() -> None:
    found = expand_label("Si(C3H7)3", 1)
    assert found is not None
    assert found.smiles == canonical("[*:1][Si](CCC)(CCC)CCC")
