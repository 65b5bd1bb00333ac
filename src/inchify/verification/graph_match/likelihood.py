"""Probability that a bond, label or corner of a graph is as the picture shows it, from its
features.

All are logistic curves whose weights stand in ``likelihood.json``;
``inchify.calibration.graph_match`` fits them on drawings and real pictures. Shape letters: B bonds,
X measures, K kinds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from math import exp, log, sqrt
from typing import Any

import numpy as np

from inchify.types import BondKind, GraphAtom, GraphBond
from inchify.verification.graph_match.bond_profiles import DRAWN, MEASURES
from inchify.verification.graph_match.label_match import LabelObservation

NONE = "none"
# The weights of all curves, by name.
Tables = dict[str, Any]
# The smallest probability that is returned: below it numbers say nothing.
LEAST = 1e-6
# A bond with a shorter visible part (bonds) has a smaller weight, and at least this weight.
VISIBLE_LENGTH, MIN_VISIBLE = 0.5, 0.25
# What some kinds may be taken for.
_ALSO: dict[BondKind, tuple[str, ...]] = {
    "aromatic": ("aromatic", "double", "single"),
    "dative": DRAWN,
    # the table has no drawing of it yet; its lines are a double bond's
    "crossed": ("double",),
}
# What an evenly dashed line may be taken for; its ends are as broad.
_DASHED = ("hash", "hash back", "single", "aromatic")


@cache
def tables() -> Tables:
    """The fitted weights."""
    text = (
        resources.files("inchify.verification.graph_match")
        .joinpath("likelihood.json")
        .read_text(encoding="utf-8")
    )
    return dict(json.loads(text))


def chance_of(table: str, features: Mapping[str, float], known: Tables | None = None) -> float:
    """Evaluate a logistic curve.

    Args:
        table: The curve's name in ``likelihood.json``.
        features: Feature -> value; every feature must have a weight.
        known: Weights in place of the package's.

    Returns:
        The probability, at least ``LEAST``.
    """
    weights = (known or tables())[table]
    odds = weights["one"] + sum(weights[name] * value for name, value in features.items())
    return max(LEAST, 1.0 / (1.0 + exp(-min(max(odds, -50.0), 50.0))))


def bond_shares(features_BX: np.ndarray, known: Tables | None = None) -> np.ndarray:
    """Classify bonds by what was measured along them.

    Args:
        features_BX: Measures in the order of ``MEASURES``.
        known: Weights in place of the package's.

    Returns:
        For each bond the probability of each kind in ``DRAWN`` and, last, of none, float64 (B, K).
    """
    weights = (known or tables())["bonds"]
    weight_KX = np.array([weights[kind] for kind in (*DRAWN, NONE)])
    odds_BK = np.clip(features_BX, -5, 5) @ weight_KX[:, 1:].T + weight_KX[:, 0]
    odds_BK -= odds_BK.max(axis=1, keepdims=True, initial=0.0)
    share_BK: np.ndarray = np.exp(odds_BK)
    return share_BK / share_BK.sum(axis=1, keepdims=True)


def bond_chances(
    features_BX: np.ndarray,
    bonds: Sequence[GraphBond],
    dashed_B: np.ndarray | None = None,
    *,
    known: Tables | None = None,
) -> np.ndarray:
    """Compute for each bond the probability that it is drawn as its kind says.

    Args:
        features_BX: Measures in the order of ``MEASURES``.
        bonds: The bonds with their kinds.
        dashed_B: Which are evenly dashed in a way that means a hashed bond; many are drawn as
            dashed lines of one width, which the table takes for plain ones.
        known: Weights in place of the package's.

    Returns:
        Probabilities, float64 (B,).
    """
    share_BK = bond_shares(features_BX, known)
    dashed_B = np.zeros(len(bonds), bool) if dashed_B is None else dashed_B
    chance_B = np.array(
        [
            sum(share[DRAWN.index(kind)] for kind in _shown_as(bond.kind, bool(dashed)))
            for share, bond, dashed in zip(share_BK, bonds, dashed_B, strict=True)
        ]
    ).reshape(-1)
    length_B = features_BX[:, MEASURES.index("length")]
    return np.maximum(chance_B, LEAST) ** np.clip(length_B / VISIBLE_LENGTH, MIN_VISIBLE, 1.0)


def _shown_as(kind: BondKind, dashed: bool) -> tuple[str, ...]:
    """The drawn kinds that count as a bond's kind."""
    if dashed:
        return _DASHED if kind == "hash" else ("hash", "hash back")
    return _ALSO.get(kind, (kind,))


def label_features(
    observation: LabelObservation, atom: GraphAtom, capital: float
) -> dict[str, float]:
    """Features of a label.

    Args:
        observation: The label as it was found in the picture.
        atom: The atom that it labels.
        capital: The usual height of capitals in pixels.

    Returns:
        Feature -> value, for the table ``labels``.
    """
    fit, complete = (
        observation.fit,
        observation.region.complete_share if observation.region else 0.0,
    )
    ahead = fit.like - fit.other
    return {
        "like": fit.like,
        "behind": min(ahead, 0.0),
        "ahead": min(max(ahead, 0.0), 0.05),
        "beyond": min(fit.margin, 0.0),
        "margin": min(max(fit.margin, 0.0), 0.2),
        "whole": complete,
        "off bonds": min(observation.off_bonds, 0.5),
        "capital": log(max(capital, 1.0)),
        "group": float(not atom.symbol),
        "letters": log(max(len(atom.text), 1)),
        "other size": abs(log(max(fit.capital, 1.0) / max(capital, 1.0))),
        "charged": float(atom.charge != 0),
        "hydrogens": float((atom.hydrogens or 0) > 0),
    }


def label_chance(
    observation: LabelObservation, atom: GraphAtom, capital: float, known: Tables | None = None
) -> float:
    """Compute the probability that a label reads as its atom's text.

    Args:
        observation: The label as it was found in the picture.
        atom: The atom that it labels.
        capital: The usual height of capitals in pixels.
        known: Weights in place of the package's.

    Returns:
        The probability; a fixed one where no foreground was found.
    """
    if observation.fit.like <= 0:
        return float((known or tables())["no ink"])
    return chance_of("labels", label_features(observation, atom, capital), known)


def ink_features(amounts: Sequence[float], extent: float) -> dict[str, float]:
    """Features of the foreground near the graph that nothing explains.

    Args:
        amounts: Of each component in bonds' worth of foreground, the largest first.
        extent: The longer side of the largest in bonds.

    Returns:
        Feature -> value, for the table ``ink``.
    """
    return {
        "largest": log(0.05 + min(sum(amounts[:1]), 3.0)),
        "five": log(0.05 + sum(min(amount, 3.0) for amount in amounts[:5])),
        "extent": extent,
    }


def corner_features(reached: float, lettered: float) -> dict[str, float]:
    """Features of the bare corners.

    Args:
        reached: The least foreground on a bond's way to a corner, 0..0.6.
        lettered: How near a letter stands to a corner, 0..1.

    Returns:
        Feature -> value, for the table ``corners``.
    """
    return {"reached": reached, "gap": max(0.0, 0.25 - reached), "lettered": lettered}


def whole_features(
    bonds: Sequence[float], labels: Sequence[float], foreground: float, corners: float, cover: float
) -> dict[str, float]:
    """Features of the complete graph.

    Args:
        bonds: The probability of each bond.
        labels: The probability of each label.
        foreground: The probability that no unexplained foreground contradicts the graph.
        corners: The probability that no bare corner contradicts it.
        cover: The share of the bonds' length that has foreground.

    Returns:
        Feature -> value, for the table ``whole``.
    """
    worst_bond, worst_label = min(bonds, default=1.0), min(labels, default=1.0)
    worst = (worst_bond, worst_label, foreground, corners)
    return {
        "weakest": max(log(min(worst)), -6.0),
        "all": max(sum(map(log, worst)), -10.0),
        "bonds": max(sum(map(log, bonds)) / sqrt(max(len(bonds), 1)), -6.0),
        "labels": max(sum(map(log, labels)) / sqrt(max(len(labels), 1)), -6.0),
        "cover": cover,
    }
