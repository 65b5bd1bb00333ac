"""Kinds of bonds, measured at the picture's own resolution."""
