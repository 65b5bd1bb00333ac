"""Ensembles: one submission from the candidates and submissions of several readers.

Each file has one vote for a picture, times its weight. A submission gives it to its one answer; a
candidates file spreads it over its candidates by the softmax of their log-probabilities, so a
confident reader outvotes an uncertain one. Votes for the same string add up; validity decides
before votes. The files are read side by side, row by row, in constant memory. Only a submission
whose order differs from the sample's is held in memory, and joined by its ids.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import NoReturn

from inchify.competition.candidates import CandidateRow, read_rows
from inchify.competition.choose import FALLBACK, Normalize, choose_all, ranked
from inchify.competition.normal import normal_forms
from inchify.competition.sample import sample_ids
from inchify.competition.write import read_submission, write_submission
from inchify.types import Candidate


def ensemble(
    inputs: Sequence[Path],
    output: Path,
    weights: Sequence[float] | None,
    sample: Path,
    *,
    normalize: Normalize = normal_forms,
    progress: bool = False,
) -> Path:
    """Merge several inputs into one submission; an ensemble of one input is that input.

    Args:
        inputs: Candidates files, folders that hold all shards of one run, or submissions. Equal
            votes go to the earlier input.
        output: The submission to write.
        weights: One weight >= 0 for each input; None weights all alike.
        sample: The sample submission. A submission may have its ids in any order, candidates have
            them in its order.
        normalize: Normal forms of texts.
        progress: Show a progress bar even where standard error is not a terminal.

    Returns:
        ``output``.

    Raises:
        ValueError: A weight is wrong, or an input has missing, unknown or repeated ids.
    """
    from tqdm import tqdm

    shares = _shares(inputs, weights)
    voters = [
        (input_files(path), share) for path, share in zip(inputs, shares, strict=True) if share > 0
    ]
    only_answers = all(is_submission(files[0]) for files, _ in voters)
    answers = choose_all(
        _merged(voters, sample), normalize, rewrite=not only_answers, only_disputed=only_answers
    )
    bar = tqdm(answers, unit=" rows", disable=None if progress else True)
    return write_submission(bar, output, sample)


def input_files(path: Path) -> list[Path]:
    """The files of one input, in order: the file itself, or all shards of a folder."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise ValueError(f"{path}: there is no such file or folder")
    shards_by_count: dict[int, dict[int, Path]] = {}
    for file in path.glob("candidates_*_of_*.jsonl"):
        match = re.fullmatch(r"candidates_(\d+)_of_(\d+)\.jsonl", file.name)
        if match:
            shards_by_count.setdefault(int(match[2]), {})[int(match[1])] = file
    if len(shards_by_count) != 1:
        counts = ", ".join(str(count) for count in sorted(shards_by_count)) or "none"
        raise ValueError(
            f"{path}: expected the candidates of one run in shards, but found: {counts}"
        )
    [(count, shards)] = shards_by_count.items()
    missing = [index for index in range(1, count + 1) if index not in shards]
    if missing:
        raise ValueError(f"{path}: shard {missing[0]} of {count} is missing")
    return [shards[index] for index in range(1, count + 1)]


def is_submission(path: Path) -> bool:
    """Whether a file begins like a submission; candidates begin with a brace."""
    with path.open("rb") as stream:
        return not stream.read(1).startswith(b"{")


def merge(lists: Sequence[Sequence[Candidate]], weights: Sequence[float]) -> tuple[Candidate, ...]:
    """Merge the candidates of one picture.

    Args:
        lists: The candidates of each voter. A string counts once for each voter, with its best
            score there; equal votes keep the order of the voters.
        weights: The weight of each voter, more than 0.

    Returns:
        One candidate for each string; its score is the logarithm of its share of all votes.
    """
    votes: dict[str, float] = {}
    best: dict[str, Candidate] = {}
    sources: dict[str, list[str]] = {}
    total = math.log(sum(weights))
    for candidates, weight in zip(lists, weights, strict=True):
        unique: dict[str, Candidate] = {}
        for item in ranked(candidates):
            unique.setdefault(item.text, item)
        for item, share in zip(unique.values(), _log_shares(list(unique.values())), strict=True):
            vote = share + math.log(weight) - total
            votes[item.text] = _log_add(votes.get(item.text, -math.inf), vote)
            known = best.setdefault(item.text, item)
            if item.finished and not known.finished:
                best[item.text] = item
            sources.setdefault(item.text, []).append(item.source)
    return tuple(
        Candidate(
            text=text,
            score=votes[text],
            tokens=item.tokens,
            source="+".join(dict.fromkeys(name for name in sources[text] if name)),
            finished=item.finished,
        )
        for text, item in best.items()
    )


def _shares(inputs: Sequence[Path], weights: Sequence[float] | None) -> list[float]:
    if not inputs:
        raise ValueError("an ensemble needs at least one file")
    shares = list(weights) if weights is not None else [1.0] * len(inputs)
    if len(shares) != len(inputs):
        raise ValueError(f"there are {len(shares)} weights for {len(inputs)} files")
    for share in shares:
        if not (math.isfinite(share) and share >= 0):
            raise ValueError(f"a weight is {share}; it must be at least 0")
    if not sum(shares):
        raise ValueError("all weights are 0; at least one must be more than 0")
    return shares


def _log_shares(candidates: Sequence[Candidate]) -> list[float]:
    """The log-softmax of the scores; equal shares when no candidate has a finite score."""
    scores = [item.score for item in candidates]
    if not scores:
        return []
    top = max(scores)
    if not math.isfinite(top):
        return [-math.log(len(scores))] * len(scores)
    total = top + math.log(sum(math.exp(score - top) for score in scores))
    return [score - total for score in scores]


def _log_add(left: float, right: float) -> float:
    low, high = sorted((left, right))
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


def _merged(voters: Sequence[tuple[Sequence[Path], float]], sample: Path) -> Iterator[CandidateRow]:
    """One merged row for each id of ``sample``."""
    weights = [share for _, share in voters]
    for image_id, lists in side_by_side([files for files, _ in voters], sample):
        yield CandidateRow(image_id, merge(lists, weights))


def side_by_side(
    inputs: Sequence[Sequence[Path]], sample: Path
) -> Iterator[tuple[str, list[tuple[Candidate, ...]]]]:
    """Yield each id of ``sample`` with the candidates of every input (a list of files)."""
    streams = [chain.from_iterable(_rows(path, sample) for path in files) for files in inputs]
    nothing: tuple[CandidateRow | None, ...] = (None,) * len(inputs)
    aligned = zip_longest(sample_ids(sample), zip_longest(*streams))
    for number, (image_id, rows) in enumerate(aligned, 1):
        lists = []
        for files, row in zip(inputs, rows or nothing, strict=True):
            if (row.image_id if row else None) != image_id:
                _disagree(files, number, row, image_id, sample)
            lists.append(row.candidates if row else ())
        yield image_id or "", lists


def _rows(path: Path, sample: Path) -> Iterator[CandidateRow]:
    if not is_submission(path):
        yield from read_rows(path)
        return
    for image_id, inchi in _in_order(path, sample):
        # the fall-back says "no answer", so it is no vote
        answer = () if inchi == FALLBACK else (Candidate(inchi, score=0.0, tokens=0),)
        yield CandidateRow(image_id, answer)


def _in_order(path: Path, sample: Path) -> Iterator[tuple[str, str]]:
    """The rows of a submission in the order of ``sample``; ValueError where ids differ."""
    pairs = zip_longest((image_id for image_id, _ in read_submission(path)), sample_ids(sample))
    if all(actual == wanted for actual, wanted in pairs):
        yield from read_submission(path)
        return
    answers: dict[str, str] = {}
    twice = []
    for image_id, inchi in read_submission(path):
        if image_id in answers:
            twice.append(image_id)
        answers[image_id] = inchi
    wanted = list(sample_ids(sample))
    known = set(wanted)
    problems = (
        (f"ids not in {sample.name}", [name for name in answers if name not in known]),
        (f"ids of {sample.name} missing", [name for name in wanted if name not in answers]),
        ("ids that occur twice", twice),
    )
    messages = [f"{what}: {len(names):,} ({_some(names)})" for what, names in problems if names]
    if messages:
        raise ValueError(f"{path}: {'; '.join(messages)}")
    for image_id in wanted:
        yield image_id, answers[image_id]


def _some(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names[:3]) + (", ..." if len(names) > 3 else "")


def _disagree(
    files: Sequence[Path],
    number: int,
    row: CandidateRow | None,
    image_id: str | None,
    sample: Path,
) -> NoReturn:
    where = files[0] if len(files) == 1 else files[0].parent
    actual = "nothing" if row is None else f"'{row.image_id}'"
    wanted = "nothing" if image_id is None else f"'{image_id}'"
    raise ValueError(
        f"{where}, row {number}: found {actual} where {sample.name} has {wanted}; all inputs must "
        "have its ids in its order (for shards name their folder)"
    )
