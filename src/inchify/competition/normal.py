"""Normalized strings of candidates, "" for what is no molecule."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.util import find_spec


def normal_forms(texts: Sequence[str]) -> list[str]:
    """The normalized InChI of each text, or "" when RDKit makes no trustworthy molecule of it.

    Safe against strings that crash or hang RDKit (``inchify.chemistry.normalization``). A machine
    without RDKit gets a warning and calls nothing valid: its answers stay as they were read.
    """
    if not texts:
        return []
    if find_spec("rdkit") is None:
        warnings.warn("RDKit is not installed: answers are not checked or normalised", stacklevel=2)
        return [""] * len(texts)
    from inchify.chemistry.normalization import examine
    from inchify.isolation.threads import core_count

    results_of = examine(texts, workers=core_count())
    return [result.inchi if result.valid else "" for result in results_of]
