"""The searches over real decoders: with and without cache, and against transformers' generate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from tests.decoding.rescoring import rescore

from inchify.benchmarks.speed.decode import (
    DecodeBenchSettings,
    as_transformers,
    caption_lengths,
    compare,
    quantized,
    shaped_decoder,
    shaped_memories,
    table,
    transformers_beam,
)
from inchify.decoding.beam import beam_search
from inchify.decoding.greedy import greedy
from inchify.models.decoders.transformer import TransformerDecoder
from inchify.models.network import DECODERS
from inchify.types import Memory

IDS = {"start_id": 1, "end_id": 2}
WIDTH, VOCABULARY = 32, 23


@dataclass
class Ending:
    """A decoder whose end token grows likelier with every step, so that captions end in time."""

    decoder: Any

    def start(self, memory):
        return self.decoder.start(memory), 0

    def step(self, state, last_ids_R):
        log_probs_RV, inner = self.decoder.step(state[0], last_ids_R)
        log_probs_RV = log_probs_RV.clone()
        log_probs_RV[:, 2] += 0.8 * state[1] - 4
        return log_probs_RV.log_softmax(-1), (inner, state[1] + 1)

    def reorder(self, state, index_R):
        return self.decoder.reorder(state[0], index_R), state[1]


@cache
def tiny_decoder(kind: str) -> torch.nn.Module:
    """Random weights, sure enough that beams differ."""
    torch.manual_seed(0)
    settings_class, make = DECODERS[kind]
    decoder = make(settings_class(width=WIDTH), VOCABULARY).eval()
    layers = [module for module in decoder.modules() if isinstance(module, torch.nn.Linear)]
    output = next(layer for layer in layers if layer.out_features == VOCABULARY)
    with torch.no_grad():
        output.weight.normal_(std=2 * WIDTH**-0.5)
    return decoder


def memory_of(pictures: int, seed: int, tokens: int = 9, padded: bool = True) -> Memory:
    generator = torch.Generator().manual_seed(seed)
    tokens_BSD = torch.randn(pictures, tokens, WIDTH, generator=generator)
    mask_BS = torch.ones(pictures, tokens, dtype=torch.bool)
    if padded:
        for row in range(pictures):
            mask_BS[row, tokens - row % 4 :] = False
    return Memory(tokens_BSD, mask_BS)


@dataclass
class Uncached:
    """The same decoder without a cache: every step runs its training forward on all tokens."""

    decoder: torch.nn.Module

    def start(self, memory):
        return memory, torch.zeros(len(memory.tokens_BSD), 0, dtype=torch.int64)

    def step(self, state, last_ids_R):
        memory, ids_RL = state
        ids_RL = torch.cat((ids_RL, last_ids_R[:, None]), dim=1)
        logits_RLV = self.decoder(memory, ids_RL)
        return logits_RLV[:, -1].float().log_softmax(-1), (memory, ids_RL)

    def reorder(self, state, index_R):
        memory, ids_RL = state
        return Memory(*(tensor[index_R] for tensor in memory)), ids_RL[index_R]


def assert_same(one, two, tolerance: float = 1e-4) -> None:
    for left, right in zip(one, two, strict=True):
        assert [h.ids for h in left] == [h.ids for h in right]
        assert [h.finished for h in left] == [h.finished for h in right]
        assert np.allclose([h.score for h in left], [h.score for h in right], atol=tolerance)


@pytest.mark.parametrize("kind", sorted(DECODERS))
@pytest.mark.parametrize("beams", [1, 3])
def test_cached_is_uncached(kind: str, beams: int) -> None:
    network, memory = tiny_decoder(kind), memory_of(5, seed=1)
    options = {"beams": beams, "n_best": beams, "max_length": 40, **IDS}
    cached = beam_search(Ending(network), memory, **options)
    assert_same(cached, beam_search(Ending(Uncached(network)), memory, **options))
    assert len({len(hypotheses[0].ids) for hypotheses in cached}) > 1, "pictures end apart"


@pytest.mark.parametrize("kind", sorted(DECODERS))
def test_batch_place_and_padding_do_not_matter(kind: str) -> None:
    decoder, memory = Ending(tiny_decoder(kind)), memory_of(6, seed=2)
    options = {"beams": 3, "n_best": 3, "max_length": 40, **IDS}
    together = beam_search(decoder, memory, **options)
    for row in range(6):
        real = int(memory.mask_BS[row].sum())
        alone = Memory(
            memory.tokens_BSD[row : row + 1, :real], memory.mask_BS[row : row + 1, :real]
        )
        assert_same(beam_search(decoder, alone, **options), together[row : row + 1])


@pytest.mark.parametrize("kind", sorted(DECODERS))
def test_one_beam_is_greedy_and_scores_come_back(kind: str) -> None:
    decoder, memory = Ending(tiny_decoder(kind)), memory_of(5, seed=3)
    one = beam_search(decoder, memory, beams=1, max_length=40, **IDS)
    base = greedy(decoder, memory, max_length=40, **IDS)
    assert_same(one, [[hypothesis] for hypothesis in base])
    four = beam_search(decoder, memory, beams=4, n_best=4, max_length=40, **IDS)
    for hypotheses, hypothesis in zip(four, base, strict=True):
        assert hypotheses[0].score >= hypothesis.score - 1e-4
    ended = [[h for h in hypotheses if h.finished] for hypotheses in four]
    assert sum(map(len, ended)) > 5
    scores = rescore(decoder, memory, [[h.ids for h in hyps] for hyps in ended], **IDS)
    for hypotheses, values in zip(ended, scores, strict=True):
        assert values == pytest.approx([h.score for h in hypotheses], abs=1e-3)


def small_case(pictures: int, seed: int) -> tuple[TransformerDecoder, Memory]:
    """A network that can be copied, and memories that ask for captions of 4 to 28 tokens; some do
    not fit into 24."""
    settings = DecodeBenchSettings(
        width=WIDTH, layers=2, heads=4, vocabulary=VOCABULARY, max_length=32, sureness=12, seed=seed
    )
    memory = memory_of(pictures, seed)
    wanted_B = torch.from_numpy(np.random.default_rng(seed).integers(4, 28, pictures))
    memory.tokens_BSD[:, :, 0] = (wanted_B / 32)[:, None]
    return shaped_decoder(settings), memory


def test_the_same_network_gives_the_same_logits() -> None:
    from transformers.modeling_outputs import BaseModelOutput

    decoder, memory = small_case(4, seed=0)
    ids_BL = torch.randint(3, VOCABULARY, (4, 12), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        ours = decoder(memory, ids_BL)
        theirs = as_transformers(decoder)(
            encoder_outputs=BaseModelOutput(last_hidden_state=memory.tokens_BSD),
            attention_mask=memory.mask_BS.long(),
            decoder_input_ids=ids_BL,
        ).logits
    assert torch.allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize("pictures", [1, 3, 16, 17])
@pytest.mark.parametrize(
    ("beams", "penalty"),
    [(1, 0.0), (2, 0.0), (4, 0.0), (8, 0.0), (2, 1.0), (4, 0.6), (4, 1.0), (8, 1.0)],
)
def test_beam_is_transformers_generate(beams: int, penalty: float, pictures: int) -> None:
    """37 pictures each; transformers takes one beam for a greedy search, without scores."""
    decoder, memory = small_case(pictures, seed=beams)
    counts = {"beams": beams, "n_best": beams, "max_length": 24}
    ours = beam_search(decoder, memory, length_penalty=penalty, **counts, **IDS)
    theirs = transformers_beam(as_transformers(decoder), memory, penalty=penalty, **counts)
    for mine, other in zip(ours, theirs, strict=True):
        assert [h.ids for h in mine] == [ids for ids, _ in other]
        if beams > 1:
            ranks = [h.score / (len(h.ids) + h.finished) ** penalty for h in mine]
            assert ranks == pytest.approx([score for _, score in other], abs=1e-4)
    lengths = {len(hypotheses[0].ids) for hypotheses in ours if hypotheses[0].finished}
    assert len(lengths) > min(pictures, 8) // 4


def test_bench_shapes_lengths_and_finds_equal_captions() -> None:
    settings = DecodeBenchSettings(
        pictures=6,
        batch=3,
        width=32,
        layers=1,
        heads=4,
        vocabulary=30,
        memory_tokens=5,
        variants=("ours", "ours int8", "ours bf16", "transformers"),
    )
    timings = compare(settings)
    assert timings["ours"].captions == timings["transformers"].captions
    text = table(timings, settings)
    assert text.count("6/6") >= 2 and "ours bf16" in text
    found = [len(captions[0]) + 2 for captions in timings["ours"].captions]
    wanted = caption_lengths(6, settings.seed)
    assert np.abs(np.array(found) - wanted).max() <= 12
    assert wanted.max() > 1.5 * wanted.min()


def test_bench_settings_are_checked() -> None:
    with pytest.raises(ValueError, match="it must be some of"):
        DecodeBenchSettings(variants=("fast",))
    with pytest.raises(ValueError, match="'batch' is 0"):
        DecodeBenchSettings(batch=0)
    settings = DecodeBenchSettings(pictures=2, width=32, heads=4, layers=1, memory_tokens=4)
    decoder = shaped_decoder(settings)
    with pytest.raises(ValueError, match="both are needed or neither"):
        compare(settings, decoder=decoder)
    assert len(shaped_memories(replace(settings, batch=1))) == 2
    assert type(quantized(decoder).output) is not torch.nn.Linear
