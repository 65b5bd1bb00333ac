"""The molecule detector: its targets can be read back, it learns, resumes and has a teacher."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from inchify.decoding.molecule_regions import DetectionSettings, drawings_of, uncovered_drawings
from inchify.decoding.oriented import OrientedBox, angle_between, oriented_overlap
from inchify.models.dense.fully_convolutional import (
    FullyConvolutionalNetwork,
    FullyConvolutionalSettings,
)
from inchify.models.dense.layout import PAGE_UNIT_PIXELS, GraphLayout, Period, RegionLayout
from inchify.models.dense.network import DenseMaps
from inchify.tasks.molecule_detection.batch import RegionBatch, RegionCrop, region_batch
from inchify.tasks.molecule_detection.data import RegionSource
from inchify.tasks.molecule_detection.loss import region_loss
from inchify.tasks.molecule_detection.settings import (
    RegionLossSettings,
    RegionSettings,
    load_region_settings,
)
from inchify.tasks.molecule_detection.task import (
    RegionTask,
    build_region_network,
    load_region_network,
    right_boxes,
    take_backbone,
    train_regions,
)

TINY = Path(__file__).parents[2] / "configs" / "tiny"
LAYOUT = RegionLayout()


@pytest.fixture(scope="module")
def settings() -> RegionSettings:
    return load_region_settings(TINY / "regions.yaml")


@pytest.fixture(scope="module")
def batch(settings: RegionSettings) -> RegionBatch:
    task = RegionTask(settings, build_region_network(settings))
    return next(task.batches(0, start=0, rank=0, world=1))


def true_maps(batch: RegionBatch) -> torch.Tensor:
    """Maps that say just what a batch asks for."""
    count, height, width = batch.heat_BHW.shape
    maps = torch.zeros(count, LAYOUT.channels, height, width)
    maps[:, LAYOUT.slices["pos"]] = torch.logit(batch.heat_BHW.float().clamp(1e-4, 0.9999))[:, None]
    piece, row, column = batch.cells_N3.T
    for place, name in enumerate(("cos", "sin", "width", "height")):
        maps[piece, LAYOUT.slices[name].start, row, column] = batch.values_N6[:, place]
    for place in (0, 1):
        channel = LAYOUT.slices["offset"].start + place
        maps[piece, channel, row, column] = batch.values_N6[:, 4 + place]
    return maps


@pytest.mark.parametrize("period", [180, 360])
@pytest.mark.parametrize("stride", [2, 4, 8])
def test_targets_are_read_back(period: Period, stride: int) -> None:
    truth = (
        OrientedBox(120, 90, 150, 60, 20),
        OrientedBox(300, 250, 90, 140, 350),
        OrientedBox(110, 300, 120, 90, 135),
        OrientedBox(320, 80, 60, 100, 270),
    )
    blank = np.zeros((384, 384), dtype=np.uint8)
    batch = region_batch([RegionCrop(blank, blank, truth)], stride=stride, period=period)
    found = drawings_of(true_maps(batch)[0].numpy(), LAYOUT, stride, period, DetectionSettings())
    assert len(found) == len(truth)
    for box in truth:
        near = min(found, key=lambda other: math.hypot(box.x - other.x, box.y - other.y))
        assert oriented_overlap(box, near) > 0.9
        assert angle_between(box.angle, near.angle, period) < 3


def test_the_angle_is_smoothed_as_cos_and_sin_not_as_degrees() -> None:
    """GG-CNN's smoothed angle map breaks where the angle jumps: 179 and -179 degrees are not 0."""
    maps = torch.zeros(LAYOUT.channels, 9, 9)
    maps[LAYOUT.slices["pos"]] = -9.0
    maps[LAYOUT.slices["pos"], 4, 4] = 9.0
    turns = torch.full((9, 9), 179.0)
    turns[:, ::2] = -179.0
    maps[LAYOUT.slices["cos"]] = torch.cos(turns.deg2rad())
    maps[LAYOUT.slices["sin"]] = torch.sin(turns.deg2rad())
    (found,) = drawings_of(maps.numpy(), LAYOUT, 4, 360, DetectionSettings())
    assert angle_between(found.angle, 180.0) < 2


def test_paper_has_no_turn(batch: RegionBatch) -> None:
    """The seed asked for cos = 1 on all of the paper; here only drawings are asked."""
    maps = true_maps(batch)
    elsewhere = maps.clone()
    asked = torch.zeros(batch.heat_BHW.shape, dtype=torch.bool)
    piece, row, column = batch.cells_N3.T
    asked[piece, row, column] = True
    shape = slice(LAYOUT.slices["cos"].start, LAYOUT.slices["offset"].stop)
    for channel in range(shape.start, shape.stop):
        elsewhere[:, channel][~asked] = 7.0
    settings = RegionLossSettings()
    one, other = (
        region_loss(DenseMaps(m), batch, LAYOUT, settings).total for m in (maps, elsewhere)
    )
    torch.testing.assert_close(one, other)


def test_positions_are_chances_and_cannot_run_away(batch: RegionBatch) -> None:
    """The seed took squares of an unbounded map; a right logit costs nothing, however high."""
    maps = true_maps(batch)
    maps[:, LAYOUT.slices["pos"]] = torch.where(batch.heat_BHW >= 1, 60.0, -60.0)[:, None].float()
    loss = region_loss(DenseMaps(maps), batch, LAYOUT, RegionLossSettings())
    assert float(loss.logs["pos"]) == pytest.approx(0.0, abs=1e-4)


def test_right_is_shared_area_and_turn_together() -> None:
    truth = [OrientedBox(50, 50, 60, 30, 0)]
    turned = [OrientedBox(50, 50, 60, 30, 40, 0.9)]
    right = [OrientedBox(55, 50, 60, 30, 10, 0.5)]
    assert right_boxes(truth, turned, 360) == []
    assert len(right_boxes(truth, turned + right, 360)) == 1
    assert len(right_boxes(truth, right + right, 360)) == 1, "a true box is used once"
    opposite = [OrientedBox(50, 50, 60, 30, 180, 0.9)]
    assert right_boxes(truth, opposite, 360) == [] and len(right_boxes(truth, opposite, 180)) == 1


def test_a_pool_is_a_function_of_its_number(settings: RegionSettings) -> None:
    task = RegionTask(settings, build_region_network(settings))
    every = list(task.batches(0, start=0, rank=0, world=1))
    later = list(task.batches(0, start=3, rank=0, world=1))
    assert len(every) == settings.data.epoch and len(later) == len(every) - 3
    torch.testing.assert_close(later[0].images_BCHW, every[3].images_BCHW)
    torch.testing.assert_close(later[0].values_N6, every[3].values_N6)


def test_pieces_show_drawings_where_their_truth_is(settings: RegionSettings) -> None:
    data = replace(settings.data, canvas=384, crops=4, pool=1, crops_per_page=2, epoch=8)
    task = RegionTask(replace(settings, data=data), build_region_network(settings))
    source = RegionSource(task.library, task.settings, 4, epoch=0, pools=range(3))
    drawings = 0
    for number in range(len(source)):
        for batch in source[number]:
            drawings += len(batch.weights_N.nonzero()) > 0
            owned = batch.foreground_BHW[batch.has_foreground_BHW].float()
            assert float(owned.min()) >= 0 and float(owned.max()) <= 1
            for piece, row, column in batch.cells_N3.tolist():
                around = batch.foreground_BHW[
                    piece, max(row - 12, 0) : row + 13, max(column - 12, 0) : column + 13
                ]
                assert float(around.max()) > 0.5, "a drawing's ink is near its middle"
            if len(batch.values_N6):
                sizes = batch.values_N6[:, 2:4].exp() * PAGE_UNIT_PIXELS
                assert float(sizes.min()) > 4 and float(sizes.max()) < 1500
    assert drawings


def test_training_resumes_to_the_same_bytes_and_a_student_learns_from_it(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    train_regions(TINY / "regions.yaml", whole, progress=False)
    parts = tmp_path / "parts"
    train_regions(TINY / "regions.yaml", parts, stop_after=0.0, progress=False)
    train_regions(TINY / "regions.yaml", parts, progress=False)
    one, other = (load_region_network(folder).digest for folder in (whole, parts))
    assert one == other
    words = [f"distillation.teacher={whole}"]
    train_regions(TINY / "regions_student.yaml", tmp_path / "b", assignments=words, progress=False)
    log = (tmp_path / "b" / "log.jsonl").read_text()
    assert "taught_maps" in log and load_region_network(tmp_path / "b").digest != one


def test_the_small_network_before_it_has_the_seeds_size_and_fits_the_task(
    settings: RegionSettings, batch: RegionBatch
) -> None:
    four = FullyConvolutionalNetwork(FullyConvolutionalSettings(), GraphLayout(subcells=1))
    seed = sum(p.numel() for p in four.body.parameters()) + 4 * (32 * 4 + 1)
    assert seed == 62_420
    plain = replace(settings, baseline=FullyConvolutionalSettings())
    task = RegionTask(plain, build_region_network(plain))
    own = next(task.batches(0, start=0, rank=0, world=1))
    loss = task.loss(task.network, own)
    assert math.isfinite(float(loss.total)) and own.heat_BHW.shape[-1] == plain.data.canvas // 2


def test_the_auxiliary_maps_exist_in_training_only_and_weights_fit_both_modes(
    settings: RegionSettings,
) -> None:
    network = build_region_network(settings).train()
    images = torch.zeros(2, 1, 96, 96)
    assert network(images).auxiliary_BCHW is not None
    keys = set(network.state_dict())
    assert network.eval()(images).auxiliary_BCHW is None
    assert set(network.state_dict()) == keys


def test_one_picture_alone_trains_through_the_pyramid(settings: RegionSettings) -> None:
    """Batch norm on one pooled value raised "Expected more than 1 value per channel"."""
    pyramid = replace(settings.network.pyramid, bins=(1, 2, 3, 6), windows=())
    network = build_region_network(
        replace(settings, network=replace(settings.network, pyramid=pyramid))
    ).train()
    maps = network(torch.rand(1, 1, 96, 96)).maps_BCHW
    assert torch.isfinite(maps).all()


def test_a_backbone_that_differs_is_refused(settings: RegionSettings) -> None:
    shipped = Path(__file__).parents[2] / "src" / "inchify" / "weights" / "graph"
    with pytest.raises(ValueError, match="its backbone differs"):
        take_backbone(build_region_network(settings), shipped)


@pytest.mark.parametrize("wrong", [{"canvas": 100}, {"scale_low": 2.0}, {"crops": 0}, {"epoch": 7}])
def test_wrong_settings_are_named(settings: RegionSettings, wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(settings.data, **wrong)  # type: ignore[arg-type]


def test_ink_that_no_box_holds_is_a_drawing_too() -> None:
    """The largest drawings have their middle too far from their ends to be seen as one."""
    intensity = np.zeros((160, 240), dtype=np.uint8)
    intensity[20:60, 20:70] = 255  # in a box
    intensity[40:60, 80:84] = 255  # belongs to it: near its foreground
    intensity[90:130, 120:200] = 255  # in none
    intensity[100:104, 10:14] = 255  # a speck
    chances = np.full((40, 60), 0.9, dtype=np.float32)
    boxes = [OrientedBox(45, 40, 60, 50, 0)]
    (found,) = uncovered_drawings(intensity, chances, boxes, 4, DetectionSettings())
    left, top, right, bottom = found.upright()
    assert (left, top, right, bottom) == (120, 88, 200, 132) and found.score < 0.5
    chances[:] = 0.2
    assert not uncovered_drawings(intensity, chances, boxes, 4, DetectionSettings())
