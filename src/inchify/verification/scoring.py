"""Calibrated probability of each proposal from its features.

A conditional logit (McFadden 1974): every proposal has a utility, the sum of its features times
their weights; the chances are the softmax over all proposals and over "none of them", whose utility
is 0. ``inchify.calibration.scoring`` fits the weights on drawings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from math import exp, log

from inchify.verification.candidates import Proposal
from inchify.verification.graph_match.match import GraphMatch
from inchify.verification.render_match.match import Rendering, RenderSettings

Features = Mapping[str, float]
Weights = Mapping[str, float]

# What a molecule of the competition never has (BMS.md 6: no charge layers, no unknown centers).
UNWANTED = ("/q", "/p", "?")
# Nats behind the best drawing that say nothing yet (a line between two rows), that count at most,
# and the unit of the feature.
ALIKE, FAR, UNIT = 15.0, 60.0, 10.0
# No rival was held to be rarer, log of how often it is meant, where the weights were fitted.
RAREST = -4.5


@cache
def weights_of(kind: str) -> Weights:
    """Load the fitted weights for one kind of evidence.

    Args:
        kind: "render", "redraw" or "readers".

    Returns:
        Feature -> weight.

    Raises:
        ValueError: For another kind.
    """
    text = (
        resources.files("inchify.verification").joinpath("scoring.json").read_text(encoding="utf-8")
    )
    known = json.loads(text)
    if kind not in known:
        raise ValueError(f"'kind' is {kind!r}; it must be one of {', '.join(known)}")
    return {name: float(weight) for name, weight in known[kind].items()}


def utility(features: Features, weights: Weights) -> float:
    """Log-odds against "none of the proposals". A feature without a weight is an error."""
    return sum(weights[name] * value for name, value in features.items())


def chances(rows: Sequence[Features], weights: Weights) -> list[float]:
    """The chance of each proposal; what is missing to 1 is the chance that none is right."""
    utilities = [min(max(utility(row, weights), -700.0), 700.0) for row in rows]
    top = max(utilities, default=0.0)
    top = max(top, 0.0)
    shares = [exp(value - top) for value in utilities]
    total = sum(shares) + exp(-top)
    return [share / total for share in shares]


def reader_features(proposal: Proposal) -> dict[str, float]:
    """What the readers say of a proposal."""
    behind = list(proposal.behind.values())
    return {
        "one": 1.0,
        "valid": float(proposal.valid or proposal.has_open_ends),
        "unwanted": float(
            not proposal.has_open_ends and any(sign in proposal.inchi for sign in UNWANTED)
        ),
        "unthought": float(not behind),
        "behind": -sum(behind) / max(len(behind), 1),
        "votes": proposal.votes / max(len(behind), 1),
    }


def render_features(
    proposal: Proposal,
    drawn: Rendering,
    best_likelihood: float,
    prior: float,
    settings: RenderSettings,
) -> dict[str, float]:
    """What the readers and its drawing say of a proposal; ``prior``: log of how often it is meant
    against those that look the same. What readers say counts otherwise of a drawing that explains
    the picture."""
    worse = best_likelihood - drawn.log_likelihood if drawn.fits else ALIKE + FAR
    read, explained = reader_features(proposal), float(drawn.explains(settings))
    return {
        **read,
        "unwanted": max(read["unwanted"], float(drawn.strained)),
        "fits": float(drawn.fits),
        "likelihood": -min(max(worse - ALIKE, 0.0), FAR) / UNIT,
        "explained": explained,
        "explained behind": explained * read["behind"],
        "explained votes": explained * read["votes"],
        "played": float(drawn.played),
        "wide margin": float(drawn.wide_margin),
        "prior": max(prior, RAREST),
    }


def graph_match_features(proposal: Proposal, graph_matches: GraphMatch) -> dict[str, float]:
    """What the readers and its graph, redrawn in a picture of any style, say of a proposal."""
    return {
        **reader_features(proposal),
        "sure": -log(min(max(-proposal.score, 0.05), 50.0)),
        "redrawn": log(max(graph_matches.chance, 1e-4)),
        **graph_matches.features(),
    }
