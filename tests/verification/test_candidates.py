"""Candidates of several readers become proposals: each molecule once, the likeliest first."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from inchify.types import Candidate, GraphAtom, MoleculeGraph
from inchify.verification.candidates import FARTHEST, proposals_of
from inchify.verification.scoring import chances, reader_features, weights_of

TEXTS = [f"InChI=1S/C{n}H{2 * n + 2}" for n in range(1, 7)]
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        text=st.sampled_from(TEXTS),
        score=st.one_of(st.floats(-50, 0), st.just(-math.inf)),
        tokens=st.just(1),
        source=st.sampled_from(["a", "b", "c"]),
    ),
    max_size=12,
)


@given(CANDIDATES)
def test_every_molecule_once_and_some_reader_prefers_each_best(found: list[Candidate]) -> None:
    normal = {text: text for text in TEXTS[:-1]} | {TEXTS[-1]: ""}
    proposals = proposals_of(found, normal)
    assert {item.inchi for item in proposals} == {item.text for item in found}
    assert len({item.inchi for item in proposals}) == len(proposals)
    assert all(item.valid == (item.inchi != TEXTS[-1]) for item in proposals)
    for item in proposals:
        assert set(item.behind) == {candidate.source for candidate in found}
        assert all(0 <= nats <= FARTHEST for nats in item.behind.values())


@given(CANDIDATES)
def test_chances_sum_to_at_most_one(found: list[Candidate]) -> None:
    proposals = proposals_of(found, {text: text for text in TEXTS})
    answers = chances([reader_features(item) for item in proposals], weights_of("readers"))
    assert all(0 <= chance <= 1 for chance in answers)
    assert sum(answers) <= 1 + 1e-9


def test_texts_with_one_normal_form_are_one_proposal() -> None:
    one, other = Candidate("InChI=1S/b", -1.0, 1, "x"), Candidate("InChI=1S/a", -2.0, 1, "x")
    (proposal,) = proposals_of(
        [one, other], {"InChI=1S/b": "InChI=1S/a", "InChI=1S/a": "InChI=1S/a"}
    )
    assert proposal.inchi == "InChI=1S/a"
    assert proposal.behind == {"x": 0.0}
    assert proposal.votes == 1


def test_a_molecule_with_open_ends_competes() -> None:
    graph = MoleculeGraph((GraphAtom(0.0, 0.0, "", "R1"), GraphAtom(9.0, 0.0)), ())
    found = [
        Candidate("*C", -0.1, 2, "x", graph=graph),
        Candidate("InChI=1S/b", -3.0, 2, "x", graph=graph),
        Candidate("InChI=1S/broken", -4.0, 2, "x", graph=graph),
    ]
    first, second, third = proposals_of(found, {"InChI=1S/b": "InChI=1S/b"})
    assert (first.inchi, first.valid, first.has_open_ends) == ("*C", False, True)
    assert second.valid and not second.has_open_ends
    assert not third.valid and not third.has_open_ends
    rows = [reader_features(item) for item in (first, second, third)]
    assert [row["valid"] for row in rows] == [1.0, 1.0, 0.0]
    assert max(chances(rows, weights_of("readers"))) == chances(rows, weights_of("readers"))[0]
