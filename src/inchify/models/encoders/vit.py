"""Vision transformer encoder (Dosovitskiy et al. 2021) for pictures of varying shape.

Pictures keep their shape: each is cut into as many patches as it needs, the patches that only pad
the batch are hidden from attention, and empty patches may be left out.

Shape letters: B pictures, C channels, H height, W width, N patches, M kept patches, D width.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import torch
from torch import nn

from inchify.models.attention import SelfAttention, memory_bias
from inchify.models.encoders.patches import (
    PatchEncoderSettings,
    choose_patches,
    patch_positions,
    position_table,
)
from inchify.models.layers import init_blocks, init_linear, init_patches
from inchify.models.pretrained import load_pretrained
from inchify.types import Memory

if TYPE_CHECKING:
    from timm.models.vision_transformer import Block


@dataclass(frozen=True, kw_only=True)
class VitEncoderSettings(PatchEncoderSettings):
    """Sizes of timm's VisionTransformer."""

    kind: Literal["vit"] = "vit"


class VitEncoder(nn.Module):
    """Pictures (B, 1, H, W) in 0..1 and their sizes -> Memory, one token for each kept patch.
    H and W must be multiples of ``multiple``."""

    def __init__(self, settings: VitEncoderSettings, memory_width: int) -> None:
        from timm.models.vision_transformer import VisionTransformer

        super().__init__()
        self.settings = settings
        self.stride = self.multiple = settings.patch
        self.body = VisionTransformer(
            img_size=(settings.grid[0] * settings.patch, settings.grid[1] * settings.patch),
            patch_size=settings.patch,
            in_chans=1,
            num_classes=0,
            global_pool="",
            class_token=False,
            embed_dim=settings.width,
            depth=settings.layers,
            num_heads=settings.heads,
            mlp_ratio=settings.mlp_ratio,
            proj_drop_rate=settings.dropout,
            drop_path_rate=settings.drop_path,
            attn_layer=SelfAttention,
        )
        for block in cast("Iterable[Block]", self.body.blocks):
            block.mlp.drop1 = nn.Identity()
        self.body.pos_embed = position_table(settings.positions, settings.grid, settings.width)
        if settings.weights is not None:
            load_pretrained(self.body, settings.weights)
        else:
            init_patches(self.body.patch_embed.proj)
            init_blocks(self.body.blocks)
        self.dropout = nn.Dropout(settings.dropout)
        self.project = nn.Linear(settings.width, memory_width)
        init_linear(self.project)

    def forward(self, images_BCHW: torch.Tensor, sizes_B2: torch.Tensor) -> Memory:
        patch = self.settings.patch
        chosen = choose_patches(images_BCHW, sizes_B2, patch, skip_empty=self.settings.skip_empty)
        grid_BDHW = self.body.patch_embed.proj(images_BCHW)
        grid = (grid_BDHW.shape[2], grid_BDHW.shape[3])
        codes_BND = patch_positions(self.body.pos_embed, sizes_B2, patch, grid, self.settings.width)
        tokens_BND = grid_BDHW.flatten(2).transpose(1, 2)
        tokens_BMD = self.dropout(chosen.take(tokens_BND + codes_BND.to(tokens_BND.dtype)))
        bias_B11M = memory_bias(chosen.mask_BM, tokens_BMD.dtype)
        for block in self.body.blocks:
            tokens_BMD = block(tokens_BMD, attn_mask=bias_B11M)
        return Memory(self.project(self.body.norm(tokens_BMD)), chosen.mask_BM)
