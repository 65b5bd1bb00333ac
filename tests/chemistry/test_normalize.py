"""Any string gets a verdict; what is normalized once stays as it is."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inchify.chemistry.normalization import LONGEST, Normalizer, examine, guard, normalize, refusal
from inchify.isolation.pool import PoolSettings

# RDKit 2026.09 (InChI 1.07.3) never returns from these and holds the interpreter lock.
HANGS = (
    "InChI=1S/C8H9Si5O2/c1-5-3-7(11-14-5)9-13-10-8-4-6(2)15-12-8/h3-4H,1-2H3,(H,9,10,11,12)",
    "InChI=1S/C18H13Cl2Si5/c1-11-22-12(24-14-6-2-17(19)3-7-14)16-10-21-25(18(16)23-11)15-8-4"
    "-13(20)5-9-15/h2-10H,1H3,(H,22,23,24)",
)
JUNK = (
    "",
    "InChI=1S/C\0",
    "InChI=1S/" + "C" * 100_000,
    "x" * 100_000,
    "InChI=1S/\ud800",
    "InChI=1S/CH4/h1H4\n",
    "InChI=1S/<img>",
    "InChI=1S/C9999H9999",
    "InChI=1S//",
    "InChI=1S/CH4/h1H4/h1H4",
    "InChI=1/CH4/h1H4",
)


@pytest.fixture(scope="module")
def normalizer() -> Iterator[Normalizer]:
    with Normalizer(PoolSettings(deadline=1.5), details=True) as normalizer:
        yield normalizer


def test_hangs_and_junk_cost_only_their_own_row(normalizer: Normalizer, inchis: list[str]) -> None:
    good = inchis[20:40]
    texts = [text for pair in zip(good, [*HANGS, *JUNK], strict=False) for text in pair]
    results_of = normalizer.examine(texts)
    assert [result.text for result in results_of] == texts
    for text, result in zip(texts, results_of, strict=True):
        assert result.valid == (text in good), result
        assert result.inchi == text
        assert bool(result.reason) != result.valid
    assert "longer than" in results_of[1].reason
    normalizer.close()
    assert normalizer.examine(texts) == results_of
    assert not normalizer._pool.running, "known by now, the hangs too: nobody was asked"


def test_details(normalizer: Normalizer) -> None:
    (result,) = normalizer.examine(["InChI=1S/C3H8O/c1-3(2)4/h3-4H,1-2H3"])
    assert (result.smiles, result.molfile) == ("CC(C)O", True)


def test_a_badly_numbered_string_is_put_right() -> None:
    assert normalize(["InChI=1S/C3H8O/c1-2-3-4/h1H3,2-3H2,4H"]) == [
        "InChI=1S/C3H8O/c1-2-3-4/h4H,2-3H2,1H3"
    ]


def test_normalizing_twice_is_once(inchis: list[str]) -> None:
    rng = random.Random(5)
    texts = inchis[20:60]
    for inchi in inchis[20:200]:
        place = rng.randrange(len("InChI=1S/"), len(inchi))
        texts.append(inchi[:place] + rng.choice("123456789(),-HCNO/") + inchi[place + 1 :])
    once = normalize(texts)
    assert once[:40] == inchis[20:60]
    assert any(a != b for a, b in zip(once, texts, strict=True))
    assert normalize(once) == once


@given(text=st.text(max_size=30))
@settings(max_examples=60)
def test_any_text_has_a_verdict(text: str) -> None:
    for candidate in (text, "InChI=1S/" + text, "InChI=1S/CH4" + text):
        (result,) = examine([candidate])
        assert result.valid or (result.inchi == candidate and result.reason)


def test_the_guard() -> None:
    read = "InChI=1S/CH4O/c1-2/h2H,1H3"
    assert guard(read, read) == ""
    assert "'/p'" in guard(read, read + "/p-1")
    assert "'?'" in guard(read, read + "/t1?")
    assert guard(read + "/t1?", read + "/t1?") == ""
    assert "C2H6" in guard(read, "InChI=1S/C2H6/c1-2/h1-2H3")


def test_what_is_refused_says_why() -> None:
    assert "bytes" in refusal(b"InChI=1S/CH4/h1H4")
    assert "\\x00" in refusal("InChI=1S/C\0")
    assert str(LONGEST) in refusal("InChI=1S/" + "C" * LONGEST)
    assert refusal("InChI=1S/CH4/h1H4") == ""
