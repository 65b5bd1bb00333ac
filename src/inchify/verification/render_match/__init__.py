"""Pixel likelihood of candidates rendered in the competition's style."""
