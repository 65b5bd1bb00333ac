"""Labels of a graph become groups; R groups stay open ends without stopping the others."""

from __future__ import annotations

from inchify.readers.label_expansion import CutGraph, finish
from inchify.types import GraphAtom, GraphBond, MoleculeGraph


def chain(*labels: str) -> MoleculeGraph:
    """Two carbons in a row with a label at each end, left and right."""
    left, right = labels
    atoms = (
        GraphAtom(0, 0, "", left, box=(-20, -5, 5, 5)),
        GraphAtom(20, 10),
        GraphAtom(40, 0),
        GraphAtom(60, 10, "", right, box=(55, 5, 85, 15)),
    )
    return MoleculeGraph(atoms, (GraphBond(0, 1), GraphBond(1, 2), GraphBond(2, 3)))


def test_labels_are_read_from_the_side_of_their_bond() -> None:
    _, reading = finish(CutGraph(chain("MeO", "CO2Et")))
    assert reading.smiles == "CCOC(=O)CCOC" and reading.inchi and not reading.error


def test_an_r_group_stays_and_the_other_label_is_expanded() -> None:
    _, reading = finish(CutGraph(chain("R1", "CF3")))
    assert reading.smiles == "*CCC(F)(F)F |$_R1;;;;;;$|" and not reading.inchi
    assert reading.error == "contains undefined groups: R1 at (0, 0)"


def test_an_r_group_inside_a_label_is_at_its_far_end() -> None:
    _, reading = finish(CutGraph(chain("MeO", "CO2R")))
    assert reading.smiles == "*OC(=O)CCOC |$R;;;;;;;$|" and not reading.inchi


def test_the_first_text_that_is_understood_counts() -> None:
    cut = CutGraph(chain("MeO", "???"), {3: ("C(CH3", "C(CH3)3")})
    graph, reading = finish(cut)
    assert reading.smiles == "COCCC(C)(C)C" and len(graph.atoms) > 4


def test_a_label_that_nobody_understands_is_named_with_its_place() -> None:
    _, reading = finish(CutGraph(chain("MeO", "Qqx"), shift=(100.0, 0.0)))
    assert not reading.inchi and reading.error.endswith("undefined groups: Qqx at (160, 10)")
