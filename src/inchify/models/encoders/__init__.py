"""Encoders: pictures to a memory of tokens with its mask."""
