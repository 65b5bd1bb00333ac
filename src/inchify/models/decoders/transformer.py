"""Transformer decoder of captions (Vaswani et al. 2017).

Pre-norm layers with fused projections. In training all positions run at once; in a search each
step runs one position against caches (``cache.py``).

Shape letters: B pictures, K beams, R rows (B x K), L caption positions, S memory positions,
D width, H heads, E width of a head, V vocabulary, N layers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import nn

from inchify.models.attention import attention, memory_bias
from inchify.models.checks import at_least, divides, fraction
from inchify.models.decoders.cache import SearchState
from inchify.models.layers import Mlp, init_linear, sine_positions
from inchify.types import Memory


@dataclass(frozen=True, kw_only=True)
class TransformerDecoderSettings:
    """``positions`` learned ones reach to ``max_length`` tokens, sine ones forever.

    ``tie_embeddings``: one table serves as input embedding and as output projection; it saves
    little with an alphabet of some hundred symbols, and at first every token predicts itself.
    """

    kind: Literal["transformer"] = "transformer"
    width: int = 256
    layers: int = 4
    heads: int = 8
    mlp_ratio: float = 4.0
    dropout: float = 0.1
    positions: Literal["sine", "learned"] = "sine"
    max_length: int = 512
    tie_embeddings: bool = False

    def __post_init__(self) -> None:
        at_least(1, layers=self.layers, heads=self.heads, max_length=self.max_length)
        at_least(0.1, mlp_ratio=self.mlp_ratio)
        fraction(dropout=self.dropout)
        divides("heads", self.heads, "width", self.width)
        if self.positions not in ("sine", "learned"):
            raise ValueError(f"'positions' is {self.positions!r}; it must be one of sine, learned")


class DecoderLayer(nn.Module):
    """Self-attention, attention to the memory, and a two-layer network, each added to its input."""

    def __init__(self, settings: TransformerDecoderSettings) -> None:
        super().__init__()
        width = settings.width
        self.heads = settings.heads
        residual = (3 * settings.layers) ** -0.5
        self.norm_self = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.self_out = nn.Linear(width, width)
        self.norm_cross = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.cross_out = nn.Linear(width, width)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = Mlp(width, round(width * settings.mlp_ratio), residual)
        self.dropout = nn.Dropout(settings.dropout)
        for linear, scale in (
            (self.qkv, 1.0),
            (self.self_out, residual),
            (self.query, 1.0),
            (self.cross_out, residual),
        ):
            init_linear(linear, scale)

    def forward(
        self,
        x_BLD: torch.Tensor,
        memory_2BHSE: tuple[torch.Tensor, ...],
        bias_B11S: torch.Tensor | None,
    ) -> torch.Tensor:
        """Apply the layer to complete captions, with causal self-attention.

        Args:
            x_BLD: Features of the tokens.
            memory_2BHSE: Keys and values of the memory for this layer.
            bias_B11S: Minus infinity at padding of the memory; None without padding.

        Returns:
            The features (B, L, D) for the next layer.
        """
        batch, length, width = x_BLD.shape
        qkv_BL3HE = self.qkv(self.norm_self(x_BLD)).view(batch, length, 3, self.heads, -1)
        query, key, value = qkv_BL3HE.permute(2, 0, 3, 1, 4).unbind(0)
        attended_BHLE = attention(query, key, value, causal=True)
        attended_BLD = attended_BHLE.transpose(1, 2).reshape(batch, length, width)
        x_BLD = x_BLD + self.dropout(self.self_out(attended_BLD))

        query_BLHE = self.query(self.norm_cross(x_BLD)).view(batch, length, self.heads, -1)
        attended_BHLE = attention(query_BLHE.transpose(1, 2), *memory_2BHSE, bias=bias_B11S)
        attended_BLD = attended_BHLE.transpose(1, 2).reshape(batch, length, width)
        x_BLD = x_BLD + self.dropout(self.cross_out(attended_BLD))
        return x_BLD + self.dropout(self.mlp(self.norm_mlp(x_BLD)))

    def step(self, x_RD: torch.Tensor, state: SearchState, layer: int) -> torch.Tensor:
        """Apply the layer to one position of every row.

        The K beams of a picture are K queries over the same keys.

        Args:
            x_RD: Features of the last tokens.
            state: Holds the earlier keys and values; this position's are appended.
            layer: Index of this layer.

        Returns:
            The features (R, D) for the next layer.
        """
        pictures, beams = state.pictures, state.beams
        qkv_BK3HE = self.qkv(self.norm_self(x_RD)).view(pictures, beams, 3, self.heads, -1)
        qkv_3BHKE = qkv_BK3HE.permute(2, 0, 3, 1, 4)
        past_2BHSE = state.append(layer, qkv_3BHKE[1:])
        attended_BHKE = attention(qkv_3BHKE[0], *past_2BHSE, bias=state.ancestry_B1KS)
        x_RD = x_RD + self.self_out(attended_BHKE.transpose(1, 2).reshape(x_RD.shape))

        query_BKHE = self.query(self.norm_cross(x_RD)).view(pictures, beams, self.heads, -1)
        attended_BHKE = attention(
            query_BKHE.transpose(1, 2), *state.memory_N2BHSE[layer], bias=state.memory_bias_B11S
        )
        x_RD = x_RD + self.cross_out(attended_BHKE.transpose(1, 2).reshape(x_RD.shape))
        return x_RD + self.mlp(self.norm_mlp(x_RD))


class TransformerDecoder(nn.Module):
    """Memory (B, S, width) and ids -> logits; a StepDecoder when searching.

    A state is used up by ``step`` and ``reorder``: go on with the one that they return.
    """

    def __init__(self, settings: TransformerDecoderSettings, vocabulary_size: int) -> None:
        super().__init__()
        self.settings = settings
        self.memory_width = width = settings.width
        self.embedding = nn.Embedding(vocabulary_size, width)
        self.positions = (
            nn.Embedding(settings.max_length, width) if settings.positions == "learned" else None
        )
        self.memory_keys_values = nn.Linear(width, settings.layers * 2 * width)
        self.layers = nn.ModuleList(DecoderLayer(settings) for _ in range(settings.layers))
        self.norm = nn.LayerNorm(width)
        self.output = nn.Linear(width, vocabulary_size)
        self.dropout = nn.Dropout(settings.dropout)
        # the table is multiplied by sqrt(width) on its way in, so that tied logits start small
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        if self.positions is not None:
            nn.init.normal_(self.positions.weight, std=0.1)
        init_linear(self.memory_keys_values)
        init_linear(self.output)
        if settings.tie_embeddings:
            self.output.weight = self.embedding.weight

    def forward(self, memory: Memory, ids_BL: torch.Tensor) -> torch.Tensor:
        """Predict every next token of captions (causal, so padding at the end needs no mask).

        Args:
            memory: Output of the encoder, of width D.
            ids_BL: Captions from the start token on.

        Returns:
            Logits (B, L, V) of the token after each of ``ids_BL``.
        """
        x_BLD = self.dropout(self.embed(ids_BL, 0))
        memory_N2BHSE = self._project(memory)
        bias_B11S = memory_bias(memory.mask_BS, memory_N2BHSE.dtype)
        for layer, memory_2BHSE in zip(self.layers, memory_N2BHSE, strict=True):
            x_BLD = layer(x_BLD, memory_2BHSE.unbind(0), bias_B11S)
        return self.output(self.norm(x_BLD))

    def embed(self, ids_BL: torch.Tensor, first: int) -> torch.Tensor:
        """Embed ids with their positions.

        Args:
            ids_BL: Token ids.
            first: Position of the first column in the caption.

        Returns:
            Embeddings (B, L, D).

        Raises:
            ValueError: A learned table of positions is shorter than the caption.
        """
        end = first + ids_BL.shape[1]
        width = self.memory_width
        if self.positions is None:
            places_L = torch.arange(first, end, device=ids_BL.device)
            codes_LD = sine_positions(places_L, width)
        elif end > self.settings.max_length:
            raise ValueError(f"'max_length' is {self.settings.max_length}; asked for {end} tokens")
        else:
            codes_LD = self.positions.weight[first:end]
        embedded_BLD = self.embedding(ids_BL)
        return embedded_BLD * width**0.5 + codes_LD.to(embedded_BLD.dtype)

    def _project(self, memory: Memory) -> torch.Tensor:
        """Keys and values of every layer, (N, 2, B, H, S, E)."""
        batch, count, _ = memory.tokens_BSD.shape
        layers, heads = self.settings.layers, self.settings.heads
        projected = self.memory_keys_values(memory.tokens_BSD)
        return projected.view(batch, count, layers, 2, heads, -1).permute(2, 3, 0, 4, 1, 5)

    @torch.no_grad()
    def start(self, memory: Memory) -> SearchState:
        """Start a search with one row for each picture.

        Args:
            memory: Output of the encoder.

        Returns:
            The state before the first step.
        """
        return SearchState(self._project(memory).contiguous(), memory.mask_BS)

    @torch.no_grad()
    def step(
        self, state: SearchState, last_ids_R: torch.Tensor
    ) -> tuple[torch.Tensor, SearchState]:
        """Decode one token of every row.

        Args:
            state: Used up; continue with the returned one.
            last_ids_R: The last token of each row.

        Returns:
            Log-probabilities (R, V) of the next token in float32, and the next state.
        """
        x_RD = self.embed(last_ids_R[:, None], state.length)[:, 0]
        state.open_step()
        for place, layer in enumerate(cast(Iterable[DecoderLayer], self.layers)):
            x_RD = layer.step(x_RD, state, place)
        logits_RV = self.output(self.norm(x_RD))
        return logits_RV.log_softmax(-1, dtype=torch.float32), state

    @torch.no_grad()
    def reorder(self, state: SearchState, index_R: torch.Tensor) -> SearchState:
        """Choose the rows that go on.

        Args:
            state: Used up; continue with the returned one.
            index_R: Old row of each new row.

        Returns:
            The state whose row r continues row ``index_R[r]``.
        """
        return state.reordered(index_R)
