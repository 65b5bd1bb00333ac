"""Fit of the chances that parts of a redrawn graph are as a picture shows
(``verification/graph_match/likelihood.json``).

    python -m inchify.calibration.graph_match --molecules LIST [--drawn N] [--seed S]
        [--real FOLDER... --weights FOLDER [--labels FOLDER] [--bonds FOLDER]] [--write]

The examples are drawings of the list's molecules that are not held back, with true and with spoiled
graphs, and real pictures kept out of training, with the right and wrong graphs that a reader
proposes. Every curve is a logistic regression with a ridge; its log-loss is measured on the half of
the examples that did not fit it, beside that of the curves in use. ``--write`` fits on all examples
and keeps the result.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import numpy as np

from inchify.calibration.graph_match_examples import Parts, drawn_parts, real_parts
from inchify.io.atomic import write_atomically
from inchify.readers.bonds.bond_check import BondChecker
from inchify.readers.graph import GraphReader
from inchify.readers.graph_settings import GraphReaderSettings
from inchify.readers.line_recognizer import LineRecognizer
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.verification.graph_match.bond_profiles import DRAWN
from inchify.verification.graph_match.likelihood import (
    LEAST,
    NONE,
    Tables,
    bond_chances,
    bond_shares,
    chance_of,
    corner_features,
    ink_features,
    label_chance,
    tables,
    whole_features,
)
from inchify.verification.graph_match.match import Inspection, marking_dashes

TARGET = Path(__file__).parents[1] / "verification" / "graph_match" / "likelihood.json"
KINDS = (*DRAWN, NONE)
CLIP = 5.0


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """Settings of the logistic regressions.

    ``ridge`` is the inverse strength for features of spread 1, ``iterations`` the largest number of
    iterations, ``digits`` the number of decimals that are kept.
    """

    ridge: float = 1.0
    iterations: int = 2000
    digits: int = 4


Examples = Sequence[tuple[dict[str, float], bool]]


def fit_tables(parts: Parts, settings: FitSettings) -> Tables:
    """Fit all curves: first those of parts, then that of the complete graph, which builds on them.

    Args:
        parts: The examples.
        settings: Ridge, iterations and decimals.

    Returns:
        The tables as ``likelihood.json`` stores them.
    """
    known: Tables = {
        "no ink": round(
            (sum(parts.no_foreground) + 0.5) / (len(parts.no_foreground) + 1), settings.digits
        ),
        "bonds": fit_bonds(parts.bonds, settings),
        "labels": fit_curve(parts.labels, settings),
        "ink": fit_curve(parts.ink, settings),
        "corners": fit_curve(parts.corners, settings),
    }
    graph_examples = [(whole_of(inspection, known), right) for inspection, right in parts.whole]
    return known | {"whole": fit_curve(graph_examples, settings)}


def fit_bonds(
    examples: Sequence[tuple[np.ndarray, str]], settings: FitSettings
) -> dict[str, list[float]]:
    """Fit the kinds of bonds on their measures.

    Args:
        examples: For each bond its measures (X,) and the kind that is drawn.
        settings: Ridge, iterations and decimals.

    Returns:
        For each kind its bias and weights (1 + X values). A kind without examples keeps the
        values in use.
    """
    measures_NX = np.clip([measures for measures, _ in examples], -CLIP, CLIP)
    kinds = [kind for _, kind in examples]
    weight_KX, bias_K, names = _regression(measures_NX, kinds, settings)
    weights_of_kind = dict(tables()["bonds"])
    for name, bias, weights in zip(names, bias_K, weight_KX, strict=True):
        weights_of_kind[name] = [round(float(value), settings.digits) for value in (bias, *weights)]
    return weights_of_kind


def fit_curve(examples: Examples, settings: FitSettings) -> dict[str, float]:
    """Fit the chance that a part is as its graph says.

    Args:
        examples: For each part its features by name, and whether it is right.
        settings: Ridge, iterations and decimals.

    Returns:
        The weight of each feature, and the bias as ``one``.
    """
    names = list(examples[0][0])
    features_NX = np.array([[row[name] for name in names] for row, _ in examples])
    weight_KX, bias_K, _ = _regression(features_NX, [right for _, right in examples], settings)
    pairs = zip(("one", *names), (bias_K[-1], *weight_KX[-1]), strict=True)
    return {name: round(float(value), settings.digits) for name, value in pairs}


def _regression(
    features_NX: np.ndarray, classes: Sequence[Any], settings: FitSettings
) -> tuple[np.ndarray, np.ndarray, list[Any]]:
    """Fit a logistic regression on standardized features.

    Returns:
        Weights (K, X) and biases (K,) for the features as they are, and the K classes; for two
        classes only the weights and bias of the second.
    """
    from sklearn.linear_model import LogisticRegression

    mean_X, spread_X = features_NX.mean(axis=0), features_NX.std(axis=0) + 1e-6
    model = LogisticRegression(C=settings.ridge, max_iter=settings.iterations)
    model.fit((features_NX - mean_X) / spread_X, classes)
    weight_KX = model.coef_ / spread_X
    return weight_KX, model.intercept_ - weight_KX @ mean_X, model.classes_.tolist()


def whole_of(inspection: Inspection, known: Tables) -> dict[str, float]:
    """Features of a complete graph, computed from the chances of its parts.

    Args:
        inspection: The measures of a graph in a picture.
        known: The curves of parts.

    Returns:
        Features by name, for the curve "whole".
    """
    measured, graph = inspection.observed, inspection.graph
    dashed = marking_dashes(inspection)
    bonds = bond_chances(measured.features_BX, graph.bonds, dashed, known=known).tolist()
    labels = [
        label_chance(observation, graph.atoms[observation.atom], measured.capital, known)
        for observation in measured.observations
    ]
    extent = max((blob.extent for blob in measured.blobs), default=0.0)
    ink = chance_of("ink", ink_features([blob.amount for blob in measured.blobs], extent), known)
    corner = corner_features(measured.reached[0], measured.lettered[0])
    corners = chance_of("corners", corner, known)
    return whole_features(bonds, labels, ink, corners, measured.cover)


def losses(parts: Parts, known: Tables) -> dict[str, float]:
    """Measure the curves on examples.

    Args:
        parts: Examples that did not fit the curves.
        known: The curves.

    Returns:
        For each curve its mean log-loss, in nats.
    """
    loss_of_curve = {
        name: _loss([chance_of(name, row, known) for row, _ in rows], [right for _, right in rows])
        for name, rows in (("labels", parts.labels), ("ink", parts.ink), ("corners", parts.corners))
    }
    share_NK = bond_shares(np.array([row for row, _ in parts.bonds]), known)
    number_N = [KINDS.index(kind) for _, kind in parts.bonds]
    share_of_kind_N = share_NK[np.arange(len(number_N)), number_N]
    loss_of_curve["bonds"] = -float(np.log(np.maximum(share_of_kind_N, LEAST)).mean())
    graph_chances = [
        chance_of("whole", whole_of(inspection, known), known) for inspection, _ in parts.whole
    ]
    loss_of_curve["whole"] = _loss(graph_chances, [right for _, right in parts.whole])
    return loss_of_curve


def _loss(chances: Sequence[float], right: Sequence[bool]) -> float:
    truth_chances = [
        chance if is_right else 1 - chance for chance, is_right in zip(chances, right, strict=True)
    ]
    return -sum(log(max(chance, LEAST)) for chance in truth_chances) / max(len(truth_chances), 1)


def halves(parts: Parts) -> tuple[Parts, Parts]:
    """Split each kind of example in the middle, so that a drawing's examples stay together.

    Args:
        parts: The examples.

    Returns:
        The first and the second half.
    """
    first, second = Parts(), Parts()
    for name, examples in vars(parts).items():
        middle = len(examples) // 2
        getattr(first, name).extend(examples[:middle])
        getattr(second, name).extend(examples[middle:])
    return first, second


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--molecules", type=Path, required=True)
    parser.add_argument("--drawn", type=int, default=1000, help="drawings")
    parser.add_argument("--real", type=Path, nargs="*", default=[], help="folders with labels.csv")
    parser.add_argument("--weights", type=Path, help="of the reader that proposes real graphs")
    parser.add_argument("--labels", type=Path, help="weights that read labels")
    parser.add_argument("--bonds", type=Path, help="weights that tell kinds of bonds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"keep the fit in {TARGET.name}")
    args = parser.parse_args()
    if args.real and not args.weights:
        parser.error("--real needs --weights: a reader proposes the graphs of real pictures")
    settings = FitSettings()
    parts = drawn_parts(MoleculeLibrary.load(args.molecules), args.drawn, args.seed)
    print(
        ", ".join(f"{name} {len(examples)}" for name, examples in vars(parts).items()), flush=True
    )
    pairs = [halves(parts)]
    if args.real:
        pairs.append(halves(_real(args)))
    first, second = Parts(), Parts()
    for half, other_half in pairs:
        first.extend(half)
        second.extend(other_half)
    _report(first, second, settings)
    if args.write:
        first.extend(second)
        text = json.dumps(fit_tables(first, settings), indent=1)
        write_atomically(TARGET, (text + "\n").encode())
        print(f"written: {TARGET.name}")


def _report(first: Parts, second: Parts, settings: FitSettings) -> None:
    """Print log-losses on each half by the fit on the other, and by the curves in use."""
    fits = fit_tables(first, settings), fit_tables(second, settings)
    new = [losses(second, fits[0]), losses(first, fits[1])]
    old = [losses(second, tables()), losses(first, tables())]
    print("mean log-loss: fitted anew on the other half, and in use")
    for name in new[0]:
        now, before = (
            sum(loss_of_curve[name] for loss_of_curve in part) / 2 for part in (new, old)
        )
        print(f"  {name:<8} {now:7.4f} {before:7.4f}")


def _real(args: argparse.Namespace) -> Parts:
    reader = GraphReader.load(
        args.weights,
        GraphReaderSettings(refuse=False),
        labels=LineRecognizer.load(args.labels) if args.labels else None,
        bonds=BondChecker.load(args.bonds) if args.bonds else None,
    )
    try:
        return real_parts(args.real, reader)
    finally:
        reader.close()


if __name__ == "__main__":
    main()
