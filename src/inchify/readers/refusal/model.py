"""Whether a picture shows a molecule at all: a small network on the numbers of the first view.

One hidden layer on ``RefusalFeatures``; its output is the chance that there is a molecule. It is
fitted by ``python -m inchify.calibration.refusal``, for given weights of the graph reader. The
features of other weights may differ, so with those nothing is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Protocol

import numpy as np

from inchify.readers.labels.picture_text import PictureText, lines_of
from inchify.readers.refusal.curved_lines import is_curved_line
from inchify.readers.refusal.features import (
    FEATURE_NAMES,
    RefusalFeatures,
    ViewSettings,
    refusal_features,
)
from inchify.readers.refusal.reaction_arrow import is_reaction_arrow
from inchify.readers.refusal.written_formulas import is_written_out
from inchify.readers.views.scale_search import NetworkPass
from inchify.types import Prediction

PARAMETERS = "model.json"
NO_MOLECULE = "no molecule found"
# Standardised features are clipped to this.
MOST_DEVIATION = 4.0
# Largest probability of a molecule where only an arrow or a smoothly curved line is drawn: of 36
# molecules drawn for the test of arrows none was taken for an arrow, of 917 drawings and pictures
# of molecules none for a curved line.
ARROW = CURVED = 0.01
# Least share of a molecule's foreground that bonds and labels explain: in 19 of 20 drawings it is
# more than .6, in ten of 20 signatures less than .3.
EXPLAINED = 0.7


@dataclass(frozen=True)
class RefusalModel:
    """Parameters of the network. ``mean_F`` and ``spread_F`` standardise the F features;
    ``hidden_GH`` (G = F + 1) and ``output_H`` hold weights with the bias as their last row; a
    picture whose chance is below ``least_chance`` is refused."""

    mean_F: np.ndarray
    spread_F: np.ndarray
    hidden_GH: np.ndarray
    output_H: np.ndarray
    least_chance: float

    def chance(self, features: RefusalFeatures) -> float:
        """The probability that a picture shows a molecule.

        Args:
            features: Of the picture.

        Returns:
            A probability in 0..1.
        """
        return float(self.chances(features.as_array()[None])[0])

    def chances(self, features_NF: np.ndarray) -> np.ndarray:
        """The probabilities that N pictures show a molecule.

        Args:
            features_NF: Features in the order of ``FEATURE_NAMES``, one row for each picture.

        Returns:
            Probabilities in 0..1, (N,).
        """
        standard_NF = np.clip(
            (features_NF - self.mean_F) / self.spread_F, -MOST_DEVIATION, MOST_DEVIATION
        )
        hidden_NH = np.tanh(standard_NF @ self.hidden_GH[:-1] + self.hidden_GH[-1])
        logit_N = hidden_NH @ self.output_H[:-1] + self.output_H[-1]
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logit_N, -30, 30))))

    def to_dict(self) -> dict[str, Any]:
        """The parameters as plain data, rounded."""
        return {
            "features": list(FEATURE_NAMES),
            "mean": _rounded(self.mean_F),
            "spread": _rounded(self.spread_F),
            "hidden": [_rounded(row) for row in self.hidden_GH],
            "output": _rounded(self.output_H),
            "least_chance": round(self.least_chance, 4),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> RefusalModel:
        """Build a model from plain data.

        Args:
            content: As ``to_dict`` gives it.

        Raises:
            ValueError: It was fitted on other features than ``FEATURE_NAMES``.
        """
        if tuple(content["features"]) != FEATURE_NAMES:
            raise ValueError(
                f"{PARAMETERS}: fitted on features that this version does not have; fit it again "
                "(python -m inchify.calibration.refusal)"
            )
        return cls(
            np.array(content["mean"]),
            np.array(content["spread"]),
            np.array(content["hidden"]),
            np.array(content["output"]),
            float(content["least_chance"]),
        )


def _rounded(values: np.ndarray) -> list[float]:
    return [float(f"{value:.5g}") for value in values.tolist()]


@lru_cache(maxsize=1)
def _fitted() -> Mapping[str, Any]:
    """All fitted models of the package by the digest of the weights that they are for."""
    file = resources.files("inchify.readers.refusal").joinpath(PARAMETERS)
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


class LoadedNetwork(Protocol):
    """The origin of a network that was loaded for reading."""

    @property
    def digest(self) -> str: ...

    @property
    def description(self) -> dict[str, Any]: ...


def weights_digest(loaded: LoadedNetwork) -> str:
    """The digest of a network's weights; for an exported network that of the original weights, for
    its maps are the same."""
    return str(loaded.description.get("network", {}).get("source", loaded.digest))


def refusal_model(loaded: LoadedNetwork) -> RefusalModel | None:
    """Load the model that was fitted for a network's weights.

    Args:
        loaded: The network.

    Returns:
        The model, None where none was fitted.
    """
    fit = _fitted().get(weights_digest(loaded))
    return None if fit is None else RefusalModel.from_dict(fit["model"])


def refusal_reason(
    model: RefusalModel | None,
    intensity: np.ndarray,
    network_pass: NetworkPass | None,
    settings: ViewSettings,
    text: PictureText | None = None,
) -> str:
    """Why the picture of a first view shows no molecule, "" where it may show one.

    Args:
        model: The fitted model; without one nothing is refused.
        intensity: uint8 (H, W), 255 full foreground, as it was cut for the network.
        network_pass: The pass at the best scale; without one nothing is refused.
        settings: How candidates are found and chosen.
        text: The text in the picture; None where it is not read.

    Returns:
        A message for the prediction's ``error``.
    """
    if model is None or network_pass is None:
        return ""
    arrow = text is not None and is_reaction_arrow(lines_of(text))
    if text is not None and not arrow and is_written_out(text):
        return ""
    features = refusal_features(intensity, network_pass, settings, text)
    chance = min(model.chance(features), ARROW if arrow else 1.0)
    if features.explained < EXPLAINED and is_curved_line(intensity):
        chance = min(chance, CURVED)
    if chance >= model.least_chance:
        return ""
    return f"{NO_MOLECULE} (chance of a molecule {chance:.2f})"


def is_refused(prediction: Prediction) -> bool:
    """Whether a prediction says that its picture shows no molecule."""
    return says_no_molecule(prediction.error)


def says_no_molecule(error: str) -> bool:
    """Whether an error is that of a picture that shows no molecule.

    Args:
        error: A prediction's ``error``.
    """
    return error.startswith(NO_MOLECULE)
