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
    """Read drawings of held-out molecules and compare the answers with the truth.

    Args:
        reader: A graph reader with the calibration (0, 1), so that it gives 1 / (1 + doubt).
        library: The molecules to draw.
        count: Number of drawings that have an InChI.

    Returns:
        (P, 2) over pictures: the uncalibrated confidence, and 1 where the InChI is right, else 0.
    """
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
        prediction = reader.read_gray("x", 255 - picture.intensity)
        confidence = prediction.confidence or 0.0
        rows.append((float(confidence), float(prediction.inchi == picture.inchi)))
    return np.array(rows)


def fit(answers_P2: np.ndarray) -> tuple[float, float]:
    """Fit the logistic curve of greatest likelihood for ``GraphReaderSettings.calibration``.

    Args:
        answers_P2: Uncalibrated confidences and correctness, from ``answers``.

    Returns:
        Offset and slope over the logarithm of an answer's doubt.
    """
    from sklearn.linear_model import LogisticRegression

    curve = LogisticRegression(C=1e6).fit(log_doubt(answers_P2)[:, None], answers_P2[:, 1])
    return float(curve.intercept_[0]), float(-curve.coef_[0, 0])


def log_doubt(answers_P2: np.ndarray) -> np.ndarray:
    """Logarithms of the doubts behind uncalibrated confidences, (P,)."""
    confidence_P = answers_P2[:, 0].clip(1e-9, 1 - 1e-9)
    return np.asarray(np.log((1 - confidence_P) / confidence_P))


def probabilities(answers_P2: np.ndarray, calibration: tuple[float, float]) -> np.ndarray:
    """Calibrate the answers' confidences.

    Args:
        answers_P2: Uncalibrated confidences in column 0, from ``answers``.
        calibration: Offset and slope, from ``fit``.

    Returns:
        Probabilities that the answers are right, (P,).
    """
    offset, slope = calibration
    return np.asarray(1.0 / (1.0 + np.exp(slope * log_doubt(answers_P2) - offset)))


def reliability(chance_P: np.ndarray, right_P: np.ndarray) -> tuple[float, str]:
    """Measure how well probabilities agree with the frequency of right answers.

    Args:
        chance_P: Probabilities that the answers are right, (P,).
        right_P: 1 where the answer is right, else 0, (P,).

    Returns:
        The expected calibration error over ten bins of equal width, and the occupied bins as lines
        of text.
    """
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
    args = parser.parse_args(words)
    folder = args.weights or shipped("graph")
    assert folder is not None, "no weights of the graph reader came with this copy"
    # a confidence of 1 / (1 + doubt) gives the doubt back
    reader = GraphReader.load(folder, GraphReaderSettings(calibration=(0.0, 1.0)))
    library = MoleculeLibrary.load(args.molecules, held_back=True)
    answers_P2 = answers(reader, library, args.pictures)
    reader.close()
    half = len(answers_P2) // 2
    fitted = fit(answers_P2[:half])
    print(f"calibration: ({fitted[0]:.2f}, {fitted[1]:.2f})")
    error, lines = reliability(probabilities(answers_P2[half:], fitted), answers_P2[half:, 1])
    print(f"{lines}\nexpected calibration error {error:.3f} over {len(answers_P2) - half} pictures")
    if args.write:
        content = {"offset": round(fitted[0], 2), "slope": round(fitted[1], 2)}
        write_atomically(TARGET, (json.dumps(content, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
