"""The choice of one answer among the candidates of a picture.

Validity decides first, the score second: the best public pipelines sort by RDKit validity, then by
log-probability, and normalize last (third place of the competition, kyamaro).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from inchify.competition.candidates import CandidateRow
from inchify.competition.write import PREFIX
from inchify.types import Candidate

# What a picture without any answer gets: the shortest honest string that a checker takes.
FALLBACK = "InChI=1S/H2O/h1H2"

# Strings come in, the same number of normal forms go out; "" for what is no molecule.
Normalize = Callable[[Sequence[str]], Sequence[str]]


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Candidates that could stand in a submission, best first: finished before cut off, then by
    score; equals keep their order."""
    usable = [item for item in candidates if _may_stand(item.text)]
    return sorted(usable, key=lambda item: (not item.finished, -item.score))


def choose(
    candidates: Iterable[Candidate], results_of: Mapping[str, str], *, rewrite: bool = True
) -> str:
    """The first valid candidate, else the best as it was read, else the fall-back.

    ``results_of`` maps a text to its normal form, "" when it is no molecule; a text that is not in
    it counts as invalid. ``rewrite=False`` gives the chosen text as it was read.
    """
    ordered = ranked(candidates)
    for item in ordered:
        normal = results_of.get(item.text, "")
        if normal:
            return normal if rewrite and _may_stand(normal) else item.text
    return ordered[0].text if ordered else FALLBACK


def choose_all(
    rows: Iterable[CandidateRow],
    normalize: Normalize,
    *,
    rewrite: bool = True,
    only_disputed: bool = False,
    window: int = 4096,
) -> Iterator[tuple[str, str]]:
    """(image_id, answer) for every row, in order, holding ``window`` rows at a time.

    A candidate is normalized only when all before it were invalid. ``only_disputed`` leaves rows
    with a single candidate unasked.
    """
    source = iter(rows)
    while chunk := list(islice(source, window)):
        results_of: dict[str, str] = {}
        waiting = [ranked(row.candidates) for row in chunk]
        if only_disputed:
            waiting = [items for items in waiting if len(items) > 1]
        depth = 0
        while waiting := [items for items in waiting if len(items) > depth]:
            asked = {items[depth].text for items in waiting} - results_of.keys()
            texts = sorted(asked)
            results_of.update(zip(texts, normalize(texts), strict=True))
            waiting = [items for items in waiting if not results_of[items[depth].text]]
            depth += 1
        for row in chunk:
            yield row.image_id, choose(row.candidates, results_of, rewrite=rewrite)


def _may_stand(text: str) -> bool:
    clean = text.isascii() and text.isprintable() and " " not in text and '"' not in text
    return clean and text.startswith(PREFIX) and len(text) > len(PREFIX)
