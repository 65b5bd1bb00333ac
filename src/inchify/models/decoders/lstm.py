"""LSTM decoder with additive attention.

Show, Attend and Tell (Xu et al. 2015): additive attention over the memory, a gate on what it
brings, and input feeding: the attended vector goes into the cell together with the token.

Shape letters: B pictures, K beams, R rows (B x K), L caption positions, S memory positions,
D width, A attention width, G gates (4 x D), V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import nn

from inchify.models.checks import at_least, fraction
from inchify.models.decoders.rows import regroup
from inchify.models.layers import init_linear
from inchify.types import Memory


@dataclass(frozen=True, kw_only=True)
class LstmDecoderSettings:
    """``width`` of memory, embeddings and cells; ``attention`` width of the additive scores."""

    kind: Literal["lstm"] = "lstm"
    width: int = 256
    layers: int = 1
    attention: int = 256
    dropout: float = 0.3

    def __post_init__(self) -> None:
        at_least(1, width=self.width, layers=self.layers, attention=self.attention)
        fraction(dropout=self.dropout)


@dataclass(frozen=True)
class _PictureMemory:
    """Per-picture constants: tokens, their attention keys, and the mask's bias."""

    tokens_BSD: torch.Tensor
    keys_BSA: torch.Tensor
    bias_BS: torch.Tensor | None

    def choose(self, pictures_B: torch.Tensor) -> _PictureMemory:
        bias_BS = None if self.bias_BS is None else self.bias_BS[pictures_B]
        return _PictureMemory(self.tokens_BSD[pictures_B], self.keys_BSA[pictures_B], bias_BS)


@dataclass(frozen=True)
class LstmState:
    """One hidden and one cell vector for each row and layer, beside what belongs to a picture."""

    memory: _PictureMemory
    hidden: tuple[torch.Tensor, ...]
    cells: tuple[torch.Tensor, ...]

    @property
    def beams(self) -> int:
        return self.hidden[0].shape[0] // self.memory.tokens_BSD.shape[0]


class Cell(nn.Module):
    """An LSTM cell (Hochreiter and Schmidhuber 1997) of plain linear layers, so that it can be
    quantized; what is known for all positions (``given_RG``) is projected outside."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.gates = nn.Linear(inputs + width, 4 * width)
        init_linear(self.gates)
        # an open forget gate lets gradients through from the start (Jozefowicz et al. 2015)
        with torch.no_grad():
            self.gates.bias[width : 2 * width].fill_(1.0)

    def forward(
        self,
        inputs_RD: torch.Tensor,
        hidden_RD: torch.Tensor,
        cell_RD: torch.Tensor,
        given_RG: torch.Tensor | float = 0.0,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        gates_RG = self.gates(torch.cat((inputs_RD, hidden_RD), dim=-1)) + given_RG
        enter, forget, new, leave = gates_RG.chunk(4, dim=-1)
        cell_RD = forget.sigmoid() * cell_RD + enter.sigmoid() * new.tanh()
        return leave.sigmoid() * cell_RD.tanh(), cell_RD


class LstmDecoder(nn.Module):
    """Memory (B, S, width) and ids -> logits; a StepDecoder when searching."""

    def __init__(self, settings: LstmDecoderSettings, vocabulary_size: int) -> None:
        super().__init__()
        self.settings = settings
        self.memory_width = width = settings.width
        self.embedding = nn.Embedding(vocabulary_size, width)
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        self.token_gates = nn.Linear(width, 4 * width, bias=False)
        self.cells = nn.ModuleList(Cell(width, width) for _ in range(settings.layers))
        self.first_state = nn.Linear(width, 2 * settings.layers * width)
        self.keys = nn.Linear(width, settings.attention)
        # one projection of the hidden state: attention query and the gate on the context
        self.query_and_gate = nn.Linear(width, settings.attention + width)
        self.score = nn.Linear(settings.attention, 1, bias=False)
        self.mix = nn.Linear(2 * width, width)
        self.token_mix = nn.Linear(width, width, bias=False)
        self.output = nn.Linear(width, vocabulary_size)
        self.dropout = nn.Dropout(settings.dropout)
        for module in self.children():
            if isinstance(module, nn.Linear):
                init_linear(module)

    def forward(self, memory: Memory, ids_BL: torch.Tensor) -> torch.Tensor:
        """Logits (B, L, V) of the token after each of ``ids_BL``."""
        state = self._first(memory)
        tokens_BLD = self._embed(ids_BL)
        given_BLG = self.token_gates(tokens_BLD)
        mixed = []
        for given_BG in given_BLG.unbind(1):
            mixed_BD, state = self._advance(state, given_BG)
            mixed.append(mixed_BD)
        return self._logits(torch.stack(mixed, dim=1), tokens_BLD)

    @torch.no_grad()
    def start(self, memory: Memory) -> LstmState:
        """The state before the first step: one row for each picture."""
        return self._first(memory)

    @torch.no_grad()
    def step(self, state: LstmState, last_ids_R: torch.Tensor) -> tuple[torch.Tensor, LstmState]:
        """Log-probabilities (R, V) in float32 of the token after ``last_ids_R``."""
        token_RD = self._embed(last_ids_R)
        mixed_RD, state = self._advance(state, self.token_gates(token_RD))
        return self._logits(mixed_RD, token_RD).log_softmax(-1, dtype=torch.float32), state

    @torch.no_grad()
    def reorder(self, state: LstmState, index_R: torch.Tensor) -> LstmState:
        """The state whose row r continues row ``index_R[r]``."""
        change = regroup(index_R, state.memory.tokens_BSD.shape[0], state.beams)
        if change.index_R is None:
            return state
        memory = state.memory
        return LstmState(
            memory if change.pictures_B is None else memory.choose(change.pictures_B),
            tuple(hidden_RD.index_select(0, index_R) for hidden_RD in state.hidden),
            tuple(cell_RD.index_select(0, index_R) for cell_RD in state.cells),
        )

    def _first(self, memory: Memory) -> LstmState:
        tokens_BSD, mask_BS = memory
        real_BS1 = mask_BS[:, :, None].to(tokens_BSD.dtype)
        mean_BD = (tokens_BSD * real_BS1).sum(1) / real_BS1.sum(1)
        states = self.first_state(mean_BD).tanh().chunk(2 * self.settings.layers, dim=-1)
        bias_BS = None
        if not bool(mask_BS.all()):
            bias_BS = torch.zeros_like(real_BS1[:, :, 0]).masked_fill(~mask_BS, -torch.inf)
        constants = _PictureMemory(tokens_BSD, self.keys(tokens_BSD), bias_BS)
        return LstmState(constants, states[: self.settings.layers], states[self.settings.layers :])

    def _embed(self, ids: torch.Tensor) -> torch.Tensor:
        return self.dropout(self.embedding(ids) * self.memory_width**0.5)

    def _advance(self, state: LstmState, given_RG: torch.Tensor) -> tuple[torch.Tensor, LstmState]:
        """Advance one position; returns the output features and the next state."""
        context_RD = self._attend(state.memory, state.hidden[-1])
        below_RD = context_RD
        given: torch.Tensor | float = given_RG
        hidden, cells = [], []
        for cell, old_RD, old_cell_RD in zip(self.cells, state.hidden, state.cells, strict=True):
            new_RD, new_cell_RD = cell(below_RD, old_RD, old_cell_RD, given)
            hidden.append(new_RD)
            cells.append(new_cell_RD)
            below_RD, given = self.dropout(new_RD), 0.0
        mixed_RD = self.mix(torch.cat((below_RD, context_RD), dim=-1))
        return mixed_RD, replace(state, hidden=tuple(hidden), cells=tuple(cells))

    def _attend(self, memory: _PictureMemory, hidden_RD: torch.Tensor) -> torch.Tensor:
        """Attend to the memory: the gated context of this position, (R, D)."""
        pictures, _, width = memory.tokens_BSD.shape
        attention = self.settings.attention
        query_RA, gate_RD = self.query_and_gate(hidden_RD).split((attention, width), dim=-1)
        query_BK1A = query_RA.view(pictures, -1, 1, attention)
        scores_BKS = self.score((memory.keys_BSA[:, None] + query_BK1A).tanh())[..., 0]
        if memory.bias_BS is not None:
            scores_BKS = scores_BKS + memory.bias_BS[:, None]
        context_BKD = scores_BKS.softmax(-1).to(memory.tokens_BSD.dtype) @ memory.tokens_BSD
        return context_BKD.view(-1, width) * gate_RD.sigmoid()

    def _logits(self, mixed: torch.Tensor, token: torch.Tensor) -> torch.Tensor:
        return self.output(self.dropout((mixed + self.token_mix(token)).tanh()))
