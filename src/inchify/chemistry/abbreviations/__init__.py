"""Abbreviations in drawings: labels to structures and back.

``table`` holds the names that chemists use (``abbreviations.tsv``), ``condensed_formula`` parses
formulas such as CH2CO2Et, ``expansion`` does both, ``contraction`` is the way back, for drawings,
and ``text_variants`` draws random labels to train a text recognizer.
"""
