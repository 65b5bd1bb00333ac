"""Grammar of the hydrogen layer ``/h``: the symbols that may follow a prefix.

The hydrogens placed here add up to those of the formula, and an atom is in one group at most.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from inchify.chemistry.inchi_grammar.layers import Facts, Options, numbers_from


@dataclass(frozen=True)
class Hydrogens:
    """``/h``: groups such as ``2-7,14H3``, then mobile ones such as ``(H,19,21)``.

    Those of zwitterions have a charge: ``(H2-,3,4)``.

    ``left`` hydrogens are still to be placed; ``size`` atoms are in the current group, the last of
    them ``last``; ``used`` are the atoms of all groups; ``place`` is what came before.
    """

    facts: Facts
    left: int
    used: int = 0
    size: int = 0
    last: int = 0
    place: str = "start"

    @property
    def _free(self) -> int:
        """Atoms that may still join the group: above its last one and in no group."""
        return numbers_from(self.last + 1, self.facts.atoms) & ~self.used

    @property
    def _range_ends(self) -> int:
        """Last atoms of a range: all of it is free and there are hydrogens for it."""
        above = self.used >> (self.last + 1)
        stop = self.last + (above & -above).bit_length() - 1 if above else self.facts.atoms
        return numbers_from(self.last + 1, min(stop, self.last + self.left - self.size))

    @property
    def finished(self) -> Facts | None:
        done = self.place in ("hydrogen", "counted", "closed") and not self.left
        return replace(self.facts, hydrogens=0) if done else None

    @cached_property
    def options(self) -> Options:
        match self.place:
            case "start":
                return Options(frozenset("("), self.facts.all_atoms & ~self.used)
            case "atom" | "range":
                names = {"H"}
                if self._free and self.size < self.left:
                    names.add(",")
                if self.place == "atom" and self._range_ends:
                    names.add("-")
                return Options(frozenset(names))
            case "comma":
                return Options(numbers=self._free)
            case "dash":
                return Options(numbers=self._range_ends)
            case "hydrogen":
                names = {","} if self.left else set()
                return Options(frozenset(names), numbers_from(2, 1 + self.left // self.size))
            case "counted":
                return Options(frozenset({","} if self.left else ()))
        return self._mobile_options

    @property
    def _mobile_options(self) -> Options:
        match self.place:
            case "bracket":
                return Options(frozenset("H"))
            case "mobile":
                return Options(frozenset(",-"), numbers_from(2, 1 + self.left))
            case "mobile counted":
                return Options(frozenset(",-"))
            case "mobile charged":
                return Options(frozenset(","), numbers_from(2, self.facts.atoms))
            case "mobile charge":
                return Options(frozenset(","))
            case "mobile comma":
                return Options(numbers=numbers_from(self.last + 1, self.facts.atoms))
            case "mobile atom":
                return Options(frozenset(",)" if self.last < self.facts.atoms else ")"))
        return Options(frozenset({"("} if self.left else ()))  # a closed bracket

    def after(self, symbol: str) -> Hydrogens:
        if symbol == "(":
            return replace(self, last=0, place="bracket")
        if symbol == ")":
            return replace(self, place="closed")
        if symbol == "-":
            charged = self.place in ("mobile", "mobile counted")
            return replace(self, place="mobile charged" if charged else "dash")
        if symbol == "H":
            if self.place == "bracket":
                return replace(self, left=self.left - 1, place="mobile")
            return replace(self, left=self.left - self.size, place="hydrogen")
        if symbol == ",":
            if self.place in ("hydrogen", "counted"):
                return replace(self, size=0, last=0, place="start")
            return replace(
                self, place="comma" if self.place in ("atom", "range") else "mobile comma"
            )
        return self._after_number(int(symbol))

    def _after_number(self, number: int) -> Hydrogens:
        match self.place:
            case "mobile":
                return replace(self, left=self.left - number + 1, place="mobile counted")
            case "mobile charged":
                return replace(self, place="mobile charge")
            case "mobile comma":
                return replace(self, last=number, place="mobile atom")
            case "hydrogen":
                left = self.left - self.size * (number - 1)
                return replace(self, left=left, place="counted")
        first = self.last + 1 if self.place == "dash" else number
        return replace(
            self,
            used=self.used | numbers_from(first, number),
            size=self.size + number - first + 1,
            last=number,
            place="range" if self.place == "dash" else "atom",
        )
