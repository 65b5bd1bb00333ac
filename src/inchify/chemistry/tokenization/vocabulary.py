"""Vocabulary of the sequence readers: symbols and their ids."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar


class UnknownSymbol(ValueError):
    """A text holds a symbol that the vocabulary lacks; ``symbol`` is that symbol."""

    def __init__(self, symbol: str, text: str, reason: str = "is not in the vocabulary") -> None:
        self.symbol = symbol
        shown = text if len(text) <= 200 else f"{text[:200]}... ({len(text)} characters)"
        super().__init__(f"symbol {symbol!r} {reason} (text {shown!r})")


@dataclass(frozen=True)
class Vocabulary:
    """The symbols of one tokenizer; ids 0, 1 and 2 are padding, start and end of a caption.

    ``symbols`` are without these three: the first of them has id 3. Two vocabularies with the same
    ``digest`` give every symbol the same id.
    """

    symbols: tuple[str, ...]

    PAD: ClassVar[int] = 0
    START: ClassVar[int] = 1
    END: ClassVar[int] = 2
    SPECIAL: ClassVar[tuple[str, ...]] = ("<pad>", "<start>", "<end>")

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbols", tuple(self.symbols))
        for symbol in self.symbols:
            if not isinstance(symbol, str) or not symbol or symbol in self.SPECIAL:
                raise ValueError(
                    f"symbols has {symbol!r}; they must be non-empty strings other than "
                    f"{', '.join(self.SPECIAL)}"
                )
        if len(set(self.symbols)) != len(self.symbols):
            twice = sorted({s for s in self.symbols if self.symbols.count(s) > 1})
            raise ValueError(f"symbols holds {twice} more than once; each must be there once")

    @cached_property
    def all_symbols(self) -> tuple[str, ...]:
        """Every symbol with the three special ones; the index is the id."""
        return self.SPECIAL + self.symbols

    @cached_property
    def table(self) -> dict[str, int]:
        """Symbol -> id, without the special ones: no text can produce those."""
        return {symbol: number for number, symbol in enumerate(self.symbols, len(self.SPECIAL))}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the symbols in order, as hex."""
        return hashlib.sha256(json.dumps(self.symbols).encode()).hexdigest()

    def __len__(self) -> int:
        return len(self.SPECIAL) + len(self.symbols)

    def __contains__(self, symbol: object) -> bool:
        return symbol in self.table

    def id(self, symbol: str) -> int:
        """The id of a symbol.

        Args:
            symbol: A symbol other than the three special ones.

        Returns:
            The id, 3 or higher.

        Raises:
            UnknownSymbol: The vocabulary lacks the symbol.
        """
        try:
            return self.table[symbol]
        except KeyError:
            raise UnknownSymbol(symbol, symbol) from None

    def symbol(self, id: int) -> str:
        """The symbol of an id.

        Args:
            id: 0 to ``len(self) - 1``.

        Returns:
            The symbol, also a special one.

        Raises:
            ValueError: The id is out of range.
        """
        if not 0 <= id < len(self):
            raise ValueError(f"token id {id}; it must be between 0 and {len(self) - 1}")
        return self.all_symbols[id]

    def to_json(self) -> dict[str, Any]:
        """What ``from_json`` takes: plain lists and strings."""
        return {"symbols": list(self.symbols)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Vocabulary:
        """Rebuild a vocabulary from ``to_json``.

        Args:
            values: A mapping with the key "symbols"; other keys (the tokenizer's name) are ignored.

        Returns:
            The vocabulary.

        Raises:
            ValueError: There is no list of symbols, or one of them is invalid.
        """
        symbols = values.get("symbols")
        if not isinstance(symbols, list):
            raise ValueError(f"a vocabulary needs a list 'symbols', this one has {sorted(values)}")
        return cls(tuple(symbols))

    def save(self, path: Path) -> None:
        """Write the symbols as JSON, for ``load``.

        Args:
            path: The file to write.
        """
        write_json(path, self.to_json())

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Load a vocabulary.

        Args:
            path: A file written by ``save``.

        Returns:
            The vocabulary.

        Raises:
            ValueError: The file is no JSON or holds no vocabulary.
        """
        return cls.from_json(read_json(path))


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """One JSON object as a UTF-8 file with a final newline."""
    text = json.dumps(values, ensure_ascii=False, indent=1)
    Path(path).write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file; ValueError names the file if there is none."""
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not a JSON file: {error}") from error
    if not isinstance(values, dict):
        raise ValueError(f"{path} holds a {type(values).__name__}; it must be a JSON object")
    return values
