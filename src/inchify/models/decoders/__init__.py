"""Attention decoders: scores of the next token from a memory and the tokens before it."""
