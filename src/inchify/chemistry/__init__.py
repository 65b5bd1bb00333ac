"""Cheminformatics without torch: InChI, tokenizers, normalization, graph assembly, abbreviations,
metrics.
"""
