"""Kinds of bonds, measured at the picture's full resolution."""
