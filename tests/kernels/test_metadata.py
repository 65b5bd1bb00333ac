"""What Kaggle's own tool demands of kernel-metadata.json and dataset-metadata.json."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

KERNELS = Path(__file__).parents[2] / "kernels"
NAMES = ("preprocess", "train_fold", "submit", "ensemble")
ALLOWED = {
    "id", "title", "code_file", "language", "kernel_type", "is_private", "enable_gpu",
    "enable_tpu", "enable_internet", "machine_shape", "dataset_sources", "competition_sources",
    "kernel_sources", "model_sources", "keywords", "docker_image", "docker_image_pinning_type",
}  # fmt: skip
SOURCE = re.compile(r"[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]{4,49}")


def read(name: str) -> dict:
    return json.loads((KERNELS / name / "kernel-metadata.json").read_text(encoding="utf-8"))


def slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def test_every_kernel_is_known_here() -> None:
    found = {path.parent.name for path in KERNELS.glob("*/kernel-metadata.json")}
    assert found == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_kernel_metadata(name: str) -> None:
    content = read(name)
    assert set(content) <= ALLOWED
    assert SOURCE.fullmatch(content["id"])
    assert len(content["title"]) >= 5
    assert content["id"].split("/")[1] == slug(content["title"])
    assert (KERNELS / name / content["code_file"]).is_file()
    assert (content["language"], content["kernel_type"]) == ("python", "script")
    for key in ("is_private", "enable_gpu", "enable_tpu", "enable_internet"):
        assert content[key] in ("true", "false"), f"{key}: Kaggle reads booleans as text"
    assert content["enable_internet"] == "false"
    assert content["enable_gpu"] == ("true" if name in ("train_fold", "submit") else "false")
    assert content["competition_sources"] == ["bms-molecular-translation"]
    for key in ("dataset_sources", "kernel_sources"):
        assert all(SOURCE.fullmatch(source) for source in content[key])


def test_kernels_feed_each_other() -> None:
    made = {read(name)["id"] for name in NAMES}
    used = {source for name in NAMES for source in read(name)["kernel_sources"]}
    assert used <= made
    package = json.loads((KERNELS / "package" / "dataset-metadata.json").read_text())
    assert all(read(name)["dataset_sources"] == [package["id"]] for name in NAMES)


def test_dataset_metadata() -> None:
    content = json.loads((KERNELS / "package" / "dataset-metadata.json").read_text())
    assert set(content) <= {"title", "id", "licenses", "subtitle", "description", "keywords"}
    assert 6 <= len(content["title"]) <= 50
    owner, name = content["id"].split("/")
    assert owner and 6 <= len(name) <= 50 and name == slug(content["title"])
    assert content["licenses"] == [{"name": "CC0-1.0"}]
    assert 20 <= len(content["subtitle"]) <= 80


@pytest.mark.parametrize("name", NAMES)
def test_kernels_are_thin(name: str) -> None:
    text = (KERNELS / name / f"{name}.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 50
    assert ast.get_docstring(ast.parse(text))
