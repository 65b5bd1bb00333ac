"""Spelling correction of atom labels: likely slips of the writer or of the text recognizer."""

from __future__ import annotations

import re
from collections.abc import Iterator


def spelling_variants(text: str) -> Iterator[str]:
    """Generate spellings that a label may be a slip of.

    Args:
        text: The label as written or recognized.

    Returns:
        The text itself, then its variants, each once.
    """
    spellings = set()
    for variant in _respelt(text):
        if variant and variant not in spellings:
            spellings.add(variant)
            yield variant


def _respelt(text: str) -> Iterator[str]:
    yield text
    letters = text.replace("l", "I") if "l" in text and "Cl" not in text else text
    # zero for the letter, and l, 1 or I for each other
    zero = re.sub(r"(?<![0-9])0|0(?=[A-Z(])|(?<=[0-9])0(?![0-9])", "O", text)
    yield zero
    chlorine = re.sub(r"C[I1](?![a-z])", "Cl", zero)
    yield chlorine
    yield re.sub(r"[I|l](?=Pr|Bu)", "i", chlorine)
    yield re.sub(r"(?<=[A-Z)])[lI|](?=[A-Z0-9)]|$)", "1", letters)
    # small letters that have the shape of the capital
    small = re.sub(r"(?<![A-Z])[cosp](?![a-z])|(?<=[A-Z])[co](?=[A-Z0-9]|$)", _upper, chlorine)
    yield small
    yield re.sub(r"(?<=[CNH])h(?=[0-9]|$)", "H", small)
    yield re.sub(r"(?<=[HFN(])z|Z(?![a-z])", "2", small)
    yield re.sub(r"S(?=$)", "5", small)
    # the stump of the bond read as a sign
    yield chlorine.strip("-=.,'_~")
    # a name in capitals; a formula's would become other elements (H2CO cobalt)
    if text.isupper() and text.isalpha() and len(text) > 3:
        yield text.title()


def _upper(match: re.Match[str]) -> str:
    return match[0].upper()


def with_implied_hydrogens(text: str, bonds: int) -> str:
    """The text with the unwritten hydrogens of a carbon at the bond, "" where there are none."""
    hydrogens = {0: "", 1: "H", 2: "H2"}.get(4 - bonds - 1, "")
    if hydrogens and re.match(r"C(?![H0-9a-z+-])", text) and len(text) > 2:
        return f"C{hydrogens}{text[1:]}"
    return ""
