"""Molecules for training pictures."""
