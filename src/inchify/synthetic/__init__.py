"""Drawings in the competition's own style: molecules in, pictures and whole folders out."""
