"""Exported bond classifiers.

Shape letters: B patches, T and A samples across and along a bond, X measures, K kinds.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inchify.models.dense.layout import FEATURES_INPUT, INPUT
from inchify.readers.networks import LoadedBondClassifier
from inchify.readers.onnx.session import network_input, open_folder

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


@dataclass(frozen=True)
class OnnxBondClassifier:
    """A ``BondClassifier`` that onnxruntime computes."""

    session: InferenceSession

    def logits(self, patches_BTA: np.ndarray, features_BX: np.ndarray) -> np.ndarray:
        """Float32 (B, K) of patches uint8, 255 full foreground."""
        inputs = {INPUT: network_input(patches_BTA), FEATURES_INPUT: features_BX}
        return np.asarray(self.session.run(None, inputs)[0])


def load_onnx_bond_classifier(folder: Path, *, threads: int = 1) -> LoadedBondClassifier:
    """The exported network of a bond classifier.

    Raises:
        ValueError: As ``open_folder``.
    """
    opened = open_folder(folder, "bond_kind", threads=threads)
    return LoadedBondClassifier(
        opened.description,
        opened.digest,
        OnnxBondClassifier(opened.session),
        tuple(opened.task["kinds"]),
        np.array(opened.about["shares"], np.float32),
    )
