"""The reader that answers a competition's test pictures, chosen by its checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from inchify.readers.pretrained import choose_reader, of_competition, shipped

if TYPE_CHECKING:
    from inchify.readers.sequence import SequenceReader
    from inchify.readers.verified import VerifiedReader


def competition_reader(
    checkpoints: Sequence[Path] = (),
    *,
    further_views: int = 10,
    beams: int = 4,
    n_best: int = 4,
    batch: int = 16,
    window: int = 256,
    int8: bool = False,
) -> VerifiedReader | SequenceReader:
    """Load the reader of some checkpoints.

    Args:
        checkpoints: Folders of one kind of reader; without any the shipped graph readers.
        further_views: Graph readers: most further views of a picture that is in doubt.
        beams: Sequence readers: width of the beam; 1 is greedy.
        n_best: Sequence readers: candidates for a picture, at most ``beams``.
        batch: Sequence readers: pictures decoded together.
        window: Sequence readers: pictures sorted by size at a time.
        int8: Sequence readers: decode with int8 weights (CPU): faster.

    Returns:
        The reader. It answers every picture: each of a competition shows a molecule.

    Raises:
        ValueError: Where a folder holds no weights, or the folders hold several kinds.
    """
    kind, folders = choose_reader(None, checkpoints)
    if kind != "graph":
        from inchify.readers.sequence import SequenceReader, SequenceReaderSettings

        settings = SequenceReaderSettings(
            beams=beams, n_best=min(n_best, beams), batch=batch, window=window, int8=int8
        )
        return SequenceReader.load(folders, settings)
    from inchify.readers.graph_settings import GraphReaderSettings
    from inchify.readers.verified import VerifiedReader, VerifiedReaderSettings

    return VerifiedReader.load(
        folders,
        VerifiedReaderSettings(further_views=further_views),
        competition=of_competition(folders),
        labels=shipped("label"),
        bonds=shipped("bond_kind"),
        reading=GraphReaderSettings(refuse=False),
    )
