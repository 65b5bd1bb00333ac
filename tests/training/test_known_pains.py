"""The known pains of training small transformers, and that their cures work here."""

from __future__ import annotations

import math

from inchify.benchmarks.training.warmup_and_clipping import (
    SYMBOLS,
    without_clipping,
    without_warmup,
)


def test_warmup_rescues_a_high_learning_rate() -> None:
    """Without it the network learns nothing and stays at the loss of guessing."""
    found = without_warmup(steps=120)
    assert found["warmup 0"]["end"] > math.log(SYMBOLS) - 0.05
    assert found["warmup 100"]["end"] < found["warmup 0"]["end"] - 0.2


def test_clipping_takes_the_kick_out_of_wrong_captions() -> None:
    found = without_clipping(steps=115)
    assert found["clip None"]["rise"] > 0.005
    assert found["clip 0.1"]["rise"] < found["clip None"]["rise"] / 2
    assert found["clip 0.1"]["end"] < found["clip None"]["end"] / 2
