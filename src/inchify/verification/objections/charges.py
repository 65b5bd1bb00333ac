"""Salts whose charges do not balance.

Beside K+ there is an anion, drawn or written: where the answer has none a minus was missed, or what
stands beside the drawing belongs to another one. No truth of 4,083 real pictures is such a salt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from inchify.chemistry.inchi import FORMULA, layer_table

# A component's charge, with how many there are of it.
_COMPONENTS = re.compile(r"(?:(\d+)\*)?([+-]\d+)")


def is_unbalanced_salt(inchi: str) -> bool:
    """Whether an InChI has several components and a charge in all; one ion alone is drawn often."""
    layers = layer_table(inchi)
    formula = layers.get(FORMULA, "")
    return ("." in formula or formula[:1].isdigit()) and _net_charge(layers) != 0


def _net_charge(layers: Mapping[str, str]) -> int:
    """The charge of all components, from the layers /q (for example "2*+1;-1") and /p."""
    texts = layers.get("q", ""), layers.get("p", "")
    return sum(int(n or 1) * int(each) for text in texts for n, each in _COMPONENTS.findall(text))
