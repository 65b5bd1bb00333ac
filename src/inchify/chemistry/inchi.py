"""InChI strings parsed into layers, formula and size, without chemistry software.

A standard InChI is ``InChI=1S/`` and layers between slashes: the formula, then ``/c`` bonds, ``/h``
hydrogens, ``/q /p`` charge and protons, ``/b /t /m /s`` stereo, ``/i`` isotopes with sublayers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import pairwise

PREFIX = "InChI=1S/"
FORMULA = "formula"
LAYERS = (FORMULA, "c", "h", "q", "p", "b", "t", "m", "s", "i")
STEREO = ("b", "t", "m", "s")
# Sublayers of the isotope layer: hydrogens that exchange, and stereo through isotopes.
ISOTOPE_SUBLAYERS = ("h", "b", "t", "m", "s")

_ATOM = re.compile(r"([A-Z][a-z]?)([0-9]*)")
_COMPONENT = re.compile(r"([0-9]*)((?:[A-Z][a-z]?[0-9]*)+)")


def split_layers(inchi: str) -> list[tuple[str, str]]:
    """(name, text) of every layer in order; names are ``formula`` or the layer's letter.

    The isotope layer's text holds its sublayers (``("i", "1D3/t2-")``). Nothing is lost, also
    in a malformed string: ``join_layers`` gives it back. ValueError without the prefix.
    """
    if not inchi.startswith(PREFIX):
        raise ValueError(f"{inchi[:200]!r} does not begin with {PREFIX!r}")
    if inchi.startswith(f"{PREFIX}i"):  # malformed: nothing but isotopes
        return [("i", inchi[len(PREFIX) + 1 :])]
    main, isotopes, below = inchi[len(PREFIX) :].partition("/i")
    first, *rest = main.split("/")
    pairs = [(first[:1], first[1:]) if first[:1].islower() else (FORMULA, first)]
    pairs.extend((segment[:1], segment[1:]) for segment in rest)
    if isotopes:
        pairs.append(("i", below))
    return pairs


def join_layers(pairs: Iterable[tuple[str, str]]) -> str:
    """The InChI of these layers, in the order given."""
    return PREFIX + "/".join(text if name == FORMULA else name + text for name, text in pairs)


def layer_table(inchi: str) -> dict[str, str]:
    """Layer name -> text; the first where a layer occurs twice; empty for a string that is no
    InChI.

    Made for scoring what a network wrote, so it never raises.
    """
    if not inchi.startswith(PREFIX):
        return {}
    table: dict[str, str] = {}
    for name, text in split_layers(inchi):
        table.setdefault(name, text)
    return table


def remove_layers(inchi: str, names: Collection[str]) -> str:
    """The InChI without these layers, inside the isotope layer too."""
    kept = []
    for name, text in split_layers(inchi):
        if name in names:
            continue
        if name == "i":
            atoms, *below = text.split("/")
            below = [sublayer for sublayer in below if sublayer[:1] not in names]
            text = "/".join([atoms, *below])
            if not text:
                continue
        kept.append((name, text))
    return join_layers(kept)


def without_stereo(inchi: str) -> str:
    """The InChI without double-bond and center stereo; a string that is no InChI stays as it is."""
    return remove_layers(inchi, STEREO) if inchi.startswith(PREFIX) else inchi


def formula_of(inchi: str) -> str:
    """The formula layer, empty if there is none."""
    return layer_table(inchi).get(FORMULA, "")


def formula_counts(formula: str) -> dict[str, int]:
    """Element -> count over all components of a formula such as ``C2H6O.2ClH``.

    ValueError names a part that is no formula.
    """
    counts: dict[str, int] = {}
    for part in formula.split("."):
        component = _COMPONENT.fullmatch(part)
        if component is None:
            raise ValueError(f"{part!r} is no formula (in {formula[:200]!r})")
        copies = int(component[1] or 1)
        for element, number in _ATOM.findall(component[2]):
            counts[element] = counts.get(element, 0) + copies * int(number or 1)
    return counts


def heavy_atoms(inchi: str) -> int:
    """Atoms other than hydrogen named in the formula; ValueError if there is no formula."""
    counts = formula_counts(formula_of(inchi))
    return sum(number for element, number in counts.items() if element not in ("H", "D", "T"))


def is_standard(inchi: str) -> bool:
    """Whether the string has the form of a standard InChI: prefix, a formula or a proton layer
    first, only known layers, each once, in order, none empty. It may still be no molecule."""
    if not inchi.startswith(PREFIX) or not (inchi.isascii() and inchi.isprintable()):
        return False
    if " " in inchi:
        return False
    pairs = split_layers(inchi)
    names = [name for name, _ in pairs]
    if not _in_order(names, LAYERS) or names[0] not in (FORMULA, "p"):
        return False
    isotopes = pairs[-1][1] if names[-1] == "i" else None
    if not all(text for name, text in pairs if name != "i"):
        return False
    if names[0] == FORMULA and not all(map(_COMPONENT.fullmatch, pairs[0][1].split("."))):
        return False
    if isotopes is None:
        return True
    atoms, *below = isotopes.split("/")
    if not all(len(sublayer) > 1 for sublayer in below) or not (atoms or below):
        return False
    return _in_order([sublayer[0] for sublayer in below], ISOTOPE_SUBLAYERS)


def _in_order(names: list[str], order: tuple[str, ...]) -> bool:
    places = [order.index(name) if name in order else -1 for name in names]
    return -1 not in places and all(a < b for a, b in pairwise(places))
