"""Normalized strings of candidates, "" for a string that is not a molecule."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.util import find_spec


def normal_forms(texts: Sequence[str]) -> list[str]:
    """Normalize texts, safe against strings that crash or hang RDKit.

    Without RDKit there is a warning and nothing is valid: answers then stay as they were read.

    Args:
        texts: InChI strings as read.

    Returns:
        The normalized InChI of each text, "" when RDKit makes no trustworthy molecule of it.
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
