"""The mask lets every true string pass, and whatever is drawn under it is a well-formed InChI."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.chemistry.standard_form import is_standard

from inchify.chemistry.inchi import PREFIX, formula_counts, formula_of, layer_table
from inchify.chemistry.inchi_grammar.grammar import InchiGrammar
from inchify.chemistry.tokenization.tokenizers import InchiTokenizer
from inchify.chemistry.tokenization.vocabulary import Vocabulary

TOKENIZER = InchiTokenizer.default()
GRAMMAR = InchiGrammar(TOKENIZER.vocabulary)
NUMBER = r"[1-9][0-9]*"
GROUP = rf"{NUMBER}(?:-{NUMBER})?(?:,{NUMBER}(?:-{NUMBER})?)*H(?:{NUMBER})?"
MOBILE = rf"\(H(?:{NUMBER})?(?:-(?:{NUMBER})?)?(?:,{NUMBER})+\)"
LAYER_FORMS = {
    "b": rf"{NUMBER}-{NUMBER}[+-](?:,{NUMBER}-{NUMBER}[+-])*",
    "t": rf"{NUMBER}[+-](?:,{NUMBER}[+-])*",
    "m": "[01]",
    "s": "1",
    "h": rf"(?:{GROUP}(?:,{GROUP})*(?:,(?:{MOBILE})+)?|(?:{MOBILE})+)",
}


def mask_after(text: str) -> np.ndarray:
    """What may follow the beginning of an InChI."""
    state = GRAMMAR.start(1)
    for number in TOKENIZER.encode(PREFIX + text)[1:-1]:
        assert GRAMMAR.allowed(state)[0, number], text
        state = GRAMMAR.advance(state, np.array([number]))
    return GRAMMAR.allowed(state)[0]


def names_after(text: str) -> set[str]:
    return {TOKENIZER.vocabulary.symbol(i) for i in np.flatnonzero(mask_after(text))}


def test_true_strings_pass(inchis: list[str]) -> None:
    inchis = inchis[:250]
    rows = [TOKENIZER.encode(inchi) for inchi in inchis]
    state = GRAMMAR.start(len(rows))
    for step in range(1, max(map(len, rows))):
        ids = np.array([row[min(step, len(row) - 1)] for row in rows])
        allowed = GRAMMAR.allowed(state)
        for row in np.flatnonzero(~allowed[np.arange(len(rows)), ids]):
            pytest.fail(f"{inchis[row]}: forbidden after {TOKENIZER.decode(rows[row][:step])}")
        state = GRAMMAR.advance(state, ids)


def hydrogens_placed(layer: str) -> int:
    """The sum of a layer such as ``2-4,7H,1H3,(H2,5,6)``."""
    total = 0
    for count in re.findall(r"\(H([0-9]*)", layer):
        total += int(count or 1)
    fixed = layer.split("(")[0]
    for atoms, count in re.findall(r"([0-9,-]+)H([0-9]*)", fixed):
        for part in atoms.strip(",").split(","):
            first, _, last = part.partition("-")
            total += (int(last or first) - int(first) + 1) * int(count or 1)
    return total


def check_bonds(layer: str, atoms: int) -> None:
    """A walk over every atom: brackets match, no bond stands twice."""
    assert re.fullmatch(rf"(?:{NUMBER}|[-(),])+", layer)
    bonds: set[frozenset[int]] = set()
    seen: set[int] = set()
    previous, brackets = 0, []
    for sign, number in re.findall(r"([-(),]*)([0-9]+)", layer):
        assert sign in ("", "-", "(", ",", ")"), layer
        if sign == "(":
            brackets.append(previous)
        elif sign == ",":
            previous = brackets[-1]
        elif sign == ")":
            previous = brackets.pop()
        atom = int(number)
        assert 1 <= atom <= atoms
        bond = frozenset({previous, atom})
        assert len(bond) == 2 and bond not in bonds
        bonds.add(bond)
        seen.add(atom)
        previous = atom
    assert not brackets and seen == set(range(1, atoms + 1)), layer


def check(inchi: str) -> None:
    """A reader of its own, so that the mask is not judged by itself."""
    assert is_standard(inchi), inchi
    TOKENIZER.encode(inchi)
    counts = formula_counts(formula_of(inchi))
    heavy = sum(number for element, number in counts.items() if element != "H")
    layers = layer_table(inchi)
    assert ("c" in layers) == (heavy > 1)
    if "B" not in counts:  # its shared hydrogens have numbers too
        if "c" in layers:
            check_bonds(layers["c"], heavy)
        shared = 0 if heavy else 1
        assert hydrogens_placed(layers.get("h", "")) == max(0, counts.get("H", 0) - shared)
    for name, form in LAYER_FORMS.items():
        assert name not in layers or re.fullmatch(form, layers[name]), inchi


@given(seed=st.integers(0, 2**32 - 1))
def test_random_strings_are_well_formed(seed: int) -> None:
    for text in sample(np.random.default_rng(seed), rows=6):
        check(text)


def sample(rng: np.random.Generator, rows: int, steps: int = 300) -> list[str]:
    """Strings drawn at random under the mask, small numbers more often; only finished ones."""
    symbols = TOKENIZER.vocabulary.all_symbols
    weight = np.array([-0.25 * int(s) if s.isdecimal() else 0.0 for s in symbols])
    state, ids = GRAMMAR.start(rows), np.zeros((rows, steps), dtype=np.int64)
    for step in range(steps):
        allowed = GRAMMAR.allowed(state)
        assert allowed.any(axis=1).all()
        scores = np.where(allowed, weight + rng.gumbel(size=allowed.shape), -np.inf)
        ids[:, step] = scores.argmax(axis=1)
        state = GRAMMAR.advance(state, ids[:, step])
    finished = (ids == Vocabulary.END).any(axis=1)
    return [TOKENIZER.decode(row) for row in ids[finished]]


def test_many_random_strings_finish() -> None:
    texts = sample(np.random.default_rng(0), rows=150)
    assert len(texts) > 100
    assert sum("/t" in text for text in texts) > 3 and sum("(" in text for text in texts) > 20
    for text in texts:
        check(text)


def test_what_may_follow() -> None:
    assert names_after("") == {s for s in TOKENIZER.vocabulary.symbols if s.isalpha()} - {"D", "T"}
    assert "H" in names_after("C2") and "H" not in names_after("CN") and "1" not in names_after("C")
    assert names_after("C2H6") == {*"BFINOPST", "Br", "Cl", "Si", "/c"} - {"T"}
    assert names_after("C2H6/c1-2") == {"/h"}
    assert names_after("C3H8/c1-3") == {"-"}  # a bracket would need two more atoms
    assert names_after("C3H8/c1") == {"-", "("}
    assert names_after("C4H10/c1-3(") == {"2", "4"}
    assert names_after("C4H8/c1-2-4-3") == {"-", "(", "/h"}  # 3 may close rings to 1 and 2
    assert names_after("C4H8/c1-2-4-3-") == {"1", "2"}
    assert names_after("C2H6/c1-2/h1-2H") == {"3", "2", ","}
    assert "<end>" in names_after("C2H6/c1-2/h1-2H3")
    assert names_after("CHF3/c2-1(3)4/h1H/t") == {"1", "2", "3", "4"}


def test_rows_can_be_picked_and_lost() -> None:
    carbon, end = TOKENIZER.vocabulary.id("C"), Vocabulary.END
    state = GRAMMAR.advance(GRAMMAR.start(2), np.array([carbon, end]))  # no formula: lost
    swapped = GRAMMAR.reorder(state, np.array([1, 0, 0]))
    allowed = GRAMMAR.allowed(swapped)
    assert np.flatnonzero(allowed[0]).tolist() == [end]
    assert (allowed[1] == GRAMMAR.allowed(state)[0]).all() and (allowed[1] == allowed[2]).all()
    assert len(GRAMMAR.advance(swapped, np.array([0, carbon, carbon]))) == 3


def test_a_vocabulary_it_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="/q"):
        InchiGrammar(Vocabulary(("C", "/q")))


def test_a_small_vocabulary_never_blocks() -> None:
    grammar = InchiGrammar(Vocabulary(("C", "H", "2", "/c")))
    state = grammar.start(1)
    for _ in range(6):
        allowed = grammar.allowed(state)
        assert allowed.any()
        state = grammar.advance(state, allowed.argmax(axis=1))
