"""The InChI grammar as a constraint: whatever a network without sense likes, InChI comes out."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from tests.decoding.toys import toy_memory

from inchify.chemistry.inchi_grammar.grammar import InchiGrammar
from inchify.chemistry.tokenization.tokenizers import InchiTokenizer
from inchify.chemistry.tokenization.vocabulary import Vocabulary
from inchify.decoding.beam import beam_search
from inchify.decoding.greedy import greedy

IDS = {"start_id": Vocabulary.START, "end_id": Vocabulary.END}


@cache
def tokenizer() -> InchiTokenizer:
    return InchiTokenizer.default()


class Noise:
    """Random log-probabilities at every step, ends likelier with time."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def start(self, memory):
        return 0

    def step(self, state, last_ids_R):
        shape = (len(last_ids_R), len(tokenizer().vocabulary))
        logits_RV = 4 * torch.randn(shape, generator=self.generator)
        logits_RV[:, Vocabulary.END] += 0.5 * state
        return logits_RV.log_softmax(-1), state + 1

    def reorder(self, state, index_R):
        return state


def follows(grammar: InchiGrammar, ids: tuple[int, ...], finished: bool) -> bool:
    """Replays a caption token by token."""
    state = grammar.start(1)
    for token in (*ids, Vocabulary.END) if finished else ids:
        if not grammar.allowed(state)[0, token]:
            return False
        if token != Vocabulary.END:
            state = grammar.advance(state, np.array([token]))
    return True


@pytest.mark.parametrize("beams", [0, 4])
def test_captions_of_a_random_network_follow_the_grammar(beams: int) -> None:
    grammar = InchiGrammar(tokenizer().vocabulary)
    memory, count = toy_memory(list(range(40))), 0
    for seed in range(2):
        options = {"max_length": 60, "constraint": grammar, **IDS}
        if beams:
            found = beam_search(Noise(seed), memory, beams=beams, n_best=beams, **options)
        else:
            found = [[hypothesis] for hypothesis in greedy(Noise(seed), memory, **options)]
        for hypothesis in [h for hypotheses in found for h in hypotheses]:
            assert follows(grammar, hypothesis.ids, hypothesis.finished), hypothesis
            count += len(hypothesis.ids)
    assert count > 1000
