"""Bond counts of atoms, and possible stereocentres that nothing marks."""

from __future__ import annotations

import numpy as np

from inchify.types import MoleculeGraph


def degrees_of(graph: MoleculeGraph) -> np.ndarray:
    """The number of bonds of each atom."""
    degree = np.zeros(len(graph.atoms), int)
    for bond in graph.bonds:
        degree[[bond.begin, bond.end]] += 1
    return degree


def possible_centers(graph: MoleculeGraph) -> np.ndarray:
    """Which atoms may be stereocentres that no wedge or hash marks: three neighbors or more, all by
    single bonds but at sulphur and phosphorus. bool, one for each atom."""
    plain = np.ones(len(graph.atoms), bool)
    for bond in graph.bonds:
        if bond.kind not in ("single", "wedge", "hash", "bold"):
            ends = (bond.begin, bond.end)
            plain[[end for end in ends if graph.atoms[end].symbol not in ("S", "P")]] = False
        if bond.kind in ("wedge", "hash"):
            plain[bond.begin] = False
    return np.asarray(plain & (degrees_of(graph) >= 3))


def has_twins(graph: MoleculeGraph, place: int) -> bool:
    """Whether an atom has two ends of bonds with the same label, so that it is no center."""
    degree = degrees_of(graph)
    neighbors = [b.begin + b.end - place for b in graph.bonds if place in (b.begin, b.end)]
    ends = [graph.atoms[n].text for n in neighbors if degree[n] == 1]
    return len(set(ends)) < len(ends)
