"""Verification of candidates by re-rendering, with a calibrated confidence."""
