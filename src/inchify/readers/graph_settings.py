"""Settings of the graph reader."""

from __future__ import annotations

from dataclasses import dataclass, field

from inchify.chemistry.graph_assembly.assembly import AssemblySettings
from inchify.decoding.molecule_graph import CandidateSettings
from inchify.readers.bonds.crossings import CrossingSettings
from inchify.readers.views.scale_search import ScaleSettings


@dataclass(frozen=True, kw_only=True)
class GraphReaderSettings:
    """How pictures are read. Of ``loose`` candidates too the graphs behind the first are made.
    ``pixels``: after so many in its passes over one view the network begins no other pass.
    ``chemistry_seconds``: processor time for the chemistry of one graph, which only ends what has
    run away. A picture in which more than ``max_atoms`` seem to be (noise, a page) is no molecule.
    ``turns``: whether a picture of the competition that stands is laid down first (its test
    pictures were turned). ``n_best`` graphs are candidates, sought with at most so many
    ``expansions``. ``refuse``: whether a picture that most likely shows no molecule has no answer.
    ``calibration`` (a, b): an answer whose parts' confidences multiply to p has the confidence 1 /
    (1 + exp(b log(-log p) - a)), as ``tests/benchmarks/calibrate.py`` fits it on drawings."""

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
    calibration: tuple[float, float] = (3.39, 2.19)
    device: str = "auto"
