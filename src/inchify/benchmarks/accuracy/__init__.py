"""Accuracy on labeled pictures, pages and text lines."""
