"""The text network reads a line the same alone and beside longer ones, and can learn."""

from __future__ import annotations

import pytest
import torch

from inchify.models.text.crnn import Crnn
from inchify.models.text.settings import CrnnSettings

SMALL = CrnnSettings(channels=(4, 8, 8, 8, 8, 16), hidden=16)
PAPER = CrnnSettings(trunk="paper", channels=(4, 8, 8, 8, 8, 8, 16), hidden=16)
both = pytest.mark.parametrize("settings", [SMALL, PAPER], ids=["light", "paper"])


def pictures(*widths: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    images = torch.zeros(len(widths), 1, 32, max(widths), dtype=torch.uint8)
    for image, width in zip(images, widths, strict=True):
        shape = (32, width)
        image[0, :, :width] = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    return images, torch.tensor(widths)


def test_default_is_small_and_columns_are_half_the_width() -> None:
    network = Crnn(CrnnSettings(), 80)
    assert sum(weight.numel() for weight in network.parameters()) < 800_000
    images, widths = pictures(37, 64)
    log_probs = network.eval()(images, widths)
    assert log_probs.shape == (2, 32, 80)
    assert network.columns(widths).tolist() == [19, 32]
    assert torch.allclose(log_probs.exp().sum(-1), torch.ones(2, 32), atol=1e-5)


@torch.no_grad()
def test_the_paper_is_as_published() -> None:
    """8.3 million weights, and a quarter of the width and one more columns."""
    network = Crnn(CrnnSettings(trunk="paper"), 37).eval()
    assert sum(weight.numel() for weight in network.parameters()) == pytest.approx(8.33e6, rel=2e-3)
    for width, columns in ((100, 26), (160, 41), (280, 71), (101, 27), (103, 27)):
        images, widths = pictures(width)
        assert network(images, widths).shape == (1, columns, 37)
        assert int(network.columns(widths)) == columns == network.settings.columns(width)
    assert [CrnnSettings().columns(width) for width in (37, 64)] == [19, 32]


@both
@torch.no_grad()
def test_padding_changes_nothing(settings: CrnnSettings) -> None:
    torch.manual_seed(0)
    network = Crnn(settings, 12).eval()
    images, widths = pictures(9, 30, 51)
    together = network(images, widths)
    for row, width in enumerate(widths.tolist()):
        alone = network(images[row : row + 1, :, :, :width], widths[row : row + 1])
        columns = int(network.columns(widths)[row])
        assert torch.allclose(together[row, :columns], alone[0, :columns], atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "least"), [(SMALL, 0.2), (PAPER, 0.04)], ids=["light", "paper"]
)
@torch.no_grad()
def test_columns_differ_from_the_first_day(settings: CrnnSettings, least: float) -> None:
    """Torch's own weights reach a quarter of it, and CTC then writes blanks for long."""
    for seed in range(3):
        torch.manual_seed(seed)
        log_probs = Crnn(settings, 12)(*pictures(60, 60))
        assert log_probs.std(dim=1).mean() > least


@both
def test_every_weight_gets_a_gradient(settings: CrnnSettings) -> None:
    network = Crnn(settings, 12)
    images, widths = pictures(20, 33)
    network(images, widths)[:, :, 1].sum().backward()
    assert all(w.grad is not None and w.grad.abs().sum() > 0 for w in network.parameters())


def test_wrong_settings_and_heights_are_named() -> None:
    paper = {"channels": (1, 2, 3, 4, 5, 6), "trunk": "paper"}
    for wrong in ({"channels": (1, 2)}, {"hidden": 0}, {"dropout": 1.0}, {"trunk": "x"}, paper):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            CrnnSettings(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="24 px high"):
        Crnn(SMALL, 12)(torch.zeros(1, 1, 24, 40, dtype=torch.uint8), torch.tensor([40]))
