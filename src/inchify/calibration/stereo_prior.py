"""Fit of how often InChIs leave double bonds open that a picture cannot tell from stated ones, and
its value on held-out molecules.

    python -m inchify.calibration.stereo_prior LIST [--write] [--every N]

``--write`` fits ``verification/ambiguity/stereo_prior.json`` on the molecules that are not held
back (7 minutes of one core for 800,000; on every N-th of them with ``--every``). Without it what is
there is measured: each molecule held back is drawn as the list has it, and ``likely_variants``
answers.
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
    """Every N-th entry of the list, in an order by chance."""
    texts = [text for text in read_molecules(path) if is_held_out(text) == held_back]
    for place in np.random.default_rng(0).permutation(len(texts))[::every]:
        yield texts[place]


def with_bonds(texts: Iterator[str]) -> Iterator[tuple[str, DoubleBonds]]:
    """The InChIs of the competition's style with a double bond that may have a geometry."""
    for text in texts:
        if "=" not in PLAIN.sub("", text):
            continue
        inchi = inchi_of(text)
        found = read_bonds(inchi) if inchi else None
        if inchi and found is not None:
            yield inchi, found


def fit(path: Path, every: int) -> None:
    """Writes the prior's numbers."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows: list[geometry_prior.Features] = []
    is_open: list[bool] = []
    rings: Counter[tuple[int, int, bool]] = Counter()
    told = Counter[bool]()
    for inchi, found in with_bonds(listed(path, held_back=False, every=every)):
        if not found.is_open:
            for bond, cis in zip(found.bonds, found.cis, strict=True):
                if bond.ring:
                    ring = min(bond.ring, geometry_prior.LARGE)
                    rings[ring, bond.hydrogens, bool(cis)] += 1
        if any(bond.hydrogens and not bond.ring for bond in found.bonds):
            told[found.is_open] += 1
            continue
        try:
            shown = drawn_geometry(inchi, found)
            other = found.written(shown if found.is_open else (None,) * len(shown))
            if "?" in other or not same_drawing(draw(inchi), draw(other)):
                continue
        except DrawingError:
            continue
        rows.append(geometry_prior.features_of(found))
        is_open.append(found.is_open)
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
        "told": [told[False], told[True]],
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
    def sure(self) -> float:
        return exp(self.ranked[0][1])


def answered(inchi: str, found: DoubleBonds) -> Answer:
    """What is answered for a picture of this molecule. Raises DrawingError."""
    shown = found.written(drawn_geometry(inchi, found))
    return Answer(inchi, shown, tuple(likely_variants(inchi)), inchi in variants(shown))


def line(name: str, values: Sequence[float], unit: float = 100) -> None:
    mean, error = mean_and_error(np.array(values, dtype=float) * unit)
    print(f"  {name:<56} {mean:8.3f} ± {error:5.3f}  (n = {len(values)})")


def measure(path: Path, every: int) -> None:
    """Prints what the prior is worth."""
    texts = list(listed(path, held_back=True, every=every))
    molecules = sum(inchi_of(text) is not None for text in texts)
    answers, failed = [], 0
    for inchi, found in with_bonds(iter(texts)):
        try:
            answers.append(answered(inchi, found))
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
        inside = [a for a in unsure if low <= a.sure < low + 0.1 + (low > 0.85)]
        if inside:
            said, right = (
                np.mean([getattr(a, name) for a in inside]) for name in ("sure", "right")
            )
            print(f"  said {said:.3f}  right {right:.3f}  ({len(inside)})")
    over_all(answers, unsure, molecules - len(answers) - failed)


def over_all(answers: list[Answer], unsure: list[Answer], rest: int) -> None:
    """Prints the numbers over all molecules: ``rest`` more have no such bond."""
    print("all molecules")
    for name, texts in {
        "distance if what is drawn is stated": [a.shown for a in answers],
        "distance of the likeliest": [a.first for a in answers],
        "distance of the least expected distance": [nearest_to_all(a.ranked) for a in answers],
    }.items():
        far = [levenshtein(text, a.truth) for text, a in zip(texts, answers, strict=True)]
        line(name, [*far, *[0] * rest], 1)
    for limit in (0.999, 0.99, 0.95):
        line(f"sure by {limit}, %", [*(a.sure >= limit for a in answers), *[True] * rest])
        sure = [a for a in answers if a.sure >= limit]
        line("  right of these, %", [*(a.right for a in sure), *[True] * rest])
        sure = [a for a in unsure if a.sure >= limit]
        print(f"  {len(sure)} of these are drawn as others are: {sum(a.right for a in sure)} right")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("molecules", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    settings = parser.parse_args()
    (fit if settings.write else measure)(settings.molecules, settings.every)


if __name__ == "__main__":
    main()
