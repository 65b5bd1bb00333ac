"""A generator goes in; the SMILES of a molecule that lists hold too rarely comes out: large ones,
macrocycles, long chains, groups that crowd each other on a ring.

They are put together of pieces, so that no list must have them. Whether RDKit can read one is the
caller's question; nearly all are sensible, none must exist.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from inchify.chem.convert import quiet_chem
from inchify.chem.label_table import words
from inchify.synth.library import LARGE, MoleculeLibrary, heavy_atoms

# The share of large molecules that are the list's own, where it has at least so many.
LISTED, ENOUGH = 0.5, 200
TRIES = 30

_LINKS = words("C CC CCC OCC NCC C(=O)N NC(=O) C(=O)O OC(=O) S(=O)(=O)N O N S CCO C=C C(=O) OCCO")
_RING_PIECES = words(
    "C C C C CC CC CCC O O N NC(=O) C(=O)N C(=O)O OC(=O) C=C C#C S C(C) C(O) C(=O) C(OC) N(C) "
    "c%90ccc(cc%90) c%90cccc(c%90) c%90ccccc%90 c%90cnc(cn%90) CC(C)(C) C(N) c%90csc(n%90) CCO"
)
_CHAIN_PIECES = words(
    "CC CC CCC CCCC CCCCCC C=C /C=C/ /C=C\\ O OCC C(C) C(=O) N C(O) S C#C CCO CCO"
)
_ENDS = words("C CO CN C(=O)O C(=O)OC CBr CCl C=C C#N C(N)=O S c1ccccc1 CI C(=O)OCC C(F)(F)F")
_HEADS = (
    *("OCC({0})C{1}", "OCC({0})COP(=O)(O)OCC[N+](C)(C)C", "C(C{0})(C{1})C{2}", "N({0}){1}"),
    *("{0}", "{0}", "{0}", "c1ccc({0})cc1", "OCC(O{0})CO{1}", "C(O{0})C(O{1})CO{2}"),
)
# Groups beside one another: the atom that is bonded to the ring comes first.
_CROWDED = words(
    "C(=O)Nc3ccccc3 C(=O)NC C(=O)N(C)C C(=O)O C(=O)OC NC(C)=O NC(=O)c3ccccc3 S(=O)(=O)NC "
    "NS(=O)(=O)C NS(=O)(=O)c3ccc(C)cc3 OC(C)=O C(=O)c3ccccc3 C(C)=O C(=O)NCCO C(=O)N3CCOCC3 "
    "N3CCCCC3 C(=O)NN Oc3ccccc3 Cc3ccccc3 C(O)c3ccccc3 C(=O)NC3CC3 NC(=O)OC(C)(C)C NC(N)=O "
    "C(C)(C)C C(C)C [N+](=O)[O-] OCC(=O)O OCC CNC(C)=O c3ccccc3 c3nnnn3C c3ccccc3C(=O)O C(N)=O"
)
_SMALL_GROUPS = words("C F Cl Br O N OC C(F)(F)F C#N I SC [N+](=O)[O-] C(N)=O CC")
_CORES = (
    *("c1({0})c({1})cccc1", "c1({0})c({1})ccc({2})c1", "c1({0})c({1})c({2})ccc1"),
    *("c1({0})c({1})cc({2})cc1", "c1({1})c({0})c({2})ccc1", "c1({0})c({1})nccc1"),
    *("c12c({0})cccc1cccc2{1}", "c12c({0})c({1})ccc1cccc2", "c1({0})c({1})scc1"),
    *("n1({0})c({1})ccc1", "c1({0})c({1})onc1C", "C1({0})C({1})CCCC1", "C1({0})C({1})CCC1"),
    *("N1({0})C({1})CCCC1", "c1({0})c({1})c2ccccc2[nH]1", "c1({0})c({1})ncnc1{2}"),
)


def wanted_made(
    kinds: frozenset[str], library: MoleculeLibrary, generator: np.random.Generator
) -> str | None:
    """The SMILES of a molecule for the first of the kinds that asks for one of ``MAKERS``."""
    maker = next((maker for kind, maker in MAKERS.items() if kind in kinds), None)
    if maker is None:
        return None
    for _ in range(TRIES):
        smiles = maker(library, generator)
        if quiet_chem().MolFromSmiles(smiles) is not None:
            return smiles
    return library.draw(generator)


def large_molecule(library: MoleculeLibrary, generator: np.random.Generator) -> str:
    """One of the list with 40 to 120 heavy atoms, or several of the list bonded together."""
    if generator.random() < LISTED * min(1.0, len(library.large) / ENOUGH):
        return library.large[int(generator.integers(len(library.large)))]
    wanted = int(generator.integers(LARGE[0], LARGE[1] * 3 // 4))
    whole = library.draw(generator)
    for _ in range(TRIES):
        if heavy_atoms(whole) >= wanted:
            break
        more = bonded(whole, library.draw(generator), _one(_LINKS, generator), generator)
        if more is not None and heavy_atoms(more) <= LARGE[1]:
            whole = more
        elif heavy_atoms(whole) < LARGE[0] // 2:
            whole = library.draw(generator)
    return whole


def bonded(one: str, other: str, link: str, generator: np.random.Generator) -> str | None:
    """Two molecules with a link between atoms of them that have hydrogens; None where there is no
    such atom, or a salt."""
    chem = quiet_chem()
    if "." in one or "." in other:
        return None
    parts = [chem.MolFromSmiles(smiles) for smiles in (one, link, other)]
    if any(part is None for part in parts):
        return None
    spots = [_free_atom(part, generator) for part in (parts[0], parts[2])]
    if None in spots:
        return None
    whole = chem.RWMol(chem.CombineMols(chem.CombineMols(parts[0], parts[1]), parts[2]))
    first = parts[0].GetNumAtoms()
    last = first + parts[1].GetNumAtoms()
    for begin, end in ((spots[0], first), (last - 1, last + spots[1])):
        whole.AddBond(begin, end, chem.BondType.SINGLE)
        for place in (begin, end):
            atom = whole.GetAtomWithIdx(place)
            if atom.GetNumExplicitHs():
                atom.SetNumExplicitHs(atom.GetNumExplicitHs() - 1)
    molecule = whole.GetMol()
    if chem.SanitizeMol(molecule, catchErrors=True) != chem.SanitizeFlags.SANITIZE_NONE:
        return None
    return str(chem.MolToSmiles(molecule))


def _free_atom(molecule: object, generator: np.random.Generator) -> int | None:
    """An atom with a hydrogen that stands at no centre or double bond."""
    free = [
        atom.GetIdx()
        for atom in molecule.GetAtoms()  # type: ignore[attr-defined]
        if atom.GetTotalNumHs()
        and atom.GetSymbol() in ("C", "N", "O")
        and not int(atom.GetChiralTag())
        and (atom.GetIsAromatic() or all(b.GetBondTypeAsDouble() == 1 for b in atom.GetBonds()))
    ]
    return free[int(generator.integers(len(free)))] if free else None


def macrocycle(library: MoleculeLibrary, generator: np.random.Generator) -> str:
    """A ring of some 9 to 30 atoms out of pieces, sometimes with an arm out of the list."""
    wanted = int(generator.integers(9, 26))
    ring, length = ["C%91"], 1
    while length < wanted:
        piece = _one(_RING_PIECES, generator)
        ring.append(piece)
        length += 3 if "%90" in piece else heavy_atoms(piece.split("(")[0]) or 1
    smiles = "".join(ring) + "C%91"
    if generator.random() < 0.5:
        arm = bonded(smiles, library.draw(generator), _one(_LINKS, generator), generator)
        smiles = smiles if arm is None or heavy_atoms(arm) > LARGE[1] else arm
    return smiles


def long_chain(library: MoleculeLibrary, generator: np.random.Generator) -> str:
    """One to three chains of 8 to 40 atoms on a head."""
    head = _HEADS[int(generator.integers(len(_HEADS)))]
    plain = generator.random() < 0.5
    arms = []
    for _ in range(3):
        wanted, arm = int(generator.integers(8, 40 if head == "{0}" else 22)), ""
        while heavy_atoms(arm) < wanted:
            rich = not plain and generator.random() < 0.35
            piece = _one(_CHAIN_PIECES if rich else ("CC", "CCCC"), generator)
            arm += piece if piece[0] != "/" or arm else "CC"
        start = "C(=O)" if generator.random() < 0.2 else ""
        arms.append(start + arm + _one(_ENDS, generator))
    return head.format(*arms)


def crowded_groups(library: MoleculeLibrary, generator: np.random.Generator) -> str:
    """Two or three groups on neighbouring atoms of a ring, sometimes bonded to one of the list."""
    core = _CORES[int(generator.integers(len(_CORES)))]
    groups = [_one(_CROWDED, generator), _one(_CROWDED, generator), _one(_SMALL_GROUPS, generator)]
    if generator.random() < 0.5:
        groups[1] = _one(_SMALL_GROUPS, generator)
    smiles = core.format(*groups)
    if generator.random() < 0.5:
        more = bonded(smiles, library.draw(generator), _one(_LINKS, generator), generator)
        smiles = smiles if more is None or heavy_atoms(more) > LARGE[0] + 10 else more
    return smiles


def _one(choices: Sequence[str], generator: np.random.Generator) -> str:
    return choices[int(generator.integers(len(choices)))]


MAKERS: dict[str, Callable[[MoleculeLibrary, np.random.Generator], str]] = {
    "large_molecules": large_molecule,
    "macrocycles": macrocycle,
    "long_chains": long_chain,
    "crowded_groups": crowded_groups,
}
