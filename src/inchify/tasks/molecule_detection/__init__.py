"""Training of the dense network that finds molecules on pages."""
