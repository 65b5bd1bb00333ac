"""Fit of how often InChIs leave double bonds open that a picture cannot tell from stated ones, and
its value on held-out molecules.

    python -m inchify.calibration.stereo_prior LIST [--write] [--every N]

``--write`` fits ``verification/ambiguity/stereo_prior.json`` on the molecules that are not held
back (7 minutes of one core for 800,000; on every N-th of them with ``--every``). Without it the
present file is evaluated: each held-back molecule is drawn as listed, and the answers of
``likely_variants`` are compared with it.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

import numpy as np

from inchify.chemistry.metrics import levenshtein, mean_and_error
from inchify.rendering.bms_style import draw
from inchify.rendering.indigo import DrawingError
from inchify.synthetic.molecules.competition import inchi_of, read_molecules
from inchify.synthetic.molecules.library import is_held_out
from inchify.verification.ambiguity import stereo_prior as geometry_prior
from inchify.verification.ambiguity.ez_bonds import DoubleBonds, drawn_geometry, read_bonds
from inchify.verification.ambiguity.stereo_variants import (
    likely_variants,
    nearest_to_all,
    same_drawing,
    variants,
)

# Inverse strength of the ridge; by fourfold cross-validation on the molecules not held back.
RIDGE = 0.06
# Double bonds that have no geometry and stand in most SMILES that have any.
PLAIN = re.compile(r"\(=[OS]\)|[OS]=|=[OS]$")


def listed(path: Path, *, held_back: bool, every: int) -> Iterator[str]:
    """Every N-th molecule of a list, in random order.

    Args:
        path: A list of molecules.
        held_back: Whether to take the held-back molecules or the others.
        every: N.

    Returns:
        The entries' texts.
    """
    texts = [text for text in read_molecules(path) if is_held_out(text) == held_back]
    for place in np.random.default_rng(0).permutation(len(texts))[::every]:
        yield texts[place]


def with_bonds(texts: Iterator[str]) -> Iterator[tuple[str, DoubleBonds]]:
    """Select the molecules of the competition's style with a double bond that may have a geometry.

    Args:
        texts: Entries of a list of molecules.

    Returns:
        Their InChIs and those double bonds.
    """
    for text in texts:
        if "=" not in PLAIN.sub("", text):
            continue
        inchi = inchi_of(text)
        bonds = read_bonds(inchi) if inchi else None
        if inchi and bonds is not None:
            yield inchi, bonds


def fit(path: Path, every: int) -> None:
    """Fit the prior and write ``stereo_prior.json``.

    Args:
        path: A list of molecules; the held-back ones are not used.
        every: Fit on every N-th of them.
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows: list[geometry_prior.Features] = []
    is_open: list[bool] = []
    rings: Counter[tuple[int, int, bool]] = Counter()
    told_count = Counter[bool]()
    for inchi, double_bonds in with_bonds(listed(path, held_back=False, every=every)):
        if not double_bonds.is_open:
            for bond, cis in zip(double_bonds.bonds, double_bonds.cis, strict=True):
                if bond.ring:
                    ring = min(bond.ring, geometry_prior.LARGE)
                    rings[ring, bond.hydrogens, bool(cis)] += 1
        if any(bond.hydrogens and not bond.ring for bond in double_bonds.bonds):
            told_count[double_bonds.is_open] += 1
            continue
        try:
            shown = drawn_geometry(inchi, double_bonds)
            other = double_bonds.written(shown if double_bonds.is_open else (None,) * len(shown))
            if "?" in other or not same_drawing(draw(inchi), draw(other)):
                continue
        except DrawingError:
            continue
        rows.append(geometry_prior.features_of(double_bonds))
        is_open.append(double_bonds.is_open)
    counts = [len(row) for row in rows]
    places = np.array([place for row in rows for place in row])
    values = np.array([value for row in rows for value in row.values()])
    begins = np.concatenate([[0], np.cumsum(counts)])
    matrix = csr_matrix((values, places, begins), shape=(len(rows), geometry_prior.WEIGHTS))
    model = LogisticRegression(C=RIDGE, max_iter=500, solver="liblinear").fit(matrix, is_open)
    unit = float(np.abs(model.coef_[0]).max() / 127)
    weights = np.rint(model.coef_[0] / unit).astype(np.int8)
    known = {
        "bias": round(float(model.intercept_[0]), 5),
        "unit": unit,
        "weights": base64.b64encode(weights.tobytes()).decode(),
        "told": [told_count[False], told_count[True]],
        "trans": [
            [ring, h, rings[ring, h, True], rings[ring, h, False]]
            for ring, h in sorted({key[:2] for key in rings})
        ],
    }
    target = Path(geometry_prior.__file__).with_suffix(".json")
    target.write_text(json.dumps(known) + "\n", encoding="utf-8")
    print(f"{len(rows)} molecules that no picture tells, {np.mean(is_open):.3f} of them open")


@dataclass(frozen=True)
class Answer:
    """One molecule drawn: the truth, the geometry that the drawing shows written down, the InChIs
    drawn alike with their chances, and whether ``variants`` of what it shows hold the truth."""

    truth: str
    shown: str
    ranked: tuple[tuple[str, float], ...]
    offered: bool

    @property
    def first(self) -> str:
        return self.ranked[0][0]

    @property
    def right(self) -> bool:
        return self.first == self.truth

    @property
    def confidence(self) -> float:
        return exp(self.ranked[0][1])


def answered(inchi: str, double_bonds: DoubleBonds) -> Answer:
    """Answer for a picture of a molecule.

    Args:
        inchi: The molecule that is drawn.
        double_bonds: Its double bonds that may have a geometry.

    Returns:
        The answers, beside the truth.

    Raises:
        DrawingError: If the molecule cannot be drawn.
    """
    shown = double_bonds.written(drawn_geometry(inchi, double_bonds))
    return Answer(inchi, shown, tuple(likely_variants(inchi)), inchi in variants(shown))


def line(name: str, values: Sequence[float], unit: float = 100) -> None:
    mean, error = mean_and_error(np.array(values, dtype=float) * unit)
    print(f"  {name:<56} {mean:8.3f} ± {error:5.3f}  (n = {len(values)})")


def measure(path: Path, every: int) -> None:
    """Print the accuracy, log-loss and reliability of the prior on held-back molecules.

    Args:
        path: A list of molecules.
        every: Measure on every N-th of the held-back ones.
    """
    texts = list(listed(path, held_back=True, every=every))
    molecules = sum(inchi_of(text) is not None for text in texts)
    answers, failed = [], 0
    for inchi, double_bonds in with_bonds(iter(texts)):
        try:
            answers.append(answered(inchi, double_bonds))
        except DrawingError:
            failed += 1
    print(f"{molecules} molecules, {len(answers) + failed} with such bonds, {failed} not drawn")
    unsure = [answer for answer in answers if len(answer.ranked) > 1]
    for title, group in (("with such bonds", answers), ("and drawn as others are", unsure)):
        print(f"molecules {title}")
        line("right if what is drawn is stated, %", [a.shown == a.truth for a in group])
        line("right if the likeliest is answered, %", [a.right for a in group])
        line("log-loss, nats", [-dict(a.ranked)[a.truth] for a in group], 1)
        line("truth among the variants of what is drawn, %", [a.offered for a in group])
    print("reliability of the answers where others are drawn alike")
    for low in np.arange(0, 1, 0.1):
        inside = [a for a in unsure if low <= a.confidence < low + 0.1 + (low > 0.85)]
        if inside:
            said, right = (
                np.mean([getattr(a, name) for a in inside]) for name in ("confidence", "right")
            )
            print(f"  said {said:.3f}  right {right:.3f}  ({len(inside)})")
    over_all(answers, unsure, molecules - len(answers) - failed)


def over_all(answers: list[Answer], unsure: list[Answer], rest: int) -> None:
    """Print the numbers over all molecules.

    Args:
        answers: The molecules with a double bond that may have a geometry.
        unsure: Those of them for which other InChIs are drawn alike.
        rest: Number of molecules without such a bond.
    """
    print("all molecules")
    for name, texts in {
        "distance if what is drawn is stated": [a.shown for a in answers],
        "distance of the likeliest": [a.first for a in answers],
        "distance of the least expected distance": [nearest_to_all(a.ranked) for a in answers],
    }.items():
        far = [levenshtein(text, a.truth) for text, a in zip(texts, answers, strict=True)]
        line(name, [*far, *[0] * rest], 1)
    for limit in (0.999, 0.99, 0.95):
        line(f"sure by {limit}, %", [*(a.confidence >= limit for a in answers), *[True] * rest])
        certain = [a for a in answers if a.confidence >= limit]
        line("  right of these, %", [*(a.right for a in certain), *[True] * rest])
        certain = [a for a in unsure if a.confidence >= limit]
        print(
            f"  {len(certain)} of these are drawn as others are: "
            f"{sum(a.right for a in certain)} right"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("molecules", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    args = parser.parse_args()
    (fit if args.write else measure)(args.molecules, args.every)


if __name__ == "__main__":
    main()
