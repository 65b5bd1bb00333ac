"""Every shipped configuration parses, builds, says what it is, and has a tiny twin."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from inchify import config
from inchify.chem.tokenizers import InchiTokenizer
from inchify.models import build_network
from inchify.tasks import SequenceSettings, load_settings

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "configs"
SHARED = {"base.yaml", "tiny.yaml"}
ALL = sorted(FOLDER.glob("*/*.yaml"))
WHOLE = [path for path in ALL if path.name not in SHARED]


def name(path: Path) -> str:
    return str(path.relative_to(FOLDER))


@pytest.mark.parametrize("path", ALL, ids=name)
def test_head_says_how_to_run_it_and_what_to_expect(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for key in ("run", "takes", "expect", "seen"):
        assert re.search(rf"^# {key}: +\S", text, re.MULTILINE), f"'# {key}:' is missing"
    own = re.search(r"^# run: .*train (configs/\S+)", text, re.MULTILINE)
    assert own is None or ROOT / own[1] == path


@pytest.mark.parametrize("path", WHOLE, ids=name)
def test_parses_builds_and_survives_a_dump(path: Path) -> None:
    settings = load_settings(path)
    assert config.build(SequenceSettings, config.to_dict(settings)) == settings
    with torch.device("meta"):
        network = build_network(
            settings.encoder, settings.decoder, len(InchiTokenizer.default().vocabulary)
        )
    assert sum(weight.numel() for weight in network.parameters()) > 10_000


@pytest.mark.parametrize("path", [path for path in WHOLE if path.parent.name != "tiny"], ids=name)
def test_has_a_tiny_twin(path: Path) -> None:
    twin = load_settings(FOLDER / "tiny" / path.name)
    real = load_settings(path)
    assert (twin.encoder.kind, twin.decoder.kind) == (real.encoder.kind, real.decoder.kind)
    assert twin.training.steps is not None and twin.training.steps <= 50


def test_every_kind_has_a_configuration() -> None:
    from inchify.models import DECODERS, ENCODERS

    kinds = [load_settings(path) for path in WHOLE]
    assert {item.encoder.kind for item in kinds} == set(ENCODERS)
    assert {item.decoder.kind for item in kinds} == set(DECODERS)
