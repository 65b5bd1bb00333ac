"""Answers of sequence readers to loose pictures: chosen as for a submission, and normalized."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from inchify.chemistry.normalization import examine
from inchify.competition.choose import choose, ranked
from inchify.types import Prediction, Reader


def normalized_predictions(
    reader: Reader, pictures: Iterable[tuple[str, Path]]
) -> Iterator[Prediction]:
    """Predictions whose InChI is chosen among the candidates and normalized, with its SMILES.

    Args:
        reader: Proposes candidates.
        pictures: Names and files.

    Yields:
        One prediction for each picture, in order. Its confidence is the probability of the chosen
        string, which need not be the likeliest.
    """
    for prediction in reader.read(pictures):
        if prediction.error:
            yield prediction
            continue
        results_of = examine([item.text for item in prediction.candidates], details=True)
        normal = {item.text: item.inchi if item.valid else "" for item in results_of}
        usable = ranked(prediction.candidates)
        if not usable:
            yield replace(
                prediction, inchi="", confidence=None, error="nothing like an InChI was read"
            )
            continue
        inchi = choose(usable, normal)
        smiles = next(
            (item.smiles for item in results_of if item.valid and item.inchi == inchi), ""
        )
        # the probability of the string that was chosen, which need not be the likeliest
        chosen = next(item for item in usable if inchi in (normal.get(item.text), item.text))
        confidence = math.exp(min(chosen.score, 0.0))
        yield replace(prediction, inchi=inchi, smiles=smiles, confidence=confidence)
