"""Distinct molecules among the candidates of several readers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from inchify.types import Candidate, MoleculeGraph

# A molecule that a reader did not propose counts as this much less likely than the reader's worst
# candidate, nats.
UNTHOUGHT = 2.0
# The largest difference that counts between two candidates of one reader, nats.
FARTHEST = 20.0
# How every InChI begins.
INCHI = "InChI="


@dataclass(frozen=True)
class Proposal:
    """A molecule that may be in the picture: its normal InChI, or the string as read where there is
    none to be trusted (``valid`` is False then). A molecule with open ends (R groups, labels that
    no one understands) has no InChI: its SMILES stands here.

    ``behind``: for each reader, by how many nats its best candidate is likelier (0 for that one);
    empty for what no reader proposed. ``text`` is the best string as read, ``score``
    the best that any gave it, ``graph`` what a graph reader saw.
    """

    inchi: str
    valid: bool
    behind: Mapping[str, float] = field(default_factory=dict)
    text: str = ""
    score: float = -math.inf
    graph: MoleculeGraph | None = field(default=None, repr=False, compare=False)

    @property
    def has_open_ends(self) -> bool:
        """Whether a graph was seen that has no InChI because of its open ends."""
        return not self.valid and self.graph is not None and not self.text.startswith(INCHI)

    @property
    def votes(self) -> int:
        """How many readers find nothing likelier."""
        return sum(nats == 0 for nats in self.behind.values())


def proposals_of(
    candidates: Iterable[Candidate], normal_forms: Mapping[str, str]
) -> list[Proposal]:
    """Merge candidates that are the same molecule.

    Every ``Candidate.source`` counts as one reader, whose scores are compared among themselves
    only.

    Args:
        candidates: What the readers propose.
        normal_forms: Text of each candidate -> its normal InChI, "" for no molecule.

    Returns:
        The proposals, those that readers find likeliest first.
    """
    readers: dict[str, dict[str, Candidate]] = {}
    for candidate in candidates:
        if not candidate.text:
            continue
        key = normal_forms.get(candidate.text) or candidate.text
        reader = readers.setdefault(candidate.source, {})
        if key not in reader or candidate.score > reader[key].score:
            reader[key] = candidate
    proposals = {}
    for key in dict.fromkeys(key for reader in readers.values() for key in reader):
        best = max((reader[key] for reader in readers.values() if key in reader), key=_sureness)
        proposals[key] = Proposal(
            key,
            valid=bool(normal_forms.get(best.text)),
            behind={name: _behind(reader, key) for name, reader in readers.items()},
            text=best.text,
            score=best.score,
            graph=next(
                (reader[key].graph for reader in readers.values() if _has_graph(reader, key)), None
            ),
        )
    return sorted(
        proposals.values(), key=lambda item: (_is_no_molecule(item), sum(item.behind.values()))
    )


def _is_no_molecule(proposal: Proposal) -> bool:
    return not (proposal.valid or proposal.has_open_ends)


def _sureness(candidate: Candidate) -> tuple[bool, float]:
    return candidate.finished, candidate.score if math.isfinite(candidate.score) else -math.inf


def _has_graph(candidates: Mapping[str, Candidate], key: str) -> bool:
    return key in candidates and candidates[key].graph is not None


def _behind(candidates: Mapping[str, Candidate], key: str) -> float:
    scores = [item.score for item in candidates.values() if math.isfinite(item.score)]
    if not scores:
        return 0.0 if key in candidates else UNTHOUGHT
    best = max(scores)
    if key not in candidates:
        return min(FARTHEST, best - min(scores) + UNTHOUGHT)
    score = candidates[key].score
    return min(FARTHEST, best - score) if math.isfinite(score) else FARTHEST
