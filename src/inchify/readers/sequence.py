"""The sequence reader: captions decoded by one network or a stepwise ensemble.

Pictures are processed in windows: threads load and prepare the next window while the current one
is decoded; within a window, pictures of similar size share a batch. Results keep the order of the
inputs, and an unreadable picture affects only its own row.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch

from inchify import config
from inchify.chemistry.inchi_grammar.grammar import InchiGrammar
from inchify.chemistry.normalization import inchis_of_smiles
from inchify.chemistry.tokenization.tokenizers import Tokenizer
from inchify.chemistry.tokenization.vocabulary import Vocabulary
from inchify.data.dataset import collate
from inchify.data.pictures.preparation import (
    PictureError,
    PictureSettings,
    binarize,
    prepare,
    read_picture,
)
from inchify.decoding.beam import beam_search
from inchify.decoding.ensemble import Ensemble
from inchify.models.network import SequenceNetwork
from inchify.models.quantize import quantized
from inchify.tasks.sequence.task import load_network
from inchify.types import Candidate, Hypothesis, Prediction, Sample


@dataclass(frozen=True, kw_only=True)
class SequenceReaderSettings:
    """How pictures are read. ``turns``: what to do with a picture higher than wide: ``competition``
    turns it by 90 degrees as the competition's test pictures need, ``both`` reads it both ways and
    keeps the likelier answer, ``none`` leaves it. ``batch`` pictures are decoded together, at most
    ``pixel_budget`` padded pixels at once. ``grammar`` forbids strings that are not InChIs.
    ``int8`` decodes with int8 weights (CPU only): faster, and sometimes another string."""

    beams: int = 4
    n_best: int = 4
    batch: int = 16
    pixel_budget: int = 2_000_000
    max_length: int = 280
    window: int = 256
    turns: Literal["competition", "both", "none"] = "competition"
    grammar: bool = True
    int8: bool = False
    device: str = "auto"

    def __post_init__(self) -> None:
        for name in ("beams", "n_best", "batch", "pixel_budget", "window"):
            if getattr(self, name) < 1:
                raise ValueError(f"'{name}' is {getattr(self, name)}; it must be at least 1")
        if self.n_best > self.beams:
            raise ValueError(f"'n_best' is {self.n_best}; it cannot exceed beams ({self.beams})")


# The foreground of a picture in all orientations to read, or an error.
Views = list[np.ndarray] | PictureError


class _Question(NamedTuple):
    """A view of a picture: its place in the window and its foreground."""

    place: int
    intensity: np.ndarray


class SequenceReader:
    """Networks that share a vocabulary, reading together."""

    def __init__(
        self,
        networks: Sequence[SequenceNetwork],
        pictures: Sequence[PictureSettings],
        tokenizer: Tokenizer,
        settings: SequenceReaderSettings,
        *,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        if not networks or len(networks) != len(pictures):
            raise ValueError(f"{len(networks)} networks came with {len(pictures)} picture settings")
        device = settings.device
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self.device = torch.device(device)
        self.networks = [network.to(self.device).eval() for network in networks]
        self.pictures = list(pictures)
        self.tokenizer = tokenizer
        self.settings = settings
        # what decides the answers: written beside them, and compared when a run is resumed
        self.about = {**(about or {}), "reader": config.to_dict(settings)}
        decoders = [network.decoder for network in self.networks]
        if settings.int8:
            if self.device.type != "cpu":
                raise ValueError(f"'int8' works only on the CPU; the device is {self.device}")
            decoders = [quantized(decoder) for decoder in decoders]
        self.decoder = Ensemble(decoders)
        use_grammar = settings.grammar and tokenizer.name == "inchi"
        self.constraint = InchiGrammar(tokenizer.vocabulary) if use_grammar else None

    @classmethod
    def load(
        cls, checkpoints: Sequence[Path], settings: SequenceReaderSettings | None = None
    ) -> SequenceReader:
        """Load a reader.

        Args:
            checkpoints: Folders of networks that decode together, an ensemble where there are
                several.
            settings: How pictures are read.

        Raises:
            ValueError: A folder holds no complete checkpoint, or the vocabularies differ.
        """
        loaded = [load_network(folder) for folder in checkpoints]
        if not loaded:
            raise ValueError("at least one checkpoint is needed")
        first = loaded[0]
        for folder, other in zip(checkpoints, loaded, strict=True):
            same = other.tokenizer.vocabulary.digest == first.tokenizer.vocabulary.digest
            if not same or other.tokenizer.name != first.tokenizer.name:
                raise ValueError(
                    f"{folder} and {checkpoints[0]} have different vocabularies; "
                    "networks that decode together must share one"
                )
        return cls(
            [item.network for item in loaded],
            [item.settings.data.pictures for item in loaded],
            first.tokenizer,
            settings or SequenceReaderSettings(),
            about={"checkpoints": [item.digest for item in loaded]},
        )

    def read(self, pictures: Iterable[tuple[str, Path]]) -> Iterator[Prediction]:
        """Read pictures.

        Args:
            pictures: (image_id, path) of each picture; a window is read ahead.

        Yields:
            One prediction for each picture, in order.
        """
        source = iter(pictures)
        with ThreadPoolExecutor(2) as threads:

            def fetch() -> tuple[list[tuple[str, Path]], list[Future[Views]]]:
                window = list(islice(source, self.settings.window))
                return window, [threads.submit(self._prepare, path) for _, path in window]

            window, prepared = fetch()
            while window:
                following = fetch()
                yield from self._read_window(
                    window, [pictures_of.result() for pictures_of in prepared]
                )
                window, prepared = following

    def _prepare(self, path: Path) -> Views:
        """The foreground of a picture in all orientations to read."""
        try:
            intensity = binarize(read_picture(path))
        except PictureError as error:
            return error
        if intensity.shape[0] <= intensity.shape[1] or self.settings.turns == "none":
            return [intensity]
        # the competition turned its pictures clockwise
        turned = np.ascontiguousarray(np.rot90(intensity))
        return [turned] if self.settings.turns == "competition" else [intensity, turned]

    def _read_window(
        self, window: list[tuple[str, Path]], prepared: list[Views]
    ) -> Iterator[Prediction]:
        started = time.perf_counter()
        errors: dict[int, str] = {}
        questions: list[_Question] = []
        for place, pictures_of in enumerate(prepared):
            if isinstance(pictures_of, PictureError):
                errors[place] = str(pictures_of)
            else:
                questions += [_Question(place, intensity) for intensity in pictures_of]
        answers: dict[int, list[Candidate]] = {}
        for batch in self._batches(questions):
            for question, candidates in zip(batch, self._answers(batch), strict=True):
                known = answers.get(question.place)
                if known is None or candidates[0].score > known[0].score:
                    answers[question.place] = candidates
        # pictures are decoded together, so each took its share of the window
        seconds = (time.perf_counter() - started) / max(len(window), 1)
        for place, (image_id, _) in enumerate(window):
            if place in errors:
                yield Prediction(image_id, "", error=errors[place], seconds=seconds)
                continue
            # candidates without an InChI come last
            best = next((item for item in answers[place] if item.text), answers[place][0])
            yield Prediction(
                image_id,
                best.text,
                confidence=math.exp(min(best.score, 0.0)),
                seconds=seconds,
                candidates=tuple(answers[place]),
            )

    def _batches(self, questions: list[_Question]) -> Iterator[list[_Question]]:
        """Group questions of similar size, largest first so that a lack of memory shows early."""
        batch: list[_Question] = []
        height = width = 0
        for question in sorted(questions, key=lambda item: (-item.intensity.size, item.place)):
            rows, columns = question.intensity.shape
            height, width = max(height, rows), max(width, columns)
            full = height * width * (len(batch) + 1) > self.settings.pixel_budget
            if batch and (full or len(batch) == self.settings.batch):
                yield batch
                batch, height, width = [], rows, columns
            batch.append(question)
        if batch:
            yield batch

    @torch.inference_mode()
    def _decode(self, questions: list[_Question]) -> list[list[Hypothesis]]:
        memories = []
        prepared: dict[PictureSettings, list[np.ndarray]] = {}
        for network, settings in zip(self.networks, self.pictures, strict=True):
            if settings not in prepared:
                prepared[settings] = [prepare(item.intensity, settings) for item in questions]
            samples = [Sample("", picture) for picture in prepared[settings]]
            batch = collate(samples, multiple=network.encoder.multiple).to(self.device)
            memories.append(network.encode(batch.images_BCHW, batch.sizes_B2))
        return beam_search(
            self.decoder,
            memories,
            beams=self.settings.beams,
            n_best=self.settings.n_best,
            start_id=Vocabulary.START,
            end_id=Vocabulary.END,
            max_length=self.settings.max_length,
            constraint=self.constraint,
        )

    def _answers(self, questions: list[_Question]) -> list[list[Candidate]]:
        """The candidates of each question as InChIs, best first; "" for an invalid SMILES."""
        decoded = self._decode(questions)
        texts = [self.tokenizer.decode(item.ids) for hypotheses in decoded for item in hypotheses]
        if self.tokenizer.name == "smiles":
            texts = inchis_of_smiles(texts)
        following = iter(texts)
        return [
            [
                Candidate(
                    text=next(following),
                    score=hypothesis.score,
                    tokens=len(hypothesis.ids) + int(hypothesis.finished),
                    source="sequence",
                    finished=hypothesis.finished,
                )
                for hypothesis in hypotheses
            ]
            for hypotheses in decoded
        ]
