"""What a picture cannot tell of double bonds: variants, sameness of drawings, chances."""

from __future__ import annotations

from math import exp

import pytest
from tests.rendering.graph_inchi import sample_smiles

from inchify.chemistry.convert import inchi_of_smiles
from inchify.chemistry.inchi import without_stereo
from inchify.rendering.bms_style import draw
from inchify.verification.ambiguity.ez_bonds import drawn_geometry, read_bonds
from inchify.verification.ambiguity.stereo_variants import (
    likely_variants,
    nearest_to_all,
    same_drawing,
    variants,
)


def inchi(smiles: str) -> str:
    return inchi_of_smiles(smiles) or ""


STYRENE = inchi("CC(=O)/C=C/c1ccccc1")
OXIME = inchi("CC/C(=N\\O)c1ccccc1")
OPEN_OXIME = inchi("CCC(=NO)c1ccccc1")
AZO = inchi("CCOC(=O)c1ccc(cc1)N=Nc1ccccc1")
MACROCYCLE = inchi("O=C1CCCCCCCC/C=C/CCCO1")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (STYRENE, 2),  # itself and open
        (inchi("CC(=O)C=Cc1ccccc1"), 3),  # itself and stated either way
        (MACROCYCLE, 3),  # itself, the other way round, open
        (inchi("CC(=O)NC1CCC=CC1"), 1),  # a small ring
        (inchi("CC(=N)CC=CC"), 1),  # =NH is never stated: the rest would need a "?"
        (inchi("CC=CC=CC=CC=CC(=O)O"), 9),  # no more than three bonds are free
        ("InChI=1S/nonsense", 1),
    ],
)
def test_variants(text: str, count: int) -> None:
    found = variants(text)
    assert found[0] == text
    assert len(found) == len(set(found)) == count
    assert not any("?" in other for other in found)
    assert len({without_stereo(other) for other in found}) == 1


def test_variants_of_the_sample_lead_back() -> None:
    """Each is a settled InChI, and the one that states is among those of the one that is open."""
    for smiles in sample_smiles(2)[:150]:
        text = inchi(smiles)
        for other in variants(text)[1:]:
            found = read_bonds(other)
            assert found is not None
            assert found.written(found.cis) == other
            assert text in variants(other)


def test_hydrogens_tell() -> None:
    assert [text for text, _ in likely_variants(STYRENE)] == [STYRENE]
    opened = variants(STYRENE)[1]
    assert likely_variants(opened) == [(opened, 0.0)]
    assert not same_drawing(draw(STYRENE), draw(opened))


@pytest.mark.parametrize("text", [OXIME, OPEN_OXIME, AZO, MACROCYCLE])
def test_those_drawn_alike_say_the_same(text: str) -> None:
    found = likely_variants(text)
    assert len(found) == 2
    assert text in dict(found)
    assert sum(exp(chance) for _, chance in found) == pytest.approx(1)
    assert found[0][1] >= found[1][1]
    for other, _ in found:
        assert same_drawing(draw(text), draw(other))
        assert dict(likely_variants(other)) == pytest.approx(dict(found))


def test_drawn_geometry_is_the_stated_one() -> None:
    for text in (STYRENE, OXIME):
        found = read_bonds(text)
        assert found is not None
        assert drawn_geometry(text, found) == found.cis
    ring = read_bonds(MACROCYCLE)
    assert ring is not None
    assert ring.cis == (False,)
    assert drawn_geometry(MACROCYCLE, ring) == (True,)


def test_nearest_to_all() -> None:
    assert nearest_to_all([("abcd", -0.2), ("xyz", -2.0)]) == "abcd"
    # the middle of three is the least evil
    assert nearest_to_all([("aaaa", -0.9), ("bbbb", -1.1), ("aabb", -1.4)]) == "aabb"
