"""Awkward labels in the text job: an option that changes nothing when off, and a small SAR."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from inchify import config
from inchify.chemistry.abbreviations.text_variants import ALPHABET
from inchify.data.line_pictures import decoded
from inchify.models.text.sar import Sar
from inchify.readers.line_recognizer import LineRecognizer, LineRecognizerSettings
from inchify.readers.torch_networks import recognizer_of
from inchify.tasks.text_recognition.data import Line, LineDrawer, text_batch
from inchify.tasks.text_recognition.settings import (
    TextDataSettings,
    TextSettings,
    load_text_settings,
)
from inchify.tasks.text_recognition.task import (
    LoadedTextNetwork,
    build_text_network,
    load_text_network,
    read_ids,
    train_text,
)
from inchify.training.checkpoint import export_weights

CONFIGS = Path(__file__).parents[2] / "configs"
TINY = CONFIGS / "tiny" / "sar_labels.yaml"


def texts(awkward: float, count: int = 60) -> tuple[list[Line], TextSettings]:
    settings = load_text_settings(TINY, [f"data.irregular={awkward}"])
    generator = np.random.default_rng(4)
    drawer = LineDrawer(settings)
    return [drawer.draw(generator) for _ in range(count)], settings


def test_two_rows_need_a_space_and_other_labels_none() -> None:
    plain, settings = texts(0.0)
    assert settings.alphabet == ALPHABET
    assert all(" " not in text for _, text, _ in plain)
    awkward, settings = texts(1.0)
    assert settings.alphabet == ALPHABET + " "
    rows = [text.count(" ") for _, text, _ in awkward]
    assert set(rows) == {0, 1} and 5 < sum(rows) < 55
    assert all(intensity.shape[0] == 32 and intensity.any() for intensity, _, _ in awkward)
    batch = text_batch(awkward[:5], settings.alphabet)
    assert int(batch.ids_BL.max()) <= len(settings.alphabet)
    half, _ = texts(0.5)
    assert 0 < sum(" " in text for _, text, _ in half) < sum(rows)


def test_a_share_that_cannot_be_is_named() -> None:
    for wrong in ({"irregular": 1.5}, {"irregular": -0.1}, {"irregular": 0.1, "source": "lines"}):
        with pytest.raises(ValueError, match="irregular"):
            TextDataSettings(**{"source": "labels", **wrong})


@pytest.mark.parametrize("name", ["sar", "sar_labels"])
def test_configurations_build_and_survive_a_dump(name: str) -> None:
    for folder in ("text", "tiny"):
        settings = load_text_settings(CONFIGS / folder / f"{name}.yaml")
        assert config.build(TextSettings, config.to_dict(settings)) == settings
        with torch.device("meta"):
            network = build_text_network(settings)
        assert isinstance(network, Sar) and network.letters == len(settings.alphabet)
        assert settings.shape.height == network.height


def test_a_training_gives_weights_that_read(tmp_path: Path) -> None:
    summary = train_text(TINY, tmp_path / "run", progress=False)
    assert summary["finished"] and set(summary["scores"]) == {"nll", "character_error", "exact"}
    export_weights(tmp_path / "run", tmp_path / "weights")
    loaded = load_text_network(tmp_path / "weights")
    assert isinstance(loaded.network, Sar) and loaded.alphabet == ALPHABET + " "
    lines, _ = texts(1.0, count=3)
    batch = text_batch(lines, loaded.alphabet)
    read = read_ids(loaded.network, batch.images_BCHW, batch.widths_B)
    assert len(read) == 3
    assert all(1 <= number <= len(loaded.alphabet) for ids in read for number in ids)
    reader = LineRecognizer(recognizer_of(loaded), LineRecognizerSettings(beams=1))
    texts_read = [decoded(ids, loaded.alphabet) for ids in read]
    assert [text for text, _ in reader.read([line.intensity for line in lines])] == texts_read


def test_the_setting_decides_whether_high_crops_are_turned(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_text_settings(TINY)
    loaded = LoadedTextNetwork(build_text_network(settings), settings.alphabet, settings, "")

    def read_as_they_are(reader: LineRecognizer, crops: list, most: int) -> list:
        return [[("OMe", 0.9) if intensity[-1, 0] else ("H", 0.1)] for intensity in crops]

    monkeypatch.setattr(LineRecognizer, "_as_they_are", read_as_they_are)
    high = np.zeros((30, 10), np.uint8)
    high[0, 0] = 255  # a quarter turn to the left brings it to the lower corner
    for turns, text in ((False, "H"), (True, "OMe")):
        reader = LineRecognizer(recognizer_of(loaded), LineRecognizerSettings(turns=turns))
        assert [found for found, _ in reader.read([high, high.T.copy()])] == [text, "H"]
