"""The graphs of a drawing's alternative readings merged, the likeliest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inchify.chemistry.graph_assembly.assembly import AssemblySettings
from inchify.chemistry.graph_assembly.k_best import k_best_graphs
from inchify.readers.bonds.crossings import CrossingReading
from inchify.types import MoleculeGraph

# A drawing in which bonds cross and which strokes show completely, with at least so many bonds, is
# not refused: with this 98 % of 400 drawn pictures without a molecule are (submissions/LOG.md 36).
CAGE_BONDS = 6
# Corners that strokes show are where they are: none are one, and none lies beside a bond.
EXACT = 0.02
# Where bonds cross, what strokes show completely comes before what a network sees, by so many nats.
BEFORE = 0.01


def with_other_readings(
    found: Sequence[tuple[MoleculeGraph, float]],
    others: Sequence[CrossingReading],
    assembly: AssemblySettings,
) -> tuple[list[tuple[MoleculeGraph, float]], bool]:
    """All graphs with the logarithms of their chances, and whether the likeliest is a drawing with
    crossing bonds that strokes show completely.

    Args:
        found: Graphs of the first reading, the likeliest first.
        others: The other readings; complete ones have probabilities of their own.
        assembly: How graphs are chosen.
    """
    first, cages, graphs = found[0][1], [], list(found)
    for reading in others:
        chosen = (
            replace(assembly, merge_distance=EXACT, passing_distance=EXACT)
            if reading.complete
            else assembly
        )
        (graph, own), *_ = k_best_graphs(reading.atoms, reading.bonds, chosen, 1)
        best = max(own, first + BEFORE * reading.crossed) if reading.complete else first
        graphs.append((graph, best - reading.price))
        if reading.complete and reading.crossed and len(reading.bonds) >= CAGE_BONDS:
            cages.append(graph)
    graphs.sort(key=lambda item: -item[1])
    return graphs, any(graph is graphs[0][0] for graph in cages)
