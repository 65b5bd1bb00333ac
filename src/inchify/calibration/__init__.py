"""Fits the parameters that readers ship: a command for each fitted file."""
