"""The classifier of bonds at a picture's own resolution."""
