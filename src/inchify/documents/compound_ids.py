"""Pairing of compound identifiers with molecules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from inchify.documents.compound_id_patterns import spelt_alike
from inchify.documents.label_matching import PairingSettings, pair
from inchify.documents.line_classification import is_near, second_lines, union
from inchify.types import Region, TextLine

# An unpaired label is at most this many diagonals from a drawing.
BESIDE = 0.4
Pairs = list[tuple[int, int]]


def named(
    regions: Sequence[Region], lines: Sequence[TextLine], settings: PairingSettings | None = None
) -> tuple[list[TextLine], Pairs, tuple[int | None, ...]]:
    """Pair the labels of a page with its drawings.

    Args:
        regions: The drawings.
        lines: The lines of text with their kinds.
        settings: Distances and costs.

    Returns:
        The lines, with corrected labels and those that name no drawing as body; pairs (region,
        line); for each region its first label line, or None.
    """
    lines = _spelt_alike(lines)
    pairs, labels = labels_of(regions, lines, settings)
    return _without_partner(lines, pairs, regions), pairs, labels


def labels_of(
    regions: Sequence[Region], lines: Sequence[TextLine], settings: PairingSettings | None = None
) -> tuple[list[tuple[int, int]], tuple[int | None, ...]]:
    """Pairs (region, line) with second lines among them, and each region's first label line."""
    kinds = [line.kind for line in lines]
    seconds = second_lines(lines, kinds)
    follows = {second for _, second in seconds}
    heads = [place for place, kind in enumerate(kinds) if kind == "label" and place not in follows]
    groups = {
        head: [head, *(second_line for head_line, second_line in seconds if head_line == head)]
        for head in heads
    }
    boxes = [union([lines[place].box for place in groups[head]]) for head in heads]
    matches = pair([region.box for region in regions], boxes, settings)
    pairs = [(region, place) for region, label in matches for place in groups[heads[label]]]
    first: list[int | None] = [None] * len(regions)
    for region, label in sorted(matches, key=lambda item: boxes[item[1]][:2][::-1]):
        if first[region] is None:
            first[region] = heads[label]
    return sorted(pairs), tuple(first)


def _spelt_alike(lines: Sequence[TextLine]) -> list[TextLine]:
    places = [place for place, line in enumerate(lines) if line.kind == "label"]
    texts = dict(zip(places, spelt_alike([lines[place].text for place in places]), strict=True))
    return [replace(line, text=texts.get(place, line.text)) for place, line in enumerate(lines)]


def _without_partner(
    lines: Sequence[TextLine], pairs: Sequence[tuple[int, int]], regions: Sequence[Region]
) -> list[TextLine]:
    """The lines, with labels that are unpaired and at no drawing as text: headings, figures of
    tables."""
    paired = {line for _, line in pairs}
    return [
        replace(line, kind="body")
        if line.kind == "label"
        and place not in paired
        and not is_near(line.box, regions, BESIDE, 0)
        else line
        for place, line in enumerate(lines)
    ]
