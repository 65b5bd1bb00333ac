"""Show, Attend and Read: text-line recognizer with 2-D attention.

After Li et al. 2019 (arXiv 1811.00751): a trunk makes a map of the picture, an LSTM over its
columns one feature of the whole; an LSTM that begins with this feature writes the letters and
attends, for each letter, to the places of the map that its state asks for. Attention in two
dimensions reads lines that are turned, bent or stand in two rows, which CTC cannot.

Ids: 0 ends a text (and fills batches behind the end), letters are 1 to ``letters``, and
``letters + 1`` starts a text and is never written.

Shape letters: B pictures, K beams, R rows (B x K), L letters of a text with its end, S places of
the map (its rows one after another), H and W the map's height and width, C channels, D width of
the LSTMs, A attention width, N layers, V what can be written (the end and the letters).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from inchify.models.checks import at_least, fraction
from inchify.models.decoders.rows import regroup
from inchify.models.text.resnet31 import DOWN, LIGHT, PAPER, Trunk, TrunkShape, columns_of

END = 0
LAYERS = 2
_IGNORED = -100
# Scores of attention (letters x places x width, all pictures) above which a training computes them
# twice and keeps none; 256 MiB.
_KEPT_SCORES = 2**26
# what a trunk brings unless the settings say otherwise: height, greatest width, D, A
_SIZES = {"paper": (PAPER, 48, 160, 512, 512), "light": (LIGHT, 32, 640, 96, 64)}


@dataclass(frozen=True, kw_only=True)
class SarSettings:
    """``trunk`` paper (46 million weights, for a GPU) or light (for a core); what is None is the
    trunk's default. ``height`` of pictures and the ``max_width`` they should be, in pixels;
    ``stem``, ``channels`` and ``blocks`` as in ``TrunkShape``; ``hidden`` width of both LSTMs,
    ``attention`` width of the scores. ``holistic_feature``: the holistic feature is concatenated
    with state and glimpse to predict a letter. ``dropout`` between layers only."""

    kind: Literal["sar"] = "sar"
    trunk: Literal["paper", "light"] = "light"
    height: int | None = None
    max_width: int | None = None
    stem: tuple[int, ...] | None = None
    channels: tuple[int, ...] | None = None
    blocks: tuple[int, ...] | None = None
    hidden: int | None = None
    attention: int | None = None
    holistic_feature: bool = True
    dropout: float = 0.1

    def __post_init__(self) -> None:
        if self.trunk not in _SIZES:
            raise ValueError(f"'trunk' is {self.trunk!r}; it must be one of {', '.join(_SIZES)}")
        for name, minimum in (
            ("height", DOWN),
            ("max_width", DOWN),
            ("hidden", 1),
            ("attention", 1),
        ):
            value = getattr(self, name)
            at_least(minimum, **{name: minimum if value is None else value})
        if self.height is not None and self.height % DOWN:
            raise ValueError(f"'height' is {self.height}; it must be a multiple of {DOWN}")
        fraction(dropout=self.dropout)
        _ = self.shape  # checks itself

    @property
    def shape(self) -> TrunkShape:
        usual = _SIZES[self.trunk][0]
        chosen = {"stem": self.stem, "channels": self.channels, "blocks": self.blocks}
        return replace(
            usual, **{name: value for name, value in chosen.items() if value is not None}
        )

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """Height, greatest width, ``hidden``, ``attention`` with the trunk's defaults."""
        defaults = _SIZES[self.trunk][1:]
        chosen = (self.height, self.max_width, self.hidden, self.attention)
        height, max_width, hidden, attention = (
            usual if value is None else value for value, usual in zip(chosen, defaults, strict=True)
        )
        return height, max_width, hidden, attention


@dataclass(frozen=True)
class SarMemory:
    """Per-picture constants: the map, its attention keys, minus infinity in padded columns, and the
    holistic feature."""

    tokens_BSC: torch.Tensor
    keys_BSA: torch.Tensor
    bias_BS: torch.Tensor
    whole_BD: torch.Tensor

    @property
    def tokens_BSD(self) -> torch.Tensor:
        """The map under the name by which a search counts pictures."""
        return self.tokens_BSC

    def choose(self, pictures_B: torch.Tensor) -> SarMemory:
        return SarMemory(
            self.tokens_BSC[pictures_B],
            self.keys_BSA[pictures_B],
            self.bias_BS[pictures_B],
            self.whole_BD[pictures_B],
        )


@dataclass(frozen=True)
class SarState:
    """The LSTM's hidden and cell vectors of every row, beside what belongs to a picture."""

    memory: SarMemory
    hidden_NRD: torch.Tensor
    cells_NRD: torch.Tensor

    @property
    def beams(self) -> int:
        return self.hidden_NRD.shape[1] // self.memory.whole_BD.shape[0]


class Sar(nn.Module):
    """Pictures, widths and texts to a loss; a StepDecoder of ``encode``'s memory when reading."""

    def __init__(self, settings: SarSettings, letters: int) -> None:
        super().__init__()
        if letters < 1:
            raise ValueError(f"'letters' is {letters}; it must be at least 1")
        self.settings, self.letters, self.start_id = settings, letters, letters + 1
        self.height, self.max_width, width, attention = settings.sizes
        channels = settings.shape.channels[-1]
        self.trunk = Trunk(settings.shape)
        self.across = _lstm(channels, width, settings.dropout)
        self.whole = nn.Linear(width, width)
        self.embedding = nn.Embedding(letters + 2, width)
        # as strong as the feature of the whole, which is the first to enter
        nn.init.normal_(self.embedding.weight, std=0.3)
        self.onward = _lstm(width, width, settings.dropout)
        # 3 x 3: the score of a place depends on its eight neighbors
        self.keys = nn.Conv2d(channels, attention, 3, padding=1)
        self.query = nn.Linear(width, attention, bias=False)
        self.score = nn.Linear(attention, 1, bias=False)
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear((1 + settings.holistic_feature) * width + channels, letters + 1)

    def columns(self, widths_B: torch.Tensor) -> torch.Tensor:
        """Count the columns of the feature maps of pictures.

        Args:
            widths_B: Unpadded widths in pixels.

        Returns:
            Columns of each map, int64 (B,).
        """
        return columns_of(widths_B)

    def forward(
        self,
        images_BCHW: torch.Tensor,
        widths_B: torch.Tensor,
        ids_BL: torch.Tensor,
        lengths_B: torch.Tensor,
    ) -> torch.Tensor:
        """Compute the loss of texts.

        Args:
            images_BCHW: uint8, foreground 255, C = 1.
            widths_B: Unpadded widths in pixels.
            ids_BL: True texts, letters from 1 on; ignored past ``lengths_B``.
            lengths_B: Letters of each text.

        Returns:
            Negative log-likelihood of all texts with their end tokens, a sum in float32.
        """
        memory = self.encode(images_BCHW, widths_B)
        before_BL, targets_BL = self._shifted(ids_BL, lengths_B.to(ids_BL.device))
        logits_BLV = self.logits(memory, before_BL)
        return nn.functional.cross_entropy(
            logits_BLV.flatten(0, 1), targets_BL.flatten(), ignore_index=_IGNORED, reduction="sum"
        )

    loss = forward

    def encode(self, images_BCHW: torch.Tensor, widths_B: torch.Tensor) -> SarMemory:
        """Encode pictures of lines.

        Args:
            images_BCHW: uint8, foreground 255, C = 1, H = ``height``.
            widths_B: Unpadded widths in pixels.

        Returns:
            The memory for ``logits`` and ``start``.

        Raises:
            ValueError: The pictures have another shape.
        """
        if images_BCHW.shape[1] != 1 or images_BCHW.shape[-2] != self.height:
            raise ValueError(
                f"pictures are {tuple(images_BCHW.shape)}; (B, 1, {self.height}, W) are needed"
            )
        map_BCHW = self.trunk(images_BCHW.float().div(255.0), widths_B)
        keys_BAHW = self.keys(map_BCHW)
        columns_B = columns_of(widths_B.to(map_BCHW.device))
        columns_W = torch.arange(map_BCHW.shape[-1], device=map_BCHW.device)
        padding_BHW = (columns_W >= columns_B[:, None])[:, None].expand(-1, map_BCHW.shape[2], -1)
        # steps of an LSTM are too small for bfloat16 to save anything
        with torch.autocast(map_BCHW.device.type, enabled=False):
            map_BCHW = map_BCHW.float()
            read_BWD, _ = self.across(self.dropout(map_BCHW.amax(2)).transpose(1, 2))
            last_B1D = (columns_B - 1)[:, None, None].expand(-1, 1, read_BWD.shape[-1])
            whole_BD = self.whole(read_BWD.gather(1, last_B1D)[:, 0])
            return SarMemory(
                map_BCHW.flatten(2).transpose(1, 2).contiguous(),
                keys_BAHW.float().flatten(2).transpose(1, 2).contiguous(),
                torch.zeros_like(map_BCHW[:, 0]).masked_fill(padding_BHW, -torch.inf).flatten(1),
                whole_BD,
            )

    def logits(self, memory: SarMemory, before_BL: torch.Tensor) -> torch.Tensor:
        """Predict every letter of true texts (teacher forcing).

        Args:
            memory: Output of ``encode``.
            before_BL: The letter before each; the first is ``start_id``.

        Returns:
            Logits (B, L, V) of what follows each of ``before_BL``.
        """
        with torch.autocast(memory.whole_BD.device.type, enabled=False):
            inputs_BLD = torch.cat((memory.whole_BD[:, None], self.embedding(before_BL)), dim=1)
            hidden_BLD = self.onward(inputs_BLD)[0][:, 1:]
            tokens = memory.keys_BSA.numel() * hidden_BLD.shape[1]
            again = torch.is_grad_enabled() and tokens > _KEPT_SCORES
            # One letter after the other: all at once would be letters times the map's size.
            glimpses = [
                checkpoint(self._attend, memory, one_B1D, use_reentrant=False)
                if again
                else self._attend(memory, one_B1D)
                for one_B1D in hidden_BLD.split(1, dim=1)
            ]
            return self._written(memory, hidden_BLD, torch.cat(glimpses, dim=1))

    @torch.no_grad()
    def start(self, memory: SarMemory) -> SarState:
        """Start a search with one row for each picture; the LSTM has read the holistic feature.

        Args:
            memory: Output of ``encode``.

        Returns:
            The state before the first step.
        """
        with torch.autocast(memory.whole_BD.device.type, enabled=False):
            _, (hidden_NRD, cells_NRD) = self.onward(memory.whole_BD[:, None])
        return SarState(memory, hidden_NRD, cells_NRD)

    @torch.no_grad()
    def step(self, state: SarState, last_ids_R: torch.Tensor) -> tuple[torch.Tensor, SarState]:
        """Decode one letter of every row.

        Args:
            state: The state before.
            last_ids_R: The last letter of each row.

        Returns:
            Log-probabilities (R, V) of the next letter in float32, and the next state.
        """
        memory = state.memory
        with torch.autocast(memory.whole_BD.device.type, enabled=False):
            past = state.hidden_NRD, state.cells_NRD
            hidden_R1D, (hidden_NRD, cells_NRD) = self.onward(
                self.embedding(last_ids_R)[:, None], past
            )
            hidden_BKD = hidden_R1D.view(memory.whole_BD.shape[0], state.beams, -1)
            logits_BKV = self._written(memory, hidden_BKD, self._attend(memory, hidden_BKD))
        log_probs_RV = logits_BKV.flatten(0, 1).log_softmax(-1, dtype=torch.float32)
        return log_probs_RV, SarState(memory, hidden_NRD, cells_NRD)

    @torch.no_grad()
    def reorder(self, state: SarState, index_R: torch.Tensor) -> SarState:
        """Choose the rows that go on.

        Args:
            state: The state before.
            index_R: Old row of each new row.

        Returns:
            The state whose row r continues row ``index_R[r]``.
        """
        change = regroup(index_R, state.memory.whole_BD.shape[0], state.beams)
        if change.index_R is None:
            return state
        memory = state.memory
        return SarState(
            memory if change.pictures_B is None else memory.choose(change.pictures_B),
            state.hidden_NRD.index_select(1, index_R),
            state.cells_NRD.index_select(1, index_R),
        )

    def _shifted(
        self, ids_BL: torch.Tensor, lengths_B: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Decoder inputs and targets: START and the letters; the letters, END, then padding."""
        self._check_ids(ids_BL, lengths_B)
        places_L = torch.arange(ids_BL.shape[1] + 1, device=ids_BL.device)
        inside_BL = places_L < lengths_B[:, None]
        letters_BL = nn.functional.pad(ids_BL, (0, 1)).masked_fill(~inside_BL, END)
        targets_BL = letters_BL.masked_fill(places_L > lengths_B[:, None], _IGNORED)
        return nn.functional.pad(letters_BL[:, :-1], (1, 0), value=self.start_id), targets_BL

    def _check_ids(self, ids_BL: torch.Tensor, lengths_B: torch.Tensor) -> None:
        if ids_BL.device.type != "cpu":
            return  # reading ids would make the host wait; there torch's checks stop the run
        places_L = torch.arange(ids_BL.shape[1])
        letters = ids_BL[places_L < lengths_B[:, None]]
        wrong = letters[(letters < 1) | (letters > self.letters)]
        if len(wrong):
            raise ValueError(f"letter id {int(wrong[0])}; it must be between 1 and {self.letters}")

    def _attend(self, memory: SarMemory, hidden_BKD: torch.Tensor) -> torch.Tensor:
        """Attention glimpse of the map for each state, (B, K, C)."""
        query_BK1A = self.query(hidden_BKD)[:, :, None]
        scores_BKS = self.score((memory.keys_BSA[:, None] + query_BK1A).tanh())[..., 0]
        return (scores_BKS + memory.bias_BS[:, None]).softmax(-1) @ memory.tokens_BSC

    def _written(
        self, memory: SarMemory, hidden_BKD: torch.Tensor, glimpse_BKC: torch.Tensor
    ) -> torch.Tensor:
        parts = [hidden_BKD, glimpse_BKC]
        if self.settings.holistic_feature:
            parts.append(memory.whole_BD[:, None].expand(-1, hidden_BKD.shape[1], -1))
        return self.output(self.dropout(torch.cat(parts, dim=-1)))


def _lstm(inputs: int, width: int, dropout: float) -> nn.LSTM:
    """Two layers with dropout between them, their forget gates open at first."""
    lstm = nn.LSTM(inputs, width, LAYERS, batch_first=True, dropout=dropout)
    with torch.no_grad():
        for layer in range(LAYERS):
            # an open forget gate lets gradients through from the start (Jozefowicz et al. 2015)
            getattr(lstm, f"bias_ih_l{layer}")[width : 2 * width].fill_(1.0)
    return lstm
