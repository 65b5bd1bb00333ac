"""Test-time views: crops, scales and orientations of one picture."""
