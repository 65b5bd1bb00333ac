"""Synthetic training data: molecules, drawings, text lines, pages and whole competition folders."""
