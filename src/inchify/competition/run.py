"""A competition run: a reader and a folder to candidates, submission.csv and manifests.

Every shard appends to its own ``candidates_I_of_N.jsonl``. Killed at any moment and started again
it resumes after the last complete window of rows and ends with the same bytes. The run that finds
all shards complete writes ``submission.csv`` and ``manifest.json``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inchify.competition.candidates import CandidateWriter, row_of_prediction
from inchify.competition.choose import Normalize
from inchify.competition.finish import finish
from inchify.competition.manifest import difference, file_digest
from inchify.competition.normal import normal_forms
from inchify.competition.sample import (
    check_shard,
    count_ids,
    picture_path,
    shard_bounds,
    shard_file,
    shard_ids,
)
from inchify.io.text_files import read_json, write_json

if TYPE_CHECKING:
    from inchify.types import Prediction, Reader

# Interval at which a running shard writes the time it has taken to its manifest.
NOTE_SECONDS = 30.0


def submit(
    reader: Reader,
    input_folder: Path,
    output_folder: Path,
    *,
    shard: tuple[int, int] = (1, 1),
    sample_submission: Path | None = None,
    pictures: str = "test",
    window: int = 256,
    about: Mapping[str, Any] | None = None,
    normalize: Normalize = normal_forms,
    progress: bool = False,
) -> Path:
    """Answer the pictures of a competition, or one shard of them; resumes where it was stopped.

    Args:
        reader: Reads the pictures.
        input_folder: The competition's data: ``sample_submission.csv`` and the folder of pictures.
        output_folder: Takes the candidates, manifests and the submission.
        shard: (index from 1, count).
        sample_submission: The ids to answer, in order; default: the file in ``input_folder``.
        pictures: Sub-folder of ``input_folder`` with the pictures.
        window: Rows after which a run can resume. It must be a multiple of the number of pictures
            that the reader takes at a time, so that a resumed run has the same batches.
        about: Describes the reader (settings, digests of checkpoints).
        normalize: Normal forms of texts.
        progress: Show a progress bar even where standard error is not a terminal.

    Returns:
        ``submission.csv``, or this shard's candidates while other shards are missing.

    Raises:
        ValueError: An input is missing or malformed, or the output folder was begun with other
            settings.
    """
    check_shard(shard)
    sample = sample_submission or input_folder / "sample_submission.csv"
    total = count_ids(sample)
    if not total:
        raise ValueError(f"{sample}: this file has no rows")
    if not (input_folder / pictures).is_dir():
        raise ValueError(f"{input_folder / pictures}: there is no such folder of pictures")
    identity = {
        "rows": total,
        "sample": file_digest(sample)[:16],
        "pictures": pictures,
        "about": json.loads(json.dumps(dict(about or {}), default=str)),
    }
    part = _Part(sample, total, shard, input_folder / pictures, shard_file(output_folder, shard))
    note = _Note(part.path.with_suffix(".manifest.json"), identity, shard)
    _read_part(reader, part, note, window=window, progress=progress)
    finished = finish(output_folder, sample, shard[1], identity, normalize, progress=progress)
    return finished or part.path


@dataclass(frozen=True)
class _Part:
    """One shard: its rows of ``sample``, the folder of their pictures, and its file."""

    sample: Path
    total: int
    shard: tuple[int, int]
    pictures: Path
    path: Path

    @property
    def size(self) -> int:
        first, last = shard_bounds(self.total, self.shard)
        return last - first

    def ids(self) -> Iterator[str]:
        return shard_ids(self.sample, self.total, self.shard)

    def questions(self, start: int) -> Iterator[tuple[str, Path]]:
        """The pictures from row ``start`` of this shard on."""
        for image_id in islice(self.ids(), start, None):
            yield image_id, picture_path(self.pictures, image_id)


class _Note:
    """The manifest of one shard: its settings and the seconds it took in all its runs."""

    def __init__(self, path: Path, identity: Mapping[str, Any], shard: tuple[int, int]) -> None:
        self.path = path
        self.content: dict[str, Any] = {**identity, "shard": f"{shard[0]}/{shard[1]}"}
        self.before = 0.0
        if path.is_file():
            old = read_json(path)
            self.before = float(old.pop("seconds", 0.0))
            changed = difference(old, self.content)
            if changed:
                raise ValueError(f"{path}: this folder was begun with other settings: {changed}")
        self.started = self.written = time.monotonic()
        self.write()

    def write(self) -> None:
        self.written = time.monotonic()
        seconds = round(self.before + self.written - self.started, 1)
        write_json(self.path, {**self.content, "seconds": seconds})

    def write_sometimes(self) -> None:
        if time.monotonic() - self.written > NOTE_SECONDS:
            self.write()


def _read_part(reader: Reader, part: _Part, note: _Note, *, window: int, progress: bool) -> None:
    from tqdm import tqdm

    ids = part.ids()
    with CandidateWriter(part.path, ids, total=part.size, window=window) as writer:
        if writer.rows == part.size:
            return
        # the reader runs ahead of its answers, so it has an iterator of the ids of its own
        predictions = tqdm(
            reader.read(part.questions(writer.rows)),
            total=part.size,
            initial=writer.rows,
            unit=" pictures",
            disable=None if progress else True,
        )
        for prediction in _in_order(ids, predictions):
            writer.write(row_of_prediction(prediction))
            if writer.rows % window == 0:
                writer.flush()
                note.write_sometimes()
    note.write()


def _in_order(ids: Iterable[str], predictions: Iterable[Prediction]) -> Iterator[Prediction]:
    """Yield the predictions; RuntimeError where one is not of the expected picture."""
    answers = iter(predictions)
    for image_id in ids:
        prediction = next(answers, None)
        actual = "nothing" if prediction is None else f"'{prediction.image_id}'"
        if prediction is None or prediction.image_id != image_id:
            raise RuntimeError(f"the reader answered {actual} where '{image_id}' was expected")
        yield prediction
