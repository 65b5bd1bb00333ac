"""Dense network: timm backbone, pyramid pooling and top-down path.

With ``output_stride`` 8 and no way up it is PSPNet (Zhao et al. 2017) with the seed's convolution
from 1 to 3 channels; with stages of all strides and ``finest`` 4 the maps are fine enough for bonds
of 15 pixels (the top-down sum of Lin et al. 2017).

Shape letters: B pictures, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, cast

import torch
from torch import nn
from torch.nn import functional

from inchify.models.checks import at_least, fraction
from inchify.models.dense.layout import UNSEEN, AnyLayout, Layout
from inchify.models.dense.maps import with_unseen_kind
from inchify.models.dense.pyramid import ConvolutionBlock, Pyramid, PyramidSettings

if TYPE_CHECKING:
    from timm.models import FeatureInfo


@dataclass(frozen=True, kw_only=True)
class DenseSettings:
    """``backbone`` is a timm name and ``options`` go to its constructor. ``rgb`` puts a 1x1
    convolution from one to three channels before it. ``output_stride`` below 32 dilates the last
    stages instead of shrinking the map. ``finest`` is the stride of the maps in pixels, reached by
    summing in earlier stages, each brought to ``channels``; ``blocks`` convolutions follow.
    ``auxiliary``: a second set of the four maps from the third stage, in training only.
    """

    backbone: str = "resnet18d"
    options: dict[str, Any] = field(default_factory=dict)
    rgb: bool = False
    output_stride: int = 32
    finest: int = 4
    pyramid: PyramidSettings = field(default_factory=PyramidSettings)
    channels: int = 64
    blocks: int = 2
    auxiliary: bool = True
    auxiliary_channels: int = 64
    dropout: float = 0.0

    def __post_init__(self) -> None:
        at_least(1, channels=self.channels, auxiliary_channels=self.auxiliary_channels)
        at_least(0, blocks=self.blocks)
        fraction(dropout=self.dropout)
        for name in ("output_stride", "finest"):
            if getattr(self, name) not in (4, 8, 16, 32):
                raise ValueError(
                    f"'{name}' is {getattr(self, name)}; it must be one of 4, 8, 16, 32"
                )
        if self.finest > self.output_stride:
            raise ValueError(
                f"'finest' is {self.finest}; it cannot exceed 'output_stride' "
                f"({self.output_stride})"
            )


class DenseMaps(NamedTuple):
    """``maps_BCHW``: logits and values as the layout names them, at stride ``finest``.
    ``auxiliary_BCHW``: the four maps from the third stage, None when reading. ``context_BCHW``:
    the features after the pyramid, which a student compares with its teacher's."""

    maps_BCHW: torch.Tensor
    auxiliary_BCHW: torch.Tensor | None = None
    context_BCHW: torch.Tensor | None = None


class DenseNetwork(nn.Module, Generic[AnyLayout]):
    """Pictures (B, 1, H, W) in 0..1, foreground 1, H and W multiples of ``multiple`` ->
    ``DenseMaps``."""

    multiple = 32

    def __init__(self, settings: DenseSettings, layout: AnyLayout) -> None:
        super().__init__()
        self.settings, self.layout = settings, layout
        self.stride = settings.finest
        self.colours = nn.Conv2d(1, 3, 1) if settings.rgb else nn.Identity()
        self.backbone, strides, widths = _stages(settings)
        self.pyramid = Pyramid(widths[-1], settings.pyramid, settings.channels, settings.dropout)
        first = next(place for place, stride in enumerate(strides) if stride == settings.finest)
        self.lateral = nn.ModuleList(
            nn.Conv2d(width, settings.channels, 1) for width in widths[first:-1]
        )
        if settings.finest == settings.output_stride:
            self.lateral = nn.ModuleList()
        self.first = first
        self.blocks = nn.Sequential(
            *(
                ConvolutionBlock(settings.channels, settings.channels)
                for _ in range(settings.blocks)
            )
        )
        self.head = nn.Conv2d(settings.channels, layout.channels, 1)
        self.auxiliary_stage = len(widths) - 2
        if settings.auxiliary:
            self.auxiliary = nn.Sequential(
                ConvolutionBlock(widths[self.auxiliary_stage], settings.auxiliary_channels),
                nn.Conv2d(settings.auxiliary_channels, layout.four.stop, 1),
            )
        self._start(layout)

    def _start(self, layout: Layout) -> None:
        """Position maps start at 1 %: foreground is rare, and the focal loss would otherwise start
        huge."""
        heads = [self.head]
        if self.settings.auxiliary:
            heads.append(cast(nn.Conv2d, self.auxiliary[1]))
        for head in heads:
            assert head.bias is not None
            nn.init.normal_(head.weight, std=0.01)
            nn.init.zeros_(head.bias)
            for name in layout.positions:
                if layout.slices[name].stop <= len(head.bias):
                    nn.init.constant_(head.bias[layout.slices[name]], -4.6)

    def upgraded_weights(self, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Upgrade weights of a network with one bond kind less.

        Args:
            tensors: Weights by name.

        Returns:
            Weights with a channel for the new kind, whose logit is ``UNSEEN`` everywhere.
        """
        upgraded = dict(tensors)
        for name, fill in (("head.weight", 0.0), ("head.bias", UNSEEN)):
            if name in upgraded:
                upgraded[name] = with_unseen_kind(upgraded[name], self.layout, 0, fill)
        return upgraded

    def forward(self, images_BCHW: torch.Tensor) -> DenseMaps:
        """Compute the maps of pictures.

        Args:
            images_BCHW: Float in 0..1, foreground 1; H and W are multiples of ``multiple``.

        Returns:
            The maps at stride ``finest``, the auxiliary ones in training, and the context features.
        """
        stages = self.backbone(self.colours(images_BCHW))
        context_BCHW = self.pyramid(stages[-1])
        features_BCHW = context_BCHW
        for lateral, stage_BCHW in zip(
            reversed(self.lateral), reversed(stages[self.first : -1]), strict=False
        ):
            features_BCHW = lateral(stage_BCHW) + functional.interpolate(
                features_BCHW, size=stage_BCHW.shape[-2:], mode="nearest"
            )
        maps_BCHW = self.head(self.blocks(features_BCHW))
        if not (self.training and self.settings.auxiliary):
            return DenseMaps(maps_BCHW, None, context_BCHW)
        auxiliary_BCHW = functional.interpolate(
            self.auxiliary(stages[self.auxiliary_stage]), size=maps_BCHW.shape[-2:], mode="bilinear"
        )
        return DenseMaps(maps_BCHW, auxiliary_BCHW, context_BCHW)


def network_input(images_BCHW: torch.Tensor) -> torch.Tensor:
    """Convert pictures to the input of dense networks.

    Args:
        images_BCHW: uint8, foreground 255.

    Returns:
        Float32 in 0..1, channels last.
    """
    return images_BCHW.float().div_(255.0).contiguous(memory_format=torch.channels_last)


def _stages(settings: DenseSettings) -> tuple[nn.Module, list[int], list[int]]:
    """The backbone, and the stride and width of each of its stages from stride 4 on."""
    import timm

    if not timm.is_model(settings.backbone):
        close = ", ".join(timm.list_models(f"{settings.backbone[:6]}*")[:8])
        raise ValueError(
            f"'backbone' is {settings.backbone!r}; timm has no such network (near: {close})"
        )
    options: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in settings.options.items()
    }
    if settings.output_stride < 32:
        options["output_stride"] = settings.output_stride
    body = timm.create_model(
        settings.backbone,
        pretrained=False,
        features_only=True,
        in_chans=3 if settings.rgb else 1,
        **options,
    )
    about = cast("FeatureInfo", body.feature_info)
    strides: list[int] = about.reduction()
    widths: list[int] = about.channels()
    places = [place for place, stride in enumerate(strides) if stride >= 4]
    if settings.finest not in strides or len(places) < 2:
        raise ValueError(
            f"'finest' is {settings.finest}; {settings.backbone} has stages of strides {strides}"
        )
    return _From(body, places[0]), [strides[p] for p in places], [widths[p] for p in places]


class _From(nn.Module):
    """A backbone's stages from one on."""

    def __init__(self, body: nn.Module, first: int) -> None:
        super().__init__()
        self.body, self.first = body, first

    def forward(self, images_BCHW: torch.Tensor) -> list[torch.Tensor]:
        return self.body(images_BCHW)[self.first :]
