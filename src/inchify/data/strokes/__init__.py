"""Strokes measured at the picture's full resolution."""
