"""Annotated pictures: a folder of PNGs with atom and bond positions in ``annotations.jsonl``.

What ``inchify annotate`` writes and a graph reader learns from. Each line is one picture, in the
order of the label file; pictures whose truth could not be placed keep their line, with no graph, so
that an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from inchify.chemistry.convert import skeleton_key
from inchify.types import Box, GraphAtom, GraphBond, MoleculeGraph

ANNOTATIONS, PICTURES = "annotations.jsonl", "pictures"
NO_GRAPH = MoleculeGraph()
Agreement = Literal["whole", "without stereo", "partial", "none"]
"""How the graph was matched to the truth: it is the true molecule; but for stereo; a part of it is;
no part could be placed."""


@dataclass(frozen=True)
class AnnotatedPicture:
    """Ground truth of one picture, in its pixels.

    Attributes:
        image_id: Its id; ``pictures/<image_id>.png`` holds its pixels (gray on white).
        inchi: The molecule it shows.
        agreement: How far ``graph`` agrees with the true molecule.
        graph: The drawn graph, in the form that training pictures have.
        ignored: Boxes without ground truth, which losses leave out.
        bond_pixels: The usual length of a bond, in pixels.
    """

    image_id: str
    inchi: str
    agreement: Agreement = "none"
    graph: MoleculeGraph = NO_GRAPH
    ignored: tuple[Box, ...] = ()
    bond_pixels: float = 0.0

    def to_line(self) -> str:
        """One line of JSON; places in hundredths of a pixel."""
        content = asdict(self)
        return json.dumps(_rounded(content), separators=(",", ":"))

    @classmethod
    def of_line(cls, line: str) -> AnnotatedPicture:
        """Parse a line of ``annotations.jsonl``.

        Args:
            line: One JSON object, as ``to_line`` writes it.

        Returns:
            The annotated picture.

        Raises:
            ValueError: The line is malformed.
        """
        try:
            content = json.loads(line)
            graph = MoleculeGraph(
                tuple(
                    GraphAtom(**{**atom, "box": atom["box"] and tuple(atom["box"])})
                    for atom in content["graph"]["atoms"]
                ),
                tuple(GraphBond(**bond) for bond in content["graph"]["bonds"]),
            )
            content |= {"graph": graph, "ignored": tuple(map(tuple, content["ignored"]))}
            picture = cls(**content)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"this is no annotated picture: {error!r}") from error
        if picture.agreement not in get_args(Agreement):
            raise ValueError(
                f"'agreement' is {picture.agreement!r}; it must be one of {get_args(Agreement)}"
            )
        return picture


def read_annotations(folder: Path) -> Iterator[AnnotatedPicture]:
    """Read the pictures of a folder that ``inchify annotate`` wrote.

    Args:
        folder: The folder with ``annotations.jsonl``.

    Returns:
        The pictures in their order; an incomplete last line is left out.

    Raises:
        ValueError: The folder has no annotations, or a line is malformed.
    """
    path = folder / ANNOTATIONS
    if not path.is_file():
        raise ValueError(f"{path}: there are no annotations; 'inchify annotate' writes them")
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            if not line.endswith("\n"):
                return
            try:
                yield AnnotatedPicture.of_line(line)
            except ValueError as error:
                raise ValueError(f"{path}, line {number}: {error}") from error


def complete_lines(path: Path) -> list[AnnotatedPicture]:
    """Read the pictures that an interrupted run wrote, and cut off an incomplete last line.

    Args:
        path: The file ``annotations.jsonl``; it may be missing.

    Returns:
        The pictures in their order.
    """
    if not path.is_file():
        return []
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    if end < len(content):
        with path.open("r+b") as stream:
            stream.truncate(end)
    return list(read_annotations(path.parent))


def fold_of(inchi: str, folds: int) -> int:
    """Assign a molecule to a fold by a hash of its InChIKey's first block: stereoisomers share one.

    Args:
        inchi: The molecule.
        folds: Number of folds.

    Returns:
        The fold, 0 to ``folds`` - 1.
    """
    return int(hashlib.sha256(skeleton_key(inchi).encode()).hexdigest()[:8], 16) % folds


def _rounded(content: Any) -> Any:
    if isinstance(content, float):
        return round(content, 2)
    if isinstance(content, dict):
        return {name: _rounded(value) for name, value in content.items()}
    return [_rounded(value) for value in content] if isinstance(content, (list, tuple)) else content
