"""For all tests: nothing reaches the network; a small competition and its work folder."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from inchify.data.preprocessing.preprocess import PreprocessSettings, preprocess
from inchify.synthetic.competition_folder import SynthSettings, write_competition
from inchify.synthetic.molecules.competition import (
    MoleculeSettings,
    choose_molecules,
    read_molecules,
)

ROOT = Path(__file__).parents[1]

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# properties are not judged by the clock: on a busy machine any example may take long
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")


def is_here(address: Any) -> bool:
    """Whether an address is of this machine: a local socket's path, localhost or loopback."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0]).partition("%")[0]
    if host in ("localhost", "", socket.gethostname()):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback or host == "0.0.0.0"
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Dask and torch talk to themselves over loopback; every other connection is an error."""
    plain, plain_ex = socket.socket.connect, socket.socket.connect_ex

    def connect(self: socket.socket, address: Any) -> None:
        if not is_here(address):
            raise AssertionError(f"a test wanted to reach {address}")
        plain(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        if not is_here(address):
            raise AssertionError(f"a test wanted to reach {address}")
        return plain_ex(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", connect)
    patch.setattr(socket.socket, "connect_ex", connect_ex)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def competition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A competition folder of 36 train and 6 test pictures."""
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
