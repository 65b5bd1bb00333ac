"""Encoders: pictures come in, a memory of tokens with its mask goes out."""
