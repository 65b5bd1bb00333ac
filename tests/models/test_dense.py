"""Dense networks of every configuration: shapes, modes, borders, and the copy for exporters."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from inchify.decoding.molecule_graph import graph_layout
from inchify.io.tensor_folders import CheckpointError
from inchify.models.dense.exporting import ExportedNetwork, bin_shares
from inchify.models.dense.layout import UNSEEN, GraphLayout
from inchify.models.dense.maps import at_cells, fine_map, with_unseen_kind
from inchify.models.dense.network import DenseNetwork, DenseSettings
from inchify.models.dense.pyramid import PyramidSettings
from inchify.tasks.molecule_graph.settings import GraphSettings, load_graph_settings
from inchify.training.restore import load_into

CONFIGS = Path(__file__).parents[2] / "configs"
TINY = ("graph", "graph_pspnet_teacher", "graph_pspnet_student")


def settings_of(name: str) -> GraphSettings:
    return load_graph_settings(CONFIGS / "tiny" / f"{name}.yaml")


def network_of(settings: DenseSettings, subcells: int = 2, seed: int = 0) -> DenseNetwork:
    """Fresh networks have statistics of 0 and 1 that would hide mistakes."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = DenseNetwork(settings, graph_layout(subcells))
        for name, values in network.named_buffers():
            if name.endswith("running_mean"):
                values.normal_(std=0.1)
            elif name.endswith("running_var"):
                values.uniform_(0.8, 1.25)
    return network


def tiny(name: str) -> DenseNetwork:
    settings = settings_of(name)
    return network_of(settings.network, settings.subcells)


def intensity(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(*shape, generator=generator) > 0.9).float()


@pytest.mark.parametrize("name", TINY)
def test_maps_have_their_shape_and_training_alone_has_an_auxiliary(name: str) -> None:
    network, layout = tiny(name), graph_layout(settings_of(name).subcells)
    pictures = intensity(2, 1, 64, 96)
    grid = (64 // network.stride, 96 // network.stride)
    trained = network.train()(pictures)
    assert trained.maps_BCHW.shape == (2, layout.channels, *grid)
    assert trained.auxiliary_BCHW is not None
    assert trained.auxiliary_BCHW.shape == (2, layout.four.stop, *grid)
    with torch.no_grad():
        read = network.eval()(pictures)
    assert read.auxiliary_BCHW is None and read.maps_BCHW.shape == trained.maps_BCHW.shape
    fine = fine_map(read.maps_BCHW, layout, "bond_pos")
    assert fine.shape == (2, grid[0] * layout.subcells, grid[1] * layout.subcells)


@pytest.mark.parametrize("name", TINY)
def test_every_weight_learns(name: str) -> None:
    network = tiny(name).train()
    maps = network(intensity(2, 1, 64, 64))
    assert maps.auxiliary_BCHW is not None
    (maps.maps_BCHW.square().mean() + maps.auxiliary_BCHW.square().mean()).backward()
    assert [key for key, weight in network.named_parameters() if weight.grad is None] == []


@pytest.mark.parametrize("name", TINY)
def test_weights_load_strictly_between_modes(name: str) -> None:
    training, reading = tiny(name).train(), tiny(name).eval()
    reading.load_state_dict(training.state_dict(), strict=True)
    training.load_state_dict(reading.state_dict(), strict=True)


def test_one_small_picture_trains_with_whole_picture_bins() -> None:
    """A bin of the whole picture has one value a channel, which batch norm refuses."""
    network = tiny("graph_pspnet_student").train()
    assert 1 in network.settings.pyramid.bins
    maps = network(intensity(1, 1, 64, 64))
    maps.maps_BCHW.sum().backward()
    assert torch.isfinite(maps.maps_BCHW).all()


@pytest.mark.parametrize(("bins", "alike"), [((), True), ((1, 2), False)])
def test_a_padded_row_is_read_as_if_alone(bins: tuple[int, ...], alike: bool) -> None:
    """Windows see so far and no farther; bins of the whole picture do not keep that promise."""
    plain = settings_of("graph").network
    windows = () if bins else (3,)
    network = network_of(
        replace(plain, pyramid=PyramidSettings(bins=bins, windows=windows, width=8))
    ).eval()
    alone = intensity(1, 1, 384, 384)
    padded = torch.zeros(2, 1, 480, 544)
    padded[0, :, :384, :384] = alone[0]
    padded[1] = intensity(1, 480, 544, seed=1)
    inner = (384 - 256) // network.stride
    with torch.no_grad():
        one, many = network(alone).maps_BCHW, network(padded).maps_BCHW
    apart = (one[0, :, :inner, :inner] - many[0, :, :inner, :inner]).abs().max().item()
    assert (apart < 1e-5) == alike


def test_dilation_keeps_the_stride_at_eight() -> None:
    """The pretrained layout of PSPNet: the third stage dilated by 2, the fourth by 4."""
    network = tiny("graph_pspnet_teacher")
    assert network.backbone.body.feature_info.reduction() == [2, 4, 8, 8, 8]
    dilations = [
        module.dilation[0]
        for name, module in network.backbone.named_modules()
        if isinstance(module, torch.nn.Conv2d) and module.kernel_size == (3, 3)
    ]
    assert max(dilations) == 4 and 2 in dilations
    shapes = [stage.shape[-2:] for stage in network.backbone(torch.zeros(1, 3, 64, 96))]
    assert shapes == [(16, 24), (8, 12), (8, 12), (8, 12)]


@pytest.mark.parametrize("side", [1, 2, 5, 7, 12])
@pytest.mark.parametrize("bins", [1, 2, 3, 6])
def test_bins_as_a_product_are_adaptive_pooling(side: int, bins: int) -> None:
    features = intensity(1, 3, side, side + 2)
    product = bin_shares(side, bins) @ features @ bin_shares(side + 2, bins).T
    assert torch.allclose(product, functional.adaptive_avg_pool2d(features, bins), atol=1e-6)


@pytest.mark.parametrize("name", TINY)
def test_the_copy_for_exporters_gives_the_same_maps(name: str) -> None:
    network = tiny(name).train()
    copy = ExportedNetwork(network)
    assert network.training, "the network itself stays as it was"
    pictures = intensity(1, 1, 96, 64)
    with torch.no_grad():
        assert torch.allclose(copy(pictures), network.eval()(pictures).maps_BCHW, atol=1e-5)


def test_the_layout_covers_every_channel_once() -> None:
    layout = GraphLayout(subcells=4)
    parts = sorted(layout.slices.values(), key=lambda part: part.start)
    assert parts[0].start == 0 and parts[-1].stop == layout.channels
    assert all(one.stop == other.start for one, other in pairwise(parts))
    assert layout.four.stop == 16 + 3
    maps = torch.arange(layout.channels * 6).reshape(1, layout.channels, 2, 3)
    picked = at_cells(maps, layout.slices["bond_cos"], torch.tensor([[0, 1, 2], [0, 0, 0]]))
    assert picked[:, 0].tolist() == [16 * 6 + 5, 16 * 6]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"backbone": "resnet51"}, "no such network"),
        ({"finest": 5}, "it must be one of 4, 8, 16, 32"),
        ({"finest": 16, "output_stride": 8}, "cannot exceed"),
        ({"dropout": 1.5}, "dropout"),
    ],
)
def test_wrong_settings_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        network_of(DenseSettings(**changes))


def test_weights_from_before_a_kind_of_bond_give_the_same_other_maps() -> None:
    settings = settings_of("graph")
    network, layout = tiny("graph").eval(), graph_layout(settings.subcells)
    former = replace(layout, bond_kinds=layout.bond_kinds - 1)
    old = network_of(settings.network, settings.subcells)
    old.head = torch.nn.Conv2d(settings.network.channels, former.channels, 1)
    old.eval()
    load_into(network, old.state_dict(), "old weights")
    with torch.no_grad():
        pictures = intensity(2, 1, 64, 96)
        new_maps, old_maps = network(pictures).maps_BCHW, old(pictures).maps_BCHW
    place = layout.slices["bond_kind"].stop - 1
    others = [channel for channel in range(layout.channels) if channel != place]
    assert torch.equal(new_maps[:, others], old_maps)
    assert (new_maps[:, place] == UNSEEN).all()
    assert torch.equal(with_unseen_kind(old_maps, layout, 1, UNSEEN), new_maps)
    older = {**old.state_dict(), "head.bias": torch.zeros(former.channels - 1)}
    with pytest.raises(CheckpointError, match=r"head\.bias"):
        load_into(network, older, "older weights")
