"""Tokenizers of captions and their vocabulary."""
