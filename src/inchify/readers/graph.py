"""The graph reader: a dense network's atoms and bonds assembled into a molecule."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np

from inchify import config
from inchify.chemistry.graph_assembly.assembly import (
    graph_confidence,
)
from inchify.chemistry.graph_assembly.k_best import k_best_graphs
from inchify.data.canvas_packing import padded
from inchify.data.pictures.binarized import BinarizedImage
from inchify.data.pictures.preparation import PictureError, read_picture
from inchify.decoding.molecule_graph import (
    MARGIN,
    PictureMaps,
    picture_maps,
)
from inchify.isolation.pool import PoolSettings, WorkerPool
from inchify.isolation.processes import shared_process
from inchify.models.dense.layout import GraphLayout
from inchify.readers.bonds.bond_check import BondChecker
from inchify.readers.graph_candidates import CandidateChecks, checked_readings
from inchify.readers.graph_settings import GraphReaderSettings
from inchify.readers.label_expansion import (
    CutGraph,
    FinishedGraph,
    distinct_candidates,
    finish,
    warm_up,
)
from inchify.readers.labels.picture_text import Labels, PictureText, PictureTextReader, lines_of
from inchify.readers.labels.unread_labels import with_texts
from inchify.readers.loading import load_graph
from inchify.readers.merged_readings import with_other_readings
from inchify.readers.networks import MapNetwork
from inchify.readers.refusal.features import RefusalFeatures, refusal_features
from inchify.readers.refusal.model import RefusalModel, refusal_model, refusal_reason
from inchify.readers.stroke_graph.small_drawings import graph_of_strokes
from inchify.readers.surroundings.brackets import polymer_error
from inchify.readers.surroundings.side_text import explained_boxes, side_text
from inchify.readers.views.crops import FOREGROUND_LEVEL
from inchify.readers.views.scale_search import (
    USUAL_BOND,
    NetworkPass,
    PixelAllowance,
    learned_bond,
    maps_at,
    search_scale,
)
from inchify.readers.views.view import PictureCut, View, cut_of
from inchify.types import Candidate, GraphAtom, MoleculeGraph, Prediction

Box = tuple[float, float, float, float]
# Graphs that the chemistry gets at once; where one of them runs away, no more follow.
TOGETHER = 4
# How far from the scale of a view (a logarithm) it may be read: another size is its point.
VIEW_NEAR = 0.06
# A graph that few strokes show exactly is a molecule without the maps' word where it has a label or
# at most so many bonds: the network sees little of it (four may be a table's cell).
PLAIN_BONDS = 3


@dataclass(frozen=True)
class Observation:
    """Graphs in pixels of the cut, the likeliest first, with the logarithms of their chances;
    ``crowd`` is how many atoms seemed to be there where they were too many to look for graphs;
    ``network_pass`` the pass that they were seen in; ``plain``: the first is all that a drawing of
    so few strokes can be, whatever its maps say of there being a molecule."""

    graphs: tuple[MoleculeGraph, ...] = ()
    scores: tuple[float, ...] = ()
    crowd: int = 0
    network_pass: NetworkPass | None = None
    plain: bool = False


class GraphReader:
    """A dense network, the global choice and RDKit, behind one ``read``."""

    def __init__(
        self,
        network: MapNetwork[GraphLayout],
        settings: GraphReaderSettings,
        *,
        labels: Labels | None = None,
        about: dict[str, Any] | None = None,
        name: str = "graph",
        refusal: RefusalModel | None = None,
        bonds: BondChecker | None = None,
    ) -> None:
        """``name`` is what its candidates give as their source; ``refusal`` says which pictures
        show no molecule; ``bonds`` classifies bonds at the picture's full resolution."""
        self.network = network
        self.settings, self.labels, self.name = settings, labels, name
        self.refusal = refusal
        self.checks = CandidateChecks(
            labels=labels,
            bonds=bonds,
            crossings=settings.crossings,
            max_atoms=settings.max_atoms,
        )
        self.about = {**(about or {}), "reader": config.to_dict(settings)}
        self.text = None if labels is None else PictureTextReader(labels)
        limits = PoolSettings(deadline=settings.chemistry_seconds)
        self.pool = WorkerPool(finish, limits, warm_up, processes=shared_process())

    @classmethod
    def load(
        cls,
        folder: Path,
        settings: GraphReaderSettings | None = None,
        *,
        labels: Labels | None = None,
        bonds: BondChecker | None = None,
        threads: int = 1,
    ) -> GraphReader:
        """A reader from a run or weights folder, or from an exported network, which computes with
        so many ``threads``. Raises ValueError where there is none."""
        settings = settings or GraphReaderSettings()
        loaded = load_graph(folder, threads=threads, device=settings.device)
        if settings.scale.bond_pixels is None:
            learned = replace(settings.scale, bond_pixels=learned_bond(loaded.description))
            settings = replace(settings, scale=learned)
        return cls(
            loaded.network,
            settings,
            labels=labels,
            about={"checkpoints": [loaded.digest], **_digests(labels=labels, bonds=bonds)},
            name=folder.resolve().name,
            refusal=refusal_model(loaded) if settings.refuse and labels is not None else None,
            bonds=bonds,
        )

    def close(self) -> None:
        """Ends the chemistry's process."""
        self.pool.close()

    def read(self, pictures: Iterable[tuple[str, Path]]) -> Iterator[Prediction]:
        """One prediction for each (image_id, path), in order."""
        for image_id, path in pictures:
            started = time.perf_counter()
            try:
                prediction = self.read_gray(image_id, read_picture(path))
            except PictureError as error:
                prediction = Prediction(image_id, "", error=str(error))
            except Exception as error:  # whatever a picture breaks is its own row's
                prediction = Prediction(image_id, "", error=f"{type(error).__name__}: {error}")
            yield replace(prediction, seconds=time.perf_counter() - started)

    def read_gray(self, image_id: str, gray: np.ndarray | BinarizedImage) -> Prediction:
        """One picture, gray uint8 (H, W)."""
        whole = cut_of(BinarizedImage.of(gray), turns=self.settings.turns)
        if whole is None:
            return Prediction(image_id, "", error="the picture is empty: no ink was found")
        cut, beside, polymer = self._drawing_of(whole)
        if polymer:
            return Prediction(image_id, "", error=polymer)
        observation = self._observe(cut, View(n_best=self.settings.n_best), beside)
        refused = ""
        if not observation.plain:
            text = self._text_of(whole)
            refused = refusal_reason(
                self.refusal, cut.intensity, observation.network_pass, self.settings, text
            )
        if not observation.graphs:
            return Prediction(image_id, "", error=refused or self._why_nothing(observation))
        first, *others = self._finished(observation, cut)
        if refused:
            candidates = distinct_candidates([first, *others], self.name)
            return Prediction(image_id, "", error=refused, candidates=candidates)
        if first.error:
            return Prediction(image_id, "", error=f"the chemistry failed: {first.error}")
        return Prediction(
            image_id,
            first.reading.inchi,
            smiles=first.reading.smiles,
            confidence=self._calibrated(first.score),
            error=first.reading.error,
            candidates=distinct_candidates([first, *others], self.name),
            graph=first.graph,
            molfile=first.reading.molfile,
        )

    def candidates(self, gray: np.ndarray | BinarizedImage, view: View) -> tuple[Candidate, ...]:
        """What one view at a picture proposes, each molecule once, the likeliest first."""
        cut = cut_of(
            BinarizedImage.of(gray), turns=self.settings.turns, quarter_turns=view.quarter_turns
        )
        if cut is None:
            return ()
        beside: Sequence[GraphAtom] = ()
        if not view.quarter_turns:
            cut, beside, refused = self._drawing_of(cut)
            if refused:
                return ()
        observation = self._observe(cut, view, beside)
        source = " ".join(filter(None, (self.name, str(view))))
        return (
            distinct_candidates(self._finished(observation, cut), source)
            if observation.graphs
            else ()
        )

    def with_graph(self, prediction: Prediction, drawn: MoleculeGraph) -> Prediction:
        """The prediction with another graph (as drawn, in the picture's pixels), its molfile and,
        where it means the predicted InChI, its SMILES and why it has no InChI."""
        (outcome,) = self.pool.run([CutGraph(drawn)])
        if outcome.value is None:
            return replace(prediction, graph=drawn, smiles="", molfile="")
        graph, reading = outcome.value
        told = replace(prediction, graph=graph, molfile=reading.molfile, smiles="")
        if reading.inchi != prediction.inchi:
            return told
        return replace(told, smiles=reading.smiles, error=reading.error)

    def _finished(self, observation: Observation, cut: PictureCut) -> list[FinishedGraph]:
        """The molecules of all graphs, from a process that may die over each of them."""
        found = with_texts(observation.graphs, cut.intensity, self.labels, self._text_of(cut))
        asked = [
            replace(i, turns=cut.turns, size=cut.intensity.shape, shift=cut.shift) for i in found
        ]
        # what the labels' texts add to the doubt counts for all graphs alike
        best = log(max(graph_confidence(asked[0].graph), 1e-12))
        outcomes = self.pool.run(asked[:1])
        while len(outcomes) < len(asked) and not any(item.ran_away for item in outcomes):
            outcomes += self.pool.run(asked[len(outcomes) : len(outcomes) + TOGETHER])
        finished = []
        for score, item, outcome in zip(observation.scores, asked, outcomes, strict=False):
            score += best - observation.scores[0]
            if outcome.value is None:
                finished.append(FinishedGraph(score, error=outcome.error))
            else:
                graph, reading = outcome.value
                drawn = item.placed(item.graph)
                finished.append(FinishedGraph(score, graph, reading, drawn))
        return finished

    def _calibrated(self, score: float) -> float:
        """The chance that an answer is right, from the logarithm of its parts' confidences."""
        offset, slope = self.settings.calibration
        doubt = max(-score, 1e-6)
        return 1.0 / (1.0 + exp(min(50.0, slope * log(doubt) - offset)))

    def _why_nothing(self, observation: Observation) -> str:
        if observation.crowd:
            return (
                f"too many atoms: about {observation.crowd} seem to be in this picture; "
                f"at most {self.settings.max_atoms} are taken for one molecule"
            )
        return "no molecule was found in this picture"

    def _maps_of(
        self, intensity: np.ndarray, allowance: PixelAllowance | None = None
    ) -> PictureMaps:
        """The maps of a picture; empty ones where the ``allowance`` of its view is used up, and for
        a strip so narrow that its margin would need more memory than ``most_pixels`` allows."""
        room = (intensity.shape[0] + 2 * MARGIN) * (intensity.shape[1] + 2 * MARGIN)
        network = self.network
        used_up = allowance is not None and not allowance.takes(room)
        if used_up or room > 2 * self.settings.scale.most_pixels:
            maps_CHW = np.full((network.layout.channels, 1, 1), -20.0, np.float32)
        else:
            maps_CHW = network.maps(padded(intensity, network.multiple, MARGIN))
        return picture_maps(maps_CHW, network.layout, network.stride)

    def refusal_features(self, gray: np.ndarray | BinarizedImage) -> RefusalFeatures | None:
        """What the first view says of whether there is a molecule; None for an empty picture."""
        whole = cut_of(BinarizedImage.of(gray), turns=self.settings.turns)
        if whole is None:
            return None
        cut, beside, _ = self._drawing_of(whole)
        network_pass = self._observe(cut, View(), beside).network_pass
        text = self._text_of(whole)
        return (
            None
            if network_pass is None
            else refusal_features(cut.intensity, network_pass, self.settings, text)
        )

    def explained_boxes(self, gray: np.ndarray | BinarizedImage) -> list[Box]:
        """Boxes, in the picture's pixels, of letters beside the drawing that were understood."""
        cut = cut_of(BinarizedImage.of(gray), turns=self.settings.turns)
        return [] if self.text is None or cut is None else explained_boxes(self.text, cut)

    def _text_of(self, cut: PictureCut) -> PictureText | None:
        return None if self.text is None or cut.competition else self.text.of(cut.intensity)

    def _drawing_of(self, cut: PictureCut) -> tuple[PictureCut, list[GraphAtom], str]:
        """The cut without the text that is no part of the drawing, a label for each line of it that
        names counter-ions or solvates, and why the drawing is no one molecule, or ""."""
        text = self._text_of(cut)
        if text is None:
            return cut, [], ""
        refused = polymer_error(text)
        beside = side_text(text)
        if refused or not beside.letters:
            return cut, [], refused
        return replace(cut, intensity=text.components.erase(beside.letters)), beside.atoms(), ""

    def _observe(
        self, cut: PictureCut, view: View, beside: Sequence[GraphAtom] = ()
    ) -> Observation:
        """The graphs that the network sees, in pixels of the cut, each with the labels ``beside``
        the drawing."""
        if beside and not (cut.intensity > FOREGROUND_LEVEL).any():
            sure = sum(log(max(atom.confidence, 1e-12)) for atom in beside)
            return Observation((MoleculeGraph(tuple(beside)),), (sure,))
        allowance = PixelAllowance(self.settings.pixels)
        maps_of, scale = partial(self._maps_of, allowance=allowance), self.settings.scale
        if view.scale != 1.0:
            usual = scale.bond_pixels or USUAL_BOND
            scale = replace(scale, bond_pixels=view.scale * usual, max_misfit=VIEW_NEAR)
        text = None if view.quarter_turns else self._text_of(cut)
        network_pass = search_scale(
            maps_of,
            cut.intensity,
            scale,
            cut.bond,
            capital=text.capital if text else 0.0,
            lines=lines_of(text) if text else None,
            labels=len(text.rows) if text else 0,
        )
        if network_pass is None:
            network_pass = maps_at(
                maps_of, cut.intensity, min(1.0, 500.0 / max(cut.intensity.shape))
            )
        first, *others = checked_readings(
            cut, network_pass, self.settings.candidates, text, self.checks
        )
        if len(first.atoms) > self.settings.max_atoms:
            return Observation(crowd=len(first.atoms), network_pass=network_pass)
        more = None
        if view.n_best > 1:
            checks = replace(self.checks, strokes=False)
            loose = checked_readings(cut, network_pass, self.settings.loose, text, checks)[0]
            if len(loose.atoms) <= self.settings.max_atoms:
                more = loose.atoms, loose.bonds
        found = k_best_graphs(
            first.atoms,
            first.bonds,
            self.settings.assembly,
            view.n_best,
            more=more,
            expansions=self.settings.expansions,
        )
        found, cage = with_other_readings(found, others, self.settings.assembly)
        across, down = network_pass.factors
        shift = (-MARGIN / across, -MARGIN / down)
        graphs = [graph.moved((1 / across, 1 / down), shift) for graph, _ in found if graph.atoms]
        scores = [score for graph, score in found if graph.atoms]
        exact = graph_of_strokes(text) if text is not None else None
        few = exact is not None and len(exact.bonds) <= PLAIN_BONDS
        plain = few or (exact is not None and any(a.text for a in exact.atoms))
        if exact is not None:
            kept = 0 if plain else len(graphs)  # it is read exactly, at any scale
            graphs = [exact, *graphs[:kept]]
            scores = [log(graph_confidence(exact)), *scores[:kept]]
        graphs = [replace(graph, atoms=(*graph.atoms, *beside)) for graph in graphs]
        return Observation(
            tuple(graphs), tuple(scores), network_pass=network_pass, plain=plain or cage
        )


def _digests(**parts: object) -> dict[str, str]:
    """Digests of the weights of a reader's further networks, those that it has."""
    return {name: part.digest for name, part in parts.items() if hasattr(part, "digest")}
