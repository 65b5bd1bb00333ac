"""Evenly dashed lines at possible stereocentres become hashed bonds from there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.readers.test_crossed_bonds import FRAME, candidates, drawn
from tests.verification.test_dashed_strokes import dashed_line, line

from inchify.chemistry.graph_assembly.candidates import COLUMNS, AtomCandidates, BondCandidates
from inchify.readers.bonds.dashed import with_dashed_bonds
from inchify.types import GraphAtom, GraphBond, MoleculeGraph

# A centre with three ends of which the last is dashed, the second goes on.
PLACES = ((60.0, 60.0), (22.0, 60.0), (86.0, 34.0), (86.0, 90.0), (120.0, 34.0))
PAIRS = ((0, 1), (0, 2), (3, 0), (2, 4))


def seen(
    kinds: dict[int, str] | None = None, dashed: int = 2
) -> tuple[np.ndarray, AtomCandidates, BondCandidates]:
    """The ink, and candidates that are surely single but for some ``kinds``."""
    intensity = np.zeros((120, 150), np.uint8)
    for number, (begin, end) in enumerate(PAIRS):
        stroke = (intensity, PLACES[begin], PLACES[end])
        if number == dashed:
            dashed_line(*stroke, 5)
        else:
            line(*stroke)
    atoms = tuple(GraphAtom(x, y) for x, y in PLACES)
    bonds = tuple(
        GraphBond(*pair, (kinds or {}).get(number, "single"))  # type: ignore[arg-type]
        for number, pair in enumerate(PAIRS)
    )
    picture = replace(drawn("CC=CCl", crossed=False), graph=MoleculeGraph(atoms, bonds))
    found, pairs = candidates(picture, FRAME, "single")
    found.class_AK[:, 0] = 0.0
    return intensity, found, pairs


def test_dashes_at_a_possible_center_are_a_hashed_bond_from_there() -> None:
    intensity, atoms, bonds = seen()
    found = with_dashed_bonds(intensity, atoms, bonds, FRAME)
    kinds = found.log_kind_BK.argmax(axis=1).tolist()
    assert kinds == [COLUMNS["single"]] * 2 + [COLUMNS["hash"], COLUMNS["single"]]
    # the centre is the second atom of that pair
    assert found.forward_B[2] <= 0.11 and found.forward_B[0] == 0.5
    total_B = np.exp(found.log_kind_BK).sum(axis=1)
    assert total_B == pytest.approx(np.exp(bonds.log_kind_BK).sum(axis=1), abs=0.02)


def test_dashes_elsewhere_and_plain_strokes_stay() -> None:
    for intensity, atoms, bonds in (seen(dashed=-1), seen(dashed=3), seen({1: "double"})):
        found = with_dashed_bonds(intensity, atoms, bonds, FRAME)
        assert (found.log_kind_BK == bonds.log_kind_BK).all()
    intensity, atoms, bonds = seen({2: "hash"})
    assert with_dashed_bonds(intensity, atoms, bonds, FRAME) is bonds
