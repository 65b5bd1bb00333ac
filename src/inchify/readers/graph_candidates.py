"""A picture's maps, ink and text come in; candidates for atoms and bonds by all of them come out.

Coordinates of the candidates are pixels of the network's picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inchify.readers.bond_check import BondChecker
from inchify.readers.crossings import (
    CrossingReading,
    CrossingSettings,
    crossing_readings,
    with_kinds_of,
)
from inchify.readers.frames import Frame
from inchify.readers.label_check import checked
from inchify.readers.picture_text import Labels, PictureText, lines_of
from inchify.readers.stroke_bonds import with_stroke_bonds
from inchify.tasks.graph_reading import CandidateSettings, PictureMaps, candidates_of


@dataclass(frozen=True)
class Evidence:
    """What is known of a picture beside its maps: ``ink`` uint8 (H, W), where its pixels lie in the
    network's picture, its text with the reader of labels, and a classifier of bonds."""

    ink: np.ndarray
    frame: Frame
    text: PictureText | None = None
    labels: Labels | None = None
    checker: BondChecker | None = None


def readings_of(
    maps: PictureMaps,
    evidence: Evidence,
    settings: CandidateSettings,
    crossings: CrossingSettings,
    *,
    most_atoms: int,
) -> list[CrossingReading]:
    """Candidates by the maps, with what the picture's own resolution and its text say.

    Args:
        maps: What the network sees.
        evidence: What else is known.
        settings: What may be an atom or a bond.
        crossings: What may be a crossing.
        most_atoms: Of more than these nothing else is asked.

    Returns:
        The likeliest reading first; more than one where it is in doubt whether bonds cross or meet.
    """
    atoms, bonds = candidates_of(maps, settings)
    if len(atoms) > most_atoms:
        return [CrossingReading(atoms, bonds)]
    ink, frame, text, checker = evidence.ink, evidence.frame, evidence.text, evidence.checker
    if checker is not None:
        bonds = checker.checked(ink, atoms, bonds, frame)
    if text is not None and evidence.labels is not None:
        atoms, bonds = checked(atoms, bonds, text, frame, evidence.labels)
        bonds = with_stroke_bonds(atoms, bonds, text, frame)
    lines = ink if text is None else lines_of(text)
    found = crossing_readings(atoms, bonds, lines, frame, crossings)
    if checker is None:
        return found
    return [
        with_kinds_of(one, checker.checked(ink, one.atoms, one.bonds, frame), crossings.bond)
        if one.new_pairs
        else one
        for one in found
    ]
