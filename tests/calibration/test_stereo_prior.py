"""The fit of open geometry reads a list of molecules and writes numbers that the prior reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from inchify.calibration import stereo_prior as geometry
from inchify.verification.ambiguity import stereo_prior as geometry_prior

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
