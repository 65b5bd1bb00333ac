"""Which candidate is right: drawings held against the picture, and one calibrated chance."""
