"""Decoding of network outputs.

Captions: greedy and beam search, grammar masks, stepwise ensembles, CTC. Dense maps: candidates for
atoms and bonds, boxes of molecules, lines of text. Nothing here knows a network: a step decoder is
``start``, ``step`` and ``reorder`` (``inchify.types.StepDecoder``), maps are arrays.
"""
