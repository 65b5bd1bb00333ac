"""Symbols to ids and back, and the file that holds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from inchify.chemistry.tokenization.vocabulary import UnknownSymbol, Vocabulary


def test_ids_begin_after_the_special_ones() -> None:
    vocabulary = Vocabulary(("C", "/h"))
    assert (Vocabulary.PAD, Vocabulary.START, Vocabulary.END) == (0, 1, 2)
    assert [vocabulary.id("C"), vocabulary.id("/h")] == [3, 4]
    assert [vocabulary.symbol(id) for id in range(5)] == ["<pad>", "<start>", "<end>", "C", "/h"]
    assert len(vocabulary) == 5
    assert "C" in vocabulary and "<pad>" not in vocabulary


def test_unknown_symbols_and_ids_name_themselves() -> None:
    vocabulary = Vocabulary(("C",))
    with pytest.raises(UnknownSymbol, match="'Zz'"):
        vocabulary.id("Zz")
    with pytest.raises(ValueError, match="-1; it must be between 0 and 3"):
        vocabulary.symbol(-1)


@pytest.mark.parametrize("symbols", [("C", "C"), ("",), ("<end>",)])
def test_wrong_symbols_are_refused(symbols: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Vocabulary(symbols)


def test_file_round_trip_and_digest(tmp_path: Path) -> None:
    vocabulary = Vocabulary(("C", "\\", "é"))
    vocabulary.save(tmp_path / "v.json")
    again = Vocabulary.load(tmp_path / "v.json")
    assert again == vocabulary and again.digest == vocabulary.digest
    assert Vocabulary(("\\", "C", "é")).digest != vocabulary.digest


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff\xfe", b'{"symbols": 3}'])
def test_a_broken_file_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "v.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"JSON|vocabulary"):
        Vocabulary.load(path)
