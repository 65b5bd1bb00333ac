"""Competition-shaped folders: layout, noise, turns, and the same bytes whatever happens."""

from __future__ import annotations

import csv
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from inchify.synthetic.bms_noise import SALT
from inchify.synthetic.competition_folder import (
    SynthSettings,
    image_id,
    make_picture,
    write_competition,
)
from inchify.synthetic.molecules.competition import inchi_of, read_molecules

SAMPLE = Path(__file__).parents[2] / "input" / "sample" / "molecules.smi.gz"
SETTINGS = SynthSettings(test=12, seed=5)
BAD = "InChI=1S/nonsense"


@pytest.fixture(scope="module")
def molecules() -> list[str]:
    entries = islice(read_molecules(SAMPLE), 0, None, 100)
    return [inchi for text in entries if (inchi := inchi_of(text))][:45]


@pytest.fixture(scope="module")
def folder(molecules: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("synth") / "competition"
    write_competition(output, [*molecules, BAD], SETTINGS, progress=False)
    return output


def digest(folder: Path) -> str:
    """Of all files' names and bytes."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return total.hexdigest()


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_layout_labels_and_the_rows_that_bad_molecules_cost(
    folder: Path, molecules: list[str]
) -> None:
    train, test = table(folder / "train_labels.csv"), table(folder / "test_labels.csv")
    rejected = table(folder / "rejected.csv")
    assert {row["InChI"] for row in [*train, *test, *rejected]} == {*molecules, BAD}
    assert {row["InChI"] for row in rejected} >= {BAD} and all(row["reason"] for row in rejected)
    assert {row["InChI"] for row in test} <= set(molecules[:12])
    for rows, split in ((train, "train"), (test, "test")):
        ids = [row["image_id"] for row in rows]
        assert ids == sorted(ids) and all(len(name) == 12 for name in ids)
        paths = {folder / split / name[0] / name[1] / name[2] / f"{name}.png" for name in ids}
        assert paths == set((folder / split).rglob("*.png"))
        gray = cv2.imread(str(next(iter(paths))), cv2.IMREAD_UNCHANGED)
        assert gray.dtype == np.uint8 and gray.ndim == 2 and set(np.unique(gray)) == {0, 255}
    sample = table(folder / "sample_submission.csv")
    assert [row["image_id"] for row in sample] == [row["image_id"] for row in test]
    assert {row["InChI"] for row in sample} == {"InChI=1S/H2O/h1H2"}
    names = (
        "train test train_labels.csv test_labels.csv sample_submission.csv rejected.csv synth.json"
    )
    assert {path.name for path in folder.iterdir()} == set(names.split())


def test_noise_and_turns_have_their_rates(molecules: list[str]) -> None:
    clean = SynthSettings(seed=5, noise=False, rotate=False)
    kept, lost, pepper, turned = 0, 0, [], 0
    for inchi in molecules:
        truth = make_picture(inchi, "test", clean) == 0
        noisy = make_picture(inchi, "test", SynthSettings(seed=5)) == 0
        if noisy.shape[0] > noisy.shape[1]:
            turned += 1
            noisy = noisy.T[::-1]
        assert noisy.shape == truth.shape
        kept, lost = kept + (noisy & truth).sum(), lost + (truth & ~noisy).sum()
        pepper.append((noisy & ~truth).sum() / (~truth).sum())
    assert lost / (kept + lost) == pytest.approx(SALT, abs=0.01)
    assert 0.25 < turned / len(molecules) < 0.75
    heavy = [rate for rate in pepper if rate > 4e-4]
    assert 0.25 < len(heavy) / len(molecules) < 0.75
    assert np.mean(heavy) == pytest.approx(1.3e-3, rel=0.1)
    train = make_picture(molecules[0], "train", SETTINGS)
    assert train.shape[0] <= train.shape[1]


def test_processes_and_other_molecules_change_no_byte(
    folder: Path, molecules: list[str], tmp_path: Path
) -> None:
    write_competition(tmp_path / "two", [*molecules, BAD], SETTINGS, jobs=2, progress=False)
    assert digest(tmp_path / "two") == digest(folder)
    fewer = [*molecules[:12], *reversed(molecules[20:25])]
    write_competition(tmp_path / "fewer", fewer, SETTINGS, progress=False)
    pictures = list((tmp_path / "fewer").rglob("*.png"))
    assert len(pictures) == len(fewer)
    for path in pictures:
        assert path.read_bytes() == (folder / path.relative_to(tmp_path / "fewer")).read_bytes()


def test_killed_at_any_moment_it_ends_with_the_same_bytes(
    folder: Path, molecules: list[str], tmp_path: Path
) -> None:
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from inchify.synthetic.competition_folder import SynthSettings, write_competition\n"
        "molecules = sys.stdin.read().split('\\n')\n"
        "write_competition(Path(sys.argv[1]), molecules, SynthSettings(test=12, seed=5), "
        "progress=False)\n"
    )
    output = tmp_path / "killed"
    chance = random.Random(0)
    text = "\n".join([*molecules, BAD]).encode()
    for wanted in (1, 20):  # kill soon after so many pictures are there
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(output)], stdin=subprocess.PIPE
        )
        assert process.stdin is not None
        process.stdin.write(text)
        process.stdin.close()
        until = time.monotonic() + 30
        while len(list(output.rglob("*.png"))) < wanted and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.02))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    write_competition(output, [*molecules, BAD], SETTINGS, progress=False)
    assert digest(output) == digest(folder)


def test_a_folder_keeps_one_draw(folder: Path, molecules: list[str]) -> None:
    before = digest(folder)
    with pytest.raises(ValueError, match="begun with"):
        write_competition(folder, molecules, SynthSettings(test=12, seed=6), progress=False)
    with pytest.raises(ValueError, match="another run"):
        write_competition(folder, molecules[:20], SETTINGS, progress=False)
    assert {path.name for path in folder.iterdir()} >= {"train", "test"}
    write_competition(folder, [*molecules, BAD], SETTINGS, progress=False)
    assert digest(folder) == before


def test_ids_depend_on_seed_split_and_molecule() -> None:
    ids = {image_id(seed, split, "x") for seed in (0, 1) for split in ("train", "test")}
    assert len(ids) == 4 and image_id(0, "train", "x") in ids


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [({"test": -1}, "'test' is -1"), ({"bond_pixels": 30}, "'bond_pixels' is 30")],
)
def test_settings_say_what_is_allowed(wrong: dict[str, int], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        SynthSettings(**wrong)  # type: ignore[arg-type]


def test_too_few_molecules(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="together they must be at most 2"):
        write_competition(tmp_path, ["a", "b", "a"], SynthSettings(train=2, test=1))
