"""decode(encode(text)) == text, for molecules and for anything else that has its symbols."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inchify.chemistry.tokenization.tokenizers import (
    TOKENIZERS,
    InchiTokenizer,
    SmilesTokenizer,
    Tokenizer,
    load_tokenizer,
)
from inchify.chemistry.tokenization.vocabulary import UnknownSymbol, Vocabulary

INCHI, SMILES = InchiTokenizer.default(), SmilesTokenizer.default()


def test_default_covers_the_competition() -> None:
    """Everything that nearly all entries had: numbers 0-167, these elements, layers and signs."""
    elements = ["B", "Br", "C", "Cl", "D", "F", "H", "I", "N", "O", "P", "S", "Si", "T"]
    layers = ["/" + letter for letter in "bchimst"]
    for symbol in [*map(str, range(168)), *elements, *layers, *"()+,-"]:
        assert symbol in INCHI.vocabulary
    assert "?" not in INCHI.vocabulary


def test_inchi_symbols() -> None:
    text = "InChI=1S/C13H9ClO/c14-12-8/h1-9H/t4-/m0/s1/i1D3"
    cut = "C 13 H 9 Cl O /c 14 - 12 - 8 /h 1 - 9 H /t 4 - /m 0 /s 1 /i 1 D 3"
    assert " ".join(InchiTokenizer.split(text)) == cut


def test_smiles_symbols() -> None:
    text = "CSc1[nH]c%12c1[13C@@H](Br)[Sc+3]"
    cut = "C S c 1 [ n H ] c %12 c 1 [ 1 3 C @@ H ] ( Br ) [ Sc + 3 ]"
    assert " ".join(SmilesTokenizer.split(text)) == cut


def test_every_molecule_comes_back(inchis: list[str], smiles: list[str]) -> None:
    for tokenizer, texts in ((INCHI, inchis), (SMILES, smiles)):
        for text in texts:
            ids = tokenizer.encode(text)
            assert ids[0] == Vocabulary.START and ids[-1] == Vocabulary.END
            assert tokenizer.decode(ids) == text


@pytest.mark.parametrize("kind", TOKENIZERS.values())
@given(text=st.text(max_size=60))
def test_any_text_is_cut_without_loss(kind: type[Tokenizer], text: str) -> None:
    text = "InChI=1S/" + text if kind is InchiTokenizer else text
    assert kind.join(kind.split(text)) == text
    fitted = kind.fit([text])
    assert fitted.decode(fitted.encode(text)) == text


@given(symbols=st.lists(st.sampled_from(INCHI.vocabulary.symbols), max_size=40))
def test_any_decoded_inchi_can_be_encoded_or_names_a_number(symbols: list[str]) -> None:
    """Numbers side by side run together, so the symbols may change; the text never does."""
    text = INCHI.decode([INCHI.vocabulary.id(symbol) for symbol in symbols])
    try:
        assert INCHI.decode(INCHI.encode(text)) == text
    except UnknownSymbol as error:
        assert error.symbol.isdecimal()


@given(text=st.text(max_size=60))
def test_unknown_characters_raise_and_never_crash(text: str) -> None:
    for tokenizer in (INCHI, SMILES):
        try:
            assert tokenizer.decode(tokenizer.encode(text)) == text
        except UnknownSymbol as error:
            assert error.symbol in text


def test_unknown_symbol_is_named() -> None:
    with pytest.raises(UnknownSymbol, match="'Na'"):
        INCHI.encode("InChI=1S/CNa")
    with pytest.raises(UnknownSymbol, match="InChI=1S/"):
        INCHI.encode("InChI=1/CH4/h1H4")
    with pytest.raises(UnknownSymbol, match="7777"):
        INCHI.encode("InChI=1S/C" + "7" * 6000)


def test_decode_stops_at_the_end_and_skips_padding() -> None:
    carbon = INCHI.vocabulary.id("C")
    assert INCHI.decode([1, carbon, 0, carbon, 2, carbon, 0]) == "InChI=1S/CC"
    assert INCHI.decode([1, 2]) == "InChI=1S/"
    with pytest.raises(ValueError, match="9999"):
        INCHI.decode([9999])


def test_fit_is_in_a_fixed_order() -> None:
    texts = ["InChI=1S/CH4/h1H4", "InChI=1S/C10H8"]
    fitted = InchiTokenizer.fit(texts)
    assert fitted.vocabulary == InchiTokenizer.fit(reversed(texts)).vocabulary
    assert fitted.vocabulary.symbols == ("1", "4", "8", "10", "/h", "C", "H")


@pytest.mark.parametrize("name", TOKENIZERS)
def test_the_file_names_its_tokenizer(tmp_path: Path, name: str) -> None:
    tokenizer = TOKENIZERS[name].default()
    tokenizer.save(tmp_path / "vocabulary.json")
    again = load_tokenizer(tmp_path / "vocabulary.json")
    assert type(again) is TOKENIZERS[name] and again.vocabulary == tokenizer.vocabulary
    assert again.name == name
    assert pickle.loads(pickle.dumps(again)).vocabulary == again.vocabulary


def test_a_file_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    Vocabulary(("C",)).save(tmp_path / "vocabulary.json")
    with pytest.raises(ValueError, match="it must be one of inchi, smiles"):
        load_tokenizer(tmp_path / "vocabulary.json")
