"""Every shipped configuration parses, builds, says what it is, and has a tiny twin."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from inchify import config
from inchify.chemistry.tokenization.tokenizers import InchiTokenizer
from inchify.decoding.molecule_graph import graph_layout
from inchify.models.dense.network import DenseNetwork
from inchify.models.network import build_network
from inchify.tasks.bond_kind.settings import BondKindSettings
from inchify.tasks.bond_kind.task import build_bond_kind_network
from inchify.tasks.molecule_detection.settings import RegionSettings
from inchify.tasks.molecule_detection.task import build_region_network
from inchify.tasks.molecule_graph.settings import GraphSettings
from inchify.tasks.sequence.settings import SequenceSettings, load_settings
from inchify.tasks.text_detection.settings import TextLineSettings
from inchify.tasks.text_detection.task import build_text_line_network
from inchify.tasks.text_recognition.settings import TextSettings
from inchify.tasks.text_recognition.task import build_text_network

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "configs"
# what others share: no experiments of their own
SHARED = {"base.yaml", "tiny.yaml", "graph_tiny.yaml"}
ALL = sorted(FOLDER.glob("*/*.yaml"))
WHOLE = [path for path in ALL if path.name not in SHARED]


class Job(NamedTuple):
    """A kind of configuration: its settings, its network, and what a twin has in common."""

    settings: type
    build: Callable[[Any], torch.nn.Module]
    kind: Callable[[Any], Any]


JOBS = {
    "sequence": Job(
        SequenceSettings,
        lambda chosen: build_network(
            chosen.encoder, chosen.decoder, len(InchiTokenizer.default().vocabulary)
        ),
        lambda chosen: (chosen.encoder.kind, chosen.decoder.kind),
    ),
    "graph": Job(
        GraphSettings,
        lambda chosen: DenseNetwork(chosen.network, graph_layout(chosen.subcells)),
        lambda chosen: (
            chosen.network.backbone,
            chosen.network.finest,
            chosen.network.pyramid.bins,
            chosen.distillation is None,
        ),
    ),
    "regions": Job(
        RegionSettings,
        build_region_network,
        lambda chosen: (
            chosen.network.backbone,
            chosen.network.finest,
            chosen.distillation is None,
        ),
    ),
    "text_lines": Job(
        TextLineSettings,
        build_text_line_network,
        lambda chosen: (chosen.network.trunk, chosen.network.recurrent, chosen.network.scores),
    ),
    "bond_kind": Job(
        BondKindSettings, build_bond_kind_network, lambda chosen: chosen.network.channels
    ),
    "text": Job(
        TextSettings, build_text_network, lambda chosen: (chosen.label, chosen.data.source)
    ),
}


def name(path: Path) -> str:
    return str(path.relative_to(FOLDER))


def job_of(path: Path) -> Job:
    return JOBS[config.read_yaml(path).get("task", "sequence")]


def twins_of(path: Path) -> list[Path]:
    """The tiny files that name a configuration as a base."""
    line = re.compile(rf"^base:.*\.\./{re.escape(name(path))}\b", re.MULTILINE)
    return [tiny for tiny in FOLDER.glob("tiny/*.yaml") if line.search(tiny.read_text("utf-8"))]


@pytest.mark.parametrize("path", ALL, ids=name)
def test_head_says_how_to_run_it_and_what_to_expect(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for key in ("run", "takes", "expect", "seen"):
        assert re.search(rf"^# {key}: +\S", text, re.MULTILINE), f"'# {key}:' is missing"
    own = re.search(r"^# run: .*train (configs/\S+)", text, re.MULTILINE)
    assert own is None or ROOT / own[1] == path


@pytest.mark.parametrize("path", WHOLE, ids=name)
def test_parses_builds_and_survives_a_dump(path: Path) -> None:
    job = job_of(path)
    settings = config.load(path, job.settings)
    assert config.build(job.settings, config.to_dict(settings)) == settings
    with torch.device("meta"):
        network = job.build(settings)
    assert sum(weight.numel() for weight in network.parameters()) > 10_000


@pytest.mark.parametrize("path", [path for path in WHOLE if path.parent.name != "tiny"], ids=name)
def test_has_a_tiny_twin(path: Path) -> None:
    job = job_of(path)
    real = config.load(path, job.settings)
    twins = [config.load(twin, job.settings) for twin in twins_of(path)]
    short = [twin for twin in twins if twin.training.steps is not None and twin.training.steps < 51]
    assert short, f"no file of configs/tiny names ../{name(path)} as its base and trains 50 steps"
    assert all(job.kind(twin) == job.kind(real) for twin in twins)


def test_every_kind_has_a_configuration() -> None:
    from inchify.models.network import DECODERS, ENCODERS

    sequences = [load_settings(path) for path in WHOLE if job_of(path) is JOBS["sequence"]]
    assert {item.encoder.kind for item in sequences} == set(ENCODERS)
    assert {item.decoder.kind for item in sequences} == set(DECODERS)
    assert {config.read_yaml(path).get("task", "sequence") for path in WHOLE} == set(JOBS)
