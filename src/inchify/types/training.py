"""What networks, decoders, tasks and the trainer exchange.

Shape letters: B pictures, R rows being decoded (pictures x beams), C channels, H height, W width,
S memory positions, D width of a feature, L caption length, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import (
    TYPE_CHECKING,
    Any,
    NamedTuple,
    Protocol,
    Self,
    TypeVar,
    runtime_checkable,
)

if TYPE_CHECKING:
    import numpy as np
    import torch


@dataclass(frozen=True)
class Sample:
    """One training picture before padding.

    ``picture`` is uint8 (H, W), 255 in the foreground and 0 in the background, so that zero padding
    is background. ``ids`` is the caption with its start and end tokens, empty when the truth is
    unknown.
    """

    image_id: str
    picture: np.ndarray
    ids: Sequence[int] = ()


@dataclass(frozen=True)
class Batch:
    """Pictures padded to one size, with their captions where they are known.

    ``images_BCHW`` uint8, C = 1, foreground 255 and background 0; ``sizes_B2`` int64, the unpadded
    (height, width) in pixels; ``ids_BL`` int64 with start, end and padding tokens, or None;
    ``lengths_B`` int64, tokens in a caption with start and end.
    """

    image_ids: tuple[str, ...]
    images_BCHW: torch.Tensor
    sizes_B2: torch.Tensor
    ids_BL: torch.Tensor | None = None
    lengths_B: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.image_ids)

    @property
    def tokens(self) -> int:
        """How many tokens the decoder has to predict (the start token is given)."""
        return 0 if self.lengths_B is None else int((self.lengths_B - 1).sum())

    def to(self, device: torch.device | str) -> Batch:
        """Copy the batch to another device; the lengths stay, for counting must not wait for it.

        Args:
            device: Where PyTorch computes.
        """
        ids_BL = self.ids_BL
        return replace(
            self,
            images_BCHW=self.images_BCHW.to(device, non_blocking=True),
            sizes_B2=self.sizes_B2.to(device, non_blocking=True),
            ids_BL=None if ids_BL is None else ids_BL.to(device, non_blocking=True),
        )


class Memory(NamedTuple):
    """Output of an encoder: ``tokens_BSD`` float, ``mask_BS`` bool and True for real tokens."""

    tokens_BSD: torch.Tensor
    mask_BS: torch.Tensor


@runtime_checkable
class StepDecoder(Protocol):
    """Interface of a decoder to greedy search, beam search, grammar masks and ensembles.

    ``start`` makes a state of B rows, one for each picture. ``step`` takes the last token of every
    row and returns log-probabilities (R, V) and the next state. ``reorder`` picks rows: it repeats
    a picture's row for its beams, follows the survivors of a beam, and drops the rows of finished
    pictures. The rows of one picture stay next to each other and every picture has as many rows as
    the others, so a decoder can keep the keys of its memory once for each picture.
    """

    def start(self, memory: Any) -> Any:
        """Make a state of B rows, one for each picture.

        Args:
            memory: What the encoder gave for the B pictures.
        """
        ...

    def step(self, state: Any, last_ids_R: torch.Tensor) -> tuple[torch.Tensor, Any]:
        """Predict the next token of every row.

        Args:
            state: Of ``start``, ``step`` or ``reorder``.
            last_ids_R: The last token of each row, int64 (R).

        Returns:
            Log-probabilities float (R, V), and the next state.
        """
        ...

    def reorder(self, state: Any, index_R: torch.Tensor) -> Any:
        """Pick rows of a state.

        Args:
            state: Of ``start`` or ``step``.
            index_R: Which rows to keep, in their new order, int64; a row may be repeated.

        Returns:
            The state of these rows.
        """
        ...


class Hypothesis(NamedTuple):
    """A decoded caption: token ids without start and end, the sum of their log-probabilities (end
    included), and whether the end token was reached within the allowed length."""

    ids: tuple[int, ...]
    score: float
    finished: bool = True


@dataclass(frozen=True)
class LossSum:
    """A loss as a sum and the count it will be divided by, so that the trainer can divide by the
    count of the whole step over all micro-batches and ranks. ``logs`` holds further sums over the
    same count (plain floats or detached tensors)."""

    total: torch.Tensor
    count: int
    logs: dict[str, Any] = field(default_factory=dict)


class TrainingBatch(Protocol):
    """Interface of a micro-batch to the trainer: names of its pictures for logs, the pictures
    (their size is reported when memory runs out), their number, and the transfer to a device."""

    @property
    def image_ids(self) -> Sequence[str]: ...

    @property
    def images_BCHW(self) -> torch.Tensor: ...

    def __len__(self) -> int: ...

    def to(self, device: torch.device | str) -> Self: ...


AnyBatch = TypeVar("AnyBatch", bound=TrainingBatch)


class Task(Protocol[AnyBatch]):
    """Interface of a task to the trainer, which never sees molecules, files or tokens.

    Every task has a batch type (``AnyBatch``) that satisfies ``TrainingBatch``.
    """

    @property
    def network(self) -> torch.nn.Module:
        """The plain module; the trainer passes a wrapped copy of it (devices, processes, averaged
        weights) into ``loss`` and ``validate``."""
        ...

    def describe(self) -> dict[str, Any]:
        """JSON that rebuilds the network and names its data; stands in every checkpoint."""
        ...

    def epoch_steps(self, epoch: int, *, rank: int, world: int) -> int:
        """Count the micro-batches of a rank in an epoch; the same on every rank.

        Args:
            epoch: Number of the epoch from 0.
            rank, world: Number of this process, and of all processes.
        """
        ...

    def batches(self, epoch: int, *, start: int, rank: int, world: int) -> Iterator[AnyBatch]:
        """Micro-batches of one epoch; a pure function of its arguments.

        Args:
            epoch: Number of the epoch from 0.
            start: First micro-batch of this rank, from 0.
            rank, world: Number of this process, and of all processes.
        """
        ...

    def count(self, batch: AnyBatch) -> int:
        """Tell what ``loss`` will report as its count, before the forward pass.

        Args:
            batch: A micro-batch.
        """
        ...

    def loss(self, network: torch.nn.Module, batch: AnyBatch) -> LossSum:
        """Compute the loss of a micro-batch.

        Args:
            network: The trainer's copy of ``network``.
            batch: A micro-batch on the network's device.

        Returns:
            The loss as a sum and a count.
        """
        ...

    def validate(
        self, network: torch.nn.Module, *, batches: int | None, rank: int, world: int
    ) -> dict[str, tuple[float, int]]:
        """Validate on this rank's share of the validation pictures.

        Args:
            network: The trainer's copy of ``network``.
            batches: At most this number of micro-batches; None for all.
            rank, world: Number of this process, and of all processes.

        Returns:
            Named (sum, count) pairs.
        """
        ...

    def better(self, new: dict[str, float], old: dict[str, float] | None) -> bool:
        """Compare two validations, to select the best checkpoint.

        Args:
            new: Means of the latest validation by their names.
            old: Those of the best one so far, None where there is none.

        Returns:
            Whether the new ones are better.
        """
        ...
