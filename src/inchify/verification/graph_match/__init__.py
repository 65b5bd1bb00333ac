"""Likelihood of candidates compared with the picture bond by bond and label by label."""
