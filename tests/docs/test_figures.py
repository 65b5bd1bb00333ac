"""The figures of the README: small, and drawn by this project."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

FIGURES = Path(__file__).parents[2] / "docs" / "figures"


@pytest.mark.parametrize("name", ["levofloxacin.png", "molecule.png", "page.png"])
def test_figures_are_small(name: str) -> None:
    assert 0 < (FIGURES / name).stat().st_size <= 150_000


def test_the_picture_is_the_one_that_the_script_draws() -> None:
    script = runpy.run_path(str(FIGURES / "draw.py"))
    drawn = script["patent_picture"](script["SMILES"])
    with Image.open(FIGURES / "levofloxacin.png") as kept:
        assert np.array_equal(np.asarray(kept.convert("L")), drawn)
