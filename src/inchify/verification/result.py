"""Result of checking a known molecule against its picture."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from inchify.types import Box, Prediction


@dataclass(frozen=True)
class Disagreement:
    """A place where a picture does not show the molecule that was checked.

    Attributes:
        kind: "element", "charge", "hydrogens", "isotope", "bond", "atoms", "stereo" or "molecule"
            where the molecules differ; where they are the same and the picture leaves doubt, an
            objection of the verifier ("label", "stroke", "unexplained foreground", ...) or "doubt".
        box: Left, top, right, bottom in pixels of the picture, y down.
        reason: What is wrong, for people: "N in the answer, S in the picture".
    """

    kind: str
    box: Box
    reason: str


@dataclass(frozen=True)
class VerificationResult:
    """Whether a picture shows a molecule.

    Attributes:
        inchi: The normalized standard InChI of the molecule that was checked.
        prediction: What the reader itself reads in the picture.
        score: The chance in 0..1 that the picture shows that very molecule, stereo included, as
            ``MoleculeReader.verify`` defines it.
        verified: Whether the verifier found that the molecule explains all of the picture and that
            no other one does.
        disagreements: Where and why not.
        error: Why the picture could not be read, "" where it was.
    """

    inchi: str
    prediction: Prediction
    score: float = 0.0
    verified: bool = False
    disagreements: tuple[Disagreement, ...] = ()
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {
            "inchi": self.inchi,
            "score": self.score,
            "verified": self.verified,
            "disagreements": [asdict(item) for item in self.disagreements],
            "error": self.error,
            "prediction": self.prediction.to_dict(),
        }
