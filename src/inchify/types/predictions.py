"""Answers of readers: candidates and predictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from inchify.types.graphs import GraphAtom, GraphBond, MoleculeGraph


@dataclass(frozen=True)
class Candidate:
    """One possible answer for a picture: its string as read, its score (sum of log-probabilities of
    its ``tokens`` tokens) and its source. A graph reader adds the graph behind the string, in the
    picture's pixels."""

    text: str
    score: float
    tokens: int
    source: str = ""
    finished: bool = True
    graph: MoleculeGraph | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Prediction:
    """The answer for one picture.

    Attributes:
        image_id: Name of the picture: its file's without ending, "" where it has none.
        inchi: Standard InChI, "" where the picture could not be read or ends are open.
        smiles: Canonical isomeric SMILES; CXSMILES where groups are undefined (R1, X).
        confidence: Probability in 0..1 that the answer is right, None where it was not estimated.
        scored: Whether the verifier has scored the candidates; their scores are then
            log-probabilities.
        verified: Whether it found that a drawing of the answer explains the whole picture.
        seconds: Wall time.
        error: Why there is no answer, or what is wrong with it; "" else.
        candidates: What was weighed, the likeliest first.
        graph: Atoms and bonds as a graph reader saw them, in pixels of the picture.
        molfile: The molecule with the picture's coordinates: x in pixels, y times -1.
    """

    image_id: str
    inchi: str
    smiles: str = ""
    confidence: float | None = None
    scored: bool = False
    verified: bool = False
    seconds: float = 0.0
    error: str = ""
    candidates: tuple[Candidate, ...] = field(default=(), repr=False)
    graph: MoleculeGraph | None = field(default=None, repr=False)
    molfile: str = field(default="", repr=False)

    @property
    def atoms(self) -> tuple[GraphAtom, ...]:
        """The atoms and labels as drawn: ``x``, ``y``, ``symbol``, ``text``, ``confidence``."""
        return () if self.graph is None else self.graph.atoms

    @property
    def bonds(self) -> tuple[GraphBond, ...]:
        """The bonds as drawn: ``begin`` and ``end`` are places in ``atoms``."""
        return () if self.graph is None else self.graph.bonds

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON, without the candidates."""
        names = ("image_id", "inchi", "smiles", "confidence", "verified", "seconds", "error")
        record = {name: getattr(self, name) for name in names}
        atoms, bonds = map(asdict, self.atoms), map(asdict, self.bonds)
        return record | {"molfile": self.molfile, "atoms": list(atoms), "bonds": list(bonds)}

    def to_sdf(self) -> str:
        """A record of an SDF: the molfile in pixels and what is known of it; of no atoms where
        nothing was read."""
        from inchify.formats.records import sdf_record

        return sdf_record(self)

    def _repr_svg_(self) -> str | None:
        """What a notebook shows: the molecule as it was seen, parts in doubt colored."""
        from inchify.formats.svg import graph_svg

        return None if self.graph is None else graph_svg(self.graph)


class Reader(Protocol):
    """Reader of pictures: one prediction for each, in the same order. A picture that cannot be read
    gives a ``Prediction.error``, never an exception."""

    def read(self, pictures: Iterable[tuple[str, Any]]) -> Iterator[Prediction]:
        """Read pictures.

        Args:
            pictures: Names (the ``image_id`` of the answers), and files or pictures.

        Returns:
            One prediction for each, in the same order.
        """
        ...
