"""Contraction of groups of a molecule into superatom labels, for drawings.

A label is an atom of number 0 with the texts ``label`` (bond from the left) and ``label_reversed``
(from the right) and a unique atom map number, so that two labels on a stereo center differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.abbreviations.formula_writer import condensed_texts
from inchify.chemistry.abbreviations.table import Entry, entries
from inchify.chemistry.convert import quiet_chem

LABEL, LABEL_REVERSED = "label", "label_reversed"
LARGEST_GROUP = 24  # heavy atoms that one label may stand for
LEFT_OVER = 3  # heavy atoms that must stay drawn
FORMULA_CHANCE = 0.03  # of a formula for a small group that the table lacks, times share
CHAIN_CHANCE = 0.15
# The same two for condensed drawings, and the chance that a chain with an end is a repeat group.
CONDENSED_FORMULAS, CONDENSED_CHAINS, REPEAT_CHANCE = 0.4, 0.8, 0.5
USUAL = 4.0  # a table's weight from which on a group is contracted whenever it is chosen

_CH2 = (6, 0, 0, 2, 2)  # number, charge, isotope, hydrogens, degree
# (distance from the first atom, number, charge, isotope, hydrogens, degree) of every atom, sorted
Signature = tuple[tuple[int, int, int, int, int, int], ...]


@dataclass(frozen=True)
class _Group:
    """Table rows of one structure, with the query that confirms it."""

    rows: tuple[Entry, ...]
    weights: tuple[float, ...]
    query: Any


class _View:
    """Plain-list view of a molecule, for queries that matching repeats often."""

    def __init__(self, molecule: Any) -> None:
        chem = quiet_chem()
        self.molecule = molecule
        count = molecule.GetNumAtoms()
        self.neighbors: list[list[int]] = [[] for _ in range(count)]
        self.traits: list[tuple[int, int, int, int, int]] = []
        none = chem.ChiralType.CHI_UNSPECIFIED
        self.fixed = [False] * count  # atoms that no label may swallow
        for atom in molecule.GetAtoms():
            self.traits.append(
                (
                    atom.GetAtomicNum(),
                    atom.GetFormalCharge(),
                    atom.GetIsotope(),
                    atom.GetTotalNumHs(),
                    atom.GetDegree(),
                )
            )
            self.fixed[atom.GetIdx()] = (
                atom.GetChiralTag() != none
                or atom.GetAtomicNum() == 0
                or atom.GetNumRadicalElectrons() > 0
                or atom.GetAtomMapNum() > 0
            )
        self.cuts: list[tuple[int, int]] = []
        self.singles: set[tuple[int, int]] = set()
        for bond in molecule.GetBonds():
            begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            self.neighbors[begin].append(end)
            self.neighbors[end].append(begin)
            if bond.GetStereo() != chem.BondStereo.STEREONONE:
                self.fixed[begin] = self.fixed[end] = True
            if bond.GetBondType() == chem.BondType.SINGLE:
                self.singles |= {(begin, end), (end, begin)}
                if not bond.IsInRing():
                    self.cuts += [(begin, end), (end, begin)]

    def side(self, first: int, outside: Sequence[int]) -> list[tuple[int, int]] | None:
        """(atom, distance) of all that is attached to ``first`` away from ``outside``; None where
        it is too large, reaches an outer atom from behind, or must not be contracted."""
        if self.fixed[first]:
            return None
        members, visited = [(first, 0)], {first, *outside}
        for atom, distance in members:
            for other in self.neighbors[atom]:
                if other in visited:
                    if other in outside and atom != first:
                        return None
                    continue
                if self.fixed[other] or len(members) >= LARGEST_GROUP:
                    return None
                visited.add(other)
                members.append((other, distance + 1))
        return members

    def signature(self, members: Sequence[tuple[int, int]]) -> Signature:
        return tuple(sorted((distance, *self.traits[atom]) for atom, distance in members))


@lru_cache(maxsize=1)
def _groups() -> dict[tuple[int, Signature], list[_Group]]:
    """(attachments, signature) -> the structures of the table that may be drawn."""
    chem = quiet_chem()
    rows: dict[str, list[Entry]] = {}
    for entry in entries():
        # a chain's two bonds are on two atoms; those are found in another way
        if entry.weight > 0 and entry.attachments in (1, 2) and "(CH2)" not in entry.left[-1]:
            rows.setdefault(chem.CanonSmiles(entry.smiles), []).append(entry)
    parameters = chem.AdjustQueryParameters.NoAdjustments()
    parameters.makeDummiesQueries = True
    table: dict[tuple[int, Signature], list[_Group]] = {}
    for smiles, same in rows.items():
        molecule = chem.MolFromSmiles(smiles)
        for atom in molecule.GetAtoms():
            atom.SetAtomMapNum(0)
        stars = [atom.GetIdx() for atom in molecule.GetAtoms() if atom.GetAtomicNum() == 0]
        first = {atom.GetNeighbors()[0].GetIdx() for atom in map(molecule.GetAtomWithIdx, stars)}
        if len(first) != 1:
            continue
        view = _View(molecule)
        members = view.side(first.pop(), stars)
        if members is None:
            continue
        query = chem.AdjustQueryProperties(molecule, parameters)
        group = _Group(tuple(same), tuple(entry.weight for entry in same), query)
        table.setdefault((len(stars), view.signature(members)), []).append(group)
    return table


@lru_cache(maxsize=1)
def _centers() -> frozenset[tuple[int, int, int, int, int]]:
    """Properties of the linking atom in every linker of the table."""
    chains = {(6, 0, 0, 2, 2)}
    links = {signature[0][1:] for attachments, signature in _groups() if attachments == 2}
    return frozenset(links | chains)


def contract(
    molecule: Any, generator: np.random.Generator, share: float, *, condensed: bool = False
) -> Any:
    """Write about a share of the groups that can be labels as labels.

    Args:
        molecule: RDKit molecule.
        generator: Source of random choices.
        share: Share of the groups that are contracted, 0 to 1.
        condensed: Write chains and groups often as formulas, such as ``(CH2)7CH3``.

    Returns:
        A new sanitized molecule. Stereo of what stays is kept; ``expand_label`` reads the labels.

    Raises:
        ValueError: ``share`` is outside 0 to 1.
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"'share' is {share}; it must be between 0 and 1")
    view = _View(molecule)
    taken: set[int] = set()
    labels: list[tuple[int, list[int], list[int], str, str]] = []
    total = molecule.GetNumAtoms()
    for outside, members, texts in _candidates(view, generator, share, condensed=condensed):
        atoms = [atom for atom, _ in members]
        if taken.intersection(atoms) or taken.intersection(outside):
            continue
        swallowed = sum(len(group) for _, group, *_ in labels) + len(atoms)
        if total - swallowed < LEFT_OVER:
            continue
        taken.update(atoms)
        taken.update(outside if len(outside) > 1 else ())
        labels.append((atoms[0], atoms, list(outside), *texts))
    return _written(molecule, labels)


def _candidates(
    view: _View, generator: np.random.Generator, share: float, *, condensed: bool
) -> Iterator[tuple[Sequence[int], list[tuple[int, int]], tuple[str, str]]]:
    """(outer atoms, atoms of the group with the one that gets the label first, its texts)."""
    groups = _groups()
    formulas = CONDENSED_FORMULAS if condensed else FORMULA_CHANCE
    chains = CONDENSED_CHAINS if condensed else CHAIN_CHANCE
    order = generator.permutation(len(view.cuts)).tolist()
    draws = generator.random((len(order), 2)).tolist()
    for place, (draw, other) in zip(order, draws, strict=True):
        if draw >= share:
            continue
        outer, first = view.cuts[place]
        members = view.side(first, (outer,))
        if members is None:
            continue
        texts = _repeat_texts(view, members, outer, generator) if condensed else None
        hits = groups.get((1, view.signature(members)))
        if texts is not None:
            pass
        elif hits:
            texts = _table_texts(view, hits, members, (outer,), other, generator)
        elif other < formulas and 3 <= len(members) <= 8:
            texts = _formula_texts(view, members, outer, generator)
        if texts is not None:
            yield (outer,), members, texts
    centers = _centers()
    for atom in generator.permutation(len(view.traits)).tolist():
        if view.traits[atom] not in centers or generator.random() >= share:
            continue
        for outside, members in _links(view, atom, generator):
            hits = groups.get((2, view.signature(members)))
            texts = None
            if len(members) > 1 and view.traits[atom][:4] == (6, 0, 0, 2):
                number = len(members)
                if generator.random() < chains and number > 2:
                    texts = (f"(CH2){number}", f"(CH2){number}")
            elif hits:
                draw = generator.random()
                texts = _table_texts(view, hits, members, outside, draw, generator)
            if texts is not None:
                yield outside, members, texts
                break


def _links(
    view: _View, atom: int, generator: np.random.Generator
) -> Iterator[tuple[tuple[int, int], list[tuple[int, int]]]]:
    """Ways to interpret an atom, with its substituents, as a linker between two others."""
    around = [other for other in view.neighbors[atom] if (atom, other) in view.singles]
    number, charge, isotope, hydrogens, degree = view.traits[atom]
    if (number, charge, isotope, hydrogens, degree) == (6, 0, 0, 2, 2) and len(around) == 2:
        chain = _chain(view, atom, around)
        if chain is not None:
            yield chain
    if not 2 <= degree <= 4 or len(around) < 2:
        return
    pairs = [(a, b) for i, a in enumerate(around) for b in around[i + 1 :]]
    for place in generator.permutation(len(pairs)).tolist():
        members = view.side(atom, pairs[place])
        if members is not None:
            yield pairs[place], members


def _chain(
    view: _View, atom: int, around: Sequence[int]
) -> tuple[tuple[int, int], list[tuple[int, int]]] | None:
    """The run of CH2 around an acyclic atom, and the two atoms that it links. The bond of the far
    end is made anew, which would invert a stereocenter."""
    run, cuts = [atom], set(view.cuts)
    ends: list[int] = []
    for start in around:
        before, here, piece = atom, start, []
        while view.traits[here] == (6, 0, 0, 2, 2):
            if view.fixed[here] or (before, here) not in cuts:
                return None
            piece.append(here)
            before, here = here, next(n for n in view.neighbors[here] if n != before)
        run = run + piece if len(ends) else piece[::-1] + run
        ends.append(here)
    joined = (run[-1], ends[1]) in cuts and (run[0], ends[0]) in cuts
    if not joined or len(run) > 12 or view.fixed[ends[0]] or view.fixed[ends[1]]:
        return None
    return (ends[0], ends[1]), [(link, place) for place, link in enumerate(run)]


def _table_texts(
    view: _View,
    hits: Sequence[_Group],
    members: Sequence[tuple[int, int]],
    outside: Sequence[int],
    draw: float,
    generator: np.random.Generator,
) -> tuple[str, str] | None:
    """A random spelling of a group from the table; None by chance or where there is none."""
    atoms, outer = {atom for atom, _ in members}, set(outside)
    for group in hits:
        if draw * USUAL >= max(group.weights):
            continue
        for match in view.molecule.GetSubstructMatches(group.query, maxMatches=50):
            if atoms < set(match) and set(match) - atoms == outer:
                weights = np.asarray(group.weights) / sum(group.weights)
                row = group.rows[int(generator.choice(len(weights), p=weights))]
                left, right = (_pick(row.forms(side), generator) for side in ("left", "right"))
                return left, right
    return None


def _pick(texts: Sequence[str], generator: np.random.Generator) -> str:
    """One of the texts, the first of them twice as often as another."""
    place = int(generator.integers(-1, len(texts)))
    return texts[max(place, 0)]


def _repeat_texts(
    view: _View, members: Sequence[tuple[int, int]], outer: int, generator: np.random.Generator
) -> tuple[str, str] | None:
    """A counted chain of CH2 with its end: (CH2)7CH3, HO2C(CH2)4; None for others or by chance."""
    run, previous = [members[0][0]], outer
    if view.traits[run[0]] != _CH2 or generator.random() >= REPEAT_CHANCE:
        return None
    while True:
        ahead = [other for other in view.neighbors[run[-1]] if other != previous]
        if len(ahead) != 1:
            return None
        if view.traits[ahead[0]] != _CH2:
            break
        previous = run[-1]
        run.append(ahead[0])
    if len(run) < 2:
        return None
    rest = view.side(ahead[0], (run[-1],))
    if rest is None or len(rest) + len(run) != len(members):
        return None
    ends = _end_texts(view, rest, run[-1], generator)
    if ends is None:
        return None
    unit = "CH2" if generator.random() < 0.7 else "H2C"
    texts = f"(CH2){len(run)}{ends[0]}", f"{ends[1]}({unit}){len(run)}"
    smiles = _group_smiles(view, members, outer)
    read = map(expand_label, texts, (1, 1), ("left", "right"))
    return (
        texts
        if all(expansion is not None and expansion.smiles == smiles for expansion in read)
        else None
    )


def _end_texts(
    view: _View, rest: Sequence[tuple[int, int]], outer: int, generator: np.random.Generator
) -> tuple[str, str] | None:
    """How the end of a chain is written, after it and before it."""
    if len(rest) == 1 and view.traits[rest[0][0]] == (6, 0, 0, 3, 1):
        return ("CH3", "CH3") if generator.random() < 0.5 else ("CH3", "H3C")
    if len(rest) == 1:
        number, charge, isotope, _, degree = view.traits[rest[0][0]]
        ends = {9: ("F", "F"), 17: ("Cl", "Cl"), 35: ("Br", "Br"), 53: ("I", "I")}
        ends |= {8: ("OH", "HO"), 7: ("NH2", "H2N"), 16: ("SH", "HS")}
        return None if charge or isotope or degree > 1 else ends.get(number)
    hits = _groups().get((1, view.signature(rest)))
    if not hits:
        return None
    return _table_texts(view, hits, rest, (outer,), 0.0, generator)


def _group_smiles(view: _View, members: Sequence[tuple[int, int]], outer: int) -> str:
    """The canonical SMILES of a group with ``[*:1]`` for its attachment atom."""
    chem, molecule = quiet_chem(), view.molecule
    atoms = [outer, *(atom for atom, _ in members)]
    # Plain symbols would lose charges and the hydrogen of pyrrole: RDKit would read nothing.
    symbols = [atom.GetSmarts() for atom in molecule.GetAtoms()]
    symbols[outer] = "[*:1]"
    return str(chem.CanonSmiles(chem.MolFragmentToSmiles(molecule, atoms, atomSymbols=symbols)))


def _formula_texts(
    view: _View, members: Sequence[tuple[int, int]], outer: int, generator: np.random.Generator
) -> tuple[str, str] | None:
    """A condensed formula of the group for both sides, such that it reads back."""
    pairs = condensed_texts(view.molecule, members[0][0], outer)
    if not pairs:
        return None
    smiles = _group_smiles(view, members, outer)
    chosen = []
    for side, texts in zip(("left", "right"), pairs, strict=True):
        right = [
            text
            for text in texts
            if (read := expand_label(text, 1, side)) is not None and read.smiles == smiles
        ]
        if not right:
            return None
        chosen.append(_pick(right, generator))
    return chosen[0], chosen[1]


def _written(molecule: Any, labels: Sequence[tuple[int, list[int], list[int], str, str]]) -> Any:
    """The molecule with the first atom of each group turned into its label, the others gone."""
    chem = quiet_chem()
    editable = chem.RWMol(molecule)
    editable.BeginBatchEdit()
    for number, (first, atoms, outside, text, text_reversed) in enumerate(labels, 1):
        label = editable.GetAtomWithIdx(first)
        label.SetAtomicNum(0)
        label.SetFormalCharge(0)
        label.SetIsotope(0)
        label.SetNumExplicitHs(0)
        label.SetNoImplicit(True)
        label.SetIsAromatic(False)
        label.SetAtomMapNum(number)
        label.SetProp(LABEL, text)
        label.SetProp(LABEL_REVERSED, text_reversed)
        for outer in outside:
            if editable.GetBondBetweenAtoms(first, outer) is None:
                editable.AddBond(first, outer, chem.BondType.SINGLE)  # far end of a chain
        for atom in atoms[1:]:
            editable.RemoveAtom(atom)
    editable.CommitBatchEdit()
    drawn = editable.GetMol()
    chem.SanitizeMol(drawn)
    return drawn
