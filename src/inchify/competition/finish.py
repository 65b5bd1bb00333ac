"""Merging of complete shards into submission.csv and the run's manifest, and of a verified run into
``verdicts.csv`` as well (image_id, confidence, verified, error)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import IO, Any

from inchify.competition.candidates import CandidateRow, count_whole_rows, read_rows
from inchify.competition.choose import FALLBACK, Normalize, choose_all
from inchify.competition.manifest import commit, difference, file_digest, versions
from inchify.competition.normal import normal_forms
from inchify.competition.sample import sample_ids, shard_bounds, shard_file
from inchify.competition.write import write_submission
from inchify.io.text_files import atomic_text, read_json, write_json

# Number of pictures that could not be read whose ids are listed.
FIRST_ERRORS = 10


def finish(
    folder: Path,
    sample: Path,
    shards: int,
    identity: Mapping[str, Any],
    normalize: Normalize = normal_forms,
    *,
    progress: bool = False,
) -> Path | None:
    """Write ``submission.csv`` (returned) and ``manifest.json``; None while a shard is incomplete.

    Args:
        folder: The folder of the run, with the candidates of its shards.
        sample: The sample submission; ValueError where the shards have other ids.
        shards: Number of shards.
        identity: What the run is made with; ValueError where a shard's manifest differs.
        normalize: Normal forms of texts.
        progress: Show a progress bar even where standard error is not a terminal.
    """
    from tqdm import tqdm

    total = identity["rows"]
    files = [shard_file(folder, (index, shards)) for index in range(1, shards + 1)]
    for index, path in enumerate(files, 1):
        first, last = shard_bounds(total, (index, shards))
        if count_whole_rows(path) != last - first:
            return None
    seconds = _compare_shards(files, identity)
    submission, manifest = folder / "submission.csv", folder / "manifest.json"
    digests = {path.name: file_digest(path) for path in files}
    if _is_done(manifest, submission, digests):
        return submission
    tally: dict[str, Any] = {"rows": 0, "errors": 0, "first_errors": [], "fallbacks": 0}
    with ExitStack() as stack:
        rows = _tallied(_rows_for(sample, files), tally)
        if "judged" in identity["about"]:
            tally["verified"] = 0
            results_of = stack.enter_context(atomic_text(folder / "verdicts.csv"))
            rows = _with_results(rows, results_of, tally)
        answers = choose_all(rows, normalize)
        bar = tqdm(answers, total=total, unit=" rows", disable=None if progress else True)
        write_submission(_tallied_answers(bar, tally), submission, sample)
    write_json(
        manifest,
        {
            "name": folder.resolve().name,
            **identity,
            **tally,
            "shards": shards,
            "seconds": seconds,
            "candidates": digests,
            "submission": file_digest(submission),
            "bytes": submission.stat().st_size,
            "versions": versions(),
            "commit": commit(),
        },
    )
    return submission


def _compare_shards(files: Sequence[Path], identity: Mapping[str, Any]) -> float:
    """The seconds of all shards; ValueError when one was made with other settings."""
    seconds = 0.0
    for path in files:
        note = path.with_suffix(".manifest.json")
        if not note.is_file():
            continue
        content = read_json(note)
        seconds += float(content.pop("seconds", 0.0))
        content.pop("shard", None)
        changed = difference(content, dict(identity))
        if changed:
            raise ValueError(f"{note}: the shards are not from the same run: {changed}")
    return round(seconds, 1)


def _is_done(manifest: Path, submission: Path, digests: Mapping[str, str]) -> bool:
    if not (manifest.is_file() and submission.is_file()):
        return False
    content = read_json(manifest)
    same = content.get("candidates") == digests
    return same and content.get("submission") == file_digest(submission)


def _rows_for(sample: Path, files: Sequence[Path]) -> Iterator[CandidateRow]:
    rows = chain.from_iterable(read_rows(path) for path in files)
    for image_id, row in zip(sample_ids(sample), rows, strict=True):
        if row.image_id != image_id:
            raise ValueError(
                f"{files[0].parent}: the candidates have '{row.image_id}' where {sample.name} has "
                f"'{image_id}'"
            )
        yield row


def not_read(folder: Path) -> str:
    """Describe the pictures of a finished run that could not be read.

    Args:
        folder: The folder of the run.

    Returns:
        A sentence with their number and the first ids, "" where all were read.
    """
    content = read_json(folder / "manifest.json")
    count, first = content.get("errors", 0), content.get("first_errors", [])
    if not count:
        return ""
    names = ", ".join(first) + (", ..." if count > len(first) else "")
    message = f"not read: {count:,} of {content['rows']:,} pictures ({names})"
    if not (folder / "verdicts.csv").is_file():
        return message
    return f"{message}; the column error of verdicts.csv says why"


def _tallied(rows: Iterable[CandidateRow], tally: dict[str, Any]) -> Iterator[CandidateRow]:
    for row in rows:
        tally["rows"] += 1
        tally["errors"] += bool(row.error)
        if row.error and len(tally["first_errors"]) < FIRST_ERRORS:
            tally["first_errors"].append(row.image_id)
        yield row


def _with_results(
    rows: Iterable[CandidateRow], stream: IO[str], tally: dict[str, Any]
) -> Iterator[CandidateRow]:
    """Yield the same rows, and write the verifier's result for each to the stream."""
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(("image_id", "confidence", "verified", "error"))
    for row in rows:
        tally["verified"] += row.verified
        confidence = "" if row.confidence is None else f"{row.confidence:.5f}"
        error = " ".join(row.error.splitlines())
        table.writerow((row.image_id, confidence, "true" if row.verified else "false", error))
        yield row


def _tallied_answers(
    answers: Iterable[tuple[str, str]], tally: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    for image_id, answer in answers:
        tally["fallbacks"] += answer == FALLBACK
        yield image_id, answer
