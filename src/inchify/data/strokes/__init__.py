"""Strokes measured at the picture's own resolution."""
