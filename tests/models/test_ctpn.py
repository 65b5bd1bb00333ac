"""CTPN sees a page the same alone and in a batch, has the published size, and can learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch
from torch.nn import functional

from inchify.models.text.ctpn import Ctpn, CtpnMaps
from inchify.models.text.settings import HEIGHTS, CtpnSettings
from inchify.tasks.text_detection.settings import load_text_line_settings

LIGHT_YAML = Path(__file__).parents[2] / "configs" / "text" / "ctpn_light.yaml"

SMALL = {"middle": 8, "hidden": 4, "width": 8, "heights": (8.0, 16.0, 32.0)}
LIGHT = CtpnSettings(trunk="light", channels=(4, 4, 6, 8), **SMALL)  # type: ignore[arg-type]
VGG = CtpnSettings(channels=(2, 4, 4, 4, 6), **SMALL)  # type: ignore[arg-type]
KINDS = {
    "light": LIGHT,
    "fine": replace(LIGHT, row=8, column=8),
    "narrow": replace(LIGHT, column=8, recurrent="gru"),
    "flat": replace(LIGHT, row=8, recurrent="none"),
    "vgg": VGG,
    "normed": replace(VGG, batch_norm=True, recurrent="gru"),
    "grey": replace(VGG, input_channels=3, scores=2, side=False),
}
every = pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)


def built(settings: CtpnSettings) -> Ctpn:
    torch.manual_seed(1)
    network = Ctpn(settings)
    for layer in network.modules():
        # batch norm that has seen something: a shift of zeros would hide what leaks from padding
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(layer.bias, -0.5, 0.5)
            torch.nn.init.uniform_(layer.running_mean, -0.5, 0.5)
    return network.eval()


def noise(height: int, width: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (1, 1, height, width), generator=generator, dtype=torch.uint8)


def parts(maps: CtpnMaps) -> list[torch.Tensor]:
    return [part.flatten(1, -3) for part in maps if part is not None]


@every
@torch.no_grad()
def test_padding_changes_nothing(settings: CtpnSettings) -> None:
    network = built(settings)
    sizes = [(37, 90), (64, 41), (80, 112)]
    pages = [noise(*size, seed) for seed, size in enumerate(sizes)]
    batch = torch.zeros(3, 1, 96, 128, dtype=torch.uint8)
    for own, page in zip(batch, pages, strict=True):
        own[:, : page.shape[-2], : page.shape[-1]] = page
    together = parts(network(batch, torch.tensor(sizes)))
    for place, page in enumerate(pages):
        rows, columns = (
            -(-side // step) for side, step in zip(sizes[place], network.stride, strict=True)
        )
        for one, many in zip(parts(network(page)), together, strict=True):
            assert one.shape[-2] >= rows and one.shape[-1] >= columns
            torch.testing.assert_close(
                many[place, :, :rows, :columns], one[0, :, :rows, :columns], atol=2e-5, rtol=1e-4
            )


@pytest.mark.parametrize("kind", ["lstm", "gru", "none"])
@torch.no_grad()
def test_recurrent_rows_know_of_their_other_end(kind: Literal["lstm", "gru", "none"]) -> None:
    network = built(replace(LIGHT, recurrent=kind))
    features = torch.randn(1, LIGHT.middle, 3, 12)
    other = features.clone()
    other[..., 0, 0] += 1.0
    moved = (network._along_rows(features, None) - network._along_rows(other, None)).abs().sum(1)[0]
    assert (moved[0, -1] > 0) == (kind != "none"), "the first column is seen from the last"
    assert not moved[1:].any(), "a row does not know of others"


@every
def test_every_weight_gets_a_gradient(settings: CtpnSettings) -> None:
    network = built(settings).train()
    maps = network(torch.cat((noise(64, 96), noise(64, 96, 1))))
    torch.stack([part.square().mean() for part in parts(maps)]).sum().backward()
    still = [
        name for name, w in network.named_parameters() if w.grad is None or not w.grad.abs().sum()
    ]
    assert not still


@every
@torch.no_grad()
def test_maps_have_the_shape_that_the_settings_say(settings: CtpnSettings) -> None:
    maps = built(settings)(noise(64, 160))
    cells = 64 // settings.row, 160 // settings.column
    anchors = len(settings.heights)
    assert maps.score_BKHW.shape == (1, anchors, *cells)
    assert maps.vertical_BK2HW.shape == (1, anchors, 2, *cells)
    assert (maps.side_BKHW is None) == (not settings.side)


def test_the_published_network_has_its_size() -> None:
    """17.720 M weights with GRU rows and the two heads of the stock weights, 67.6 MiB; 17.884 M
    with an LSTM, 17.889 M with the head of line ends."""
    with torch.device("meta"):
        stock = CtpnSettings(input_channels=3, recurrent="gru", scores=2, side=False)
        settings = (stock, replace(stock, recurrent="lstm"))
        settings = (*settings, replace(settings[1], side=True))
        counts = [sum(w.numel() for w in Ctpn(item).parameters()) for item in settings]
    assert [round(count / 1e6, 3) for count in counts] == [17.720, 17.884, 17.889]
    assert round(counts[0] * 4 / 2**20, 1) == 67.6
    # one buffer of momentum beside the weights, in millions of bytes
    assert round(counts[0] * 8 / 1e6, 1) == 141.8
    assert len(HEIGHTS) == 10 and (HEIGHTS[0], HEIGHTS[-1]) == (11, 283)


def test_the_light_network_needs_some_billion_multiplications_for_a_page() -> None:
    """A page of 150 dots per inch costs what a core does in a fraction of a second."""
    settings = load_text_line_settings(LIGHT_YAML).network
    with torch.device("meta"):
        network = Ctpn(replace(settings, recurrent="none"))
        rows = Ctpn(settings).recurrent
        page = torch.zeros(1, 1, 1760, 1248, dtype=torch.uint8)
    assert rows is not None and settings.middle == 2 * settings.hidden
    sums: list[int] = []

    def count(layer: torch.nn.Module, _: object, out: torch.Tensor) -> None:
        if isinstance(layer, torch.nn.Conv2d):
            sums.append(out[0, 0].numel() * layer.weight.numel())

    for layer in network.modules():
        layer.register_forward_hook(count)
    network(page, torch.tensor([[1760, 1248]]))
    cells = (1760 // settings.row) * (1248 // settings.column)
    matrices = sum(w.numel() for name, w in rows.named_parameters() if "weight" in name)
    assert 1e9 < sum(sums) + cells * matrices < 9e9


@torch.no_grad()
def test_gray_is_normalized_in_one_way_only() -> None:
    """The stock code took the means of red, green and blue from blue, green and red; here the
    network itself does it, so training and reading cannot differ."""
    settings = replace(KINDS["grey"], means=(1.0, 2.0, 3.0))
    network = built(settings)
    intensity = noise(32, 48)
    seen: list[torch.Tensor] = []
    network.trunk.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network(intensity)
    gray = 255.0 - intensity.float()
    torch.testing.assert_close(seen[0], torch.cat((gray - 1, gray - 2, gray - 3), dim=1))
    padded = functional.pad(intensity, (0, 16, 0, 16))
    network(padded, torch.tensor([[32, 48]]))
    assert not seen[1][..., 32:, :].any() and not seen[1][..., 48:].any(), "padding is no paper"


def test_two_scores_are_one_logit() -> None:
    network = built(KINDS["grey"])
    said: list[torch.Tensor] = []
    network.score.register_forward_hook(lambda _, __, out: said.append(out.detach()))
    logits = network(noise(32, 32)).score_BKHW
    paper, text = said[0].unflatten(1, (-1, 2)).unbind(2)
    chances = torch.stack((paper, text)).softmax(0)[1]
    torch.testing.assert_close(logits.sigmoid(), chances)


def test_xavier_is_a_setting() -> None:
    xavier, plain = (built(replace(LIGHT, initialization=kind)) for kind in ("xavier", "default"))  # type: ignore[arg-type]
    limit = (6 / (LIGHT.width + 2 * len(LIGHT.heights))) ** 0.5
    largest = float(xavier.vertical.weight.detach().abs().max())
    assert 0.8 * limit < largest <= limit
    assert float(plain.vertical.weight.detach().abs().max()) <= LIGHT.width**-0.5 + 1e-6 < limit
    assert isinstance(xavier.recurrent, torch.nn.LSTM)
    for gate in xavier.recurrent.weight_hh_l0.split(LIGHT.hidden):
        assert float(gate.detach().abs().max()) <= (6 / (2 * LIGHT.hidden)) ** 0.5
    assert not xavier.recurrent.bias_ih_l0.any() and plain.recurrent.bias_ih_l0.any()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"trunk": "vgg16", "channels": (1, 2, 3, 4)}, "'channels' is"),
        ({"trunk": "vgg16", "channels": (1, 2, 3, 4, 5), "row": 8}, "'row' and 'column' must"),
        ({"input_channels": 3}, "'input_channels' is 3"),
        ({"heights": (9.0, 8.0)}, "'heights' is"),
        ({"heights": ()}, "'heights' is"),
        ({"hidden": 0}, "'hidden' is 0"),
        ({"blocks": (1, 1)}, "'blocks' is"),
    ],
)
def test_wrong_settings_are_named(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(LIGHT, **wrong)  # type: ignore[arg-type]
