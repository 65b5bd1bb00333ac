"""Identifiers and prose use the field's words; the private vocabulary of before is gone."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "inchify"
FILES = sorted(SOURCE.rglob("*.py"))
# What each of these was is in brackets; the present words are foreground, intensity, view,
# observation, network, verifier, ranking, expansion, assignment, region, profile, similarity.
WORDS = (
    *("ink", "inks", "inked", "look", "looks", "looked", "sight", "sights", "eye", "eyes"),
    *("judge", "judges", "judged", "verdict", "verdicts", "grow", "grown", "settle", "settled"),
    *("mend", "mended", "owner", "owners", "owned", "mine", "foreign", "barred", "voted"),
    *("likeness", "redraw", "redrawn", "grey"),
)
# Names that say nothing of what they hold; as parts of a longer name they may.
EMPTY_NAMES = {
    *("found", "one", "most", "near", "room", "told", "asked", "thing", "things", "without"),
    *("own", "whole", "seen", "sure", "turn", "trouble", "troubles", "pieces", "whose"),
    *("over", "under", "rare", "third", "dropped", "added"),
}
# Empty name -> files in which it stays: settings and keys of files, or the plain English word.
EMPTY_ALLOWED = {
    "turn": ("cli/", "documents/"),  # the option --turn, and the key of page.json
    "sure": ("documents/label_matching.py",),  # a setting in page.json
    "whole": ("calibration/graph_match",),  # a key of fitted parameters
    "pieces": ("readers/refusal/", "decoding/text_lines.py"),  # fitted parameters; a setting
    "most": ("decoding/molecule_regions.py",),  # a setting in weights' descriptions
    "own": ("synthetic/style_mix.py",),  # a setting of configurations
}
IDENTIFIER = re.compile(rf"(?:^|_)(?:{'|'.join(WORDS)})(?=_|$)", re.IGNORECASE)
PROSE = re.compile(
    r"\b(?:ink|inks|judge|judges|verdicts?|eyes?|sights?|so many|owners?|troubles?|mended|settled"
    r")\b",
    re.IGNORECASE,
)
# Word -> files in which it stays, and why.
ALLOWED = {
    "ink": (
        "calibration/graph_match",
        "verification/graph_match/",
        "readers/refusal/",
    ),  # names of fitted parameters
    "ink_features": (
        "calibration/graph_match",
        "verification/graph_match/",
        "readers/refusal/",
    ),  # the same
    "label_ink": ("readers/refusal/",),  # the same
    "word_ink": ("readers/refusal/",),  # the same
    "inked": ("readers/refusal/",),  # the same
    "grey": ("readers/refusal/",),  # the same
    "ink_height": ("data/preprocessing/assemble.py",),  # a column of bucket tables
    "ink_width": ("data/preprocessing/assemble.py",),  # the same
    "judged": ("readers/verified.py", "cli/ensemble.py", "competition/judged.py"),  # a key of files
    "eye": ("",),  # numpy's and torch's identity matrix
    "mine": ("training/update.py", "chemistry/differences.py"),  # of this process, of this molecule
    "settled": ("benchmarks/training/",),  # a curve that moves no more
    "_foreign": ("data/pictures/image_io.py", "documents/"),  # formats of other programs
    "foreign": ("synthetic/",),  # files of somebody else in a folder
    "FOREIGN": ("data/pictures/image_io.py", "readers/files/"),  # formats of other programs
    "_look_up": ("chemistry/tokenization/",),  # the English verb
    "owner": ("models/decoders/rows.py", "verification/ambiguity/"),  # the picture of a beam
    "owners": (
        "models/decoders/rows.py",
        "verification/ambiguity/",
        "synthetic/pages/",
    ),  # the same
}


def tokens(path: Path) -> list[tokenize.TokenInfo]:
    text = path.read_text(encoding="utf-8")
    return list(tokenize.generate_tokens(io.StringIO(text).readline))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_identifiers_use_the_words_of_the_field(path: Path) -> None:
    place = str(path.relative_to(SOURCE))
    if place == "setting_aliases.py":
        return  # holds former names on purpose
    found = {
        token.string
        for token in tokens(path)
        if token.type == tokenize.NAME and IDENTIFIER.search(token.string)
    }
    assert {name for name in found if not place.startswith(ALLOWED.get(name, ("-",)))} == set()


def bound_names(path: Path) -> set[str]:
    """Names of functions, classes, arguments, variables and fields that a file defines."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return {name.lstrip("_").lower() for name in names}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_names_say_what_they_hold(path: Path) -> None:
    place = str(path.relative_to(SOURCE))
    if place == "setting_aliases.py":
        return
    empty = bound_names(path) & EMPTY_NAMES
    assert {
        name for name in empty if not place.startswith(EMPTY_ALLOWED.get(name, ("-",)))
    } == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_prose_uses_the_words_of_the_field(path: Path) -> None:
    place = str(path.relative_to(SOURCE))
    if place.startswith(("calibration/graph_match", "readers/refusal/", "reports/html.py")):
        return  # prose about fitted parameters, whose names stay
    prose = [
        re.sub(r"``[^`]*``", "", token.string)
        for token in tokens(path)
        if token.type == tokenize.COMMENT
        or (token.type == tokenize.STRING and token.string.startswith('"""'))
    ]
    assert [match[0] for text in prose for match in PROSE.finditer(text)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_docstrings_of_modules_name_the_technique_first(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    first = text.split('"""')[1].split("\n\n")[0] if text.startswith('"""') else ""
    assert not re.search(r"\b(?:comes?|goes?) (?:in|out)\b|\bgo out\b", first), first
