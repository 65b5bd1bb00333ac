"""The fit of open geometry reads a list of molecules and writes numbers that the prior reads."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from inchify.calibration import stereo_prior as geometry
from inchify.chemistry.convert import inchi_of_smiles
from inchify.verification.ambiguity import stereo_prior as geometry_prior
from inchify.verification.ambiguity.ez_bonds import read_bonds

# Stated and open, told by their drawings and not; the last is in a ring.
ENTRIES = (
    *("C/C=C/C(=O)O", "C/C=C/CO", "C/C=C/CN", "CC=CC(=O)O", "CCCC=CCO", "CC/C=C\\CC(=O)O"),
    *("C/C(CC)=C(/C)CO", "CC(CC)=C(C)CO", "C/C(CC)=C(\\C)CN", "CC(CC)=C(C)CN", "CCC(C)=NO"),
    *("CC/C(C)=N/O", "CCC(C)=NOC", "CC/C(C)=N\\OC", "C1CC/C=C/CCCCC1O", "O=C1CCC/C=C\\CCCCC1"),
)


def test_a_tiny_list_gives_the_same_numbers_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    molecules = tmp_path / "list.smi"
    molecules.write_text("\n".join(ENTRIES) + "\n")
    monkeypatch.setattr(geometry_prior, "__file__", str(tmp_path / "geometry_prior.py"))
    monkeypatch.setattr(geometry, "is_held_out", lambda text: False)
    written = []
    for _ in range(2):
        geometry.fit(molecules, 1)
        written.append((tmp_path / "geometry_prior.json").read_text())
    assert written[0] == written[1]
    known = json.loads(written[0])
    stated, left_open = known["told"]
    assert stated > 0 and left_open > 0
    assert known["unit"] > 0 and np.isfinite(known["bias"])
    assert all(sum(row[2:]) > 0 for row in known["trans"])


def test_a_list_that_leaves_more_geometries_open_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geometry_prior, "__file__", str(tmp_path / "geometry_prior.py"))
    monkeypatch.setattr(geometry, "is_held_out", lambda text: False)
    log_odds = []
    for left_open in (1, 9):
        # oximes of a chain and an ethyl group, of ten so many without a geometry
        stated = [f"{'C' * size}/C(CC)=N/O" for size in range(3, 13 - left_open)]
        opened = [f"{'C' * size}C(CC)=NO" for size in range(3, 3 + left_open)]
        molecules = tmp_path / "list.smi"
        molecules.write_text("\n".join((*stated, *opened, *ENTRIES)) + "\n")
        geometry.fit(molecules, 1)
        known = json.loads((tmp_path / "geometry_prior.json").read_text())
        weights = np.frombuffer(base64.b64decode(known["weights"]), np.int8)
        found = read_bonds(inchi_of_smiles("CCCC(CC)=NO"))
        assert found is not None
        features = geometry_prior.features_of(found)
        odds = sum(value * int(weights[place]) for place, value in features.items())
        log_odds.append(known["bias"] + known["unit"] * odds)
    assert log_odds[0] < 0 < log_odds[1]
