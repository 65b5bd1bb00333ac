"""Drawn graphs become the molecules that they show; rules for contradictions; groups of labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.chemistry.drawn_graphs import BOND_PIXELS, drawn_graph, sample_smiles

from inchify.chemistry.abbreviations.expansion import expand_label
from inchify.chemistry.convert import inchi_of_smiles, quiet_chem
from inchify.chemistry.inchi import remove_layers
from inchify.chemistry.molecule import MoleculeReading, expand, read_molecule
from inchify.isolation.pool import PoolSettings, WorkerPool
from inchify.types import BondKind, GraphAtom, GraphBond, MoleculeGraph

# fmt: off
HAND_MADE = (
    "C[N+](=O)[O-]", "CS(C)(=O)=O", "C[N+](C)(C)[O-]", "[O-][n+]1ccccc1", "[N-]=[N+]=Cc1ccccc1",
    "CCN=[N+]=[N-]", "C[P+](C)(C)[CH-]C(C)=O", "C[S@](=O)c1ccccc1", "C[S@+]([O-])c1ccccc1",
    "CC=C=CC", "OCl(=O)(=O)=O", "[Na+].[O-]Cl(=O)(=O)=O", "c1nn[nH]n1", "c1nnn[nH]1", "C[N+]#[C-]",
    "[2H]C([2H])([2H])O", "[13CH3]c1ccccc1", "Cl.Cl.NCCN", "[Na+].[Na+].[O-]C(=O)CC([O-])=O",
    "O.Cl.CN(C)C", "C1C2CC3CC1CC(C2)C3", "C12C3C4C1C5C2C3C45",
    "F[P-](F)(F)(F)(F)F.CCn1cc[n+](C)c1", "F[B-](F)(F)F.[Na+]", "C[Si](C)(C)C",
    "O=[Mn](=O)(=O)[O-].[K+]", "N[Pt](N)(Cl)Cl", "[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1", "C[Mg]Br",
    "CC(=O)OI(OC(C)=O)c1ccccc1", "C", "[NH4+].[Cl-]", "[Br-].[K+]", "[Se-]C#N.[K+]",
    "OB(O)c1ccccc1", "C[N+](C)(C)[BH3-]", "C[N@+]1(CC)CCC[C@H]1C", "FS(F)(F)(F)(F)F",
    "C[C@H]1C[C@@H](C)C[C@H](C)C1", "C[P@](=O)(O)c1ccccc1", "[2H][C@H](C)O", "[C-]#[O+]",
    "CC12CCC(CC1)C2(C)C",
)
# fmt: on


def graph(atoms: str, bonds: str, places: list[tuple[float, float]] | None = None) -> MoleculeGraph:
    """A small graph: atoms ``C N:-:0 O:+:1`` (symbol, charge, hydrogens; C alone is a corner) and
    bonds ``0-1 1=2``, their kinds ``- = # : > w h ~ b %``, in a zigzag unless places are given."""
    kinds: dict[str, BondKind] = {"-": "single", "=": "double", "#": "triple", ":": "aromatic"}
    kinds |= {">": "dative", "w": "wedge", "h": "hash", "~": "wavy", "b": "bold", "%": "crossed"}
    made = []
    for number, text in enumerate(atoms.split()):
        symbol, charge, hydrogens = (*text.split(":"), "", "")[:3]
        x, y = places[number] if places else (20.0 * number, 12.0 * (number % 2))
        if text == "C":
            made.append(GraphAtom(x, y))
            continue
        sign = {"+": 1, "-": -1}.get(charge, 0)
        made.append(GraphAtom(x, y, symbol, symbol, sign, int(hydrogens or 0)))
    joined = []
    for text in bonds.split():
        sign = next(sign for sign in kinds if sign in text)
        begin, end = text.split(sign)
        joined.append(GraphBond(int(begin), int(end), kinds[sign]))
    return MoleculeGraph(tuple(made), tuple(joined))


def test_random_drawings_give_their_inchi() -> None:
    """The excuse: where the molecule leaves a double bond open, the drawing still shows a side; and
    RDKit now and then draws two atoms upon each other."""
    texts = sample_smiles(300, np.random.default_rng(1))
    wrong = []
    for number, text in enumerate(texts):
        truth = inchi_of_smiles(text)
        found = read_molecule(drawn_graph(text, hydrogens=number % 2 == 0)).inchi
        if truth not in (found, remove_layers(found, "b")):
            wrong.append(text)
    assert len(wrong) <= 1, wrong


@pytest.mark.parametrize("text", HAND_MADE)
def test_kinds_that_are_rare(text: str) -> None:
    molecule = quiet_chem().MolFromSmiles(text)
    reading = read_molecule(drawn_graph(text))
    assert reading.error == ""
    assert reading.inchi == inchi_of_smiles(text)
    assert reading.smiles == quiet_chem().MolToSmiles(quiet_chem().RemoveHs(molecule))
    again = quiet_chem().MolFromMolBlock(reading.molfile)
    assert quiet_chem().MolToInchi(again) == reading.inchi or "Pt" in text  # dative in the molfile


# fmt: off
HETERO_CENTERS = (
    "C[S@](=O)c1ccccc1", "C[S@@+]([O-])c1ccccc1", "CC(C)(C)[S@](N)=O", "C[S@](=N)(=O)c1ccccc1",
    "C[S@](=O)(=NC)c1ccccc1", "CC[Si@](C)(F)c1ccccc1", "CC[S@+](C)CC(=O)[O-]",
    "C[P@](=O)(c1ccccc1)CC", "C[P@](CC)c1ccccc1", "CC[P@+](C)(CCC)c1ccccc1",
    "C[N@+](CC)(CCC)Cc1ccccc1", "CC[Ge@](C)(F)c1ccccc1", "CCO[P@](=S)(C)Oc1ccccc1",
    "C[Se@](=O)c1ccccc1", "C[As@](CC)c1ccccc1", "CC(C)(C)[S@](=O)/N=C/c1ccccc1",
    "C[S@@](=N)c1ccccc1", "CC[N@@+]([O-])(C)Cc1ccccc1", "O=[P@]1(N(CCCl)CCCl)NCCCO1",
    "C[S@@](=O)C[C@H](N)C(=O)O", "C[P@@]1(=O)OCCN1C", "C[B@-](F)(O)c1ccccc1",
)
ELEMENTS = (
    "C[As](=O)(O)O", "C[Ge](C)(C)c1ccccc1", "CC(C)O[Ti](OC(C)C)(OC(C)C)OC(C)C", "[Li]c1ccccc1",
    "CC(C)(C)[O-].[K+]", "c1ccc([Bi](c2ccccc2)c2ccccc2)cc1", "CCCC[Sn](CCCC)(CCCC)c1ccccn1",
    "C[Sb](C)C", "C[Al](C)C", "CC[Zn]CC", "C[Hg]C", "CC(=O)O[Pd]OC(C)=O", "O=[Os](=O)(=O)=O",
    "O=[Cr](=O)(Cl)Cl", "C[Te]C", "C[Pb](C)(C)C", "Cl[Au]P(C)(C)C", "F[Xe]F",
    "CC(=O)OI1(OC(C)=O)(OC(C)=O)OC(=O)c2ccccc21", "O=I(=O)c1ccccc1", "FI(F)(F)(F)F",
    "c1ccc([I+]c2ccccc2)cc1.[Cl-]", "F[As-](F)(F)(F)(F)F.[Na+]", "O=[V](Cl)(Cl)Cl",
    "[U](F)(F)(F)(F)(F)F", "N#C[Fe-4](C#N)(C#N)(C#N)(C#N)C#N", "[Gd+3]", "Cl[Ru]Cl", "[68Ga+3]",
    "[18F]c1ccccc1", "[131I]c1ccccc1", "[35S](C)C", "[14CH3]Br", "[17OH]c1ccccc1", "[211At]C",
    "O=[99Tc](=O)(=O)O", "[2H]O[2H]", "[3H]c1ccccc1", "O=P(O)(O)[32PH2]", "[10B](O)(O)C",
    "O", "CO", "ClCCl", "O=C=O", "C#N", "CC", "C=C", "C=O", "CI", "CC[O-]", "S=C=S", "[C-]#[O+]",
)
# fmt: on


@pytest.mark.parametrize("text", (*HETERO_CENTERS, *ELEMENTS))
def test_centers_elements_isotopes_and_small_molecules(text: str) -> None:
    reading = read_molecule(drawn_graph(text))
    assert (reading.inchi, reading.error) == (inchi_of_smiles(text), "")
    assert ("/t" in reading.inchi) == ("@" in text)


def test_only_a_dot_makes_a_radical() -> None:
    tempo = drawn_graph("CC1(C)CCCC(C)(C)N1O")
    bare = replace(tempo.atoms[-1], text="O", hydrogens=0)
    dotted = replace(bare, text="O•", radicals=1)
    for atom, smiles in ((bare, "CC1(C)CCCC(C)(C)N1O"), (dotted, "CC1(C)CCCC(C)(C)N1[O]")):
        reading = read_molecule(replace(tempo, atoms=(*tempo.atoms[:-1], atom)))
        assert (reading.inchi, reading.smiles) == (inchi_of_smiles(smiles), smiles)
        assert ("M  RAD" in reading.molfile) == bool(atom.radicals)
    label = expand_label("O•", 1)
    assert label is not None
    whole = expand(labelled("O•", 10, "CC1(C)CCCC(C)(C)N1O"), {10: label.smiles})
    assert whole.atoms[10] == replace(dotted, box=None)
    assert read_molecule(whole).smiles == "CC1(C)CCCC(C)(C)N1[O]"


@pytest.mark.parametrize(
    "text", ["c1ccc2[nH]ccc2c1", "c1ccncc1", "Cc1nc2ccccc2o1", "O=c1cc[nH]cc1", "C[n+]1ccccc1"]
)
def test_circles_become_double_bonds(text: str) -> None:
    chem = quiet_chem()
    aromatic = {
        frozenset((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()))
        for bond in chem.MolFromSmiles(text).GetBonds()
        if bond.GetIsAromatic()
    }
    plain = drawn_graph(text)
    bonds = tuple(
        replace(b, kind="aromatic") if frozenset((b.begin, b.end)) in aromatic else b
        for b in plain.bonds
    )
    assert read_molecule(replace(plain, bonds=bonds)).inchi == inchi_of_smiles(text)
    if "[nH]" in text:  # nobody wrote the hydrogen
        atoms = tuple(replace(a, hydrogens=a.hydrogens and 0) for a in plain.atoms)
        assert read_molecule(MoleculeGraph(atoms, bonds)).inchi == inchi_of_smiles(text)


@pytest.mark.parametrize(
    ("atoms", "bonds", "smiles"),
    [
        ("C N O O", "0-1 1=2 1=3", "C[N+](=O)[O-]"),
        ("C N N N", "0-1 1=2 2#3", "CN=[N+]=[N-]"),
        ("C N C", "0-1 1#2", "C[N+]#[C-]"),
        ("C N C C C", "0-1 1-2 1-3 1-4", "C[N+](C)(C)C"),
        ("C N C", "0-1 1-2", "CNC"),
        ("C N::3", "0-1", "CN"),
        ("C C O:- N::3", "0-1 1-2 1-3", "CC([O-])[NH3+]"),
        ("N::4 Cl", "", "[NH4+].[Cl-]"),
        ("Na O:- C", "1-2", "[Na+].[O-]C"),
        ("Cl C N", "1-2", "Cl.CN"),
        ("C S C O", "0-1 1-2 1>3", "CS(C)=O"),
        ("C N C C O", "0-1 1-2 1-3 1>4", "C[N+](C)(C)[O-]"),
        ("N::3 B::3", "0>1", "[NH3+][BH3-]"),
        ("N::3 Pt Cl Cl N::3", "0-1 1-2 1-3 1-4", "[NH3+][Pt-2](Cl)(Cl)[NH3+]"),
        ("C O:- C", "0-1 1-2", "COC"),
        ("C C O::1", "0b1 1b2", "CCO"),
        ("F B F F F", "0-1 1-2 1-3 1-4", "F[B-](F)(F)F"),
        ("C N C C O", "0-1 1-2 1-3 1-4", "C[N+](C)(C)[O-]"),
        ("O N C O", "0-1 1-2 1=3", "C[N+](=O)[O-]"),
        ("C S C O", "0-1 1-2 1-3", "CS(C)=O"),
        ("C S C O::1", "0-1 1-2 1-3", "C[S+](C)O"),
        ("C O C C", "0-1 1-2 2-3", "COCC"),
        ("C C O", "0-1 1-2", "CCO"),
        ("C N C", "0-1 1-2", "CNC"),
    ],
)
def test_contradictions_are_settled(atoms: str, bonds: str, smiles: str) -> None:
    reading = read_molecule(graph(atoms, bonds))
    assert (reading.inchi, reading.error) == (inchi_of_smiles(smiles), "")


def test_ferrocene_with_bonds_to_its_rings() -> None:
    rings = "0-1 1=2 2-3 3=4 4-0 5-6 6=7 7-8 8=9 9-5 "
    reading = read_molecule(graph("C " * 10 + "Fe", rings + " ".join(f"10-{n}" for n in range(10))))
    assert reading.inchi == inchi_of_smiles("[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1")


def test_wavy_bonds_leave_stereo_open() -> None:
    spots = [(0.0, 0.0), (20.0, 12.0), (40.0, 0.0), (60.0, 12.0)]
    assert read_molecule(graph("C C C C", "0-1 1=2 2-3", spots)).inchi.endswith("/b4-3+")
    for bonds in ("0-1 1=2 2~3", "0-1 1=2 3~2"):
        assert "/b" not in read_molecule(graph("C C C C", bonds, spots)).inchi
    # a carbonyl or a ring beside the wavy bond has no geometry to lose
    enal = drawn_graph("C/C=C/C=O")
    ends = next(n for n, b in enumerate(enal.bonds) if {b.begin, b.end} == {2, 3})
    for begin, end in ((2, 3), (3, 2)):
        wavy = replace(enal.bonds[ends], begin=begin, end=end, kind="wavy")
        changed = (*enal.bonds[:ends], wavy, *enal.bonds[ends + 1 :])
        assert "/b" not in read_molecule(replace(enal, bonds=changed)).inchi
    for bonds in ("0-1 1%2 2-3", "0-1 2%1 2-3"):
        crossed = read_molecule(graph("C C C C", bonds, spots))
        assert (crossed.inchi, crossed.smiles) == (inchi_of_smiles("CC=CC"), "CC=CC")
    straight = [(0.0, 0.0), (20.0, 1.0), (40.0, 0.0), (60.0, 12.0)]
    assert "/b" not in read_molecule(graph("C N C C", "0-1 1=2 2-3", straight)).inchi
    alanine = drawn_graph("C[C@H](N)C(=O)O")
    marked = next(b for b in alanine.bonds if b.kind in ("wedge", "hash"))
    assert "/t2-" in read_molecule(alanine).inchi
    wavy = tuple(replace(b, kind="wavy") if b == marked else b for b in alanine.bonds)
    assert "/t" not in read_molecule(replace(alanine, bonds=wavy)).inchi


def test_wedges_mean_what_they_mean_with_y_down() -> None:
    # D-alanine: from NH2 (above, towards us) over COOH (right) to CH3 (left) is clockwise
    spots = [(0.0, 12.0), (20.0, 0.0), (40.0, 12.0), (40.0, 36.0), (60.0, 0.0), (20.0, -24.0)]
    drawn = graph("C C C O O::1 N::2", "0-1 1-2 2=3 2-4 1w5", spots)
    reading = read_molecule(drawn)
    assert reading.inchi == inchi_of_smiles("C[C@@H](N)C(=O)O")
    assert reading.inchi_without_stereo == inchi_of_smiles("CC(N)C(=O)O")
    assert "   40.0000  -36.0000    0.0000 O" in reading.molfile
    hashed = replace(drawn, bonds=(*drawn.bonds[:-1], replace(drawn.bonds[-1], kind="hash")))
    assert read_molecule(hashed).inchi == inchi_of_smiles("C[C@H](N)C(=O)O")


def test_what_is_no_molecule_says_why() -> None:
    label = MoleculeGraph(
        (GraphAtom(0, 0), GraphAtom(20, 8, "", "CO2Et")), (GraphBond(0, 1, "single"),)
    )
    reading = read_molecule(label)
    assert (reading.inchi, reading.smiles) == ("", "*C |$CO2Et;$|")
    assert reading.error == "contains undefined groups: CO2Et at (20, 8)"
    assert "no atoms" in read_molecule(MoleculeGraph()).error
    assert "Xx" in read_molecule(graph("C Xx", "0-1")).error
    crowded = read_molecule(graph("C C C C C C", "0-1 0-2 0-3 0-4 0-5"))
    assert crowded.inchi == "" and "valence" in crowded.error.lower()


def test_runs_in_killable_workers() -> None:
    graphs = [drawn_graph("CCO"), graph("C C C C C C", "0-1 0-2 0-3 0-4 0-5")]
    with WorkerPool(read_molecule, PoolSettings(deadline=5.0), warm_up=quiet_chem) as pool:
        good, bad = (outcome.value for outcome in pool.run(graphs))
    assert isinstance(good, MoleculeReading)
    assert (good.smiles, bad.inchi) == ("CCO", "")


def labelled(text: str, index: int, smiles: str) -> MoleculeGraph:
    drawn = drawn_graph(smiles)
    atom = replace(drawn.atoms[index], symbol="", text=text, hydrogens=None, charge=0)
    return replace(drawn, atoms=(*drawn.atoms[:index], atom, *drawn.atoms[index + 1 :]))


@pytest.mark.parametrize(
    ("drawn", "index", "fragment", "smiles"),
    [
        ("OC[C@H](N)C", 0, "*C(=O)OCC", "CCOC(=O)C[C@H](N)C"),
        ("C[C@](F)(Cl)CC", 3, "*OS(=O)(=O)C", "C[C@](F)(OS(C)(=O)=O)CC"),
        ("C[C@](F)(Cl)CC", 3, "*[N+](=O)[O-]", "C[C@](F)([N+](=O)[O-])CC"),
        ("O/C=C/C", 0, "*c1ccc(OC)cc1", "COc1ccc(/C=C/C)cc1"),
        ("OCC", 0, "*[C@@H](C)N", "CC[C@@H](C)N"),
        ("C/C=N/C", 3, "*OC", "C/C=N/OC"),
        ("CC=NC", 2, "*=NO", "CC=NO"),
        ("F", 0, "OC(=O)C(F)(F)F", "OC(=O)C(F)(F)F"),
    ],
)
def test_groups_take_the_place_of_labels(
    drawn: str, index: int, fragment: str, smiles: str
) -> None:
    label = labelled("X", index, drawn)
    if drawn == "CC=NC":  # the label stands at the end of the double bond
        label = MoleculeGraph(label.atoms[:3], label.bonds[:2])
    whole = expand(label, {index: fragment})
    assert read_molecule(whole).inchi == inchi_of_smiles(smiles)
    assert (whole.atoms[index].x, whole.atoms[index].y) == (
        label.atoms[index].x,
        label.atoms[index].y,
    )


@pytest.mark.parametrize("text", ["CH=CHCO2Et", "N=NPh", "CH=CHCHO", "CH=CHPh", "CH=NOH"])
def test_a_label_leaves_the_geometry_of_its_double_bond_open(text: str) -> None:
    group = expand_label(text, 1, "left")
    assert group is not None
    reading = read_molecule(expand(labelled(text, 0, "OC1CCCCC1"), {0: group.smiles}))
    assert reading.inchi and "/b" not in reading.inchi and reading.error == ""


@pytest.mark.parametrize("turned", [False, True])
def test_a_label_between_two_neighbors_is_read_from_the_left(turned: bool) -> None:
    spots = [(0.0, 12.0), (BOND_PIXELS, 0.0), (2 * BOND_PIXELS, 12.0)]
    base = graph("F C Cl", "0-1 1-2", spots[::-1] if turned else spots)
    label = replace(base.atoms[1], symbol="", text="SO2NH")
    whole = expand(
        replace(base, atoms=(base.atoms[0], label, base.atoms[2])), {1: "[*:1]S(=O)(=O)N[*:2]"}
    )
    expected = "ClS(=O)(=O)NF" if turned else "FS(=O)(=O)NCl"
    assert read_molecule(whole).inchi == inchi_of_smiles(expected)


def test_wrong_groups_are_named() -> None:
    label = labelled("X", 1, "CSC")
    with pytest.raises(ValueError, match="no atom 9"):
        expand(label, {9: "*C"})
    with pytest.raises(ValueError, match="has 2 bonds"):
        expand(label, {1: "*C"})
    with pytest.raises(ValueError, match="no SMILES"):
        expand(label, {1: "*C("})
    spare = expand(labelled("X", 0, "OC"), {0: "[*:1]CC[*:2]"})
    assert read_molecule(spare).smiles == "*CCC"


@pytest.mark.parametrize(
    ("text", "name"),
    [("R1", "_R1"), ("R12", "_R12"), ("R'", "R'"), ("X", "X"), ("PG", "PG"), ("●", "bead")],
)
def test_undefined_groups_stay_open(text: str, name: str) -> None:
    chem = quiet_chem()
    drawn = labelled(text, 0, "NC[C@H](C)O")
    reading = read_molecule(drawn)
    atom = drawn.atoms[0]
    assert reading.inchi == ""
    assert reading.error == f"contains undefined groups: {text} at ({atom.x:.0f}, {atom.y:.0f})"
    assert reading.identity == reading.smiles
    again = chem.MolFromSmiles(reading.smiles)
    labels = [a.GetProp("atomLabel") for a in again.GetAtoms() if a.HasProp("atomLabel")]
    assert labels == [name] and "@" in chem.MolToSmiles(again)
    block = chem.MolFromMolBlock(reading.molfile)
    assert block.GetNumAtoms() == again.GetNumAtoms()
    if text == "R12":
        assert "M  RGP  1   1  12" in reading.molfile and "[12*]" in chem.MolToSmiles(block)
    else:
        assert ("A    1\n" in reading.molfile) == (text != "R1")


def test_identity_tells_undefined_groups_apart_and_not_their_order() -> None:
    def identity(first: str, second: str) -> str:
        drawn = labelled(first, 0, "NCCC(C)O")
        other = replace(drawn.atoms[-1], symbol="", text=second, hydrogens=None)
        return read_molecule(replace(drawn, atoms=(*drawn.atoms[:-1], other))).identity

    assert len({identity("R1", "R2"), identity("R2", "R1"), identity("R1", "R1"), ""}) == 4
    drawn = labelled("R1", 0, "Nc1ccc(O)cc1")
    count = len(drawn.atoms)
    back = MoleculeGraph(
        drawn.atoms[::-1],
        tuple(replace(b, begin=count - 1 - b.begin, end=count - 1 - b.end) for b in drawn.bonds),
    )
    assert read_molecule(back).identity == read_molecule(drawn).identity != ""
    assert read_molecule(drawn_graph("CCO")).identity == inchi_of_smiles("CCO")


def test_a_group_with_an_undefined_part_is_expanded_and_stays_open() -> None:
    group = expand_label("CO2R2", 1, "left")
    assert group is not None
    whole = expand(labelled("CO2R2", 0, "Nc1ccc(O)cc1"), {0: group.smiles})
    reading = read_molecule(whole)
    assert reading.smiles == "*OC(=O)c1ccc(O)cc1 |$_R2;;;;;;;;;;$|"
    assert reading.error.startswith("contains undefined groups: R2 at (")


@pytest.mark.parametrize(
    ("drawn", "text", "smiles"),
    [
        ("CN1CCC[C@H]1c1cccnc1", "2 HCl", "CN1CCC[C@H]1c1cccnc1.Cl.Cl"),
        ("CCN(CC)CC", "TFA", "CCN(CC)CC.OC(=O)C(F)(F)F"),
        ("Cn1c(=O)c2c(ncn2C)n(C)c1=O", "3 H2O", "Cn1c(=O)c2c(ncn2C)n(C)c1=O.O.O.O"),
        ("C[N+](C)(C)CC[N+](C)(C)C", "2 Br-", "C[N+](C)(C)CC[N+](C)(C)C.[Br-].[Br-]"),
        ("C[N+](C)(C)CC[N+](C)(C)C", "2 Br", "C[N+](C)(C)CC[N+](C)(C)C.[Br-].[Br-]"),
        ("C[NH3+]", "HCl", "C[NH3+].[Cl-]"),
        ("[O-]C(=O)CC([O-])=O", "• 2 Na", "[O-]C(=O)CC([O-])=O.[Na+].[Na+]"),
        ("CC[18F]", "18F-", "CC[18F].[18F-]"),
    ],
)
def test_species_stand_beside_the_molecule(drawn: str, text: str, smiles: str) -> None:
    alone = drawn_graph(drawn)
    group = expand_label(text, 0)
    assert group is not None
    both = replace(alone, atoms=(*alone.atoms, GraphAtom(700.0, 400.0, "", text)))
    reading = read_molecule(expand(both, {len(alone.atoms): group.smiles}))
    assert (reading.inchi, reading.error) == (inchi_of_smiles(smiles), "")
