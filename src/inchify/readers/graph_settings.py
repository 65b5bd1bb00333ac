"""Settings of the graph reader."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from inchify.chemistry.graph_assembly.assembly import AssemblySettings
from inchify.decoding.molecule_graph import CandidateSettings
from inchify.readers.bonds.crossings import CrossingSettings
from inchify.readers.views.scale_search import ScaleSettings


@cache
def fitted_calibration() -> tuple[float, float]:
    """Offset and slope that ``inchify.calibration.confidence`` has fitted."""
    file = resources.files("inchify.readers").joinpath("confidence.json")
    fitted = json.loads(file.read_text(encoding="utf-8"))
    return fitted["offset"], fitted["slope"]


@dataclass(frozen=True, kw_only=True)
class GraphReaderSettings:
    """How pictures are read. ``loose``: candidates from which the graphs after the first are made.
    ``pixels``: passes over one view end after this number of pixels.
    ``chemistry_seconds``: processor time for the chemistry of one graph, which only ends runaway
    cases. A picture with more than ``max_atoms`` (noise, a page) is not a molecule.
    ``turns``: whether a picture of the competition that is higher than wide is laid down first (its
    test pictures were turned). ``n_best`` graphs are candidates, found with at most ``expansions``
    steps of the search. ``refuse``: whether a picture that most likely shows no molecule has no
    answer. ``calibration`` (a, b): an answer whose parts' confidences multiply to p has the
    confidence 1 / (1 + exp(b log(-log p) - a)), as ``inchify.calibration.confidence`` fits it on
    drawings."""

    scale: ScaleSettings = field(default_factory=ScaleSettings)
    candidates: CandidateSettings = field(default_factory=CandidateSettings)
    loose: CandidateSettings = field(
        default_factory=lambda: CandidateSettings(atom_chance=0.04, least=0.005)
    )
    assembly: AssemblySettings = field(default_factory=AssemblySettings)
    crossings: CrossingSettings = field(default_factory=CrossingSettings)
    pixels: int = 4_000_000
    chemistry_seconds: float = 10.0
    max_atoms: int = 500
    turns: bool = True
    n_best: int = 1
    expansions: int = 2000
    refuse: bool = True
    calibration: tuple[float, float] = field(default_factory=fitted_calibration)
    device: str = "auto"
