"""Encoder-decoder network that reads pictures as captions.

Shape letters: B pictures, C channels, H height, W width, S memory positions, D width, L caption
length, V vocabulary.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from inchify.models.decoders.bert import BertDecoder, BertDecoderSettings
from inchify.models.decoders.lstm import LstmDecoder, LstmDecoderSettings
from inchify.models.decoders.transformer import TransformerDecoder, TransformerDecoderSettings
from inchify.models.dropout import use_fast_dropout
from inchify.models.encoders.cnn import CnnEncoder, CnnEncoderSettings
from inchify.models.encoders.tnt import TntEncoder, TntEncoderSettings
from inchify.models.encoders.vit import VitEncoder, VitEncoderSettings
from inchify.models.layers import pad_to_multiple
from inchify.models.parameters import weight_decay_groups
from inchify.types import Memory

EncoderSettings = CnnEncoderSettings | VitEncoderSettings | TntEncoderSettings
DecoderSettings = TransformerDecoderSettings | LstmDecoderSettings | BertDecoderSettings

Encoder = CnnEncoder | VitEncoder | TntEncoder
Decoder = TransformerDecoder | LstmDecoder | BertDecoder

# kind -> (settings, network); an encoder takes (settings, memory width), a decoder takes
# (settings, vocabulary size)
ENCODERS: dict[str, tuple[type, Any]] = {
    "cnn": (CnnEncoderSettings, CnnEncoder),
    "vit": (VitEncoderSettings, VitEncoder),
    "tnt": (TntEncoderSettings, TntEncoder),
}
DECODERS: dict[str, tuple[type, Any]] = {
    "transformer": (TransformerDecoderSettings, TransformerDecoder),
    "lstm": (LstmDecoderSettings, LstmDecoder),
    "bert": (BertDecoderSettings, BertDecoder),
}


class SequenceNetwork(nn.Module):
    """An encoder that makes a memory of a picture and a decoder that writes its caption.

    ``stride``: pixels per memory token; ``multiple``: what picture sides are padded to.
    """

    def __init__(self, encoder: Encoder, decoder: Decoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    @property
    def stride(self) -> int:
        return self.encoder.stride

    @property
    def multiple(self) -> int:
        return self.encoder.multiple

    def weight_decay_groups(self, weight_decay: float) -> list[dict[str, Any]]:
        """Split the parameters into optimizer groups with and without weight decay.

        Args:
            weight_decay: Decay of the first group, at least 0.

        Returns:
            Two groups as torch's optimizers take them.
        """
        return weight_decay_groups(self, weight_decay)

    def encode(self, images_BCHW: torch.Tensor, sizes_B2: torch.Tensor) -> Memory:
        """Encode pictures.

        Args:
            images_BCHW: uint8, C = 1, foreground 255 and background 0.
            sizes_B2: Unpadded (height, width) in pixels.

        Returns:
            The memory for the decoder.

        Raises:
            ValueError: The pictures are not (B, 1, H, W).
        """
        if images_BCHW.dim() != 4 or images_BCHW.shape[1] != 1:
            raise ValueError(f"pictures are {tuple(images_BCHW.shape)}; they must be (B, 1, H, W)")
        kind = next(self.encoder.parameters()).dtype
        foreground_BCHW_mask = pad_to_multiple(images_BCHW, self.multiple).to(kind) / 255
        return self.encoder(foreground_BCHW_mask, sizes_B2.to(images_BCHW.device))

    def forward(
        self, images_BCHW: torch.Tensor, sizes_B2: torch.Tensor, ids_BL: torch.Tensor
    ) -> torch.Tensor:
        """Predict every token of true captions from the tokens before it (teacher forcing).

        Args:
            images_BCHW: uint8, C = 1, foreground 255 and background 0.
            sizes_B2: Unpadded (height, width) in pixels.
            ids_BL: True captions with the start token.

        Returns:
            Logits (B, L - 1, V) of ``ids_BL[:, 1:]``.
        """
        return self.decoder(self.encode(images_BCHW, sizes_B2), ids_BL[:, :-1])


def build_network(
    encoder_settings: EncoderSettings, decoder_settings: DecoderSettings, vocabulary_size: int
) -> SequenceNetwork:
    """Build an encoder-decoder network.

    Args:
        encoder_settings: ``kind`` chooses the encoder.
        decoder_settings: ``kind`` chooses the decoder.
        vocabulary_size: Tokens with padding, start and end.

    Returns:
        The network with initial weights.

    Raises:
        ValueError: A kind is unknown, or sizes do not fit together.
    """
    if vocabulary_size < 4:
        raise ValueError(
            f"'vocabulary_size' is {vocabulary_size}; padding, start, end and one symbol make 4"
        )
    _, make_decoder = _entry(DECODERS, "decoder", decoder_settings)
    _, make_encoder = _entry(ENCODERS, "encoder", encoder_settings)
    decoder = make_decoder(decoder_settings, vocabulary_size)
    network = SequenceNetwork(make_encoder(encoder_settings, decoder.memory_width), decoder)
    use_fast_dropout(network)
    return network


def _entry(table: dict[str, tuple[type, Any]], what: str, settings: Any) -> tuple[type, Any]:
    kind = getattr(settings, "kind", None)
    if kind not in table:
        raise ValueError(f"'{what}.kind' is {kind!r}; it must be one of {', '.join(table)}")
    return table[kind]
