"""A work folder of a few drawings, made once for a file's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from inchify.data.preprocess import PreprocessSettings, preprocess
from inchify.synth.folder import SynthSettings, write_competition

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def competition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A competition folder of 36 train and 6 test pictures."""
    from inchify.synth.molecules import MoleculeSettings, choose_molecules, read_molecules

    entries = list(read_molecules(ROOT / "input" / "sample" / "molecules.smi.gz"))[::60]
    folder = tmp_path_factory.mktemp("competition")
    molecules = choose_molecules(entries, MoleculeSettings(count=42))
    write_competition(folder, molecules, SynthSettings(test=6), progress=False)
    return folder


@pytest.fixture(scope="session")
def work(competition: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work folder of that competition."""
    folder = tmp_path_factory.mktemp("work")
    preprocess(competition, folder, PreprocessSettings(folds=3, jobs=1, progress=False))
    return folder
