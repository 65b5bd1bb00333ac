"""Fit of the verifier's weights on candidates with their evidence.

    python -m inchify.calibration.scoring KIND EVIDENCE.jsonl... [--without FEATURE]... [--write]

EVIDENCE is the output of ``benchmarks/accuracy/verified_reading.py --output``; KIND is "render",
"redraw" or "readers". Fits the conditional logit of ``inchify.verification.scoring`` by maximum
likelihood with a weak ridge on half of the pictures and measures it on the other half.
``--without`` leaves features out (ablation); ``--write`` fits on all and keeps the weights.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from inchify.chemistry.metrics import levenshtein
from inchify.verification.scoring import ALIKE, FAR, UNIT

WEIGHTS = Path(__file__).parents[1] / "verification" / "scoring.json"
RIDGE = 0.005
# Weight of a picture after its truth was removed from its candidates: readers miss few.
BEREFT = 0.02
# Logarithms of chances count as they are. Synthetic drawings never need play, so they cannot teach
# the cost of play in a real picture. A margin that tells of a lost line is nearly sure.
FIXED = {"prior": 1.0, "played": -2.0, "wide margin": -9.0}


def log_chances(weights_F: np.ndarray, picture_PF: np.ndarray) -> np.ndarray:
    """Log-probabilities of a picture's candidates in the conditional logit.

    Args:
        weights_F: A weight for each feature, (F,).
        picture_PF: The features of the candidates, (P, F).

    Returns:
        (P + 1,): the candidates and, last, none of them.
    """
    utilities = np.append(picture_PF @ weights_F, 0.0)
    return utilities - np.logaddexp.reduce(utilities)


def without_truth(line: dict[str, Any]) -> dict[str, Any]:
    """Remove the true answer from a picture's candidates, as if no reader had proposed it.

    The features that compare candidates are computed anew for the remaining ones, none of which
    is right.

    Args:
        line: A picture of the evidence file: ``truth`` and ``opinions``.

    Returns:
        The picture with the remaining candidates in ``opinions``.
    """
    left = [dict(item) for item in line["opinions"] if item["inchi"] != line["truth"]]
    if left and "likelihood" in left[0]["features"]:
        logs = [item["evidence"]["log_likelihood"] for item in left]
        for item, log_likelihood in zip(left, logs, strict=True):
            fits = item["features"]["fits"] and np.isfinite(max(logs))
            worse = max(logs) - log_likelihood if fits else ALIKE + FAR
            likelihood = -min(max(worse - ALIKE, 0.0), FAR) / UNIT
            item["features"] = {**item["features"], "likelihood": likelihood}
    read = [item for item in left if not item["features"]["unthought"]]
    best = max((item["features"]["behind"] for item in read), default=0.0)
    votes = sum(item["features"]["votes"] for item in read)
    for item in read:
        # the readers' next best takes the place of the truth
        changed = dict(item["features"])
        changed["behind"] -= best
        changed["votes"] = changed["votes"] / votes if votes else float(changed["behind"] == 0)
        for name in ("behind", "votes"):
            if f"explained {name}" in changed:
                changed[f"explained {name}"] = changed["explained"] * changed[name]
        item["features"] = changed
    return {**line, "opinions": left}


def fit(
    pictures: list[tuple[np.ndarray, int]], names: list[str], shares: list[float]
) -> np.ndarray:
    """Fit the weights by maximum likelihood with the ridge ``RIDGE``; weights in ``FIXED`` stay.

    Args:
        pictures: For each picture its features (P, F) and the index of the right candidate, P where
            none is right.
        names: The names of the F features.
        shares: The weight of each picture.

    Returns:
        The features' weights, (F,).
    """
    fixed_F = np.array([FIXED.get(name, np.nan) for name in names])
    free_F = np.isnan(fixed_F)

    def all_weights(free: np.ndarray) -> np.ndarray:
        weights_F = np.nan_to_num(fixed_F)
        weights_F[free_F] = free
        return weights_F

    def cost(free: np.ndarray) -> tuple[float, np.ndarray]:
        weights_F = all_weights(free)
        total, slope = RIDGE * float(free @ free), 2 * RIDGE * weights_F
        for (picture_PF, right), share in zip(pictures, shares, strict=True):
            logs = log_chances(weights_F, picture_PF)
            total -= share * logs[right]
            slope = slope + share * (np.exp(logs[:-1]) @ picture_PF)
            if right < len(picture_PF):
                slope = slope - share * picture_PF[right]
        return total, slope[free_F]

    start = np.zeros(int(free_F.sum()))
    return all_weights(minimize(cost, start, jac=True, method="L-BFGS-B").x)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind")
    parser.add_argument("evidence", nargs="+", type=Path)
    parser.add_argument("--without", nargs="*", default=[])
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    lines = [json.loads(line) for path in args.evidence for line in path.open()]
    lines = [line for line in lines if kind_of(line) == args.kind]
    for number, line in enumerate(lines):
        # the verifier sorted them: an omitted feature must not break ties by their order
        np.random.default_rng(number).shuffle(line["opinions"])
    if not lines:
        raise SystemExit(f"no picture of these was weighed by {args.kind!r}")
    names = [name for name in lines[0]["opinions"][0]["features"] if name not in args.without]
    pictures = [as_arrays(line, names) for line in lines]
    bereft = [as_arrays(line, names) for line in map(without_truth, lines) if line["opinions"]]

    def fitted(known: list[tuple[np.ndarray, int]], more: list[tuple[np.ndarray, int]]) -> Any:
        return fit([*known, *more], names, [1.0] * len(known) + [BEREFT] * len(more))

    half = [fitted(pictures[start::2], bereft[start::2]) for start in (0, 1)]
    scores = []
    for place, (line, (picture_PF, right)) in enumerate(zip(lines, pictures, strict=True)):
        logs = log_chances(half[1 - place % 2], picture_PF)
        best = int(np.argmax(logs[:-1]))
        far = levenshtein(line["opinions"][best]["inchi"], line["truth"])
        scores.append((-logs[right], best == right, far, np.exp(logs[best])))
    loss, exact, far, chance_of_best = np.array(scores, dtype=float).T
    print(
        f"{len(lines)} pictures; log-loss {loss.mean():.4f}, exact {exact.mean():.4f}, distance "
        f"{far.mean():.3f} ± {far.std() / len(far) ** 0.5:.3f}"
    )
    for least in (0.9, 0.99, 0.995, 0.999):
        chosen = chance_of_best >= least
        print(
            f"  chance >= {least}: {chosen.mean():.4f} of the pictures, "
            f"right {exact[chosen].sum() / max(chosen.sum(), 1):.5f}"
        )
    weights = fitted(pictures, bereft)
    for name, weight in zip(names, weights, strict=True):
        print(f"  {name:<12} {weight:8.3f}")
    if args.write:
        known = json.loads(WEIGHTS.read_text()) if WEIGHTS.exists() else {}
        known[args.kind] = {n: round(float(w), 4) for n, w in zip(names, weights, strict=True)}
        WEIGHTS.write_text(json.dumps(known, indent=1) + "\n")
        print(f"written: {WEIGHTS.name}")


def kind_of(line: dict[str, Any]) -> str:
    """The kind of evidence that a picture's candidates were weighed by.

    Args:
        line: A picture of the evidence file.

    Returns:
        "render", "redraw" or "readers"; "" for a picture without candidates.
    """
    if not line["opinions"]:
        return ""
    features = line["opinions"][0]["features"]
    return "render" if "fits" in features else "redraw" if "redrawn" in features else "readers"


def as_arrays(line: dict[str, Any], names: list[str]) -> tuple[np.ndarray, int]:
    """Convert a picture of the evidence file for ``fit``.

    Args:
        line: A picture of the evidence file.
        names: The names of the F features to take.

    Returns:
        Features of the candidates (P, F), and the index of the right one, P where none is right.
    """
    rows = [[opinion["features"][name] for name in names] for opinion in line["opinions"]]
    inchis = [opinion["inchi"] for opinion in line["opinions"]]
    right = inchis.index(line["truth"]) if line["truth"] in inchis else len(inchis)
    return np.array(rows, dtype=float), right


if __name__ == "__main__":
    main()
