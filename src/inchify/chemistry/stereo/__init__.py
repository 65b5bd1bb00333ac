"""Stereo expressed by the shape of a drawing: Fischer and Haworth projections, chairs."""
