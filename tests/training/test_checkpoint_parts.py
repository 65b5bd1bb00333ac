"""A checkpoint split into small files and joined again is the checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tests.training.runs import assert_same_run, settings_of
from tests.training.toy import ToyTask

from inchify.io.tensor_folders import CheckpointError
from inchify.training.checkpoint import latest, load
from inchify.training.checkpoint_parts import HEADER_BYTES, join_checkpoint, split_checkpoint
from inchify.training.trainer import fit


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    fit(ToyTask(), settings_of(steps=4), folder, progress=False)
    return folder


def test_exact_and_bounded(run: Path, tmp_path: Path) -> None:
    parts = split_checkpoint(run, tmp_path / "out", max_bytes=20_000)
    assert len(parts) > 3 and all(part.stat().st_size <= 20_000 for part in parts)
    joined = join_checkpoint(parts[::-1], tmp_path / "run")
    assert joined == latest(tmp_path / "run")
    for file in latest(run).iterdir():
        assert (joined / file.name).read_bytes() == file.read_bytes()
    # fewer pieces leave none of the old ones behind
    assert split_checkpoint(run, tmp_path / "out") == sorted((tmp_path / "out").iterdir())
    best = split_checkpoint(run / "best", tmp_path / "best")
    assert join_checkpoint(best, tmp_path / "run") == tmp_path / "run" / "best"


def test_training_goes_on_from_pieces(run: Path, tmp_path: Path) -> None:
    """A chain of runs that exchange only pieces is the uninterrupted run."""
    settings = settings_of(steps=5, validate_every=None)
    fit(ToyTask(), settings, tmp_path / "straight", progress=False)
    summary, parts, log, place = {"finished": False}, [], b"", 0
    while not summary["finished"]:
        place += 1
        folder = tmp_path / f"run-{place}"
        if parts:
            join_checkpoint(parts, folder)
            (folder / "log.jsonl").write_bytes(log)
        summary = fit(ToyTask(), settings, folder, stop_after=0.0, progress=False)
        parts = split_checkpoint(folder, tmp_path / f"out-{place}")
        log = (folder / "log.jsonl").read_bytes()
    assert place >= 5
    assert_same_run(tmp_path / "straight", folder)


def test_small_pieces_are_close(run: Path, tmp_path: Path) -> None:
    exact = sum(part.stat().st_size for part in split_checkpoint(run, tmp_path / "exact"))
    parts = split_checkpoint(run, tmp_path / "small", small=True)
    before, after = load(latest(run)), load(join_checkpoint(parts, tmp_path / "run"))
    weights = sum(tensor.numel() for tensor in before.weights.values())
    assert sum(part.stat().st_size for part in parts) < exact - 5 * weights
    assert all(torch.equal(before.weights[name], after.weights[name]) for name in before.weights)
    for one, other in ((before.averaged, after.averaged), (before.optimizer, after.optimizer)):
        for name in one:
            assert other[name].dtype == one[name].dtype
            torch.testing.assert_close(other[name], one[name], rtol=0.01, atol=1e-4)
    assert fit(ToyTask(), settings_of(steps=5), tmp_path / "run", progress=False)["step"] == 5


def test_damage_is_named(run: Path, tmp_path: Path) -> None:
    parts = split_checkpoint(run, tmp_path / "out", max_bytes=30_000)
    with pytest.raises(CheckpointError, match=r"missing: piece-01\.bin"):
        join_checkpoint([parts[0], *parts[2:]], tmp_path / "run")
    with pytest.raises(CheckpointError, match="were given; missing: none"):
        join_checkpoint([*parts, parts[0]], tmp_path / "run")
    content = parts[1].read_bytes()
    for place, message in (
        (3, "not a piece"),
        (40, "damaged"),
        (HEADER_BYTES + 5, "SHA-256 is not the one"),
    ):
        parts[1].write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(CheckpointError, match=rf"piece-01\.bin.*{message}|piece-01.*JSON"):
            join_checkpoint(parts, tmp_path / "run")
    fit(ToyTask(seed=1), settings_of(steps=1), tmp_path / "other", progress=False)
    other = split_checkpoint(tmp_path / "other", tmp_path / "out2", max_bytes=30_000)
    with pytest.raises(CheckpointError, match="a piece of another checkpoint"):
        join_checkpoint([parts[0], other[1], *parts[2:]], tmp_path / "run")
    with pytest.raises(CheckpointError, match="at least one piece"):
        join_checkpoint([], tmp_path / "run")
    with pytest.raises(ValueError, match="'max_bytes' is 10"):
        split_checkpoint(run, tmp_path / "out3", max_bytes=10)
    assert not (tmp_path / "run").exists()
