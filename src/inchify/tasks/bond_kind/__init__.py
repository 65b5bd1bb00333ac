"""Training of the bond classifier at the picture's resolution."""
