"""Fit of the verifier's weights on candidates with their evidence.

    python -m inchify.calibration.scoring KIND EVIDENCE.jsonl... [--without FEATURE]... [--write]

EVIDENCE is what ``benchmarks/accuracy/verified_reading.py --output`` keeps; KIND is "render",
"redraw" or "readers". Fits the conditional logit of ``inchify.verification.scoring`` by maximum
likelihood with a little ridge, on half of the pictures; the other half tells how good it is.
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
# What a picture counts whose truth was taken from its candidates: readers miss few.
BEREFT = 0.02
# Logarithms of chances count as they are. Our own drawings never need play, so none of them can
# teach what it costs that a real picture does. A margin that tells of a lost line is nearly sure.
FIXED = {"prior": 1.0, "played": -2.0, "wide margin": -9.0}


def log_chances(weights_F: np.ndarray, picture_PF: np.ndarray) -> np.ndarray:
    """Log-probabilities of P proposals and, last, of none of them."""
    utilities = np.append(picture_PF @ weights_F, 0.0)
    return utilities - np.logaddexp.reduce(utilities)


def without_truth(line: dict[str, Any]) -> dict[str, Any]:
    """The same picture if no reader had thought of the truth: what is left must not look right."""
    left = [dict(item) for item in line["opinions"] if item["inchi"] != line["truth"]]
    if left and "likelihood" in left[0]["features"]:
        logs = [item["evidence"]["log_likelihood"] for item in left]
        for item, own in zip(left, logs, strict=True):
            fits = item["features"]["fits"] and np.isfinite(max(logs))
            worse = max(logs) - own if fits else ALIKE + FAR
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
    fixed_F = np.array([FIXED.get(name, np.nan) for name in names])
    free_F = np.isnan(fixed_F)

    def whole(free: np.ndarray) -> np.ndarray:
        weights_F = np.nan_to_num(fixed_F)
        weights_F[free_F] = free
        return weights_F

    def cost(free: np.ndarray) -> tuple[float, np.ndarray]:
        weights_F = whole(free)
        total, slope = RIDGE * float(free @ free), 2 * RIDGE * weights_F
        for (picture_PF, right), share in zip(pictures, shares, strict=True):
            logs = log_chances(weights_F, picture_PF)
            total -= share * logs[right]
            slope = slope + share * (np.exp(logs[:-1]) @ picture_PF)
            if right < len(picture_PF):
                slope = slope - share * picture_PF[right]
        return total, slope[free_F]

    start = np.zeros(int(free_F.sum()))
    return whole(minimize(cost, start, jac=True, method="L-BFGS-B").x)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind")
    parser.add_argument("evidence", nargs="+", type=Path)
    parser.add_argument("--without", nargs="*", default=[])
    parser.add_argument("--write", action="store_true")
    words = parser.parse_args()
    lines = [json.loads(line) for path in words.evidence for line in path.open()]
    lines = [line for line in lines if kind_of(line) == words.kind]
    for number, line in enumerate(lines):
        # the verifier had sorted them: what is left out must not help to settle a tie
        np.random.default_rng(number).shuffle(line["opinions"])
    if not lines:
        raise SystemExit(f"no picture of these was weighed by {words.kind!r}")
    names = [name for name in lines[0]["opinions"][0]["features"] if name not in words.without]
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
    loss, exact, far, sure = np.array(scores, dtype=float).T
    print(
        f"{len(lines)} pictures; log-loss {loss.mean():.4f}, exact {exact.mean():.4f}, distance "
        f"{far.mean():.3f} ± {far.std() / len(far) ** 0.5:.3f}"
    )
    for least in (0.9, 0.99, 0.995, 0.999):
        chosen = sure >= least
        print(
            f"  chance >= {least}: {chosen.mean():.4f} of the pictures, "
            f"right {exact[chosen].sum() / max(chosen.sum(), 1):.5f}"
        )
    weights = fitted(pictures, bereft)
    for name, weight in zip(names, weights, strict=True):
        print(f"  {name:<12} {weight:8.3f}")
    if words.write:
        known = json.loads(WEIGHTS.read_text()) if WEIGHTS.exists() else {}
        known[words.kind] = {n: round(float(w), 4) for n, w in zip(names, weights, strict=True)}
        WEIGHTS.write_text(json.dumps(known, indent=1) + "\n")
        print(f"written: {WEIGHTS.name}")


def kind_of(line: dict[str, Any]) -> str:
    """Which kind of evidence a picture's proposals were weighed by, "" without any."""
    if not line["opinions"]:
        return ""
    features = line["opinions"][0]["features"]
    return "render" if "fits" in features else "redraw" if "redrawn" in features else "readers"


def as_arrays(line: dict[str, Any], names: list[str]) -> tuple[np.ndarray, int]:
    """Features (P, F) and the place of the right proposal, P where none is."""
    rows = [[opinion["features"][name] for name in names] for opinion in line["opinions"]]
    inchis = [opinion["inchi"] for opinion in line["opinions"]]
    right = inchis.index(line["truth"]) if line["truth"] in inchis else len(inchis)
    return np.array(rows, dtype=float), right


if __name__ == "__main__":
    main()
