"""The graphs of a drawing's alternative readings merged, the likeliest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inchify.chemistry.graph_assembly.assembly import AssemblySettings
from inchify.chemistry.graph_assembly.k_best import k_best_graphs
from inchify.readers.bonds.crossings import CrossingReading
from inchify.types import MoleculeGraph

# A drawing with crossing bonds that strokes explain completely, with at least this number of bonds,
# is not refused: with this 98 % of 400 drawn pictures without a molecule are (submissions/LOG.md
# 36).
CAGE_BONDS = 6
# Corners of strokes are exact: distance in bonds for merging them and for bonds passing them.
EXACT = 0.02
# Nats by which complete readings with crossing bonds from strokes precede those of a network.
BEFORE = 0.01


def with_other_readings(
    first_graphs: Sequence[tuple[MoleculeGraph, float]],
    others: Sequence[CrossingReading],
    assembly: AssemblySettings,
) -> tuple[list[tuple[MoleculeGraph, float]], bool]:
    """Merge the graphs of all readings of a drawing.

    Args:
        first_graphs: Graphs of the first reading with their log-probabilities, the likeliest first.
        others: The other readings; complete ones have independent probabilities.
        assembly: How graphs are chosen.

    Returns:
        All graphs with their log-probabilities, the likeliest first, and whether the likeliest is a
        drawing with crossing bonds that strokes explain completely.
    """
    first, cages, graphs = first_graphs[0][1], [], list(first_graphs)
    for reading in others:
        chosen = (
            replace(assembly, merge_distance=EXACT, passing_distance=EXACT)
            if reading.complete
            else assembly
        )
        (graph, log_chance), *_ = k_best_graphs(reading.atoms, reading.bonds, chosen, 1)
        best = max(log_chance, first + BEFORE * reading.crossed) if reading.complete else first
        graphs.append((graph, best - reading.price))
        if reading.complete and reading.crossed and len(reading.bonds) >= CAGE_BONDS:
            cages.append(graph)
    graphs.sort(key=lambda item: -item[1])
    return graphs, any(graph is graphs[0][0] for graph in cages)
