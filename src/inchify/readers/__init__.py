"""Readers of pictures: networks, candidates, views and verification behind one call."""
