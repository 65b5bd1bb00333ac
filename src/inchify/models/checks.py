"""Checks of settings values that raise ``ValueError`` with key, value and allowed range."""

from __future__ import annotations


def at_least(minimum: float, **values: float) -> None:
    """Every named value must reach ``minimum``."""
    for key, value in values.items():
        if value < minimum:
            raise ValueError(f"'{key}' is {value}; it must be at least {minimum}")


def fraction(**values: float) -> None:
    """Every named value must lie in 0 <= value < 1 (drop rates)."""
    for key, value in values.items():
        if not 0.0 <= value < 1.0:
            raise ValueError(f"'{key}' is {value}; it must be at least 0 and below 1")


def divides(divisor_key: str, divisor: int, key: str, value: int) -> None:
    """``divisor`` must divide ``value``: heads share a width, patches a stride."""
    if divisor < 1 or value % divisor:
        raise ValueError(f"'{divisor_key}' is {divisor}; it must divide '{key}' = {value}")
