"""Grammar of the connection layer ``/c``: the symbols that may follow a prefix.

InChI writes the bonds as a depth-first walk over the atoms: ``1-2(3)4`` are bonds 1-2, 2-3 and 2-4.
A number that was named before closes a ring, ends its branch, and lies on the path back to the
root. Every rule below follows from this, so true strings pass; and a walk can always be finished.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from inchify.chemistry.inchi_grammar.layers import Facts, Options, numbers_from


@dataclass(frozen=True)
class Bonds:
    """``path`` runs from the first atom to the one that the next bond leaves from; ``open`` holds
    the length of the path at each open bracket; ``closed`` the rings closed so far; ``leaf`` says
    that the last number closed a ring; ``wanted`` that a number must come now."""

    facts: Facts
    named: int = 0
    path: tuple[int, ...] = ()
    open: tuple[int, ...] = ()
    closed: frozenset[tuple[int, int]] = frozenset()
    leaf: bool = False
    wanted: bool = True

    @property
    def unnamed(self) -> int:
        """Atoms not named yet, as bits."""
        return self.facts.all_atoms & ~self.named

    @property
    def named_all(self) -> bool:
        """Whether every heavy atom has been named."""
        return not self.unnamed & numbers_from(1, self.facts.heavy)

    @property
    def finished(self) -> Facts | None:
        """The facts for the next layer if this one may end here; shared hydrogens are placed."""
        if self.wanted or self.open or not self.named_all:
            return None
        shared = (self.named & ~numbers_from(0, self.facts.heavy)).bit_count()
        return replace(self.facts, hydrogens=max(0, self.facts.hydrogens - shared))

    def closures(self, length: int) -> int:
        """Atoms to which the last atom of ``path[:length]`` may still close a ring, as bits."""
        atom, bits = self.path[length - 1], 0
        for ancestor in self.path[: max(0, length - 2)]:
            if (atom, ancestor) not in self.closed:
                bits |= 1 << ancestor
        return bits

    def needs(self, opened: tuple[int, ...], wanting: int = 0) -> int:
        """How many unseen atoms are promised already.

        Each open bracket will be followed by a neighbor of its atom, and so will a bond from
        ``path[:wanting]``. An atom that can close no more rings needs an unseen one for that.
        """
        demands = dict.fromkeys(opened, 1)
        if wanting:
            demands[wanting] = demands.get(wanting, 0) + 1
        return sum(
            max(0, demand - self.closures(length).bit_count()) for length, demand in demands.items()
        )

    @cached_property
    def options(self) -> Options:
        if not self.path:
            return Options(numbers=self.unnamed)
        return self._numbers if self.wanted else self._signs

    @property
    def _numbers(self) -> Options:
        length = len(self.path)
        closures, new = self.closures(length), self.unnamed
        # Taking an unseen atom keeps one promise, unless a ring could have kept it.
        kept = 1 + (length in self.open) > closures.bit_count()
        if new.bit_count() - 1 < self.needs(self.open, length) - kept:
            new = 0
        if not self.open and not self.named_all:
            closures = 0  # the walk would end before it has named every atom
        return Options(numbers=new | closures)

    @property
    def _signs(self) -> Options:
        length, left = len(self.path), self.unnamed.bit_count()
        ends_early = not self.open and not left and not self.closures(length)
        names = set()
        if not self.leaf:
            if not ends_early and left >= self.needs(self.open, length):
                names.add("-")
            if left >= self.needs((*self.open, length), length):
                names.add("(")
        if self.open:
            names.add(")")
            if left >= self.needs(self.open, self.open[-1]):
                names.add(",")
        return Options(frozenset(names))

    def after(self, symbol: str) -> Bonds:
        """The state after an allowed symbol."""
        if symbol == "-":
            return replace(self, wanted=True)
        if symbol == "(":
            return replace(self, open=(*self.open, len(self.path)), wanted=True)
        if symbol in (",", ")"):
            opened = self.open if symbol == "," else self.open[:-1]
            path = self.path[: self.open[-1]]
            return replace(self, path=path, open=opened, leaf=False, wanted=True)
        atom = int(symbol)
        if self.named >> atom & 1:
            closed = self.closed | {(self.path[-1], atom)}
            return replace(self, closed=closed, leaf=True, wanted=False)
        named, path = self.named | 1 << atom, (*self.path, atom)
        return replace(self, named=named, path=path, leaf=False, wanted=False)
