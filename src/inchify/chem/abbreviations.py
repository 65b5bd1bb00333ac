"""Labels of drawings in, their structures out, and molecules in, their labelled forms out.

The parts: ``label_table`` (names that chemists use, from ``abbreviations.tsv``), ``condensed`` (the
reader of formulas), ``expansion`` (both together), ``contraction`` (the way back, for drawings) and
``label_texts`` (random labels, for the training of a text reader).
"""

from inchify.chem.contraction import LABEL, LABEL_REVERSED, contract
from inchify.chem.expansion import Expansion, expand_label
from inchify.chem.label_texts import ALPHABET, random_label

__all__ = [
    "ALPHABET",
    "LABEL",
    "LABEL_REVERSED",
    "Expansion",
    "contract",
    "expand_label",
    "random_label",
]
