"""Verification of candidates files of several runs against their pictures.

It is a reader like any other, so ``submit`` can shard and resume it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from inchify import config
from inchify.competition.ensemble import input_files, side_by_side
from inchify.competition.manifest import file_digest
from inchify.data.pictures.binarized import BinarizedImage
from inchify.data.pictures.preparation import PictureError, read_picture
from inchify.data.pictures.scaling import foreground_box
from inchify.readers.verified import judged, normal_forms
from inchify.types import Candidate, Prediction
from inchify.verification.verifier import Verifier, VerifierSettings


class CandidatesReader:
    """The union of the candidates of several runs, weighed with the picture.

    Args:
        inputs: Candidates files, folders of a run's shards, or submissions, all with the ids of
            ``sample``, candidates in its order.
        sample: The sample submission.
        settings: Settings of the verifier.

    Raises:
        ValueError: There are no inputs; or, while reading, an input has other ids than ``sample``.
    """

    def __init__(
        self, inputs: Sequence[Path], sample: Path, settings: VerifierSettings | None = None
    ) -> None:
        if not inputs:
            raise ValueError("an ensemble needs at least one file")
        self.inputs, self.sample = [input_files(path) for path in inputs], sample
        settings = settings or VerifierSettings()
        self.verifier = Verifier(normal_forms, settings)
        self.about: dict[str, Any] = {
            "candidates": [[file_digest(file)[:16] for file in files] for files in self.inputs],
            "judged": config.to_dict(settings),
        }

    def close(self) -> None:
        """End the verifier's process."""
        self.verifier.close()

    def read(self, pictures: Iterable[tuple[str, Path]]) -> Iterator[Prediction]:
        """Weigh the candidates of each picture.

        Args:
            pictures: (image_id, path) of pictures of the sample, in its order. Some may be left
                out, as in a shard.

        Yields:
            One prediction for each picture, in order. A picture that cannot be opened or is empty
            has its candidates weighed without it, and an error.
        """
        rows = side_by_side(self.inputs, self.sample)
        for image_id, path in pictures:
            started = time.perf_counter()
            proposals = next(lists for name, lists in rows if name == image_id)
            candidates = [
                replace(item, source=f"{number}:{item.source}")
                for number, items in enumerate(proposals)
                for item in items
            ]
            prediction = self._weighed(image_id, path, candidates)
            yield replace(prediction, seconds=time.perf_counter() - started)

    def _weighed(self, image_id: str, path: Path, candidates: Sequence[Candidate]) -> Prediction:
        try:
            image = BinarizedImage.of(read_picture(path))
        except PictureError as error:
            # the readers' answers count all the same
            return self._unseen(image_id, str(error), candidates)
        if not foreground_box(image.intensity)[2]:
            return self._unseen(image_id, "the picture is empty: no ink was found", candidates)
        drawn = image.style == "competition"
        ranking = self.verifier.weigh(image.intensity, candidates, drawn=drawn)
        return judged(Prediction(image_id, ""), ranking)

    def _unseen(self, image_id: str, error: str, candidates: Sequence[Candidate]) -> Prediction:
        """The candidates weighed without the picture, and why it was not used."""
        prediction = judged(Prediction(image_id, ""), self.verifier.weigh(None, candidates))
        return replace(prediction, error=error)
