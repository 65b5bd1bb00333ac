"""Valence model: the bond orders allowed at an atom, and rule-based repair of a drawn graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from inchify.types import BondKind, GraphBond, MoleculeGraph

# Element -> charge -> total valences (orders of all bonds, those to hydrogen included).
_HALOGEN = {0: (1, 3, 5, 7), 1: (2, 4, 6), 2: (3,), 3: (4,), -1: (0, 2, 4)}
_CHALCOGEN = {0: (2, 4, 6), 1: (3, 5), 2: (4,), -1: (1, 3, 5), -2: (0,)}
_PNICTOGEN = {0: (3, 5), 1: (4,), -1: (2, 4, 6), -2: (1,)}
_TETREL = {0: (4,), 1: (3,), -1: (3, 5), -2: (6,)}
_ALKALI = {0: (0, 1), 1: (0,)}
TOTALS: dict[str, dict[int, tuple[int, ...]]] = {
    "H": {0: (1,), 1: (0,), -1: (0,)},
    "B": {0: (3,), 1: (2,), -1: (4,)},
    "C": {0: (4,), 1: (3,), -1: (3,), 2: (2,), -2: (2,)},
    "N": {0: (3, 5), 1: (4,), -1: (2,), -2: (1,)},
    "O": {0: (2,), 1: (3,), -1: (1,), -2: (0,)},
    "F": {0: (1,), 1: (2,), -1: (0,)},
    **dict.fromkeys(("Cl", "Br", "I"), _HALOGEN),
    **dict.fromkeys(("S", "Se", "Te"), _CHALCOGEN),
    **dict.fromkeys(("P", "As"), _PNICTOGEN),
    **dict.fromkeys(("Si", "Ge"), _TETREL),
    **dict.fromkeys(("Li", "Na", "K", "Rb", "Cs"), _ALKALI),
}
HALOGENS = frozenset(("F", "Cl", "Br", "I"))
ALKALI = frozenset(("Li", "Na", "K", "Rb", "Cs"))
ORDERS: dict[BondKind, int] = {
    "single": 1,
    "double": 2,
    "triple": 3,
    "aromatic": 1,  # and half of a double bond somewhere at the atom, see ``fits``
    "wedge": 1,
    "hash": 1,
    "wavy": 1,
    "bold": 1,
    "dative": 0,
    "crossed": 2,
}
# The charge that an atom with one bond too many takes.
ONIUM = {"N": 1, "P": 1, "As": 1, "O": 1, "S": 1, "Se": 1, "B": -1}
_CENTERS = {"C": 3, "Si": 3, "Ge": 3, "B": 4, "N": 3, "P": 3, "As": 3, "S": 3, "Se": 3, "O": 3}


def is_metal(symbol: str) -> bool:
    """Whether the symbol is an element whose valences are left free."""
    return symbol not in TOTALS and symbol not in ("", "He", "Ne", "Ar", "Kr", "Xe", "At")


@lru_cache(maxsize=4096)
def allowed_orders(symbol: str, charge: int, hydrogens: int | None) -> tuple[int, ...] | None:
    """The sums of bond orders allowed at an atom.

    Args:
        symbol: Element symbol; "" for a label.
        charge: Formal charge.
        hydrogens: Written hydrogens; None for a corner without any, at which every sum up to the
            valence is allowed.

    Returns:
        The sums, ascending, empty where there is none; None for metals, labels and rare elements,
        which may have any.
    """
    if symbol not in TOTALS:
        return None
    totals = TOTALS[symbol].get(charge, ())
    if hydrogens is None:
        return tuple(range(max(totals, default=-1) + 1))
    return tuple(total - hydrogens for total in totals if total >= hydrogens)


def fits(symbol: str, charge: int, hydrogens: int | None, total: int, aromatic: int = 0) -> bool:
    """Whether the bonds of an atom satisfy its valence.

    Args:
        symbol: Element symbol; "" for a label.
        charge: Formal charge.
        hydrogens: Written hydrogens; None for a corner without any.
        total: Sum of bond orders, aromatic bonds counted as 1.
        aromatic: Number of aromatic bonds; their ring's double bond may be at this atom or not.
    """
    allowed = allowed_orders(symbol, charge, hydrogens)
    return allowed is None or total in allowed or (aromatic > 0 and total + 1 in allowed)


def implied_total(symbol: str, charge: int, hydrogens: int | None) -> int:
    """Total valence up to which hydrogens may be implied beside a symbol written without any.

    Args:
        symbol: Element symbol.
        charge: Formal charge.
        hydrogens: Written hydrogens; None for a bare corner.

    Returns:
        The valence; 0 where none may be implied (halogens, alkali metals and hydrogen, written
        hydrogens, a bare corner, other metals and labels).
    """
    if hydrogens != 0 or symbol in HALOGENS or symbol in ALKALI or symbol == "H":
        return 0
    return min((t for t in TOTALS.get(symbol, {}).get(charge, ()) if t), default=0)


def is_rare(symbol: str, charge: int, total: int) -> bool:
    """Whether a total valence is allowed, but only in a few groups (nitro drawn with five bonds,
    perchlorate, iodanes)."""
    return charge == 0 and total > {"N": 3, "Cl": 1, "Br": 1, "I": 1}.get(symbol, 8)


def can_be_stereocenter(symbol: str, neighbors: int) -> bool:
    """Whether a stereo bond may have its narrow end at an atom.

    Args:
        symbol: Element symbol; "" for a label.
        neighbors: Number of drawn neighbors.
    """
    if symbol in TOTALS:
        return neighbors >= _CENTERS.get(symbol, 9)
    return symbol != ""


def label_text(symbol: str, charge: int, hydrogens: int, isotope: int, radicals: int = 0) -> str:
    """The usual text of an atom label: ``NH3+``, ``13CH3``, ``O-``, ``Fe2+``, ``D``, ``O•``.

    Args:
        symbol: Element symbol.
        charge: Formal charge.
        hydrogens: Number of hydrogens beside the symbol.
        isotope: Mass number; 0 for none.
        radicals: Number of unpaired electrons.
    """
    name = {2: "D", 3: "T"}.get(isotope, "H") if symbol == "H" else symbol
    before = str(isotope) if isotope and name == symbol else ""
    number = str(hydrogens) if hydrogens > 1 else ""
    size = str(abs(charge)) if abs(charge) > 1 else ""
    sign = "" if not charge else "+" if charge > 0 else "-"
    return f"{before}{name}{'H' * (hydrogens > 0)}{number}{size}{sign}{'•' * radicals}"


@dataclass
class PlainAtom:
    """An atom as chemistry software takes it; ``hydrogens`` None where the software should count
    them."""

    symbol: str
    charge: int
    hydrogens: int | None
    isotope: int
    radicals: int = 0


def order_sums(count: int, bonds: Iterable[GraphBond]) -> tuple[list[int], list[int]]:
    """Sum the bond orders at each atom.

    Args:
        count: Number of atoms.
        bonds: Bonds between them.

    Returns:
        For each atom the sum of its bonds' orders (``ORDERS``), and its number of aromatic bonds.
    """
    totals, aromatic = [0] * count, [0] * count
    for bond in bonds:
        for place in (bond.begin, bond.end):
            totals[place] += ORDERS[bond.kind]
            aromatic[place] += bond.kind == "aromatic"
    return totals, aromatic


def resolve_contradictions(graph: MoleculeGraph) -> tuple[list[PlainAtom], list[GraphBond]]:
    """Resolve the contradictions of a drawn graph.

    * A dative bond between two non-metals becomes double (P, S, As or Se to a bare O, S or Se) or
      charged (+ at its start, - at its end, where no charge is written). At a metal it stays.
    * A bond to a metal that is one too many for the other atom becomes dative; bonds from a metal
      to two carbons that are bonded to each other go, and each such carbon without a double bond
      becomes an anion that the metal pays for (ferrocene).
    * An isocyanide drawn without charges gets them.
    * Written hydrogens are kept where they fit the valence. Where they do not, an uncharged atom
      with too many bonds takes a charge (N+, P+, O+, S+, B-; a bare O or S at its end then is the
      anion, as of N-oxides and wedged sulfoxides), a charge that forbids the bonds goes,
      a lone NH4 or OH3 becomes a cation, and otherwise the valence counts the hydrogens: a bare N
      with two single bonds is NH, a bare O with one is OH. Only a dot makes a radical.
    * A lone halogen, also HCl, becomes an anion and a lone alkali metal a cation where this
      balances charges.

    Args:
        graph: The drawn graph.

    Returns:
        Atoms as chemistry software takes them, and bonds; their order stays.
    """
    atoms = [PlainAtom(a.symbol, a.charge, a.hydrogens, a.isotope, a.radicals) for a in graph.atoms]
    neighbors: list[set[int]] = [set() for _ in atoms]
    for bond in graph.bonds:
        neighbors[bond.begin].add(bond.end)
        neighbors[bond.end].add(bond.begin)
    bonds = [_without_arrow(bond, atoms, neighbors) for bond in graph.bonds]
    if any(is_metal(atom.symbol) for atom in atoms):
        bonds = _with_dative_metal_bonds(atoms, bonds, neighbors)
    _charge_isocyanides(atoms, bonds, neighbors)
    totals, aromatic = order_sums(len(atoms), bonds)
    crowded = []
    for place, atom in enumerate(atoms):
        written = atom.hydrogens
        _resolve_atom(atom, totals[place], aromatic[place])
        if written and atom.hydrogens is None and atom.symbol == "N" and not atom.charge:
            crowded.append((atom, written, totals[place]))
        if atom.charge == 1 and not graph.atoms[place].charge and neighbors[place]:
            ends = [p for p in neighbors[place] if len(neighbors[p]) == 1 and totals[p] == 1]
            _charge_oxide([atoms[p] for p in ends if graph.atoms[p].hydrogens == 0])
    _balance(atoms, neighbors, crowded)
    return atoms, bonds


def _without_arrow(
    bond: GraphBond, atoms: Sequence[PlainAtom], neighbors: Sequence[set[int]]
) -> GraphBond:
    begin, end = atoms[bond.begin], atoms[bond.end]
    if bond.kind != "dative" or is_metal(begin.symbol) or is_metal(end.symbol):
        return bond
    if begin.symbol in ("P", "S", "As", "Se") and end.symbol in ("O", "S", "Se"):
        bare = len(neighbors[bond.end]) == 1 and not end.hydrogens
        if bare and not begin.charge and not end.charge:
            return replace(bond, kind="double")
    if not begin.charge and not end.charge and begin.symbol and end.symbol:
        begin.charge, end.charge = 1, -1
    return replace(bond, kind="single")


def _with_dative_metal_bonds(
    atoms: Sequence[PlainAtom], bonds: Sequence[GraphBond], neighbors: Sequence[set[int]]
) -> list[GraphBond]:
    """The bonds at metals as dative ones where the other atom has too many, or gone."""
    totals, aromatic = order_sums(len(atoms), bonds)
    metal = [is_metal(atom.symbol) for atom in atoms]
    double = {p for b in bonds if ORDERS[b.kind] > 1 for p in (b.begin, b.end)}
    kept = []
    for bond in bonds:
        if metal[bond.begin] == metal[bond.end] or bond.kind == "dative":
            kept.append(bond)
            continue
        other, center = (bond.end, bond.begin) if metal[bond.begin] else (bond.begin, bond.end)
        atom = atoms[other]
        if atom.symbol == "C" and neighbors[other] & neighbors[center]:
            if other not in double and not aromatic[other] and not atom.charge:
                atom.charge = -1
                atoms[center].charge += 1
            totals[other] -= ORDERS[bond.kind]
            continue
        if atom.symbol and not fits(
            atom.symbol, atom.charge, atom.hydrogens, totals[other], aromatic[other]
        ):
            rest = totals[other] - ORDERS[bond.kind]
            if fits(atom.symbol, atom.charge, atom.hydrogens, rest, aromatic[other]):
                totals[other] = rest
                bond = replace(bond, begin=other, end=center, kind="dative")
        kept.append(bond)
    return kept


def _charge_isocyanides(
    atoms: Sequence[PlainAtom], bonds: Sequence[GraphBond], neighbors: Sequence[set[int]]
) -> None:
    for bond in bonds:
        if bond.kind != "triple":
            continue
        for nitrogen, carbon in ((bond.begin, bond.end), (bond.end, bond.begin)):
            pair = atoms[nitrogen], atoms[carbon]
            if (pair[0].symbol, pair[1].symbol) != ("N", "C") or pair[1].hydrogens:
                continue
            if len(neighbors[nitrogen]) == 2 and len(neighbors[carbon]) == 1:
                pair[0].charge, pair[1].charge, pair[1].hydrogens = 1, -1, 0


def _resolve_atom(atom: PlainAtom, total: int, aromatic: int) -> None:
    """Keep an atom's written hydrogens, correct the atom, or leave them to the valence (None)."""
    symbol, charge, written = atom.symbol, atom.charge, atom.hydrogens
    if allowed_orders(symbol, charge, written) is None:
        atom.hydrogens = written or 0
        return
    if atom.radicals and written is not None and fits(symbol, charge, None, total + written):
        return
    if written is None or fits(symbol, charge, written, total, aromatic):
        return
    onium = ONIUM.get(symbol, 0)
    crowded = not fits(symbol, charge, None, total, aromatic)
    if charge and crowded and fits(symbol, 0, None, total, aromatic):
        atom.charge = 0
        _resolve_atom(atom, total, aromatic)
    elif onium and not charge and not total and fits(symbol, onium, written, 0):
        atom.charge = onium  # NH4, OH3
    elif onium and not charge and (crowded or (total == TOTALS[symbol][0][0] + 1 and not written)):
        if fits(symbol, onium, 0, total, aromatic):
            atom.charge, atom.hydrogens = onium, 0  # N with four bonds, S with three
        else:
            atom.hydrogens = None
    else:
        atom.hydrogens = None


def _charge_oxide(ends: Sequence[PlainAtom]) -> None:
    """Make the only bare oxygen or sulfur at the end of a bond an anion."""
    bare = [a for a in ends if a.symbol in ("O", "S") and not a.charge and not a.radicals]
    if len(bare) == 1:
        bare[0].charge, bare[0].hydrogens = -1, 0


def _balance(
    atoms: Sequence[PlainAtom],
    neighbors: Sequence[set[int]],
    crowded: Sequence[tuple[PlainAtom, int, int]],
) -> None:
    """Make ions of lone halogens, lone alkali metals and crowded NH3 where charges ask for it."""
    net = sum(atom.charge for atom in atoms)
    lone = [a for a, bonded in zip(atoms, neighbors, strict=True) if not bonded and not a.charge]
    for atom in lone:
        if net > 0 and atom.symbol in HALOGENS and (atom.hydrogens or 0) < 2:
            atom.charge, atom.hydrogens = -1, 0
            net -= 1
        elif net < 0 and atom.symbol in ALKALI and not atom.hydrogens:
            atom.charge, atom.hydrogens = 1, 0
            net += 1
    for atom, written, total in crowded:
        if net < 0 and fits(atom.symbol, 1, written, total):
            atom.charge, atom.hydrogens = 1, written
            net += 1
