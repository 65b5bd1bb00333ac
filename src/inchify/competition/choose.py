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

# The answer for a picture without candidates: the shortest valid InChI that a checker accepts.
FALLBACK = "InChI=1S/H2O/h1H2"

# Maps strings to as many normal forms; "" for a string that is not a molecule.
Normalize = Callable[[Sequence[str]], Sequence[str]]


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Candidates that could stand in a submission, best first: finished before cut off, then by
    score; equals keep their order."""
    usable = [item for item in candidates if _may_stand(item.text)]
    return sorted(usable, key=lambda item: (not item.finished, -item.score))


def choose(
    candidates: Iterable[Candidate], results_of: Mapping[str, str], *, rewrite: bool = True
) -> str:
    """Choose the best valid candidate, else the best as it was read, else the fall-back.

    Args:
        candidates: The candidates of one picture, in any order.
        results_of: Normal form of each text, "" when it is not a molecule. A text that is not in
            it counts as invalid.
        rewrite: Return the normal form of the chosen text instead of the text as it was read.

    Returns:
        An InChI.
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
    """Choose the answer of every row; a candidate is normalized only if all before it are invalid.

    Args:
        rows: The candidates of each picture.
        normalize: Normal forms of texts.
        rewrite: Answer with normal forms instead of the texts as they were read.
        only_disputed: Do not normalize the candidate of a row that has only one.
        window: Rows held in memory and normalized together.

    Yields:
        (image_id, answer) for every row, in order.
    """
    source = iter(rows)
    while chunk := list(islice(source, window)):
        results_of: dict[str, str] = {}
        waiting = [ranked(row.candidates) for row in chunk]
        if only_disputed:
            waiting = [items for items in waiting if len(items) > 1]
        depth = 0
        while waiting := [items for items in waiting if len(items) > depth]:
            queries = {items[depth].text for items in waiting} - results_of.keys()
            texts = sorted(queries)
            results_of.update(zip(texts, normalize(texts), strict=True))
            waiting = [items for items in waiting if not results_of[items[depth].text]]
            depth += 1
        for row in chunk:
            yield row.image_id, choose(row.candidates, results_of, rewrite=rewrite)


def _may_stand(text: str) -> bool:
    clean = text.isascii() and text.isprintable() and " " not in text and '"' not in text
    return clean and text.startswith(PREFIX) and len(text) > len(PREFIX)
