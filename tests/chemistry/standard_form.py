"""The form of a standard InChI, as an oracle for what writes InChIs."""

from __future__ import annotations

from itertools import pairwise

from inchify.chemistry.inchi import _COMPONENT, FORMULA, LAYERS, PREFIX, split_layers

# Sublayers of the isotope layer: hydrogens that exchange, and stereo through isotopes.
ISOTOPE_SUBLAYERS = ("h", "b", "t", "m", "s")


def is_standard(inchi: str) -> bool:
    """Whether a string has the form of a standard InChI. It may still be no molecule.

    The form: prefix, a formula or a proton layer first, only known layers, each once, in order,
    none empty.

    Args:
        inchi: Any string.
    """
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
