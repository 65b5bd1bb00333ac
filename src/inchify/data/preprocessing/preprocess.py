"""Preprocessing of a competition folder into a work folder: captions by length, folds, pictures.

Rows are worked on in chunks, by processes of this machine or of a Dask cluster. A run that was
killed at any moment and started again ends with the same bytes, as does any number of workers.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from inchify.chemistry.tokenization.tokenizers import TOKENIZERS, Tokenizer
from inchify.config import digest, to_dict
from inchify.data.preprocessing.assemble import FORMAT, SUMMARY, assemble, clear_results
from inchify.data.preprocessing.captions import LabelFileScan, scan_label_file, truths
from inchify.data.preprocessing.chunks import ChunkPlan, caption_of, work_chunk
from inchify.data.preprocessing.store import StoreError
from inchify.io.atomic import PARTIAL, digest_of
from inchify.isolation.parallel import WorkerDied, run_jobs

LOG = logging.getLogger(__name__)
# These decide how the work is done, not what comes out.
_WORK_ONLY = ("jobs", "cluster", "progress", "chunk_rows", "chunk_seconds")


class PreprocessError(RuntimeError):
    """The run could not be finished; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class PreprocessSettings:
    """Settings of the preprocessing and its parallelism.

    ``edges``: the longest caption of each bucket, in tokens with start and end; longer captions
    are rejected. ``jobs``: processes, -1 for one a core. ``cluster``: empty for this machine,
    "local" for a Dask cluster on it, or the address of a Dask scheduler (all its workers must see
    the same folders). ``chunk_seconds``: a chunk that takes longer counts as hung.
    """

    labels: str = "train_labels.csv"
    pictures: str = "train"
    tokenizer: Literal["inchi", "smiles"] = "inchi"
    vocabulary: Literal["default", "fitted"] = "default"
    edges: tuple[int, ...] = tuple(range(40, 281, 20))
    folds: int = 5
    seed: int = 42
    max_pixels: int = 25_000_000
    shard_bytes: int = 1_000_000_000
    chunk_rows: int = 2000
    chunk_seconds: float = 1800.0
    jobs: int = -1
    cluster: str = ""
    progress: bool = True

    def __post_init__(self) -> None:
        rising = all(low < high for low, high in pairwise(self.edges))
        if not self.edges or not rising or self.edges[0] < 3:
            raise ValueError(f"'edges' is {self.edges}; it must rise and begin at 3 or more")
        if self.tokenizer not in TOKENIZERS:
            allowed = ", ".join(TOKENIZERS)
            raise ValueError(f"'tokenizer' is {self.tokenizer!r}; it must be one of {allowed}")
        if self.vocabulary not in ("default", "fitted"):
            raise ValueError(
                f"'vocabulary' is {self.vocabulary!r}; it must be one of default, fitted"
            )
        for key, minimum in (
            ("folds", 2),
            ("max_pixels", 1),
            ("chunk_rows", 1),
            ("shard_bytes", 1),
        ):
            if getattr(self, key) < minimum:
                raise ValueError(f"'{key}' is {getattr(self, key)}; it must be at least {minimum}")
        if self.shard_bytes >= 2**32:
            raise ValueError(f"'shard_bytes' is {self.shard_bytes}; it must be below 2**32")
        if self.jobs == 0 or self.jobs < -1:
            raise ValueError(
                f"'jobs' is {self.jobs}; it must be at least 1, or -1 for one process per core"
            )
        if self.chunk_seconds <= 0:
            raise ValueError(f"'chunk_seconds' is {self.chunk_seconds}; it must be positive")

    def result(self) -> dict[str, Any]:
        """The settings that decide what comes out, as plain data."""
        plain = to_dict(self)
        return {key: value for key, value in plain.items() if key not in _WORK_ONLY}


def preprocess(source: Path, output: Path, settings: PreprocessSettings) -> dict[str, Any]:
    """Make (or finish) the work folder of a competition folder.

    A complete folder of the same label file and settings is left as it is. Changed picture files
    are not noticed: remove the folder to start afresh.

    Args:
        source: The competition folder with the label file and the pictures.
        output: The work folder.
        settings: What to make, and by how many workers.

    Returns:
        The content of ``summary.json``, which is written last: a folder with it is complete.

    Raises:
        ValueError: The input is wrong.
        PreprocessError: Workers died twice or hang.
    """
    source, output = Path(source).absolute(), Path(output).absolute()
    pictures = source / settings.pictures
    if not pictures.is_dir():
        if not source.is_dir():
            raise ValueError(f"{source}: there is no such folder")
        pictures = source  # a flat folder: pictures beside their label file
    labels = scan_label_file(source / settings.labels)
    if not labels.rows:
        raise ValueError(f"{labels.path}: there are no rows below the header")
    wanted = {"format": FORMAT, "labels": labels.digest, "settings": settings.result()}
    old = read_summary(output)
    if old is not None and old["input"] == wanted and _is_whole(output, old):
        shutil.rmtree(output / "parts", ignore_errors=True)
        return old
    tokenizer = _tokenizer(labels, settings)
    key = digest({**wanted, "chunk_rows": settings.chunk_rows, "pictures": str(pictures)})
    plan = ChunkPlan(
        pictures=pictures,
        parts=output / "parts" / key,
        tokenizer=settings.tokenizer,
        symbols=tokenizer.vocabulary.symbols,
        longest=settings.edges[-1],
        max_pixels=settings.max_pixels,
    )
    _make_room(output, plan.parts)
    _work(labels, plan, settings)
    chunks = -(-labels.rows // settings.chunk_rows)
    summary = assemble(
        [plan.part(number) for number in range(chunks)],
        output,
        tokenizer=tokenizer,
        labels=labels.rows,
        wanted=wanted,
    )
    shutil.rmtree(output / "parts")
    return summary


def read_summary(folder: Path) -> dict[str, Any] | None:
    """Read the summary of a work folder.

    Args:
        folder: The work folder.

    Returns:
        The content of ``summary.json``; None where the folder is not finished.

    Raises:
        ValueError: The file is no JSON.
    """
    path = folder / SUMMARY
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: this is not JSON ({error}); remove the folder") from error


def _is_whole(folder: Path, summary: dict[str, Any]) -> bool:
    """Whether every file of a finished folder has its size (``verify`` compares the content)."""
    for name, facts in summary["files"].items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != facts["bytes"]:
            LOG.warning("%s is missing or has another size; the folder is made again", path)
            return False
    return True


def verify(folder: Path) -> None:
    """Compare every file of a work folder with its SHA-256.

    Args:
        folder: The work folder.

    Raises:
        StoreError: The folder is not finished, or a file is missing or differs (it is named).
    """
    summary = read_summary(folder)
    if summary is None:
        raise StoreError(f"{folder}: there is no finished work folder here")
    for name, facts in summary["files"].items():
        path = folder / name
        if not path.is_file():
            raise StoreError(f"{path}: this file is missing")
        if path.stat().st_size != facts["bytes"] or digest_of(path) != facts["sha256"]:
            raise StoreError(f"{path}: this file was changed or damaged since it was made")


def _tokenizer(labels: LabelFileScan, settings: PreprocessSettings) -> Tokenizer:
    kind = TOKENIZERS[settings.tokenizer]
    if settings.vocabulary == "default":
        return kind.default()
    return kind.fit(_captions(labels, settings.tokenizer))


def _captions(labels: LabelFileScan, tokenizer: str) -> Iterator[str]:
    """Every caption that can be split; the others are rejected later, with their reason."""
    kind = TOKENIZERS[tokenizer]
    for _, chunk in labels.chunks(2000):
        for inchi in truths(chunk):
            caption = caption_of(tokenizer, inchi)
            try:
                kind.split(caption or "")
            except ValueError:
                continue
            if caption:
                yield caption


def _make_room(output: Path, parts: Path) -> None:
    """Remove what belongs to other settings or to a killed process; keep the finished parts."""
    clear_results(output)
    if parts.parent.is_dir():
        for folder in parts.parent.iterdir():
            if folder != parts:
                LOG.warning("removing parts of other settings or labels: %s", folder)
                shutil.rmtree(folder)
    parts.mkdir(parents=True, exist_ok=True)
    for leftover in parts.glob(f"*{PARTIAL}"):
        leftover.unlink()


def _work(labels: LabelFileScan, plan: ChunkPlan, settings: PreprocessSettings) -> None:
    """Make every missing part; one second try when a worker died."""
    from tqdm import tqdm

    chunks = -(-labels.rows // settings.chunk_rows)
    for last_try in (False, True):
        missing = {number for number in range(chunks) if not plan.part(number).exists()}
        if not missing:
            return
        jobs = (
            (plan, number, rows)
            for number, rows in labels.chunks(settings.chunk_rows)
            if number in missing
        )
        done = (chunks - len(missing)) * settings.chunk_rows
        # None: no bar where nobody watches (not a terminal).
        disable = None if settings.progress else True
        try:
            with tqdm(total=labels.rows, initial=done, unit=" pictures", disable=disable) as bar:
                for rows in run_jobs(
                    work_chunk,
                    jobs,
                    processes=settings.jobs,
                    cluster=settings.cluster,
                    seconds=settings.chunk_seconds,
                ):
                    bar.update(rows)
        except WorkerDied as error:
            missing = {number for number in missing if not plan.part(number).exists()}
            message = _explain(error, missing, chunks, settings.chunk_rows)
            if last_try:
                raise PreprocessError(message) from error
            LOG.warning("%s Trying the rest once more.", message)


def _explain(error: WorkerDied, missing: set[int], chunks: int, size: int) -> str:
    first = min(missing, default=0)
    return (
        f"{error} {chunks - len(missing)} of {chunks} chunks are finished and kept; start the same "
        f"command again to go on. The first unfinished chunk holds the label rows "
        f"{first * size + 1} to {(first + 1) * size}."
    )
