"""A step decoder and a memory go in, n-best captions come out: greedy, beam, ensembles, rescoring.

Nothing here knows a network; a decoder is ``start``, ``step`` and ``reorder``
(``inchify.types.StepDecoder``), so the tests search small tables and the readers search networks.
"""

from inchify.decoding.beam import beam_search
from inchify.decoding.constraint import Constraint
from inchify.decoding.ensemble import Ensemble
from inchify.decoding.greedy import greedy
from inchify.decoding.rescore import rescore

__all__ = ["Constraint", "Ensemble", "beam_search", "greedy", "rescore"]
