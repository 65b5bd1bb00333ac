"""Molecules that differ in one place: among them are those that readers miss."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from inchify.chemistry.convert import inchi_of_smiles
from inchify.readers.verified import normal_forms
from inchify.rendering.bms_fonts import draw_competition_in
from inchify.synthetic.bms_noise import add_noise
from inchify.types import Candidate
from inchify.verification.ambiguity.ring_strain import is_strained
from inchify.verification.single_edits import edits
from inchify.verification.verifier import Verifier

MANY = 1000


def inchi(smiles: str) -> str:
    return str(inchi_of_smiles(smiles))


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("C1CC(Sc2ccccc2)CCN1", "C1CC(Nc2ccccc2)CCN1"),
        ("Ic1ccccc1", "Fc1ccccc1"),
        ("Clc1ccccc1", "COc1ccccc1"),
        ("c1ccccc1", "c1ccncc1"),
        ("CCCO", "CCCCO"),
        ("CCCCO", "CCCO"),
        ("CC(C)O", "CC(C)(C)O"),
        ("CC1CCCCC1C", "C1C2CCCCC2C1"),
        ("CC1CCC(C)CC1", "C1C2CCC(C1)CC2"),
        ("CCCC[C@H](F)Cl", "CCC[C@H](F)Cl"),
        ("CCC[C@H](F)Cl", "CCC[C@H](F)CCl"),
        ("CCC[C@@H](F)Cl", "CCC[C@@H](F)CCl"),
        ("CCC[C@H](F)CCl", "CCC[C@H](F)Cl"),
    ],
)
def test_the_molecule_that_is_meant_is_among_them(read: str, meant: str) -> None:
    found = edits(inchi(read), MANY)
    assert inchi(meant) in found
    assert inchi(read) not in found
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("smiles", ["CCC[C@H](F)Cl", "C[C@H](O)[C@@H](N)CC"])
def test_no_edit_turns_a_center_round(smiles: str) -> None:
    """A carbon more in a chain, or one less, leaves the configuration as it was."""
    mirrored = smiles.translate(str.maketrans({"@": "!"})).replace("!!", "@").replace("!", "@@")
    twins = set(edits(inchi(smiles), MANY)) & set(edits(inchi(mirrored), MANY))
    assert not [one for one in twins if "/m" in one]


def test_no_more_than_asked_for_and_none_of_what_is_no_molecule() -> None:
    assert len(edits(inchi("CCCCCCO"), 7)) == 7
    assert edits("InChI=1S/C2/c9", 7) == []


@pytest.fixture(scope="module")
def verifier() -> Iterator[Verifier]:
    found = Verifier(normal_forms)
    yield found
    found.close()


@pytest.mark.parametrize("face", ["", "sans"])
@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Cc1ccc(OCC2CCCC2)cc1I", "Cc1ccc(OCC2CCCC2)cc1F"),
        ("CC1CCCCC1Cc1ccccc1", "C1C2CCCCC2C1c1ccccc1"),
    ],
)
def test_what_no_reader_proposed_is_found_where_it_is_sought(
    verifier: Verifier, face: str, read: str, meant: str
) -> None:
    generator = np.random.default_rng(3)
    intensity = draw_competition_in(face, inchi(meant), generator, 40)
    intensity = add_noise(intensity, generator, salt=0.137, pepper=3e-4).astype(
        np.uint8
    ) * np.uint8(255)
    proposed = [Candidate(inchi(read), -0.1, 1)]
    assert verifier.weigh(intensity, proposed).inchi == inchi(read)
    found = verifier.weigh(intensity, proposed, edited=True)
    assert found.inchi == inchi(meant) and found.confidence > 0.8


@pytest.mark.parametrize(
    ("smiles", "strained"),
    [
        ("C1#CC=CC=C1", True),
        ("C1=C=CCCC1", True),
        ("c1ccccc1", False),
        ("CC#CC", False),
        ("C=C=C1CCCC1", False),
        ("O=S1(=O)CCCC1", False),
    ],
)
def test_what_small_rings_cannot_have(smiles: str, strained: bool) -> None:
    assert is_strained(inchi(smiles)) == strained
