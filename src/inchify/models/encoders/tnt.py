"""Transformer-in-Transformer encoder (Han et al. 2021) for pictures of varying shape.

Each patch is read twice: a small inner transformer attends to its pixels, and its output is added
to the patch's token in the outer transformer. Thin lines and small letters need the inner one.
Pictures keep their shape and may leave out empty patches, as in the third place's Variable-TNT.

Shape letters: B pictures, C channels, H height, W width, N patches, M kept patches, D width,
P pixels inside a patch, I width of a pixel, A heads, E width of a head.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import torch
from torch import nn

from inchify.models.attention import attention, memory_bias
from inchify.models.checks import divides
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
    from timm.models.tnt import Attention, Block


@dataclass(frozen=True, kw_only=True)
class TntEncoderSettings(PatchEncoderSettings):
    """Sizes of timm's TNT; ``pixel_stride`` image pixels for each inner token."""

    kind: Literal["tnt"] = "tnt"
    pixel_stride: int = 4
    pixel_width: int = 24
    pixel_heads: int = 4
    skip_empty: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        divides("pixel_heads", self.pixel_heads, "pixel_width", self.pixel_width)
        divides("pixel_stride", self.pixel_stride, "patch", self.patch)


class TntEncoder(nn.Module):
    """Pictures (B, 1, H, W) in 0..1 and their sizes -> Memory, one token for each kept patch.
    H and W must be multiples of ``multiple``."""

    def __init__(self, settings: TntEncoderSettings, memory_width: int) -> None:
        from timm.models.tnt import TNT

        super().__init__()
        self.settings = settings
        self.stride = self.multiple = settings.patch
        self.body = TNT(
            img_size=(settings.grid[0] * settings.patch, settings.grid[1] * settings.patch),
            patch_size=settings.patch,
            in_chans=1,
            num_classes=0,
            global_pool="",
            embed_dim=settings.width,
            inner_dim=settings.pixel_width,
            depth=settings.layers,
            num_heads_inner=settings.pixel_heads,
            num_heads_outer=settings.heads,
            mlp_ratio=settings.mlp_ratio,
            proj_drop_rate=settings.dropout,
            drop_path_rate=settings.drop_path,
            first_stride=settings.pixel_stride,
        )
        self.body.register_parameter("cls_token", None)
        table = position_table(settings.positions, settings.grid, settings.width)
        self.body.register_parameter("patch_pos", table)
        for block in cast("Iterable[Block]", self.body.blocks):
            for mlp in (block.mlp, block.mlp_in):
                mlp.register_module("drop1", nn.Identity())
        if settings.weights is not None:
            load_pretrained(self.body, settings.weights)
        else:
            init_patches(self.body.pixel_embed.proj)
            init_blocks(self.body.blocks)
        self.dropout = nn.Dropout(settings.dropout)
        self.project = nn.Linear(settings.width, memory_width)
        init_linear(self.project)

    def forward(self, images_BCHW: torch.Tensor, sizes_B2: torch.Tensor) -> Memory:
        patch, body = self.settings.patch, self.body
        chosen = choose_patches(images_BCHW, sizes_B2, patch, skip_empty=self.settings.skip_empty)
        cut_BNP = nn.functional.unfold(images_BCHW, patch, stride=patch).transpose(1, 2)
        grid = (images_BCHW.shape[2] // patch, images_BCHW.shape[3] // patch)
        codes_BND = patch_positions(body.patch_pos, sizes_B2, patch, grid, self.settings.width)
        codes_BND = codes_BND.expand(len(images_BCHW), -1, -1)

        cut_BMP = chosen.take(cut_BNP)
        batch, count = cut_BMP.shape[:2]
        pixels = body.pixel_embed.proj(cut_BMP.reshape(batch * count, 1, patch, patch))
        pixels_XPI = (pixels + body.pixel_pos).flatten(2).transpose(1, 2)
        tokens_BMD = body.proj(body.norm1_proj(pixels_XPI.reshape(batch, count, -1)))
        tokens_BMD = body.norm2_proj(tokens_BMD)
        tokens_BMD = self.dropout(tokens_BMD + chosen.take(codes_BND).to(tokens_BMD.dtype))
        bias_B11M = memory_bias(chosen.mask_BM, tokens_BMD.dtype)
        for block in cast("Iterable[Block]", body.blocks):
            pixels_XPI, tokens_BMD = _read_block(block, pixels_XPI, tokens_BMD, bias_B11M)
        return Memory(self.project(body.norm(tokens_BMD)), chosen.mask_BM)


def _read_block(
    block: Block,
    pixels_XPI: torch.Tensor,
    tokens_BMD: torch.Tensor,
    bias_B11M: torch.Tensor | None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """timm's TNT block without its class token and with a mask; X = B x M."""
    drop = block.drop_path
    assert block.norm2_proj is not None
    pixels_XPI = pixels_XPI + drop(block.attn_in(block.norm_in(pixels_XPI)))
    pixels_XPI = pixels_XPI + drop(block.mlp_in(block.norm_mlp_in(pixels_XPI)))
    found_BMD = block.proj(block.norm1_proj(pixels_XPI.reshape(*tokens_BMD.shape[:2], -1)))
    tokens_BMD = tokens_BMD + block.norm2_proj(found_BMD)
    tokens_BMD = tokens_BMD + drop(_attend(block.attn_out, block.norm_out(tokens_BMD), bias_B11M))
    return pixels_XPI, tokens_BMD + drop(block.mlp(block.norm_mlp(tokens_BMD)))


def _attend(attn: Attention, x_BMD: torch.Tensor, bias_B11M: torch.Tensor | None) -> torch.Tensor:
    """timm's TNT attention over the patches that are real."""
    batch, count, _ = x_BMD.shape
    qk_BM2AE = attn.qk(x_BMD).view(batch, count, 2, attn.num_heads, -1)
    query, key = qk_BM2AE.permute(2, 0, 3, 1, 4).unbind(0)
    value = attn.v(x_BMD).view(batch, count, attn.num_heads, -1).transpose(1, 2)
    bias = None if bias_B11M is None else bias_B11M.to(query.dtype)
    attended_BAME = attention(query, key, value, bias=bias)
    return attn.proj_drop(attn.proj(attended_BAME.transpose(1, 2).reshape(x_BMD.shape)))
