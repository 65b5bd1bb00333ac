"""The superatom table: label to structure, from ``abbreviations.tsv``.

No chemistry software is needed here: structures are SMILES as they stand in the table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("abbreviations.tsv")
# Forms of a column after this sign are read, never drawn.
READ_ONLY = "~"
# What a text recognizer confuses, and signs that writers leave out inside a label.
_CONFUSED = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "$": "s"})
_LEFT_OUT = re.compile(r"(?<=.)[-‐‑–.,'′’]+(?=.)")
_PLAIN = str.maketrans(
    {
        **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)),
        **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)),
        **dict(zip("⊕⁺＋⊖⁻−–—‐‑", "+++-------", strict=True)),
        **dict(zip("′’‘`´″”", "''''''" + '"', strict=True)),
        **dict(zip("∗•·", "*..", strict=True)),
        **{sign: None for sign in " \t\u00a0\u2009_^{}"},
    }
)


def words(text: str) -> tuple[str, ...]:
    """Split a text at white space.

    Args:
        text: Words with spaces or line breaks between them.

    Returns:
        The words in order.
    """
    return tuple(text.split())


@dataclass(frozen=True)
class Entry:
    """A row. ``left`` are texts for a bond from the left, ``right`` for one from the right, the
    most usual first; the first ``drawn`` (left, right) of each may be drawn. ``smiles`` has
    ``[*:1]``, ``[*:2]`` where the bonds are. ``weight`` tells how usual it is."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    drawn: tuple[int, int]
    smiles: str
    weight: float

    @property
    def attachments(self) -> int:
        return self.smiles.count("[*:")

    def forms(self, side: str) -> tuple[str, ...]:
        """The texts that may be drawn for a bond from that side, "left" or "right"."""
        texts = self.left if side == "left" else self.right
        return texts[: self.drawn[side == "right"]]


def plain_text(text: str) -> str:
    """Normalize a label to plain characters: digits on the line, ``+ - ' =``, no spaces.

    Args:
        text: The label as written or recognized, with subscripts and typographic signs.

    Returns:
        The label as the table and the formula parser take it.
    """
    text = text.translate(_PLAIN).replace("(+)", "+").replace("(-)", "-")
    return text.replace("≡", "#").replace("''", '"')


def folded(text: str) -> str:
    """A key that is the same for labels that writers and recognizers confuse."""
    return _LEFT_OUT.sub("", plain_text(text)).lower().translate(_CONFUSED)


@lru_cache(maxsize=1)
def entries() -> tuple[Entry, ...]:
    """The rows of the table in order. Raises ValueError naming a malformed line."""
    rows = []
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != 4:
            raise ValueError(f"{TABLE}:{number}: {len(cells)} columns; there must be 4")
        left, left_drawn = _texts(cells[0])
        right, right_drawn = (left, left_drawn) if cells[1] == "=" else _texts(cells[1])
        rows.append(Entry(left, right, (left_drawn, right_drawn), cells[2], float(cells[3])))
    return tuple(rows)


def _texts(cell: str) -> tuple[tuple[str, ...], int]:
    drawn, _, read = cell.partition(READ_ONLY)
    return (*drawn.split(), *read.split()), len(drawn.split())


@lru_cache(maxsize=1)
def _exact() -> dict[tuple[str, int, str], str]:
    """(text, attachments, side) -> SMILES; side "" is either. The more usual row wins."""
    table: dict[tuple[str, int, str], str] = {}
    for entry in sorted(entries(), key=lambda entry: -entry.weight):
        for side, texts in (("left", entry.left), ("right", entry.right)):
            for text in map(plain_text, texts):
                table.setdefault((text, entry.attachments, side), entry.smiles)
                table.setdefault((text, entry.attachments, ""), entry.smiles)
    return table


@lru_cache(maxsize=1)
def _fuzzy() -> dict[tuple[str, int, str], str]:
    """The same with folded texts, without ambiguous ones."""
    table: dict[tuple[str, int, str], str] = {}
    for (text, attachments, side), smiles in _exact().items():
        key = (folded(text), attachments, side)
        table[key] = smiles if table.get(key, smiles) == smiles else ""
    return {key: smiles for key, smiles in table.items() if smiles and len(key[0]) > 1}


def exact_entry(text: str, attachments: int, side: str | None) -> str | None:
    """Look up a label exactly as it is in the table.

    Args:
        text: The label in plain characters (``plain_text``).
        attachments: Number of bonds at the label.
        side: Where the bond comes from, "left" or "right"; None for either.

    Returns:
        SMILES with ``[*:1]`` ... where the bonds are; None where the table lacks the label.
    """
    return _exact().get((text, attachments, side or ""))


def fuzzy_entry(text: str, attachments: int, side: str | None) -> str | None:
    """Look up a label that may differ from the table by errors of recognition or style.

    Args:
        text: The label.
        attachments: Number of bonds at the label.
        side: Where the bond comes from, "left" or "right"; None for either.

    Returns:
        SMILES with ``[*:1]`` ... where the bonds are; None for unknown and ambiguous labels.
    """
    return _fuzzy().get((folded(text), attachments, side or ""))
