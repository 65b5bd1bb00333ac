"""Multi-head attention and transformer layers.

Shape letters: B pictures, H heads, L queries, S keys or memory positions, E width of a head,
D width.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from inchify.models.layers import init_blocks

if TYPE_CHECKING:
    from timm.models.vision_transformer import Block


def attention(
    query_BHLE: torch.Tensor,
    key_BHSE: torch.Tensor,
    value_BHSE: torch.Tensor,
    *,
    bias: torch.Tensor | None = None,
    causal: bool = False,
) -> torch.Tensor:
    """Scaled dot product attention, (B, H, L, E); ``bias`` is added to the scores.

    torch's fused kernel is best everywhere but for bfloat16 on a CPU, where its backward pass is
    five to ten times slower than plain matrix products (measured at 80 to 200 positions).
    """
    if query_BHLE.device.type != "cpu" or query_BHLE.dtype != torch.bfloat16:
        return scaled_dot_product_attention(
            query_BHLE, key_BHSE, value_BHSE, attn_mask=bias, is_causal=causal
        )
    batch, heads, length, width = query_BHLE.shape
    if causal:
        later_LS = torch.ones(length, key_BHSE.shape[2], dtype=torch.bool).triu(1)
        bias = mask_bias(~later_LS, query_BHLE.dtype)
    query, key, value = (part.flatten(0, 1) for part in (query_BHLE, key_BHSE, value_BHSE))
    if bias is None:
        scores = torch.bmm(query * width**-0.5, key.transpose(1, 2))
    else:
        bias_all = bias.expand(batch, heads, length, -1).flatten(0, 1)
        scores = torch.baddbmm(bias_all, query, key.transpose(1, 2), alpha=width**-0.5)
    return torch.bmm(scores.softmax(-1), value).view(batch, heads, length, width)


def mask_bias(allowed: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """0 where allowed and minus infinity elsewhere: what is added to attention scores."""
    return torch.zeros(allowed.shape, dtype=dtype, device=allowed.device).masked_fill(
        ~allowed, -torch.inf
    )


def memory_bias(mask_BS: torch.Tensor, dtype: torch.dtype) -> torch.Tensor | None:
    """The bias (B, 1, 1, S) that hides padding, or None when there is none."""
    return None if bool(mask_BS.all()) else mask_bias(mask_BS[:, None, None], dtype)


class SelfAttention(nn.Module):
    """What timm's blocks take for their ``attn``, with timm's parameter names and our kernel."""

    def __init__(
        self, dim: int, num_heads: int, qkv_bias: bool = False, proj_drop: float = 0.0, **_: Any
    ) -> None:
        super().__init__()
        self.heads = num_heads
        self.qkv = nn.Linear(dim, 3 * dim, bias=qkv_bias)
        self.proj = nn.Linear(dim, dim)
        self.proj_drop = nn.Dropout(proj_drop)

    def forward(
        self, x_BSD: torch.Tensor, attn_mask: torch.Tensor | None = None, is_causal: bool = False
    ) -> torch.Tensor:
        batch, count, width = x_BSD.shape
        qkv_BS3HE = self.qkv(x_BSD).view(batch, count, 3, self.heads, -1)
        query, key, value = qkv_BS3HE.permute(2, 0, 3, 1, 4).unbind(0)
        if attn_mask is not None:
            attn_mask = attn_mask.to(query.dtype)
        attended_BHSE = attention(query, key, value, bias=attn_mask, causal=is_causal)
        attended_BSD = attended_BHSE.transpose(1, 2).reshape(batch, count, width)
        return self.proj_drop(self.proj(attended_BSD))


class Attending(nn.Module):
    """timm's pre-norm blocks over masked tokens, closed by a layer norm, (B, S, D) -> (B, S, D)."""

    def __init__(
        self,
        width: int,
        *,
        layers: int,
        heads: int,
        mlp_ratio: float,
        dropout: float,
        drop_path: float = 0.0,
    ) -> None:
        from timm.models.vision_transformer import Block

        super().__init__()
        self.blocks = nn.ModuleList(
            Block(
                width,
                heads,
                mlp_ratio,
                qkv_bias=True,
                proj_drop=dropout,
                drop_path=drop_path * (place + 1) / layers,
                attn_layer=SelfAttention,
            )
            for place in range(layers)
        )
        init_blocks(self.blocks)
        for block in cast("Iterable[Block]", self.blocks):
            block.mlp.drop1 = nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens_BSD: torch.Tensor, mask_BS: torch.Tensor) -> torch.Tensor:
        tokens_BSD = self.dropout(tokens_BSD)
        bias_B11S = memory_bias(mask_BS, tokens_BSD.dtype) if len(self.blocks) else None
        for block in self.blocks:
            tokens_BSD = block(tokens_BSD, attn_mask=bias_B11S)
        return self.norm(tokens_BSD)
