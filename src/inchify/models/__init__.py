"""Pure networks: settings come in, torch modules go out; no files (but pretrained weights), no
tokenizers, no training."""

from inchify.models.network import (
    DECODERS,
    ENCODERS,
    DecoderSettings,
    EncoderSettings,
    SequenceNetwork,
    build_network,
)
from inchify.models.parameters import parameter_count, weight_decay_groups

__all__ = [
    "DECODERS",
    "ENCODERS",
    "DecoderSettings",
    "EncoderSettings",
    "SequenceNetwork",
    "build_network",
    "parameter_count",
    "weight_decay_groups",
]
