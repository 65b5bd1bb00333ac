"""A condensed formula such as CO2C2H5 comes in, the structures that it can mean go out, best first.

A formula is a tree written down from its bond on: an atom, then what hangs on it, each part until
its valence is full. Reading is a search over the orders of bonds; where hydrogens stand before
their atom (H3CO) or the bond comes from the right, the same search runs over other orders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from inchify.chem.formula_tokens import Group, Order, Token, reversed_tokens, tokenizations

# Bonds of a neutral atom, the usual number first; more than that only with double bonds to others.
VALENCES = {
    **{"H": (1,), "B": (3,), "C": (4,), "N": (3,), "O": (2,), "F": (1,), "Cl": (1,), "Br": (1,)},
    **{"I": (1,), "Si": (4,), "P": (3, 5), "S": (2, 4, 6), "Se": (2, 4), "Te": (2,), "As": (3,)},
    **{"Ge": (4,), "Sn": (4,), "Sb": (3,), "Pb": (4,), "Li": (1,), "Na": (1,), "K": (1,)},
    **{"Cs": (1,), "Mg": (2,), "Ca": (2,), "Zn": (2,), "Cd": (2,), "Hg": (2,), "Al": (3,)},
    **{"Cu": (1,), "Ag": (1,), "Au": (1,), "Tl": (1,), "Ga": (3,), "In": (3,), "Bi": (3,)},
    **{"Ti": (4,), "Zr": (4,), "Hf": (4,), "Mn": (2,), "Fe": (2,), "Co": (2,), "Ni": (2,)},
    **{"Pd": (2,), "Pt": (2,), "Rh": (1,), "Ir": (1,), "Ru": (2,), "Cr": (2,)},
}
# Bonds of a charged atom, in the order in which atoms are likely to carry the charge.
PLUS = {"N": 4, "P": 4, "S": 3, "O": 3, "Se": 3, "I": 2, "C": 3}
MINUS = {"O": 1, "S": 1, "N": 2, "B": 4, "Se": 1, "C": 3}
LARGEST = 40  # tokens of a formula after its counts are written out
STEPS = 4000  # of a search, for strings that only look like formulas


@dataclass(frozen=True)
class Node:
    """A part that is whole but for the bond it hangs on: its SMILES from that bond on, how unusual
    it is, the charge it took, and R groups in it."""

    smiles: str
    cost: float
    charge: int = 0


@dataclass(frozen=True)
class _Open:
    """An atom that is still collecting."""

    token: Token
    bonds_left: int
    hydrogens: int
    surplus: int  # bonds above the usual valence that a double bond must explain
    cost: float
    charge: int
    own_charge: int
    parts: str = ""
    hypervalent: int = 0  # double bonds that its valence asks for
    before: bool = False  # its hydrogens stood before it


Item = Token | Group | Order


def readings(
    text: str, attachments: int, side: str | None, orders: tuple[int, ...]
) -> list[tuple[float, str]]:
    """(cost, SMILES) of every way to read the formula, the likeliest first.

    ``orders`` are those of the bonds. From the right ("right") the bond hangs on the end of the
    text; without a side both are tried.
    """
    found: dict[str, float] = {}
    sides = ("left", "right") if side is None else (side,)
    for rank, (charge, tokens) in enumerate(tokenizations(text)):
        for place in sides:
            for cost, smiles in _read_tokens(tokens, charge, attachments, place, orders):
                whole = cost + 0.3 * rank + 0.4 * (side is None and place == "right")
                found[smiles] = min(found.get(smiles, whole), whole)
    return sorted((cost, smiles) for smiles, cost in found.items())


def _read_tokens(
    tokens: tuple[Item, ...],
    charge: int,
    attachments: int,
    side: str,
    orders: tuple[int, ...],
) -> Iterator[tuple[float, str]]:
    """The tokens read in both directions; the ends of the text get the bonds."""
    stars = [Token("*", mark=k + 1, count=orders[k]) for k in range(attachments)]
    back = reversed_tokens(tokens)
    if attachments == 0:
        plans = [(tokens, 0.0), (back, 1.0)]
    elif attachments == 1:
        begin, end = (stars[0], *tokens), (stars[0], *back)
        plans = [(begin, 0.0)] if side == "left" else [(end, 0.0), ((*tokens, stars[0]), 0.1)]
    else:
        inner, last = stars[:-1], stars[-1]
        plans = [((inner[0], *tokens, *inner[1:], last), 0.0)]
        plans.append(((last, *back, *inner), 0.5))
    for items, extra in plans:
        written_out = _expanded(items)
        if len(written_out) <= LARGEST:
            search = _Search(written_out, charge)
            for node in search.whole():
                yield node.cost + extra, node.smiles


def _expanded(items: Sequence[Item]) -> tuple[Item, ...]:
    """Counts of atoms written out, but those of hydrogen and of groups."""
    found: list[Item] = []
    for item in items:
        if isinstance(item, Token) and not item.mark and not _is_hydrogen(item):
            found.extend([replace(item, count=1)] * item.count)
        else:
            found.append(item)
    return tuple(found)


class _Search:
    """All trees that use up a row of items and a charge."""

    def __init__(self, items: Sequence[Item], charge: int) -> None:
        self.items = tuple(items)
        self.charge = charge
        self.steps = 0

    def whole(self) -> Iterator[Node]:
        """Trees of all items, rooted at the first."""
        for node, end in self.part(self.items, 0, 0, self.charge):
            if end == len(self.items) and node.charge == self.charge:
                yield node

    def complete(self, items: tuple[Item, ...], order: int, charge: int) -> Iterator[Node]:
        """Parts that are the whole content of parentheses."""
        for direction, cost in ((items, 0.0), (tuple(reversed(items)), 0.2)):
            for node, end in self.part(direction, 0, order, charge):
                if end == len(direction):
                    yield replace(node, cost=node.cost + cost)

    def part(
        self, items: tuple[Item, ...], at: int, order: int, charge: int, before: int = 0
    ) -> Iterator[tuple[Node, int]]:
        """Parts that begin at item ``at`` and hang on a bond of that order (0: on nothing).

        ``charge`` is what may still be placed, ``before`` hydrogens stood before the atom.
        """
        self.steps += 1
        if self.steps > STEPS or at >= len(items):
            return
        if before == 0 and order <= 1:
            yield from self._special(items, at, order)
        item = items[at]
        if order == 0 and before == 0:
            yield from self._substituents_first(items, charge)
        if isinstance(item, Group) and order and item.count > 1:
            yield from self._links_first(items, at, order, charge, before)
        if not isinstance(item, Token):
            return
        if item.mark:
            if item.count == order or order == 0:
                yield from self._attachment(items, at, order, item, charge)
            return
        if item.smiles:
            if before == 0:
                yield from self._unit(items, at, order, item, charge)
            return
        if _is_hydrogen(item):
            yield from self._hydrogens_first(items, at, order, charge, before)
            return
        for start in _openings(item, order, before, charge):
            for node, end in self._fill(items, at + 1, start, charge):
                yield node, end

    def _substituents_first(
        self, items: tuple[Item, ...], charge: int
    ) -> Iterator[tuple[Node, int]]:
        """Two or more equal parts before the atom that bears them, as in Me2NCO."""
        first, run = items[0], 1
        if isinstance(first, Group):
            run = 1
            parts = list(self.complete(_expanded(first.content), 1, charge))
            count = first.count
        elif isinstance(first, Token) and not first.mark and not _is_hydrogen(first):
            while run < len(items) and items[run] == first:
                run += 1
            parts, count = list(self.complete((first,), 1, charge)), run
        else:
            return
        if count < 2 or run >= len(items):
            return
        center = items[run]
        if not isinstance(center, Token) or center.smiles or center.mark:
            return
        for node in parts:
            for start in _openings(center, 0, 0, charge):
                more: _Open | None = start
                for _ in range(count):
                    more = more and _joined(more, node, 1, False)
                if more is not None:
                    yield from self._fill(items, run + 1, more, charge)

    def _special(self, items: tuple[Item, ...], at: int, order: int) -> Iterator[tuple[Node, int]]:
        """Nitro and azide, whose charges nobody writes."""
        symbols = [
            item.symbol if isinstance(item, Token) and not item.smiles else ""
            for item in items[at : at + 3]
        ]
        if symbols in (["N", "O", "O"], ["O", "O", "N"]):
            if order == 1:
                yield Node("[N+](=O)[O-]", 0.0), at + 3
            elif at + 3 < len(items):
                for node, end in self.part(items, at + 3, 1, self.charge):
                    yield replace(node, smiles=_hung(node.smiles, "[N+](=O)[O-]")), end
        if symbols == ["N", "N", "N"]:
            if order == 1:
                yield Node("N=[N+]=[N-]", 0.5), at + 3
            elif at + 3 < len(items):
                for node, end in self.part(items, at + 3, 1, self.charge):
                    yield replace(node, smiles=_hung(node.smiles, "N=[N+]=[N-]")), end

    def _attachment(
        self, items: tuple[Item, ...], at: int, order: int, item: Token, charge: int
    ) -> Iterator[tuple[Node, int]]:
        star = f"[*:{item.mark}]"
        if order:
            yield Node(star, 0.0), at + 1
            return
        for node, end in self.part(items, at + 1, item.count, charge):
            yield replace(node, smiles=star + _BONDS[item.count] + node.smiles), end

    def _unit(
        self, items: tuple[Item, ...], at: int, order: int, item: Token, charge: int
    ) -> Iterator[tuple[Node, int]]:
        """A named group: at the end of a branch, or where the reading begins."""
        if order == 1:
            yield Node(item.smiles, 0.0), at + 1
        elif order == 0:
            for node, end in self.part(items, at + 1, 1, charge):
                yield replace(node, smiles=_hung(node.smiles, item.smiles)), end

    def _fill(
        self, items: tuple[Item, ...], at: int, atom: _Open, charge: int
    ) -> Iterator[tuple[Node, int]]:
        """Gives the atom what follows until its bonds are used up."""
        self.steps += 1
        if self.steps > STEPS:
            return
        if atom.bonds_left == 0:
            if atom.surplus == 0:
                cost = atom.cost + (atom.hydrogens > 0 and atom.hypervalent > 0)
                yield Node(_written(atom), cost, atom.charge), at
            return
        if at >= len(items):
            return
        item = items[at]
        if isinstance(item, Token) and _is_hydrogen(item) and _room(atom, item):
            more = replace(
                atom,
                hydrogens=atom.hydrogens + item.count,
                bonds_left=atom.bonds_left - item.count,
            )
            yield from self._fill(items, at + 1, more, charge)
        if isinstance(item, Group):
            yield from self._group(items, at, atom, charge, item)
            return
        orders: Sequence[int] = range(1, min(atom.bonds_left, 3) + 1)
        explicit = isinstance(item, Order)
        if isinstance(item, Order):
            if item.order > atom.bonds_left:
                return
            orders, at = (item.order,), at + 1
        for order in orders:
            for node, end in self.part(items, at, order, charge - atom.charge):
                joined = _joined(atom, node, order, explicit)
                if joined is not None:
                    yield from self._fill(items, end, joined, charge)

    def _group(
        self, items: tuple[Item, ...], at: int, atom: _Open, charge: int, group: Group
    ) -> Iterator[tuple[Node, int]]:
        """Parentheses: as many equal branches, or else links of a chain."""
        content = _expanded(group.content)
        explicit = bool(content) and isinstance(content[0], Order)
        orders = range(1, min(atom.bonds_left, 3) + 1)
        if content and isinstance(content[0], Order):
            orders, content = range(content[0].order, content[0].order + 1), content[1:]
        branch = False
        for order in orders:
            for node in self.complete(content, order, charge - atom.charge):
                more: _Open | None = atom
                for _ in range(group.count):
                    more = more and _joined(more, node, order, explicit)
                if more is not None:
                    branch = True
                    yield from self._fill(items, at + 1, more, charge)
        if not branch and not explicit and len(content) * group.count <= LARGEST:
            links = content * group.count
            flat = (*items[:at], *links, *items[at + 1 :])
            shift = len(flat) - len(items)
            for node, end in self._fill(flat, at, atom, charge):
                if end >= at + len(links):
                    yield node, end - shift


_BONDS = {1: "", 2: "=", 3: "#"}
# What double and triple bonds lead to so often that nobody writes them.
_ENDS = {(2, "[O]"): 0.0, (3, "[N]"): 0.0, (2, "[S]"): 0.2, (2, "[NH1]"): 0.3}


def _room(atom: _Open, hydrogens: Token) -> bool:
    return hydrogens.count <= atom.bonds_left and not atom.before


def _is_hydrogen(item: Item) -> bool:
    return isinstance(item, Token) and item.symbol == "H" and not item.isotope and not item.smiles


def _first_symbol(smiles: str) -> str:
    match = re.match(r"\[?[0-9]*([A-Z][a-z]?|[a-z]|\*)", smiles)
    if match is None:
        return ""
    symbol = match[1]
    # outside brackets only these have two letters
    return symbol if smiles.startswith("[") or symbol in ("Cl", "Br") else symbol[:1].upper()


def _hung(smiles: str, branch: str) -> str:
    """The branch on the first atom of a SMILES that begins with a bracket atom."""
    end = smiles.index("]") + 1 if smiles.startswith("[") else 1
    return f"{smiles[:end]}({branch}){smiles[end:]}"


def _openings(item: Token, order: int, before: int, charge: int) -> Iterator[_Open]:
    """The ways in which an atom can begin: its valences, with a charge or without."""
    usual = VALENCES.get(item.symbol)
    if usual is None:
        return
    if item.charge == 0:
        for valence in usual:
            left = valence - order - before
            if left >= 0:
                # an odd number of bonds above the usual one cannot be double bonds
                surplus = (valence - usual[0]) // 2
                yield _Open(
                    *(item, left, before, surplus, 0.0, 0, 0),
                    hypervalent=surplus,
                    before=before > 0,
                )
    own = item.charge or (1 if charge > 0 else -1 if charge < 0 else 0)
    table = PLUS if own > 0 else MINUS
    if own and item.symbol in table:
        left = table[item.symbol] - order - before
        if left >= 0:
            cost = 0.3 * list(table).index(item.symbol)
            placed = 0 if item.charge else own
            yield _Open(item, left, before, 0, cost, placed, own, before=before > 0)


def _joined(atom: _Open, node: Node, order: int, explicit: bool) -> _Open | None:
    """The atom with one more part on it."""
    if order > atom.bonds_left:
        return None
    surplus, cost = atom.surplus, atom.cost + node.cost
    symbol, other = atom.token.symbol, _first_symbol(node.smiles)
    if order == 2 and surplus:
        surplus -= 1
        cost += 0.0 if other == "O" else 0.5
    elif order > 1 and not explicit:
        cost += _ENDS.get((order, node.smiles), 0.5 * (order - 1))
    peroxide = symbol == other == "O"
    sulfenate = {symbol, other} == {"O", "S"} and not atom.hypervalent
    if order == 1 and (peroxide or (sulfenate and not node.smiles.startswith("[S](="))):
        cost += 2.0
    if order == 1 and symbol == "S" and atom.hypervalent == 1 and other == "O":
        cost += 1.0
    if symbol == other and symbol in ("N", "S"):
        cost += 0.5
    part = f"({_BONDS[order]}{node.smiles})"
    return replace(
        atom,
        bonds_left=atom.bonds_left - order,
        surplus=surplus,
        cost=cost,
        charge=atom.charge + node.charge,
        parts=atom.parts + part,
    )


def _written(atom: _Open) -> str:
    token = atom.token
    mass = str(token.isotope) if token.isotope else ""
    hydrogens = f"H{atom.hydrogens}" if atom.hydrogens else ""
    charge = f"{atom.own_charge:+d}" if atom.own_charge else ""
    return f"[{mass}{token.symbol}{hydrogens}{charge}]{atom.parts}"
