"""The text-line detector: its targets are those of a slow loop and can be read back, it learns,
resumes, and finds lines on pages of any size."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from inchify.data.icdar_lines import CORNERS, split_pages
from inchify.decoding.text_lines import LineSettings, lines_of, proposals_of
from inchify.models.text.ctpn import CtpnMaps
from inchify.readers.line_detector import LineDetector
from inchify.tasks.detection_score import matched_pairs
from inchify.tasks.text_detection.data import LinePage, RealPages, random_line_crop, text_line_batch
from inchify.tasks.text_detection.loss import chosen_anchors, text_line_loss
from inchify.tasks.text_detection.settings import TextLineSettings, load_text_line_settings
from inchify.tasks.text_detection.targets import (
    BACKGROUND,
    MIN_COVER,
    TEXT,
    UNASKED,
    AnchorGrid,
    anchor_targets,
    cut_at_columns,
)
from inchify.tasks.text_detection.task import (
    TextLineTask,
    build_text_line_network,
    load_text_line_network,
    train_text_lines,
)
from inchify.types import Box

TINY = Path(__file__).parents[2] / "configs" / "tiny"
HEIGHTS = (8.0, 11.0, 16.0, 23.0, 33.0)
GRID = AnchorGrid(8, 20, 16, 16, HEIGHTS)


@pytest.fixture(scope="module")
def settings() -> TextLineSettings:
    return load_text_line_settings(TINY / "ctpn_light.yaml")


def write_pages(folder: Path, count: int) -> Path:
    """Pages of bars, each with one table; a bar is a line."""
    folder.mkdir()
    for number in range(count):
        generator = np.random.default_rng(number)
        page = np.full((150, 170), 255, np.uint8)
        rows = []
        for line in range(5):
            left, top = int(generator.integers(4, 40)), 8 + 28 * line
            right, bottom = left + int(generator.integers(40, 120)), top + 14
            page[top:bottom, left:right:3] = 0
            rows.append((left, top, right, top, right, bottom, left, bottom, "bars"))
        cv2.imwrite(str(folder / f"{number:03}.png"), page)
        with (folder / f"{number:03}.csv").open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([*CORNERS, "text"])
            writer.writerows(rows)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine pages, of which the three held out are no pictures at all."""
    folder = write_pages(tmp_path_factory.mktemp("real") / "pages", 9)
    for path in split_pages(folder, 3)[1]:
        path.write_bytes(b"looked at")
    return folder


def real(folder: Path) -> list[str]:
    """The words that train on that folder alone."""
    return [f"data.real=[{folder}]", "data.pages=0", "data.held_out=3", "data.validation=2"]


def quads(*boxes: Box) -> np.ndarray:
    return np.array([((a, b), (c, b), (c, d), (a, d)) for a, b, c, d in boxes], dtype=float)


def random_boxes(generator: np.random.Generator, count: int) -> list[Box]:
    corners = generator.uniform((0, 0), (250, 100), (count, 2))
    sizes = np.exp(generator.uniform(np.log((5, 6)), np.log((200, 40)), (count, 2)))
    return [(a, b, a + w, b + h) for (a, b), (w, h) in zip(corners, sizes, strict=True)]


def slow_labels(boxes: list[Box], grid: AnchorGrid) -> tuple[np.ndarray, set[Any]]:
    """Anchor by anchor: labels, and (k, row, column) with middle and height of the anchors that
    are text."""
    pieces: list[tuple[int, float, float]] = []
    for left, top, right, bottom in boxes:
        covers = [
            (min(right, (c + 1) * grid.column) - max(left, c * grid.column)) / grid.column
            for c in range(grid.columns)
        ]
        pieces += [
            (c, top, bottom)
            for c, cover in enumerate(covers)
            if cover > 0 and (cover >= MIN_COVER or cover >= max(covers) - 1e-9)
        ]
    labels = np.full((len(grid.heights), grid.rows, grid.columns), BACKGROUND)
    shares = np.zeros((len(pieces), *labels.shape))
    for n, (column, top, bottom) in enumerate(pieces):
        for k, height in enumerate(grid.heights):
            for row in range(grid.rows):
                middle = (row + 0.5) * grid.row
                high, low = max(top, middle - height / 2), min(bottom, middle + height / 2)
                union = max(bottom, middle + height / 2) - min(top, middle - height / 2)
                shares[n, k, row, column] = max(low - high, 0) / union
    for place in np.ndindex(labels.shape):
        share = shares[(slice(None), *place)].max() if pieces else 0.0
        labels[place] = TEXT if share > 0.7 else BACKGROUND if share < 0.3 else UNASKED
    for own in shares:
        if own.max() > 0:
            labels[np.unravel_index(own.argmax(), own.shape)] = TEXT
    return labels, {tuple(place) for place in np.argwhere(labels == TEXT).tolist()}


@pytest.mark.parametrize("seed", range(6))
def test_targets_are_those_of_a_loop_over_anchors(seed: int) -> None:
    generator = np.random.default_rng(seed)
    boxes = random_boxes(generator, int(generator.integers(0, 9)))
    targets = anchor_targets(quads(*boxes), GRID)
    labels, cells = slow_labels(boxes, GRID)
    np.testing.assert_array_equal(targets.labels_KHW, labels)
    assert {tuple(cell) for cell in targets.cells_N3.tolist()} == cells


def test_lines_are_cut_exactly_at_the_columns() -> None:
    pieces = cut_at_columns(quads((10.0, 5.0, 70.0, 20.0), (20.0, 40.0, 24.0, 50.0)), 20, 16)
    # of 10..70: 6 of 16 pixels, three whole columns, 6 of 16; the short one keeps its only column
    assert pieces.column.tolist() == [0, 1, 2, 3, 4, 1]
    np.testing.assert_allclose(pieces.cover, [6 / 16, 1, 1, 1, 6 / 16, 4 / 16])
    assert pieces.line.tolist() == [0] * 5 + [1]
    least = cut_at_columns(quads((12.0, 5.0, 68.0, 20.0)), 20, 16)
    assert least.column.tolist() == [1, 2, 3], "a quarter of a column is none"


def test_leaning_lines_have_their_own_height_in_every_column() -> None:
    lean = np.array([((0, 10), (320, 42), (320, 58), (0, 26))], dtype=float)
    pieces = cut_at_columns(lean, 20, 16)
    middles = (np.arange(20) + 0.5) * 16
    np.testing.assert_allclose(pieces.top, 10 + 0.1 * middles)
    np.testing.assert_allclose(pieces.bottom, 26 + 0.1 * middles)


def test_line_ends_are_asked_within_32_pixels_only() -> None:
    targets = anchor_targets(quads((20.0, 40.0, 300.0, 56.0)), GRID)
    columns = targets.cells_N3[:, 2]
    for column, way in zip(columns.tolist(), targets.side_N.tolist(), strict=True):
        middle = (column + 0.5) * 16
        end = 20.0 if abs(20 - middle) < abs(300 - middle) else 300.0
        if abs(end - middle) <= 32:
            assert way == pytest.approx((end - middle) / 16)
        else:
            assert math.isnan(way)
    assert 0 < np.isfinite(targets.side_N).sum() < len(targets.side_N)


def test_upright_writing_and_ignored_places_are_not_asked() -> None:
    """CTPN finds no vertical lines; they must not teach that letters are paper either."""
    upright = np.array([((60, 10), (60, 110), (40, 110), (40, 10))], dtype=float)
    labels = anchor_targets(upright, GRID).labels_KHW
    assert (labels[:, 0:7, 2:4] == UNASKED).all() and (labels[:, :, 5:] == BACKGROUND).all()
    ignored = np.zeros((8, 20), bool)
    ignored[:, 10:] = True
    labels = anchor_targets(quads((16.0, 40.0, 96.0, 56.0)), GRID, ignored=ignored).labels_KHW
    assert (labels[..., 10:] == UNASKED).all() and (labels[..., :8] == TEXT).any()


def true_maps(batch: Any, network: Any) -> CtpnMaps:
    """Maps that say just what a batch asks for."""
    count, anchors, height, width = batch.labels_BKHW.shape
    scores = torch.where(batch.labels_BKHW == TEXT, 8.0, -8.0)
    vertical = torch.zeros(count, anchors, 2, height, width)
    sides = torch.zeros(count, anchors, height, width)
    piece, k, row, column = batch.cells_N4.T
    vertical[piece, k, :, row, column] = batch.vertical_N2
    sides[piece, k, row, column] = batch.side_N.nan_to_num(0.0)
    return CtpnMaps(scores, vertical, sides)


@pytest.mark.parametrize(("row", "column"), [(16, 16), (8, 8), (16, 8)])
def test_targets_are_read_back_as_lines(settings: TextLineSettings, row: Any, column: Any) -> None:
    network = replace(settings.network, row=row, column=column)
    changed = replace(settings, network=network)
    truth: tuple[Box, ...] = (
        (9.0, 8.0, 101.0, 22.0), (20.0, 34.0, 60.0, 62.0), (84.0, 36.0, 121.0, 46.0),
        (41.0, 80.0, 52.0, 90.0), (3.0, 100.0, 122.0, 112.0),
    )  # fmt: skip
    page = LinePage(np.zeros((128, 128), np.uint8), truth)
    batch = text_line_batch([page], changed, np.random.default_rng(0))
    maps = true_maps(batch, network)
    assert maps.side_BKHW is not None
    found = proposals_of(
        maps.score_BKHW[0].sigmoid().numpy(), maps.vertical_BK2HW[0].numpy(),
        maps.side_BKHW[0].numpy(), network.heights, row, column, LineSettings(),
    )  # fmt: skip
    boxes = [line.box for line in lines_of(found, column, LineSettings())]
    assert len(boxes) == len(truth)
    for box, true in zip(sorted(boxes), sorted(truth), strict=True):
        assert box[1::2] == pytest.approx(true[1::2], abs=0.1)
        # one slice tells one end
        loose = 0.1 if true[2] - true[0] > 2.3 * column else 0.75 * column
        assert box[0::2] == pytest.approx(true[0::2], abs=loose)


@pytest.mark.parametrize("drawn", [False, True])
def test_a_pool_is_a_function_of_its_number(folder: Path, drawn: bool) -> None:
    words = ["data.epoch=4"] if drawn else real(folder)
    settings = load_text_line_settings(TINY / "ctpn_light.yaml", words)
    task = TextLineTask(settings, build_text_line_network(settings))
    every = list(task.batches(0, start=0, rank=0, world=1))
    later = list(task.batches(0, start=3, rank=0, world=1))
    assert len(every) == settings.data.epoch and len(later) == len(every) - 3
    for one, other in zip(every[3:], later, strict=True):
        for name in ("images_BCHW", "labels_BKHW", "chances_BKHW", "cells_N4", "vertical_N2"):
            torch.testing.assert_close(getattr(one, name), getattr(other, name))
    assert not torch.equal(every[0].images_BCHW, every[1].images_BCHW)


def test_pieces_show_lines_where_their_truth_is(settings: TextLineSettings) -> None:
    """Pages with foreground in their boxes alone: after cutting and scaling it is still there
    alone."""
    intensity = np.zeros((400, 300), np.uint8)
    boxes: list[Box] = [(20.0, 30.0 * n, 280.0, 30.0 * n + 14) for n in range(1, 12)]
    for left, top, right, bottom in boxes:
        intensity[int(top) : int(bottom), int(left) : int(right)] = 255
    clean = replace(settings.data, degrade=replace(settings.data.degrade, clean=1.0))
    changed = replace(settings, data=clean)
    seen = 0
    for seed in range(12):
        piece = random_line_crop(
            LinePage(intensity, tuple(boxes)), changed, np.random.default_rng(seed)
        )
        mask = np.zeros(piece.intensity.shape, bool)
        for left, top, right, bottom in piece.boxes:
            inner = piece.intensity[
                max(math.ceil(top + 1), 0) : max(int(bottom) - 1, 0),
                math.ceil(left + 1) : int(right) - 1,
            ]
            assert (inner > 200).all()
            seen += inner.size > 0
            rows = slice(max(int(top) - 2, 0), max(math.ceil(bottom) + 2, 0))
            mask[rows, max(int(left) - 2, 0) : math.ceil(right) + 2] = True
        assert not (piece.intensity[~mask] > 60).any()
    assert seen > 20


def batch_of(settings: TextLineSettings, count: int = 2) -> Any:
    pages = [
        LinePage(np.zeros((128, 128), np.uint8), ((8.0, 20.0 + 9 * n, 120.0, 34.0 + 9 * n),))
        for n in range(count)
    ]
    return text_line_batch(pages, settings, np.random.default_rng(0))


@pytest.mark.parametrize("paper", ["random", "hard"])
def test_as_many_anchors_count_as_the_settings_say(settings: TextLineSettings, paper: Any) -> None:
    losses = replace(settings.losses, sampled_anchors=60, max_text_anchors=10, negatives=paper)
    batch = batch_of(settings)
    nll = torch.rand(batch.labels_BKHW.shape, generator=torch.Generator().manual_seed(0))
    chosen = chosen_anchors(nll, batch, losses).bool()
    for own, labels, values in zip(chosen, batch.labels_BKHW, nll, strict=True):
        assert (own & (labels == TEXT)).sum() == min(10, int((labels == TEXT).sum()))
        assert own.sum() == 60 and not (own & (labels == UNASKED)).any()
        left_out = values[(labels == BACKGROUND) & ~own].max()
        assert (values[own & (labels == BACKGROUND)].min() >= left_out) == (paper == "hard")


def test_the_loss_is_the_papers(settings: TextLineSettings) -> None:
    """Cross-entropy over asked anchors, smooth L1 of heights, twice that of ends, each a mean."""
    batch = batch_of(settings)
    generator = torch.Generator().manual_seed(1)
    shape = batch.labels_BKHW.shape
    maps = CtpnMaps(
        torch.randn(shape, generator=generator),
        torch.randn(*shape[:2], 2, *shape[2:], generator=generator),
        torch.randn(shape, generator=generator),
    )
    losses = replace(settings.losses, sampled_anchors=80, max_text_anchors=20, negatives="random")
    loss = text_line_loss(maps, batch, losses)
    chosen = chosen_anchors(maps.score_BKHW, batch, losses).bool()
    signs = torch.where(batch.labels_BKHW == TEXT, -1.0, 1.0)
    score = torch.log1p(torch.exp(signs * maps.score_BKHW))[chosen].mean()

    def smooth(way: torch.Tensor) -> torch.Tensor:
        return torch.where(way.abs() < 1 / 9, 4.5 * way**2, way.abs() - 1 / 18)

    vertical, side = [], []
    for (piece, k, row, column), truth, end in zip(
        batch.cells_N4.tolist(), batch.vertical_N2, batch.side_N, strict=True
    ):
        vertical.append(smooth(maps.vertical_BK2HW[piece, k, :, row, column] - truth).sum())
        if not torch.isnan(end):
            assert maps.side_BKHW is not None
            side.append(smooth(maps.side_BKHW[piece, k, row, column] - end))
    wanted = score + torch.stack(vertical).mean() + 2 * torch.stack(side).mean()
    assert loss.count == 2 * 80 == len(batch) * losses.sampled_anchors
    assert float(loss.total / loss.count) == pytest.approx(float(wanted), rel=2e-3)
    assert float(text_line_loss(true_maps(batch, None), batch, losses).total) / 160 < 0.01


def test_micro_batches_change_nothing_however_many_lines_a_piece_has(
    settings: TextLineSettings,
) -> None:
    """A mean over a batch did: a piece with many lines outweighed one with few or none."""
    lines = [((8.0, 20.0, 120.0, 34.0), (8.0, 60.0, 50.0, 74.0)), ((30.0, 80.0, 60.0, 95.0),), ()]
    pages = [LinePage(np.zeros((128, 128), np.uint8), boxes) for boxes in lines]
    generator = torch.Generator().manual_seed(2)
    losses = replace(settings.losses, negatives="hard")
    batches = [text_line_batch([page], settings, np.random.default_rng(0)) for page in pages]
    whole = text_line_batch(pages, settings, np.random.default_rng(0))
    # the same numbers choose the same anchors
    whole = replace(whole, chances_BKHW=torch.cat([one.chances_BKHW for one in batches]))
    shape = whole.labels_BKHW.shape
    maps = CtpnMaps(
        torch.randn(shape, generator=generator),
        torch.randn(*shape[:2], 2, *shape[2:], generator=generator),
        torch.randn(shape, generator=generator),
    )
    parts = [
        text_line_loss(CtpnMaps(*(one[place : place + 1] for one in maps)), batch, losses)  # type: ignore[index]
        for place, batch in enumerate(batches)
    ]
    together = text_line_loss(maps, whole, losses)
    assert together.count == sum(part.count for part in parts)
    total = sum(float(part.total) for part in parts)
    assert float(together.total) == pytest.approx(total, rel=1e-5)


def test_training_on_real_pages_finds_lines(tmp_path: Path, folder: Path) -> None:
    """The pages held out cannot be read, so nobody looks at them."""
    words = [
        *real(folder), "data.crops=4", "data.crops_per_page=8", "data.scale_low=0.9",
        "data.scale_high=1.1", "data.degrade.clean=1.0", "losses.sampled_anchors=60",
        "losses.max_text_anchors=30",
        "network.channels=[8,8,16,24]", "network.middle=24", "network.hidden=12",
        "network.width=24", "training.steps=80", "training.learning_rate=1e-2", "data.epoch=400",
        "training.validate_every=80", "training.checkpoint_every=80",
        "training.averaging_decay=null",
    ]  # fmt: skip
    train_text_lines(TINY / "ctpn_light.yaml", tmp_path, assignments=words, progress=False)
    records = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    losses = [record["loss"] for record in records if record["event"] == "train"]
    assert np.mean(losses[-5:]) < losses[0] / 2
    pages = RealPages.read([str(folder)], held_out=3, validation=2)
    assert (len(pages.training), len(pages.validation)) == (4, 2)
    finder = LineDetector.load(tmp_path)
    right = sum(
        len(matched_pairs(page.boxes, [line.box for line in finder.find(page.intensity)]))
        for page in pages.validation
    )
    assert right >= 2


@pytest.mark.parametrize("name", ["ctpn_light", "ctpn"])
def test_training_resumes_to_the_same_bytes(tmp_path: Path, folder: Path, name: str) -> None:
    """With AdamW and with SGD and its momentum."""
    path, words = TINY / f"{name}.yaml", real(folder)
    for part, stop_after in (("whole", None), ("parts", 0.0), ("parts", None)):
        output = tmp_path / part
        train_text_lines(path, output, stop_after=stop_after, assignments=words, progress=False)
    one, other = (load_text_line_network(tmp_path / part).digest for part in ("whole", "parts"))
    assert one == other
    fresh = build_text_line_network(load_text_line_settings(path))
    trained = load_text_line_network(tmp_path / "whole").network
    assert not torch.equal(fresh.joined.weight, trained.joined.weight)


@pytest.mark.parametrize(
    "wrong", [{"canvas": 100}, {"scale_low": 2.0}, {"crops": 0}, {"epoch": 7}, {"pages": 0.5}]
)
def test_wrong_settings_are_named(settings: TextLineSettings, wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(settings.data, **wrong)  # type: ignore[arg-type]
