"""Training of the bond classifier at a picture's own resolution."""
