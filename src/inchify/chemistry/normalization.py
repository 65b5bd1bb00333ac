"""Normalization and validation of predicted InChIs, safe against any string.

A string that RDKit can read is converted to a molecule and back until it no longer changes, which
corrects a badly numbered but meaningful InChI. All RDKit work runs in killable workers.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from threading import Lock

from inchify.chemistry.convert import inchi_of_smiles, quiet_chem, smiles_of_molfile
from inchify.chemistry.inchi import PREFIX, formula_counts, formula_of
from inchify.isolation.pool import PoolSettings, WorkerPool
from inchify.isolation.processes import Outcome, shared_process

# The longest caption of the competition has 403 characters; peptides of this size still take < 1 s.
LONGEST = 4000
REMEMBERED = 200_000
# Seconds of processor time for one string, several times what the longest ones take.
DEADLINE = 5.0
# A molecule whose InChI gains one of these was not what the string said (charge, protons, doubt).
UNWANTED = ("/q", "/p", "?")
PASSES = 3

_ALLOWED = re.compile(r"[A-Za-z0-9/().,;+\-?*=]*")


@dataclass(frozen=True)
class NormalizationResult:
    """RDKit's result for one string.

    ``inchi`` is the normalized InChI, or the string as read when there is none to be trusted;
    ``reason`` then says why and ``valid`` is False. ``smiles`` (canonical) and ``molfile`` (a
    molfile of the molecule can be written and read again) are only filled when asked for.
    """

    text: str
    valid: bool
    inchi: str
    reason: str = ""
    smiles: str = ""
    molfile: bool | None = None


def refusal(text: object) -> str:
    """Why this text must not be given to RDKit; empty if it may."""
    if not isinstance(text, str):
        return f"is {type(text).__name__}, not text"
    if not text:
        return "is empty"
    if len(text) > LONGEST:
        return f"has {len(text)} characters: at most {LONGEST} are allowed"
    if not text.startswith(PREFIX):
        return f"does not begin with {PREFIX!r}"
    if not _ALLOWED.fullmatch(text):
        odd = next(character for character in text if not _ALLOWED.fullmatch(character))
        return f"holds the character {odd!r}"
    return ""


def guard(text: str, result: str) -> str:
    """Why ``result`` must not replace ``text``; empty if it may.

    The rule of the competition's normalizers: the captions have no charges and no unknown centers,
    and the picture's atoms do not change.
    """
    for sign in UNWANTED:
        if sign in result and sign not in text:
            return f"its molecule gains {sign!r}"
    try:
        same = formula_counts(formula_of(text)) == formula_counts(formula_of(result))
    except ValueError as error:
        return str(error)
    return "" if same else f"its molecule has the formula {formula_of(result)!r}"


def round_trip(item: tuple[str, bool]) -> tuple[str, str, str, bool | None]:
    """Job of a worker: (text, with details) -> (InChI or "", reason, SMILES, molfile)."""
    text, details = item
    chem = quiet_chem()
    molecule = chem.MolFromInchi(text)
    if molecule is None:
        return "", "RDKit makes no molecule of it", "", None
    result = chem.MolToInchi(molecule)
    before = text
    for _ in range(PASSES):
        if not result or result == before:
            break
        before, again = result, chem.MolFromInchi(result)
        result = chem.MolToInchi(again) if again is not None else ""
    if not result or result != before:
        return "", "its InChI does not settle", "", None
    if not details:
        return result, "", "", None
    smiles = chem.MolToSmiles(molecule)
    molfile = chem.MolFromMolBlock(chem.MolToMolBlock(molecule)) is not None
    return result, "", smiles, molfile


def _result(text: str, outcome: Outcome) -> NormalizationResult:
    if outcome.error:
        return NormalizationResult(text, False, text, f"RDKit {outcome.error}")
    result, reason, smiles, molfile = outcome.value
    reason = reason or guard(text, result)
    return NormalizationResult(
        text, not reason, text if reason else result, reason, smiles, molfile
    )


class Normalizer:
    """Normalizer of InChIs with a pool of workers and a cache of the last ``REMEMBERED`` results;
    thread-safe."""

    def __init__(self, settings: PoolSettings | None = None, *, details: bool = False) -> None:
        self.details = details
        settings = settings or PoolSettings(deadline=DEADLINE)
        processes = shared_process() if settings.workers == 1 else None
        self._pool = WorkerPool(round_trip, settings, quiet_chem, processes=processes)
        self._known: OrderedDict[str, NormalizationResult] = OrderedDict()
        self._lock = Lock()

    def examine(self, inchis: Iterable[str]) -> list[NormalizationResult]:
        """One result for each string, in order; never raises for the content of a string."""
        texts = list(inchis)
        answers: dict[str, NormalizationResult] = {}
        with self._lock:
            for text in texts:
                if isinstance(text, str) and text in self._known:
                    self._known.move_to_end(text)
                    answers[text] = self._known[text]
        unknown = []
        for text in dict.fromkeys(texts):
            if text in answers:
                continue
            if reason := refusal(text):
                answers[text] = NormalizationResult(text, False, text, reason)
            else:
                unknown.append(text)
        outcomes = self._pool.map((text, self.details) for text in unknown)
        examined = {
            text: _result(text, outcome) for text, outcome in zip(unknown, outcomes, strict=True)
        }
        with self._lock:
            self._known.update(examined)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        answers.update(examined)
        return [answers[text] for text in texts]

    def close(self) -> None:
        """End the workers; cached results are kept."""
        self._pool.close()

    def __enter__(self) -> Normalizer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@cache
def shared(workers: int = 1, deadline: float = DEADLINE, details: bool = False) -> Normalizer:
    """The process's own normalizer with these settings; its workers end with the process."""
    return Normalizer(PoolSettings(workers=workers, deadline=deadline), details=details)


def examine(
    inchis: Iterable[str], *, workers: int = 1, deadline: float = DEADLINE, details: bool = False
) -> list[NormalizationResult]:
    """Check InChIs by a round trip through RDKit.

    Args:
        inchis: Any strings.
        workers: Processes; 1 takes the process that all chemistry shares.
        deadline: Seconds of processor time for one string, which only stop runaway jobs.
        details: Whether SMILES and molfiles are wanted too.

    Returns:
        One result for each string, in order.
    """
    return shared(workers, deadline, details).examine(inchis)


def normalize(inchis: Iterable[str], *, workers: int = 1, deadline: float = DEADLINE) -> list[str]:
    """Normalize InChIs by a round trip through RDKit; normalizing twice gives the same as once.

    Args:
        inchis: Strings as a network wrote them.

    Returns:
        One InChI for each string, in order; the string itself where there is no trustworthy InChI.
    """
    return [result.inchi for result in examine(inchis, workers=workers, deadline=deadline)]


@cache
def _molfile_reader(deadline: float) -> WorkerPool:
    settings = PoolSettings(deadline=deadline)
    return WorkerPool(smiles_of_molfile, settings, quiet_chem, processes=shared_process())


def smiles_of_molfiles(texts: Iterable[str], *, deadline: float = DEADLINE) -> list[str]:
    """Convert molfiles to SMILES.

    Args:
        texts: Any strings.
        deadline: Seconds of processor time for one.

    Returns:
        The SMILES of each, "" for what is no molecule.
    """
    return [outcome.value or "" for outcome in _molfile_reader(deadline).run(list(texts))]


@cache
def _converter(deadline: float) -> WorkerPool:
    settings = PoolSettings(deadline=deadline)
    return WorkerPool(inchi_of_smiles, settings, quiet_chem, processes=shared_process())


def inchis_of_smiles(texts: Iterable[str], *, deadline: float = DEADLINE) -> list[str]:
    """Convert SMILES to standard InChIs.

    Args:
        texts: Any strings.
        deadline: Seconds of processor time for one.

    Returns:
        The InChI of each, "" for what is no molecule.
    """
    return [outcome.value or "" for outcome in _converter(deadline).run(list(texts))]
