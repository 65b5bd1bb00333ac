"""Synthetic competition folders: pictures, label file and sample submission from a list of InChIs.

Every picture depends on the seed, its split and its molecule alone, so the bytes are the same for
any number of processes, after any interruption, and for a smaller or larger number of molecules.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from tqdm import tqdm

from inchify.isolation.drawing_pool import BROKE_WORKER, run_guarded
from inchify.rendering.bms_fonts import chosen_face, draw_competition_in
from inchify.rendering.bms_style import BOND_PIXELS
from inchify.rendering.indigo import DrawingError
from inchify.rendering.png import png_bytes
from inchify.synthetic.bms_noise import (
    PEPPER_TEST,
    PEPPER_TRAIN,
    SALT,
    TURNED_SHARE,
    add_noise,
    rotate_clockwise,
)
from inchify.synthetic.molecules.competition import (
    MoleculeSettings,
    choose_molecules,
    read_molecules,
)

SPLITS = ("train", "test")
SAMPLE_ANSWER = "InChI=1S/H2O/h1H2"
RECORD = "synth.json"
# Counts up when the same settings give other pictures, so that no folder mixes two recipes.
RECIPE = 2
NOTES = ".partial"


@dataclass(frozen=True, kw_only=True)
class SynthSettings:
    """Settings of a synthetic competition folder. The first ``test`` molecules form the test set,
    the next ``train`` (None: all others) the training set. ``noise`` is salt and pepper, ``rotate``
    rotates half of the test pictures, ``bond_pixels`` None takes 25 or 40 by chance; a share of
    ``other_faces`` has letters of another sans face."""

    train: int | None = None
    test: int = 0
    seed: int = 0
    noise: bool = True
    rotate: bool = True
    bond_pixels: Literal[25, 40] | None = None
    other_faces: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("train", self.train), ("test", self.test)):
            if value is not None and value < 0:
                raise ValueError(f"'{name}' is {value}; it must be at least 0")
        if self.bond_pixels not in (None, *BOND_PIXELS):
            raise ValueError(
                f"'bond_pixels' is {self.bond_pixels}; it must be one of {BOND_PIXELS}, or none"
            )
        if not 0 <= self.other_faces <= 1:
            raise ValueError(f"'other_faces' is {self.other_faces}; it must be between 0 and 1")

    @property
    def style(self) -> dict[str, object]:
        """Everything that a single picture depends on."""
        style = {key: value for key, value in asdict(self).items() if key not in SPLITS}
        if not self.other_faces:
            del style["other_faces"]  # folders drawn before it was a setting
        return {"recipe": RECIPE, **style}


@dataclass(frozen=True)
class Planned:
    """One picture to draw: which split, its id, its molecule."""

    split: str
    image_id: str
    inchi: str

    @property
    def path(self) -> str:
        """Its path in the folder."""
        return "/".join([self.split, *self.image_id[:3], f"{self.image_id}.png"])


def seed_of(seed: int, split: str, inchi: str) -> bytes:
    return hashlib.sha256(f"{seed}\t{split}\t{inchi}".encode()).digest()


def image_id(seed: int, split: str, inchi: str) -> str:
    """12 hexadecimal characters that stand for a molecule's picture."""
    return seed_of(seed, split, inchi).hex()[:12]


def make_picture(inchi: str, split: str, settings: SynthSettings) -> np.ndarray:
    """One gray picture, uint8 (H, W), background 255 and foreground 0. Raises DrawingError with the
    reason."""
    state = int.from_bytes(seed_of(settings.seed, split, inchi), "big")
    generator = np.random.default_rng(state)
    face = chosen_face(settings.other_faces, generator)
    intensity = draw_competition_in(face, inchi, generator, settings.bond_pixels)
    if intensity.shape[0] > intensity.shape[1]:
        raise DrawingError(
            "drawn higher than wide, which no training picture of the competition is"
        )
    heavy, turned = generator.random(2)
    if settings.noise:
        pepper = PEPPER_TEST[int(heavy < 0.5)] if split == "test" else PEPPER_TRAIN
        intensity = add_noise(intensity, generator, salt=SALT, pepper=pepper)
    if settings.rotate and split == "test" and turned < TURNED_SHARE:
        intensity = rotate_clockwise(intensity)
    return np.where(intensity, np.uint8(0), np.uint8(255))


def plan(molecules: Sequence[str], settings: SynthSettings) -> list[Planned]:
    """Which molecule becomes which picture. Raises ValueError when there are too few of them."""
    distinct = list(dict.fromkeys(molecules))
    train = len(distinct) - settings.test if settings.train is None else settings.train
    if train < 0 or settings.test + train > len(distinct):
        raise ValueError(
            f"train is {settings.train} and test is {settings.test}, "
            f"together they must be at most {len(distinct)}, the number of molecules given"
        )
    splits = [("test", inchi) for inchi in distinct[: settings.test]]
    splits += [("train", inchi) for inchi in distinct[settings.test : settings.test + train]]
    planned: dict[str, Planned] = {}
    for split, inchi in splits:
        name = image_id(settings.seed, split, inchi)
        if name in planned:  # one chance in 50,000 for 100,000 pictures
            raise ValueError(f"two molecules have the same id, {name}; choose another seed")
        planned[name] = Planned(split, name, inchi)
    return sorted(planned.values(), key=lambda item: (item.split, item.image_id))


def pictures_in(output: Path) -> set[str]:
    """Paths of all pictures in the folder, relative to it."""
    paths: set[str] = set()
    for split in SPLITS:
        for folder, _, names in os.walk(output / split):
            place = Path(folder).relative_to(output).as_posix()
            paths.update(f"{place}/{name}" for name in names)
    return paths


def draw_planned(item: Planned, output: str, settings: SynthSettings) -> str:
    """Draw one picture to its file, atomically; returns why it cannot be drawn, else ""."""
    try:
        picture = make_picture(item.inchi, item.split, settings)
    except ValueError as error:
        return str(error) or "no reason given"
    partial_file = Path(output, NOTES, f"{os.getpid()}.png")
    partial_file.write_bytes(png_bytes(picture))
    path = Path(output, item.path)
    try:
        os.replace(partial_file, path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(partial_file, path)
    return ""


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file atomically."""
    partial_file = path.parent / NOTES / path.name
    with partial_file.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    os.replace(partial_file, path)


def begin(output: Path, settings: SynthSettings, items: Sequence[Planned]) -> list[Planned]:
    """Create the folder or resume an earlier run; returns the missing pictures.

    Raises ValueError when the folder holds pictures of another draw.
    """
    shutil.rmtree(output / NOTES, ignore_errors=True)
    (output / NOTES).mkdir(parents=True)
    record = output / RECORD
    if record.exists():
        earlier = json.loads(record.read_text(encoding="utf-8"))
        if earlier != settings.style:
            raise ValueError(
                f"{output} was begun with {earlier}; continue it with the same settings"
            )
    present = pictures_in(output)
    foreign = present - {item.path for item in items}
    if foreign:
        raise ValueError(
            f"{output} holds {len(foreign)} pictures of another run, for example {min(foreign)}"
        )
    partial_file = output / NOTES / RECORD
    partial_file.write_text(json.dumps(settings.style, indent=1) + "\n", encoding="utf-8")
    os.replace(partial_file, record)
    return [item for item in items if item.path not in present]


def write_competition(
    output: Path,
    molecules: Sequence[str],
    settings: SynthSettings,
    jobs: int = 1,
    progress: bool = True,
) -> dict[str, int]:
    """Draw a competition folder, or what is missing of it.

    A molecule that cannot be drawn is listed in ``rejected.csv`` with the reason.

    Args:
        output: The folder to write; one that was begun is continued.
        molecules: InChIs in order; the first ones are the test set.
        settings: What to draw and how.
        jobs: Processes.
        progress: Show a progress bar on a terminal.

    Returns:
        The number of pictures in ``train`` and ``test`` and of ``rejected`` molecules.

    Raises:
        ValueError: There are too few molecules, or the folder holds pictures of another run.
    """
    items = plan(molecules, settings)
    missing = begin(output, settings, items)
    rejected: list[tuple[str, str, str]] = []
    task = partial(draw_planned, output=str(output), settings=settings)
    with tqdm(
        total=len(items),
        initial=len(items) - len(missing),
        disable=None if progress else True,
        desc="pictures",
        unit="",
    ) as bar:
        for number, reason in run_guarded(task, missing, output / NOTES, jobs=jobs):
            bar.update()
            if reason is None or reason:
                item = missing[number]
                rejected.append((item.split, item.inchi, reason or BROKE_WORKER))
    lost = {(split, inchi) for split, inchi, _ in rejected}
    kept = [item for item in items if (item.split, item.inchi) not in lost]
    rows = {
        split: [(item.image_id, item.inchi) for item in kept if item.split == split]
        for split in SPLITS
    }
    header = ("image_id", "InChI")
    write_table(output / "train_labels.csv", header, rows["train"])
    write_table(output / "test_labels.csv", header, rows["test"])
    write_table(
        output / "sample_submission.csv",
        header,
        ((name, SAMPLE_ANSWER) for name, _ in rows["test"]),
    )
    write_table(output / "rejected.csv", ("split", "InChI", "reason"), sorted(rejected))
    shutil.rmtree(output / NOTES)
    return {"train": len(rows["train"]), "test": len(rows["test"]), "rejected": len(rejected)}


def make_competition(
    output: Path,
    molecules: Path,
    settings: SynthSettings,
    *,
    match_lengths: bool = False,
    jobs: int = 1,
    progress: bool = False,
) -> dict[str, int]:
    """Choose molecules of the competition's style from a list and draw them.

    Args:
        output: The folder to write; one that was begun is continued.
        molecules: SMILES or InChI in the first column of a .smi, .tsv or .csv (.gz).
        settings: What to draw and how; ``train`` is a number.
        match_lengths: Choose by the competition's histogram of caption lengths.
        jobs: Processes.
        progress: Show progress bars.

    Returns:
        How many pictures there are (train, test) and how many molecules were rejected.

    Raises:
        ValueError: Where the list is missing or too short.
    """
    if not molecules.is_file():
        raise ValueError(f"{molecules}: there is no such list of molecules")
    wanted = (settings.train or 0) + settings.test
    choice = MoleculeSettings(count=wanted, seed=settings.seed, match_lengths=match_lengths)
    chosen = choose_molecules(read_molecules(molecules), choice, jobs=jobs, progress=progress)
    if len(chosen) < wanted:
        raise ValueError(
            f"{molecules} holds {len(chosen)} molecules of the competition's style; "
            f"'train' {settings.train} and 'test' {settings.test} need {wanted}"
        )
    return write_competition(output, chosen, settings, jobs=jobs, progress=progress)
