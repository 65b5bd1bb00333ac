"""Grammar masks over the vocabulary for decoding InChI token by token.

It forbids no standard InChI of one neutral component (all captions of the competition are such),
and under it every string can be brought to an end. It satisfies the decoders' ``Constraint``.
R rows being decoded, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inchify.chemistry.inchi_grammar.bonds import Bonds
from inchify.chemistry.inchi_grammar.hydrogens import Hydrogens
from inchify.chemistry.inchi_grammar.layers import (
    Facts,
    Flag,
    Formula,
    Isotopes,
    Layer,
    Options,
    Parities,
)
from inchify.chemistry.tokenization.vocabulary import Vocabulary

END = "<end>"
SIGNS = frozenset("(),+-?")
LAYERS = frozenset({"/b", "/c", "/h", "/i", "/m", "/s", "/t"})
MASKS_KEPT = 50_000


@dataclass(frozen=True)
class Place:
    """A position in an InChI: the layer's name, the position in it, whether ``/i`` came before."""

    name: str
    layer: Layer
    isotope: bool = False

    @cached_property
    def options(self) -> Options:
        """What may come next: inside the layer, or the next layer, or the end."""
        inside, finished = self.layer.options, self.layer.finished
        if self.name == "i" and not self.layer.options.names:  # nothing of /i written yet
            return Options(inside.names | {"/h"}, inside.numbers)
        if finished is None:
            return inside
        return Options(inside.names | self._following(finished), inside.numbers)

    def _following(self, facts: Facts) -> frozenset[str]:
        later: Iterable[str]
        if self.isotope:
            later = "ihbtms".partition(self.name)[2]
        elif self.name == "formula" and facts.heavy > 1:
            return frozenset({"/c"})
        elif self.name in ("formula", "c") and facts.hydrogens:
            return frozenset({"/h"})
        else:
            later = {"b": "ti", "t": "msi", "m": "si", "s": "i"}.get(self.name, "bti")
        if facts.atoms < 2:  # one atom has no stereo
            later = [letter for letter in later if letter in "hi"]
        return frozenset({END, *("/" + letter for letter in later)})

    def after(self, symbol: str, largest: int) -> Place | None:
        """The place after an allowed symbol; None after the end."""
        if symbol in self.layer.options:
            return Place(self.name, self.layer.after(symbol), self.isotope)
        if symbol == END:
            return None
        facts = self.layer.finished
        if facts is None:
            assert isinstance(self.layer, Isotopes)  # only an empty /i may go on to the next layer
            facts = self.layer.facts
        layer: Layer
        match symbol[1:]:
            case "c":
                layer = Bonds(facts)
            case "h":
                if self.isotope:
                    layer = Isotopes(facts, largest, exchange=True)
                else:
                    layer = Hydrogens(facts, facts.hydrogens)
            case "b" | "t" as letter:
                layer = Parities(facts, pairs=letter == "b")
            case "m" | "s" as letter:
                layer = Flag(facts, 0b11 if letter == "m" else 0b10)
            case _:
                return Place("i", Isotopes(facts, largest), isotope=True)
        return Place(symbol[1:], layer, self.isotope)


class InchiGrammar:
    """A decoding constraint for one vocabulary; ValueError if that holds symbols it cannot place
    (several components, charges: ``.``, ``;``, ``/q``, ``/p`` ...).

    States are opaque to the caller. A row that receives a forbidden token, as dead rows of a beam
    do, is lost: from then on only the end token is allowed.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._symbols = vocabulary.all_symbols
        self._ids = vocabulary.table | {END: Vocabulary.END}
        numbers = {s: int(s) for s in vocabulary.symbols if s.isdecimal() and s.isascii()}
        elements = {s for s in vocabulary.symbols if s.isalpha() and s[:1].isupper()}
        odd = [s for s in vocabulary.symbols if s not in {*numbers, *elements, *SIGNS, *LAYERS}]
        if odd:
            raise ValueError(
                f"the vocabulary holds {odd}: the InChI grammar knows elements, whole numbers, "
                f"{' '.join(sorted(SIGNS))} and {' '.join(sorted(LAYERS))}"
            )
        # Atoms are numbered from 1 without a gap, so the first missing number is the limit.
        known, self._largest = set(numbers.values()), 0
        while self._largest + 1 in known:
            self._largest += 1
        highest = max(known, default=0)
        formula = Formula(frozenset(elements - {"D", "T"}), self._largest, highest)
        self._start = Place("formula", formula)
        self._number_ids = np.array([self._ids[s] for s in numbers], dtype=np.int64)
        self._number_values = np.array(list(numbers.values()), dtype=np.int64)
        self._bytes = highest // 8 + 1
        self._masks: dict[Options, np.ndarray] = {}

    def start(self, rows: int) -> list[Place | None]:
        """The state of rows that have only their start token.

        Args:
            rows: Number of rows.

        Returns:
            One state for each row.
        """
        return [self._start] * rows

    def allowed(self, state: list[Place | None]) -> np.ndarray:
        """The tokens that may come next.

        Args:
            state: The states of R rows.

        Returns:
            bool (R, V); every row allows at least one token.
        """
        mask_RV = np.empty((len(state), len(self._symbols)), dtype=bool)
        for row, place in enumerate(state):
            mask_RV[row] = self._mask(place.options if place else Options(frozenset({END})))
        return mask_RV

    def advance(self, state: list[Place | None], ids_R: np.ndarray) -> list[Place | None]:
        """The state after one more token for every row.

        Args:
            state: The states of R rows.
            ids_R: int (R,), the ids of the tokens.

        Returns:
            The new states; None for a row that has ended or received a forbidden token.
        """
        following: list[Place | None] = []
        for place, number in zip(state, ids_R, strict=True):
            symbol = END if number == Vocabulary.END else self._symbols[int(number)]
            if place is None or symbol not in place.options:
                following.append(None)
            else:
                following.append(place.after(symbol, self._largest))
        return following

    def reorder(self, state: list[Place | None], index_R: np.ndarray) -> list[Place | None]:
        """Select rows, as a beam search does.

        Args:
            state: The states of R rows.
            index_R: int, the rows to take; they may repeat.

        Returns:
            One state for each entry of ``index_R``.
        """
        return [state[int(row)] for row in index_R]

    def _mask(self, options: Options) -> np.ndarray:
        known = self._masks.get(options)
        if known is not None:
            return known
        mask_V = np.zeros(len(self._symbols), dtype=bool)
        if options.numbers:
            # Counts may go past the last number that has a token.
            bits = options.numbers & ((1 << 8 * self._bytes) - 1)
            packed = np.frombuffer(bits.to_bytes(self._bytes, "little"), dtype=np.uint8)
            flags = np.unpackbits(packed, bitorder="little").astype(bool)
            mask_V[self._number_ids] = flags[self._number_values]
        mask_V[[self._ids[name] for name in options.names if name in self._ids]] = True
        if not mask_V.any():  # the vocabulary is too small for this molecule: end the string
            mask_V[Vocabulary.END] = True
        if len(self._masks) >= MASKS_KEPT:
            self._masks.clear()
        self._masks[options] = mask_V
        return mask_V
