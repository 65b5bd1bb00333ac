"""Alphabet of the text-line recognizer, and the equivalent spellings of its characters."""

from __future__ import annotations

import unicodedata

PRINTABLE = "".join(map(chr, range(32, 127)))
GREEK = "αβγδεζηθκλμνπρστφχψωΓΔΘΛΣΦΨΩ"
SIGNS = "°±×÷·–—′″→←⇌≥≤≈∞√≡•…®©™Å"
ACCENTS = "äöüéèáàçñß"
LOWERED = "₀₁₂₃₄₅₆₇₈₉₊₋"
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
LINE_ALPHABET = PRINTABLE + GREEK + SIGNS + ACCENTS + LOWERED + RAISED

# the letter on the line of each that is lowered or raised
PLAIN = dict(zip(LOWERED + RAISED, 2 * "0123456789+-", strict=True))

_SAME = {
    **dict.fromkeys("‘’‚`´ʼ", "'"),
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("‐‑", "-"),
    **dict.fromkeys("−‒", "–"),
    **dict.fromkeys("\t\u00a0\u2002\u2003\u2009\u200a\u202f", " "),
    "µ": "μ",
    "\u212b": "Å",
    "º": "°",
    "˚": "°",
    "∙": "·",
    "⋅": "·",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ϕ": "φ",
    "∆": "Δ",
    "Ω": "Ω",
    "⇄": "⇌",
}
_SAME.pop("`")  # it is itself a printable letter
_TABLE = str.maketrans(_SAME)


def written(text: str) -> str:
    """Normalize a text to one spelling for each character.

    A minus sign becomes a dash, a micro sign a mu, curly quotes straight ones.

    Args:
        text: Text of a line.

    Returns:
        The text in Unicode's NFC form, with single spaces and none at its ends.
    """
    text = unicodedata.normalize("NFC", text).translate(_TABLE)
    return " ".join(text.split())


def unknown_letters(text: str, alphabet: str = LINE_ALPHABET) -> str:
    """Characters of a text that an alphabet lacks.

    Args:
        text: Text of a line.
        alphabet: All characters that the recognizer knows.

    Returns:
        The characters, each once, sorted.
    """
    return "".join(sorted(set(text) - set(alphabet)))
