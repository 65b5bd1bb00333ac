"""Patterns of text lines: compound identifiers, captions, second lines with yields."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PRIME = r"(?:['′’`\"″]{0,3}|[*†])"
# A number that a percent sign, a ratio or a decimal follows is no name.
_ALONE = r"(?![0-9]|\.[0-9]|\s?%|:[0-9])"
# Nor are letters of elements with a small number: NH2, CH3.
_NO_ATOMS = r"(?![CNOSPBFH]{2,3}[0-9](?![0-9]))"
_NUMBER = (
    rf"(?:(?!0+(?![0-9]))[0-9]{{1,4}}{_ALONE}(?:[a-zA-Z]{{1,2}}\b|\s[a-fA-F]\b)?|{_NO_ATOMS}[A-Z]{{1,3}}-?[0-9]{{1,4}}{_ALONE}[a-z]?)"
    rf"{_PRIME}"
)
# Small ones, (i) and (ii), number steps.
_ROMAN = r"X{0,3}(?:IX|IV|V?I{1,3}|V|X)[a-h]?"
_IDENTIFIER = rf"(?:{_NUMBER}|{_ROMAN})"
_PREFIX = (
    r"(?:\((?:±|\+/-|\+|[-−–]|[RSEZ](?:,[RSEZ])*|[0-9]?[RSEZ](?:,[0-9]?[RSEZ])*)\)[-‐–−]?"
    r"|(?:rac|ent|epi|meso|cis|trans|anti|syn|exo|endo|dl|DL|[DLRSEZd])[-‐–−])"
)
_RANGE = rf"(?:\s?[-‐–—−]\s?(?:{_IDENTIFIER}|[a-z]))?"
_LIST = rf"(?:\s?(?:,|/|\+|and|or|&)\s?{_PREFIX}?(?:{_IDENTIFIER}|[a-z]\b){_RANGE})*"
_BARE = rf"{_PREFIX}?\(?\[?{_PREFIX}?{_IDENTIFIER}\)?\]?{_RANGE}{_LIST}"
_WORD = (
    r"(?:(?:[Cc]ompounds?|COMPOUNDS?|[Cc]omp|[Cc]mpds?|[Cc]pds?|[Ee]xamples?|EXAMPLES?|[Ee]x|[Ee]ntry|"
    r"[Ii]ntermediates?|[Ff]ormulae?|FORMULAE?|[Pp]roducts?|[Ss]tructures?|[Cc]hem(?:ical)?|"
    r"[Mm]onomers?|[Ll]igands?|[Cc]atalysts?|No|Nr|#)\.?\s?)"
)
_PERCENT = r"(?:[<>~≈]\s?)?[0-9]{1,3}(?:\.[0-9]+)?\s?%"
_RATIO = r"[<>]?\s?[0-9]{1,3}(?:\.[0-9]+)?\s?:\s?[0-9]{1,3}(?:\.[0-9]+)?"
_ACTIVITY = (
    r"(?:[IE]C[₅5][₀0]|K[ᵢid]|MIC)\s?[=:<>~]\s?[0-9]+(?:\.[0-9]+)?\s?(?:[pnμumM]{1,2}|[μu]g/mL)"
)
_QUALITY = r"(?:yield|isolated|conv(?:ersion|\.)?|ee|e\.e\.|er|e\.r\.|dr|d\.r\.|de|brsm|rr|NMR|GC)"
_SECOND = (
    rf"(?:{_PERCENT}|{_RATIO}|{_ACTIVITY}|(?:{_QUALITY})\s?[:=]?\s?(?:{_PERCENT}|{_RATIO}))"
    rf"(?:\s?\(?{_QUALITY}\)?)*"
)
_TIME = r"(?:[0-9]{1,3}\s?(?:h|min|d)\s?,\s?)"
_SECONDS = rf"\(?{_TIME}?{_SECOND}(?:\s?[,;/(]?\s?{_SECOND}\)?)*\)?"
_GROUPS = r"\(?[RXYZAn][0-9'′]{0,2}\s?=\s?[^=]{1,24}"
_TAIL = rf"(?:\s?[,;:.]?\s?(?:{_SECONDS}|{_GROUPS}))?"

# "strychnine (12)": a name and, in brackets, the number.
_NAMED = rf"[A-Za-z][A-Za-z-]{{2,30}}\s\({_IDENTIFIER}\)"

_LABEL = re.compile(rf"(?P<id>{_NAMED}|{_PREFIX}?{_WORD}?{_BARE}|{_WORD}[A-Za-z])\s?[.:;,]?{_TAIL}")
_ONLY_WORD = re.compile(_WORD)
_WITH_GROUPS = re.compile(rf".*{_GROUPS}")
_ONLY_SECOND = re.compile(_SECONDS)
_CAPTION = re.compile(
    r"(?:Supplementary\s|Supporting\s|Extended\sData\s)?"
    r"(?:Fig(?:ure|s)?|FIG(?:URE)?|Scheme|SCHEME|Table|TABLE|Chart|CHART|Plate|Graphic)\.?\s?"
    r"(?:S?[0-9]{1,3}[a-zA-Z]?|[IVX]{1,5}|[A-Z])\b.*"
)
_NUMBERS_PAGE = re.compile(r"[-–—]?\s?(?:\[?[0-9]{4}\]?)\s?[-–—]?")
# What an atom's label may be as well.
_ATOMS = re.compile(r"(?:[IVX]|[A-Z][0-9]?|[0-9]?[+-])")

# A number with a letter of a series; letters that are large and small alike, and I for l.
_LETTERED = re.compile(r"(?P<number>(?<![0-9A-Za-z])[0-9]{1,4})(?P<letter>[A-Za-z])(?![A-Za-z0-9])")
_ALIKE = frozenset("CKOPSUVWXZI")
_LIKE_LETTERS = {"1": "l", "9": "g", "6": "b", "0": "o", "5": "s"}

LONGEST_LABEL = 48


def is_label(text: str) -> bool:
    """Tell whether a text may be a compound's number or short name, perhaps with its yield.

    Args:
        text: The line of text.

    Returns:
        Whether the complete text has that form.
    """
    text = tidy(text)
    if not 0 < len(text) <= LONGEST_LABEL or text.count("(") != text.count(")"):
        return False
    return _LABEL.fullmatch(text) is not None


def is_second_line(text: str) -> bool:
    """Tell whether a text is what stands below a label: a yield, a ratio of isomers.

    Args:
        text: The line of text.

    Returns:
        Whether the complete text has that form.
    """
    text = tidy(text)
    return bool(text) and _ONLY_SECOND.fullmatch(text) is not None


def is_word_before(text: str) -> bool:
    """Whether a text is a word before a number alone: Compound, Formula."""
    return _ONLY_WORD.fullmatch(tidy(text)) is not None


def has_groups(text: str) -> bool:
    """Whether a text defines R or X, as lines of a legend do."""
    return _WITH_GROUPS.fullmatch(tidy(text)) is not None


def is_caption(text: str) -> bool:
    """Whether a text begins the caption of a figure, a scheme or a table."""
    return _CAPTION.fullmatch(tidy(text)) is not None


def may_be_atoms(text: str) -> bool:
    """Whether a text that looks like a label may be an atom of a drawing, too: I, V, H2."""
    return _ATOMS.fullmatch(tidy(text)) is not None


def identifier(text: str) -> str:
    """Extract the compound's name from a label: "3a" from "3a, 92%, 95:5 er".

    Args:
        text: The text of a label.

    Returns:
        The name; the text itself where it is no label.
    """
    text = tidy(text)
    match = _LABEL.fullmatch(text) if len(text) <= LONGEST_LABEL else None
    return match["id"].strip() if match is not None else text


def spelt_alike(texts: Sequence[str]) -> list[str]:
    """Correct the case of letters in the labels of one page: 12C beside 12a and 12b is 12c.

    Letters of the same shape in both cases follow the others.

    Args:
        texts: The labels.

    Returns:
        The corrected labels, in their order.
    """
    letters = [match["letter"] for text in texts for match in _LETTERED.finditer(text)]
    telling = [letter for letter in letters if letter.upper() not in _ALIKE]
    small = sum(letter.islower() for letter in telling)
    if 2 * small <= len(telling):
        return list(texts)
    return _in_series([_LETTERED.sub(_small, tidy(text)) for text in texts])


def _in_series(texts: list[str]) -> list[str]:
    """Replace digits by the letters of that shape that a series needs: 39 after 3f is 3g, unless 38
    or 40 are there."""
    there, answers = set(texts), []
    for text in texts:
        number, letter = text[:-1], _LIKE_LETTERS.get(text[-1:], "")
        alone = text.isdigit() and not {str(int(text) - 1), str(int(text) + 1)} & there
        before = number + chr(ord(letter) - 1) if letter else ""
        answers.append(number + letter if alone and number and before in there else text)
    return answers


def _small(match: re.Match[str]) -> str:
    letter = match["letter"]
    if letter not in _ALIKE:
        return match[0]
    return match["number"] + ("l" if letter == "I" else letter.lower())


def tidy(text: str) -> str:
    """One space where there are several, none at the ends; a rule behind a number is an l."""
    return re.sub(r"(?<=[0-9])\|$", "l", " ".join(text.split()))
