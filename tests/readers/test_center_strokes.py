"""Wedges and hashes at labels that the network takes for plain bonds are found by their strokes."""

from __future__ import annotations

import numpy as np
import pytest
from tests.readers.test_label_check import FRAME, heads

from inchify.chemistry.convert import quiet_chem
from inchify.chemistry.graph_assembly.candidates import (
    COLUMNS,
    LOWEST,
    NONE,
    AtomCandidates,
    BondCandidates,
)
from inchify.chemistry.symbols import (
    ATOM_CLASSES,
    BOND_KINDS,
    CHARGES,
    HYDROGENS,
    ISOTOPES,
    atom_class,
)
from inchify.readers.bonds.stereocenter_bonds import with_center_strokes
from inchify.rendering.depictor.style import DrawingStyle
from inchify.rendering.drawn_picture import DrawnPicture, draw_picture

STYLE = DrawingStyle(line=0.05, hash_line=0.03, wedge_width=0.2)


def drawn(smiles: str, bond: float) -> DrawnPicture:
    return draw_picture(
        quiet_chem().MolFromSmiles(smiles),
        np.random.default_rng(3),
        style=STYLE,
        bond_pixels=bond,
        bilevel=False,
    )


def as_seen(picture: DrawnPicture) -> tuple[AtomCandidates, BondCandidates]:
    """The drawing's own graph as candidates, all its wedges and hashes read as plain bonds."""
    graph, count = picture.graph, len(picture.graph.atoms)
    xy = np.array([(atom.x, atom.y) for atom in graph.atoms])
    classes = [heads(ATOM_CLASSES, atom_class(atom), 1, 1e-4) for atom in graph.atoms]
    boxes = [atom.box or (atom.x - 3, atom.y - 3, atom.x + 3, atom.y + 3) for atom in graph.atoms]
    atoms = AtomCandidates(
        xy,
        np.full(count, 0.9),
        np.concatenate(classes),
        heads(CHARGES, 0, count, 1e-4),
        heads(HYDROGENS, 0, count, 1e-4),
        heads(ISOTOPES, 0, count, 1e-4),
        np.array(boxes),
    )
    logs = np.full((len(graph.bonds), 1 + len(BOND_KINDS)), LOWEST)
    logs[:, NONE] = np.log(0.1)
    for number, bond in enumerate(graph.bonds):
        kind = "single" if bond.kind in ("wedge", "hash") else bond.kind
        logs[number, COLUMNS[kind]] = np.log(0.9)
    pairs = np.array([(bond.begin, bond.end) for bond in graph.bonds])
    return atoms, BondCandidates(pairs, logs, np.full(len(pairs), 0.5))


def likeliest(bonds: BondCandidates) -> list[str]:
    return [BOND_KINDS[column - 1] for column in bonds.log_kind_BK.argmax(axis=1)]


@pytest.mark.parametrize("bond", [24.0, 40.0])
@pytest.mark.parametrize(
    "smiles",
    [
        "C[S@](=O)c1ccccc1",
        "C[S@@](=O)c1ccccc1",
        "C[S@](=N)(=O)c1ccc(C)cc1",
        "CC[P@](=O)(C)c1ccccc1",
        "CC[P@@](=O)(C)c1ccccc1",
        "CC[Si@](C)(F)c1ccccc1",
        "CC[N@+](C)(CC=C)c1ccccc1",
    ],
)
def test_stereo_at_labels_is_seen(smiles: str, bond: float) -> None:
    picture = drawn(smiles, bond)
    wanted = [one.kind for one in picture.graph.bonds]
    assert {"wedge", "hash"} & set(wanted)
    bonds = with_center_strokes(picture.intensity, *as_seen(picture), FRAME)
    assert likeliest(bonds) == wanted
    ahead = [one for one in bonds.forward_B[np.isin(wanted, ("wedge", "hash"))]]
    assert all(chance > 0.5 for chance in ahead)


@pytest.mark.parametrize(
    "smiles", ["CS(=O)c1ccccc1", "CS(=O)(=O)N(C)C", "CP(C)(=O)OC", "C[Si](C)(C)Oc1ccccc1"]
)
def test_plain_bonds_stay_plain(smiles: str) -> None:
    picture = drawn(smiles, 30.0)
    bonds = with_center_strokes(picture.intensity, *as_seen(picture), FRAME)
    assert likeliest(bonds) == [one.kind for one in picture.graph.bonds]


def test_bonds_at_carbon_are_left_alone() -> None:
    picture = drawn("C[C@H](F)c1ccccc1", 30.0)
    atoms, bonds = as_seen(picture)
    assert with_center_strokes(picture.intensity, atoms, bonds, FRAME) is bonds
