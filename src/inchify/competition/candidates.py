"""Candidates of a run in candidates.jsonl: one line for each picture, in order, resumable.

A line is ``{"image_id": ..., "candidates": [{"text", "score", "tokens", "source", "finished"}...],
"error": ...}``, of a judged picture with ``"confidence"`` and ``"verified"`` as well. It holds
nothing that differs between two runs (no seconds, no dates), so that a run that was killed and
started again ends with the very bytes of an undisturbed one.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inchify.types import Candidate, Prediction

# Enough to order candidates; more digits would only be noise in a file of a gigabyte.
SCORE_DIGITS = 5


@dataclass(frozen=True)
class CandidateRow:
    """The possible answers for one picture, or why there are none; ``confidence`` and ``verified``
    where a verifier has weighed them (its scores are log-probabilities)."""

    image_id: str
    candidates: tuple[Candidate, ...] = ()
    error: str = ""
    confidence: float | None = None
    verified: bool = False


def row_of_prediction(prediction: Prediction) -> CandidateRow:
    """The row of a prediction. One without candidates has its answer as the only candidate."""
    candidates = prediction.candidates
    if not candidates and prediction.inchi:
        candidates = (Candidate(prediction.inchi, score=0.0, tokens=0),)
    if not prediction.scored:
        return CandidateRow(prediction.image_id, candidates, prediction.error)
    return CandidateRow(
        prediction.image_id,
        candidates,
        prediction.error,
        prediction.confidence,
        prediction.verified,
    )


def to_line(row: CandidateRow) -> str:
    """A row as one line of JSON with its line end. A score that is not finite becomes null."""
    content: dict[str, Any] = {
        "image_id": row.image_id,
        "candidates": [
            {
                "text": item.text,
                "score": round(item.score, SCORE_DIGITS) if math.isfinite(item.score) else None,
                "tokens": item.tokens,
                "source": item.source,
                "finished": item.finished,
            }
            for item in row.candidates
        ],
        "error": row.error,
    }
    if row.confidence is not None:
        content["confidence"] = round(row.confidence, SCORE_DIGITS)
        content["verified"] = row.verified
    return json.dumps(content, ensure_ascii=True, separators=(",", ":")) + "\n"


def from_line(line: str | bytes) -> CandidateRow:
    """The inverse of ``to_line``; ValueError when the line is not of that shape."""
    content = json.loads(line)
    try:
        candidates = tuple(_candidate(item) for item in content["candidates"])
        confidence = content.get("confidence")
        return CandidateRow(
            str(content["image_id"]),
            candidates,
            str(content.get("error", "")),
            None if confidence is None else float(confidence),
            bool(content.get("verified", False)),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is not a row of candidates ({error!r})") from error


def _candidate(item: dict[str, Any]) -> Candidate:
    score = item["score"]
    return Candidate(
        text=str(item["text"]),
        score=-math.inf if score is None else float(score),
        tokens=int(item["tokens"]),
        source=str(item.get("source", "")),
        finished=bool(item.get("finished", True)),
    )


def read_rows(path: Path) -> Iterator[CandidateRow]:
    """Yield the rows of a candidates file; ValueError names a malformed line."""
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                yield from_line(line)
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from error


def count_whole_rows(path: Path) -> int:
    """The number of complete lines, those with a line end; 0 when there is no file."""
    if not path.is_file():
        return 0
    with path.open("rb") as stream:
        blocks = iter(lambda: stream.read(1 << 20), b"")
        return sum(block.count(b"\n") for block in blocks)


class CandidateWriter:
    """Appends rows to a file after truncating it to its last complete window of rows.

    ``rows`` is the number of rows in the file.

    Args:
        path: The candidates file; it is created with its folder where it is missing.
        expected: The image ids in order. It is consumed up to the row where writing resumes.
        total: Rows of the finished file.
        window: Pictures that the reader takes at a time: pictures that shared a batch share it
            again after a restart, so that the arithmetic is the same to the last bit.

    Raises:
        ValueError: The file has too many rows, or an existing row has another id.
    """

    def __init__(self, path: Path, expected: Iterator[str], *, total: int, window: int = 1) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        complete = count_whole_rows(path)
        if complete > total:
            raise ValueError(
                f"{path} has {complete} rows for {total} pictures; it belongs to another run"
            )
        self.rows = complete if complete == total else complete - complete % window
        length = self._check(expected)
        self._stream = path.open("ab")
        if self._stream.tell() != length:
            os.truncate(path, length)

    def _check(self, expected: Iterator[str]) -> int:
        """Compare the kept rows with the expected ids; returns their length in bytes."""
        if not self.rows:
            return 0
        length = 0
        with self.path.open("rb") as stream:
            for number in range(1, self.rows + 1):
                line, image_id = stream.readline(), next(expected)
                start = f'{{"image_id":{json.dumps(image_id)},'.encode()
                if not line.startswith(start):
                    raise ValueError(
                        f"{self.path}, line {number}: expected the row of '{image_id}', found "
                        f"{line[: len(start)].decode(errors='replace')!r}; choose another folder"
                    )
                length += len(line)
        return length

    def write(self, row: CandidateRow) -> None:
        self._stream.write(to_line(row).encode())
        self.rows += 1

    def flush(self) -> None:
        """Hand the rows to the operating system, so that a killed process does not lose them."""
        self._stream.flush()

    def __enter__(self) -> CandidateWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
