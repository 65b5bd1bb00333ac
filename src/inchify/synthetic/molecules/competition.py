"""Seeded selection of InChIs that fit the competition's style.

The choice is by a seeded hash of each molecule, so a small draw is the beginning of a bigger one
and does not change when the list is ordered differently.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from joblib import Parallel, delayed
from tqdm import tqdm

from inchify.chemistry.convert import inchi_of_smiles

LIST_ENDINGS = (".smi", ".tsv", ".csv", ".txt")
ELEMENTS = frozenset(("B", "Br", "C", "Cl", "F", "H", "I", "N", "O", "P", "S", "Si"))
SHORTEST, LONGEST = 32, 403
# Share of the competition's 2,383,782 training labels by the length of their captions: (most
# tokens, share), start and end not counted.
LENGTH_SHARES = (
    (40, 0.000615),
    (60, 0.068594),
    (80, 0.316473),
    (100, 0.302100),
    (120, 0.203710),
    (140, 0.076866),
    (160, 0.023866),
    (180, 0.005466),
    (200, 0.001165),
    (220, 0.000588),
    (240, 0.000385),
    (260, 0.000156),
    (280, 0.000015),
)
# Sample size for the distribution of caption lengths in the list.
LENGTH_SAMPLE = 5_000
CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class MoleculeSettings:
    """How molecules are chosen: how many at most (None: all), by which seed, and whether the
    captions' lengths follow the competition's (long lists only: it throws many away)."""

    count: int | None = None
    seed: int = 0
    match_lengths: bool = False

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            raise ValueError(f"'count' is {self.count}; it must be at least 1, or none")


def read_molecules(path: Path) -> Iterator[str]:
    """Read the first column of a list of molecules.

    Args:
        path: A .smi, .tsv, .csv or .txt file, plain or with .gz.

    Yields:
        A SMILES or InChI at a time.

    Raises:
        ValueError: The file has another extension.
    """
    plain = path.name.removesuffix(".gz")
    if not plain.endswith(LIST_ENDINGS):
        raise ValueError(f"{path}: the list must end in {', '.join(LIST_ENDINGS)} (.gz)")
    opener = gzip.open if path.name.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", newline="") as lines:
        if plain.endswith(".csv"):
            yield from (row[0].strip() for row in csv.reader(lines) if row)
        else:
            for line in lines:
                words = line.split(maxsplit=1)
                if words and not line.startswith("#"):
                    yield words[0]


def caption_tokens(inchi: str) -> int:
    """Tokens of a caption without start and end: layers, elements, whole numbers, signs."""
    return len(re.findall(r"/[a-z]|[A-Z][a-z]?|\d+|.", inchi.removeprefix("InChI=1S/")))


def style_mismatch(inchi: str) -> str:
    """Why this InChI does not fit the competition, or an empty string when it does."""
    if not inchi.startswith("InChI=1S/"):
        return "not a standard InChI"
    if not SHORTEST <= len(inchi) <= LONGEST:
        return f"{len(inchi)} characters; it must have between {SHORTEST} and {LONGEST}"
    if "/q" in inchi or "/p" in inchi or "?" in inchi:
        return "a charge, proton or unknown-stereo layer"
    formula = inchi.split("/")[1]
    if "." in formula:
        return "more than one component"
    foreign = set(re.findall(r"[A-Z][a-z]?", formula)) - ELEMENTS
    if foreign:
        return f"the element {min(foreign)}"
    return "" if "/c" in inchi else "no /c layer"


def inchi_of(text: str) -> str | None:
    """InChI of a list's entry when it fits the competition's style.

    Args:
        text: SMILES or InChI.

    Returns:
        The InChI; None where the entry is invalid or does not fit.
    """
    inchi = text if text.startswith("InChI=") else inchi_of_smiles(text)
    return inchi if inchi and not style_mismatch(inchi) else None


def chance_of(seed: int, purpose: str, text: str) -> float:
    """A number in 0..1 that depends on nothing but the arguments."""
    digest = hashlib.sha256(f"{seed}\t{purpose}\t{text}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def choose_molecules(
    entries: Iterable[str], settings: MoleculeSettings, *, jobs: int = 1, progress: bool = False
) -> list[str]:
    """Choose distinct InChIs in the competition's style, in the order of their hashes.

    Args:
        entries: SMILES or InChIs; invalid ones and those of another style are left out.
        settings: How many to choose, the seed and the distribution of lengths.
        jobs: Processes that convert SMILES.
        progress: Show a progress bar on a terminal.

    Returns:
        At most ``settings.count`` InChIs, fewer when the list has no more.
    """
    ordered = sorted(set(entries), key=lambda text: chance_of(settings.seed, "choose", text))
    inchis = converted(ordered, jobs)
    chosen: dict[str, None] = {}
    keep: dict[int, float] = {}
    if settings.match_lengths:
        first = list(islice(inchis, LENGTH_SAMPLE))
        keep = keep_chances(first)
        inchis = chain_lists(first, inchis)
    with tqdm(
        total=settings.count, disable=None if progress else True, desc="molecules", unit=""
    ) as bar:
        for inchi in inchis:
            if keep and chance_of(settings.seed, "length", inchi) >= keep.get(length_bin(inchi), 1):
                continue
            if inchi not in chosen:
                chosen[inchi] = None
                bar.update()
            if len(chosen) == settings.count:
                break
    return list(chosen)


def chain_lists(first: Sequence[str], rest: Iterator[str]) -> Iterator[str]:
    yield from first
    yield from rest


def converted(entries: Sequence[str], jobs: int) -> Iterator[str]:
    """InChIs of the entries that fit, in order; some chunks ahead of the reader at most."""
    chunks = (entries[start : start + CHUNK] for start in range(0, len(entries), CHUNK))
    if jobs == 1:
        for chunk in chunks:
            yield from converted_chunk(chunk)
        return
    with Parallel(n_jobs=jobs) as parallel:
        while batch := list(islice(chunks, 4 * jobs)):
            for inchis in parallel(delayed(converted_chunk)(chunk) for chunk in batch):
                yield from inchis


def converted_chunk(entries: Sequence[str]) -> list[str]:
    return [inchi for text in entries if (inchi := inchi_of(text))]


def length_bin(inchi: str) -> int:
    """Which of LENGTH_SHARES an InChI's caption falls into; the last one takes all longer ones."""
    tokens = caption_tokens(inchi)
    bounds = [bound for bound, _ in LENGTH_SHARES]
    return next((place for place, bound in enumerate(bounds) if tokens <= bound), len(bounds) - 1)


def keep_chances(sample: Sequence[str]) -> dict[int, float]:
    """For each length bin the probability to keep a molecule, so that the competition's length
    distribution results.

    Bins that are rarer in the list than in the competition by far are kept whole: a bin that holds
    less than 2 % of the competition does not make the others wait for it.
    """
    counts = [0] * len(LENGTH_SHARES)
    for inchi in sample:
        counts[length_bin(inchi)] += 1
    ratios = {
        place: share * len(sample) / counts[place]
        for place, (_, share) in enumerate(LENGTH_SHARES)
        if counts[place]
    }
    common = [ratio for place, ratio in ratios.items() if LENGTH_SHARES[place][1] >= 0.02]
    top = max(common, default=1.0)
    return {place: min(1.0, ratio / top) for place, ratio in ratios.items()}
