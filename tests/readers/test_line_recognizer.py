"""Lines are read by CTC or letter by letter; labels that chemists use count more, in labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inchify.decoding.ctc import Reading
from inchify.readers.line_recognizer import MAX_WIDTHS, LineRecognizer, LineRecognizerSettings
from inchify.readers.networks import LineSearch, LoadedLineRecognizer, ctc_readings
from inchify.readers.torch_networks import TorchSar, recognizer_of
from inchify.synthetic.text_lines.atom_labels import draw_label
from inchify.tasks.text_recognition.settings import TextSettings, load_text_settings
from inchify.tasks.text_recognition.task import (
    LoadedTextNetwork,
    build_text_network,
)

ROOT = Path(__file__).parents[2]
TINY = ROOT / "configs" / "tiny"
SHIPPED = ROOT / "src" / "inchify" / "weights" / "label"


class Told:
    """Gives each picture of a batch the same chances, one column for each row of a table."""

    def __init__(self, log_probs_TV: np.ndarray) -> None:
        self.log_probs_TV = log_probs_TV

    def readings(
        self, images_BCHW: np.ndarray, widths: Sequence[int], search: LineSearch
    ) -> list[list[Reading]]:
        return ctc_readings([self.log_probs_TV] * len(widths), search)


def told_reader(settings: TextSettings, chances: list[dict[str, float]]) -> LineRecognizer:
    """A reader whose columns have these chances of letters; the rest goes to the blank."""
    alphabet = settings.alphabet
    table = np.full((len(chances), len(alphabet) + 1), 1e-9, np.float32)
    for row, column in zip(table, chances, strict=True):
        for letter, chance in column.items():
            row[1 + alphabet.index(letter)] = chance
        row[0] = 1.0 - sum(column.values())
    told, source = Told(np.log(table)), settings.data.source
    return LineRecognizer(
        LoadedLineRecognizer({}, "0", told, alphabet, source, settings.shape, True)
    )


def fresh(name: str, *assignments: str) -> LineRecognizer:
    settings = load_text_settings(TINY / f"{name}.yaml", assignments)
    network = build_text_network(settings).eval()
    return LineRecognizer(
        recognizer_of(LoadedTextNetwork(network, settings.alphabet, settings, "0"))
    )


def crops(*texts: str) -> list[np.ndarray]:
    generator = np.random.default_rng(3)
    return [draw_label(text, generator).intensity for text in texts]


def test_labels_that_chemists_use_win_and_lines_have_no_such_list() -> None:
    """0Me is a little likelier than OMe: among labels nobody means it, in a line somebody may."""
    chances = [{"0": 0.55, "O": 0.44}, {}, {"M": 0.9}, {}, {"e": 0.9}]
    crop = crops("OMe")
    labels = told_reader(load_text_settings(TINY / "text_label.yaml"), chances)
    lines = told_reader(load_text_settings(TINY / "text_lines.yaml"), chances)
    assert [text for text, _ in labels.readings(crop, 2)[0]] == ["OMe", "0Me"]
    assert [text for text, _ in lines.readings(crop, 2)[0]] == ["0Me", "OMe"]
    (by_list,), (by_chance,) = labels.readings(crop, 2), lines.readings(crop, 2)
    # the bonus puts in order; how sure a reading is stays what the network says
    assert dict(by_list) == pytest.approx(dict(by_chance), rel=1e-3)
    labels.settings = replace(labels.settings, bonus=0.0)
    assert labels.read(crop)[0][0] == "0Me"


def test_many_readings_begin_with_the_one() -> None:
    reader = LineRecognizer.load(SHIPPED)
    pictures = crops("OMe", "CO2Et", "N")
    one, many = reader.read(pictures), reader.readings(pictures, 4)
    for first, readings in zip(one, many, strict=True):
        assert readings[0] == first and 1 < len(readings) <= 4
        assert len({text for text, _ in readings}) == len(readings)
        assert all(0.0 <= sure <= 1.0 for _, sure in readings)


@pytest.mark.parametrize("name", ["text_label", "text_lines", "sar_labels"])
def test_a_crop_is_read_the_same_whatever_else_is(name: str) -> None:
    reader = fresh(name)
    assert isinstance(reader.network, TorchSar) == (name == "sar_labels")
    pictures = [*crops("OMe", "CO2Et", "NHBoc", "C"), np.zeros((20, 30), np.uint8)]
    reader.settings = replace(reader.settings, batch=2)
    together = reader.readings(pictures, 2)
    assert together[-1] == [("", 0.0)], "paper has no text"
    for picture, readings in zip(pictures, together, strict=True):
        (alone,) = reader.readings([picture], 2)
        assert [text for text, _ in alone] == [text for text, _ in readings]
        sure = [sure for _, sure in readings]
        assert [sure for _, sure in alone] == pytest.approx(sure, abs=1e-4)
    turned = list(reversed(reader.readings(pictures[::-1], 2)))
    assert [one[0][0] for one in turned] == [one[0][0] for one in together]
    assert reader.read([]) == []


def test_upright_crops_are_turned_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, seen = fresh("text_lines"), []
    as_they_are = reader._as_they_are

    def watched(pictures: list[np.ndarray], most: int) -> list:
        seen.append([picture.shape for picture in pictures])
        return as_they_are(pictures, most)

    monkeypatch.setattr(reader, "_as_they_are", watched)
    pictures = [np.full((60, 20), 9, np.uint8), np.full((20, 60), 9, np.uint8)]
    reader.read(pictures)
    reader.settings = replace(reader.settings, turns=True)
    assert len(reader.read(pictures)) == 2
    upright, level = (60, 20), (20, 60)
    assert seen == [[upright, level], [upright, level, level, level]]


def test_long_lines_are_not_squeezed_by_what_was_learned_from() -> None:
    """A column for two pixels needs no picture as wide as those of the training."""
    assert fresh("text_lines", "data.max_width=200").shape.max_width == MAX_WIDTHS
    assert fresh("text_label").shape.max_width == 640
    sar = fresh("sar", "data.max_width=200")
    assert sar.shape.max_width == 200, "attention has only ever looked so far"


def test_wrong_settings_are_named() -> None:
    for name in ("batch", "beams"):
        with pytest.raises(ValueError, match=name):
            LineRecognizerSettings(**{name: 0})
