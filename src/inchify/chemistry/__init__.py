"""Molecules and strings: captions in, tokens, scores, verdicts and drawings out."""
