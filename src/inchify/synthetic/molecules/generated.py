"""Random SMILES of kinds that molecule lists rarely hold: large molecules, macrocycles, long
chains, crowded rings.

They are put together of pieces, so that no list must have them. Whether RDKit can read one is the
caller's question; nearly all are sensible, none must exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from inchify.chemistry.abbreviations.table import words
from inchify.chemistry.convert import quiet_chem
from inchify.synthetic.molecules.library import LARGE, MoleculeLibrary, heavy_atoms

# The share of large molecules taken from the list, where it has at least this many.
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

# Tetrazoles, triazoles and thiadiazoles fused to a ring, a free bond at {0}.
_FUSED = words(
    "c1({0})ccc2nnnn2c1 c1({0})cccc2nnnn12 c1({0})ccc2nnnn2n1 c1({0})cc2nnnn2c2ccccc12 "
    "c1({0})ccc2c(c1)ccc1nnnn12 c1({0})cnn2nnnc2c1 C1({0})CCn2nnnc2C1 c1({0})nc2nnnn2c2ccccc12 "
    "c1({0})ccc2nnsc2c1 c1({0})ccc2[nH]nnc2c1 c1({0})ccc2nnn(C)c2c1 c1({0})cc2nnnn2cn1"
)

# Cages that are drawn in perspective (``depict.perspective``), a free bond at {0} or none.
_CAGES = words(
    "C1({0})C2CC3CC1CC(C2)C3 C12({0})CC3CC(C1)CC(C3)C2 C12({0})CC3CC(C1)CC(C3)(O)C2 "
    "C12({0})CC3CC(C1)CC(C3)C2 C1C2CC3CC1CC(C2)C3 C1C2CC3CC1CC(C2)N3C({0}) "
    "C1C2CCC1C({0})C2 C1CC2CC1CC2({0}) CC1(C)C2CCC1(C)C({0})C2 CC1(C)C2CCC1(C)C(=O)C2 "
    "C1=CC2CC1C({0})C2 C12({0})CCC(CC1)CC2 C1CN2CCC1CC2({0}) C1CN2CCC1C({0})C2 C12({0})CCN(CC1)CC2 "
    "CN1C2CCC1CC({0})C2 N1({0})C2CCC1CCC2 O=C1CC2CCC1C2 C1C2CCC(O2)C1({0}) "
    "C12({0})C3C4C1C5C2C3C45 C12({0})C3C4C1C5C2C3C45C(=O)O c1c({0})cc2c(c1)CC1NCCC23CCCCC13 "
    "CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H]({0})C=C[C@H]3[C@H]1C5 "
    "CN1CC[C@]23c4c5ccc(OC)c4O[C@H]2C(=O)CC[C@H]3[C@H]1C5 "
    "COc1ccc2c(c1)[C@]13CCCC[C@@H]1[C@H](C2)N(C)CC3 "
    "Oc1ccc2c(c1)[C@]13CCCC[C@@H]1[C@H](C2)N(CC1CC1)CC3"
)

# Sugars, every @ one of both configurations, the group at the anomeric carbon at {0}.
_SUGARS = words(
    "OC[C@H]1O[C@H]({0})[C@H](O)[C@H](O)[C@H]1O OC[C@H]1O[C@H]({0})[C@H](O)[C@H]1O "
    "OC[C@H]1O[C@H]({0})C[C@H]1O C[C@H]1O[C@H]({0})[C@H](O)[C@H](O)[C@H]1O "
    "C1O[C@H]({0})[C@H](O)[C@H](O)[C@H]1O OC[C@H]1O[C@H]({0})[C@H](NC(C)=O)[C@H](O)[C@H]1O "
    "OC(=O)[C@H]1O[C@H]({0})[C@H](O)[C@H](O)[C@H]1O OC[C@H]1O[C@H]({0})[C@H](F)[C@H]1O "
    "COC[C@H]1O[C@H]({0})[C@H](OC)[C@H](OC)[C@H]1OC C[C@H]1O[C@H]({0})C[C@H](O)[C@H]1O "
    "OC[C@H]1O[C@H]({0})C[C@H]1N=[N+]=[N-] OP(=O)(O)OC[C@H]1O[C@H]({0})[C@H](O)[C@H]1O "
    "CC(=O)OC[C@H]1O[C@H]({0})[C@H](OC(C)=O)[C@H](OC(C)=O)[C@H]1OC(C)=O"
)
_ANOMERIC = words(
    "O O OC OCC N C C#N OCc3ccccc3 Oc3ccccc3 Oc3ccc(cc3)[N+](=O)[O-] n3ccc(=O)[nH]c3=O SC NC(C)=O "
    "n3cnc4c(N)ncnc34 n3ccc(N)nc3=O n3cc(C)c(=O)[nH]c3=O n3cnc4c3nc(N)[nH]c4=O F OCCCCCC Br"
)

_EQUAL_ENDS = re.compile(r"C\(C\)\(C\)|C\(F\)\(F\)F|C\(C\)C(?![a-z0-9])")


def sample_generated(
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
    smiles = library.draw(generator)
    for _ in range(TRIES):
        if heavy_atoms(smiles) >= wanted:
            break
        more = bonded(smiles, library.draw(generator), _choice(_LINKS, generator), generator)
        if more is not None and heavy_atoms(more) <= LARGE[1]:
            smiles = more
        elif heavy_atoms(smiles) < LARGE[0] // 2:
            smiles = library.draw(generator)
    return smiles


def bonded(left: str, right: str, link: str, generator: np.random.Generator) -> str | None:
    """Two molecules with a link between atoms of them that have hydrogens; None where there is no
    such atom, or a salt."""
    chem = quiet_chem()
    if "." in left or "." in right:
        return None
    parts = [chem.MolFromSmiles(smiles) for smiles in (left, link, right)]
    if any(part is None for part in parts):
        return None
    spots = [_free_atom(part, generator) for part in (parts[0], parts[2])]
    if None in spots:
        return None
    combined = chem.RWMol(chem.CombineMols(chem.CombineMols(parts[0], parts[1]), parts[2]))
    first = parts[0].GetNumAtoms()
    last = first + parts[1].GetNumAtoms()
    for begin, end in ((spots[0], first), (last - 1, last + spots[1])):
        combined.AddBond(begin, end, chem.BondType.SINGLE)
        for place in (begin, end):
            atom = combined.GetAtomWithIdx(place)
            if atom.GetNumExplicitHs():
                atom.SetNumExplicitHs(atom.GetNumExplicitHs() - 1)
    molecule = combined.GetMol()
    if chem.SanitizeMol(molecule, catchErrors=True) != chem.SanitizeFlags.SANITIZE_NONE:
        return None
    return str(chem.MolToSmiles(molecule))


def _free_atom(molecule: object, generator: np.random.Generator) -> int | None:
    """An atom with a hydrogen that stands at no center or double bond."""
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
        piece = _choice(_RING_PIECES, generator)
        ring.append(piece)
        length += 3 if "%90" in piece else heavy_atoms(piece.split("(")[0]) or 1
    smiles = "".join(ring) + "C%91"
    if generator.random() < 0.5:
        arm = bonded(smiles, library.draw(generator), _choice(_LINKS, generator), generator)
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
            piece = _choice(_CHAIN_PIECES if rich else ("CC", "CCCC"), generator)
            arm += piece if piece[0] != "/" or arm else "CC"
        start = "C(=O)" if generator.random() < 0.2 else ""
        arms.append(start + arm + _choice(_ENDS, generator))
    return head.format(*arms)


def _often_bonded(
    smiles: str,
    chance: float,
    library: MoleculeLibrary,
    generator: np.random.Generator,
    *,
    maximum: int = LARGE[0] + 10,
) -> str:
    """A molecule, by this chance bonded to one of the list where both have at most ``maximum``
    heavy atoms."""
    if generator.random() < chance:
        more = bonded(smiles, library.draw(generator), _choice(_LINKS, generator), generator)
        smiles = smiles if more is None or heavy_atoms(more) > maximum else more
    return smiles


def crowded_groups(library: MoleculeLibrary, generator: np.random.Generator) -> str:
    """Two or three groups on neighboring atoms of a ring, sometimes bonded to one of the list."""
    core = _CORES[int(generator.integers(len(_CORES)))]
    groups = [
        _choice(_CROWDED, generator),
        _choice(_CROWDED, generator),
        _choice(_SMALL_GROUPS, generator),
    ]
    if generator.random() < 0.5:
        groups[1] = _choice(_SMALL_GROUPS, generator)
    smiles = core.format(*groups)
    return _often_bonded(smiles, 0.5, library, generator)


def fused_tetrazole(library: MoleculeLibrary, generator: np.random.Generator) -> str:
    """A fused ring with N=N, mostly bonded to one of the list."""
    smiles = _choice(_FUSED, generator).format(_choice(_SMALL_GROUPS + _CROWDED, generator))
    return _often_bonded(smiles, 0.7, library, generator)


def perspective_cage(library: MoleculeLibrary, generator: np.random.Generator) -> str:
    """A cage that is drawn in perspective, often bonded to one of the list."""
    smiles = _choice(_CAGES, generator).format(_choice(_SMALL_GROUPS + _CROWDED, generator))
    return _often_bonded(smiles, 0.5, library, generator)


def sugar(library: MoleculeLibrary, generator: np.random.Generator) -> str:
    """A sugar, a glycoside or a nucleoside with any configuration, some with more of the list."""
    text = _choice(_SUGARS, generator)
    parts = text.split("@")
    turns = [("@", "@@")[int(choice)] for choice in generator.integers(2, size=len(parts) - 1)]
    text = parts[0] + "".join(map("".join, zip(turns, parts[1:], strict=True)))
    smiles = text.format(_choice(_ANOMERIC, generator))
    return _often_bonded(smiles, 0.25, library, generator, maximum=LARGE[0])


def bent_groups(library: MoleculeLibrary, generator: np.random.Generator) -> str:
    """A molecule of the list, or groups side by side on a ring."""
    if generator.random() < 0.5:
        return crowded_groups(library, generator)
    return library.draw(generator)


def equal_ends(library: MoleculeLibrary, generator: np.random.Generator) -> str:
    """A group on an isopropyl or tert-butyl, as patents draw substituents, or a molecule of the
    list with equal ends at one atom."""
    if generator.random() < 0.5:
        return _choice(("CC(C)", "CC(C)", "CC(C)(C)"), generator) + _choice(_CROWDED, generator)
    smiles = library.draw(generator)
    for _ in range(TRIES):
        if _EQUAL_ENDS.search(smiles):
            break
        smiles = library.draw(generator)
    return smiles


def _choice(choices: Sequence[str], generator: np.random.Generator) -> str:
    return choices[int(generator.integers(len(choices)))]


MAKERS: dict[str, Callable[[MoleculeLibrary, np.random.Generator], str]] = {
    "large_molecules": large_molecule,
    "macrocycles": macrocycle,
    "long_chains": long_chain,
    "crowded_groups": crowded_groups,
    "fused_tetrazoles": fused_tetrazole,
    "perspective_cages": perspective_cage,
    "sugar_rings": sugar,
    "flat_dashes": equal_ends,
    "bent_groups": bent_groups,
}
