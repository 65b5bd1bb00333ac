"""Preprocessing of one chunk of label rows into a part file.

A part is complete or absent, so a run that was killed goes on with the parts that are there.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from inchify.chemistry.tokenization.tokenizers import TOKENIZERS, Tokenizer
from inchify.chemistry.tokenization.vocabulary import Vocabulary
from inchify.data.pictures.preparation import (
    PictureError,
    binarize,
    measure,
    read_picture,
    rotate_to_landscape,
)
from inchify.data.preprocessing.captions import LabelRow
from inchify.data.preprocessing.store import PLACE, encode_picture
from inchify.io.atomic import write_atomically

# What a bucket table knows of a picture besides its place; pixels, tokens with start and end.
FACTS = np.dtype(
    [
        ("length", "<u4"),
        ("turned", "u1"),
        ("ink_height", "<u2"),
        ("ink_width", "<u2"),
        ("bond", "<f4"),
    ]
)


@dataclass(frozen=True, kw_only=True)
class ChunkPlan:
    """Everything that a worker must know besides its rows."""

    pictures: Path
    parts: Path
    tokenizer: str
    symbols: tuple[str, ...]
    longest: int
    max_pixels: int

    def part(self, number: int) -> Path:
        """Where a chunk's part stands."""
        return self.parts / f"part_{number:06d}.npz"


@dataclass
class Part:
    """The content of a part file; ``captions`` is empty where the caption is the InChI itself."""

    records: list[bytes] = field(default_factory=list)
    places: list[np.ndarray] = field(default_factory=list)
    facts: list[tuple[int, int, int, int, float]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    inchis: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """Write the part, all or nothing."""
        words = {
            "ids": self.ids,
            "inchis": self.inchis,
            "captions": self.captions,
            "rejected": self.rejected,
        }
        stream = io.BytesIO()
        np.savez(
            stream,
            records=np.frombuffer(b"".join(self.records), dtype=np.uint8),
            places=np.array(self.places, dtype=PLACE),
            facts=np.array(self.facts, dtype=FACTS),
            words=np.frombuffer(json.dumps(words).encode(), dtype=np.uint8),
        )
        write_atomically(path, stream.getvalue())


@dataclass(frozen=True)
class FinishedPart:
    """A part as it is read back: one record blob, arrays of ``PLACE`` and ``FACTS``, strings."""

    records: bytes
    places: np.ndarray
    facts: np.ndarray
    ids: list[str]
    inchis: list[str]
    captions: list[str]
    rejected: list[list[str]]


def read_part(path: Path) -> FinishedPart:
    """A part from its file. A damaged one is removed, so that the next start makes it again."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            words: dict[str, Any] = json.loads(arrays["words"].tobytes())
            return FinishedPart(
                arrays["records"].tobytes(), arrays["places"], arrays["facts"], **words
            )
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError) as error:
        path.unlink()
        raise ValueError(f"{path} was damaged ({error}) and is removed; start again") from error


def work_chunk(plan: ChunkPlan, number: int, labels: list[LabelRow]) -> int:
    """Read and encode the pictures of one chunk, and write its part.

    Args:
        plan: What to make, and where.
        number: Number of the chunk.
        labels: The chunk's rows.

    Returns:
        Number of rows.
    """
    tokenizer = TOKENIZERS[plan.tokenizer](Vocabulary(plan.symbols))
    part = Part()
    for label in labels:
        problem = label.problem or _work_row(plan, tokenizer, label, part)
        if problem:
            part.rejected.append((label.image_id, problem))
    part.save(plan.part(number))
    return len(labels)


def _work_row(plan: ChunkPlan, tokenizer: Tokenizer, label: LabelRow, part: Part) -> str:
    """Add one picture to the part; what is wrong with it instead, if anything is."""
    caption = caption_of(plan.tokenizer, label.inchi)
    if caption is None:
        return "there is no SMILES for this InChI"
    try:
        length = len(tokenizer.encode(caption))
    except ValueError as error:  # UnknownSymbol names the symbol and the text
        return str(error)
    if length > plan.longest:
        return f"the caption has {length} tokens with start and end; at most {plan.longest}"
    try:
        gray = read_picture(picture_path(plan.pictures, label.image_id), max_pixels=plan.max_pixels)
        foreground_mask = binarize(gray)
        if not foreground_mask.any():
            return "the picture is blank"
        lying = rotate_to_landscape(foreground_mask)
        record, place = encode_picture(lying)
    except PictureError as error:
        return error.reason
    except ValueError as error:
        return str(error)
    drawing = measure(lying)
    part.facts.append(
        (length, lying is not foreground_mask, drawing.height, drawing.width, drawing.bond)
    )
    part.records.append(record)
    part.places.append(place)
    part.ids.append(label.image_id)
    part.inchis.append(label.inchi)
    if tokenizer.name != "inchi":
        part.captions.append(caption)
    return ""


def caption_of(tokenizer: str, inchi: str) -> str | None:
    """The caption that the network should write for this InChI; None when RDKit finds no SMILES for
    it."""
    if tokenizer == "inchi":
        return inchi
    from inchify.chemistry.convert import smiles_of_inchi

    return smiles_of_inchi(inchi)


def picture_path(folder: Path, image_id: str) -> Path:
    """Where a picture stands: in the competition's a/b/c folders, else flat in the folder."""
    nested = folder.joinpath(*image_id[:3], f"{image_id}.png")
    if nested.exists():
        return nested
    flat = folder / f"{image_id}.png"
    return flat if flat.exists() else nested
