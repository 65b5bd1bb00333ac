"""RDKit's own drawings: the graph gives the InChI, letters and long labels stand in their boxes."""

from __future__ import annotations

import numpy as np
import pytest
from tests.rendering.graph_inchi import inchi_of_graph, same_but_double_bonds, sample_smiles

from inchify.chemistry.convert import quiet_chem
from inchify.rendering.indigo import DrawingError
from inchify.rendering.rdkit_style import apply_style, draw_rdkit_picture


def molecule_of(smiles: str, **labels: str) -> object:
    """A molecule whose atoms of number 0 get the labels in their order (reversed: the value)."""
    molecule = quiet_chem().MolFromSmiles(smiles)
    dummies = [atom for atom in molecule.GetAtoms() if not atom.GetAtomicNum()]
    for atom, (label, back) in zip(dummies, labels.items(), strict=True):
        atom.SetProp("label", label)
        atom.SetProp("label_reversed", back)
    return molecule


def test_the_graph_gives_the_inchi() -> None:
    generator = np.random.default_rng(1)
    wrong, count = [], 0
    for smiles in sample_smiles(1)[:150]:
        try:
            picture = draw_rdkit_picture(molecule_of(smiles), generator, with_inchi=True)
        except DrawingError:
            continue
        height, width = picture.intensity.shape
        assert all(0 < atom.x < width and 0 < atom.y < height for atom in picture.graph.atoms)
        if any(bond.kind == "aromatic" for bond in picture.graph.bonds):
            continue  # a mol block would need to be told where the double bonds are
        count += 1
        read = inchi_of_graph(picture.graph)
        if not same_but_double_bonds(picture.inchi, read):
            wrong.append(f"{picture.inchi} read as {read}")
    assert count > 120
    assert len(wrong) <= 0.02 * count, "\n".join(wrong)


def test_the_bond_is_as_long_as_wanted() -> None:
    picture = draw_rdkit_picture(
        molecule_of("CCO"), np.random.default_rng(0), bond_pixels=31.0, with_inchi=True
    )
    assert picture.bond_pixels == pytest.approx(31.0, rel=0.12)
    assert picture.intensity.dtype == np.uint8
    assert picture.intensity.max() > 200


def test_boxes_hold_ink_to_their_rims() -> None:
    generator = np.random.default_rng(2)
    molecule = molecule_of("O[C@H](C)C(=O)N")
    for _ in range(8):
        picture = draw_rdkit_picture(molecule, generator, bond_pixels=40)
        for atom in picture.graph.atoms:
            if atom.box:
                left, top, right, bottom = np.rint(atom.box).astype(int)
                intensity = picture.intensity[max(top, 0) : bottom, max(left, 0) : right]
                assert (
                    min(
                        intensity[0].max(),
                        intensity[-1].max(),
                        intensity[:, 0].max(),
                        intensity[:, -1].max(),
                    )
                    > 0
                )


def test_long_labels_are_written_as_they_run() -> None:
    generator, seen = np.random.default_rng(3), set()
    molecule = molecule_of("*c1ccc(*)cc1", CO2Et="EtO2C", R1="R1")
    for _ in range(12):
        picture = draw_rdkit_picture(molecule, generator, bond_pixels=30)
        long = [atom for atom in picture.graph.atoms if atom.text]
        assert picture.inchi == ""
        assert [atom.symbol for atom in long] == ["", ""]
        assert long[1].text == "R1"
        seen.add(long[0].text)
        box = long[0].box
        assert box is not None
        # the attachment letter is at the end that faces the ring
        middle = (box[0] + box[2]) / 2
        assert (long[0].x > middle) == (long[0].text == "EtO2C")
    assert seen == {"CO2Et", "EtO2C"}


def test_unknown_options_and_hopeless_molecules() -> None:
    class Options:
        bondLineWidth = 1

    options = Options()
    apply_style(options, {"noSuchOption": 3, "bondLineWidth": 2})
    assert (options.bondLineWidth, hasattr(options, "noSuchOption")) == (2, False)
    for smiles in ("", "C*", "[CH3]"):
        with pytest.raises(DrawingError):
            draw_rdkit_picture(quiet_chem().MolFromSmiles(smiles), np.random.default_rng(0))
