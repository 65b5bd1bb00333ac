"""The calibration of confidences finds the curve that made its data."""

from __future__ import annotations

import numpy as np
import pytest

from inchify.calibration.confidence import fit, probabilities, reliability
from inchify.readers.graph_settings import GraphReaderSettings, fitted_calibration


def drawn(offset: float, slope: float, count: int) -> np.ndarray:
    """Uncalibrated confidences of ``count`` answers, and whether they are right by that curve."""
    generator = np.random.default_rng(0)
    log_doubt = generator.normal(1.0, 2.0, count)
    chance = 1.0 / (1.0 + np.exp(slope * log_doubt - offset))
    right = generator.random(count) < chance
    return np.stack([1.0 / (1.0 + np.exp(log_doubt)), right], axis=1)


@pytest.mark.parametrize(("offset", "slope"), [(3.0, 2.0), (0.5, 1.0)])
def test_the_fit_recovers_the_curve(offset: float, slope: float) -> None:
    found = drawn(offset, slope, 20_000)
    assert fit(found) == pytest.approx((offset, slope), abs=0.12)
    error, lines = reliability(probabilities(found, fit(found)), found[:, 1])
    assert error < 0.02 and lines.count("said") == 10
    wrong, _ = reliability(probabilities(found, (offset + 2.0, slope)), found[:, 1])
    assert wrong > 0.05


def test_readers_take_what_was_fitted() -> None:
    assert GraphReaderSettings().calibration == fitted_calibration() == (3.39, 2.19)
