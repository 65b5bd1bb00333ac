"""Grammars of all InChI layers except ``/c`` and ``/h``: the symbols that may follow a prefix.

A layer is an immutable state with ``options``, ``after(symbol)`` and ``finished``: the facts that
the next layer starts from if this one may end here, else None.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

# Elements that share no hydrogen between two atoms; for others ``/c`` may number hydrogens too.
# fmt: off
WITHOUT_BRIDGES = frozenset({"C", "H", "N", "O", "F", "P", "S", "Cl", "Br", "I", "Si"})
# fmt: on
LABELS = frozenset({"H", "D", "T"})
SIGNS = frozenset({"+", "-", "?"})


@dataclass(frozen=True)
class Options:
    """What may come next: ``names`` are symbols, bit v of ``numbers`` stands for the number v."""

    names: frozenset[str] = frozenset()
    numbers: int = 0

    def __contains__(self, symbol: str) -> bool:
        if symbol in self.names:
            return True
        return symbol.isdecimal() and bool(self.numbers >> int(symbol) & 1)


@dataclass(frozen=True)
class Facts:
    """Facts from the formula: its heavy atoms, the largest number an atom may have, and the
    hydrogens that ``/h`` has to place."""

    heavy: int
    atoms: int
    hydrogens: int

    @property
    def all_atoms(self) -> int:
        return numbers_from(1, self.atoms)


class Layer(Protocol):
    """A place inside a layer."""

    @property
    def options(self) -> Options: ...

    @property
    def finished(self) -> Facts | None: ...

    def after(self, symbol: str) -> Layer: ...


def numbers_from(first: int, last: int) -> int:
    """Bits ``first`` to ``last``."""
    return (1 << (last + 1)) - (1 << first) if last >= first else 0


@dataclass(frozen=True)
class Formula:
    """Hill's order, counts from 2 on; no more heavy atoms than ``largest``, so that each has a
    number; ``highest`` is the highest number of all, which hydrogens may have."""

    elements: frozenset[str]
    largest: int
    highest: int
    counts: tuple[tuple[str, int], ...] = ()
    counted: bool = False

    @cached_property
    def heavy(self) -> int:
        return sum(number for element, number in self.counts if element != "H")

    @property
    def finished(self) -> Facts | None:
        if not self.counts:
            return None
        hydrogens = dict(self.counts).get("H", 0)
        if not self.heavy:  # molecular hydrogen: its first atom takes the part of a heavy one
            return Facts(0, 1, hydrogens - 1)
        bridges = any(element not in WITHOUT_BRIDGES for element, _ in self.counts)
        atoms = self.heavy + (hydrogens if bridges else 0)
        return Facts(self.heavy, min(atoms, self.largest), hydrogens)

    @cached_property
    def options(self) -> Options:
        if not self.counts:
            return Options(self.elements)
        remaining, last = self.largest - self.heavy, self.counts[-1][0]
        carbon = self.counts[0][0] == "C"
        names = set()
        for element in self.elements - {"C"}:
            if carbon and element == "H":
                fits = last == "C"
            elif carbon:
                fits = last in ("C", "H") or element > last
            else:
                fits = element > last
            if fits and (remaining > 0 or element == "H"):
                names.add(element)
        # An atom of this element is counted already, so a count of n takes n - 1 more.
        maximum = self.highest if last == "H" else remaining + 1
        return Options(frozenset(names), 0 if self.counted else numbers_from(2, maximum))

    def after(self, symbol: str) -> Formula:
        if symbol in self.elements:
            return replace(self, counts=(*self.counts, (symbol, 1)), counted=False)
        counts = (*self.counts[:-1], (self.counts[-1][0], int(symbol)))
        return replace(self, counts=counts, counted=True)


@dataclass(frozen=True)
class Parities:
    """``/t``: ``9-,12+`` with rising atoms; ``/b``: ``5-4+,9-8-``, two atoms and a sign."""

    facts: Facts
    pairs: bool
    last: int = 0
    place: str = "number"

    @property
    def finished(self) -> Facts | None:
        return self.facts if self.place == "signed" else None

    @cached_property
    def options(self) -> Options:
        match self.place:
            case "number":
                first = max(1, self.last) if self.pairs else self.last + 1
                return Options(numbers=numbers_from(first, self.facts.atoms))
            case "first":
                return Options(frozenset("-"))
            case "dash":
                return Options(numbers=self.facts.all_atoms & ~(1 << self.last))
            case "sign":
                return Options(SIGNS)
        more = self.pairs or self.last < self.facts.atoms
        return Options(frozenset({","} if more else ()))

    def after(self, symbol: str) -> Parities:
        if self.place == "number":
            return replace(self, last=int(symbol), place="first" if self.pairs else "sign")
        order = {"first": "dash", "dash": "sign", "sign": "signed", "signed": "number"}
        return replace(self, place=order[self.place])


@dataclass(frozen=True)
class Flag:
    """``/m0``, ``/m1`` and ``/s1``: one of a few numbers (bits)."""

    facts: Facts
    values: int
    given: bool = False

    @property
    def finished(self) -> Facts | None:
        return self.facts if self.given else None

    @property
    def options(self) -> Options:
        return Options(numbers=0 if self.given else self.values)

    def after(self, symbol: str) -> Flag:
        return replace(self, given=True)


@dataclass(frozen=True)
class Isotopes:
    """``/i``: ``1D3,2+1`` atom by atom; with ``exchange`` the sublayer ``/h`` in it: ``D2``."""

    facts: Facts
    largest: int
    exchange: bool = False
    used: int = 0
    place: str = "start"

    @property
    def finished(self) -> Facts | None:
        return self.facts if self.place in ("shifted", "label", "counted") else None

    @cached_property
    def options(self) -> Options:
        free = self.facts.all_atoms & ~self.used
        comma = frozenset({","} if free and not self.exchange else ())
        match self.place:
            case "start":
                return Options(LABELS) if self.exchange else Options(numbers=free)
            case "comma":
                return Options(numbers=free)
            case "atom":
                return Options(LABELS | {"+", "-"})
            case "sign":
                return Options(numbers=numbers_from(0, self.largest))
            case "label":
                return Options(LABELS | comma, numbers_from(2, self.largest))
        return Options(LABELS | comma)  # after a shift or a count

    def after(self, symbol: str) -> Isotopes:
        if symbol in LABELS:
            return replace(self, place="label")
        if symbol in ("+", "-"):
            return replace(self, place="sign")
        if symbol == ",":
            return replace(self, place="comma")
        if self.place == "sign":
            return replace(self, place="shifted")
        if self.place == "label":
            return replace(self, place="counted")
        return replace(self, used=self.used | 1 << int(symbol), place="atom")
