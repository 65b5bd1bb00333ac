"""Benchmarks: speed, accuracy and robustness, each run by a command."""
