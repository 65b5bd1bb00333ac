"""Nouns and protocols shared by several packages.

Shape letters: B pictures, R rows being decoded (pictures x beams), C channels, H height, W width,
S memory positions, D width of a feature, L caption length, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
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
        """The same batch on another device; the lengths stay, for counting must not wait for it."""
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

    def start(self, memory: Any) -> Any: ...

    def step(self, state: Any, last_ids_R: torch.Tensor) -> tuple[torch.Tensor, Any]: ...

    def reorder(self, state: Any, index_R: torch.Tensor) -> Any: ...


class Hypothesis(NamedTuple):
    """A decoded caption: token ids without start and end, the sum of their log-probabilities (end
    included), and whether the end token was reached within the allowed length."""

    ids: tuple[int, ...]
    score: float
    finished: bool = True


@dataclass(frozen=True)
class Candidate:
    """One possible answer for a picture: its string as read, its score (sum of log-probabilities of
    its ``tokens`` tokens) and its source. A graph reader adds the graph behind the string, in the
    picture's pixels."""

    text: str
    score: float
    tokens: int
    source: str = ""
    finished: bool = True
    graph: MoleculeGraph | None = field(default=None, repr=False, compare=False)


Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels, x to the right and y down."""

BondKind = Literal[
    "single", "double", "triple", "aromatic", "wedge", "hash", "wavy", "bold", "dative", "crossed"
]
"""How a bond is drawn. ``wedge`` and ``hash`` have their narrow end at ``begin``; ``dative`` points
to ``end``; ``aromatic`` is a ring bond drawn with a circle or a dashed line; ``crossed`` is a
double bond whose two lines cross: its geometry is unknown. New kinds go to the end, since networks
know kinds by their place."""


def mapped_box(box: Box, place: Callable[[float, float], tuple[float, float]]) -> Box:
    """Axis-aligned box of two corners mapped by ``place`` (x, y)."""
    (x0, y0), (x1, y1) = place(*box[:2]), place(*box[2:])
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


@dataclass(frozen=True)
class GraphAtom:
    """An atom, label or bare corner of a drawing; x to the right and y down.

    ``symbol`` is an element's, or "" for a longer label that is not resolved yet. ``text`` is the
    label as it is written, "" at a bare corner of the skeleton. ``hydrogens`` are those written
    beside the symbol, None at a bare corner, where the valence decides; 0 says that none are
    written, not that there are none: where the valence asks for more and there is no dot, they are
    implied. ``box`` is the bounding box of the label (left, top, right, bottom). ``radicals`` are
    unpaired electrons, drawn as dots.
    """

    x: float
    y: float
    symbol: str = "C"
    text: str = ""
    charge: int = 0
    hydrogens: int | None = None
    isotope: int = 0
    box: tuple[float, float, float, float] | None = None
    confidence: float = 1.0
    radicals: int = 0


@dataclass(frozen=True)
class GraphBond:
    """A bond between two places in ``MoleculeGraph.atoms``."""

    begin: int
    end: int
    kind: BondKind = "single"
    confidence: float = 1.0


@dataclass(frozen=True)
class MoleculeGraph:
    """A drawn molecule as a graph: what the drawing shows, before chemistry. Coordinates are pixels
    of the picture (of a ``Drawing``: bond lengths)."""

    atoms: tuple[GraphAtom, ...] = ()
    bonds: tuple[GraphBond, ...] = ()

    def mapped(self, place: Callable[[float, float], tuple[float, float]]) -> MoleculeGraph:
        """The graph with every coordinate mapped by ``place`` (x, y); boxes stay axis-aligned."""

        def put(atom: GraphAtom) -> GraphAtom:
            box = None if atom.box is None else mapped_box(atom.box, place)
            x, y = place(atom.x, atom.y)
            return replace(atom, x=x, y=y, box=box)

        return MoleculeGraph(tuple(map(put, self.atoms)), self.bonds)

    def moved(
        self, scale: float | tuple[float, float], shift: tuple[float, float] = (0.0, 0.0)
    ) -> MoleculeGraph:
        """The graph with every coordinate times ``scale`` (across, down) plus ``shift`` (x, y)."""
        across, down = scale if isinstance(scale, tuple) else (scale, scale)
        return self.mapped(lambda x, y: (x * across + shift[0], y * down + shift[1]))

    def turned(self, height: float) -> MoleculeGraph:
        """The graph after a quarter turn clockwise of a picture of the given height."""
        return self.mapped(lambda x, y: (height - y, x))


@dataclass(frozen=True)
class Prediction:
    """The answer for one picture.

    Attributes:
        image_id: Name of the picture: its file's without ending, "" where it has none.
        inchi: Standard InChI, "" where the picture could not be read or ends are open.
        smiles: Canonical isomeric SMILES; CXSMILES where groups are undefined (R1, X).
        confidence: Probability in 0..1 that the answer is right, None where it was not estimated.
        scored: Whether the verifier has scored the candidates; their scores are then
            log-probabilities.
        verified: Whether it found that a drawing of the answer explains the whole picture.
        seconds: Wall time.
        error: Why there is no answer, or what is wrong with it; "" else.
        candidates: What was weighed, the likeliest first.
        graph: Atoms and bonds as a graph reader saw them, in pixels of the picture.
        molfile: The molecule with the picture's coordinates: x in pixels, y times -1.
    """

    image_id: str
    inchi: str
    smiles: str = ""
    confidence: float | None = None
    scored: bool = False
    verified: bool = False
    seconds: float = 0.0
    error: str = ""
    candidates: tuple[Candidate, ...] = field(default=(), repr=False)
    graph: MoleculeGraph | None = field(default=None, repr=False)
    molfile: str = field(default="", repr=False)

    @property
    def atoms(self) -> tuple[GraphAtom, ...]:
        """The atoms and labels as drawn: ``x``, ``y``, ``symbol``, ``text``, ``confidence``."""
        return () if self.graph is None else self.graph.atoms

    @property
    def bonds(self) -> tuple[GraphBond, ...]:
        """The bonds as drawn: ``begin`` and ``end`` are places in ``atoms``."""
        return () if self.graph is None else self.graph.bonds

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON, without the candidates."""
        names = ("image_id", "inchi", "smiles", "confidence", "verified", "seconds", "error")
        record = {name: getattr(self, name) for name in names}
        atoms, bonds = map(asdict, self.atoms), map(asdict, self.bonds)
        return record | {"molfile": self.molfile, "atoms": list(atoms), "bonds": list(bonds)}

    def to_sdf(self) -> str:
        """A record of an SDF: the molfile in pixels and what is known of it; of no atoms where
        nothing was read."""
        from inchify.formats.records import sdf_record

        return sdf_record(self)

    def _repr_svg_(self) -> str | None:
        """What a notebook shows: the molecule as it was seen, parts in doubt colored."""
        from inchify.formats.svg import graph_svg

        return None if self.graph is None else graph_svg(self.graph)


LineKind = Literal["", "label", "caption", "body", "part"]
"""What a line of text is to the drawings beside it: a compound's number or name, a figure's words,
running text, or letters of a molecule. "" where nobody has said yet."""


@dataclass(frozen=True)
class Region:
    """A molecule on a page. ``box`` is the axis-aligned bounding box of its pixels; ``angle``:
    degrees by which the drawing is rotated clockwise; ``score`` in 0..1."""

    box: Box
    kind: Literal["molecule"] = "molecule"
    angle: float = 0.0
    score: float = 1.0


@dataclass(frozen=True)
class TextLine:
    """A line of text on a page. ``score``: confidence of the detector, ``confidence``: that of the
    recognizer, both in 0..1; ``angle``: degrees by which it is rotated clockwise."""

    box: Box
    text: str = ""
    confidence: float = 0.0
    kind: LineKind = ""
    score: float = 1.0
    angle: float = 0.0


@dataclass(frozen=True)
class Page:
    """The content of a page, in its pixels. ``pairs``: (index in ``regions``, index in ``lines``)
    of molecules and their compound ids. A page that could not be read has only an ``error``."""

    number: int
    width: int
    height: int
    regions: tuple[Region, ...] = ()
    lines: tuple[TextLine, ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()
    error: str = ""


class Reader(Protocol):
    """Reader of pictures: one prediction for each, in the same order. A picture that cannot be read
    gives a ``Prediction.error``, never an exception."""

    def read(self, pictures: Iterable[tuple[str, Any]]) -> Iterator[Prediction]: ...


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
        """Micro-batches that this rank gets in that epoch; the same on every rank."""
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
        """What ``loss`` will report as its count, known before the forward pass."""
        ...

    def loss(self, network: torch.nn.Module, batch: AnyBatch) -> LossSum: ...

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
        """Whether the means ``new`` are better than ``old`` (selection of the best checkpoint)."""
        ...
