"""Speed of our beam search and of that of transformers.

Both search the same weights (copied into transformers' Blenderbot decoder: pre-norm, learned
positions, GELU) over the same memories, in turns, and must find the same captions.

Shape letters: B pictures, S memory positions, D width, L caption positions.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import torch

from inchify.decoding.beam import beam_search
from inchify.models.decoders.transformer import (
    DecoderLayer,
    TransformerDecoder,
    TransformerDecoderSettings,
)
from inchify.models.quantize import quantized
from inchify.types import Memory

PAD, START, END = 0, 1, 2
# Caption lengths in tokens, start and end included, and the share of the competition's training
# captions that are no longer.
LENGTHS = (32, 40, 60, 80, 100, 120, 140, 160, 180, 200, 280)
SHARES = (0.0, 0.0006, 0.069, 0.386, 0.688, 0.892, 0.968, 0.992, 0.998, 0.999, 1.0)
VARIANTS = ("ours", "ours int8", "ours bf16", "transformers", "transformers int8")

Captions = list[list[tuple[int, ...]]]


@dataclass(frozen=True, kw_only=True)
class DecodeBenchSettings:
    """``pictures`` are decoded in batches of ``batch``; lengths are in tokens. ``sureness`` is the
    standard deviation of the random network's logits: 60 leaves about five doubtful tokens in a
    caption, as a trained network does."""

    pictures: int = 200
    batch: int = 50
    beams: int = 4
    n_best: int = 1
    width: int = 256
    layers: int = 6
    heads: int = 8
    vocabulary: int = 200
    memory_tokens: int = 200
    max_length: int = 300
    sureness: float = 60.0
    threads: int = 1
    repeats: int = 1
    seed: int = 0
    variants: Sequence[str] = VARIANTS

    def __post_init__(self) -> None:
        for key in ("pictures", "batch", "beams", "threads", "repeats", "memory_tokens"):
            if getattr(self, key) < 1:
                raise ValueError(f"'{key}' is {getattr(self, key)}; it must be at least 1")
        wrong = [name for name in self.variants if name not in VARIANTS]
        if wrong or not self.variants:
            raise ValueError(f"'variants' is {list(self.variants)}; it must be some of {VARIANTS}")


@dataclass
class Timing:
    """Seconds over all repeats, and the captions of the last repeat."""

    wall: float = 0.0
    cpu: float = 0.0
    captions: Captions = field(default_factory=list)


def run(
    *,
    pictures: int = 200,
    batch: int = 50,
    beams: int = 4,
    n_best: int = 1,
    threads: int = 1,
    repeats: int = 1,
    seed: int = 0,
    variants: Sequence[str] = VARIANTS,
) -> dict[str, Timing]:
    """Compare on random weights, print the table and return the timings by variant."""
    settings = DecodeBenchSettings(**locals())
    timings = compare(settings)
    print(table(timings, settings))
    return timings


def compare(
    settings: DecodeBenchSettings,
    *,
    decoder: TransformerDecoder | None = None,
    memories: list[Memory] | None = None,
) -> dict[str, Timing]:
    """Time every variant on the same batches, batch by batch in turns.

    Random weights are chaotic: one doubtful token changes all that follow, so the number of
    captions that survive int8 or bfloat16 is telling for trained weights only.

    Args:
        settings: Sizes and variants.
        decoder: A network (float32, learned positions), given together with ``memories``. By
            default a random one is shaped so that caption lengths follow the competition's.
        memories: The encoder's output for each batch.

    Raises:
        ValueError: If a decoder is given without memories.
    """
    if decoder is None:
        decoder = shaped_decoder(settings)
        memories = shaped_memories(settings)
    if memories is None:
        raise ValueError("a decoder without memories; both are needed or neither")
    searches = {name: _search(name, decoder, settings) for name in settings.variants}
    timings = {name: Timing() for name in searches}
    with _threads(settings.threads):
        for search in searches.values():
            search(Memory(memories[0].tokens_BSD[:2], memories[0].mask_BS[:2]))
        for repeat in range(settings.repeats):
            for timing in timings.values():
                timing.captions = []
            for number, memory in enumerate(memories):
                names = list(searches)
                first = (repeat + number) % len(names)
                for name in names[first:] + names[:first]:
                    _measure(timings[name], searches[name], memory)
    return timings


def table(timings: dict[str, Timing], settings: DecodeBenchSettings) -> str:
    """Format the comparison; ratios and equal captions are against transformers in float32."""
    base = timings.get("transformers") or next(iter(timings.values()))
    total = len(base.captions) * settings.repeats
    lengths = sorted(len(captions[0]) + 2 for captions in base.captions if captions)
    lines = [
        f"{settings.pictures} pictures in batches of {settings.batch}, beam {settings.beams}, "
        f"{settings.n_best} best, {settings.threads} thread(s), {settings.repeats} repeat(s); "
        f"{settings.layers} layers of {settings.width}, {settings.memory_tokens} memory tokens",
        f"tokens in a caption: {lengths[0]} to {lengths[-1]}, median {lengths[len(lengths) // 2]}",
        f"{'':18} {'pictures/s':>10} {'ratio':>6} {'pictures/cpu-s':>15} {'ratio':>6} {'equal':>9}",
    ]
    for name, timing in timings.items():
        equal = sum(
            captions == expected
            for captions, expected in zip(timing.captions, base.captions, strict=True)
        )
        lines.append(
            f"{name:18} {total / timing.wall:10.2f} {base.wall / timing.wall:6.2f} "
            f"{total / timing.cpu:15.2f} {base.cpu / timing.cpu:6.2f} "
            f"{equal:4}/{len(base.captions)}"
        )
    return "\n".join(lines)


def caption_lengths(count: int, seed: int) -> np.ndarray:
    """Tokens, int64 (count,), at evenly spaced shares of the competition's lengths, shuffled."""
    shares = (np.arange(count) + 0.5) / count
    lengths = np.interp(shares, SHARES, LENGTHS).round().astype(np.int64)
    return np.random.default_rng(seed).permutation(lengths)


def shaped_decoder(settings: DecodeBenchSettings) -> TransformerDecoder:
    """Random weights, with one channel that counts down to the length that the memory asks for.

    Channel 0 of the residual stream holds the position minus the wanted length: positions write
    the first, the first layer's attention to the memory subtracts the second, nothing else writes
    there, and the end token's logit rises with it past those of the symbols.
    """
    torch.manual_seed(settings.seed)
    decoder = TransformerDecoder(
        TransformerDecoderSettings(
            width=settings.width,
            layers=settings.layers,
            heads=settings.heads,
            positions="learned",
            max_length=settings.max_length,
            tie_embeddings=False,
        ),
        settings.vocabulary,
    ).eval()
    width, ramp, slope = settings.width, 20.0, settings.sureness / 6
    assert decoder.positions is not None
    layers = _layers(decoder)
    with torch.no_grad():
        decoder.positions.weight.normal_(std=0.5)
        places_L = torch.arange(settings.max_length) / settings.max_length
        decoder.positions.weight[:, 0] = ramp * places_L
        decoder.embedding.weight[:, 0] = 0.0
        for layer in layers:
            for linear in (layer.self_out, layer.cross_out, layer.mlp.narrow):
                linear.weight[0] = 0.0
                linear.bias[0] = 0.0
        # Values of layer 0, first channel of the first head: channel 0 of the memory.
        value_row = width
        decoder.memory_keys_values.weight[value_row] = 0.0
        decoder.memory_keys_values.weight[value_row, 0] = 1.0
        layers[0].cross_out.weight[0, 0] = -ramp
        output = decoder.output
        output.weight.normal_(std=settings.sureness * width**-0.5)
        output.bias.zero_()
        output.weight[:, 0] = 0.0
        output.weight[:END] = 0.0
        output.bias[:END] = -1e4
        # The stream's standard deviation is about 1.5 here; a token is 1 / max_length of the ramp.
        output.weight[END] = 0.0
        output.weight[END, 0] = slope * settings.max_length / ramp * 1.5
        symbols = torch.randn(1000, settings.vocabulary - END - 1)
        output.bias[END] = settings.sureness * symbols.max(dim=1).values.mean()
    return decoder


def shaped_memories(settings: DecodeBenchSettings) -> list[Memory]:
    """Random memories whose channel 0 asks for the lengths of ``caption_lengths``."""
    generator = torch.Generator().manual_seed(settings.seed)
    shape = (settings.pictures, settings.memory_tokens, settings.width)
    tokens_BSD = torch.randn(shape, generator=generator)
    # A caption of n tokens ends n - 2 steps after the start token.
    steps_B = torch.from_numpy(caption_lengths(settings.pictures, settings.seed)) - 2
    tokens_BSD[:, :, 0] = (steps_B / settings.max_length)[:, None]
    mask_BS = torch.ones(shape[:2], dtype=torch.bool)
    return [
        Memory(*parts)
        for parts in zip(
            tokens_BSD.split(settings.batch), mask_BS.split(settings.batch), strict=True
        )
    ]


def as_transformers(decoder: TransformerDecoder) -> Any:
    """The same network as a transformers model that takes memories as ``encoder_outputs``."""
    from transformers import BlenderbotConfig, GenerationConfig
    from transformers import BlenderbotForConditionalGeneration as Blenderbot

    settings, vocabulary = decoder.settings, decoder.output.out_features
    if decoder.positions is None:
        raise ValueError(f"'positions' is {settings.positions!r}; it must be 'learned'")
    config = BlenderbotConfig(
        vocab_size=vocabulary,
        d_model=settings.width,
        encoder_layers=1,
        encoder_ffn_dim=8,
        encoder_attention_heads=1,
        decoder_layers=settings.layers,
        decoder_attention_heads=settings.heads,
        decoder_ffn_dim=_layers(decoder)[0].mlp.widen.out_features,
        max_position_embeddings=settings.max_length,
        scale_embedding=True,
        activation_function="gelu",
        pad_token_id=PAD,
        bos_token_id=START,
        eos_token_id=END,
        decoder_start_token_id=START,
        tie_word_embeddings=False,
    )
    model = Blenderbot(config).eval()
    # Blenderbot's defaults for a search (a forced end, no repeated words) are not wanted.
    model.generation_config = GenerationConfig()
    missing = model.load_state_dict(_weights(decoder), strict=False).missing_keys
    assert all(".encoder." in key or key == "model.shared.weight" for key in missing), missing
    return model


def _layers(decoder: TransformerDecoder) -> list[DecoderLayer]:
    return list(cast(Iterable[DecoderLayer], decoder.layers))


def _weights(decoder: TransformerDecoder) -> dict[str, torch.Tensor]:
    """Our weights under transformers' names."""
    assert decoder.positions is not None
    weights = {
        "model.decoder.embed_tokens.weight": decoder.embedding.weight,
        "model.decoder.embed_positions.weight": decoder.positions.weight,
        "model.decoder.layer_norm.weight": decoder.norm.weight,
        "model.decoder.layer_norm.bias": decoder.norm.bias,
        "lm_head.weight": decoder.output.weight,
        "final_logits_bias": decoder.output.bias[None],
    }
    shared, width = decoder.memory_keys_values, decoder.memory_width
    for number, layer in enumerate(_layers(decoder)):
        keys_values = slice(2 * number * width, 2 * (number + 1) * width)
        modules = {
            "self_attn.out_proj": (layer.self_out.weight, layer.self_out.bias),
            "self_attn_layer_norm": (layer.norm_self.weight, layer.norm_self.bias),
            "encoder_attn.q_proj": (layer.query.weight, layer.query.bias),
            "encoder_attn.out_proj": (layer.cross_out.weight, layer.cross_out.bias),
            "encoder_attn_layer_norm": (layer.norm_cross.weight, layer.norm_cross.bias),
            "fc1": (layer.mlp.widen.weight, layer.mlp.widen.bias),
            "fc2": (layer.mlp.narrow.weight, layer.mlp.narrow.bias),
            "final_layer_norm": (layer.norm_mlp.weight, layer.norm_mlp.bias),
        }
        fused = {
            "self_attn": ("qkv", layer.qkv.weight, layer.qkv.bias),
            "encoder_attn": ("kv", shared.weight[keys_values], shared.bias[keys_values]),
        }
        for attention, (letters, weight, bias) in fused.items():
            weights_biases = zip(weight.split(width), bias.split(width), strict=True)
            for letter, pair in zip(letters, weights_biases, strict=True):
                modules[f"{attention}.{letter}_proj"] = pair
        for name, (weight, bias) in modules.items():
            weights[f"model.decoder.layers.{number}.{name}.weight"] = weight
            weights[f"model.decoder.layers.{number}.{name}.bias"] = bias
    return {name: weight.detach() for name, weight in weights.items()}


def transformers_beam(
    model: Any, memory: Memory, *, beams: int, n_best: int, max_length: int, penalty: float = 0.0
) -> list[list[tuple[tuple[int, ...], float]]]:
    """``generate`` as a plain beam search: (ids, rank score) of the n best captions, best first.

    With one beam it searches greedily and gives no scores (NaN).
    """
    from transformers import GenerationConfig
    from transformers.modeling_outputs import BaseModelOutput

    output = model.generate(
        encoder_outputs=BaseModelOutput(last_hidden_state=memory.tokens_BSD),
        attention_mask=memory.mask_BS.long(),
        generation_config=GenerationConfig(
            num_beams=beams,
            num_return_sequences=n_best,
            do_sample=False,
            early_stopping="never",
            length_penalty=penalty,
            max_new_tokens=max_length,
            pad_token_id=PAD,
            bos_token_id=START,
            eos_token_id=END,
            decoder_start_token_id=START,
            return_dict_in_generate=True,
            output_scores=True,
        ),
    )
    sequences = output.sequences[:, 1:].tolist()
    scores = output.sequences_scores.tolist() if beams > 1 else [math.nan] * len(sequences)
    rows = [(_cut(ids), score) for ids, score in zip(sequences, scores, strict=True)]
    return [rows[first : first + n_best] for first in range(0, len(rows), n_best)]


def _search(
    name: str, decoder: TransformerDecoder, settings: DecodeBenchSettings
) -> Callable[[Memory], Captions]:
    keys = ("beams", "n_best", "max_length")
    counts = {key: getattr(settings, key) for key in keys}
    library, _, kind = name.partition(" ")
    if library == "transformers":
        model = as_transformers(decoder)
        model = quantized(model) if kind == "int8" else model

        def theirs(memory: Memory) -> Captions:
            hypotheses = transformers_beam(model, memory, **counts)
            return [[ids for ids, _ in captions] for captions in hypotheses]

        return theirs
    ours = quantized(decoder) if kind == "int8" else copy.deepcopy(decoder)
    ours = ours.to(torch.bfloat16) if kind == "bf16" else ours
    dtype = torch.bfloat16 if kind == "bf16" else torch.float32

    def search(memory: Memory) -> Captions:
        memory = Memory(memory.tokens_BSD.to(dtype), memory.mask_BS)
        hypotheses = beam_search(ours, memory, start_id=START, end_id=END, **counts)
        return [[hypothesis.ids for hypothesis in captions] for captions in hypotheses]

    return search


def _measure(timing: Timing, search: Callable[[Memory], Captions], memory: Memory) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    captions = search(memory)
    timing.wall += time.perf_counter() - wall
    timing.cpu += time.process_time() - cpu
    timing.captions += captions


def _cut(ids: list[int]) -> tuple[int, ...]:
    """Ids before the end token, or before the padding that follows a caption without one."""
    for place, token in enumerate(ids):
        if token in (END, PAD):
            return tuple(ids[:place])
    return tuple(ids)


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
