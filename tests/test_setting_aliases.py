"""Former names of settings load as the present ones and nothing else changes."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from pathlib import Path

import pytest

import inchify
from inchify import config
from inchify.models.text.settings import CtpnSettings
from inchify.setting_aliases import RENAMED, comparable, current_fields
from inchify.training.settings import TrainingSettings


def _settings_classes() -> dict[str, type]:
    found: dict[str, type] = {}
    for module in pkgutil.walk_packages(inchify.__path__, "inchify."):
        if module.name.endswith("__main__"):
            continue
        source = Path(inchify.__path__[0], *module.name.split(".")[1:])
        text = source.with_suffix(".py")
        if text.is_file() and any(f"class {name}" in text.read_text() for name in RENAMED):
            for name, value in vars(importlib.import_module(module.name)).items():
                if name in RENAMED and dataclasses.is_dataclass(value):
                    found[name] = value  # type: ignore[assignment]
    return found


def test_every_alias_names_a_field_that_exists_and_one_that_does_not() -> None:
    classes = _settings_classes()
    assert set(classes) == set(RENAMED)
    for name, names in RENAMED.items():
        fields = {item.name for item in dataclasses.fields(classes[name])}
        assert set(names.values()) <= fields, name
        assert not set(names) & fields, name


def test_former_and_present_names_build_the_same() -> None:
    old = config.build(CtpnSettings, {"colours": 3, "trunk": "vgg16"})
    new = config.build(CtpnSettings, {"input_channels": 3, "trunk": "vgg16"})
    assert old == new and old != CtpnSettings()
    with pytest.raises(ValueError, match="unknown key"):
        config.build(CtpnSettings, {"colors": 3})


def test_the_last_name_wins() -> None:
    assert current_fields(CtpnSettings, {"input_channels": 1, "colours": 3}) == {
        "input_channels": 3
    }


def test_a_run_of_an_earlier_version_compares_equal() -> None:
    new = config.to_dict(TrainingSettings(steps=3))
    old = {("optimiser" if key == "optimizer" else key): value for key, value in new.items()}
    assert old != new and comparable([{"a": old}]) == comparable([{"a": new}])
