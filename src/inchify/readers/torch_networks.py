"""Checkpoints of trainings as networks for reading, computed by PyTorch (the extra ``train``).

Shape letters: B pictures, C channels, H and W pixels, T and A samples across and along a bond, X
measures, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import nn

from inchify.decoding.beam import beam_search
from inchify.decoding.ctc import Reading
from inchify.decoding.text_lines import LineMaps
from inchify.models.bond_patch import BondPatchNetwork
from inchify.models.dense.layout import Layout
from inchify.models.dense.network import network_input
from inchify.models.text.crnn import Crnn
from inchify.models.text.ctpn import Ctpn
from inchify.models.text.sar import END, Sar
from inchify.readers.networks import (
    LineSearch,
    LoadedBondClassifier,
    LoadedDetector,
    LoadedGraphNetwork,
    LoadedLineDetector,
    LoadedLineRecognizer,
    ctc_readings,
)
from inchify.tasks.bond_kind.task import LoadedBondKindNetwork, load_bond_kind_network
from inchify.tasks.molecule_detection.task import load_region_network
from inchify.tasks.molecule_graph.task import load_graph_network
from inchify.tasks.text_detection.task import (
    LoadedTextLineNetwork,
    line_maps,
    load_text_line_network,
)
from inchify.tasks.text_recognition.task import LONGEST, LoadedTextNetwork, load_text_network

SomeLayout = TypeVar("SomeLayout", bound=Layout)


class TorchMaps(Generic[SomeLayout]):
    """A ``MapNetwork`` that PyTorch computes."""

    def __init__(self, network: Any, device: str = "auto") -> None:
        """
        Args:
            network: A dense network: a module with ``layout``, ``stride`` and ``multiple``.
            device: Where it computes; "auto" takes a GPU where there is one.
        """
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self.device = torch.device(device)
        module: nn.Module = network
        self.module = module.to(self.device).to(memory_format=torch.channels_last).eval()
        self.layout: SomeLayout = network.layout
        self.stride: int = network.stride
        self.multiple: int = network.multiple

    @torch.inference_mode()
    def maps(self, canvas_HW: np.ndarray) -> np.ndarray:
        """As ``MapNetwork`` says."""
        canvas = torch.from_numpy(canvas_HW)[None, None].to(self.device)
        return self.module(network_input(canvas)).maps_BCHW[0].float().cpu().numpy()


@dataclass(frozen=True)
class TorchBondClassifier:
    """A ``BondClassifier`` that PyTorch computes."""

    network: BondPatchNetwork

    @torch.inference_mode()
    def logits(self, patches_BTA: np.ndarray, features_BX: np.ndarray) -> np.ndarray:
        """As ``BondClassifier`` says."""
        patches = torch.from_numpy(patches_BTA).float() / 255.0
        return self.network(patches, torch.from_numpy(features_BX)).numpy()


@dataclass(frozen=True)
class TorchCrnn:
    """A ``LineNetwork`` with CTC that PyTorch computes."""

    network: Crnn

    @torch.inference_mode()
    def readings(
        self, images_BCHW: np.ndarray, widths: Sequence[int], search: LineSearch
    ) -> list[list[Reading]]:
        """As ``LineNetwork`` says."""
        widths_B = torch.tensor(widths)
        log_probs_BTV = self.network(torch.from_numpy(images_BCHW), widths_B).numpy()
        columns = self.network.columns(widths_B).tolist()
        lines = [line[:count] for line, count in zip(log_probs_BTV, columns, strict=True)]
        return ctc_readings(lines, search)


@dataclass(frozen=True)
class TorchSar:
    """An autoregressive ``LineNetwork`` that PyTorch computes."""

    network: Sar

    @torch.inference_mode()
    def readings(
        self, images_BCHW: np.ndarray, widths: Sequence[int], search: LineSearch
    ) -> list[list[Reading]]:
        """As ``LineNetwork`` says."""
        memory = self.network.encode(torch.from_numpy(images_BCHW), torch.tensor(widths))
        results = beam_search(
            self.network,
            memory,
            beams=max(search.beams, search.n_best),
            n_best=search.n_best,
            start_id=self.network.start_id,
            end_id=END,
            max_length=LONGEST + 1,
        )
        return [[Reading(tuple(item.ids), item.score) for item in texts] for texts in results]


@dataclass(frozen=True)
class TorchCtpn:
    """A ``LineMapNetwork`` that PyTorch computes."""

    network: Ctpn

    def maps(self, page_HW: np.ndarray) -> LineMaps:
        """As ``LineMapNetwork`` says."""
        return line_maps(self.network, self.network, page_HW)


def load_torch_graph(folder: Path, device: str = "auto") -> LoadedGraphNetwork:
    """The graph reader's network of a run folder or checkpoint.

    Raises:
        ValueError: As ``load_graph_network``.
    """
    loaded = load_graph_network(folder)
    return LoadedGraphNetwork(loaded.description, loaded.digest, TorchMaps(loaded.network, device))


def load_torch_detector(folder: Path) -> LoadedDetector:
    """The detector of molecules of a run folder or checkpoint.

    Raises:
        ValueError: As ``load_region_network``.
    """
    loaded = load_region_network(folder)
    return LoadedDetector(
        loaded.description,
        loaded.digest,
        TorchMaps(loaded.network, "cpu"),
        dots_per_inch=loaded.settings.data.dots_per_inch,
        period=loaded.settings.period,
    )


def load_torch_bond_classifier(folder: Path) -> LoadedBondClassifier:
    """The bond classifier of a run folder or checkpoint.

    Raises:
        ValueError: As ``load_bond_kind_network``.
    """
    return bond_classifier_of(load_bond_kind_network(folder))


def bond_classifier_of(loaded: LoadedBondKindNetwork) -> LoadedBondClassifier:
    """A task's bond classifier for reading."""
    shares = loaded.network.share_K.float().numpy()
    network = TorchBondClassifier(loaded.network)
    return LoadedBondClassifier({}, loaded.digest, network, loaded.kinds, shares)


def load_torch_recognizer(folder: Path) -> LoadedLineRecognizer:
    """The line recognizer of a run folder or checkpoint.

    Raises:
        ValueError: As ``load_text_network``.
    """
    return recognizer_of(load_text_network(folder))


def recognizer_of(loaded: LoadedTextNetwork) -> LoadedLineRecognizer:
    """A task's line recognizer for reading."""
    ctc = isinstance(loaded.network, Crnn)
    network = (
        TorchCrnn(loaded.network) if isinstance(loaded.network, Crnn) else TorchSar(loaded.network)
    )
    settings = loaded.settings
    return LoadedLineRecognizer(
        {}, loaded.digest, network, loaded.alphabet, settings.data.source, settings.shape, ctc
    )


def load_torch_line_detector(folder: Path) -> LoadedLineDetector:
    """The line detector of a run folder or checkpoint.

    Raises:
        ValueError: As ``load_text_line_network``.
    """
    return line_detector_of(load_text_line_network(folder))


def line_detector_of(loaded: LoadedTextLineNetwork) -> LoadedLineDetector:
    """A task's line detector for reading."""
    return LoadedLineDetector(
        loaded.description,
        loaded.digest,
        TorchCtpn(loaded.network),
        loaded.settings.data.dots_per_inch,
        loaded.settings.lines,
    )
