"""Texts for the labels of a graph that have not been recognized yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from inchify.chemistry.graph_assembly.assembly import UNREAD
from inchify.readers.label_expansion import CutGraph
from inchify.readers.labels.bond_ends_in_formulas import inner_ends
from inchify.readers.labels.label_check import CERTAIN, row_at
from inchify.readers.labels.picture_text import Labels, PictureText, is_understood
from inchify.readers.letters.touched_symbols import is_symbol, window
from inchify.readers.views.crops import Box, crop_of, expanded_box
from inchify.types import GraphAtom, MoleculeGraph

# Texts considered for each label, and their least likelihood relative to the first.
READINGS, LEAST_LIKELY = 3, 0.03
# Minimum confidence of a symbol that is read without its surroundings.
SYMBOL_CONFIDENCE = 0.8


def with_texts(
    graphs: Sequence[MoleculeGraph],
    intensity: np.ndarray,
    labels: Labels | None,
    text: PictureText | None,
) -> list[CutGraph]:
    """Read the long labels of graphs.

    A label takes the readings of the picture's row of letters at its place. Labels without a
    confident row are read once for all graphs, in three crops each: the box that the network
    predicts, a box that follows the letters further, and the first box without the ends of strokes
    beside it. A certain symbol in the last crop precedes other readings.

    Args:
        graphs: Graphs in pixels of the picture, whose unread labels have boxes.
        intensity: Foreground of the picture, uint8 (H, W).
        labels: Recognizer of labels; None leaves all labels unread.
        text: Recognized text of the picture, if any.

    Returns:
        The graphs with the likely texts of their labels and the bond ends inside labels.
    """
    known: dict[tuple[Any, ...], list[tuple[str, float]]] = {}
    requested: dict[tuple[Any, ...], Box] = {}
    rows = text.rows if text is not None else ()
    for graph in graphs if labels is not None else ():
        for place, atom in _long_labels(graph):
            assert atom.box is not None
            key = atom.box, _free_sides(graph, place)
            row = row_at(atom.box, rows)
            if row is not None:
                known[key] = list(row.readings)
            if row is None or row.confidence < CERTAIN:
                requested.setdefault(key, expanded_box(intensity, atom.box, *key[1]))
    if requested and labels is not None:
        crops = []
        for (box, _), expanded in requested.items():
            crops += [
                crop_of(intensity, box),
                crop_of(intensity, expanded),
                _exact_crop(intensity, box),
            ]
        readings = labels.readings(crops, READINGS)
        for number, key in enumerate(requested):
            boxed, widened, exact = readings[3 * number : 3 * number + 3]
            symbol = [exact[0]] if _is_cut_symbol(exact[0], boxed[0]) else []
            known[key] = [*symbol, *known.get(key, (boxed[0], widened[0], *boxed[1:]))]
    labelled = [_labelled(graph, known) for graph in graphs]
    return [replace(cut, ends=inner_ends(cut.graph, intensity)) for cut in labelled]


def _exact_crop(intensity: np.ndarray, box: Box) -> np.ndarray:
    """The foreground in a box without the ends of strokes beside it, with a margin of paper."""
    left, top, right, bottom = (round(side) for side in box)
    return np.pad(window(intensity, (left, top, right, bottom)), 2)


def _is_cut_symbol(exact: tuple[str, float], boxed: tuple[str, float]) -> bool:
    """Whether the exact box is certainly read as an element's symbol, and the box with its
    surroundings not as a longer label that contains it."""
    text, confidence = exact
    longer = len(boxed[0]) > len(text) and text in boxed[0] and is_understood(boxed[0])
    return confidence >= SYMBOL_CONFIDENCE and len(text) == 2 and is_symbol(text) and not longer


def _long_labels(graph: MoleculeGraph) -> list[tuple[int, GraphAtom]]:
    """Unread labels with a box, and their indices."""
    return [(p, atom) for p, atom in enumerate(graph.atoms) if atom.text == UNREAD and atom.box]


def _labelled(
    graph: MoleculeGraph, known: Mapping[tuple[Any, ...], list[tuple[str, float]]]
) -> CutGraph:
    """A graph with the texts of its long labels, where they were read."""
    atoms, texts = list(graph.atoms), {}
    for place, atom in _long_labels(graph):
        read = known.get((atom.box, _free_sides(graph, place)))
        if read is None:
            continue
        text, confidence = read[0]
        likely = [other for other, chance in read if chance >= LEAST_LIKELY * confidence]
        texts[place] = tuple(dict.fromkeys(likely))
        atoms[place] = replace(atom, text=text, confidence=atom.confidence * confidence)
    return CutGraph(MoleculeGraph(tuple(atoms), graph.bonds), texts)


def _free_sides(graph: MoleculeGraph, place: int) -> tuple[bool, bool]:
    """Whether a label's left and right side are free of bonds."""
    atom = graph.atoms[place]
    across = [
        graph.atoms[bond.end if bond.begin == place else bond.begin].x - atom.x
        for bond in graph.bonds
        if place in (bond.begin, bond.end)
    ]
    return not any(step < 0 for step in across), not any(step > 0 for step in across)
