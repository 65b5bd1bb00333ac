"""InChI strings parsed into layers, formula and size, without chemistry software.

A standard InChI is ``InChI=1S/`` and layers between slashes: the formula, then ``/c`` bonds, ``/h``
hydrogens, ``/q /p`` charge and protons, ``/b /t /m /s`` stereo, ``/i`` isotopes with sublayers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

PREFIX = "InChI=1S/"
FORMULA = "formula"
LAYERS = (FORMULA, "c", "h", "q", "p", "b", "t", "m", "s", "i")
STEREO = ("b", "t", "m", "s")

_ATOM = re.compile(r"([A-Z][a-z]?)([0-9]*)")
_COMPONENT = re.compile(r"([0-9]*)((?:[A-Z][a-z]?[0-9]*)+)")


def split_layers(inchi: str) -> list[tuple[str, str]]:
    """Split an InChI into its layers. ``join_layers`` is the inverse, also for malformed strings.

    Args:
        inchi: A string that begins with ``PREFIX``.

    Returns:
        (name, text) of every layer in order; names are ``formula`` or the layer's letter. The text
        of the isotope layer holds its sublayers: ``("i", "1D3/t2-")``.

    Raises:
        ValueError: The prefix is missing.
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
    """Join layers to an InChI.

    Args:
        pairs: (name, text) of each layer, as ``split_layers`` gives them.

    Returns:
        The InChI, with the layers in the order given.
    """
    return PREFIX + "/".join(text if name == FORMULA else name + text for name, text in pairs)


def layer_table(inchi: str) -> dict[str, str]:
    """Map the layers of an InChI by name. It never raises, so it can score what a network wrote.

    Args:
        inchi: Any string.

    Returns:
        Layer name -> text, the first where a layer occurs twice; empty for a string that is no
        InChI.
    """
    if not inchi.startswith(PREFIX):
        return {}
    table: dict[str, str] = {}
    for name, text in split_layers(inchi):
        table.setdefault(name, text)
    return table


def remove_layers(inchi: str, names: Collection[str]) -> str:
    """Remove layers from an InChI, also inside the isotope layer.

    Args:
        inchi: A string that begins with ``PREFIX``.
        names: Names of the layers, as ``split_layers`` gives them.

    Returns:
        The InChI without them.

    Raises:
        ValueError: The prefix is missing.
    """
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
    """Remove double-bond and center stereo from an InChI.

    Args:
        inchi: Any string.

    Returns:
        The InChI without the layers ``STEREO``; a string that is no InChI stays as it is.
    """
    return remove_layers(inchi, STEREO) if inchi.startswith(PREFIX) else inchi


def formula_of(inchi: str) -> str:
    """The formula layer of an InChI.

    Args:
        inchi: Any string.

    Returns:
        The formula, "" where there is none.
    """
    return layer_table(inchi).get(FORMULA, "")


def formula_counts(formula: str) -> dict[str, int]:
    """Count the elements over all components of a formula.

    Args:
        formula: Components with dots between them, such as ``C2H6O.2ClH``.

    Returns:
        Element -> number of atoms.

    Raises:
        ValueError: A component is no formula; the message names it.
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
    """Number of atoms other than hydrogen in the formula of an InChI.

    Args:
        inchi: The InChI.

    Returns:
        The number, over all components.

    Raises:
        ValueError: There is no formula.
    """
    counts = formula_counts(formula_of(inchi))
    return sum(number for element, number in counts.items() if element not in ("H", "D", "T"))
