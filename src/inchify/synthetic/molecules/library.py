"""Weighted random sampling from a list of molecules, the rare ones more often."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from inchify.synthetic.molecules.competition import read_molecules

# One molecule in this many is held out from training.
HELD_BACK = 50
# Heavy atoms of large molecules.
LARGE = (40, 120)
# Sampling weights of molecules: pattern in the SMILES and factor.
_WORTH = (
    (re.compile(r"@"), 1.0),
    (re.compile(r"[/\\]"), 0.5),
    (re.compile(r"[+-][\]\d]"), 0.7),
    (re.compile(r"#"), 0.5),
    (re.compile(r"\."), 0.3),
    (re.compile(r"S(?![ein])"), 0.4),
    (re.compile(r"Br"), 1.5),
    (re.compile(r"I(?![nr])"), 10.0),
    (re.compile(r"P(?![a-z])"), 3.0),
    (re.compile(r"B(?![a-z])"), 16.0),
    (re.compile(r"\[Si"), 14.0),
    (re.compile(r"\[[Ss]e|\[Na|\[K|\[Li|\[Sn|\[As"), 5.0),
    (re.compile(r"\[2H|\[1[1-8]"), 4.0),
)
_ATOM = re.compile(r"\[[^\]]+\]|Br|Cl|[BCNOPSFIbcnops]")


def is_held_out(text: str) -> bool:
    """Whether an entry is held out from all training, by its hash.

    Args:
        text: The entry as it is in the list.

    Returns:
        True for one entry in ``HELD_BACK``.
    """
    return zlib.crc32(text.encode()) % HELD_BACK == 0


def heavy_atoms(smiles: str) -> int:
    """About how many heavy atoms a SMILES has: written hydrogens count too."""
    return len(_ATOM.findall(smiles))


class MoleculeLibrary:
    """Entries (SMILES) of a list with at most ``max_atoms`` heavy atoms, by worth; ``large`` has
    those of one component with 40 to 120, whatever ``max_atoms`` is."""

    def __init__(
        self, entries: Sequence[str], *, held_back: bool = False, max_atoms: int = 60
    ) -> None:
        of_this_part = [text for text in entries if is_held_out(text) == held_back]
        counts = [heavy_atoms(text) for text in of_this_part]
        kept = [t for t, count in zip(of_this_part, counts, strict=True) if 1 < count <= max_atoms]
        if not kept:
            raise ValueError("no molecule of the list can be drawn")
        self.entries = kept
        self.large = [
            text
            for text, count in zip(of_this_part, counts, strict=True)
            if LARGE[0] <= count <= LARGE[1] and "." not in text
        ]
        worths = [1.0 + sum(w for pattern, w in _WORTH if pattern.search(text)) for text in kept]
        self._bounds = np.cumsum(worths)

    @classmethod
    def load(cls, path: Path, *, held_back: bool = False, max_atoms: int = 60) -> MoleculeLibrary:
        """Load a list of molecules.

        Args:
            path: A list that ``read_molecules`` reads.
            held_back: Take the entries held out from training instead of the others.
            max_atoms: Maximum number of heavy atoms of ``entries``.

        Returns:
            The library.

        Raises:
            ValueError: The file has another extension, or no molecule is left.
        """
        entries = [text for text in read_molecules(path) if not text.startswith("smiles")]
        return cls(entries, held_back=held_back, max_atoms=max_atoms)

    def draw(self, generator: np.random.Generator) -> str:
        """Draw a random entry, by its sampling weight.

        Args:
            generator: Source of the choice.

        Returns:
            A SMILES.
        """
        place = np.searchsorted(self._bounds, generator.random() * self._bounds[-1], side="right")
        return self.entries[min(int(place), len(self.entries) - 1)]
