"""BERT as an attention decoder of captions.

The adapter around the transformers library's BERT with cross-attention (Devlin et al. 2019;
Rothe et al. 2020), the decoder of the competition's third place.

Shape letters: B pictures, R rows (pictures x beams), L caption positions, S memory positions,
D width, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn

from inchify.models.checks import at_least, divides, fraction
from inchify.models.decoders.rows import regroup
from inchify.types import Memory


@dataclass(frozen=True, kw_only=True)
class BertDecoderSettings:
    """Sizes of transformers' BertConfig; captions reach to ``max_length`` tokens."""

    kind: Literal["bert"] = "bert"
    width: int = 256
    layers: int = 3
    heads: int = 8
    mlp_ratio: float = 4.0
    dropout: float = 0.1
    max_length: int = 512

    def __post_init__(self) -> None:
        at_least(1, layers=self.layers, heads=self.heads, max_length=self.max_length)
        at_least(0.1, mlp_ratio=self.mlp_ratio)
        fraction(dropout=self.dropout)
        divides("heads", self.heads, "width", self.width)


@dataclass
class BertState:
    """The library's cache, and the memory once for each row, as that cache wants it."""

    memory: Memory
    cache: Any
    pictures: int
    length: int = 0

    @property
    def beams(self) -> int:
        return len(self.memory.mask_BS) // self.pictures


class BertDecoder(nn.Module):
    """Memory (B, S, width) and ids -> logits; a StepDecoder when searching.

    A state is used up by ``step`` and ``reorder``: go on with the one that they return.
    """

    def __init__(self, settings: BertDecoderSettings, vocabulary_size: int) -> None:
        from transformers import BertConfig, BertLMHeadModel

        super().__init__()
        self.settings = settings
        self.memory_width = settings.width
        config = BertConfig(
            vocab_size=vocabulary_size,
            hidden_size=settings.width,
            num_hidden_layers=settings.layers,
            num_attention_heads=settings.heads,
            intermediate_size=round(settings.width * settings.mlp_ratio),
            hidden_dropout_prob=settings.dropout,
            # torch's attention has no quick dropout of its weights on CPUs
            attention_probs_dropout_prob=0.0,
            max_position_embeddings=settings.max_length,
            initializer_range=settings.width**-0.5,
            type_vocab_size=1,
            pad_token_id=None,
            is_decoder=True,
            add_cross_attention=True,
        )
        self.bert = BertLMHeadModel(config)

    def forward(self, memory: Memory, ids_BL: torch.Tensor) -> torch.Tensor:
        """Logits (B, L, V) of the token after each of ``ids_BL`` (causal, so padding at the end
        needs no mask)."""
        self._check_length(ids_BL.shape[1])
        return self.bert(
            input_ids=ids_BL,
            encoder_hidden_states=memory.tokens_BSD,
            encoder_attention_mask=memory.mask_BS.long(),
            use_cache=False,
        ).logits

    @torch.no_grad()
    def start(self, memory: Memory) -> BertState:
        """The state before the first step: one row for each picture."""
        from transformers import DynamicCache, EncoderDecoderCache

        cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
        return BertState(memory, cache, len(memory.mask_BS))

    @torch.no_grad()
    def step(self, state: BertState, last_ids_R: torch.Tensor) -> tuple[torch.Tensor, BertState]:
        """Log-probabilities (R, V) in float32 of the token after ``last_ids_R``."""
        self._check_length(state.length + 1)
        logits_R1V = self.bert(
            input_ids=last_ids_R[:, None],
            encoder_hidden_states=state.memory.tokens_BSD,
            encoder_attention_mask=state.memory.mask_BS.long(),
            past_key_values=state.cache,
            use_cache=True,
        ).logits
        state.length += 1
        return logits_R1V[:, -1].log_softmax(-1, dtype=torch.float32), state

    @torch.no_grad()
    def reorder(self, state: BertState, index_R: torch.Tensor) -> BertState:
        """The state whose row r continues row ``index_R[r]``."""
        change = regroup(index_R, state.pictures, state.beams)
        if change.index_R is None:
            return state
        if state.length:
            state.cache.batch_select_indices(index_R)
        rows = Memory(*(part.index_select(0, index_R) for part in state.memory))
        return BertState(rows, state.cache, change.pictures, state.length)

    def _check_length(self, length: int) -> None:
        if length > self.settings.max_length:
            raise ValueError(
                f"'max_length' is {self.settings.max_length}; asked for {length} tokens"
            )
