"""The graph reader: a dense network's atoms and bonds assembled into a molecule."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
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
from inchify.readers.observation import Observation, observation_of
from inchify.readers.refusal.features import RefusalFeatures, refusal_features
from inchify.readers.refusal.model import RefusalModel, refusal_model, refusal_reason
from inchify.readers.surroundings.brackets import polymer_error
from inchify.readers.surroundings.side_text import explained_boxes, side_text
from inchify.readers.views.crops import FOREGROUND_LEVEL
from inchify.readers.views.scale_search import (
    USUAL_BOND,
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
        """Load a reader from a folder.

        Args:
            folder: Weights, a run, or an exported network.
            settings: Settings; the length of bonds that the network was trained for is filled in.
            labels: Reads atom labels.
            bonds: Classifies bonds at the picture's resolution.
            threads: With how many onnxruntime computes.

        Raises:
            ValueError: There are no weights, or those of another reader.
        """
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
        """Read pictures, each from one view.

        Args:
            pictures: Names and files.

        Returns:
            One prediction for each, in order.
        """
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
        """Read one picture from one view.

        Args:
            image_id: Its name.
            gray: uint8 (H, W), 255 = white background, or a binarized picture.
        """
        picture = cut_of(BinarizedImage.of(gray), turns=self.settings.turns)
        if picture is None:
            return Prediction(image_id, "", error="the picture is empty: no ink was found")
        cut, beside, polymer = self._drawing_of(picture)
        if polymer:
            return Prediction(image_id, "", error=polymer)
        observation = self._observe(cut, View(n_best=self.settings.n_best), beside)
        refused = ""
        if not observation.plain:
            text = self._text_of(picture)
            refused = refusal_reason(
                self.refusal, cut.intensity, observation.network_pass, self.settings, text
            )
        if not observation.graphs:
            return Prediction(
                image_id, "", error=refused or observation.why_nothing(self.settings.max_atoms)
            )
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
        """Propose molecules from one view.

        Args:
            gray: uint8 (H, W), 255 = white background, or a binarized picture.
            view: Scale, orientation and number of graphs.

        Returns:
            Each molecule once, the likeliest first.
        """
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
        """Give a prediction another graph.

        Args:
            prediction: Its InChI stays.
            drawn: The graph as drawn, in the picture's pixels.

        Returns:
            The prediction with that graph and its molfile, and where the graph means the predicted
            InChI, with its SMILES and why it has no InChI.
        """
        (outcome,) = self.pool.run([CutGraph(drawn)])
        if outcome.value is None:
            return replace(prediction, graph=drawn, smiles="", molfile="")
        graph, reading = outcome.value
        shown = replace(prediction, graph=graph, molfile=reading.molfile, smiles="")
        if reading.inchi != prediction.inchi:
            return shown
        return replace(shown, smiles=reading.smiles, error=reading.error)

    def _finished(self, observation: Observation, cut: PictureCut) -> list[FinishedGraph]:
        """The molecules of all graphs, from a process that may die over each of them."""
        texted = with_texts(observation.graphs, cut.intensity, self.labels, self._text_of(cut))
        cuts = [
            replace(i, turns=cut.turns, size=cut.intensity.shape, shift=cut.shift) for i in texted
        ]
        # what the labels' texts add to the doubt counts for all graphs alike
        best = log(max(graph_confidence(cuts[0].graph), 1e-12))
        outcomes = self.pool.run(cuts[:1])
        while len(outcomes) < len(cuts) and not any(item.ran_away for item in outcomes):
            outcomes += self.pool.run(cuts[len(outcomes) : len(outcomes) + TOGETHER])
        finished = []
        for score, item, outcome in zip(observation.scores, cuts, outcomes, strict=False):
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

    def _maps_of(
        self, intensity: np.ndarray, allowance: PixelAllowance | None = None
    ) -> PictureMaps:
        """The maps of a picture; empty ones where the ``allowance`` of its view is used up, and for
        a strip so narrow that its margin would need more memory than ``most_pixels`` allows."""
        pixels = (intensity.shape[0] + 2 * MARGIN) * (intensity.shape[1] + 2 * MARGIN)
        network = self.network
        used_up = allowance is not None and not allowance.takes(pixels)
        if used_up or pixels > 2 * self.settings.scale.most_pixels:
            maps_CHW = np.full((network.layout.channels, 1, 1), -20.0, np.float32)
        else:
            maps_CHW = network.maps(padded(intensity, network.multiple, MARGIN))
        return picture_maps(maps_CHW, network.layout, network.stride)

    def refusal_features(self, gray: np.ndarray | BinarizedImage) -> RefusalFeatures | None:
        """Measure from the first view whether there is a molecule.

        Args:
            gray: uint8 (H, W), 255 = white background, or a binarized picture.

        Returns:
            The features that the refusal model takes; None for an empty picture.
        """
        picture = cut_of(BinarizedImage.of(gray), turns=self.settings.turns)
        if picture is None:
            return None
        cut, beside, _ = self._drawing_of(picture)
        network_pass = self._observe(cut, View(), beside).network_pass
        text = self._text_of(picture)
        return (
            None
            if network_pass is None
            else refusal_features(cut.intensity, network_pass, self.settings, text)
        )

    def explained_boxes(self, gray: np.ndarray | BinarizedImage) -> list[Box]:
        """Find letters beside the drawing that were understood.

        Args:
            gray: uint8 (H, W), 255 = white background, or a binarized picture.

        Returns:
            Their boxes in the picture's pixels.
        """
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
            doubt = sum(log(max(atom.confidence, 1e-12)) for atom in beside)
            return Observation((MoleculeGraph(tuple(beside)),), (doubt,))
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
        ranked = k_best_graphs(
            first.atoms,
            first.bonds,
            self.settings.assembly,
            view.n_best,
            more=more,
            expansions=self.settings.expansions,
        )
        ranked, cage = with_other_readings(ranked, others, self.settings.assembly)
        return observation_of(ranked, network_pass, text, beside, cage=cage)


def _digests(**parts: object) -> dict[str, str]:
    """Digests of the weights of a reader's further networks, those that it has."""
    return {name: part.digest for name, part in parts.items() if hasattr(part, "digest")}
