"""Tokenizers of captions (InChI or SMILES): ``decode(encode(text)) == text``."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Self

from inchify.chemistry.inchi import PREFIX
from inchify.chemistry.tokenization.vocabulary import (
    UnknownSymbol,
    Vocabulary,
    read_json,
    write_json,
)

# The elements of the competition (BMS train labels), D and T from isotope layers.
ELEMENTS = ("B", "Br", "C", "Cl", "D", "F", "H", "I", "N", "O", "P", "S", "Si", "T")
# Elements that drawings beyond the competition hold; SMILES only.
# fmt: off
FURTHER_ELEMENTS = (
    "Ag", "Al", "As", "Au", "Ba", "Be", "Bi", "Ca", "Cd", "Co", "Cr", "Cs", "Cu", "Fe", "Ga",
    "Ge", "Hg", "K", "Li", "Mg", "Mn", "Mo", "Na", "Ni", "Pb", "Pd", "Pt", "Rb", "Rh", "Ru", "Sb",
    "Se", "Sn", "Sr", "Te", "Ti", "Tl", "V", "W", "Zn", "Zr",
)
# fmt: on
LARGEST_NUMBER = 199

_INCHI = re.compile(r"[0-9]+|[,()+-]|/[a-z]|[A-Z][a-z]?|.", re.DOTALL)
_PLAIN_SMILES = re.compile(r"Br|Cl|%[0-9]{2}|.", re.DOTALL)
# In a bracket [Sc] is one element; outside, Sc is a sulphur before an aromatic carbon.
_SMILES = re.compile(
    r"Br|Cl|%[0-9]{2}|@@"
    r"|(?:(?<=\[)|(?<=\[[0-9])|(?<=\[[0-9]{2})|(?<=\[[0-9]{3}))(?:[A-Z][a-z]?|se|as|te)|.",
    re.DOTALL,
)


def _in_order(symbol: str) -> tuple[int, int, str]:
    """Numbers by value, then everything else as text: the same vocabulary for the same texts."""
    # The length guards against a long run of digits in junk, which int() refuses.
    if symbol.isascii() and symbol.isdigit() and len(symbol) < 10:
        return (0, int(symbol), symbol)
    return (1, 0, symbol)


class Tokenizer(ABC):
    """A fixed way to cut a caption into symbols, with the vocabulary that numbers them."""

    name: ClassVar[str]

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._look_up = vocabulary.table.__getitem__

    @classmethod
    @abstractmethod
    def split(cls, text: str) -> list[str]:
        """Cut a caption into symbols; nothing is lost, whatever the text holds.

        Args:
            text: The caption.

        Returns:
            The symbols in order.
        """

    @classmethod
    @abstractmethod
    def join(cls, symbols: Iterable[str]) -> str:
        """Join symbols to a caption: the inverse of ``split``.

        Args:
            symbols: The symbols in order.

        Returns:
            The caption.
        """

    @classmethod
    @abstractmethod
    def default(cls) -> Self:
        """A tokenizer with the fixed vocabulary that needs no training captions."""

    @classmethod
    def fit(cls, texts: Iterable[str]) -> Self:
        """Make a tokenizer for exactly the symbols of some texts.

        Args:
            texts: The captions.

        Returns:
            A tokenizer; the order of its vocabulary is fixed by the symbols alone.
        """
        symbols: set[str] = set()
        for text in texts:
            symbols.update(cls.split(text))
        return cls(Vocabulary(tuple(sorted(symbols, key=_in_order))))

    def encode(self, text: str) -> list[int]:
        """Convert a caption to token ids.

        Args:
            text: The caption.

        Returns:
            Ids with the start and the end token.

        Raises:
            UnknownSymbol: A symbol has no id; the message names the first one.
        """
        symbols = self.split(text)
        try:
            return [Vocabulary.START, *map(self._look_up, symbols), Vocabulary.END]
        except KeyError as error:
            raise UnknownSymbol(error.args[0], text) from None

    def decode(self, ids: Iterable[int]) -> str:
        """Convert token ids to a caption.

        Args:
            ids: Token ids; those after the first end token are ignored, as are padding and start.

        Returns:
            The caption.

        Raises:
            ValueError: An id is out of range.
        """
        symbols = self.vocabulary.all_symbols
        last = len(symbols)
        chosen = []
        for number in ids:
            number = int(number)
            if number == Vocabulary.END:
                break
            if not 0 <= number < last:
                raise ValueError(f"token id {number}; it must be between 0 and {last - 1}")
            if number > Vocabulary.END:
                chosen.append(symbols[number])
        return self.join(chosen)

    def save(self, path: Path) -> None:
        """Write the vocabulary with the tokenizer's name as JSON, for ``load_tokenizer``.

        Args:
            path: The file to write.
        """
        write_json(path, {"tokenizer": self.name, **self.vocabulary.to_json()})


class InchiTokenizer(Tokenizer):
    """Standard InChI: layers (``/c``), elements, whole numbers and signs are tokens.

    The prefix ``InChI=1S/`` is the same for all, so it is cut off and put back. The split is the
    one that nearly all entries of the BMS competition used (193 tokens, numbers 0-167); here the
    default has every number up to 199.
    """

    name = "inchi"

    @classmethod
    def split(cls, text: str) -> list[str]:
        """As the base class says; UnknownSymbol if the text does not begin as an InChI does."""
        if not text.startswith(PREFIX):
            raise UnknownSymbol(text[: len(PREFIX)], text, f"is where {PREFIX!r} must stand")
        return _INCHI.findall(text, len(PREFIX))

    @classmethod
    def join(cls, symbols: Iterable[str]) -> str:
        return PREFIX + "".join(symbols)

    @classmethod
    def default(cls) -> Self:
        signs = ("(", ")", "+", ",", "-")
        layers = ("/b", "/c", "/h", "/i", "/m", "/s", "/t")
        numbers = tuple(str(number) for number in range(LARGEST_NUMBER + 1))
        return cls(Vocabulary(numbers + signs + layers + ELEMENTS))


class SmilesTokenizer(Tokenizer):
    """SMILES by atoms: a bracket atom is cut into its parts, so the vocabulary stays closed.

    ``[13C@@H]`` is ``[ 1 3 C @@ H ]``; ring closures from ten on are one token (``%12``).
    """

    name = "smiles"

    @classmethod
    def split(cls, text: str) -> list[str]:
        return _SMILES.findall(text) if "[" in text else _PLAIN_SMILES.findall(text)

    @classmethod
    def join(cls, symbols: Iterable[str]) -> str:
        return "".join(symbols)

    @classmethod
    def default(cls) -> Self:
        signs = ("@@", *"0123456789#()*+-./:=@[\\]")
        atoms = ("B", "Br", "C", "Cl", "F", "H", "I", "N", "O", "P", "S", "Si")
        aromatic = ("b", "c", "n", "o", "p", "s", "as", "se", "te")
        rings = tuple(f"%{number}" for number in range(10, 50))
        return cls(Vocabulary(signs + atoms + FURTHER_ELEMENTS + aromatic + rings))


TOKENIZERS: dict[str, type[Tokenizer]] = {"inchi": InchiTokenizer, "smiles": SmilesTokenizer}


def load_tokenizer(path: Path) -> Tokenizer:
    """Load a tokenizer from a vocabulary file.

    Args:
        path: A file written by ``Tokenizer.save``; it names its kind of tokenizer.

    Returns:
        The tokenizer.

    Raises:
        ValueError: The file is no such JSON, or names an unknown tokenizer.
    """
    values = read_json(path)
    name = values.get("tokenizer")
    if name not in TOKENIZERS:
        allowed = ", ".join(sorted(TOKENIZERS))
        raise ValueError(f"{path}: tokenizer is {name!r}; it must be one of {allowed}")
    return TOKENIZERS[name](Vocabulary.from_json(values))
