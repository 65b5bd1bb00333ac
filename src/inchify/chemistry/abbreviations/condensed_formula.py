"""Parsing of condensed formulas such as CO2C2H5 into the structures that they can mean, best first.

A formula is a tree written down from its bond on: an atom, then what hangs on it, each part until
its valence is full. Reading is a search over the orders of bonds; where hydrogens stand before
their atom (H3CO) or the bond comes from the right, the same search runs over other orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from inchify.chemistry.abbreviations.formula_atoms import (
    BONDS,
    Node,
    OpenAtom,
    has_free_valence,
    hung,
    is_hydrogen,
    joined_to,
    openings,
    written,
)
from inchify.chemistry.abbreviations.formula_tokens import (
    Group,
    Item,
    Order,
    Token,
    reversed_tokens,
    tokenizations,
)

LARGEST = 72  # tokens of a formula after its counts are written out
STEPS = 4000  # of a search, for strings that only look like formulas


def readings(
    text: str, attachments: int, side: str | None, orders: tuple[int, ...]
) -> list[tuple[float, str]]:
    """Parse a condensed formula in every possible way.

    Args:
        text: The formula in plain characters.
        attachments: Number of bonds at the label.
        side: Where the bond comes from: "left" begins the text, "right" ends it; both are tried
            where None.
        orders: The order of each bond.

    Returns:
        (cost, SMILES) of each reading, the likeliest first.
    """
    costs: dict[str, float] = {}
    sides = ("left", "right") if side is None else (side,)
    for rank, (charge, tokens) in enumerate(tokenizations(text)):
        for place in sides:
            for cost, smiles in _read_tokens(tokens, charge, attachments, place, orders):
                total = cost + 0.3 * rank + 0.4 * (side is None and place == "right")
                costs[smiles] = min(costs.get(smiles, total), total)
    return sorted((cost, smiles) for smiles, cost in costs.items())


def _read_tokens(
    tokens: tuple[Item, ...],
    charge: int,
    attachments: int,
    side: str,
    orders: tuple[int, ...],
) -> Iterator[tuple[float, str]]:
    """Parse trees of the tokens, read in both directions; the bonds are at the ends of the text."""
    stars = [Token("*", mark=k + 1, count=orders[k]) for k in range(attachments)]
    back = reversed_tokens(tokens)
    if attachments == 0:
        plans = [(tokens, 0.0), (back, 1.0)]
    elif attachments == 1:
        begin, end = (stars[0], *tokens), (stars[0], *back)
        plans = [(begin, 0.0)] if side == "left" else [(end, 0.0), ((*tokens, stars[0]), 0.1)]
        if side == "right" and (amide := _amide_first(back)) != back:
            plans += [((stars[0], *amide), 0.2), ((stars[0], *_atoms_first(back)), 0.2)]
    else:
        inner, last = stars[:-1], stars[-1]
        plans = [((inner[0], *tokens, *inner[1:], last), 0.0)]
        plans.append(((last, *back, *inner), 0.5))
    for items, extra in plans:
        written_out = _expanded(items)
        if len(written_out) <= LARGEST:
            search = _Search(written_out, charge)
            for node in search.trees():
                yield node.cost + extra, node.smiles


def _links(group: Group) -> tuple[Item, ...]:
    """The links of a chain, (H2C)3 like (CH2)3."""
    content = _expanded(group.content)
    if content and is_hydrogen(content[0]):
        content = content[::-1]
    return content * group.count


def _atoms_first(items: Sequence[Item]) -> tuple[Item, ...]:
    """Items read from the end, their hydrogens put behind the atom that they belong to."""
    ordered = list(items)
    place = 0
    while place < len(ordered) - 1:
        if is_hydrogen(ordered[place]) and not is_hydrogen(ordered[place + 1]):
            ordered[place], ordered[place + 1] = ordered[place + 1], ordered[place]
            place += 1
        place += 1
    return tuple(ordered)


def _amide_first(back: tuple[Item, ...]) -> tuple[Item, ...]:
    """Items read from the end, the hydrogen of an amide's N behind it where the text has it so:
    CH3NHOC, PhNHO2S. An O before N is no hydroxyl there."""
    ordered = list(back)
    for place in range(2, len(ordered) - 1):
        symbols = [item.symbol if isinstance(item, Token) else "" for item in ordered[place - 2 :]]
        hydrogen = ordered[place]
        if symbols[:4] in (["C", "O", "H", "N"], ["S", "O", "H", "N"]) and is_hydrogen(hydrogen):
            ordered[place], ordered[place + 1] = ordered[place + 1], hydrogen
    return tuple(ordered)


def _expanded(items: Sequence[Item]) -> tuple[Item, ...]:
    """Counts of atoms written out, but those of hydrogen and of groups."""
    expanded: list[Item] = []
    for item in items:
        if isinstance(item, Token) and not item.mark and not is_hydrogen(item):
            expanded.extend([replace(item, count=1)] * item.count)
        else:
            expanded.append(item)
    return tuple(expanded)


def _nitro(items: Sequence[Item]) -> str:
    """A nitro group's SMILES from its bond on, with the isotopes that are written."""
    tokens = [item for item in items if isinstance(item, Token)]
    tokens.sort(key=lambda token: token.symbol != "N")
    nitrogen, *oxygens = (str(token.isotope or "") for token in tokens)
    return f"[{nitrogen}N+](=[{oxygens[0]}O])[{oxygens[1]}O-]"


class _Search:
    """Search for all parse trees that use up a list of items and a charge."""

    def __init__(self, items: Sequence[Item], charge: int) -> None:
        self.items = tuple(items)
        self.charge = charge
        self.steps = 0

    def trees(self) -> Iterator[Node]:
        """Trees of all items, rooted at the first."""
        for node, end in self.part(self.items, 0, 0, self.charge):
            if end == len(self.items) and node.charge == self.charge:
                yield node

    def complete(self, items: tuple[Item, ...], order: int, charge: int) -> Iterator[Node]:
        """Parts that are the whole content of parentheses."""
        back = tuple(reversed(items))
        directions = dict.fromkeys((items, back, _atoms_first(back)))
        for direction, cost in zip(directions, (0.0, 0.2, 0.2), strict=False):
            for node, end in self.part(direction, 0, order, charge):
                if end == len(direction):
                    yield replace(node, cost=node.cost + cost)

    def part(
        self, items: tuple[Item, ...], at: int, order: int, charge: int, before: int = 0
    ) -> Iterator[tuple[Node, int]]:
        """Parts that start at item ``at`` and are attached by a bond of that order (0: not
        attached).

        ``charge`` is what may still be assigned; ``before`` hydrogens were written before the atom.
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
            if not before and (item.count == order or order == 0):
                yield from self._attachment(items, at, order, item, charge)
            return
        if item.smiles:
            if before == 0:
                yield from self._unit(items, at, order, item, charge)
            return
        if is_hydrogen(item):
            yield from self._hydrogens_first(items, at, order, charge, before)
            return
        for start in openings(item, order, before, charge):
            yield from self._fill(items, at + 1, start, charge)

    def _substituents_first(
        self, items: tuple[Item, ...], charge: int
    ) -> Iterator[tuple[Node, int]]:
        """Two or more equal parts before the atom that carries them, as in Me2NCO."""
        first, run = items[0], 1
        if isinstance(first, Group):
            run = 1
            parts = list(self.complete(_expanded(first.content), 1, charge))
            count = first.count
        elif isinstance(first, Token) and not first.mark and not is_hydrogen(first):
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
            for start in openings(center, 0, 0, charge):
                more: OpenAtom | None = start
                for _ in range(count):
                    more = more and joined_to(more, node, 1, False)
                if more is not None:
                    yield from self._fill(items, run + 1, more, charge)

    def _links_first(
        self, items: tuple[Item, ...], at: int, order: int, charge: int, before: int
    ) -> Iterator[tuple[Node, int]]:
        """A chain that begins with its repeated links, as in (CH2)3CH3."""
        group = items[at]
        assert isinstance(group, Group)
        links = _links(group)
        flat = (*items[:at], *links, *items[at + 1 :])
        if len(flat) <= LARGEST:
            for node, end in self.part(flat, at, order, charge, before):
                if end >= at + len(links):
                    yield replace(node, cost=node.cost + 0.1), end - len(links) + 1

    def _hydrogens_first(
        self, items: tuple[Item, ...], at: int, order: int, charge: int, before: int
    ) -> Iterator[tuple[Node, int]]:
        """Hydrogens before their atom, as in H3CO, or a single one, as in HOCH2."""
        hydrogens = items[at]
        assert isinstance(hydrogens, Token)
        if before:
            return
        # CH2CH is no CH=CH2: a double bond that nobody wrote hardly leads to hydrogens
        implied = order > 1 and not (at and isinstance(items[at - 1], Order))
        cost = (0.7 if order else 0.1) + 1.8 * implied
        for node, end in self.part(items, at + 1, order, charge, before=hydrogens.count):
            yield replace(node, cost=node.cost + cost), end
        if order == 0 and hydrogens.count == 1:
            for node, end in self.part(items, at + 1, 1, charge):
                yield replace(node, smiles=hung(node.smiles, "[H]")), end

    def _special(self, items: tuple[Item, ...], at: int, order: int) -> Iterator[tuple[Node, int]]:
        """Nitro and azide, whose charges are not written, and O2C, a carboxylate from its
        oxygen."""
        three = items[at : at + 3]
        symbols = [
            item.symbol if isinstance(item, Token) and not item.smiles else "" for item in three
        ]
        # SO2N and CO2N with no more than that have lost letters; they are no nitro groups
        before = next((i for i in reversed(items[:at]) if not is_hydrogen(i)), None)
        acyl = isinstance(before, Token) and before.symbol in ("S", "C") and not before.smiles
        if symbols == ["N", "O", "O"] or (symbols == ["O", "O", "N"] and not acyl):
            nitro = _nitro(three)
            if order == 1:
                yield Node(nitro, 0.0), at + 3
            elif at + 3 < len(items):
                for node, end in self.part(items, at + 3, 1, self.charge):
                    yield replace(node, smiles=hung(node.smiles, nitro)), end
        if symbols == ["O", "O", "C"] and order == 1:
            flat = (*items[:at], three[0], three[2], three[1], *items[at + 3 :])
            for node, end in self.part(flat, at, order, self.charge):
                yield replace(node, cost=node.cost + 0.4), end
        if symbols == ["N", "N", "N"]:
            if order == 1:
                yield Node("N=[N+]=[N-]", 0.5), at + 3
            elif at + 3 < len(items):
                for node, end in self.part(items, at + 3, 1, self.charge):
                    yield replace(node, smiles=hung(node.smiles, "N=[N+]=[N-]")), end

    def _attachment(
        self, items: tuple[Item, ...], at: int, order: int, item: Token, charge: int
    ) -> Iterator[tuple[Node, int]]:
        star = f"[*:{item.mark}]"
        if order:
            yield Node(star, 0.0), at + 1
            return
        for node, end in self.part(items, at + 1, item.count, charge):
            yield replace(node, smiles=star + BONDS[item.count] + node.smiles), end

    def _unit(
        self, items: tuple[Item, ...], at: int, order: int, item: Token, charge: int
    ) -> Iterator[tuple[Node, int]]:
        """A named group: at the end of a branch, or where the reading begins."""
        if order == 1:
            yield Node(item.smiles, 0.0), at + 1
        elif order == 0:
            for node, end in self.part(items, at + 1, 1, charge):
                yield replace(node, smiles=hung(node.smiles, item.smiles)), end

    def _fill(
        self, items: tuple[Item, ...], at: int, atom: OpenAtom, charge: int
    ) -> Iterator[tuple[Node, int]]:
        """Attach what follows to the atom until its valence is used up."""
        self.steps += 1
        if self.steps > STEPS:
            return
        if atom.bonds_left == 0:
            if atom.surplus == 0:
                cost = atom.cost + (atom.hydrogens > 0 and atom.hypervalent > 0)
                yield Node(written(atom), cost, atom.charge), at
            return
        if at >= len(items):
            return
        item = items[at]
        if isinstance(item, Token) and is_hydrogen(item) and has_free_valence(atom, item):
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
        explicit = isinstance(item, Order) or (isinstance(item, Token) and item.mark > 0)
        if isinstance(item, Order):
            if item.order > atom.bonds_left:
                return
            orders, at = (item.order,), at + 1
        for order in orders:
            for node, end in self.part(items, at, order, charge - atom.charge):
                joined = joined_to(atom, node, order, explicit)
                if joined is not None:
                    yield from self._fill(items, end, joined, charge)

    def _group(
        self, items: tuple[Item, ...], at: int, atom: OpenAtom, charge: int, group: Group
    ) -> Iterator[tuple[Node, int]]:
        """A parenthesized group: equal branches, or repeated links of a chain."""
        content = _expanded(group.content)
        explicit = bool(content) and isinstance(content[0], Order)
        orders = range(1, min(atom.bonds_left, 3) + 1)
        if content and isinstance(content[0], Order):
            orders, content = range(content[0].order, content[0].order + 1), content[1:]
        branch = False
        for order in orders:
            for node in self.complete(content, order, charge - atom.charge):
                more: OpenAtom | None = atom
                for _ in range(group.count):
                    more = more and joined_to(more, node, order, explicit)
                if more is not None:
                    branch = True
                    yield from self._fill(items, at + 1, more, charge)
        if not branch and not explicit and len(content) * group.count <= LARGEST:
            links = _links(group)
            flat = (*items[:at], *links, *items[at + 1 :])
            shift = len(flat) - len(items)
            # parentheses without a count are seldom a link
            extra = 0.8 * (group.count == 1)
            for node, end in self._fill(flat, at, atom, charge):
                if end >= at + len(links):
                    yield replace(node, cost=node.cost + extra), end - shift
