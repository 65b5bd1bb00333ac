"""Decoders: a memory and the tokens so far come in, scores of the next token go out."""
