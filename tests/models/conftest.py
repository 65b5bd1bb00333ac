"""Tiny networks of every kind, and pictures of different sizes in one padded batch."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
import torch

from inchify.models.network import DECODERS, ENCODERS, SequenceNetwork, build_network

VOCABULARY = 23
# what makes an entry of the registries small; a new entry without a row here uses its defaults
TINY: dict[str, dict[str, Any]] = {
    "cnn": {
        "options": {"depths": (1, 1, 1, 1), "dims": (8, 16, 16, 16)},
        "stride": 8,
        "layers": 1,
        "heads": 2,
    },
    "vit": {"patch": 8, "width": 32, "layers": 2, "heads": 2},
    "tnt": {"patch": 8, "width": 32, "pixel_width": 8, "layers": 2, "heads": 2, "pixel_heads": 2},
    "transformer": {"width": 32, "layers": 2, "heads": 2},
    "lstm": {"width": 32, "attention": 16, "layers": 2},
    "bert": {"width": 32, "layers": 2, "heads": 2, "max_length": 64},
}


class Pictures(NamedTuple):
    """A padded batch: images (B, 1, H, W), sizes (B, 2), ids (B, L)."""

    images: torch.Tensor
    sizes: torch.Tensor
    ids: torch.Tensor

    def alone(self, row: int) -> Pictures:
        """One row without the batch's padding."""
        height, width = self.sizes[row].tolist()
        one = slice(row, row + 1)
        return Pictures(self.images[one, :, :height, :width], self.sizes[one], self.ids[one])


def encoder_settings(kind: str, **changes: Any) -> Any:
    return ENCODERS[kind][0](**{**TINY.get(kind, {}), **changes})


def decoder_settings(kind: str, **changes: Any) -> Any:
    return DECODERS[kind][0](**{**TINY.get(kind, {}), **changes})


def tiny_network(encoder: str = "cnn", decoder: str = "transformer", seed: int = 0) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = build_network(encoder_settings(encoder), decoder_settings(decoder), VOCABULARY)
        # fresh networks hold zeros and ones that would hide mistakes
        with torch.no_grad():
            for parameter in network.parameters():
                if parameter.dim() < 2:
                    parameter.add_(0.1 * torch.randn_like(parameter))
            for name, values in network.named_buffers():
                if name.endswith("running_mean"):
                    values.normal_(std=0.1)
    return network.eval()


class Tiny:
    """Makers of tiny settings and networks, for tests that need more than one."""

    vocabulary = VOCABULARY
    encoder = staticmethod(encoder_settings)
    decoder = staticmethod(decoder_settings)
    network = staticmethod(tiny_network)


@pytest.fixture
def tiny() -> type[Tiny]:
    return Tiny


@pytest.fixture
def pictures() -> Pictures:
    generator = torch.Generator().manual_seed(3)
    sizes = torch.tensor([[37, 58], [64, 20], [21, 33]])
    images = torch.zeros(3, 1, 64, 58, dtype=torch.uint8)
    for image, (height, width) in zip(images, sizes.tolist(), strict=True):
        image[0, :height, :width] = 255 * (torch.rand(height, width, generator=generator) > 0.8)
    ids = torch.randint(3, VOCABULARY, (3, 14), generator=generator)
    return Pictures(images, sizes, ids)


@pytest.fixture(params=[f"{encoder}-{decoder}" for encoder in ENCODERS for decoder in DECODERS])
def network(request: pytest.FixtureRequest) -> SequenceNetwork:
    """Every encoder with every decoder, in evaluation mode."""
    return tiny_network(*request.param.split("-"))
