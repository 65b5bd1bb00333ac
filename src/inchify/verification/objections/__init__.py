"""Observations that forbid calling an answer verified, one file a kind."""
