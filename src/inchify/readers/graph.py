"""Picture files come in; molecules with the graphs that a dense network saw in them go out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import exp, inf, log
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from inchify import config
from inchify.chem.assembly import AssemblySettings, choose_graph, whole_confidence
from inchify.chem.workers import PoolSettings, WorkerPool
from inchify.data.pictures import PictureError, measure, read_picture
from inchify.data.scaling import ink_box, ink_of_grey
from inchify.models.dense.network import DenseNetwork
from inchify.readers.crops import crop_of, grown_box
from inchify.readers.graph_finish import CutGraph, finish, warm_up
from inchify.readers.onnx_network import OnnxNetwork, is_onnx, load_onnx_network
from inchify.readers.scale import Look, ScaleSettings, look_at, search_scale
from inchify.tasks.graph import MARGIN, load_graph_network, maps_of_ink
from inchify.tasks.graph_reading import (
    CandidateSettings,
    PictureMaps,
    candidates_of,
    picture_maps,
)
from inchify.types import Candidate, MoleculeGraph, Prediction

# Texts looked at for each label, and how much less likely than the first a text may be.
READINGS, LEAST_LIKELY = 3, 0.03


class Labels(Protocol):
    """Reads crops of labels (uint8 ink): for each up to so many texts with their confidence."""

    def readings(self, crops: Sequence[np.ndarray], most: int) -> list[list[tuple[str, float]]]: ...


@dataclass(frozen=True, kw_only=True)
class GraphReaderSettings:
    """How pictures are read. ``seconds``: time for one picture, half of it for seeing, after which
    what was found so far is the answer, half for the chemistry. A picture in which more than
    ``most_atoms`` seem to be (noise, a page) is no molecule. ``turns``: whether a picture of the
    competition that stands is laid down first (its test pictures were turned). ``calibration``
    (a, b): an answer whose parts' confidences multiply to p has the confidence
    1 / (1 + exp(b log(-log p) - a)), as ``tests/benchmarks/calibrate.py`` fits it on drawings."""

    scale: ScaleSettings = field(default_factory=ScaleSettings)
    candidates: CandidateSettings = field(default_factory=CandidateSettings)
    assembly: AssemblySettings = field(default_factory=AssemblySettings)
    seconds: float = 10.0
    most_atoms: int = 500
    turns: bool = True
    calibration: tuple[float, float] = (3.39, 2.19)
    device: str = "auto"


@dataclass(frozen=True)
class _Sight:
    """A graph in pixels of the (cropped) picture; ``crowd`` is how many atoms seemed to be there
    where they were too many to look for a graph."""

    graph: MoleculeGraph
    crowd: int = 0


class GraphReader:
    """A dense network, the global choice and RDKit, behind one ``read``."""

    def __init__(
        self,
        network: DenseNetwork | OnnxNetwork,
        settings: GraphReaderSettings,
        *,
        labels: Labels | None = None,
        about: dict[str, Any] | None = None,
    ) -> None:
        device = settings.device
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self.device = torch.device(device)
        self.network = network.to(self.device, memory_format=torch.channels_last).eval()
        self.settings, self.labels = settings, labels
        self.about = {**(about or {}), "reader": config.to_dict(settings)}
        self.pool = WorkerPool(finish, PoolSettings(deadline=settings.seconds / 2), warm_up)

    @classmethod
    def load(
        cls,
        folder: Path,
        settings: GraphReaderSettings | None = None,
        *,
        labels: Labels | None = None,
        threads: int = 1,
    ) -> GraphReader:
        """A reader from a run or weights folder, or from an exported network, which computes with
        so many ``threads``. Raises ValueError where there is none."""
        onnx = is_onnx(folder)
        loaded = load_onnx_network(folder, threads=threads) if onnx else load_graph_network(folder)
        return cls(
            loaded.network,
            settings or GraphReaderSettings(),
            labels=labels,
            about={"checkpoints": [loaded.digest]},
        )

    def close(self) -> None:
        """Ends the chemistry's process."""
        self.pool.close()

    def read(self, pictures: Iterable[tuple[str, Path]]) -> Iterator[Prediction]:
        """One prediction for each (image_id, path), in order."""
        for image_id, path in pictures:
            started = time.perf_counter()
            try:
                prediction = self.read_grey(image_id, read_picture(path))
            except PictureError as error:
                prediction = Prediction(image_id, "", error=str(error))
            except Exception as error:  # whatever a picture breaks is its own row's
                prediction = Prediction(image_id, "", error=f"{type(error).__name__}: {error}")
            yield replace(prediction, seconds=time.perf_counter() - started)

    def read_grey(self, image_id: str, grey: np.ndarray) -> Prediction:
        """One picture, grey uint8 (H, W)."""
        started = time.perf_counter()
        ink = ink_of_grey(grey)
        top, left, height, width = ink_box(ink)
        if not height:
            return Prediction(image_id, "", error="the picture is empty: no ink was found")
        guess, turned = None, False
        found = measure(ink > 127, estimate=False)
        if found.how == "margin":
            guess = found.bond
            turned = self.settings.turns and ink.shape[0] > ink.shape[1]
        edge = max(2, round(0.02 * max(height, width)))
        top, left = max(0, top - edge), max(0, left - edge)
        ink = ink[top : top + height + 2 * edge, left : left + width + 2 * edge]
        if turned:
            ink = np.ascontiguousarray(np.rot90(ink))
        sight = self._sight_of(ink, guess, started + self.settings.seconds / 2)
        if not sight.graph.atoms:
            return Prediction(image_id, "", error=self._why_nothing(sight, started))
        cut = self._with_labels(sight.graph, ink)
        cut = replace(cut, turned=ink.shape[0] if turned else None, shift=(left, top))
        outcome = self.pool.run([cut])[0]
        if outcome.value is None:
            return Prediction(image_id, "", error=f"the chemistry failed: {outcome.error}")
        graph, reading = outcome.value
        product = whole_confidence(cut.graph)
        score = log(max(product, 1e-12))
        parts = len(graph.atoms) + len(graph.bonds)
        candidate = Candidate(reading.inchi, score, parts, "graph")
        return Prediction(
            image_id,
            reading.inchi,
            smiles=reading.smiles,
            confidence=self._calibrated(product),
            error=reading.error,
            candidates=(candidate,) if reading.inchi else (),
            graph=graph,
            molfile=reading.molfile,
        )

    def _calibrated(self, product: float) -> float:
        """The chance that an answer is right, from the product of its parts' confidences."""
        offset, slope = self.settings.calibration
        doubt = max(-log(max(product, 1e-300)), 1e-6)
        return 1.0 / (1.0 + exp(min(50.0, slope * log(doubt) - offset)))

    def _why_nothing(self, sight: _Sight, started: float) -> str:
        if sight.crowd:
            return (
                f"too many atoms: about {sight.crowd} seem to be in this picture; "
                f"at most {self.settings.most_atoms} are taken for one molecule"
            )
        late = time.perf_counter() - started > self.settings.seconds / 2
        within = f" within {self.settings.seconds:g} s" if late else ""
        return f"no molecule was found in this picture{within}"

    def _eye(self, ink: np.ndarray, deadline: float = inf) -> PictureMaps:
        """The maps of a picture. After the deadline the eye is shut and they are empty, and so for
        a strip so narrow that its margin would need more memory than ``most_pixels`` allows."""
        room = (ink.shape[0] + 2 * MARGIN) * (ink.shape[1] + 2 * MARGIN)
        if time.perf_counter() > deadline or room > 2 * self.settings.scale.most_pixels:
            shut = torch.full((self.network.layout.channels, 1, 1), -20.0)
            return picture_maps(shut, self.network.layout, self.network.stride)
        network = self.network
        return maps_of_ink(
            network,
            network.layout,
            network.stride,
            ink,
            multiple=network.multiple,
            device=self.device,
        )

    def _sight_of(self, ink: np.ndarray, guess: float | None, deadline: float) -> _Sight:
        eye = partial(self._eye, deadline=deadline)
        look = search_scale(eye, ink, self.settings.scale, guess)
        if look is None:
            look = look_at(eye, ink, min(1.0, 500.0 / max(ink.shape)))
        return self._sight(look)

    def _sight(self, look: Look) -> _Sight:
        atoms, bonds = candidates_of(look.maps, self.settings.candidates)
        if len(atoms) > self.settings.most_atoms:
            return _Sight(MoleculeGraph(), crowd=len(atoms))
        graph = choose_graph(atoms, bonds, self.settings.assembly)
        graph = graph.moved(1.0, (-float(MARGIN), -float(MARGIN)))
        return _Sight(graph.moved((1 / look.factors[0], 1 / look.factors[1])))

    def _with_labels(self, graph: MoleculeGraph, ink: np.ndarray) -> CutGraph:
        """The graph with the text of its long labels read from the picture: each twice, in the box
        that the maps give and in one that follows the letters further."""
        places = [p for p, atom in enumerate(graph.atoms) if not atom.symbol and atom.box]
        if not places or self.labels is None:
            return CutGraph(graph)
        boxes = [graph.atoms[place].box for place in places]
        grown = [
            grown_box(ink, box, *_free_sides(graph, place))
            for place, box in zip(places, boxes, strict=True)
            if box is not None
        ]
        crops = [crop_of(ink, box) for box in (*boxes, *grown) if box is not None]
        found = self.labels.readings(crops, READINGS)
        atoms, texts = list(graph.atoms), {}
        for number, place in enumerate(places):
            near, far = found[number], found[len(places) + number]
            least = LEAST_LIKELY * near[0][1]
            likely = [text for text, sure in (*near[:1], far[0], *near[1:]) if sure >= least]
            texts[place] = tuple(dict.fromkeys(likely))
            text, sure = near[0]
            atom = atoms[place]
            atoms[place] = replace(atom, text=text, confidence=atom.confidence * sure)
        return CutGraph(MoleculeGraph(tuple(atoms), graph.bonds), texts)


def _free_sides(graph: MoleculeGraph, place: int) -> tuple[bool, bool]:
    """Whether a label's left and right side are free of bonds."""
    atom = graph.atoms[place]
    across = [
        graph.atoms[bond.end if bond.begin == place else bond.begin].x - atom.x
        for bond in graph.bonds
        if place in (bond.begin, bond.end)
    ]
    return not any(step < 0 for step in across), not any(step > 0 for step in across)
