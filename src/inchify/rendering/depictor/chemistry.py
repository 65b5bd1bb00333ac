"""Chemistry of a depiction: Kekulé form, wedges and the atoms written as symbols."""

from __future__ import annotations

from typing import Any

import numpy as np

from inchify.rendering.depictor.labels import Written
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.indigo import DrawingError
from inchify.types import BondKind

# Classes of carbons that a drawing may write out while others stay bare corners.
CARBON_CLASSES = ("quaternary", "branch", "unsaturated", "chain", "ring")
NO_METAL = frozenset((1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53))


def prepared(molecule: Any, style: DrawingStyle, generator: np.random.Generator) -> Any:
    """A Kekulé copy, some stereo centers with their hydrogen as an atom.

    Raises DrawingError for a molecule without atoms, with radicals or with bonds that no drawing
    shows.
    """
    from rdkit import Chem

    if not molecule.GetNumAtoms():
        raise DrawingError("the molecule has no atoms")
    if any(a.GetNumRadicalElectrons() for a in molecule.GetAtoms() if a.GetAtomicNum() in NO_METAL):
        raise DrawingError("a radical, whose dot is not drawn")
    molecule = neutral_nitro(molecule) if style.neutral_nitro else Chem.Mol(molecule)
    molecule.RemoveAllConformers()
    # A molecule that somebody edited may lack what RDKit usually computes on reading.
    if molecule.NeedsUpdatePropertyCache():
        molecule.UpdatePropertyCache(strict=False)
    try:
        molecule.GetRingInfo().NumRings()
    except RuntimeError:
        Chem.GetSymmSSSR(molecule)
    if style.stereo_hydrogen_chance:
        none = Chem.ChiralType.CHI_UNSPECIFIED
        centers = [
            atom.GetIdx()
            for atom in molecule.GetAtoms()
            if atom.GetChiralTag() != none
            and atom.GetTotalNumHs() == 1
            and generator.random() < style.stereo_hydrogen_chance
        ]
        if centers:
            molecule = Chem.AddHs(molecule, onlyOnAtoms=centers)
    if style.drawn_hydrogen_chance:
        hetero = [
            atom.GetIdx()
            for atom in molecule.GetAtoms()
            if atom.GetAtomicNum() in (7, 8, 16)
            and atom.GetDegree()
            and atom.GetTotalNumHs()
            and generator.random() < style.drawn_hydrogen_chance
        ]
        if hetero:
            molecule = Chem.AddHs(molecule, onlyOnAtoms=hetero)
    try:
        Chem.Kekulize(molecule)
    except Chem.KekulizeException as error:
        raise DrawingError(f"no Kekulé form: {error}") from error
    return molecule


def neutral_nitro(molecule: Any) -> Any:
    """A copy with nitro groups as N(=O)=O, without charges, as older drawings have them."""
    from rdkit import Chem

    molecule = Chem.RWMol(molecule)
    pattern = Chem.MolFromSmarts("[N+;D3](=[O;D1])[O-;D1]")
    for nitrogen, _, oxygen in molecule.GetSubstructMatches(pattern):
        for index in (nitrogen, oxygen):
            atom = molecule.GetAtomWithIdx(index)
            atom.SetFormalCharge(0)
            atom.SetNoImplicit(True)
        molecule.GetBondBetweenAtoms(nitrogen, oxygen).SetBondType(Chem.BondType.DOUBLE)
    return molecule.GetMol()


def wedges(
    molecule: Any, style: DrawingStyle, generator: np.random.Generator
) -> dict[int, tuple[int, BondKind]]:
    """For bonds that carry a wedge: their index -> (narrow end, kind)."""
    from rdkit import Chem

    none = Chem.ChiralType.CHI_UNSPECIFIED
    centers = {a.GetIdx() for a in molecule.GetAtoms() if a.GetChiralTag() != none}
    if not centers:
        return {}
    work = Chem.Mol(molecule)
    Chem.WedgeMolBonds(work, work.GetConformer())
    marked: dict[int, tuple[int, BondKind]] = {}
    wedge, dash = Chem.BondDir.BEGINWEDGE, Chem.BondDir.BEGINDASH
    for bond in work.GetBonds():
        direction = bond.GetBondDir()
        if direction in (wedge, dash):
            kind: BondKind = "wedge" if direction == wedge else "hash"
            marked[bond.GetIdx()] = (bond.GetBeginAtomIdx(), kind)
    if style.other_wedge_chance or style.second_wedge_chance:
        other_wedges(molecule, marked, centers, style, generator)
    return marked


def other_wedges(
    molecule: Any,
    marked: dict[int, tuple[int, BondKind]],
    centers: set[int],
    style: DrawingStyle,
    generator: np.random.Generator,
) -> None:
    """Moves wedges to another bond of their center, or adds one there, in place."""
    from rdkit import Chem

    wedge, dash = Chem.BondDir.BEGINWEDGE, Chem.BondDir.BEGINDASH
    for index, (center, _) in list(marked.items()):
        add = generator.random() < style.second_wedge_chance
        if not add and generator.random() >= style.other_wedge_chance:
            continue
        atom = molecule.GetAtomWithIdx(center)
        # With three drawn bonds a second wedge, or one beside a wide angle, is easily misread.
        if add and atom.GetDegree() != 4:
            continue
        choices = [
            bond
            for bond in atom.GetBonds()
            if bond.GetIdx() not in marked
            and bond.GetBondType() == Chem.BondType.SINGLE
            and bond.GetOtherAtomIdx(center) not in centers
        ]
        if not choices:
            continue
        bond = choices[int(generator.integers(len(choices)))]
        trial = Chem.Mol(molecule)
        changed = trial.GetBondWithIdx(bond.GetIdx())
        Chem.WedgeBond(changed, center, trial.GetConformer())
        direction = changed.GetBondDir()
        if direction not in (wedge, dash):
            continue
        if not add:
            del marked[index]
        marked[bond.GetIdx()] = (center, "wedge" if direction == wedge else "hash")


def written_atoms(
    molecule: Any, style: DrawingStyle, generator: np.random.Generator
) -> list[Written | None]:
    """What is written at every atom; None at a bare corner."""
    return [written_atom(atom, style, generator) for atom in molecule.GetAtoms()]


def written_atom(atom: Any, style: DrawingStyle, generator: np.random.Generator) -> Written | None:
    """What is written at an atom."""
    number = atom.GetAtomicNum()
    hydrogens = atom.GetTotalNumHs()
    charge, isotope = atom.GetFormalCharge(), atom.GetIsotope()
    if number == 0:
        if atom.HasProp("label"):
            text = atom.GetProp("label")
            back = atom.GetProp("label_reversed") if atom.HasProp("label_reversed") else ""
            return Written(long=text, long_reversed=back)
        if isotope:
            return Written(long=f"R{isotope}")
        return Written(long=("R", "R", "R", "R1", "R2", "X", "Y", "Ar", "*")[generator.integers(9)])
    symbol = atom.GetSymbol()
    degree = atom.GetDegree()
    if symbol in style.bare_ends and degree == 1 and hydrogens and follows_from_valence(atom):
        return Written(symbol, hidden=True)
    plain = number == 6 and not charge and not isotope and not atom.GetNumRadicalElectrons()
    bare = style.bare_hetero_atoms and number != 6
    if bare and degree and hydrogens and follows_from_valence(atom):
        return Written(symbol, hidden=True)
    written = style.written_carbons == "all" or (
        style.written_carbons == "chains" and not atom.IsInRing()
    )
    if style.written_classes and plain and degree:
        written = written or carbon_class(atom) in style.written_classes
    if plain and degree and not written:
        doubles = [bond.GetBondTypeAsDouble() for bond in atom.GetBonds()]
        allene = degree == 2 and doubles == [2.0, 2.0]
        end = degree == 1 and style.methyl and (hydrogens == 3 or generator.random() < 0.5)
        if not end and not (allene and generator.random() < 0.6):
            return None
    return Written(symbol, hydrogens, charge, isotope)


def carbon_class(atom: Any) -> str:
    """Which of ``CARBON_CLASSES`` a carbon belongs to, "" for a saturated end and in aromatics."""
    if atom.GetIsAromatic():
        return ""
    if atom.IsInRing():
        return "ring"
    if any(bond.GetBondTypeAsDouble() > 1 for bond in atom.GetBonds()):
        return "unsaturated"
    return {2: "chain", 3: "branch", 4: "quaternary"}.get(atom.GetDegree(), "")


def follows_from_valence(atom: Any) -> bool:
    """Whether the hydrogens of a neutral C, N, O or S follow from its usual valence."""
    usual = {6: 4, 7: 3, 8: 2, 16: 2}.get(atom.GetAtomicNum())
    bonds = sum(bond.GetBondTypeAsDouble() for bond in atom.GetBonds())
    neutral = not (atom.GetFormalCharge() or atom.GetIsotope() or atom.GetNumRadicalElectrons())
    return usual is not None and neutral and bonds + atom.GetTotalNumHs() == usual


def open_bonds(
    molecule: Any, style: DrawingStyle, taken: set[int], generator: np.random.Generator
) -> dict[int, tuple[int, BondKind]]:
    """Bonds that mark a stereocenter or double bond as undefined: index -> (center, kind), wavy
    bonds and crossed double bonds.

    Such double bonds are marked as of unknown geometry, in place.
    """
    from rdkit import Chem

    single, double = Chem.BondType.SINGLE, Chem.BondType.DOUBLE
    known = {a.GetIdx() for a in molecule.GetAtoms() if int(a.GetChiralTag())}
    unsaturated = {
        atom.GetIdx()
        for bond in molecule.GetBonds()
        if bond.GetBondType() == double
        for atom in (bond.GetBeginAtom(), bond.GetEndAtom())
    }
    marked: dict[int, tuple[int, BondKind]] = {}
    for stereo in Chem.FindPotentialStereo(molecule):
        open_end = stereo.specified == Chem.StereoSpecified.Unspecified
        if open_end and style.crossed_chance and stereo.type == Chem.StereoType.Bond_Double:
            middle = molecule.GetBondWithIdx(stereo.centeredOn)
            if not middle.IsInRing() and generator.random() < style.crossed_chance:
                marked[middle.GetIdx()] = (middle.GetBeginAtomIdx(), "crossed")
                middle.SetStereo(Chem.BondStereo.STEREOANY)
                continue
        if not open_end or generator.random() >= style.wavy_chance:
            continue
        if stereo.type == Chem.StereoType.Atom_Tetrahedral:
            center = stereo.centeredOn
        elif stereo.type == Chem.StereoType.Bond_Double:
            middle = molecule.GetBondWithIdx(stereo.centeredOn)
            if any(
                atom.GetHybridization() == Chem.HybridizationType.SP
                for atom in (middle.GetBeginAtom(), middle.GetEndAtom())
            ):
                continue
            center = (
                middle.GetBeginAtomIdx() if generator.random() < 0.5 else middle.GetEndAtomIdx()
            )
        else:
            continue
        choices = [
            bond.GetIdx()
            for bond in molecule.GetAtomWithIdx(center).GetBonds()
            if bond.GetBondType() == single
            and bond.GetIdx() not in taken
            and not bond.IsInRing()
            and bond.GetOtherAtomIdx(center) not in known | unsaturated
        ]
        if choices:
            marked[choices[int(generator.integers(len(choices)))]] = (center, "wavy")
            if stereo.type == Chem.StereoType.Bond_Double:
                middle.SetStereo(Chem.BondStereo.STEREOANY)
    return marked


def drawn_inchi(molecule: Any) -> str:
    """Standard InChI of the molecule as its conformer shows it, "" where it has none.

    Double bonds of unspecified geometry have the drawn one.
    """
    from rdkit import Chem, rdBase

    if any(atom.GetAtomicNum() == 0 for atom in molecule.GetAtoms()):
        return ""
    molecule = Chem.Mol(molecule)
    with rdBase.BlockLogs():
        try:
            if any(bond.GetBondType() == Chem.BondType.DOUBLE for bond in molecule.GetBonds()):
                Chem.SetDoubleBondNeighborDirections(molecule, molecule.GetConformer())
                Chem.AssignStereochemistry(molecule, cleanIt=False, force=True)
            return str(Chem.MolToInchi(Chem.RemoveHs(molecule)))
        except (RuntimeError, ValueError):
            return ""
