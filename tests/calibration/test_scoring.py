"""The fit of the judge's weights: a conditional logit learns what made the right proposals."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from inchify.calibration import scoring as judge
from inchify.calibration.scoring import fit, log_chances, without_truth

NAMES = ["one", "good", "prior"]


def made(count: int) -> list[tuple[np.ndarray, int]]:
    """Pictures with three proposals, one of which is right, or none of them."""
    generator = np.random.default_rng(0)
    weights = np.array([-0.5, 2.0, 1.0])
    found = []
    for _ in range(count):
        rows = np.column_stack([np.ones(3), generator.normal(size=3), -generator.random(3)])
        chances = np.exp(log_chances(weights, rows))
        found.append((rows, int(generator.choice(4, p=chances / chances.sum()))))
    return found


def test_the_fit_finds_the_weights_and_keeps_the_fixed_one() -> None:
    weights = fit(made(3000), NAMES, [1.0] * 3000)
    assert weights == pytest.approx([-0.5, 2.0, 1.0], abs=0.2)
    assert weights[2] == judge.FIXED["prior"]


def lines(count: int) -> list[dict[str, object]]:
    return [
        {
            "truth": "right",
            "opinions": [
                {
                    "inchi": name,
                    "features": {"unthought": 0.0, "behind": -float(place), "votes": 1.0 - place},
                }
                for place, name in enumerate(("right", f"wrong {number}"))
            ],
        }
        for number in range(count)
    ]


def test_without_the_truth_the_next_best_takes_its_place() -> None:
    (item,) = without_truth(lines(1)[0])["opinions"]
    assert item["inchi"] == "wrong 0" and item["features"]["behind"] == 0.0
    assert item["features"]["votes"] == 1.0


def test_the_command_writes_what_it_fitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence, target = tmp_path / "evidence.jsonl", tmp_path / "weights.json"
    evidence.write_text("".join(json.dumps(line) + "\n" for line in lines(30)))
    target.write_text(json.dumps({"render": {"one": 1.0}}))
    monkeypatch.setattr(judge, "WEIGHTS", target)
    monkeypatch.setattr(sys, "argv", ["judge", "readers", str(evidence), "--write"])
    judge.main()
    assert "30 pictures" in capsys.readouterr().out
    known = json.loads(target.read_text())
    assert known["render"] == {"one": 1.0}
    assert known["readers"]["behind"] > 0.5
