"""Drawings of held-back molecules are read; what a confidence is worth comes out, as two numbers.

    python -m tests.benchmarks.calibrate [--weights DIR] [--pictures N] [--molecules LIST]

Fits ``GraphReaderSettings.calibration`` (a logistic curve over the logarithm of an answer's doubt)
on one half of the pictures and prints the reliability on the other.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from inchify.readers.graph import GraphReader
from inchify.readers.graph_settings import GraphReaderSettings
from inchify.readers.pretrained import shipped
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.tasks.molecule_graph.data import training_picture
from inchify.tasks.molecule_graph.settings import GraphDataSettings

SAMPLE = Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz"


def answers(reader: GraphReader, library: MoleculeLibrary, count: int) -> np.ndarray:
    """(pictures, 2): an answer's doubt, and 1 where it is right."""
    plain = GraphDataSettings(wide=0.0)
    plain = replace(plain, styles=replace(plain.styles, contracted=0.0))
    rows: list[tuple[float, float]] = []
    number = 0
    while len(rows) < count:
        generator = np.random.default_rng([77, number])
        number += 1
        picture = training_picture(library, plain, generator, with_inchi=True)
        if not picture.inchi:
            continue
        found = reader.read_gray("x", 255 - picture.intensity)
        sure = found.confidence or 0.0
        rows.append((float(sure), float(found.inchi == picture.inchi)))
    return np.array(rows)


def main() -> None:
    from sklearn.linear_model import LogisticRegression

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--pictures", type=int, default=600)
    parser.add_argument("--molecules", type=Path, default=SAMPLE)
    settings = parser.parse_args()
    folder = settings.weights or shipped("graph")
    assert folder is not None, "no weights of the graph reader came with this copy"
    # a confidence of 1 / (1 + doubt) gives the doubt back
    reader = GraphReader.load(folder, GraphReaderSettings(calibration=(0.0, 1.0)))
    library = MoleculeLibrary.load(settings.molecules, held_back=True)
    found = answers(reader, library, settings.pictures)
    sure = found[:, 0].clip(1e-9, 1 - 1e-9)
    doubt, right = np.log((1 - sure) / sure)[:, None], found[:, 1]
    half = len(right) // 2
    fit = LogisticRegression(C=1e6).fit(doubt[:half], right[:half])
    print(f"calibration: ({fit.intercept_[0]:.2f}, {-fit.coef_[0, 0]:.2f})")
    chance = fit.predict_proba(doubt[half:])[:, 1]
    error = 0.0
    for low in np.arange(0, 1, 0.1):
        inside = (chance >= low) & (chance < low + 0.1 + 1e-9 * (low > 0.85))
        if inside.any():
            mean, share = chance[inside].mean(), right[half:][inside].mean()
            error += inside.mean() * abs(mean - share)
            print(f"  said {mean:.2f}  right {share:.2f}  ({inside.sum()} pictures)")
    print(f"expected calibration error {error:.3f} over {len(chance)} pictures")
    reader.close()


if __name__ == "__main__":
    main()
