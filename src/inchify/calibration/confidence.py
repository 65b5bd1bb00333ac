"""Calibration of a first view's confidence on drawings of held-out molecules.

    python -m inchify.calibration.confidence [--weights DIR] [--pictures N] [--write]

Fits ``GraphReaderSettings.calibration`` (a logistic curve over the logarithm of an answer's doubt)
on one half of the pictures and prints the reliability on the other. ``--write`` stores the two
numbers in ``readers/confidence.json``, from which readers take them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from inchify.io.atomic import write_atomically
from inchify.readers.graph import GraphReader
from inchify.readers.graph_settings import GraphReaderSettings
from inchify.readers.pretrained import shipped
from inchify.synthetic.molecules.library import MoleculeLibrary
from inchify.tasks.molecule_graph.data import training_picture
from inchify.tasks.molecule_graph.settings import GraphDataSettings

TARGET = Path(__file__).parents[1] / "readers" / "confidence.json"
SAMPLE = Path(__file__).parents[3] / "input" / "sample" / "molecules.smi.gz"


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


def fit(found_P2: np.ndarray) -> tuple[float, float]:
    """The logistic curve of greatest likelihood, as ``GraphReaderSettings.calibration`` takes it.

    Args:
        found_P2: What ``answers`` gives.

    Returns:
        Offset and slope over the logarithm of an answer's doubt.
    """
    from sklearn.linear_model import LogisticRegression

    curve = LogisticRegression(C=1e6).fit(log_doubt(found_P2)[:, None], found_P2[:, 1])
    return float(curve.intercept_[0]), float(-curve.coef_[0, 0])


def log_doubt(found_P2: np.ndarray) -> np.ndarray:
    """Logarithms of the objections that uncalibrated confidences stand for, (P,)."""
    sure_P = found_P2[:, 0].clip(1e-9, 1 - 1e-9)
    return np.asarray(np.log((1 - sure_P) / sure_P))


def probabilities(found_P2: np.ndarray, calibration: tuple[float, float]) -> np.ndarray:
    """Calibrated probabilities of the answers, (P,)."""
    offset, slope = calibration
    return np.asarray(1.0 / (1.0 + np.exp(slope * log_doubt(found_P2) - offset)))


def reliability(chance_P: np.ndarray, right_P: np.ndarray) -> tuple[float, str]:
    """The expected calibration error over ten bins, and the bins as lines of text."""
    error, lines = 0.0, []
    for low in np.arange(0, 1, 0.1):
        inside = (chance_P >= low) & (chance_P < low + 0.1 + 1e-9 * (low > 0.85))
        if inside.any():
            mean, share = chance_P[inside].mean(), right_P[inside].mean()
            error += float(inside.mean() * abs(mean - share))
            lines.append(f"  said {mean:.2f}  right {share:.2f}  ({inside.sum()} pictures)")
    return error, "\n".join(lines)


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", type=Path, help="weights of a graph reader; default: shipped")
    parser.add_argument("--pictures", type=int, default=600, help="number of drawings")
    parser.add_argument("--molecules", type=Path, default=SAMPLE, help="list of molecules to draw")
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name} of the package")
    options = parser.parse_args(words)
    folder = options.weights or shipped("graph")
    assert folder is not None, "no weights of the graph reader came with this copy"
    # a confidence of 1 / (1 + doubt) gives the doubt back
    reader = GraphReader.load(folder, GraphReaderSettings(calibration=(0.0, 1.0)))
    library = MoleculeLibrary.load(options.molecules, held_back=True)
    found_P2 = answers(reader, library, options.pictures)
    reader.close()
    half = len(found_P2) // 2
    fitted = fit(found_P2[:half])
    print(f"calibration: ({fitted[0]:.2f}, {fitted[1]:.2f})")
    error, lines = reliability(probabilities(found_P2[half:], fitted), found_P2[half:, 1])
    print(f"{lines}\nexpected calibration error {error:.3f} over {len(found_P2) - half} pictures")
    if options.write:
        content = {"offset": round(fitted[0], 2), "slope": round(fitted[1], 2)}
        write_atomically(TARGET, (json.dumps(content, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
