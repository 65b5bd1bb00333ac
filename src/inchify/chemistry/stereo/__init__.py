"""Stereo written by shape: Fischer and Haworth projections, chairs."""
