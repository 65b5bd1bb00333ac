"""Molecule graphs from the straight strokes of a drawing alone."""
