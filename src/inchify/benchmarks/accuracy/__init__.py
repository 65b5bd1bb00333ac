"""Accuracy on labelled pictures, pages and text lines."""
