"""Candidates for atoms and bonds from one network pass, checked against strokes and letters at the
picture's own resolution.
"""

from __future__ import annotations

from dataclasses import dataclass

from inchify.decoding.molecule_graph import MARGIN, CandidateSettings, candidates_of
from inchify.readers.bonds.bond_check import BondChecker
from inchify.readers.bonds.crossed import with_crossed_bonds
from inchify.readers.bonds.crossings import (
    CrossingReading,
    CrossingSettings,
    crossing_readings,
    with_kinds_of,
)
from inchify.readers.bonds.dashed import with_dashed_bonds
from inchify.readers.bonds.halogens import with_single_halogens
from inchify.readers.bonds.stereocenter_bonds import with_center_strokes
from inchify.readers.bonds.wavy import with_wavy_bonds
from inchify.readers.labels.label_check import checked
from inchify.readers.labels.picture_text import Labels, PictureText, lines_of, understood_rows
from inchify.readers.stroke_graph.missed_bonds import with_stroke_bonds
from inchify.readers.stroke_graph.readings import stroke_readings
from inchify.readers.views.coordinates import Frame
from inchify.readers.views.scale_search import NetworkPass
from inchify.readers.views.view import PictureCut


@dataclass(frozen=True, kw_only=True)
class CandidateChecks:
    """``labels`` reads crops of labels, ``bonds`` classifies bonds; either may be None. Pictures
    with more than ``max_atoms`` candidates are not checked. ``strokes``: whether drawings that
    strokes explain completely get a separate reading."""

    labels: Labels | None
    bonds: BondChecker | None
    crossings: CrossingSettings
    max_atoms: int
    strokes: bool = True


def checked_readings(
    cut: PictureCut,
    network_pass: NetworkPass,
    settings: CandidateSettings,
    text: PictureText | None,
    checks: CandidateChecks,
) -> list[CrossingReading]:
    """Find atoms and bonds in a pass's maps and check them at the picture's resolution.

    Args:
        cut: The picture.
        network_pass: The pass.
        settings: What counts as a candidate.
        text: The text in the picture, None where it is not read.
        checks: Recognizers and limits of the checks.

    Returns:
        At least one reading; more where it is in doubt whether bonds cross or meet.
    """
    atoms, bonds = candidates_of(network_pass.maps, settings)
    if len(atoms) > checks.max_atoms:
        return [CrossingReading(atoms, bonds)]
    frame = Frame(network_pass.factors, MARGIN)
    checker = None if cut.competition else checks.bonds
    if text is not None and checks.labels is not None:
        atoms, bonds = checked(atoms, bonds, text, frame, checks.labels)
    if checker is not None:
        bonds = with_center_strokes(cut.intensity, atoms, bonds, frame)
        bonds = checker.checked(cut.intensity, atoms, bonds, frame)
    bonds = with_single_halogens(atoms, bonds)
    if not cut.competition:
        bonds = with_crossed_bonds(cut.intensity, atoms, bonds, frame)
        bonds = with_wavy_bonds(cut.intensity, atoms, bonds, frame)
        bonds = with_dashed_bonds(cut.intensity, atoms, bonds, frame)
    if text is not None:
        bonds = with_stroke_bonds(atoms, bonds, text, frame)
    lines = cut.intensity if text is None else lines_of(text)
    readings = crossing_readings(atoms, bonds, lines, frame, checks.crossings)
    if checker is None:
        return readings
    shown: list[CrossingReading] = []
    if text is not None and checks.strokes:
        rows = [row.box for row in understood_rows(text)]
        shown = stroke_readings(atoms, bonds, lines, rows, frame)
    return [
        with_kinds_of(
            reading,
            checker.checked(cut.intensity, reading.atoms, reading.bonds, frame),
            checks.crossings.bond,
        )
        if reading.new_pairs
        else reading
        for reading in readings
    ] + shown
