"""A student learns from its teacher where the teacher sees something; the teacher stays itself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from inchify.decoding.molecule_graph import graph_layout
from inchify.models.dense.network import DenseMaps
from inchify.tasks.distillation import distillation_loss, similarity
from inchify.tasks.molecule_graph.settings import DistillationSettings, load_graph_settings
from inchify.tasks.molecule_graph.task import (
    GraphTask,
    build_graph_network,
    load_graph_network,
    network_input,
    train_graph,
)

ROOT = Path(__file__).parents[2]
TINY = ROOT / "configs" / "tiny"
LAYOUT = graph_layout(2)
SETTINGS = DistillationSettings(teacher="")
SHORT = [
    f"data.molecules={ROOT / 'input' / 'sample' / 'molecules.smi.gz'}",
    "data.canvases=1",
    "data.styles.rdkit=0",
    "data.styles.indigo=0",
    "training.steps=2",
    "training.warmup=1",
    "training.validate_every=1000",
    "training.log_every=1",
    "validation=1",
]


def maps(seed: int, *, width: int = 12, side: int = 8) -> DenseMaps:
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(2, LAYOUT.channels, side, side, generator=generator)
    context = torch.randn(2, width, side, side, generator=generator)
    return DenseMaps(values, None, context)


def total(student: DenseMaps, teacher: DenseMaps) -> float:
    return float(sum(distillation_loss(student, teacher, LAYOUT, SETTINGS).values()))


def test_a_student_that_says_the_same_is_taught_nothing() -> None:
    assert total(maps(0), maps(0)) == pytest.approx(0.0, abs=1e-9)
    parts = distillation_loss(maps(0), maps(1), LAYOUT, SETTINGS)
    assert set(parts) == {"taught_maps", "taught_features"}
    assert all(value > 0 for value in parts.values())


def test_only_the_four_maps_are_taught() -> None:
    teacher, student = maps(0), maps(0)
    student.maps_BCHW[:, LAYOUT.four.stop :] += 3.0
    assert total(student, teacher) == pytest.approx(0.0, abs=1e-9)


def test_what_is_said_of_paper_counts_little() -> None:
    teacher = maps(0)
    teacher.maps_BCHW[:, LAYOUT.slices["bond_pos"]] = -9.0
    teacher.maps_BCHW[:, LAYOUT.slices["bond_pos"], 2, 2] = 9.0

    def wrong_at(row: int) -> float:
        values = teacher.maps_BCHW.clone()
        values[:, LAYOUT.slices["bond_width"], row, 2] += 1.0
        return total(teacher._replace(maps_BCHW=values), teacher)

    assert wrong_at(2) > 15 * wrong_at(5) > 0


def test_features_may_have_other_channels_and_another_scale() -> None:
    teacher = maps(0, width=48)
    assert total(maps(0, width=6), teacher) > 0
    assert teacher.context_BCHW is not None
    louder = teacher._replace(context_BCHW=5.0 * teacher.context_BCHW)
    assert total(louder, teacher) == pytest.approx(0.0, abs=1e-9)
    alike = similarity(teacher.context_BCHW)
    assert alike.shape == (2, 64, 64)
    assert torch.allclose(alike.diagonal(dim1=1, dim2=2), torch.ones(2, 64), atol=1e-5)
    assert torch.allclose(alike, alike.transpose(1, 2))


def test_other_grids_are_refused() -> None:
    with pytest.raises(ValueError, match="same stride and subcells"):
        total(maps(0, side=4), maps(0, side=8))


def test_the_student_learns_and_the_teacher_does_not() -> None:
    settings = load_graph_settings(TINY / "graph_pspnet_student.yaml", SHORT)
    teacher = build_graph_network(replace(settings, seed=5)).eval().requires_grad_(False)
    before = {name: value.clone() for name, value in teacher.state_dict().items()}
    task = GraphTask(settings, build_graph_network(settings), teacher=teacher)
    batch = next(task.batches(0, start=0, rank=0, world=1))
    network = task.network.train()
    loss = task.loss(network, batch)
    parts = sum(float(value) for value in loss.logs.values())
    assert loss.total.item() == pytest.approx(parts, rel=1e-4)
    assert {"taught_maps", "taught_features", "bond_pos", "auxiliary"} <= set(loss.logs)
    assert settings.distillation is not None
    images = network_input(batch.images_BCHW)
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    losses = []
    for _ in range(8):
        taught = distillation_loss(
            network(images), teacher(images), task.layout, settings.distillation
        )
        losses.append(torch.stack(list(taught.values())).sum())
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert losses[-1].item() < 0.8 * losses[0].item()
    after = teacher.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_the_tiny_twins_train_one_after_the_other(tmp_path: Path) -> None:
    train_graph(
        TINY / "graph_pspnet_teacher.yaml", tmp_path / "a", assignments=SHORT, progress=False
    )
    words = [*SHORT, f"distillation.teacher={tmp_path / 'a'}"]
    train_graph(
        TINY / "graph_pspnet_student.yaml", tmp_path / "b", assignments=words, progress=False
    )
    lines = [json.loads(line) for line in (tmp_path / "b" / "log.jsonl").read_text().splitlines()]
    steps = [line for line in lines if line["event"] == "train"]
    assert steps and all(line["taught_maps"] > 0 for line in steps)
    loaded = load_graph_network(tmp_path / "b")
    assert loaded.settings.network.backbone == "resnet50"
    with pytest.raises(ValueError, match="nothing"):
        train_graph(
            TINY / "graph_pspnet_student.yaml",
            tmp_path / "c",
            assignments=[*SHORT, "distillation.teacher=nothing"],
            progress=False,
        )
