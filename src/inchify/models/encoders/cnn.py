"""CNN encoder: a timm backbone followed by transformer layers.

Any timm network with features in stages will do (He et al. 2016 to Liu et al. 2022); the
stages beyond the chosen stride are dropped. Then 2-D sine positions and a few transformer layers.

Shape letters: B pictures, C channels, H height, W width, S memory positions (row by row), D width.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

import torch
from torch import nn

from inchify.models.attention import Attending
from inchify.models.checks import at_least, divides, fraction
from inchify.models.encoders.canvas import canvas, watch
from inchify.models.layers import cells_of, grid_mask, init_linear, sine_grid
from inchify.models.pretrained import load_pretrained
from inchify.types import Memory

if TYPE_CHECKING:
    from timm.models import FeatureInfo


@dataclass(frozen=True, kw_only=True)
class CnnEncoderSettings:
    """``model`` is a timm name and ``options`` go to its constructor (depths, dims ...).

    ``stride``: pixels per memory token in each direction. ``layers`` transformer layers of
    ``heads`` heads follow, as wide as the decoder. ``weights``: a local safetensors file for the
    convolutional part, or None.
    """

    kind: Literal["cnn"] = "cnn"
    model: str = "convnext_atto"
    options: dict[str, Any] = field(default_factory=dict)
    stride: int = 16
    layers: int = 2
    heads: int = 8
    mlp_ratio: float = 4.0
    dropout: float = 0.1
    drop_path: float = 0.0
    weights: str | None = None

    def __post_init__(self) -> None:
        at_least(1, stride=self.stride, heads=self.heads)
        at_least(0, layers=self.layers)
        at_least(0.1, mlp_ratio=self.mlp_ratio)
        fraction(dropout=self.dropout, drop_path=self.drop_path)


class CnnEncoder(nn.Module):
    """Pictures (B, 1, H, W) in 0..1 and their sizes -> Memory, one token for each
    ``stride`` x ``stride`` cell. H and W must be multiples of ``multiple``."""

    def __init__(self, settings: CnnEncoderSettings, memory_width: int) -> None:
        super().__init__()
        divides("heads", settings.heads, "width", memory_width)
        self.settings = settings
        self.stride = self.multiple = settings.stride
        self.body = watch(_timm_features(settings), settings.model)
        channels = _feature_info(self.body).channels()[-1]
        if settings.weights is not None:
            load_pretrained(self.body, settings.weights)
        self.norm = nn.LayerNorm(channels)
        self.project = nn.Linear(channels, memory_width)
        init_linear(self.project)
        self.attending = Attending(
            memory_width,
            layers=settings.layers,
            heads=settings.heads,
            mlp_ratio=settings.mlp_ratio,
            dropout=settings.dropout,
            drop_path=settings.drop_path,
        )

    def forward(self, images_BCHW: torch.Tensor, sizes_B2: torch.Tensor) -> Memory:
        cells_B2 = cells_of(sizes_B2, self.stride)
        grid = (images_BCHW.shape[-2] // self.stride, images_BCHW.shape[-1] // self.stride)
        with canvas(cells_B2, grid):
            features_BCHW = self.body(_channels_last(images_BCHW))[-1]
        tokens_BHWD = self.project(self.norm(features_BCHW.permute(0, 2, 3, 1)))
        positions_HWD = sine_grid(*grid, tokens_BHWD.shape[-1], tokens_BHWD.device)
        tokens_BSD = (tokens_BHWD + positions_HWD.to(tokens_BHWD.dtype)).flatten(1, 2)
        mask_BS = grid_mask(cells_B2, *grid).flatten(1)
        return Memory(self.attending(tokens_BSD, mask_BS), mask_BS)


def _channels_last(images_BCHW: torch.Tensor) -> torch.Tensor:
    """The same one-channel pictures with strides that say "channels last", in which oneDNN and
    cuDNN are faster; the features then follow. With one channel ``contiguous`` would change
    nothing, and weights in that order could not be saved as safetensors."""
    batch, _, height, width = images_BCHW.shape
    return images_BCHW.contiguous().as_strided(
        (batch, 1, height, width), (height * width, 1, width, 1)
    )


def _timm_features(settings: CnnEncoderSettings) -> nn.Module:
    """The network up to the stage whose features are ``stride`` pixels apart."""
    import timm

    def create(**options: Any) -> nn.Module:
        return timm.create_model(
            settings.model,
            pretrained=False,
            in_chans=1,
            features_only=True,
            **settings.options,
            **options,
        )

    if not timm.is_model(settings.model):
        close = ", ".join(timm.list_models(f"{settings.model[:6]}*")[:8])
        raise ValueError(f"'model' is {settings.model!r}; timm has no such network (near: {close})")
    try:
        with torch.device("meta"):
            strides: list[int] = _feature_info(create()).reduction()
    except (RuntimeError, AttributeError, AssertionError) as error:
        raise ValueError(
            f"'model' is {settings.model!r}; timm gives no feature stages for it: {error}"
        ) from error
    if settings.stride not in strides:
        raise ValueError(f"'stride' is {settings.stride}; {settings.model} has {strides}")
    # the last stage of that stride: networks may have several
    place = len(strides) - 1 - strides[::-1].index(settings.stride)
    body = create(out_indices=(place,))
    blocks, _, last = _feature_info(body).module_name()[-1].partition(".")
    if blocks == "blocks" and last.isdigit() and hasattr(body, blocks):
        # timm's mobile networks keep, and run, the stages that nobody asked for
        body.blocks = cast(nn.Sequential, body.blocks)[: int(last) + 1]
    return body


def _feature_info(body: nn.Module) -> FeatureInfo:
    """timm's description of the stages of a network made with ``features_only``."""
    return cast("FeatureInfo", body.feature_info)
