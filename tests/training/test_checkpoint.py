"""A checkpoint is whole, intact and of this network, or it is a clear error that names the file."""

from __future__ import annotations

import json
import os
import pickle
import resource
from pathlib import Path

import pytest
import torch
from torch import nn

from inchify.io.tensor_folders import REPLACED, UNFINISHED, CheckpointError, write_folder
from inchify.training.checkpoint import (
    Snapshot,
    check_tensors,
    latest,
    load,
    load_latest,
    load_weights,
    save,
    save_best,
    tidy,
)

FILES = ["weights", "averaged", "optimizer"]


def snapshot_of(value: float) -> Snapshot:
    weights = {"weight": torch.full((4, 3), float(value)), "count": torch.tensor(7)}
    return Snapshot(
        weights=weights,
        averaged={name: tensor + 1 for name, tensor in weights.items()},
        optimizer={"weight/exp_avg": torch.rand(4, 3)},
        state={"step": int(value), "third": 1 / 3},
        description={"task": {"name": "toy"}, "scores": {}},
    )


@pytest.fixture
def run(tmp_path: Path) -> Path:
    tidy(tmp_path)
    for step in (1, 2):
        save(tmp_path, snapshot_of(step), step=step, keep=3)
    return tmp_path


def test_round_trip_is_exact(run: Path) -> None:
    wanted = snapshot_of(3.0)
    found = load(save(run, wanted, step=3, keep=3))
    for name in FILES:
        one, other = getattr(wanted, name), getattr(found, name)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in one)
    assert (found.state, found.description) == (wanted.state, wanted.description)


def test_whoever_may_read_the_folder_may_read_the_weights(run: Path) -> None:
    place = latest(run)
    assert place is not None
    modes = {path.stat().st_mode & 0o777 for path in place.iterdir()}
    assert len(modes) == 1


def test_newest_are_kept_and_found(run: Path) -> None:
    for step in (9, 10, 123_456_789):
        save(run, snapshot_of(step), step=step, keep=3)
    names = sorted(path.name for path in (run / "checkpoints").iterdir())
    assert names == ["step-00000009", "step-00000010", "step-123456789"]
    assert latest(run).name == "step-123456789"
    assert load_latest(run).state["step"] == 123_456_789
    assert latest(run / "nothing") is None and load_latest(run / "nothing") is None


@pytest.mark.parametrize("name", ["weights.safetensors", "optimiser.safetensors", "state.json"])
def test_one_flipped_bit_is_seen(run: Path, name: str) -> None:
    path = latest(run) / name
    for place in (0, path.stat().st_size // 2, path.stat().st_size - 2):
        content = path.read_bytes()
        path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        with pytest.raises(CheckpointError, match=f"{name}: damaged"):
            load_latest(run)
        path.write_bytes(content)
    assert load_latest(run).state["step"] == 2


def test_every_bit_of_the_manifest_counts(run: Path) -> None:
    path = latest(run) / "manifest.json"
    content = path.read_bytes()
    plain = json.loads(content)
    for place in range(0, len(content), 11):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        try:
            if json.loads(changed) == plain:
                continue  # white space
        except ValueError:
            pass
        path.write_bytes(changed)
        with pytest.raises(CheckpointError, match=r"manifest\.json|does not name"):
            load_latest(run)


def test_truncated_and_missing_files(run: Path) -> None:
    path = latest(run) / "weights.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-5])
    with pytest.raises(CheckpointError, match=r"weights\.safetensors: \d+ bytes, the manifest"):
        load_latest(run)
    path.unlink()
    with pytest.raises(CheckpointError, match=r"weights\.safetensors: cannot be read"):
        load_latest(run)
    (latest(run) / "manifest.json").unlink()
    with pytest.raises(CheckpointError, match=r"manifest\.json: missing"):
        load_latest(run)
    with pytest.warns(UserWarning, match="going back to an older checkpoint"):
        assert load_latest(run, skip_damaged=True).state["step"] == 1


def test_a_pickle_is_refused_everywhere(run: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(run / "trapped"),)

    for name in ("weights", "averaged", "optimiser"):  # the last is a file's name
        for make in (pickle.dumps, lambda trap: _torch_saved(trap, run / "trap.pt")):
            path = latest(run) / f"{name}.safetensors"
            good = path.read_bytes()
            path.write_bytes(make({"weight": Trap()}))
            with pytest.raises(CheckpointError, match=path.name):
                load_latest(run)
            # also when the attacker mends the manifest
            target = write_folder(
                run / "trap", {f.name: f.read_bytes() for f in path.parent.iterdir()}
            )
            with pytest.raises(CheckpointError, match="not safetensors"):
                load(target)
            path.write_bytes(good)
    assert not (run / "trapped").exists()


def _torch_saved(trap: object, path: Path) -> bytes:
    torch.save(trap, path)
    return path.read_bytes()


def test_another_network_is_named(run: Path) -> None:
    class Small(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(5, 3))
            self.bias = nn.Parameter(torch.zeros(5))

    with pytest.raises(CheckpointError) as caught:
        check_tensors(Small(), load(latest(run)).weights, "here")
    message = str(caught.value)
    assert "'bias' is missing" in message and "'count' is not in the network" in message
    assert "'weight' is (4, 3), the network has (5, 3)" in message


def test_disk_full_names_the_file_and_keeps_the_last_one(run: Path) -> None:
    large = Snapshot(weights={"weight": torch.rand(100_000)}, description={})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(CheckpointError, match=r"weights\.safetensors: could not be written"):
            save(run, large, step=3, keep=1)
        with pytest.raises(CheckpointError, match=r"weights\.safetensors: could not be written"):
            save_best(run, large.weights, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert load_latest(run).state["step"] == 2
    assert sorted(path.name for path in run.rglob(".*")) == []


def test_best_is_replaced_whole(run: Path) -> None:
    for score in (1.0, 2.0):
        save_best(run, {"weight": torch.full((2,), score)}, {"scores": {"loss": score}})
        description, weights = load_weights(run / "best")
        assert description["scores"]["loss"] == score and weights["weight"][0] == score
    # a kill between the two renames
    os.rename(run / "best", run / f"{REPLACED}best")
    tidy(run)
    assert load_weights(run)[1]["weight"][0] == 2.0
    # a kill before the old one was deleted
    (run / f"{REPLACED}best").mkdir()
    (run / f"{UNFINISHED}best-123").mkdir()
    tidy(run)
    assert sorted(path.name for path in run.iterdir()) == ["best", "checkpoints"]


def test_weights_of_a_run_are_its_best_or_its_latest_averaged_ones(run: Path) -> None:
    assert load_weights(run)[1]["weight"][0, 0] == 3.0  # averaged weights of step 2
    save_best(run, {"weight": torch.full((4, 3), 8.0)}, {})
    assert load_weights(run)[1]["weight"][0, 0] == 8.0
    assert load_weights(latest(run))[1]["weight"][0, 0] == 3.0
    with pytest.raises(CheckpointError, match="neither a checkpoint"):
        load_weights(run / "nothing")


def test_tied_weights_and_odd_layouts(tmp_path: Path) -> None:
    shared = torch.rand(6, 4)
    kernel = torch.rand(2, 3, 4, 4).to(memory_format=torch.channels_last)
    tensors = {"one": shared, "two": shared, "part": shared[:, 1:3], "kernel": kernel}
    save_best(tmp_path, tensors, {})
    _, found = load_weights(tmp_path)
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)
