"""The result of a verification: proposals with their probabilities, the likeliest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, inf

from inchify.verification.candidates import Proposal
from inchify.verification.evidence import Rivals
from inchify.verification.graph_match.match import GraphMatch
from inchify.verification.objections.objections import Objection
from inchify.verification.render_match.match import Rendering
from inchify.verification.scoring import chances, weights_of

# A drawing looks the same as another whose feature "likelihood" is above this: that of a right
# answer with a hidden line was .2 below 0.
ALMOST = -1.0


@dataclass(frozen=True)
class Opinion:
    """A proposal, the chance that it is right, and what speaks for it: its drawing or its graph
    laid on the picture, and all of it in numbers."""

    proposal: Proposal
    chance: float
    rendering: Rendering | None = None
    graph_match: GraphMatch | None = None
    features: Mapping[str, float] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class CandidateRanking:
    """What the verifier thinks of one picture; ``opinions`` are sorted, the likeliest first.
    ``final``: further candidates would hardly change it, though others may look the same.
    ``objections``: what forbids calling an answer verified that is likely enough."""

    opinions: tuple[Opinion, ...] = ()
    verified: bool = False
    final: bool = False
    objections: tuple[Objection, ...] = ()

    @property
    def inchi(self) -> str:
        """The answer, "" where there is none or its ends are open."""
        first = self.opinions[0].proposal if self.opinions else None
        return "" if first is None or first.has_open_ends else first.inchi

    @property
    def confidence(self) -> float:
        """The chance that the answer is right."""
        return self.opinions[0].chance if self.opinions else 0.0


def alike(ranking: CandidateRanking, rivals: Rivals, gap: float) -> bool:
    """Whether the molecules that look the same are together meant not much less often than the
    answer."""
    first, *others = ranking.opinions
    meant = sum(
        exp(rivals.chances.get(item.proposal.inchi, -inf))
        for item in others
        if item.features["likelihood"] > ALMOST
    )
    return meant > exp(rivals.chances.get(first.proposal.inchi, 0.0) - gap)


def clear(proposals: Sequence[Proposal], lead: float) -> bool:
    """Whether every reader's favourite is the first proposal, by at least ``lead`` nats."""
    return all(
        sum(item.behind.values()) >= lead * max(len(item.behind), 1) for item in proposals[1:]
    )


def ranked(
    proposals: Sequence[Proposal],
    rows: Sequence[Mapping[str, float]],
    kind: str,
    drawn: Mapping[str, Rendering] | None = None,
    graph_matches: Mapping[str, GraphMatch] | None = None,
) -> CandidateRanking:
    """Rank proposals by their features.

    Args:
        proposals: The proposals.
        rows: The features of each.
        kind: The kind of evidence, which chooses the fitted weights: "render", "redraw" or
            "readers".
        drawn: InChI -> its rendering, where there is one.
        graph_matches: InChI -> the match of its graph, where there is one.

    Returns:
        The ranking, not yet verified.
    """
    opinions = [
        Opinion(
            item, chance, (drawn or {}).get(item.inchi), (graph_matches or {}).get(item.inchi), row
        )
        for item, chance, row in zip(proposals, chances(rows, weights_of(kind)), rows, strict=True)
    ]
    return CandidateRanking(tuple(sorted(opinions, key=lambda item: -item.chance)))
