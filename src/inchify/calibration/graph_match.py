"""Drawings, and real pictures kept out of training, in; the chances that parts of a redrawn graph
are as a picture shows (``verification/graph_match/likelihood.json``) out.

    python -m inchify.calibration.graph_match --molecules LIST [--drawn N] [--seed S]
        [--real FOLDER... --weights FOLDER [--labels FOLDER] [--bonds FOLDER]] [--write]

Drawings of the list's molecules that are not held back give parts as they are and spoiled; a real
picture gives its reader's graphs, right and wrong. Every curve is a logistic regression with a
ridge; the half of the examples that did not fit it tells its log-loss, beside that of the curves in
use. ``--write`` fits on all and keeps the result.
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
    """``ridge``: inverse strength for features of spread 1; ``iterations`` at most; ``digits`` that
    are kept."""

    ridge: float = 1.0
    iterations: int = 2000
    digits: int = 4


Examples = Sequence[tuple[dict[str, float], bool]]


def fit_tables(parts: Parts, settings: FitSettings) -> Tables:
    """All curves: those of parts first, then that of the whole with these."""
    known: Tables = {
        "no ink": round(
            (sum(parts.no_foreground) + 0.5) / (len(parts.no_foreground) + 1), settings.digits
        ),
        "bonds": fit_bonds(parts.bonds, settings),
        "labels": fit_curve(parts.labels, settings),
        "ink": fit_curve(parts.ink, settings),
        "corners": fit_curve(parts.corners, settings),
    }
    whole = [(whole_of(seen, known), right) for seen, right in parts.whole]
    return known | {"whole": fit_curve(whole, settings)}


def fit_bonds(
    examples: Sequence[tuple[np.ndarray, str]], settings: FitSettings
) -> dict[str, list[float]]:
    """Bias and weights for each kind of bond. A kind without an example keeps what is in use."""
    measures_NX = np.clip([measures for measures, _ in examples], -CLIP, CLIP)
    kinds = [kind for _, kind in examples]
    weight_KX, bias_K, names = _regression(measures_NX, kinds, settings)
    found = dict(tables()["bonds"])
    for name, bias, weights in zip(names, bias_K, weight_KX, strict=True):
        found[name] = [round(float(value), settings.digits) for value in (bias, *weights)]
    return found


def fit_curve(examples: Examples, settings: FitSettings) -> dict[str, float]:
    """The weight of each feature and of ``one``."""
    names = list(examples[0][0])
    features_NX = np.array([[row[name] for name in names] for row, _ in examples])
    weight_KX, bias_K, _ = _regression(features_NX, [right for _, right in examples], settings)
    pairs = zip(("one", *names), (bias_K[-1], *weight_KX[-1]), strict=True)
    return {name: round(float(value), settings.digits) for name, value in pairs}


def _regression(
    features_NX: np.ndarray, classes: Sequence[Any], settings: FitSettings
) -> tuple[np.ndarray, np.ndarray, list[Any]]:
    """Weights (K, X) and biases (K,) for features as they are, and the classes; of two classes
    those of the second alone."""
    from sklearn.linear_model import LogisticRegression

    mean_X, spread_X = features_NX.mean(axis=0), features_NX.std(axis=0) + 1e-6
    model = LogisticRegression(C=settings.ridge, max_iter=settings.iterations)
    model.fit((features_NX - mean_X) / spread_X, classes)
    weight_KX = model.coef_ / spread_X
    return weight_KX, model.intercept_ - weight_KX @ mean_X, model.classes_.tolist()


def whole_of(seen: Inspection, known: Tables) -> dict[str, float]:
    """What the curves of parts say of a whole graph."""
    measured, graph = seen.observed, seen.graph
    dashed = marking_dashes(seen)
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
    """The mean log-loss of every curve, nats."""
    found = {
        name: _loss([chance_of(name, row, known) for row, _ in rows], [right for _, right in rows])
        for name, rows in (("labels", parts.labels), ("ink", parts.ink), ("corners", parts.corners))
    }
    share_NK = bond_shares(np.array([row for row, _ in parts.bonds]), known)
    number_N = [KINDS.index(kind) for _, kind in parts.bonds]
    own_N = share_NK[np.arange(len(number_N)), number_N]
    found["bonds"] = -float(np.log(np.maximum(own_N, LEAST)).mean())
    whole = [chance_of("whole", whole_of(seen, known), known) for seen, _ in parts.whole]
    found["whole"] = _loss(whole, [right for _, right in parts.whole])
    return found


def _loss(chances: Sequence[float], right: Sequence[bool]) -> float:
    told = [
        chance if is_right else 1 - chance for chance, is_right in zip(chances, right, strict=True)
    ]
    return -sum(log(max(one, LEAST)) for one in told) / max(len(told), 1)


def halves(parts: Parts) -> tuple[Parts, Parts]:
    """The first and the second half of each kind: drawings give runs of examples, which stay
    together."""
    one, two = Parts(), Parts()
    for name, found in vars(parts).items():
        middle = len(found) // 2
        getattr(one, name).extend(found[:middle])
        getattr(two, name).extend(found[middle:])
    return one, two


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
    words = parser.parse_args()
    if words.real and not words.weights:
        parser.error("--real needs --weights: a reader proposes the graphs of real pictures")
    settings = FitSettings()
    parts = drawn_parts(MoleculeLibrary.load(words.molecules), words.drawn, words.seed)
    print(", ".join(f"{name} {len(found)}" for name, found in vars(parts).items()), flush=True)
    pairs = [halves(parts)]
    if words.real:
        pairs.append(halves(_real(words)))
    first, second = Parts(), Parts()
    for one, two in pairs:
        first.extend(one)
        second.extend(two)
    _report(first, second, settings)
    if words.write:
        first.extend(second)
        text = json.dumps(fit_tables(first, settings), indent=1)
        write_atomically(TARGET, (text + "\n").encode())
        print(f"written: {TARGET.name}")


def _report(first: Parts, second: Parts, settings: FitSettings) -> None:
    """Prints log-losses on each half by the fit on the other, and by the curves in use."""
    fits = fit_tables(first, settings), fit_tables(second, settings)
    new = [losses(second, fits[0]), losses(first, fits[1])]
    old = [losses(second, tables()), losses(first, tables())]
    print("mean log-loss: fitted anew on the other half, and in use")
    for name in new[0]:
        now, before = (sum(one[name] for one in part) / 2 for part in (new, old))
        print(f"  {name:<8} {now:7.4f} {before:7.4f}")


def _real(words: argparse.Namespace) -> Parts:
    reader = GraphReader.load(
        words.weights,
        GraphReaderSettings(refuse=False),
        labels=LineRecognizer.load(words.labels) if words.labels else None,
        bonds=BondChecker.load(words.bonds) if words.bonds else None,
    )
    try:
        return real_parts(words.real, reader)
    finally:
        reader.close()


if __name__ == "__main__":
    main()
